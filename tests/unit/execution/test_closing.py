"""Orders that close never turn a position, whatever fills before they are sent or while they rest."""

import pytest

from both_sides import tracked, venue
from order_world import SECOND, World
from tenfold.domain.events import Difference
from tenfold.domain.order import OrderStatus, OrderType, OrderUpdate, Side
from tenfold.execution.reports import Place


@pytest.fixture
def world():
    """A process that holds ten lots of A."""
    world = World()
    world.connect()
    world.run()
    entry = world.submit(qty=10)
    world.run()
    world.venue.fill(venue(world, entry), 10)
    world.run()
    assert world.blotter.reconciliation.lots["A"] == 10
    world.sent.clear()
    return world


def leaves(world, qty, **terms):
    """Submit what closes."""
    return world.submit(side=Side.SELL, qty=qty, closes=True, **terms)


def standing(world):
    """Return the signed lots that the position may still become smaller by."""
    return sum(one.left for one in world.venue.orders.values() if one.side is Side.SELL and one.live)


def told(world, kind):
    return [record for record in world.journal if isinstance(record, kind)]


def placed(world):
    return [request.order.qty for request in world.sent if isinstance(request, Place)]


def test_one_that_waits_goes_out_for_what_is_left_of_the_position(world):
    resting = world.submit(side=Side.SELL, qty=10)
    world.run()
    world.cancel(resting)
    flatten = leaves(world, 10, kind=OrderType.MARKET)
    world.pump()
    world.venue.fill(venue(world, resting), 4)  # overtakes its cancel
    world.run(12)
    assert placed(world) == [10, 6]
    world.venue.fill(world.venue.by_client[f"{flatten.order_id}.1"], 6)
    world.run()
    assert (world.venue.lots["A"], tracked(world, flatten).status) == (0, OrderStatus.CANCELED)
    world.check_rest()


def test_the_venue_is_asked_for_it_as_for_what_closes(world):
    leaves(world, 10, kind=OrderType.MARKET)
    world.submit(symbol="B", qty=10)
    world.pump()
    assert {one.order.symbol: one.closes for one in world.sent if isinstance(one, Place)} == {"A": True, "B": False}


def test_one_that_waits_is_dropped_where_nothing_is_left(world):
    resting = world.submit(side=Side.SELL, qty=10)
    world.run()
    world.cancel(resting)
    flatten = leaves(world, 10, kind=OrderType.MARKET)
    world.pump()
    world.venue.fill(venue(world, resting), 10)
    world.run(12)
    assert placed(world) == [10]
    assert tracked(world, flatten).status is OrderStatus.CANCELED
    world.check_rest()


def test_one_that_came_after_the_position_was_closed_is_never_sent(world):
    by_hand = world.venue.outside("A", Side.SELL, 10, 10)
    world.run()
    assert world.venue.lots["A"] == 0
    flatten = leaves(world, 10)
    world.run()
    assert placed(world) == []
    assert tracked(world, flatten).status is OrderStatus.CANCELED
    assert by_hand.filled == 10


def test_one_that_rests_becomes_smaller_with_the_position(world):
    leaves(world, 10)
    world.run()
    world.venue.outside("A", Side.SELL, 3, 3)
    world.run(12)
    assert standing(world) == 7
    world.check_rest()


def test_two_close_the_position_together_and_the_younger_makes_room(world):
    first, second = leaves(world, 6), leaves(world, 4)
    world.run()
    assert placed(world) == [6, 4]
    world.venue.outside("A", Side.SELL, 5, 5)
    world.run(12)
    assert (tracked(world, first).status, tracked(world, second).status) == (OrderStatus.ACCEPTED, OrderStatus.CANCELED)
    assert standing(world) == 5
    world.check_rest()


def test_what_fills_of_one_leaves_the_other_as_it_is(world):
    first, second = leaves(world, 6), leaves(world, 4)
    world.run()
    world.venue.fill(venue(world, first), 2)
    world.venue.fill(venue(world, second), 1)
    world.run()
    assert placed(world) == [6, 4]
    world.check_rest()


def test_a_pair_counts_once_and_shrinks_as_a_pair(world):
    terms = {"order_class": "oco", "parent_id": "group"}
    limit = leaves(world, 10, **terms)
    leaves(world, 10, kind=OrderType.STOP, at=limit.ts_ns, **terms)
    world.run()
    world.venue.outside("A", Side.SELL, 4, 4)
    world.run(16)
    last = [request for request in world.sent if isinstance(request, Place)][-1]
    assert (last.order.qty, last.partner.qty) == (6, 6)
    world.check_rest()


def test_a_fill_that_is_taken_back_counts(world):
    flatten = leaves(world, 10)
    world.run()
    entry = next(one for one in world.venue.orders.values() if one.side is Side.BUY)
    world.bend(entry)
    world.venue.bust(entry)
    world.run(14)
    assert (standing(world), tracked(world, flatten).status) == (0, OrderStatus.CANCELED)


def test_a_replay_knows_what_closes(world):
    leaves(world, 10)
    world.run()
    world.venue.outside("A", Side.SELL, 3, 3)
    world.run(12)
    world.check_replay()


def pair(world, qty):
    """Submit a limit order and a stop that close, of which one cancels the other."""
    terms = {"order_class": "oco", "parent_id": "group"}
    limit = leaves(world, qty, **terms)
    return limit, leaves(world, qty, kind=OrderType.STOP, at=limit.ts_ns, **terms)


def test_a_larger_one_adds_to_what_rests(world):
    stop = leaves(world, 4, kind=OrderType.STOP)
    world.run()
    world.replace(stop, qty=9)
    world.run()
    assert placed(world) == [4, 5]
    assert not [one for one in world.venue.orders.values() if one.state == "canceled"]
    world.check_rest()


def test_a_smaller_one_lets_the_last_that_came_leave_first(world):
    stop = leaves(world, 4, kind=OrderType.STOP)
    world.run()
    world.replace(stop, qty=9)
    world.run()
    world.replace(stop, qty=4)
    world.run(12)
    assert [one.qty for one in world.venue.orders.values() if one.state == "canceled"] == [5]
    assert standing(world) == 4
    world.check_rest()


def test_other_terms_are_another_order(world):
    stop = leaves(world, 4, kind=OrderType.STOP)
    world.run()
    world.replace(stop, qty=9, stop_price=8.0)
    world.run(12)
    assert placed(world) == [4, 9]
    world.check_rest()


def test_a_pair_becomes_larger_as_a_pair(world):
    limit, stop = pair(world, 4)
    world.run()
    world.replace(limit, qty=9)
    world.replace(stop, qty=9)
    world.run()
    asked = [request for request in world.sent if isinstance(request, Place)]
    assert [(one.order.qty, one.partner.qty) for one in asked] == [(4, 4), (5, 5)]
    assert not [one for one in world.venue.orders.values() if one.state == "canceled"]
    world.venue.fill(venue(world, limit), 4)
    world.run()
    assert (standing(world) // 2, world.venue.lots["A"]) == (5, 6)
    world.venue.fill(world.venue.by_client[f"{limit.order_id}.1"], 5)
    world.run(12)
    assert (tracked(world, limit).status, tracked(world, stop).status) == (OrderStatus.FILLED, OrderStatus.CANCELED)
    world.check_rest()


def test_a_pair_that_grows_before_it_is_known_there_follows_then(world):
    limit, stop = pair(world, 4)
    world.pump()
    for qty in (6, 9):
        world.replace(limit, qty=qty)
        world.replace(stop, qty=qty)
    world.run()
    assert placed(world) == [4, 5]
    world.check_rest()


def test_a_pair_that_may_not_become_larger_ends_and_is_not_asked_for_without_end(world):
    limit, stop = pair(world, 4)
    world.run()
    world.replace(limit, qty=9)
    world.replace(stop, qty=9)
    world.pump()
    world.venue.refusing = True
    world.run(12)
    assert placed(world) == [4, 5]
    assert (tracked(world, limit).status, tracked(world, stop).status) == (OrderStatus.CANCELED, OrderStatus.CANCELED)
    world.check_rest()


def sleeping(world, qty=28):
    """Submit an entry with exits that close; they sleep until it is filled."""
    entry = world.submit(qty=qty)
    terms = {"order_class": "bracket", "parent_id": entry.order_id, "at": entry.ts_ns}
    legs = [leaves(world, qty, **terms), leaves(world, qty, kind=OrderType.STOP, **terms)]
    world.run()
    return entry, legs


def test_what_leaves_is_not_held_up_by_exits_that_sleep_and_end_with_their_entry(world):
    entry, legs = sleeping(world)
    for order in (entry, *legs):
        world.cancel(order)
    flatten = leaves(world, 10, kind=OrderType.MARKET)
    world.run(12)
    assert (placed(world), tracked(world, flatten).status) == ([28, 10], OrderStatus.ACCEPTED)
    world.venue.fill(venue(world, flatten), 10)
    world.run(12)
    assert world.venue.lots["A"] == 0
    world.check_rest()


def test_exits_that_sleep_take_what_their_entry_has_filled_and_no_more(world):
    entry, _ = sleeping(world)
    first = leaves(world, 10)
    world.run()
    assert venue(world, first).qty == 10
    world.venue.fill(venue(world, entry), 4)
    world.run()
    leaves(world, 10)
    world.run()
    assert (placed(world), world.venue.lots["A"]) == ([28, 10], 14)
    world.check_rest()


def stuck(world):
    """Cancel a resting order that closes; the venue lets the cancel pend."""
    resting = leaves(world, 10)
    world.run()
    world.cancel(resting)
    world.pump()
    world.deliver_request(at_venue="stuck")
    return resting


def test_what_closes_waits_for_as_long_as_a_cancel_pends_and_then_goes_out(world):
    resting = stuck(world)
    flatten = leaves(world, 10, kind=OrderType.MARKET)
    world.run(60)
    assert (placed(world), tracked(world, flatten).status) == ([10], OrderStatus.SUBMITTED)
    assert [record.order_id for record in told(world, Difference)] == [resting.order_id]
    world.venue.end(venue(world, resting), "canceled")
    world.run()
    assert (placed(world), tracked(world, flatten).status) == ([10, 10], OrderStatus.ACCEPTED)
    world.check_rest()


def test_what_closes_is_looked_for_and_sent_after_a_long_pause_too(world):
    flatten = leaves(world, 10, kind=OrderType.MARKET)
    world.time(30 * SECOND)
    world.crash()
    world.connect()
    world.run(20)
    assert tracked(world, flatten).status is OrderStatus.ACCEPTED
    world.check_rest()


def test_what_opens_does_not_wait_that_long_and_says_for_which_order_it_did(world):
    resting = stuck(world)
    larger = world.submit(qty=5)
    world.run(60)
    (told_of,) = [update for update in told(world, OrderUpdate) if update.order_id == larger.order_id]
    assert told_of.status is OrderStatus.REJECTED
    assert told_of.text == f"it could not be sent within 8 s: {resting.order_id} had to leave first"
