"""Show what dearer and later fills leave, and what entering at random would have come to."""

import numpy as np

from tenfold.app.formatting import formatted, percent
from tenfold.app.report.chart import Chart, bars, chart, line, numbers, token
from tenfold.app.report.distribution import bin_edges
from tenfold.app.report.document import Document
from tenfold.app.report.markup import Cell, Markup, element, section, table
from tenfold.app.report.research_paths import cost_words
from tenfold.app.report.returns import coloured
from tenfold.research.dossier import Dossier, RandomEntry


def trading_section(dossier: Dossier, document: Document) -> Markup:
    """Return the curves of costs and of lateness."""
    costs, late = dossier.costs, dossier.latency
    rows = [
        [f"{multiple:g} ×", coloured(sharpe, formatted(sharpe, "ratio")), percent(earned, 1)]
        for multiple, sharpe, earned in zip(
            costs.multiples.tolist(), costs.sharpe.tolist(), costs.annual_return.tolist(), strict=True
        )
    ]
    lead = (
        f"{cost_words(dossier)} Lateness in bars: a part of a bar fills where the price is expected to be by then, on the way from open to close; "
        "whole bars come with later orders."
    )
    return section(
        "trading",
        "Dearer and later fills",
        table(["Costs", "Sharpe ratio", "Return a year"], rows, class_="narrow"),
        document.plot("lateness", lateness_chart(late.bars_late, late.sharpe), "Sharpe ratio by lateness of orders"),
        lead=lead,
    )


def lateness_chart(late: np.ndarray, sharpe: np.ndarray) -> Chart:
    """Return the Sharpe ratio over how late orders arrive, in bars."""
    curve = line("Sharpe ratio", [f"{value:g}" for value in late.tolist()], numbers(sharpe, 4), "accent", 1.8)
    curve |= {"mode": "lines+markers", "yhoverformat": ".2f"}
    return chart(
        [curve],
        240,
        showlegend=False,
        xaxis={"type": "category", "title": {"text": "bars late"}},
        yaxis={"title": {"text": "Sharpe ratio"}, "zeroline": True, "rangemode": "tozero"},
        margin={"b": 52},
    )


def entry_section(dossier: Dossier, document: Document) -> Markup:
    """Return the distribution of entering at random, and where the vote stands in it."""
    entry = dossier.random_entry
    if entry is None:
        return section("entries", "Entering at random", element("p", "The vote never took a side.", class_="note"))
    lead = (
        "As often, for as long and on the same sides as the vote, at other times: what is left of its Sharpe ratio without its timing. "
        f"Of {len(entry.sharpe):,} tries {int((entry.sharpe >= entry.own).sum()):,} did as well, a probability of "
        f"{formatted(entry.p, 'probability')}."
    )
    return section(
        "entries",
        "Entering at random",
        document.plot("entries", entry_chart(entry), "Sharpe ratios of random entries"),
        lead=lead,
    )


def entry_chart(entry: RandomEntry) -> Chart:
    """Return the histogram of random entries, the vote marked."""
    edges = bin_edges(entry.sharpe)
    counts, _ = np.histogram(entry.sharpe, edges)
    middles = (edges[1:] + edges[:-1]) / 2.0
    shown = bars("Tries", numbers(middles, 4), counts.tolist(), "idle")
    shown |= {
        "width": float(edges[1] - edges[0]) * 0.94,
        "hovertemplate": "%{y} around %{x:.2f}<extra></extra>",
        "marker": {"color": token("muted")},
        "opacity": 0.6,
    }
    own = {"type": "line", "xref": "x", "x0": entry.own, "x1": entry.own, "yref": "paper", "y0": 0, "y1": 1,
           "line": {"color": token("accent"), "width": 1.8}}  # fmt: skip
    right = entry.own > float(np.median(entry.sharpe))
    note = {"text": f"the vote: {formatted(entry.own, 'ratio')}", "xref": "x", "x": entry.own, "yref": "paper", "y": 1,
            "xanchor": "right" if right else "left", "yanchor": "top", "showarrow": False, "xshift": -5 if right else 5,
            "font": {"size": 11, "color": token("accent")}}  # fmt: skip
    low, high = min(float(edges[0]), entry.own), max(float(edges[-1]), entry.own)
    room = 0.05 * (high - low)
    return chart(
        [shown], 250, showlegend=False, bargap=0.0, shapes=[own], annotations=[note],
        xaxis={"type": "linear", "title": {"text": "Sharpe ratio"}, "range": [low - room, high + room]},
        yaxis={"title": {"text": "Tries"}}, margin={"b": 52},
    )  # fmt: skip


def made_section(dossier: Dossier) -> Markup:
    """Return what the paths were made with."""
    facts = [
        ["seed", str(dossier.seed)],
        ["bars of a block, returns", f"{dossier.block:.1f}"],
        ["bars of a block, prices", f"{dossier.price_block:.1f}"],
        *([f"paths, {spread.name}", f"{len(spread.sharpe):,}"] for spread in dossier.spreads),
    ]
    lead = "The same members, bars, rules and seed give the same dossier on any number of threads; every path can be made again by its number."
    return section("made", "How it was made", table(["", Cell("", "number")], facts, class_="narrow"), lead=lead)
