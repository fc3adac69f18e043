"""While the stream of orders does not stand, stock is taken all the same: strays leave, positions are closed, and nothing is opened."""

import pytest
from msgspec.structs import replace

from both_sides import venue
from order_world import PACE, SECOND, World
from tenfold.domain.events import Adopted
from tenfold.domain.order import Fill, OrderStatus, OrderType, Side
from tenfold.execution.reports import Place, TakeStock

BLIND = int(PACE.blind_s * SECOND)


def status(world, order):
    return world.blotter.register.orders[order.order_id].status


def stocks(world):
    return sum(isinstance(one, TakeStock) for one in world.sent)


def blind(world, rounds=8):
    """Let time pass without a stream."""
    world.venue.stream.clear()
    world.run(rounds)
    world.venue.stream.clear()


@pytest.fixture
def held(world):
    """A process that holds ten lots of A, whose stream has just fallen."""
    entry = world.submit(qty=10)
    world.run()
    world.venue.fill(world.venue.by_client[entry.order_id], 10)
    world.run()
    world.sever()
    world.sent.clear()
    return world


def test_a_start_without_a_stream_takes_over_no_account_that_it_does_not_know():
    world = World()
    world.venue.place(Place(order=World().submit()))
    world.pump()
    assert world.blotter.next_due_ns() is None
    world.time(BLIND)
    blind(world)
    assert world.sent == []
    world.connect()
    world.run()
    assert world.blotter.ready


def test_a_start_without_a_stream_finds_and_cancels_strays(world):
    world.crash()
    begun_ns = world.journal[-1].ts_ns
    world.venue.place(Place(order=replace(World().submit(), order_id="r-1-999")))
    world.pump()
    assert stocks(world) == 0
    assert world.blotter.next_due_ns() == begun_ns + BLIND
    world.time(BLIND)
    blind(world)
    assert [event.stray for event in world.journal if isinstance(event, Adopted)] == [True]
    assert not any(one.live for one in world.venue.orders.values())
    assert not world.blotter.ready
    world.check_rest()


def test_a_stray_that_appears_later_is_seen_by_the_next_stock(held):
    blind(held)
    first = stocks(held)
    order = held.submit("B")
    held.venue.place(Place(order=replace(order, order_id="r-1-999")))
    blind(held, 12)
    assert stocks(held) > first
    assert held.venue.by_client["r-1-999"].state == "canceled"
    assert status(held, order) is OrderStatus.SUBMITTED  # what opens waits for the stream
    held.connect()
    held.run()
    assert status(held, order) is OrderStatus.ACCEPTED
    held.check_rest()


def test_what_closes_leaves_once_stock_was_taken_and_its_fill_is_looked_for(held):
    leaving = held.submit(side=Side.SELL, qty=10, kind=OrderType.MARKET, closes=True)
    held.pump()
    assert not held.requests
    blind(held)
    one = held.venue.by_client[leaving.order_id]
    held.venue.fill(one, 10)
    blind(held, 16)
    assert status(held, leaving) is OrderStatus.FILLED
    assert held.blotter.reconciliation.lots["A"] == 0
    assert not held.blotter.ready
    held.check_rest()


def test_where_stock_cannot_be_had_nothing_closes_either(held):
    leaving = held.submit(side=Side.SELL, qty=10, kind=OrderType.MARKET, closes=True)
    for _ in range(4):
        held.time(BLIND)
        held.pump()
        held.requests.clear()
    assert leaving.order_id not in held.venue.by_client
    held.check_rest()


def test_the_answer_to_a_stock_from_before_the_stream_stood_does_not_open(held):
    held.time(BLIND)
    held.pump()
    held.deliver_request()
    (old,) = held.answers
    held.connect()
    held.pump()
    assert stocks(held) == 2
    held.deliver_answer()
    assert held.answers == []
    assert not held.blotter.ready
    held.run()
    assert held.blotter.ready
    held.interpret(old)  # late, and twice
    assert held.blotter.ready


def test_stock_is_not_taken_without_end(held):
    blind(held, 60)
    assert stocks(held) <= 30 * SECOND // BLIND + 1


def test_stock_counts_that_takes_longer_each_time_than_an_answer_is_waited_for():
    world = World()
    world.connect()
    for _ in range(4):
        world.pump()
        while world.requests:
            world.deliver_request()
        world.time(int(PACE.answer_s * SECOND))
        world.pump()  # it is asked for once more
        world.deliver_answer()
    assert world.blotter.ready
    world.check_rest()


def test_what_filled_before_the_process_began_says_when(world, resting):
    one = venue(world, resting)
    world.venue.fill(one, 4)
    world.crash()
    world.connect()
    world.run()
    world.venue.fill(one, 6)
    world.run()
    before, after = (record for record in world.journal if isinstance(record, Fill))
    assert 0 < before.done_ns < before.ts_ns
    assert after.done_ns == 0
    world.check_rest()
