"""How trades and orders went: losses in a row, slippage, refusals, differences, quality."""

import math

import pytest
from msgspec.structs import replace

from tenfold.domain.account import Position
from tenfold.domain.conditions import Conditions, SymbolCondition
from tenfold.domain.events import Difference
from tenfold.domain.instrument import Instrument
from tenfold.domain.order import Fill, Order, OrderStatus, OrderType, OrderUpdate, Replace, Side, Submit
from tenfold.domain.rules import Limits
from tenfold.kernels import bounds
from tenfold.risk.conduct import Conduct

INSTRUMENT = Instrument(symbol="A")


def fill(side=Side.BUY, qty=10, price=100.0, order="o", **more):
    return Fill(
        ts_ns=1, fill_id="f", order_id=order, symbol="A", side=side, qty=qty, price=price, **({"fee_units": 0} | more)
    )


def conduct(**limits):
    return Conduct(Limits(**limits), [INSTRUMENT])


def read(one, quality=100.0):
    return {which: (value, used) for which, value, _, used in one.readings(quality)}


def update(order, status):
    return OrderUpdate(ts_ns=1, order_id=order, symbol="A", status=status)


@pytest.mark.parametrize(
    ("trips", "losses"),
    [
        ([5], 0),
        ([-5], 1),
        ([-5, -5, -5], 3),
        ([-5, -5, 5], 0),
        ([-5, 0, -1], 1),
    ],
)
def test_losses_in_a_row(trips, losses):
    one = conduct(losses_max=2)
    realised = 0
    for earned in trips:
        one.filled(fill(), Position(realised=realised), Position(lots=10, realised=realised))
        part = Position(lots=4, realised=realised + earned)
        one.filled(fill(Side.SELL, 6), Position(lots=10, realised=realised), part)
        realised += earned
        one.filled(fill(Side.SELL, 4), part, Position(realised=realised))
    assert one.losses == losses
    assert read(one) == {bounds.LOSSES: (float(losses), losses / 2)}
    one.clear()
    assert one.losses == 0


def test_fees_make_a_loss_and_a_reversal_ends_a_trip():
    one = conduct(losses_max=1)
    one.filled(fill(fee_units=3), Position(), Position(lots=10))
    one.filled(fill(Side.SELL, 20, fee_units=3), Position(lots=10), Position(lots=-10, realised=5))
    assert one.losses == 1


def test_slippage_of_the_last_orders_that_filled():
    one = conduct(slippage_bps_max=10.0, breaker_window=2)
    worth = 10 * 100.0 * INSTRUMENT.units_per_price
    one.filled(fill(slippage_units=int(worth * 0.001)), Position(), Position(lots=10))
    assert read(one) == {}  # a mean waits for a full window
    one.filled(fill(slippage_units=int(worth * 0.003), order="p"), Position(lots=10), Position(lots=20))
    assert read(one)[bounds.SLIPPAGE] == (pytest.approx(20.0), pytest.approx(2.0))
    one.filled(fill(slippage_units=int(worth * 0.005), order="q"), Position(lots=20), Position(lots=30))
    assert read(one)[bounds.SLIPPAGE][0] == pytest.approx(40.0)
    one.change(Limits(slippage_bps_max=10.0, breaker_window=1))
    assert read(one)[bounds.SLIPPAGE][0] == pytest.approx(50.0)


def test_an_order_that_fills_in_many_parts_is_one():
    one = conduct(slippage_bps_max=10.0, breaker_window=2)
    worth = 10 * 100.0 * INSTRUMENT.units_per_price
    for number in range(50):
        one.filled(fill(slippage_units=int(worth * 0.003)), Position(lots=10 * number), Position(lots=10 * number + 10))
    assert read(one) == {}
    one.filled(fill(order="p", qty=500), Position(lots=500), Position(lots=1000))
    assert read(one)[bounds.SLIPPAGE][0] == pytest.approx(15.0)


def test_slippage_against_the_quote_at_arrival():
    one = conduct(slippage_bps_max=10.0, breaker_window=1)
    order = Order(order_id="o", ts_ns=1, symbol="A", side=Side.SELL, qty=10)
    one.sent([Submit(order=order)], {"A": 100.0}.get)
    one.filled(fill(Side.SELL, price=99.5), Position(lots=10), Position())
    assert read(one)[bounds.SLIPPAGE][0] == pytest.approx(1e4 * 0.5 / 99.5)
    for number in range(5000):  # what is old is let go
        one.sent([Submit(order=Order(order_id=str(number), ts_ns=1, symbol="A", side=Side.BUY, qty=1))], lambda _: 1.0)
    assert len(one._arrivals) == 4096
    one.sent([Submit(order=order)], lambda _: 0.0)
    assert len(one._arrivals) == 4096


def test_slippage_of_what_was_sent_in_the_place_of_what_was_decided():
    one = conduct(slippage_bps_max=10.0, breaker_window=1)
    decided, sent = (Order(order_id="o", ts_ns=1, symbol="A", side=Side.SELL, qty=qty) for qty in (1, 10))
    one.sent([Submit(order=decided)], lambda _: 50.0)
    one.witness(Submit(order=sent), lambda _: 100.0)
    one.sent([Submit(order=decided)], lambda _: 50.0)
    one.filled(fill(Side.SELL, price=99.5), Position(lots=10), Position())
    assert read(one)[bounds.SLIPPAGE][0] == pytest.approx(1e4 * 0.5 / 99.5)
    one.witness(Submit(order=replace(sent, order_id="p")), lambda _: 0.0)
    one.filled(fill(Side.SELL, price=99.5, order="p"), Position(lots=10), Position())
    assert read(one)[bounds.SLIPPAGE][0] == 0.0
    one.strays = False
    one.sent([Submit(order=replace(decided, order_id="q"))], lambda _: 100.0)
    one.filled(fill(Side.SELL, price=99.5, order="q"), Position(lots=10), Position())
    assert read(one)[bounds.SLIPPAGE][0] == pytest.approx(1e4 * 0.5 / 99.5)


@pytest.mark.parametrize(
    ("terms", "price", "slipped"),
    [
        ({"type": OrderType.STOP, "stop_price": 95.0}, 94.9, 0.1),
        ({"type": OrderType.STOP_LIMIT, "stop_price": 95.0, "limit_price": 90.0}, 95.0, 0.0),
        ({"type": OrderType.TRAILING_STOP, "trail": 5.0}, 94.9, 0.0),
        ({"type": OrderType.LIMIT, "limit_price": 105.0}, 105.0, 0.0),
        ({"type": OrderType.LIMIT, "limit_price": 90.0}, 99.5, 0.5),
        ({"type": OrderType.MARKET_ON_OPEN}, 95.0, 0.0),
        ({"type": OrderType.MARKET_ON_CLOSE}, 95.0, 0.0),
        ({"type": OrderType.LIMIT, "limit_price": 90.0, "tif": "opg"}, 95.0, 0.0),
    ],
)
def test_slippage_is_measured_from_the_price_that_an_order_waits_for(terms, price, slipped):
    one = conduct(slippage_bps_max=10.0, breaker_window=1)
    one.sent(
        [Submit(order=Order(order_id="o", ts_ns=1, symbol="A", side=Side.SELL, qty=10, **terms))], {"A": 100.0}.get
    )
    one.filled(fill(Side.SELL, price=price), Position(lots=10), Position())
    assert read(one)[bounds.SLIPPAGE][0] == pytest.approx(1e4 * slipped / price)


@pytest.mark.parametrize(
    ("change", "slipped"), [({"stop_price": 97.0}, 0.5), ({"limit_price": 93.0}, -1.5), ({"qty": 5}, -1.5)]
)
def test_slippage_is_measured_from_the_price_that_an_order_was_changed_to(change, slipped):
    one = conduct(slippage_bps_max=10.0, breaker_window=1)
    order = Order(order_id="o", ts_ns=1, symbol="A", side=Side.SELL, qty=10, type=OrderType.STOP, stop_price=95.0)
    one.sent([Submit(order=order), Replace(order_id="o", ts_ns=2, symbol="A", **change)], {"A": 100.0}.get)
    one.filled(fill(Side.SELL, price=96.5), Position(lots=10), Position())
    assert read(one)[bounds.SLIPPAGE][0] == pytest.approx(1e4 * slipped / 96.5)


@pytest.mark.parametrize(
    ("changes", "mids", "slipped"),
    [
        ([{"limit_price": 101.0}], [100.0, 100.5], 0.5),  # it takes what is offered
        ([{"limit_price": 101.0}], [100.0, 103.0], 0.0),  # it waits again
        ([{"limit_price": 100.0}, {"qty": 5}, {"limit_price": 101.0}], [100.0, 99.0, 98.0, 100.2], 0.8),
        ([{"limit_price": 101.0}], [100.0, 0.0], 2.0),
        ([{"limit_price": 101.0}], [0.0, 100.5], 0.0),  # it was sent for the next open
    ],
)
def test_slippage_of_a_limit_that_follows_the_market_is_measured_from_the_quote_at_its_change(changes, mids, slipped):
    one, quoted = conduct(slippage_bps_max=10.0, breaker_window=1), iter(mids)
    order = Order(order_id="o", ts_ns=1, symbol="A", side=Side.BUY, qty=10, type=OrderType.LIMIT, limit_price=99.0)
    for command in (Submit(order=order), *[Replace(order_id="o", ts_ns=2, symbol="A", **one) for one in changes]):
        price = next(quoted)
        one.sent([command], lambda _, price=price: price)
    one.filled(fill(price=101.0), Position(), Position(lots=10))
    assert read(one)[bounds.SLIPPAGE][0] == pytest.approx(1e4 * slipped / 101.0)


def test_refusals_count_each_order_once():
    one = conduct(reject_frac_max=0.5, breaker_window=4)
    for order, status in (
        ("a", OrderStatus.ACCEPTED), ("a", OrderStatus.REJECTED), ("b", OrderStatus.REJECTED), ("c", OrderStatus.FILLED),
        ("c", OrderStatus.CANCELED), ("b", OrderStatus.REJECTED),
    ):  # fmt: skip
        one.updated(update(order, status))
    assert read(one) == {}
    one.filled(fill(order="d"), Position(), Position(lots=10))
    assert read(one) == {bounds.REJECTS: (0.5, 1.0)}


def test_differences():
    one = conduct(differences_max=2)
    one.differed(Difference(ts_ns=1, kind="stray", symbol="A"))
    assert read(one) == {bounds.DIFFERENCES: (1.0, 0.5)}


def test_a_difference_that_stays_as_large_is_one_until_it_is_over_or_a_person_resumes():
    one, counts = conduct(differences_max=10), []
    for told in ([(0, -1)], [(5, 4)], [(5, 3)], [], [(5, 3), (7, 5)], *[[]] * 9, [(8, 6)], *[[]] * 10, [(8, 6)]):
        for ours, theirs in told:
            one.differed(Difference(ts_ns=1, kind="cash", ours=ours, theirs=theirs))
        one.compared()
        counts.append(read(one)[bounds.DIFFERENCES][0])
    assert counts == [1, 1, *[2] * 23, 3]  # one comparison without it is that after a trade, or a start
    one.clear()
    one.differed(Difference(ts_ns=1, kind="cash", ours=7, theirs=5))
    assert read(one) == {bounds.DIFFERENCES: (1.0, 0.1)}


@pytest.mark.parametrize(("quality", "used"), [(100.0, 0.5), (50.0, 1.0), (0.0, math.inf)])
def test_quality(quality, used):
    assert read(conduct(quality_min=50.0), quality) == {bounds.QUALITY: (quality, used)}


def test_it_is_armed_where_a_limit_is_set():
    one = conduct()
    assert not one.armed
    assert read(one) == {}
    one.change(Limits(losses_max=3))
    assert one.armed


def test_a_score_of_before_a_person_resumed_is_none_of_now():
    one = conduct(quality_min=50.0)
    one.heard(Conditions(ts_ns=1, quality=40.0))
    assert one.quality == 40.0
    one.clear()
    one.heard(Conditions(ts_ns=2, quality=40.0, unknown_orders=1))  # at night, of orders alone
    assert one.quality == 100.0
    one.heard(Conditions(ts_ns=3, quality=40.0, symbols=(SymbolCondition(symbol="A"),)))
    assert one.quality == 40.0
