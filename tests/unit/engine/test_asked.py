"""What a strategy asks for is in the terms that a journal gives back, and a venue takes."""

import math
from decimal import Decimal

import numpy as np
import pytest

from tenfold import codec
from tenfold.domain.errors import DecodeError, OrderError
from tenfold.domain.instrument import Instrument
from tenfold.domain.order import Cancel, Order, OrderType, Reason, Replace, Side, Submit
from tenfold.engine.asked import in_terms

CENTS = {"A": Instrument(symbol="A", tick_size=0.01)}


def limit(qty, price, **more):
    terms = {"type": OrderType.LIMIT, "limit_price": price, "reason": "order", **more}
    return Submit(order=Order(order_id="1", ts_ns=5, symbol="A", side=Side.BUY, qty=qty, **terms))


@pytest.mark.parametrize(
    ("qty", "price"),
    [(5, 100), (5.0, 100.0), (np.int64(5), np.float64(100)), (np.float64(5), np.float64(100)), (5, Decimal(100))],
)
def test_numbers_of_any_kind_are_those_of_the_journal(qty, price):
    given = in_terms(limit(qty, price), CENTS)
    assert codec.decode(Submit, codec.encode(given, "msgpack"), "msgpack") == given
    assert [type(one) for one in (given.order.qty, given.order.limit_price)] == [int, float]
    assert (given.order.qty, given.order.limit_price, given.order.reason is Reason.ORDER) == (5, 100.0, True)


def test_changes_and_cancels_too():
    change = Replace(order_id="1", ts_ns=5, symbol="A", qty=np.int64(4), stop_price=np.float64(9.5))
    assert codec.encode(in_terms(change, CENTS)) == codec.encode(
        Replace(order_id="1", ts_ns=5, symbol="A", qty=4, stop_price=9.5)
    )
    cancel = Cancel(order_id="1", ts_ns=5, symbol="A")
    assert in_terms(cancel, CENTS) == cancel


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (limit(5, 9.5, tif="GTC"), "order.tif is 'GTC', expected \"cls\""),
        (limit(5, 9.5, reason="dip"), "order.reason: invalid enum value 'dip'"),
        (limit(5, 9.5, order_class="single"), "order.order_class is 'single'"),
        (limit(5, 9.5, parent_id=object()), "found a object, expected a number or text"),
        (Replace(order_id="1", ts_ns=5, symbol="A", limit_price=float("nan")), "limit_price is nan"),
        (limit(5, 9.5, tif="gtd", expire_ns=10**27), "none that a journal can keep"),
        (limit(5, 9.5, parent_id="\ud800"), "none that a journal can keep"),
        (Replace(order_id="1", ts_ns=5, symbol="A", qty=2**64), "none that a journal can keep"),
        (Cancel(order_id="\udcfc", ts_ns=5, symbol="A"), "none that a journal can keep"),
    ],
)
def test_what_no_journal_could_give_back_is_refused(command, said):
    with pytest.raises(DecodeError) as refused:
        in_terms(command, CENTS)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("price", "stands"),
    [
        (98.699099977, 98.7),
        (98.695, 98.7),
        (98.7, 98.7),
        (0.50371, 0.5037),
        (0.5037, 0.5037),
        (0.00001, 0.0001),
        (1.0, 1.0),
    ],
)
def test_prices_stand_on_the_nearest_tick_that_a_venue_counts_in(price, stands):
    assert in_terms(limit(5, price), CENTS).order.limit_price == pytest.approx(stands, abs=1e-9)
    changed = in_terms(Replace(order_id="1", ts_ns=5, symbol="A", stop_price=price, trail=price), CENTS)
    assert (changed.stop_price, changed.trail) == pytest.approx((stands, stands), abs=1e-9)


def test_a_price_on_a_tick_is_the_one_that_was_given_to_the_bit():
    for cents in range(1, 20_000):
        price = cents / 100
        assert in_terms(limit(5, price), CENTS).order.limit_price == price


@pytest.mark.parametrize("name", ["stop_frac", "target_frac", "trailing_frac"])
@pytest.mark.parametrize("distance", [math.nan, math.inf, 0.0, -0.05, 500.0])
def test_an_exit_without_a_distance_is_refused_with_what_would_be_held_without_it(name, distance):
    with pytest.raises(OrderError, match=f"{name} is .*, expected a fraction above 0"):
        in_terms(limit(5, 9.5, **{name: distance}), CENTS)


def test_a_stop_in_percent_is_refused_and_one_that_is_a_fraction_stays():
    with pytest.raises(OrderError, match="stop_frac is 5, expected a fraction above 0 and below 1: 1 of A"):
        in_terms(limit(5, 9.5, stop_frac=5), CENTS)
    given = in_terms(limit(5, 9.5, stop_frac=0.05, target_frac=2.0, trailing_frac=np.float64(0.1)), CENTS).order
    assert (given.stop_frac, given.target_frac, given.trailing_frac) == (0.05, 2.0, 0.1)
