"""The ledger in numbers worked out by hand."""

import pytest

from scenes import bars_of
from tenfold.domain.account import Position
from tenfold.domain.errors import InvariantError, MoneyOverflowError
from tenfold.domain.events import CashFlow
from tenfold.domain.instrument import Instrument
from tenfold.domain.order import Fill, Side
from tenfold.ledger.ledger import Ledger
from tenfold.simulation.feed import BarFeed


def fill(side, qty, price, fee_units=0, symbol="A"):
    return Fill(ts_ns=1, fill_id="f", order_id="o", symbol=symbol, side=side, qty=qty, price=price, fee_units=fee_units)


def closes(*prices):
    return next(BarFeed(bars_of(*[[price] for price in prices])).events()).bars


@pytest.fixture
def ledger():
    return Ledger([Instrument(symbol="A"), Instrument(symbol="B")], 1_000.0)


def test_a_round_trip(ledger):
    assert ledger.apply(fill(Side.BUY, 3, 10.0, 7)) == Position(lots=3, cost=30_000_000, fees=7)
    ledger.apply(fill(Side.BUY, 1, 11.0))
    held = ledger.apply(fill(Side.SELL, 1, 12.0, 5))
    assert held == Position(lots=3, cost=30_750_000, realised=1_750_000, fees=12)  # average 10.25
    held = ledger.apply(fill(Side.SELL, 5, 12.0))
    assert held == Position(lots=-2, cost=-24_000_000, realised=7_000_000, fees=12)
    held = ledger.apply(fill(Side.BUY, 2, 13.0))
    assert held == Position(lots=0, cost=0, realised=5_000_000, fees=12)
    assert ledger.cash == 1_005_000_000 - 12
    ledger.verify()


def test_cost_goes_out_to_the_last_unit(ledger):
    ledger.apply(fill(Side.BUY, 1, 10.0))
    ledger.apply(fill(Side.BUY, 2, 10.000_001))  # 30,000,002 over three lots
    costs = []
    for _ in range(3):
        before = ledger.position("A").cost
        costs.append(before - ledger.apply(fill(Side.SELL, 1, 10.0)).cost)
    assert costs == [10_000_000, 10_000_001, 10_000_001]
    assert ledger.position("A") == Position(realised=-2)


def test_marks_and_values(ledger):
    ledger.apply(fill(Side.BUY, 2, 10.0))
    ledger.apply(fill(Side.SELL, 1, 50.0, symbol="B"))
    ledger.mark(closes(11.0, 40.0))
    assert (ledger.net, ledger.gross) == (-18_000_000, 62_000_000)
    assert ledger.equity == 1_012_000_000
    assert ledger.position("never") == Position()


def test_flows_and_deposits(ledger):
    for kind, units in (("dividend", 5), ("borrow", -3), ("deposit", 100)):
        ledger.credit(CashFlow(ts_ns=1, symbol="A", kind=kind, units=units))
    assert (ledger.flows, ledger.deposits, ledger.cash) == (2, 1_000_000_100, 1_000_000_102)
    ledger.verify()


def test_money_that_does_not_balance_is_a_bug(ledger):
    ledger.cash += 1
    with pytest.raises(InvariantError, match="does not balance"):
        ledger.verify()


@pytest.mark.parametrize("price", [5e12, 1e299])
def test_a_fill_beyond_the_range(ledger, price):
    with pytest.raises(MoneyOverflowError, match="a fill of 1 lots of A"):
        ledger.apply(fill(Side.BUY, 1, price))
    assert ledger.position("A") == Position()


def test_a_position_beyond_the_range(ledger):
    ledger.apply(fill(Side.BUY, 2**31 - 1, 0.001))
    with pytest.raises(MoneyOverflowError, match="2147483648 lots"):
        ledger.apply(fill(Side.BUY, 1, 0.001))


def test_an_account_beyond_the_range(ledger):
    ledger.apply(fill(Side.BUY, 1000, 1.0))
    with pytest.raises(MoneyOverflowError, match="leaves the range"):
        ledger.mark(closes(4.7e9))
