"""Write the report of a run: one HTML file that needs nothing else and asks for nothing from outside."""

from pathlib import Path
from typing import Any

from tenfold.app.analysis import Analysis
from tenfold.app.report import provenance, returns, trips
from tenfold.app.report.attribution import symbol_section
from tenfold.app.report.breakers import limits_section
from tenfold.app.report.capacity import capacity_section
from tenfold.app.report.costs import cost_chart
from tenfold.app.report.crises import crisis_section
from tenfold.app.report.distribution import distribution_section, year_chart
from tenfold.app.report.document import Document, selector
from tenfold.app.report.headline import headline
from tenfold.app.report.holding import holding_section
from tenfold.app.report.markup import Markup, element, joined, section
from tenfold.app.report.overlays import Overlay, Overlays, overlays_of
from tenfold.app.report.rolling import rolling_section
from tenfold.app.report.timeline import timeline_chart
from tenfold.app.report.votes import votes_section
from tenfold.app.summary import Summary
from tenfold.app.writing import write_whole
from tenfold.domain.bars import Bars

SYNTHETIC = "Synthetic data: this market was simulated. Nothing here was or could have been earned."

_TILES = (
    ("annual_return", "", "benchmark_annual_return"),
    ("sharpe_ratio", "", "benchmark_sharpe_ratio"),
    ("max_drawdown", "", "benchmark_max_drawdown"),
    ("annual_volatility", "", "benchmark_volatility"),
    ("deflated_sharpe", "given every trial", None),
    ("trades", "closed", None),
    ("hit_rate", "net of fees", None),
    ("cost_drag", "of mean equity", None),
)


def write_report(
    analysis: Analysis, summary: Summary, path: Path, *, title: str = "", overlays: Overlays | None = None
) -> Path:
    """Write the report of a run to `path`, whole or not at all, and return where it is."""
    return write_whole(path, report_html(analysis, summary, title=title, overlays=overlays).encode())


def report_html(analysis: Analysis, summary: Summary, *, title: str = "", overlays: Overlays | None = None) -> str:
    """Return the report of a run as one HTML document."""
    shown = overlays_of(overlays, analysis)
    bars = analysis.run.bars
    document = Document(ts_ns=bars.ts_ns, period_ns=bars.period_ns)
    name = title or str(analysis.run.notes.get("name") or _members(analysis.run.members))
    body = joined(
        (
            _header(analysis, summary, name),
            _timeline(analysis, document, shown),
            _trips(analysis, document),
            _periods(analysis, document),
            rolling_section(analysis, document),
            distribution_section(analysis, document),
            section(
                "drawdowns",
                "Deepest drawdowns",
                returns.drawdown_table(analysis),
                lead="The first five are marked on the equity curve; a click shows one in the charts.",
            ),
            crisis_section(analysis),
            votes_section(analysis, document),
            symbol_section(analysis, document),
            holding_section(analysis, document),
            capacity_section(analysis, document),
            _costs(analysis, document),
            limits_section(analysis, document),
            data_section(bars),
            section("metrics", "Every figure, defined", provenance.definition_tables(summary)),
            section("settings", "Settings used", provenance.settings_table(analysis)),
        )
    )
    return document.html(name, body)


def _members(members: tuple[str, ...]) -> str:
    """Return the members as a title."""
    return ", ".join(members[:3]) + (f" and {len(members) - 3} others" if len(members) > 3 else "")


def _header(analysis: Analysis, summary: Summary, name: str) -> Markup:
    run = analysis.run
    symbols = run.bars.symbols
    of = ", ".join(symbols[:8]) + (f" and {len(symbols) - 8} more" if len(symbols) > 8 else "")
    facts = f"{of} · {returns.session_day(analysis, 0)} to {returns.session_day(analysis, -1)} · {len(run.bars):,} bars · {run.engine} engine"
    tiles = joined(_tile(summary, *tile) for tile in _TILES)
    return element(
        "header",
        element("h1", name),
        element("p", facts, class_="facts"),
        element("p", SYNTHETIC, class_="banner") if analysis.synthetic else "",
        element("p", headline(summary), class_="headline"),
        element("div", tiles, class_="tiles"),
    )


def _tile(summary: Summary, key: str, unit: str, benchmark: str | None) -> Markup:
    from tenfold.metrics.definitions import METRICS

    below = f"benchmark {summary.text(benchmark)}" if benchmark else unit
    return tile(METRICS[key].label, summary.text(key), below, METRICS[key].definition)


def tile(label: str, value: str, below: str, definition: str) -> Markup:
    """Return one figure with its name, what it is held against, and its definition as a hint."""
    return element(
        "div",
        element("div", label, class_="label"),
        element("div", value, class_="value"),
        element("div", below, class_="below"),
        class_="tile",
        title=definition,
    )


def _timeline(analysis: Analysis, document: Document, overlays: tuple[Overlay, ...]) -> Markup:
    symbols = analysis.run.bars.symbols
    hidden = len(analysis.trades) - sum(len(trips.shown_trips(analysis, i)) for i in range(len(symbols)))
    lead = (
        "Drag over a stretch to see it in every chart of the page, double-click to see all again; all values at a moment are "
        "read at once. Buy and hold is of the same symbols in equal amounts, without costs. Bands are the deepest falls, by rank; a dotted line is a trip in the colour of its result."
    )
    if hidden:
        lead += f" Of each symbol the {trips.TRIPS_MAX:,} trips with the largest P&L are drawn; {hidden:,} are not."
    controls = element(
        "div",
        selector("timeline", symbols),
        element("span", data_ranges="", class_="ranges", role="group", aria_label="Stretch of time"),
        element("button", "Log", type="button", data_log="timeline", aria_pressed="false", title="Logarithmic equity"),
        class_="controls",
    )
    return section(
        "timeline",
        "The run",
        controls,
        document.plot(
            "timeline",
            timeline_chart(analysis, overlays=overlays),
            "Equity, drawdown, exposure, price, trades, volume and vote",
        ),
        lead=lead,
    )


def _trips(analysis: Analysis, document: Document) -> Markup:
    if not len(analysis.trades):
        return section("trades", "Round trips", element("p", "There were none.", class_="note"))
    document.trades = trips.trip_list(analysis)
    listed = len(document.trades["number"])
    lead = "A click shows a trip on the price; a click on a heading sorts. Worst and best are of the price while it was held."
    if listed < len(analysis.trades):
        lead += f" Of {len(analysis.trades):,} trips the {listed:,} with the largest P&L are listed."
    kinds = joined(element("option", kind, value=kind) for kind in ("all", "long", "short", "won", "lost", "open"))
    return section(
        "trades",
        "Round trips",
        element(
            "div",
            element("input", type="search", id="trip-words", placeholder="symbol, date, exit …", aria_label="Filter"),
            element("select", kinds, id="trip-kind", aria_label="Which round trips"),
            element("span", id="trip-count", aria_live="polite"),
            class_="controls",
        ),
        element(
            "div",
            element("table", element("thead"), element("tbody"), id="trips", class_="jumps"),
            class_="scroll tall",
        ),
        element("button", "Show all", type="button", id="trip-more", hidden=""),
        lead=lead,
    )


def _periods(analysis: Analysis, document: Document) -> Markup:
    return joined(
        (
            section("months", "Months", returns.month_table(analysis), lead="Returns in per cent, compounded."),
            section(
                "years",
                "Years",
                document.plot("years", year_chart(analysis), "Return of each year"),
                returns.year_table(analysis),
            ),
        )
    )


def _costs(analysis: Analysis, document: Document) -> Markup:
    if not len(analysis.run.fills):
        return section("costs", "Costs", element("p", "Nothing was traded, so nothing was paid.", class_="note"))
    return section(
        "costs",
        "Costs",
        document.plot("costs", cost_chart(analysis), "From P&L before costs to what was earned"),
        lead="From the P&L at unslipped prices to what was earned. Borrow and dividends are known for the account alone.",
    )


def data_section(bars: Bars) -> Markup:
    """Return what is known of the bars: where they are from, what is missing or flagged, and their quality."""
    missing = int((~bars.usable).sum())
    facts: dict[str, Any] = {
        "label": bars.label or "none given",
        "prices adjusted": bars.adjustment,
        "rows without a usable bar": missing,
        "rows with a flag": int(((bars.rows["flags"] != 0) & bars.usable).sum()),
    }
    return section(
        "data",
        "Data quality",
        provenance.quality_table({**facts, **bars.sources}),
        lead="Rows without a usable bar are shown to nobody; flagged rows are used, and told here.",
    )
