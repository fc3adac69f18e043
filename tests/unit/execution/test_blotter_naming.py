"""What stays open between the venue's account and ours is named, and asked for after pauses that grow."""

from msgspec.structs import replace

from tenfold.domain.events import Difference
from tenfold.domain.order import Side
from tenfold.execution.reports import Stock, TakeStock


def told(world, kind):
    return [record for record in world.journal if isinstance(record, Difference) and record.kind == kind]


def test_why_stock_was_not_complete_is_told_again_once_it_was(world):
    stock = Stock(ts_ns=0, orders=(), fills=(), positions={}, cash_units=None, complete=False, text="half a share")
    for _ in range(2):
        world.interpret(replace(stock, ts_ns=world.time()))
        world.run(120)
    assert [record.text for record in told(world, "stock")] == ["half a share"] * 2


def orderless(world):
    """Let somebody else's order fill of which the venue tells the execution alone."""
    one = world.venue.outside("A", Side.BUY, 5, 0)
    world.venue.fill(one, 5)
    world.venue.stream.clear()
    world.venue.orders.pop(one.venue_id)
    return one


def test_an_execution_without_an_order_is_asked_for_after_pauses_that_grow(world):
    orderless(world)
    world.run(600)
    assert 10 < len([request for request in world.sent if isinstance(request, TakeStock)]) < 100


def test_an_execution_without_an_order_is_named(world):
    one = orderless(world)
    world.run(600)
    assert {record.order_id for record in told(world, "executions")} == {one.venue_id}
    assert len(told(world, "executions")) < 10
