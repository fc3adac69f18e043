"""Draw the regimes on the price, and how each member did in them."""

from html import escape
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tenfold.app.formatting import formatted, percent
from tenfold.app.report.chart import Chart, Trace, chart, line, milliseconds, numbers, panels, shared, token
from tenfold.app.report.comparison_page import shade
from tenfold.app.report.document import Document, selector
from tenfold.app.report.markup import Cell, Markup, element, section, table
from tenfold.app.report.research_judged import Judged
from tenfold.app.report.research_members import member_names
from tenfold.app.thinning import bucket_edges, thinned
from tenfold.domain.bars import Bars
from tenfold.metrics.marks import carried_closes
from tenfold.metrics.performance import growth
from tenfold.research.fitness import parts_of
from tenfold.research.result import StudyResult

POINTS_MAX: Final = 12_000
"""Points of the index and all symbols together."""

SYMBOLS_MAX: Final = 11
BUCKETS_MAX: Final = 500
COLOURS: Final = (8, 2, 6, 3, 1, 7, 4, 5)
"""Series whose colours regimes take: warm ones for the first three, which fall by the default labels."""


def regime_section(result: StudyResult, bars: Bars, tests: Judged, document: Document) -> Markup:
    """Return the price in the colour of its regime, and the Sharpe ratio of each member in each."""
    names = ("All, in equal amounts", *bars.symbols[:SYMBOLS_MAX])
    lead = (
        "The regime of a bar is that of all symbols together, and was known one bar before. A strategy that earns in one regime alone has "
        "a low consistency, and little fitness."
    )
    return section(
        "regimes",
        "Regimes",
        element(
            "div",
            selector("regimes", names, "Price"),
            element("button", "Log", type="button", data_log="regimes", aria_pressed="false", title="Logarithmic price"),
            class_="controls",
        ),
        document.plot("regimes", regime_chart(result, bars), "Price in the colour of its regime, and which regime it was"),
        element("h3", "Sharpe ratio in each regime"),
        regime_table(result, tests),
        lead=lead,
    )  # fmt: skip


def regime_chart(result: StudyResult, bars: Bars) -> Chart:
    """Return the price, a variant for the index and each symbol, above a strip for each regime."""
    count = len(result.regime_names)
    height, layout = panels({"yaxis": ("Price", 290), "yaxis2": ("Regime", max(24 * count, 48))})
    layout["yaxis"] |= {"tickformat": ".4~g"}
    layout["yaxis2"] |= {
        "tickmode": "array", "tickvals": list(range(count)), "ticktext": [escape(name) for name in result.regime_names],
        "autorange": "reversed", "showgrid": False, "zeroline": False,
    }  # fmt: skip
    closes = carried_closes(bars)[:, :SYMBOLS_MAX]
    prices = [growth(result.benchmark), *closes.T]
    most = min(1600, POINTS_MAX // len(prices))
    drawn = chart([_strips(result, bars.period_ns)], height, **layout)
    return drawn | {"variants": [_price(result, price, most, bars.period_ns) for price in prices]}


def colour_of(regime: int) -> dict[str, str]:
    """Return the colour of a regime by its place."""
    return token(f"series-{COLOURS[regime % len(COLOURS)]}")


def _price(result: StudyResult, price: NDArray[np.float64], most: int, period_ns: int) -> Chart:
    """Return a price as a line for each regime, absent elsewhere."""
    at = thinned(price, most)
    labels = result.regime_labels[at]
    traces: list[Trace] = []
    for regime, name in enumerate(result.regime_names):
        mine = labels == regime
        if not mine.any():
            continue
        # the return of a bar leads to it from the bar before
        ends = mine | np.append(mine[1:], False)
        values = np.where(ends, price[at], np.nan)
        trace = line(escape(name), shared("times"), numbers(values, 5), "ink", 1.6, yhoverformat=",.5~g")
        traces.append(trace | {"line": {"color": colour_of(regime), "width": 1.6}, "showlegend": False})
    return {"data": traces, "layout": {}, "shared": {"times": milliseconds(result.ts_ns[at], period_ns)}}


def _strips(result: StudyResult, period_ns: int) -> Trace:
    """Return a row a regime, coloured where most bars of a stretch were in it."""
    labels, count = result.regime_labels, len(result.regime_names)
    starts = bucket_edges(len(labels), BUCKETS_MAX)
    inside = np.add.reduceat(np.equal.outer(np.arange(count), labels).astype(np.int64), starts, axis=1)
    most = inside.argmax(axis=0)
    scale: list[Any] = []
    for regime in range(count):
        scale += [[regime / count, colour_of(regime)], [(regime + 1) / count, colour_of(regime)]]
    return {
        "type": "heatmap",
        "x": milliseconds(result.ts_ns[starts], period_ns),
        "y": list(range(count)),
        "z": [[regime if one == regime else None for one in most.tolist()] for regime in range(count)],
        "zmin": -0.5,
        "zmax": count - 0.5,
        "colorscale": scale,
        "showscale": False,
        "ygap": 3,
        "hoverinfo": "skip",
        "yaxis": "y2",
    }


def regime_table(result: StudyResult, tests: Judged) -> Markup:
    """Return the annual Sharpe ratio of the vote, of buying and holding, and of each member in each regime."""
    count = len(result.regime_names)
    bars = np.bincount(result.regime_labels, minlength=count)
    labels = result.regime_labels[tests.start : tests.stop]
    rows = [
        [Cell(name, "word call total"), *_cells(in_regimes(returns, labels, count, result.periods))]
        for name, returns in (("Vote, unseen", tests.vote), ("Buy and hold, unseen", tests.held))
        if len(returns)
    ]
    for name, one in zip(member_names(result), result.candidates, strict=True):
        rows.append([Cell(name, "word call"), *_cells(one.regime_sharpe)])
    rows.append(
        [Cell("Share of bars", "word call"), *(Cell(percent(float(share), 0)) for share in bars / max(bars.sum(), 1))]
    )
    note = "Annual, over the deviation of all bars, so that the regimes of a strategy add up to its Sharpe ratio. Members on all data."
    return Markup(table(["", *result.regime_names], rows, class_="heat") + element("p", note, class_="note"))


def in_regimes(
    returns: NDArray[np.float64], labels: NDArray[np.int64], count: int, periods: float
) -> NDArray[np.float64]:
    """Return the annual Sharpe ratio of returns (N,) in each regime, (R,); NaN where it has no bars."""
    counts = np.bincount(labels, minlength=count)
    sums, squares = (np.asarray(np.bincount(labels, given, count), np.float64)[None] for given in (returns, returns**2))
    return np.asarray(parts_of(sums, squares, counts, periods).regime_sharpe[0])


def _cells(values: NDArray[np.float64]) -> list[Cell]:
    return [Cell(formatted(value, "ratio"), style=shade(value / 2.0)) for value in values.tolist()]
