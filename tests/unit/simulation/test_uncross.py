"""Auctions cross at the price at which the most trades, and hand out what trades by price and time."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenfold.simulation.uncross import AuctionOrder, rationed, uncross

BUY, SELL = 1, -1


def orders(*rows):
    return [AuctionOrder(number, side, price, qty) for number, (side, price, qty) in enumerate(rows, 1)]


def test_the_price_of_the_largest_volume():
    book = orders((BUY, 102, 50), (BUY, 101, 50), (BUY, 100, 50), (SELL, 99, 60), (SELL, 101, 60), (SELL, 102, 10))
    cross = uncross(book, reference=100)
    assert (cross.price, cross.qty, cross.imbalance) == (101, 100, -20)
    assert cross.fills == ((1, 50), (2, 50), (4, 60), (5, 40))


def test_of_equal_volumes_the_smallest_imbalance():
    book = orders((BUY, 100, 50), (BUY, 102, 100), (SELL, 98, 100), (SELL, 102, 60))
    cross = uncross(book, reference=90)
    assert (cross.price, cross.qty, cross.imbalance) == (101, 100, 0)


@pytest.mark.parametrize(("reference", "price"), [(95, 100), (103, 103), (120, 110)])
def test_of_equal_imbalances_the_nearest_to_the_reference(reference, price):
    assert uncross(orders((BUY, 110, 10), (SELL, 100, 10)), reference).price == price


def test_market_orders_trade_first_and_the_earlier_before_the_later():
    book = orders((BUY, 105, 10), (BUY, None, 10), (BUY, 105, 10), (SELL, 100, 25))
    cross = uncross(book, reference=105)
    assert cross.price == 105
    assert cross.fills == ((2, 10), (1, 10), (3, 5), (4, 25))


def test_market_orders_alone_cross_at_the_reference():
    cross = uncross(orders((BUY, None, 10), (SELL, None, 4)), reference=1_234, tick=10)
    assert (cross.price, cross.qty, cross.imbalance) == (1_230, 4, 6)


def test_nothing_crosses():
    assert uncross([], 100) is None
    assert uncross(orders((BUY, 99, 10), (SELL, 100, 10)), 100) is None


def test_prices_between_limits_are_on_the_tick():
    cross = uncross(orders((BUY, 110, 10), (SELL, 100, 10)), reference=1_034, tick=5)
    assert cross.price == 110
    assert uncross(orders((BUY, 110, 10), (SELL, 100, 10)), reference=104, tick=5).price == 105


def test_a_side_alone_can_be_rationed_at_an_official_price():
    book = orders((BUY, 100, 10), (BUY, 99, 10), (BUY, None, 10), (SELL, 100, 5))
    assert rationed(book, BUY, 100, 15) == [(3, 10), (1, 5)]
    assert rationed(book, BUY, 101, 15) == [(3, 10)]


rows = st.tuples(st.sampled_from([BUY, SELL]), st.one_of(st.none(), st.integers(1, 30)), st.integers(1, 9))


@settings(max_examples=200)
@given(st.lists(rows, max_size=12), st.integers(1, 30), st.sampled_from([1, 1, 5]))
def test_every_price_was_tried(drawn, reference, tick):
    drawn = [(side, price and max(price // tick, 1) * tick, qty) for side, price, qty in drawn]
    book, near = orders(*drawn), (reference + tick // 2) // tick * tick
    limits = [order.price for order in book if order.price is not None] + [near]

    def outcome(price):
        wanted, offered = (
            sum(o.qty for o in book if o.side == s and (o.price is None or s * (o.price - price) >= 0))
            for s in (BUY, SELL)
        )
        return -min(wanted, offered), abs(wanted - offered), abs(price - reference), price

    best = min(outcome(price) for price in range(min(limits), max(limits) + 1, tick))
    cross = uncross(book, reference, tick)
    if best[0] == 0:
        assert cross is None
        return
    assert (-cross.qty, abs(cross.imbalance), cross.price) == (best[0], best[1], best[3])
    got = dict(cross.fills)
    for side in (BUY, SELL):
        willing = [o for o in book if o.side == side and (o.price is None or side * (o.price - cross.price) >= 0)]
        assert sum(got.get(o.order_id, 0) for o in willing) == cross.qty
        assert all(0 < got.get(o.order_id, 1) <= o.qty for o in willing)
    assert set(got) <= {o.order_id for o in book}
