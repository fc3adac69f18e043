"""Say where the P&L came from: which symbols and sides, which members of the vote, and what each member earns alone."""

from html import escape
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenfold.app.analysis import Analysis
from tenfold.app.formatting import money, number, percent
from tenfold.app.report.chart import MONEY_DIGITS, Chart, bars, chart, line, milliseconds, numbers
from tenfold.app.report.document import Document
from tenfold.app.report.markup import Cell, Markup, element, section, table
from tenfold.app.report.returns import coloured, signed
from tenfold.app.report.trips import net_units
from tenfold.app.thinning import bucket_edges
from tenfold.metrics.benchmark import correlation
from tenfold.metrics.drawdown import max_drawdown
from tenfold.metrics.performance import sharpe_ratio, total_return

SYMBOLS_MAX: Final = 40
"""Symbols drawn: those with the largest P&L either way."""

WEIGHTS_MAX: Final = 12
"""Symbols whose weight is drawn apart; the others are one band."""


def symbol_section(analysis: Analysis, document: Document) -> Markup:
    """Return P&L by symbol and side, the weights over time, and the table of both."""
    if not len(analysis.run.fills):
        return section("symbols", "Symbols", element("p", "Nothing was traded.", class_="note"))
    lead = "P&L net of fees, of round trips, by symbol and side; slippage is in the prices. A click on a heading sorts."
    return section(
        "symbols",
        "Where it was earned",
        document.plot("symbols", side_chart(analysis), "P&L by symbol and side"),
        symbol_table(analysis),
        element("h3", "Weights over time"),
        document.plot("weights", weight_chart(analysis), "Weight of each symbol over time"),
        lead=lead,
    )


def side_chart(analysis: Analysis) -> Chart:
    """Return bars of P&L net of fees by symbol, long and short apart, the largest first."""
    run, trades = analysis.run, analysis.trades
    net = net_units(analysis) / run.money
    count = len(run.bars.symbols)
    long = np.bincount(trades["symbol"], np.where(trades["side"] > 0, net, 0.0), count)
    short = np.bincount(trades["symbol"], np.where(trades["side"] < 0, net, 0.0), count)
    order = np.argsort(-(long + short), kind="stable")
    if count > SYMBOLS_MAX:
        order = np.concatenate((order[: SYMBOLS_MAX // 2], order[-SYMBOLS_MAX // 2 :]))
    names = [escape(run.bars.symbols[i]) for i in order]
    traces = [
        bars(name, names, numbers(values[order], MONEY_DIGITS), colour, yhoverformat=",.2f")
        for name, values, colour in (("Long", long, "long"), ("Short", short, "short"))
    ]
    return chart(
        traces, 280, barmode="relative", bargap=0.35, xaxis={"type": "category"},
        yaxis={"title": {"text": run.bars.currency}, "tickformat": ",.3~s", "zeroline": True},
    )  # fmt: skip


def symbol_table(analysis: Analysis) -> Markup:
    """Return P&L, costs, trips and weight of each symbol; the sums below."""
    run, parts, trades = analysis.run, analysis.by_symbol, analysis.trades
    net = parts.pnl_units - parts.fee_units
    weight = np.abs(analysis.weights).mean(axis=0)
    rows: list[list[object]] = []
    for i, symbol in enumerate(run.bars.symbols):
        own = (trades["symbol"] == i) & (trades["open"] == 0)
        won = int(np.count_nonzero(net_units(analysis)[own] > 0))
        rows.append(
            [symbol, *_amounts(parts.pnl_units[i], parts.fee_units[i], parts.slippage_units[i], net[i], run.money),
             f"{int(own.sum()):,}", percent(won / own.sum()) if own.any() else "–", percent(float(weight[i])),
             money(int(parts.notional_units[i]) / run.money)]
        )  # fmt: skip
    if len(rows) > 1:
        done = trades["open"] == 0
        won = int(np.count_nonzero(net_units(analysis)[done] > 0))
        pnl, fee, slip = (int(x.sum()) for x in (parts.pnl_units, parts.fee_units, parts.slippage_units))
        rows.append(
            [Cell("All", "word total"), *_amounts(pnl, fee, slip, int(net.sum()), run.money), f"{int(done.sum()):,}",
             percent(won / done.sum()) if done.any() else "–", percent(float(weight.sum())),
             money(int(parts.notional_units.sum()) / run.money)]
        )  # fmt: skip
    head = ["Symbol", "P&L before fees", "Fees", "Slippage (in prices)", "P&L after fees", "Round trips", "Won",
            "Mean weight", "Traded"]  # fmt: skip
    return table(head, rows, class_="sortable")


def _amounts(pnl: int, fee: int, slippage: int, net: int, unit: float) -> list[object]:
    return [signed(int(pnl) / unit), money(int(fee) / unit), money(int(slippage) / unit), signed(int(net) / unit)]


def weight_chart(analysis: Analysis) -> Chart:
    """Return the mean weight of each symbol over short stretches, in steps, long above zero and short below."""
    run, weights = analysis.run, analysis.weights
    starts = bucket_edges(len(weights), 500)
    lengths = np.diff(np.append(starts, len(weights)))[:, None]
    mean = np.add.reduceat(weights, starts, axis=0) / lengths
    order = np.argsort(-np.abs(weights).mean(axis=0), kind="stable")
    named: list[tuple[str, NDArray[np.float64]]] = [
        (escape(run.bars.symbols[i]), mean[:, i]) for i in order[:WEIGHTS_MAX]
    ]
    if len(order) > WEIGHTS_MAX:
        named.append((f"{len(order) - WEIGHTS_MAX} others", mean[:, order[WEIGHTS_MAX:]].sum(axis=1)))
    x = milliseconds(run.bars.ts_ns[starts], run.bars.period_ns)
    traces = []
    for rank, (name, values) in enumerate(named):
        trace = line(name, x, numbers(values, 3), f"series-{rank % 8 + 1}", 1.3, yhoverformat=".1%")
        traces.append(trace | {"line": {**trace["line"], "shape": "hv", "dash": "solid" if rank < 8 else "dot"}})
    drawn = chart(traces, 280, yaxis={"tickformat": ".0%", "zeroline": True, "title": {"text": "of equity"}})
    return drawn | {"linked": True, "fit": {"yaxis": "zero"}}


def member_parts(analysis: Analysis, document: Document) -> list[Markup]:
    """Return what the vote earned while each member agreed, dissented or abstained, and what each earns alone."""
    if len(analysis.run.members) == 1:
        return []
    return [
        element("h3", "Who was with the position when it earned"),
        element(
            "p",
            "P&L of the vote's positions from close to close, by the member's ballot on the bar before; before fees.",
            class_="lead",
        ),
        document.plot("members", member_chart(analysis), "P&L of the vote by the ballots of each member"),
        member_table(analysis),
        *_alone(analysis),
    ]


def _alone(analysis: Analysis) -> list[Markup]:
    """Return what members earn alone; nothing where orders met ticks, which are not kept with the run."""
    if not analysis.alone:
        return []
    return [
        element("h3", "Each member alone"),
        element(
            "p",
            "The same rules, costs and account, with this member as the only voter. One that is worse alone than with the "
            "others gains from the vote; correlations are those of the returns of bars.",
            class_="lead",
        ),
        alone_table(analysis),
    ]


def member_chart(analysis: Analysis) -> Chart:
    """Return, for each member, the P&L of the vote while it was with, against and neither."""
    run = analysis.run
    names = [f"{k + 1}. {escape(member)}" for k, member in enumerate(run.members)]
    kinds = (("With the position", "with_units", "long"), ("Against it", "against_units", "short"),
             ("Abstaining", "abstained_units", "muted"))  # fmt: skip
    traces = [
        bars(
            label, names, numbers(np.array([getattr(part, field) for part in analysis.by_member]) / run.money, MONEY_DIGITS), colour,
            yhoverformat=",.2f",
        )
        for label, field, colour in kinds
    ]  # fmt: skip
    return chart(
        traces, 300, barmode="group", bargap=0.3, xaxis={"type": "category"},
        yaxis={"title": {"text": run.bars.currency}, "tickformat": ",.3~s", "zeroline": True},
    )  # fmt: skip


def member_table(analysis: Analysis) -> Markup:
    """Return how each member stood to the positions held, and what they earned while it did."""
    run = analysis.run
    rows = []
    for member, weight, part in zip(run.members, run.weights, analysis.by_member, strict=True):
        rows.append(
            [member, f"{weight:g}", percent(part.voting_frac), percent(part.with_frac), percent(part.against_frac),
             signed(part.with_units / run.money), signed(part.against_units / run.money),
             signed(part.abstained_units / run.money), f"{run.failures.get(member, 0):,}"]
        )  # fmt: skip
    head = ["Member", "Weight", "Casts a ballot", "With the position", "Against it", "P&L while with it",
            "P&L while against", "P&L while abstaining", "Failures"]  # fmt: skip
    return table(head, rows, class_="sortable")


def alone_table(analysis: Analysis) -> Markup:
    """Return what each member earns alone, the vote below."""
    run = analysis.run
    named = [*zip(run.members, analysis.alone, strict=True), (Cell("The vote", "word total"), run)]
    rows = []
    for name, one in named:
        returns = one.returns
        rows.append(
            [name, coloured(total_return(returns)), number(sharpe_ratio(returns, analysis.periods)),
             percent(max_drawdown(returns)), f"{len(one.fills):,}",
             money(int(one.fills["fee_units"].sum()) / run.money), number(correlation(returns, analysis.returns)),
             number(correlation(returns, analysis.benchmark))]
        )  # fmt: skip
    head = ["Member", "Total return", "Sharpe", "Worst drawdown", "Fills", "Fees", "Correlation with the vote",
            "With buy and hold"]  # fmt: skip
    return table(head, rows, class_="sortable")
