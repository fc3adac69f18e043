"""Write the report of a sweep: what was tried, how much of the best is luck, and how results hang on each parameter."""

from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np

from tenfold.app.formatting import UNDEFINED, count, money, percent, probability, ratio
from tenfold.app.odds import TrialOdds
from tenfold.app.report.chart import Chart, chart, token
from tenfold.app.report.distribution import bin_edges
from tenfold.app.report.document import Document, selector
from tenfold.app.report.markup import Cell, Markup, element, joined, section, table
from tenfold.app.report.page import SYNTHETIC, tile
from tenfold.app.report.surfaces import Grid, heat_chart, parameter_chart, surface_chart
from tenfold.app.sweep_record import SweepRecord
from tenfold.app.writing import write_whole
from tenfold.domain.units import format_ns
from tenfold.metrics.definitions import METRICS as DEFINED
from tenfold.metrics.marks import buy_and_hold, carried_closes
from tenfold.metrics.performance import sharpe_ratio

if TYPE_CHECKING:
    import polars as pl

METRICS: Final = ("sharpe", "total_return", "max_drawdown", "trades")
"""Statistics that the maps can show."""

ROWS_MAX: Final = 200
CELLS_MAX: Final = 60_000
PAIRS_MAX: Final = 6


class Swept(Protocol):
    """Give what a sweep found: see `tenfold.SweepResult`."""

    @property
    def sweep(self) -> SweepRecord:
        """The record of what was traded."""

    @property
    def table(self) -> "pl.DataFrame":
        """One row a combination."""

    @property
    def best(self) -> dict[str, Any]:
        """The row of the highest Sharpe ratio."""

    @property
    def luck(self) -> float:
        """The Sharpe ratio that chance alone would show at best."""

    @property
    def odds(self) -> TrialOdds:
        """What the best is worth, given every trial in the log."""

    def grid(self, x: str, y: str, metric: str) -> Grid:
        """Return the cells of a statistic over two parameters."""

    def __len__(self) -> int:
        """Return the number of combinations."""


def write_sweep_report(result: Swept, path: Path, *, title: str = "") -> Path:
    """Write the report of a sweep to `path`, whole or not at all, and return where it is."""
    return write_whole(path, sweep_html(result, title=title).encode())


def sweep_html(result: Swept, *, title: str = "") -> str:
    """Return the report of a sweep as one HTML document."""
    document = Document()
    varied = [name for name, values in result.sweep.parameters.items() if len(np.unique(values)) > 1]
    body = joined(
        (
            _header(result, title or f"Sweep of {result.sweep.name}"),
            _ranking(result),
            _luck(result, document),
            _maps(result, document, varied),
            _each(result, document, varied),
        )
    )
    return document.html(title or f"Sweep of {result.sweep.name}", body)


def _header(result: Swept, name: str) -> Markup:
    bars, best, odds = result.sweep.bars, result.best, result.odds
    sharpe = result.table["sharpe"].to_numpy()
    held = sharpe_ratio(buy_and_hold(carried_closes(bars), bars.rows["dividend"]), bars.periods_per_year)
    of = ", ".join(bars.symbols[:8]) + (f" and {len(bars.symbols) - 8} more" if len(bars.symbols) > 8 else "")
    first, last = (format_ns(int(bars.ts_ns[i]), bars.period_ns) for i in (0, -1))
    tiles = (
        ("Combinations", count(len(result)), "tried", "How many sets of parameters were traded, each alone."),
        ("Best Sharpe", ratio(best["sharpe"]), f"median {ratio(float(np.nanmedian(sharpe)))}", "The highest annual Sharpe ratio."),
        ("Luck", ratio(result.luck), "of worthless trials", "The best Sharpe ratio that as many independent worthless trials are expected to show."),
        ("DSR of the best", UNDEFINED if odds.deflated_sharpe is None else probability(odds.deflated_sharpe), UNDEFINED if odds.trials is None else f"given {count(odds.trials)} trials", DEFINED["deflated_sharpe"].definition),
        ("Sharpe above 0", percent(float(np.mean(np.nan_to_num(sharpe) > 0.0))), "of combinations", "Share of combinations with a positive Sharpe ratio."),
        ("Buy and hold", ratio(held), "Sharpe ratio", "The Sharpe ratio of holding the symbols in equal amounts, without costs."),
        ("Worst drawdown", percent(best["max_drawdown"]), "of the best", "The deepest loss from a peak of the best combination."),
    )  # fmt: skip
    synthetic = "synthetic" in bars.label.lower()
    return element(
        "header",
        element("h1", name),
        element("p", f"{of} · {first} to {last} · {len(bars):,} bars", class_="facts"),
        element("p", SYNTHETIC, class_="banner") if synthetic else "",
        element("p", _verdict(result), class_="headline"),
        element("div", joined(tile(*one) for one in tiles), class_="tiles wide"),
    )


def _verdict(result: Swept) -> str:
    """Return what the best is worth, in words."""
    best = result.best["sharpe"]
    if not best > 0.0:
        return "No combination had a positive Sharpe ratio."
    if best <= result.luck:
        return (
            f"The best Sharpe ratio, {ratio(best)}, is no higher than the {ratio(result.luck)} that as many worthless trials "
            "are expected to show at best: nothing here speaks against luck."
        )
    return (
        f"The best Sharpe ratio is {ratio(best)}; as many independent worthless trials are expected to show {ratio(result.luck)} at "
        f"best.{_given_all(result.odds)} A choice made here must prove itself on data that the sweep has not seen."
    )


def _given_all(odds: TrialOdds) -> str:
    """Return what the best is worth given every trial in the log, nothing where that is not known."""
    if odds.trials is None or odds.effective is None or odds.deflated_sharpe is None:
        return ""
    return (
        f" All {count(odds.trials)} trials so far on these instruments are as good as {count(odds.effective)} independent ones; given "
        f"them, the chance that the true Sharpe ratio is above 0 is {probability(odds.deflated_sharpe)}."
    )


def _ranking(result: Swept) -> Markup:
    ranked = result.table.sort("sharpe", descending=True, nulls_last=True).head(ROWS_MAX)
    forms = {"sharpe": ratio, "total_return": percent, "max_drawdown": percent, "exposure": percent, "final_equity": money,
             "fees": money, "fills": count, "trades": count, "failures": count}  # fmt: skip
    rows = [
        [_cell(value, forms.get(name)) for name, value in zip(ranked.columns, row, strict=True)]
        for row in ranked.rows()
    ]
    head = [name.replace("_", " ") for name in ranked.columns]
    lead = "A click on a heading sorts." + (
        f" The {ROWS_MAX:,} of the highest Sharpe ratio." if len(result) > ROWS_MAX else ""
    )
    inner = table(head, rows, words=0, class_="sortable")
    return section("ranking", "Combinations", element("div", inner, class_="tall"), lead=lead)


def _cell(value: float | None, form: object) -> Cell:
    if value is None or value != value:  # noqa: PLR0124  # NaN
        return Cell(UNDEFINED)
    return Cell(form(value) if callable(form) else f"{value:g}", data=f"{value:.10g}")


def _luck(result: Swept, document: Document) -> Markup:
    sharpe = result.table["sharpe"].to_numpy()
    known = sharpe[np.isfinite(sharpe)]
    if len(known) < 5:
        return section("luck", "Distribution", element("p", "There are fewer than five combinations.", class_="note"))
    edges = bin_edges(known)
    counts, _ = np.histogram(known, edges)
    middles = (edges[1:] + edges[:-1]) / 2.0
    paint = [token("loss" if x < 0.0 else "gain") for x in middles]
    trace = {
        "type": "bar", "x": middles.tolist(), "y": counts.tolist(), "marker": {"color": paint}, "opacity": 0.75,
        "width": float(edges[1] - edges[0]) * 0.94, "hovertemplate": "%{y} around %{x:.2f}<extra></extra>",
    }  # fmt: skip
    mark = {"type": "line", "xref": "x", "x0": result.luck, "x1": result.luck, "yref": "paper", "y0": 0, "y1": 1,
            "line": {"color": token("accent"), "width": 1.5, "dash": "dot"}}  # fmt: skip
    note = {"text": f"luck {ratio(result.luck)}", "xref": "x", "x": result.luck, "yref": "paper", "y": 1, "xanchor": "left",
            "showarrow": False, "font": {"size": 11, "color": token("accent")}}  # fmt: skip
    drawn = chart(
        [trace], 260, showlegend=False, hovermode="x", shapes=[mark], annotations=[note], margin={"b": 52},
        xaxis={"type": "linear", "title": {"text": "Sharpe ratio"}}, yaxis={"title": {"text": "Combinations"}},
    )  # fmt: skip
    return section(
        "luck",
        "How Sharpe ratios are spread",
        document.plot("luck", drawn, "Distribution of Sharpe ratios"),
        lead="The dotted line is what the best of as many independent worthless trials is expected to show; combinations that "
        "resemble each other count for fewer.",
    )


def _maps(result: Swept, document: Document, varied: list[str]) -> Markup | str:
    """Return heat maps and surfaces of the first pairs of parameters, a variant a statistic."""
    pairs = list(combinations(varied, 2))
    if not pairs:
        return ""
    parts: list[Markup] = [selector("map-1", METRICS, "Statistic")]
    budget, left_out = CELLS_MAX, 0
    for number, (x, y) in enumerate(pairs, 1):
        cells = len(np.unique(result.sweep.parameters[x])) * len(np.unique(result.sweep.parameters[y]))
        if number > PAIRS_MAX or cells * 2 * len(METRICS) > budget:
            left_out += 1
            continue
        budget -= cells * 2 * len(METRICS)
        grids = [result.grid(x, y, metric) for metric in METRICS]
        parts += [
            element("h3", f"{x} and {y}"),
            document.plot(f"map-{number}", _variants([heat_chart(one) for one in grids]), f"Heat map over {x} and {y}"),
            document.plot(f"surface-{number}", _variants([surface_chart(one) for one in grids]), f"Surface over {x} and {y}"),
        ]  # fmt: skip
    if left_out:
        parts.append(element("p", f"{left_out} pairs of parameters are not drawn: too many, or too finely spaced.", class_="note"))  # fmt: skip
    others = " Where further parameters vary, a cell is the median over them." if len(varied) > 2 else ""
    lead = f"A broad plateau is worth more than a lone peak.{others}"
    return section("maps", "Maps and surfaces", *parts, lead=lead)


def _variants(drawn: list[Chart]) -> Chart:
    return chart([], drawn[0]["layout"]["height"]) | {"variants": drawn}


def _each(result: Swept, document: Document, varied: list[str]) -> Markup | str:
    if not varied:
        return ""
    parts: list[Markup] = []
    for number, name in enumerate(varied, 1):
        values, sharpe = result.sweep.parameters[name], result.table["sharpe"].to_numpy()
        parts += [
            element("h3", name),
            document.plot(f"parameter-{number}", parameter_chart(name, "sharpe", values, sharpe), f"Sharpe ratio over {name}"),
        ]  # fmt: skip
    return section(
        "parameters", "Each parameter", *parts, lead="The Sharpe ratio over one parameter, whatever the others are: median, quartiles and best."
    )  # fmt: skip
