"""Answers that come late speak of the moment at which it was asked: what arrived since is not given up on their word."""

import pytest
from msgspec.structs import replace

from both_sides import venue
from order_world import PACE, SECOND, World
from tenfold.domain.events import Difference
from tenfold.domain.order import OrderStatus, Side
from tenfold.execution.reports import LookUp, TakeStock


@pytest.mark.parametrize("wait_s", [PACE.in_flight_s + 1, PACE.answer_s])
def test_an_order_that_arrives_after_it_was_looked_for_is_not_given_up(world, wait_s):
    order = world.submit()
    world.pump()
    world.deliver_request(fate="late")
    world.cancel(order)
    world.deliver_answer()
    late = world.requests.pop()
    world.time(SECOND)
    world.blotter._agenda.take_stock(world.now)
    world.pump()
    assert {type(request) for request in world.requests} == {LookUp, TakeStock}
    while world.requests:
        world.deliver_request()
    world.answers.reverse()
    world.requests = [late]
    world.deliver_request()
    world.time(int(wait_s * SECOND))
    world.pump()  # after so long the look-up is overdue, and another goes
    assert (LookUp in [type(request) for request in world.requests]) == (wait_s >= PACE.answer_s)
    while world.answers:
        world.deliver_answer()
    world.run(20)
    assert [record.kind for record in world.journal if isinstance(record, Difference)] == []
    assert world.blotter.register.orders[order.order_id].status is OrderStatus.CANCELED
    world.check_rest()


def test_stock_that_comes_after_later_stock_was_asked_for_names_no_difference(world):
    order = world.submit()
    world.run()
    for _ in range(3):
        world.blotter._agenda.take_stock(world.now)
        world.pump()
        assert [type(request) for request in world.requests] == [TakeStock]
        world.deliver_request()
        world.time(int(PACE.answer_s * SECOND))
    world.answers.pop()  # of the last that was asked for
    world.venue.fill(venue(world, order), 4)
    world.deliver_stream()
    while world.answers:
        world.deliver_answer()
    assert [record.kind for record in world.journal if isinstance(record, Difference)] == []
    world.run()
    world.check_rest()


@pytest.mark.parametrize("seconds", [1.2, 1.9, 2.4, 4.2])
def test_a_difference_is_named_though_all_stock_takes_longer_than_is_waited_for(world, seconds):
    world.blotter.follow(replace(PACE, stock_s=2 * PACE.answer_s))  # as it is in fact
    world.run(8)
    world.venue.lots["A"] += 7
    under_way = []
    for _ in range(200):
        world.pump()
        while world.requests:
            world.deliver_request()
        under_way += [(world.now + int(seconds * PACE.answer_s * SECOND), answer) for answer in world.answers]
        world.answers = [answer for due_ns, answer in under_way if due_ns <= world.now]
        under_way = [(due_ns, answer) for due_ns, answer in under_way if due_ns > world.now]
        while world.answers:
            world.deliver_answer()
        world.time(SECOND // 2)
    told = [record for record in world.journal if isinstance(record, Difference)]
    assert told
    assert {(one.kind, one.symbol, one.ours, one.theirs) for one in told} == {("position", "A", 0, 7)}


def test_what_the_venue_has_lost_is_given_up_though_all_stock_comes_after_later_stock_was_asked_for(world):
    order = world.submit()
    world.run()
    del world.venue.orders[world.venue.by_client.pop(order.order_id).venue_id]
    under_way = []
    for _ in range(100):
        world.pump()
        while world.requests:
            world.deliver_request()
        under_way += [(world.now + int(2 * PACE.answer_s * SECOND), answer) for answer in world.answers]
        world.answers = [answer for due_ns, answer in under_way if due_ns <= world.now]
        under_way = [(due_ns, answer) for due_ns, answer in under_way if due_ns > world.now]
        while world.answers:
            world.deliver_answer()
        world.time(SECOND)
    assert not world.blotter.register.orders[order.order_id].working
    assert [record.kind for record in world.journal if isinstance(record, Difference)] == ["lost"]


def changed_by_hand(venue, one):
    """Let somebody put an order in the place of another, of which an execution is taken back before it ends."""
    other = venue.enter(replace(venue.terms(one), order_id="-"), "by-hand", replaces=one.venue_id)
    one.state, one.replaced_by = "replaced", other.venue_id
    venue.fill(other, 1)
    venue.bust(other)
    venue.fill(other, 2)
    venue.end(other, "canceled")


def test_an_account_is_taken_over_as_it_was_told_last():
    world = World()
    one = world.venue.outside("A", Side.BUY, 9, 3)
    world.connect()
    world.pump()
    changed_by_hand(world.venue, one)
    first = stock_with_all(world)
    world.venue.outside("A", Side.BUY, 4, 4)
    world.venue.stream.clear()
    world.time(int(PACE.answer_s * SECOND))
    world.pump()
    world.interpret(stock_with_all(world))
    assert not world.blotter.register.since_ns  # not all of it could be told
    world.interpret(first)
    world.run(14)
    assert world.blotter.reconciliation.lots == world.venue.lots
    assert [record.kind for record in world.journal if isinstance(record, Difference)] == []


def test_what_was_given_up_and_fills_all_the_same_while_the_account_is_taken_over_is_no_order_of_others():
    world = World()
    changed_by_hand(world.venue, world.venue.outside("A", Side.BUY, 9, 3))
    hidden = world.venue.activities.pop()
    world.connect()
    world.pump()
    world.interpret(stock_with_all(world))
    order = world.submit("B")
    world.pump()
    world.deliver_request(fate="late")
    late = world.requests.pop()
    world.cancel(order)
    world.run(60)
    assert world.blotter.register.orders[order.order_id].status is OrderStatus.ABANDONED
    assert not world.blotter.register.since_ns  # an execution is still not listed
    world.requests.append(late)
    world.deliver_request()
    world.answers.clear()
    world.venue.fill(venue(world, order), order.qty)
    world.bend(venue(world, order))
    world.run(14)
    assert world.blotter.register.orders[order.order_id].filled == order.qty
    world.venue.activities.append(hidden)
    world.run(14)
    assert world.blotter.reconciliation.lots == world.venue.lots
    assert world.blotter.register.since_ns


def stock_with_all(world):
    """Return an answer to what was asked for, with all orders there are."""
    stock = world.venue.stock(world.requests.pop(), world.now)
    return replace(stock, orders=tuple(world.venue.shown(one) for one in world.venue.orders.values()))
