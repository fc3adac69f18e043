"""Money is exact: after any flow of orders everything balances to the smallest unit."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markets import markets, rules

from tenfold.backtesting.backtest import Given, run_backtest
from tenfold.domain.events import CashFlow
from tenfold.domain.instrument import Instrument
from tenfold.domain.order import Fill, Side
from tenfold.ledger.ledger import Ledger

INSTRUMENTS = {
    "USD": (Instrument(symbol="A"), Instrument(symbol="B", multiplier=50.0)),
    "BTC": (Instrument(symbol="A", currency="BTC", lot_size=0.001), Instrument(symbol="B", currency="BTC")),
}


class Account:
    """Book fills in exact fractions: one queue of average cost, nothing rounded but the value of a lot."""

    def __init__(self, cash):
        self.cash = Fraction(cash)
        self.lots = {"A": 0, "B": 0}
        self.cost = {"A": Fraction(0), "B": Fraction(0)}
        self.realised = {"A": Fraction(0), "B": Fraction(0)}

    def fill(self, symbol, qty, unit, fee):
        self.cash -= qty * unit + fee
        lots = self.lots[symbol]
        if lots * qty < 0:
            closing = min(abs(lots), abs(qty))
            released = self.cost[symbol] * Fraction(closing, abs(lots))
            self.realised[symbol] += (closing if lots > 0 else -closing) * unit - released
            self.cost[symbol] -= released
            opening = abs(qty) - closing
        else:
            opening = abs(qty)
        self.cost[symbol] += (opening if qty > 0 else -opening) * unit
        self.lots[symbol] += qty


flows = st.lists(
    st.tuples(
        st.sampled_from("AB"),
        st.integers(-5000, 5000).filter(bool),
        st.floats(0.0001, 5000.0),
        st.integers(0, 10**9),
    ),
    max_size=40,
)


@given(st.sampled_from(["USD", "BTC"]), flows, st.lists(st.integers(-(10**9), 10**9), max_size=5))
def test_any_flow_of_fills_balances(currency, fills, credits):
    ledger = Ledger(INSTRUMENTS[currency], 1_000.0)
    account = Account(ledger.cash)
    for number, (symbol, qty, price, fee) in enumerate(fills):
        paid = price if currency == "USD" else price / 5000.0
        side = Side.BUY if qty > 0 else Side.SELL
        ledger.apply(
            Fill(ts_ns=1, fill_id=str(number), order_id="o", symbol=symbol, side=side, qty=abs(qty), price=paid,
                 fee_units=fee)
        )  # fmt: skip
        scale = next(i.units_per_price for i in INSTRUMENTS[currency] if i.symbol == symbol)
        account.fill(symbol, qty, int(np.floor(paid * scale + 0.5)), fee)
        ledger.verify()
    for units in credits:
        ledger.credit(CashFlow(ts_ns=1, symbol="A", kind="dividend", units=units))
        account.cash += units
    ledger.verify()
    assert ledger.cash == account.cash
    for symbol in "AB":
        held = ledger.position(symbol)
        assert held.lots == account.lots[symbol] == sum(qty for name, qty, *_ in fills if name == symbol)
        # cost is allocated in whole units, so it is off by less than one unit a fill, and never in sum
        assert abs(held.cost - account.cost[symbol]) < len(fills) + 1
        assert held.realised - held.cost == account.realised[symbol] - account.cost[symbol]
        if held.lots == 0:
            assert held.cost == 0
            assert held.realised == account.realised[symbol]


@st.composite
def cases(draw):
    bars = draw(markets())
    chosen = draw(rules(bars.currency))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    hold = draw(st.integers(1, 6))
    voters = []
    for index in range(draw(st.integers(1, 3))):
        scores = np.repeat(random.uniform(-1, 1, (len(bars) // hold + 1, len(bars.symbols))), hold, axis=0)[: len(bars)]
        voters.append(Given(scores.copy(), f"v{index}"))
    return bars, chosen, voters


@pytest.mark.parametrize("engine", ["compiled", "event"])
@given(case=cases())
def test_a_run_balances_bar_by_bar(engine, case):
    bars, chosen, voters = case
    run = run_backtest(voters, bars, chosen, engine=engine)
    scale = [instrument.units_per_price for instrument in bars.instruments]
    start = round(chosen.account.cash * run.money)
    held, cash, mark = [0] * len(scale), start, [0] * len(scale)
    bought, fees, fills = 0, 0, iter([*run.fills, None])
    fill = next(fills)
    for moment in range(len(bars)):
        while fill is not None and fill["bar"] == moment:
            symbol, lots = int(fill["symbol"]), int(fill["lots"])
            held[symbol] += lots
            bought += lots * int(np.floor(fill["price"] * scale[symbol] + 0.5))
            fees += int(fill["fee_units"])
            fill = next(fills)
        for symbol in range(len(scale)):
            if bars.usable[moment, symbol]:
                mark[symbol] = int(np.floor(bars.rows["close"][moment, symbol] * scale[symbol] + 0.5))
        worth = [lots * value for lots, value in zip(held, mark, strict=True)]
        assert run.lots[moment].tolist() == held
        assert (int(run.net_units[moment]), int(run.gross_units[moment])) == (sum(worth), sum(map(abs, worth)))
        assert run.equity_units[moment] == run.cash_units[moment] + run.net_units[moment]
        cash = int(run.cash_units[moment])
    assert cash == start - bought - fees - run.borrow_units - run.interest_units + run.dividend_units
    closed = [int(trade["pnl_units"]) for trade in run.trades]
    if not run.trades["open"].any():
        assert (
            int(run.equity_units[-1])
            == start + sum(closed) - fees - run.borrow_units - run.interest_units + run.dividend_units
        )
