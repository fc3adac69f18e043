"""Write the report of a run: one HTML file that needs nothing else and asks for nothing from outside."""

from importlib.resources import files
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tenfold.app.analysis import Analysis
from tenfold.app.formatting import money, percent
from tenfold.app.report import curves, market, provenance, returns, trading
from tenfold.app.report.calendar import rolling_steps
from tenfold.app.report.chart import Chart
from tenfold.app.report.headline import headline
from tenfold.app.report.markup import Markup, element, embedded_json, joined, section, text
from tenfold.app.summary import Summary
from tenfold.app.writing import write_whole

if TYPE_CHECKING:
    from tenfold.app.result import Result

SYNTHETIC = "Synthetic data: this market was simulated. Nothing here was or could have been earned."

_TILES = (
    ("annual_return", "", "benchmark_annual_return"),
    ("sharpe_ratio", "", "benchmark_sharpe_ratio"),
    ("max_drawdown", "", "benchmark_max_drawdown"),
    ("annual_volatility", "", "benchmark_volatility"),
    ("probabilistic_sharpe", "if the only trial", None),
    ("trades", "closed", None),
    ("hit_rate", "net of fees", None),
    ("cost_drag", "of mean equity", None),
)


def write_report(result: "Result", path: Path, *, title: str = "") -> Path:
    """Write the report of a result to `path`, whole or not at all, and return where it is."""
    return write_whole(path, report_html(result, title=title).encode())


def report_html(result: "Result", *, title: str = "") -> str:
    """Return the report of a result as one HTML document."""
    from plotly.offline import get_plotlyjs

    analysis, summary = result.analysis, result.summary()
    charts: dict[str, Chart | list[Chart]] = {}
    name = title or str(analysis.run.notes.get("name") or _members(analysis.run.members))
    body = joined(
        part
        for part in (
            _header(analysis, summary, name),
            _equity(analysis, charts),
            _periods(analysis, charts),
            _market(analysis, charts),
            _votes(analysis, charts),
            _trades(analysis),
            _costs(analysis, charts),
            _limits(analysis, charts),
            _data(analysis),
            section("metrics", "Every figure, defined", provenance.definition_tables(summary)),
            section("settings", "Settings used", provenance.settings_table(analysis)),
        )
    )
    here = files("tenfold.app.report")
    return Template((here / "page.html").read_text("utf-8")).substitute(
        title=text(name),
        style=(here / "page.css").read_text("utf-8"),
        body=body,
        data=embedded_json({"charts": charts}),
        plotly=get_plotlyjs().replace("</script", "<\\/script"),
        script=(here / "page.js").read_text("utf-8"),
    )


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

    value = summary.text(key)
    below = f"benchmark {summary.text(benchmark)}" if benchmark else unit
    return element(
        "div",
        element("div", METRICS[key].label, class_="label"),
        element("div", value, class_="value"),
        element("div", below, class_="below"),
        class_="tile",
        title=METRICS[key].definition,
    )


def _plot(charts: dict[str, Chart | list[Chart]], name: str, drawn: Chart | list[Chart], label: str) -> Markup:
    """Keep a chart for the page's script, and return the place where it is drawn."""
    charts[name] = drawn
    first = drawn[0] if isinstance(drawn, list) else drawn
    height = f"height: {first['layout']['height']}px"
    return element("div", id=f"chart-{name}", class_="chart", role="img", aria_label=label, style=height)


def _equity(analysis: Analysis, charts: dict[str, Chart | list[Chart]]) -> Markup:
    scale = element("button", "Logarithmic", type="button", data_log="equity", aria_pressed="false")
    return section(
        "equity",
        "Equity and drawdown",
        scale,
        _plot(charts, "equity", curves.equity_chart(analysis), "Equity, benchmark and drawdown"),
        lead="Against buying and holding the same symbols in equal amounts, without costs; its volatility is not matched. "
        "Click a name to hide or show a line, one of them the benchmark scaled to the same volatility in hindsight.",
    )


def _periods(analysis: Analysis, charts: dict[str, Chart | list[Chart]]) -> Markup:
    steps = rolling_steps(analysis)
    window = f"Annual Sharpe ratio of the last {steps.window} {steps.name}, after costs."
    return joined(
        (
            section("months", "Months", returns.month_table(analysis), lead="Returns in per cent, compounded."),
            section("years", "Years", returns.year_table(analysis)),
            section(
                "rolling",
                "Rolling Sharpe ratio",
                _plot(charts, "rolling", curves.rolling_chart(steps), "Rolling Sharpe ratio"),
                lead=window,
            ),
            section("drawdowns", "Deepest drawdowns", returns.drawdown_table(analysis)),
        )
    )


def _market(analysis: Analysis, charts: dict[str, Chart | list[Chart]]) -> Markup:
    symbols = analysis.run.bars.symbols
    drawn = [market.price_chart(analysis, i) for i in range(len(symbols))]
    hidden = len(analysis.trades) - sum(len(market.shown_trades(analysis, i)) for i in range(len(symbols)))
    lead = "Triangles enter, dots exit; the line between them tells gain from loss, net of fees."
    if hidden:
        lead += f" Of each symbol the {market.TRIPS_MAX:,} trips with the largest P&L are drawn; {hidden:,} are not."
    return section(
        "prices",
        "Prices and trades",
        _selector("price", symbols),
        _plot(charts, "price", drawn, "Price with entries and exits"),
        lead=lead,
    )


def _selector(name: str, symbols: tuple[str, ...]) -> Markup:
    options = joined(element("option", symbol, value=i) for i, symbol in enumerate(symbols))
    return element("label", "Symbol ", element("select", options, data_chart=name), class_="selector")


def _votes(analysis: Analysis, charts: dict[str, Chart | list[Chart]]) -> Markup:
    run = analysis.run
    rule = run.rules.vote
    lead = (
        f"A position is entered where {percent(rule.enter_frac, 0)} of all weight agree, and held while "
        f"{percent(rule.hold_frac, 0)} do. Blue is long, orange short; a pale cell was so for part of its time only."
    )
    legend = element(
        "p",
        joined(
            element("span", word, class_=f"key {word.split()[0].lower()}")
            for word in ("Long", "Short", "Idle or abstaining")
        ),
        class_="legend",
    )
    parts: list[Markup] = [legend, _plot(charts, "overview", market.votes_overview(analysis), "Votes of all symbols")]
    if run.scores is None:
        parts.append(element("p", "Scores were not kept in this run, so who dissented is not known.", class_="note"))
    else:
        drawn = [market.votes_chart(analysis, i) for i in range(len(run.bars.symbols))]
        parts += [
            element("h3", "Who voted how"),
            _selector("votes", run.bars.symbols),
            _plot(charts, "votes", drawn, "Ballots of each member and agreement"),
            element("h3", "Who was with the position when it earned"),
            element(
                "p",
                "P&L from close to close of positions held, by the member's ballot on the bar before; before fees.",
                class_="lead",
            ),
            trading.member_table(analysis),
        ]
    return section("votes", "Votes", *parts, lead=lead)


def _trades(analysis: Analysis) -> Markup:
    if not len(analysis.trades):
        return section("trades", "Round trips", element("p", "There were none.", class_="note"))
    return section("trades", "Best and worst round trips", trading.trade_table(analysis))


def _costs(analysis: Analysis, charts: dict[str, Chart | list[Chart]]) -> Markup:
    if not len(analysis.run.fills):
        return section("costs", "Costs", element("p", "Nothing was traded, so nothing was paid.", class_="note"))
    return section(
        "costs",
        "Costs",
        _plot(charts, "costs", trading.cost_chart(analysis), "From P&L before costs to what was earned"),
        trading.symbol_table(analysis),
        lead="From the P&L at unslipped prices to what was earned. Borrow and dividends are known for the account alone.",
    )


def _limits(analysis: Analysis, charts: dict[str, Chart | list[Chart]]) -> Markup:
    run = analysis.run
    parts: list[Markup] = [provenance.limit_table(analysis)] if run.bindings else []
    if not run.trips:
        parts.append(element("p", "No loss limit tripped.", class_="note"))
        return section("limits", "Limits", *parts)
    without = counterfactual(analysis)
    parts += [element("h3", "Breaker trips"), provenance.trip_table(analysis, without)]
    if without is None:
        parts.append(element("p", "The run without breakers was not computed.", class_="note"))
    else:
        cost = float(run.equity[-1] - without[-1])
        verdict = f"Over the whole run the breakers {'earned' if cost >= 0.0 else 'cost'} {money(abs(cost))} {run.bars.currency}."
        parts.append(element("p", verdict, class_="lead"))
        parts.append(
            _plot(
                charts, "breakers", curves.counterfactual_chart(analysis, without), "Equity with and without breakers"
            )
        )
    return section("limits", "Limits", *parts)


def counterfactual(analysis: Analysis) -> NDArray[np.float64] | None:
    """Return the equity of the same run without breakers, in currency, where it was computed."""
    known: Any = analysis.run.notes.get("without_breakers")
    if known is None or len(known) != len(analysis.run.bars):
        return None
    return np.asarray(known, np.float64)


def _data(analysis: Analysis) -> Markup:
    bars = analysis.run.bars
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
