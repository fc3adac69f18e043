"""Draw the votes of all symbols, and who dissented, symbol by symbol."""

from html import escape
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tenfold.app.analysis import Analysis
from tenfold.app.formatting import percent
from tenfold.app.report.attribution import member_parts
from tenfold.app.report.chart import Chart, Trace, chart, line, milliseconds, numbers, shared, token
from tenfold.app.report.document import Document, selector
from tenfold.app.report.markup import Markup, element, joined, section
from tenfold.app.thinning import bucket_edges, strength

BUCKETS_MAX: Final = 600

_SCALE: Final = [[0.0, token("short")], [0.5, token("idle")], [1.0, token("long")]]


def votes_section(analysis: Analysis, document: Document) -> Markup:
    """Return the votes of all symbols, the ballots of one, and what members did for the P&L."""
    run = analysis.run
    if not analysis.voted:
        said = "There was no vote: the strategy worked its own orders, or no direction was ever reached."
        return section("votes", "Votes", element("p", said, class_="note"))
    rule = run.rules.vote
    lead = (
        f"A position is entered where {percent(rule.enter_frac, 0)} of all weight agree, and held while "
        f"{percent(rule.hold_frac, 0)} do. Blue is long, orange short; a pale cell was so for part of its time only."
    )
    keys = (
        element("span", word, class_=f"key {word.split()[0].lower()}")
        for word in ("Long", "Short", "Idle or abstaining")
    )
    parts: list[Markup] = [
        element("p", joined(keys), class_="legend"),
        document.plot("overview", votes_overview(analysis), "Votes of all symbols"),
    ]
    if run.scores is None:
        parts.append(element("p", "Scores were not kept in this run, so who dissented is not known.", class_="note"))
    else:
        parts += [
            element("h3", "Who voted how"),
            selector("votes", run.bars.symbols),
            document.plot("votes", votes_chart(analysis), "Ballots of each member and agreement"),
            *member_parts(analysis, document),
        ]
    return section("votes", "Votes", *parts, lead=lead)


def votes_overview(analysis: Analysis) -> Chart:
    """Return one strip a symbol: long, short or no direction over time."""
    run = analysis.run
    starts = bucket_edges(len(run.bars), BUCKETS_MAX)
    strips = strength(run.direction, starts).T
    names = [escape(symbol) for symbol in run.bars.symbols]
    height = max(90 + 26 * len(names), 140)
    times = milliseconds(run.bars.ts_ns[starts], run.bars.period_ns)
    return chart([_strips(times, strips)], height, **_strip_axes(names)) | {"linked": True}


def votes_chart(analysis: Analysis) -> Chart:
    """Return the ballots on each symbol, one variant each."""
    bars = analysis.run.bars
    starts = bucket_edges(len(bars), max(min(BUCKETS_MAX, 30_000 // len(bars.symbols)), 60))
    drawn = [_votes_on(analysis, symbol, starts) for symbol in range(len(bars.symbols))]
    return chart([], drawn[0]["layout"]["height"]) | {
        "linked": True,
        "shared": {"starts": milliseconds(bars.ts_ns[starts], bars.period_ns)},
        "variants": drawn,
    }


def _votes_on(analysis: Analysis, symbol: int, starts: NDArray[np.int64]) -> Chart:
    """Return the vote on a symbol, its members' ballots one strip each, and the mean agreement below."""
    run = analysis.run
    rows = [strength(run.direction[:, symbol], starts)]
    names = ["Vote"]
    for k, member in enumerate(run.members if run.scores is not None else ()):
        rows.append(strength(analysis.ballots(k)[:, symbol], starts))
        names.append(f"{k + 1}. {escape(member)}")
    agreement = run.agreement[:, symbol].astype(np.float64)
    lengths = np.diff(np.append(starts, len(agreement)))
    mean = np.add.reduceat(agreement, starts) / lengths
    below = line("Agreement", shared("starts"), numbers(mean, 2), "accent", 1.0, yaxis="y2")
    below |= {
        "line": {"color": token("accent"), "width": 1, "shape": "hv"},
        "hovertemplate": "agreement %{y:.0%}<extra></extra>",
    }
    height = 190 + 26 * len(names)
    split = 130 / height
    axes = _strip_axes(names)
    axes["yaxis"] = {**axes["yaxis"], "domain": [split + 0.04, 1.0]}
    rule = run.rules.vote.enter_frac
    return chart(
        [_strips(shared("starts"), np.array(rows)), below],
        height,
        **axes,
        xaxis={"anchor": "y2"},
        yaxis2={"domain": [0.0, split], "range": [0, 1.02], "tickformat": ".0%", "title": {"text": "Agreement"}},
        shapes=[
            {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "yref": "y2", "y0": rule, "y1": rule,
             "line": {"color": token("muted"), "width": 1, "dash": "dot"}}
        ],
    )  # fmt: skip


def _strips(x: Any, rows: NDArray[np.float64]) -> Trace:
    return {
        "type": "heatmap",
        "x": x,
        "y": list(range(len(rows))),
        "z": [numbers(row, 2) for row in rows],
        "zmin": -1,
        "zmax": 1,
        "colorscale": _SCALE,
        "showscale": False,
        "ygap": 3,
        "hovertemplate": "%{x}: %{z:.2f} (1 long, −1 short)<extra></extra>",
    }


def _strip_axes(names: list[str]) -> dict[str, Any]:
    return {
        "yaxis": {
            "autorange": "reversed",
            "tickmode": "array",
            "tickvals": list(range(len(names))),
            "ticktext": names,
            "showgrid": False,
            "zeroline": False,
        },
        "hovermode": "closest",
        "showlegend": False,
    }
