"""Write the comparison of several results as one page."""

from collections.abc import Callable, Mapping
from html import escape
from pathlib import Path
from typing import Any, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from tenfold.app.analysis import Analysis
from tenfold.app.formatting import UNDEFINED, number
from tenfold.app.report.calendar import Steps, grouped
from tenfold.app.report.chart import Chart, Trace, chart, line, milliseconds, numbers, panels
from tenfold.app.report.document import Document
from tenfold.app.report.markup import Cell, Markup, element, joined, section, table
from tenfold.app.report.page import SYNTHETIC, tile
from tenfold.app.report.provenance import flattened, shown
from tenfold.app.report.returns import coloured
from tenfold.app.summary import Summary
from tenfold.app.thinning import thinned
from tenfold.app.writing import write_whole
from tenfold.metrics.definitions import GROUPS
from tenfold.metrics.drawdown import drawdown_series
from tenfold.metrics.performance import Returns, growth
from tenfold.metrics.rolling import rolling_sharpe


class Compared(Protocol):
    """Give what is known of one of the results."""

    @property
    def analysis(self) -> Analysis:
        """What is derived from its run."""

    def summary(self) -> Summary:
        """Return its metrics."""


class Comparison(Protocol):
    """Give what is compared: see `tenfold.compare`."""

    @property
    def results(self) -> Mapping[str, Compared]:
        """The results by name."""

    @property
    def steps(self) -> Mapping[str, Steps]:
        """The returns of each."""

    @property
    def matrix(self) -> NDArray[np.float64]:
        """Correlations of returns, (N, N)."""


def write_comparison(comparison: Comparison, path: Path, *, title: str = "") -> Path:
    """Write the comparison to `path`, whole or not at all, and return where it is."""
    return write_whole(path, comparison_html(comparison, title=title).encode())


def comparison_html(comparison: Comparison, *, title: str = "") -> str:
    """Return the comparison as one HTML document."""
    steps = list(comparison.steps.values())
    ends = np.array([min(one.ts_ns[0] for one in steps), max(one.ts_ns[-1] for one in steps)])
    document = Document(ts_ns=ends, period_ns=max(one.period_ns for one in steps))
    body = joined(
        (
            _header(comparison, title or "Comparison"),
            _curves(comparison, document),
            _rolling(comparison, document),
            _years(comparison),
            section("correlations", "Correlation of returns", _correlations(comparison),
                    lead="Of sessions that both have, or of bars where a result has few sessions."),
            section("metrics", "Every figure, side by side", _metrics(comparison)),
            section("settings", "Settings that differ", _settings(comparison)),
        )
    )  # fmt: skip
    return document.html(title or "Comparison", body)


def _header(comparison: Comparison, name: str) -> Markup:
    results = comparison.results
    tiles = joined(
        tile(name, result.summary().text("sharpe_ratio"), f"{result.summary().text('annual_return')} a year, worst {result.summary().text('max_drawdown')}",
             "Sharpe ratio, annual return and worst drawdown.")
        for name, result in list(results.items())[:8]
    )  # fmt: skip
    synthetic = any(result.analysis.synthetic for result in results.values())
    return element(
        "header",
        element("h1", name),
        element("p", " · ".join(results), class_="facts"),
        element("p", SYNTHETIC, class_="banner") if synthetic else "",
        element("div", tiles, class_="tiles wide"),
    )


def _curves(comparison: Comparison, document: Document) -> Markup:
    controls = element(
        "div",
        element("span", data_ranges="", class_="ranges", role="group", aria_label="Stretch of time"),
        element("button", "Log", type="button", data_log="timeline", aria_pressed="false", title="Logarithmic growth"),
        class_="controls",
    )
    return section(
        "timeline",
        "Growth of 1 and drawdowns",
        controls,
        document.plot("timeline", growth_chart(comparison), "Growth and drawdowns of all results"),
        lead="Each from its own start, after costs. Click a name to hide or show it, drag over a stretch to see it in all charts.",
    )


def growth_chart(comparison: Comparison) -> Chart:
    """Return the wealth of each result from 1, and its drawdown below."""
    height, layout = panels({"yaxis": ("Growth of 1", 330), "yaxis2": ("Drawdown", 150)})
    layout["yaxis"] |= {"tickformat": ".3~g"}
    layout["yaxis2"] |= {"tickformat": ".0%", "nticks": 4}
    traces = _lines(comparison, growth, ".4f") + [
        trace | {"yaxis": "y2", "showlegend": False} for trace in _lines(comparison, drawdown_series, ".2%")
    ]
    drawn = chart(traces, height, **layout, hoversubplots="axis")
    return drawn | {"linked": True, "fit": {"yaxis": "tight", "yaxis2": "zero"}}


def _lines(comparison: Comparison, measure: Callable[[Returns], Returns], written: str) -> list[Trace]:
    """Return a line a result; the ninth is dotted in the first's colour."""
    found = []
    for rank, (name, steps) in enumerate(comparison.steps.items()):
        values = measure(steps.returns)
        at = thinned(values, 3000)
        times = milliseconds(steps.ts_ns[at], steps.period_ns)
        trace = line(escape(name), times, numbers(values[at], 5), f"series-{rank % 8 + 1}", 1.6, yhoverformat=written)
        trace["line"]["dash"] = "solid" if rank < 8 else "dot"
        found.append(trace | {"legendgroup": str(rank)})
    return found


def _rolling(comparison: Comparison, document: Document) -> Markup:
    steps = list(comparison.steps.values())
    window, periods = min(one.window for one in steps), steps[0].periods

    def measure(returns: Returns) -> Returns:
        return rolling_sharpe(returns, window, periods)

    drawn = chart(_lines(comparison, measure, ".2f"), 280, yaxis={"zeroline": True, "nticks": 5})
    return section(
        "rolling",
        "Rolling Sharpe ratio",
        document.plot(
            "rolling", drawn | {"linked": True, "fit": {"yaxis": "tight"}}, "Rolling Sharpe ratio of all results"
        ),
        lead=f"Annual, over the last {_window(steps, window)}.",
    )


def _window(steps: list[Steps], window: int) -> str:
    return f"{window:,} {steps[0].name}"


def _years(comparison: Comparison) -> Markup:
    found = {name: grouped(result.analysis, "year") for name, result in comparison.results.items()}
    years = sorted({int(year) for periods in found.values() for year in periods.years})
    rows: list[list[object]] = []
    for year in years:
        cells: list[object] = [year]
        for periods in found.values():
            at = np.flatnonzero(periods.years == year)
            cells.append(coloured(float(periods.returns[at[0]])) if len(at) else UNDEFINED)
        rows.append(cells)
    return section("years", "Years", table(["Year", *found], rows, class_="sortable"))


def _correlations(comparison: Comparison) -> Markup:
    rows = [
        [name, *(Cell(number(float(value)), style=shade(float(value))) for value in row)]
        for name, row in zip(comparison.results, comparison.matrix, strict=True)
    ]
    return table(["", *comparison.results], rows, class_="heat")


def shade(value: float) -> str:
    """Return the background of a value from -1 to 1: the stronger the farther from 0."""
    if not np.isfinite(value):
        return ""
    colour = "--long" if value >= 0.0 else "--short"
    return f"background: color-mix(in srgb, var({colour}) {min(abs(value), 1.0) * 60.0:.0f}%, transparent)"


def _metrics(comparison: Comparison) -> Markup:
    summaries = [result.summary() for result in comparison.results.values()]
    return joined(
        element("h3", group)
        + table(
            ["Metric", *comparison.results],
            [[Cell(m.label, "word", title=m.definition), *(one.text(m.key) for one in summaries)] for m in metrics],
        )
        for group, metrics in GROUPS.items()
    )


def _settings(comparison: Comparison) -> Markup:
    runs = [result.analysis.run for result in comparison.results.values()]
    settings: list[dict[str, Any]] = [
        {
            "strategies": list(run.members),
            "weights": list(run.weights),
            "symbols": list(run.bars.symbols),
            "prices adjusted": run.bars.adjustment,
            **dict(flattened(msgspec.to_builtins(run.rules))),
        }
        for run in runs
    ]
    keys = dict.fromkeys(key for one in settings for key in one)
    rows = [
        [key, *(Cell(shown(one.get(key)), "word") for one in settings)]
        for key in keys
        if any(one.get(key) != settings[0].get(key) for one in settings)
    ]
    if not rows:
        return element("p", "They ran under the same settings.", class_="note")
    return table(["Setting", *(Cell(name, "word") for name in comparison.results)], rows)
