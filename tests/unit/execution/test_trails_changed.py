"""A trailing stop is changed in place for another distance of its kind alone: a venue takes the number for what the order has, 20 per cent for 20 dollars."""

import pytest

from tenfold.domain.events import Started
from tenfold.domain.instrument import Instrument
from tenfold.domain.order import Order, OrderStatus, OrderType, Replace, Side, Submit
from tenfold.domain.units import NS_PER_SECOND
from tenfold.execution.blotter import Blotter
from tenfold.execution.reports import Amend, Answered, Connected, Outcome, Place, Stock, TakeStock, VenueOrder, Withdraw


def asked_of(blotter, ts_ns):
    assert blotter.lapse(ts_ns) == []
    return [type(request) for request in blotter.due(ts_ns)]


def resting(**terms):
    """Return a blotter with a trailing stop that the venue has."""
    blotter = Blotter([Instrument(symbol="A")], 0.0)
    now_ns = NS_PER_SECOND
    blotter.apply(Started(ts_ns=1, run="r", epoch=1, config_hash="", code_hash=""))
    blotter.interpret(Connected(ts_ns=now_ns))
    (asked,) = [one for one in blotter.due(now_ns) if isinstance(one, TakeStock)]
    blotter.interpret(Stock(ts_ns=now_ns, orders=(), fills=(), positions={}, cash_units=0, number=asked.number))
    order = Order(
        order_id="r-1-1", ts_ns=now_ns, symbol="A", side=Side.SELL, qty=10, type=OrderType.TRAILING_STOP, **terms
    )
    blotter.apply(Submit(order=order))
    assert asked_of(blotter, now_ns) == [Place]
    found = VenueOrder(
        venue_id="v", order_id="r-1-1", symbol="A", side=Side.SELL, qty=10, filled=0, status=OrderStatus.ACCEPTED, state="new"
    )  # fmt: skip
    blotter.interpret(Answered(ts_ns=now_ns, order_id="r-1-1", asked="place", outcome=Outcome.ACK, found=found))
    return blotter


@pytest.mark.parametrize(
    ("terms", "changes", "asked"),
    [
        ({"trail": 1.0}, {"trail": 2.0}, Amend),
        ({"trail_frac": 0.1}, {"trail_frac": 0.2}, Amend),
        ({"trail": 1.0}, {"trail_frac": 0.2}, Withdraw),
        ({"trail_frac": 0.1}, {"trail": 2.0}, Withdraw),
    ],
)
def test_a_distance_of_another_kind_is_another_order(terms, changes, asked):
    blotter = resting(**terms)
    blotter.apply(Replace(order_id="r-1-1", ts_ns=2 * NS_PER_SECOND, symbol="A", **changes))
    assert asked_of(blotter, 2 * NS_PER_SECOND) == [asked]
