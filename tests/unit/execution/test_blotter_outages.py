"""What becomes of orders where a part of the venue is away for long: what protects a position, or closes it, gets there in the end."""

import pytest
from msgspec.structs import replace

from both_sides import tracked, venue
from order_world import PACE, SECOND
from tenfold.domain.events import Difference
from tenfold.domain.order import OrderStatus, OrderType, Side
from tenfold.execution.reports import Amend, Answered, LookUp, Outcome, Place, TakeStock, Withdraw

LONG = 4 * int(PACE.place_within_s)


def half_filled(world, sold=0):
    """Return the exits of an entry that is being cancelled, of which four of ten lots have filled, some of them `sold` by others since."""
    entry, legs = world.bracket()
    world.run()
    world.venue.fill(venue(world, entry), 4)
    if sold:
        world.venue.outside("A", Side.SELL, sold, sold)
    world.run()
    world.cancel(entry)
    return legs


def down(world, kinds, seconds):
    """Let time pass in which requests of some kinds get no answer, and do not arrive."""
    for _ in range(2 * seconds):
        world.pump()
        while world.requests:
            world.deliver_request(fate="lost" if isinstance(world.requests[0], kinds) else "ok")
        while world.answers:
            world.deliver_answer()
        while world.venue.stream:
            world.deliver_stream()
        world.time(SECOND // 2)


def test_the_exits_of_what_has_filled_leave_while_the_stream_is_down(world):
    legs = half_filled(world)
    world.pump()
    world.sever()
    world.run(2 * LONG)
    assert [tracked(world, leg).status for leg in legs] == [OrderStatus.ACCEPTED] * 2
    assert not world.blotter.ready
    world.check_rest()


def test_the_exits_of_what_has_filled_are_not_given_up_while_the_venue_takes_no_orders(world):
    legs = half_filled(world)
    down(world, Place, LONG)
    world.run(20)
    assert [tracked(world, leg).status for leg in legs] == [OrderStatus.ACCEPTED] * 2
    world.check_rest()


@pytest.mark.parametrize("sold", [4, 2])
def test_the_exits_of_what_is_held_no_more_do_not_go_out_late(world, sold):
    legs = half_filled(world, sold)
    world.pump()
    world.sever()
    world.run(2 * LONG)
    assert [tracked(world, leg).status for leg in legs] == [OrderStatus.REJECTED] * 2
    world.check_rest()


def test_a_leg_that_enters_further_does_not_go_out_late(world):
    entry = world.submit(qty=10)
    further = world.submit(qty=6, kind=OrderType.STOP, order_class="oto", parent_id=entry.order_id)
    world.run()
    world.sever()
    world.venue.fill(venue(world, entry), 10)
    world.run(2 * LONG)
    assert tracked(world, further).status is OrderStatus.REJECTED
    world.check_rest()


def test_what_closes_is_sent_until_it_is_there_and_that_is_told_once(world):
    entry = world.submit(qty=10)
    world.run()
    world.venue.fill(venue(world, entry), 10)
    world.run()
    closing = world.submit(side=Side.SELL, qty=10, kind=OrderType.MARKET, closes=True)
    down(world, Place, 20 * LONG // 4)
    assert tracked(world, closing).status is OrderStatus.UNKNOWN
    assert [one.kind for one in world.journal if isinstance(one, Difference)] == ["stuck"]
    assert sum(isinstance(one, Place) for one in world.sent) > PACE.attempts_max
    world.run(20)
    assert venue(world, closing).live
    world.check_rest()


def stop_of(world):
    """Return a stop that rests behind ten lots."""
    entry = world.submit(qty=10)
    world.run()
    world.venue.fill(venue(world, entry), 10)
    world.run()
    stop = world.submit(side=Side.SELL, qty=10, kind=OrderType.STOP, closes=True)
    world.run(8)
    world.sent.clear()
    return stop


def test_a_stop_stays_where_it_is_while_the_venue_takes_no_change_of_it(world):
    stop = stop_of(world)
    world.replace(stop, stop_price=9.5)
    down(world, (Amend, Place), 2 * LONG)
    assert venue(world, stop).live
    world.run(20)
    assert not any(isinstance(one, Withdraw | Place) for one in world.sent)
    (one,) = [one for one in world.venue.orders.values() if one.live]
    assert one.order_id == f"{stop.order_id}.1"
    world.check_rest()


def test_a_stop_stays_where_it_is_where_its_change_is_turned_away_for_a_reason_that_passes(world):
    stop = stop_of(world)
    world.replace(stop, stop_price=9.5)
    world.pump()
    (change,) = world.requests
    world.requests.clear()
    world.interpret(
        Answered(ts_ns=world.time(), order_id=change.successor_id, asked="amend", outcome=Outcome.REFUSED, later=True)
    )
    world.run(6)
    assert [type(one) for one in world.sent if isinstance(one, Amend | Withdraw | Place)] == [Amend, Amend]
    world.check_rest()


def test_a_stop_that_fills_while_no_change_of_it_gets_through_ends_that(world):
    stop = stop_of(world)
    world.replace(stop, stop_price=9.5)
    down(world, Amend, LONG)
    world.venue.fill(venue(world, stop), 4)
    world.run(20)
    assert sum(one.left for one in world.venue.orders.values() if one.live) == 6
    world.check_rest()


def behind(world, order, seconds):
    """Let time pass at a venue that takes an order without an answer, says of each further one that its name is taken, and tells what it has minutes later."""
    for _ in range(2 * seconds):
        world.pump()
        for request in world.requests:
            answer = {"ts_ns": world.time(), "order_id": order.order_id}
            if isinstance(request, Place) and request.order.order_id != order.order_id:
                world.answer(request, *world.act(request))
            elif isinstance(request, Place):
                taken = request.order.order_id in world.venue.by_client
                world.act(request)
                world.answers.append(Answered(**answer, asked="place", outcome=Outcome.UNKNOWN, taken=taken))
            elif isinstance(request, LookUp):
                world.answers.append(Answered(**answer, asked="look_up", outcome=Outcome.REFUSED))
            else:
                listed = world.venue.stock(request, world.now)
                before = {"orders": (), "fills": (), "positions": {}, "missing": (order.order_id,)}
                world.answers.append(replace(listed, cash_units=world.blotter.reconciliation.cash_units, **before))
        world.requests.clear()
        world.venue.stream.clear()
        while world.answers:
            world.deliver_answer()
        world.time(SECOND // 2)


def test_what_the_venue_says_to_have_is_not_given_up_though_it_tells_it_minutes_later(world):
    order = world.submit(kind=OrderType.MARKET)
    behind(world, order, 120)
    assert tracked(world, order).status is OrderStatus.UNKNOWN
    assert [one.text[:35] for one in world.journal if isinstance(one, Difference)] == [
        "the venue has an order of its name,"
    ]
    assert sum(isinstance(one, Place) for one in world.sent) == 2
    world.run(20)
    assert tracked(world, order).status is OrderStatus.ACCEPTED
    world.check_rest()


def test_what_the_venue_says_to_have_and_does_not_tell_for_an_hour_is_given_up(world):
    order = world.submit(kind=OrderType.MARKET)
    behind(world, order, 600)
    assert tracked(world, order).status is OrderStatus.ABANDONED
    world.check_rest()


@pytest.mark.parametrize(
    ("side", "closes", "seconds"), [(Side.SELL, True, 60), (Side.SELL, False, 600), (Side.BUY, False, 600)]
)
def test_what_closes_does_not_wait_for_an_entry_that_the_venue_says_to_have_and_does_not_tell(
    world, side, closes, seconds
):
    held = world.submit(qty=10)
    world.run()
    world.venue.fill(venue(world, held), 10)
    world.run()
    order = world.submit()
    behind(world, order, 10)
    world.cancel(order)
    further = world.submit(side=side, qty=10, kind=OrderType.MARKET, closes=closes)
    behind(world, order, seconds - 10)
    assert (further.order_id in world.venue.by_client) is closes
    world.run(40)
    assert tracked(world, order).status in {OrderStatus.CANCELED, OrderStatus.ABANDONED}
    world.check_rest()


def test_a_cancel_that_got_no_answer_is_asked_for_again_though_nobody_tells_how_the_order_stands(world, resting):
    world.sent.clear()
    world.cancel(resting)
    down(world, (Withdraw, LookUp, TakeStock), int(PACE.answer_s))
    down(world, (LookUp, TakeStock), LONG)
    assert tracked(world, resting).status is OrderStatus.CANCELED
    assert 1 < sum(isinstance(one, Withdraw) for one in world.sent) < LONG
    world.check_rest()
