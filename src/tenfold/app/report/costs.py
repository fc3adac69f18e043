"""Draw the costs, from the P&L before them to what was earned."""

from tenfold.app.analysis import Analysis
from tenfold.app.formatting import money
from tenfold.app.report.chart import Chart, chart, token


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
