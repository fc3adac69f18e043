"""Draw what the vote earned on the tests of the walk forward, beside buying and holding, and list its steps."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenfold.app.formatting import formatted
from tenfold.app.report.chart import Chart, Trace, chart, line, milliseconds, numbers, panels, shared, token
from tenfold.app.report.document import Document, jump
from tenfold.app.report.markup import Cell, Markup, Row, element, section, table
from tenfold.app.report.research_judged import Judged
from tenfold.app.report.returns import coloured
from tenfold.app.thinning import thinned
from tenfold.domain.units import format_ns
from tenfold.metrics.drawdown import drawdown_series
from tenfold.metrics.performance import Returns, growth
from tenfold.research.result import Step, StudyResult

POINTS_MAX: Final = 2400


def equity_section(result: StudyResult, tests: Judged, document: Document) -> Markup:
    """Return the growth of the vote out of sample."""
    if not tests.vote.any():
        said = "In no test of the walk forward was anything traded, so there is nothing to draw."
        return section("timeline", "Out of sample", element("p", said, class_="note"))
    controls = element(
        "div",
        element("span", data_ranges="", class_="ranges", role="group", aria_label="Stretch of time"),
        element("button", "Log", type="button", data_log="timeline", aria_pressed="false", title="Logarithmic growth"),
        class_="controls",
    )
    lead = (
        "Net of costs. Each band is a test: the search and the choice were made again on what came before it, and the number is "
        "the Sharpe ratio there. Buying and holding is scaled to vary as much as the vote. Drag over a stretch to see it closer, "
        "double-click to see all again, click a name to show or hide it."
    )
    drawn = equity_chart(result, tests, document.period_ns)
    return section(
        "timeline", "Out of sample", controls, document.plot("timeline", drawn, "Growth and drawdown of the vote out of sample"), lead=lead
    )  # fmt: skip


def equity_chart(result: StudyResult, tests: Judged, period_ns: int) -> Chart:
    """Return the wealth of the vote from 1 and its drawdown below, the tests as bands."""
    height, layout = panels({"yaxis": ("Growth of 1, out of sample", 320), "yaxis2": ("Drawdown", 110)})
    layout["yaxis"] |= {"tickformat": ".3~g"}
    layout["yaxis2"] |= {"tickformat": ".0%", "nticks": 4}
    vote, matched = growth(tests.vote), growth(tests.matched)
    falls = drawdown_series(tests.vote), drawdown_series(tests.matched)
    at = _positions(vote, matched, *falls)

    def series(name: str, values: Returns, colour: str, width: float, written: str, **more: object) -> Trace:
        return line(name, shared("bars"), numbers(values[at], 5), colour, width, yhoverformat=written, **more)

    below = {"yaxis": "y2", "showlegend": False}
    traces = [
        series("Buy and hold, same volatility", matched, "muted", 1.3, ".4f"),
        series("Vote", vote, "accent", 2.0, ".4f", legendrank=1),
        series("Vote beside the market", growth(tests.excess), "series-3", 1.3, ".4f", visible="legendonly"),
        series("Buy and hold", growth(tests.held), "short", 1.3, ".4f", visible="legendonly"),
        series("Drawdown, buy and hold, same volatility", falls[1], "muted", 1.0, ".2%", **below),
        series("Drawdown, vote", falls[0], "accent", 1.2, ".2%", **below),
    ]
    bands, notes = _tests(result, period_ns)
    layout["annotations"] += notes
    drawn = chart(traces, height, **layout, shapes=bands, hoversubplots="axis", legend={"y": 1.0 + 20.0 / height})
    times = milliseconds(result.ts_ns[tests.start : tests.stop][at], period_ns)
    return drawn | {"linked": True, "fit": {"yaxis": "tight", "yaxis2": "zero"}, "shared": {"bars": times}}


def _positions(*series: Returns) -> NDArray[np.int64]:
    """Return the bars at which all series are drawn: the extremes of each are among them."""
    if len(series[0]) <= POINTS_MAX:
        return np.arange(len(series[0]))
    return np.unique(np.concatenate([thinned(one, POINTS_MAX // 2) for one in series]))


def _tests(result: StudyResult, period_ns: int) -> tuple[list[Trace], list[Trace]]:
    """Return the tests as bands, every other one shaded, and the Sharpe ratio of each at its foot."""
    bands, notes = [], []
    for place, step in enumerate(result.steps):
        first, last = step.test[0], step.test[1] - 1
        x0, x1 = milliseconds(result.ts_ns[[first, last]], period_ns)
        bands.append(
            {"type": "rect", "xref": "x", "x0": x0, "x1": x1, "yref": "paper", "y0": 0, "y1": 1, "layer": "below",
             "fillcolor": token("accent-faint" if place % 2 else "idle"), "opacity": 0.45, "line": {"width": 0}}
        )  # fmt: skip
        notes.append(
            {"text": _test_words(result, step), "xref": "x", "x": (x0 + x1) // 2, "yref": "y domain", "y": 0.0,
             "xanchor": "center", "yanchor": "bottom", "showarrow": False,
             "font": {"size": 11, "color": token("gain" if step.test_sharpe > 0.0 else "loss" if step.test_sharpe < 0.0 else "muted")}}
        )  # fmt: skip
    return bands, notes


def step_section(result: StudyResult, period_ns: int) -> Markup:
    """Return the steps of the walk forward, each leading to its test in the chart."""
    if not result.steps:
        return section("steps", "Walk forward", element("p", "There were no steps.", class_="note"))
    rows = [_row(result, place, step, period_ns) for place, step in enumerate(result.steps, 1)]
    head = ["Step", Cell("Chosen on", "word"), Cell("Tested on", "word"), "Members", "Sharpe when chosen", "Sharpe in the test",
            "Tau", Cell("Families", "word")]  # fmt: skip
    lead = (
        "At each step the search knows the data before it alone. Tau is the rank correlation of all trials between the two: 1 keeps the "
        "order, 0 forgets it. A click shows a test in the chart above."
    )
    return section("steps", "Walk forward", table(head, rows, class_="jumps"), lead=lead)


def _row(result: StudyResult, place: int, step: Step, period_ns: int) -> Row:
    def dates(stretch: tuple[int, int]) -> str:
        first, last = (format_ns(int(result.ts_ns[bar]), period_ns) for bar in (stretch[0], stretch[1] - 1))
        return f"{first} to {last}"

    first, last = step.test[0], step.test[1] - 1
    cells = [
        f"{place}", Cell(dates(step.train), "word"), Cell(dates(step.test), "word"), f"{step.size:,}", formatted(step.train_sharpe, "ratio"),
        coloured(step.test_sharpe, _test_words(result, step)), formatted(step.tau, "ratio"),
        Cell(", ".join(dict.fromkeys(step.families)) or "none was good enough", "word names"),
    ]  # fmt: skip
    return Row(cells, jump(int(result.ts_ns[first]), int(result.ts_ns[last])))


def _test_words(result: StudyResult, step: Step) -> str:
    """Return the Sharpe ratio of a test, or that nothing was traded in it."""
    traded = np.nan_to_num(result.oos[slice(*step.test)]).any()
    return formatted(step.test_sharpe, "ratio") if traded else "no trade"


def tau_mean(result: StudyResult) -> float:
    """Return the mean of Kendall's tau over the steps; NaN where none is known."""
    known = [step.tau for step in result.steps if math.isfinite(step.tau)]
    return sum(known) / len(known) if known else math.nan
