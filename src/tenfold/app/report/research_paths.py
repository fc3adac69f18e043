"""Draw what might have been: fans of wealth over other paths, and how their Sharpe ratios are spread."""

import math

import numpy as np

from tenfold.app.formatting import formatted, percent
from tenfold.app.report.chart import Chart, bars, chart, line, numbers, panels, token
from tenfold.app.report.distribution import bin_edges
from tenfold.app.report.document import Document, selector
from tenfold.app.report.markup import Cell, Markup, element, section, table
from tenfold.app.report.returns import coloured
from tenfold.metrics.performance import growth
from tenfold.research.dossier import LEVELS, Dossier, Spread


def path_section(dossier: Dossier, document: Document) -> Markup:
    """Return the fan and the distribution of each kind of paths, and the table of all."""
    names = tuple(spread.name for spread in dossier.spreads)
    lead = (
        "What was is one path of many. Returns drawn again say how much was luck of the sample; prices drawn again, with the rules run on them "
        "anew, say whether the rules work. Half of the paths are within the dark band, nine of ten within the light one; dotted is what was."
    )
    controls = element(
        "div",
        selector("paths", names, "Paths"),
        element("button", "Log", type="button", data_log="paths", aria_pressed="false", title="Logarithmic wealth"),
        class_="controls",
    )
    drawn = [fan_chart(dossier, spread) for spread in dossier.spreads]
    together = chart([], drawn[0]["layout"]["height"]) | {"variants": drawn, "group": "paths"}
    return section(
        "paths",
        "What might have been",
        controls,
        document.plot("paths", together, "Fan of wealth over other paths, and the distribution of their Sharpe ratios"),
        path_table(dossier),
        lead=lead,
    )


def fan_chart(dossier: Dossier, spread: Spread) -> Chart:
    """Return the quantiles of wealth of one kind of paths over the years, above the histogram of their Sharpe ratios."""
    height, layout = panels(
        {"yaxis": ("Wealth, a start of 1", 280), "yaxis2": ("Paths by Sharpe ratio a year", 130)}, gap=64
    )
    layout["yaxis"] |= {"tickformat": ".3~g"}
    layout["yaxis2"] |= {"nticks": 3, "anchor": "x2"}
    layout["xaxis"] = {"type": "linear", "anchor": "y", "hoverformat": ".1f", "ticksuffix": " y", "nticks": 6}
    layout["xaxis2"] = {"type": "linear", "anchor": "y2", "tickformat": ".1f", "hoverformat": ".2f"}
    years = numbers(spread.fan_at / dossier.periods, 4)
    rows = {level: numbers(row, 4) for level, row in zip(LEVELS, spread.fan, strict=True)}
    band = {"fill": "tonexty", "fillcolor": token("accent-faint")}
    traces = [
        line(name, years, rows[level], "accent", width, yhoverformat=".3f", **more)
        for name, level, width, more in (
            ("5 % below", 0.05, 0.0, {}),
            ("5 % above", 0.95, 0.0, band),
            ("25 % below", 0.25, 0.0, {}),
            ("25 % above", 0.75, 0.0, band),
            ("Half of the paths", 0.5, 1.8, {}),
        )
    ]
    was = np.concatenate(([1.0], growth(dossier.returns)))
    at = spread.fan_at[spread.fan_at < len(was)]
    traces.append(line("What was", years[: len(at)], numbers(was[at], 4), "ink", 1.3, yhoverformat=".3f"))
    traces[-1]["line"]["dash"] = "dot"
    edges = bin_edges(spread.sharpe)
    counts, _ = np.histogram(spread.sharpe, edges)
    middles = (edges[1:] + edges[:-1]) / 2.0
    paint = [token("loss" if middle < 0.0 else "gain") for middle in middles]
    shown = bars("Paths", numbers(middles, 4), counts.tolist(), paint, xaxis="x2", yaxis="y2", opacity=0.75)
    shown |= {"width": float(edges[1] - edges[0]) * 0.94, "hovertemplate": "%{y} around %{x:.2f}<extra></extra>"}
    own = {"type": "line", "xref": "x2", "x0": dossier.sharpe, "x1": dossier.sharpe, "yref": "y2 domain", "y0": 0, "y1": 1,
           "line": {"color": token("ink"), "width": 1.5, "dash": "dot"}}  # fmt: skip
    note = {"text": f"what was: {formatted(dossier.sharpe, 'ratio')}", "xref": "x2", "x": dossier.sharpe, "yref": "y2 domain", "y": 1,
            "xanchor": "left", "yanchor": "top", "showarrow": False, "font": {"size": 11, "color": token("ink")}}  # fmt: skip
    layout["annotations"].append(note)
    return chart([*traces, shown], height, **layout, shapes=[own], bargap=0.0, showlegend=False)


def path_table(dossier: Dossier) -> Markup:
    """Return a row a kind of paths: how high, how often below zero, how deep."""
    rows = []
    for spread in dossier.spreads:
        low, middle, high = np.quantile(spread.sharpe, [0.05, 0.5, 0.95]).tolist()
        rows.append(
            [Cell(spread.name, "word call"), coloured(low, formatted(low, "ratio")), formatted(middle, "ratio"), formatted(high, "ratio"),
             percent(float(np.mean(spread.sharpe < 0.0)), 1), percent(float(np.median(spread.drawdown)), 1),
             percent(float(np.quantile(spread.drawdown, 0.95)), 1), Cell(spread.words, "word definition names")]
        )  # fmt: skip
    head = ["Paths", "Sharpe, 5 %", "Median", "95 %", "Below 0", "Drawdown", "95 %", Cell("What it answers", "word")]
    return table(head, rows)


def cost_words(dossier: Dossier) -> str:
    """Return what trading may cost before nothing is left."""
    paid, even = dossier.costs.paid_bps, dossier.costs.break_even_bps
    if not math.isfinite(even):
        return "Nothing was traded, so costs do not matter."
    if even <= 0.0:
        return "Even without any costs nothing would have been earned."
    return f"Costs of {paid:.1f} basis points were paid a side; at {even:.1f} nothing would be left."
