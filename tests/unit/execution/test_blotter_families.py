"""Orders that hang together: legs that wait for their entry, and exits of which one cancels the other."""

import pytest

from both_sides import tracked, venue
from order_world import World
from tenfold.domain.events import Adopted, Difference
from tenfold.domain.order import OrderStatus, OrderType, Side
from tenfold.execution.reports import Place
from tenfold.execution.tracked import Part


def test_a_bracket_goes_as_one_and_its_legs_follow_the_venue(world):
    entry, (target, stop) = world.bracket()
    world.run()
    (place,) = [request for request in world.sent if isinstance(request, Place)]
    assert [leg.order_id for leg in place.legs] == [target.order_id, stop.order_id]
    assert [tracked(world, leg).status for leg in (target, stop)] == [OrderStatus.ACCEPTED] * 2
    world.venue.fill(venue(world, entry), 10)
    world.run()
    world.venue.fill(world.venue.orders[tracked(world, target).parts[0].venue_id], 10)
    world.run()
    assert [tracked(world, leg).status for leg in (entry, target, stop)] == [
        OrderStatus.FILLED, OrderStatus.FILLED, OrderStatus.CANCELED,
    ]  # fmt: skip
    world.check_rest()


def test_legs_come_back_for_what_an_entry_filled_before_it_was_cancelled(world):
    entry, legs = world.bracket()
    world.run()
    world.venue.fill(venue(world, entry), 4)
    world.run()
    world.cancel(entry)
    world.run(12)
    last = [request for request in world.sent if isinstance(request, Place)][-1]
    assert (last.order.qty, last.partner is not None) == (4, True)
    assert [tracked(world, leg).status for leg in legs] == [OrderStatus.ACCEPTED] * 2
    world.check_rest()


def test_legs_end_with_an_entry_that_filled_nothing(world):
    entry, legs = world.bracket()
    world.run()
    world.cancel(entry)
    world.run(12)
    assert {tracked(world, order).status for order in (entry, *legs)} == {OrderStatus.CANCELED}
    world.check_rest()


def test_a_refused_bracket_ends_whole(world):
    entry, legs = world.bracket()
    world.venue.refusing = True
    world.run()
    assert {tracked(world, order).status for order in (entry, *legs)} == {OrderStatus.REJECTED}


@pytest.mark.parametrize("fate", ["late", "refused"])
def test_the_exits_of_an_entry_that_is_there_after_all_are_ours_and_leave_with_it(world, fate):
    entry, legs = world.bracket()
    world.pump()
    request = world.requests[0]
    if fate == "late":
        world.deliver_request(fate="late")
        world.deliver_answer()
        world.requests.clear()
        world.cancel(entry)
        world.run(20)
    else:
        world.venue.refusing = True
        world.run()
        world.venue.refusing = False
    ended = {OrderStatus.ABANDONED if fate == "late" else OrderStatus.REJECTED}
    assert {tracked(world, order).status for order in (entry, *legs)} == ended
    world.act(request)  # it comes a second time, or late all the same, and fills before anybody is told
    there = venue(world, entry)
    world.venue.fill(there, 10)
    world.run(20)
    assert not [one for one in world.blotter.working() if one.external]
    assert [leg.live for leg in there.legs] == [False, False]
    assert not list(world.blotter.working())
    assert tracked(world, entry).status is OrderStatus.FILLED
    assert world.blotter.reconciliation.lots["A"] == 10
    world.check_rest()


def test_legs_of_another_size_come_once_the_entry_has_filled(world):
    entry = world.submit(qty=10)
    leg = world.submit(side=Side.SELL, qty=6, kind=OrderType.STOP, order_class="oto", parent_id=entry.order_id)
    world.run()
    assert tracked(world, leg).parts == []
    world.venue.fill(venue(world, entry), 10)
    world.run()
    assert venue(world, leg).qty == 6
    world.check_rest()


def test_a_leg_whose_entry_is_not_there_ends(world):
    leg = world.submit(side=Side.SELL, order_class="bracket", parent_id="nobody")
    world.run()
    assert tracked(world, leg).status is OrderStatus.CANCELED


@pytest.mark.parametrize("pairs", [True, False])
def test_of_two_exits_the_venue_or_the_blotter_keeps_one(pairs):
    world = World(pairs=pairs)
    world.connect()
    world.run()
    limit = world.submit(side=Side.SELL, qty=5, order_class="oco", parent_id="group")
    stop = world.submit(
        side=Side.SELL, qty=5, kind=OrderType.STOP, at=limit.ts_ns, order_class="oco", parent_id="group"
    )
    world.run()
    assert len([request for request in world.sent if isinstance(request, Place)]) == (1 if pairs else 2)
    world.venue.fill(venue(world, limit), 5)
    world.run(12)
    assert [tracked(world, order).status for order in (limit, stop)] == [OrderStatus.FILLED, OrderStatus.CANCELED]
    world.check_rest()


def test_the_second_of_a_pair_is_found_with_what_came_in_the_place_of_the_first():
    world = World(pairs=True)
    world.connect()
    world.run()
    limit = world.submit(side=Side.SELL, qty=5, order_class="oco", parent_id="group")
    stop = world.submit(
        side=Side.SELL, qty=5, kind=OrderType.STOP, at=limit.ts_ns, order_class="oco", parent_id="group"
    )
    world.run()
    lead, other = tracked(world, limit), tracked(world, stop)
    lead.parts[0].status, other.parts[0].venue_id = (
        OrderStatus.REPLACED,
        "",
    )  # by hand, before it was told what stood there
    lead.parts.append(Part(number=1, qty=5, version=0, ts_ns=limit.ts_ns, amends=0, venue_id="by-hand"))
    allotment = world.blotter.register.allotment
    assert allotment.sent_with(other, other.parts[0]) == (lead, lead.parts[1])
    assert allotment.unnamed(lead, lead.parts[1]) == [(other, other.parts[0])]


@pytest.mark.parametrize("told", [True, False])
def test_the_second_of_a_pair_that_is_to_leave_is_found_with_what_came_in_the_place_of_the_first_by_hand(world, told):
    terms = {"side": Side.SELL, "qty": 5, "order_class": "oco", "parent_id": "group"}
    limit = world.submit(**terms)
    stop = world.submit(kind=OrderType.STOP, at=limit.ts_ns, **terms)
    world.pump()
    world.deliver_request(fate="unanswered")
    one = venue(world, limit)
    new = world.venue.enter(tracked(world, limit).order, "by-hand", replaces=one.venue_id)
    new.partner, one.partner.partner, one.partner = one.partner, new, None
    one.state, one.replaced_by = "replaced", new.venue_id
    world.venue.stream.clear()
    if told:
        world.venue.tell(new, "new")
    world.cancel(limit)
    world.cancel(stop)
    world.run(30)
    assert {tracked(world, order).status for order in (limit, stop)} == {OrderStatus.CANCELED}
    assert {one.state for one in (new, new.partner)} == {"canceled"}
    world.check_rest()


def test_legs_are_found_with_what_came_in_the_place_of_their_entry_by_hand_before_anybody_heard_of_it(world):
    entry, legs = world.bracket()
    world.pump()
    world.deliver_request(fate="unanswered")
    one = venue(world, entry)
    theirs = list(one.legs)
    new = world.venue.enter(tracked(world, entry).order, "by-hand", replaces=one.venue_id)
    new.legs, one.legs = theirs, []
    for leg in theirs:
        leg.head = new
    one.state, one.replaced_by = "replaced", new.venue_id
    world.venue.stream.clear()
    world.crash()
    world.run(5)
    assert tracked(world, entry).parts[0].venue_id == one.venue_id
    assert {tracked(world, leg).parts[0].venue_id for leg in legs} == {other.venue_id for other in theirs}
    assert not [record for record in world.journal if isinstance(record, Adopted)]


def test_a_leg_that_should_have_gone_out_alone_and_never_arrived_ends_as_cancelled(world):
    entry, (target, stop) = world.bracket()
    world.run()
    world.venue.fill(venue(world, entry), 10)
    world.run()
    world.cancel(target)
    while len(tracked(world, stop).parts) < 2:  # the venue ends both, and the stop goes on by itself
        world.run(1)
    while not [request for request in world.requests if isinstance(request, Place)]:
        world.pump()
    late = world.requests.pop()
    world.crash()
    world.cancel(stop)
    world.connect()
    world.run(20)
    assert not [record for record in world.journal if isinstance(record, Difference)]
    assert tracked(world, stop).status is OrderStatus.CANCELED
    world.requests.append(late)
    world.run(12)
    assert [record.kind for record in world.journal if isinstance(record, Difference)] == ["revived"]
    assert not world.venue.orders[tracked(world, stop).parts[1].venue_id].live
    world.check_rest()


def test_two_exits_of_which_one_was_smaller_for_a_while_stand_as_one_again(world):
    limit = world.submit(side=Side.SELL, qty=10, order_class="oco", parent_id="group")
    stop = world.submit(
        side=Side.SELL, qty=10, kind=OrderType.STOP, at=limit.ts_ns, order_class="oco", parent_id="group"
    )
    world.run()
    world.replace(limit, qty=3)
    world.run(12)
    assert standing(world, limit) == [(3, True)]
    assert sorted(standing(world, stop)) == [(3, True), (7, False)]
    world.replace(limit, qty=10)
    world.run(12)
    for order in (limit, stop):
        assert sorted(standing(world, order)) == [(3, True), (7, True)]
    world.check_rest()


def standing(world, order):
    """Return the lots of what the venue has of an order, and whether it cancels another there."""
    return [(part.qty, bool(part.partner)) for part in tracked(world, order).live]
