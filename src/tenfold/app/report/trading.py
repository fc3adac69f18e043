"""Tabulate trades, costs, symbols and members."""

import numpy as np

from tenfold.app.analysis import Analysis
from tenfold.app.formatting import money, percent
from tenfold.app.report.chart import Chart, chart, token
from tenfold.app.report.markup import Cell, Markup, table
from tenfold.app.report.returns import coloured, session_day


def symbol_table(analysis: Analysis) -> Markup:
    """Return P&L and costs of each symbol; the sum and what belongs to no symbol below."""
    run, parts = analysis.run, analysis.by_symbol
    rows: list[list[object]] = []
    for i, symbol in enumerate(run.bars.symbols):
        pnl, fee, slip = (int(parts.pnl_units[i]), int(parts.fee_units[i]), int(parts.slippage_units[i]))
        rows.append(
            [symbol, signed(pnl / run.money), money(fee / run.money), money(slip / run.money),
             signed((pnl - fee) / run.money), f"{int(parts.fills[i]):,}", money(int(parts.notional_units[i]) / run.money)]
        )  # fmt: skip
    if len(rows) > 1:
        pnl, fee, slip = (int(x.sum()) for x in (parts.pnl_units, parts.fee_units, parts.slippage_units))
        rows.append(
            [Cell("All", "word total"), signed(pnl / run.money), money(fee / run.money), money(slip / run.money),
             signed((pnl - fee) / run.money), f"{int(parts.fills.sum()):,}",
             money(int(parts.notional_units.sum()) / run.money)]
        )  # fmt: skip
    head = ["Symbol", "P&L before fees", "Fees", "Slippage (in prices)", "P&L after fees", "Fills", "Traded"]
    return table(head, rows)


def signed(value: float) -> Cell:
    """Return an amount in the colour of its sign."""
    return coloured(value, money(value))


def cost_chart(analysis: Analysis) -> Chart:
    """Return the way from the P&L at unslipped prices to the P&L that was earned, step by step."""
    run = analysis.run
    fees, slippage = int(run.fills["fee_units"].sum()), int(run.fills["slippage_units"].sum())
    net = int(run.equity_units[-1]) - round(run.rules.account.cash * run.money)
    gross = net + fees + slippage + run.borrow_units + run.interest_units - run.dividend_units
    steps = [
        ("Before costs", gross, "absolute"),
        ("Slippage", -slippage, "relative"),
        ("Fees", -fees, "relative"),
        ("Borrow", -run.borrow_units, "relative"),
        ("Margin interest", -run.interest_units, "relative"),
        ("Dividends", run.dividend_units, "relative"),
        ("Earned", net, "total"),
    ]
    trace = {
        "type": "waterfall",
        "x": [name for name, _, _ in steps],
        "y": [units / run.money for _, units, _ in steps],
        "measure": [kind for _, _, kind in steps],
        "text": [money(units / run.money) for _, units, _ in steps],
        "textposition": "outside",
        "cliponaxis": False,
        "increasing": {"marker": {"color": token("gain")}},
        "decreasing": {"marker": {"color": token("loss")}},
        "totals": {"marker": {"color": token("accent")}},
        "connector": {"line": {"color": token("rule"), "width": 1}},
        "hoverinfo": "x+y",
    }
    return chart(
        [trace],
        320,
        showlegend=False,
        yaxis={"title": {"text": run.bars.currency}, "tickformat": ",.3~s"},
        xaxis={"type": "category"},
    )


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
    return table(head, rows)


def trade_table(analysis: Analysis, count: int = 5) -> Markup:
    """Return the best and the worst round trips by P&L net of fees."""
    run, trades = analysis.run, analysis.trades
    net = trades["pnl_units"] - trades["fee_units"]
    order = np.argsort(-net, kind="stable")
    chosen = order if len(order) <= 2 * count else np.concatenate((order[:count], order[-count:]))
    rows = []
    for i in chosen:
        row = trades[i]
        rows.append(
            [run.bars.symbols[row["symbol"]], "long" if row["side"] > 0 else "short", session_day(analysis, int(row["entry_bar"])),
             "open" if row["open"] else session_day(analysis, int(row["exit_bar"])), f"{int(row['exit_bar']) - int(row['entry_bar']):,}",
             f"{int(row['lots']):,}", f"{row['entry_price']:,.6g}", f"{row['exit_price']:,.6g}",
             signed(int(net[i]) / run.money)]
        )  # fmt: skip
    head = ["Symbol", "Side", "Entry", "Exit", "Bars", "Lots", "Entry price", "Exit price", "P&L net of fees"]
    return table(head, rows, words=4)
