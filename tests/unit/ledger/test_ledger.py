"""The ledger in numbers worked out by hand."""

import pytest

from scenes import bars_of
from tenfold.domain.account import Position
from tenfold.domain.errors import InvariantError, MoneyOverflowError
from tenfold.domain.events import Busted, CashFlow, PositionRestated
from tenfold.domain.instrument import Instrument
from tenfold.domain.order import Fill, Side
from tenfold.ledger.ledger import Ledger
from tenfold.simulation.feed import BarFeed


def fill(side, qty, price, fee_units=0, symbol="A"):
    return Fill(ts_ns=1, fill_id="f", order_id="o", symbol=symbol, side=side, qty=qty, price=price, fee_units=fee_units)


def bust(side, qty, price, fee_units=0):
    return Busted(ts_ns=2, fill_id="f", order_id="o", symbol="A", side=side, qty=qty, price=price, fee_units=fee_units)


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


def test_a_fill_taken_back_leaves_the_position_as_if_it_had_never_been(ledger):
    ledger.apply(fill(Side.BUY, 100, 10.0, 3))
    before = ledger.position("A"), ledger.cash
    ledger.apply(fill(Side.BUY, 100, 20.0, 5))
    assert ledger.undo(bust(Side.BUY, 100, 20.0, 5)) == before[0]
    assert ledger.cash == before[1]
    assert ledger.undo(bust(Side.BUY, 100, 10.0, 3)) == Position()
    assert ledger.cash == 1_000_000_000
    ledger.verify()


def test_a_fill_taken_back_after_half_was_sold_books_what_the_sale_was_worth(ledger):
    ledger.apply(fill(Side.BUY, 100, 10.0))
    ledger.apply(fill(Side.BUY, 100, 20.0))
    ledger.apply(fill(Side.SELL, 100, 15.0))  # nothing gained on an average of 15
    assert ledger.undo(bust(Side.BUY, 100, 20.0)) == Position(realised=500_000_000)  # five a share on a cost of 10
    ledger.verify()


def test_a_closing_fill_taken_back_opens_the_position_again(ledger):
    ledger.apply(fill(Side.BUY, 10, 10.0))
    ledger.apply(fill(Side.SELL, 10, 12.0, 4))
    held = ledger.undo(bust(Side.SELL, 10, 12.0, 4))
    assert (held.lots, held.fees, ledger.cash) == (10, 0, 900_000_000)
    assert held.cost - held.realised == 100_000_000
    ledger.verify()


def test_a_fill_taken_back_that_was_turned_since_is_traded_back(ledger):
    ledger.apply(fill(Side.BUY, 10, 10.0))
    ledger.apply(fill(Side.SELL, 4, 12.0))
    assert ledger.undo(bust(Side.BUY, 10, 10.0)) == Position(lots=-4, cost=-40_000_000, realised=8_000_000)
    assert ledger.cash == 1_048_000_000
    ledger.verify()


def restated(lots, cost_units, symbol="A"):
    return PositionRestated(ts_ns=3, symbol=symbol, lots=lots, cost_units=cost_units)


def test_a_position_from_outside_brings_its_cost_and_is_worth_its_first_close(ledger):
    ledger.restate(restated(5, 7_000_000, "B"))
    assert (ledger.deposits, ledger.net, ledger.gross, ledger.unpriced) == (1_007_000_000, 7_000_000, 7_000_000, {"B"})
    ledger.restate(restated(10, 7_000_001, "B"))  # two for one
    ledger.mark(closes(10.0)[:1])
    assert (ledger.net, ledger.unpriced) == (7_000_001, {"B"})
    ledger.mark(closes(10.0, 2.0))
    assert (ledger.net, ledger.deposits, ledger.unpriced) == (20_000_000, 1_020_000_000, set())
    ledger.apply(fill(Side.SELL, 10, 2.0, symbol="B"))
    assert ledger.equity - ledger.deposits == ledger.net == 20_000_000
    ledger.mark(())
    assert ledger.equity == ledger.deposits
    assert ledger.position("B") == Position()
    ledger.verify()


def test_a_split_leaves_the_value(ledger):
    ledger.apply(fill(Side.BUY, 10, 10.0))
    ledger.mark(closes(12.0)[:1])
    held = ledger.restate(restated(20, 100_000_001))  # the venue rounds
    assert (held.lots, held.cost, held.realised, ledger.cash) == (20, 100_000_001, 1, 900_000_000)
    assert (ledger.deposits, ledger.net) == (1_000_000_000, 120_000_000)
    ledger.mark(())
    assert (ledger.net, ledger.closes["A"]) == (120_000_000, 6.0)
    assert ledger.valued(lambda symbol: 0.0) == (ledger.equity, 120_000_000)
    ledger.restate(restated(30, 150_000_000))  # more of them, not others
    assert ledger.closes["A"] == 6.0
    ledger.verify()


@pytest.mark.parametrize("cost_units", [80_000_000, 120_000_000])
def test_a_split_is_one_where_the_venue_reckons_costs_in_another_way(ledger, cost_units):
    ledger.apply(fill(Side.BUY, 10, 10.0))
    ledger.mark(closes(12.0)[:1])
    ledger.restate(restated(5, cost_units))  # one for two
    assert (ledger.closes["A"], ledger.deposits, ledger.equity) == (24.0, 1_000_000_000, 1_020_000_000)
    ledger.verify()


def test_shares_that_come_or_go_without_a_trade_are_paid_in_or_out_at_the_last_close(ledger):
    ledger.apply(fill(Side.BUY, 10, 10.0))
    ledger.mark(closes(12.0)[:1])
    earned = ledger.equity - ledger.deposits
    held = ledger.restate(restated(30, 140_000_000))  # bought elsewhere at 2
    assert (held.lots, held.cost, held.realised, ledger.deposits) == (30, 140_000_000, -200_000_000, 1_240_000_000)
    assert (ledger.net, ledger.gross) == (360_000_000, 360_000_000)
    held = ledger.restate(restated(0, 0))
    assert (held.lots, held.cost, held.realised, ledger.gross) == (0, 0, 20_000_000, 0)
    ledger.restate(restated(-5, -50_000_000))
    assert (ledger.net, ledger.gross, ledger.equity - ledger.deposits) == (-60_000_000, 60_000_000, earned)
    ledger.mark(())
    assert (ledger.net, ledger.gross) == (-60_000_000, 60_000_000)
    ledger.verify()


def test_what_is_paid_for_shares_that_went_is_no_gain_either(ledger):
    ledger.apply(fill(Side.BUY, 10, 10.0))
    ledger.mark(closes(12.0)[:1])
    earned = ledger.equity - ledger.deposits
    ledger.restate(restated(0, 0))
    ledger.credit(CashFlow(ts_ns=3, symbol="A", kind="MA", units=120_000_000, flow_id="merger"))
    assert (ledger.equity - ledger.deposits, ledger.flows) == (earned, 0)
    ledger.verify()


@pytest.mark.parametrize("kind", ["OPTRD", "OPCSH"])
def test_what_is_paid_for_shares_that_come_of_an_option_is_no_loss(ledger, kind):
    ledger.mark(closes(12.0)[:1])
    ledger.restate(restated(10, 100_000_000))
    ledger.credit(CashFlow(ts_ns=3, symbol="A", kind=kind, units=-100_000_000, flow_id="assigned"))
    assert (ledger.equity - ledger.deposits, ledger.flows) == (0, 0)
    ledger.verify()
