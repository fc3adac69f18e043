"""An order that the venue takes only later waits here, whatever becomes of the process meanwhile; one whose hour is over does not."""

import pytest

from order_world import SECOND, World
from tenfold.domain.order import OrderStatus, OrderType, Side
from tenfold.execution.reports import LookUp, Place, Withdraw

EVENING = 600 * SECOND


def status(world, order):
    return world.blotter.register.orders[order.order_id].status


def evening(from_s):
    """Return a world whose venue takes nothing between a moment and the evening."""
    world = World(opens=lambda order, now_ns: EVENING if from_s * SECOND <= now_ns < EVENING else now_ns)
    world.connect()
    world.run(4)
    return world


def waiting():
    """Return a world after a crash, and the order that had been waiting there until the evening."""
    world = evening(0)
    order = world.submit()
    world.run()
    world.crash()
    world.connect()
    world.run(20)
    return world, order


def test_it_waits_over_a_crash_and_goes_out_when_its_venue_takes_it():
    world, order = waiting()
    for _ in range(5):
        world.time(30 * SECOND)
        world.run(4)
        assert status(world, order) is OrderStatus.SUBMITTED
        assert world.blotter.unknown == 0  # nothing of it can be there
        assert not [one for one in world.sent if isinstance(one, Place | LookUp)]
    world.time(EVENING - world.now)
    world.run(30)
    assert status(world, order) is OrderStatus.ACCEPTED
    assert len([one for one in world.sent if isinstance(one, Place)]) == 1
    world.check_rest()


def test_it_ends_at_once_where_it_is_cancelled_after_a_crash():
    world, order = waiting()
    world.cancel(order)
    world.run(2)
    assert status(world, order) is OrderStatus.CANCELED


@pytest.mark.parametrize("decided_s", [None, 30])
def test_what_closes_and_got_lost_before_its_hour_was_over_is_given_up_and_not_kept_in_doubt_until_the_evening(
    decided_s,
):
    """Also where it was decided as the hour was over by the venue's clock, which was ahead of ours."""
    world = evening(30)
    entry = world.submit()
    world.run()
    world.venue.fill(world.venue.by_client[entry.order_id], 10)
    world.run()
    order = world.submit(side=Side.SELL, closes=True, at=decided_s and decided_s * SECOND)
    world.pump()
    world.deliver_request(fate="lost")
    world.time(30 * SECOND)
    world.run(30)
    assert status(world, order) is OrderStatus.ABANDONED
    assert world.blotter.unknown == 0


def held_up(closes, kind=OrderType.LIMIT):
    """Return a world whose stream broke before an order could go out, until the venue took it no more for its auction; and the order."""
    world = evening(30)
    entry = world.submit()
    world.run()
    world.venue.fill(world.venue.by_client[entry.order_id], 10)
    world.run()
    world.time(26 * SECOND - world.now)
    world.sever()
    order = world.submit(side=Side.SELL, closes=closes, kind=kind)
    world.pump()
    world.time(5 * SECOND)
    world.connect()
    world.run(4)
    return world, order


def test_what_opens_and_could_not_go_out_in_its_hour_is_given_up_and_does_not_go_to_the_next_auction():
    world, order = held_up(closes=False)
    assert status(world, order) is OrderStatus.REJECTED
    assert [one.text for one in world.journal if getattr(one, "order_id", "") == order.order_id][-1] == (
        "its auction takes it no more"
    )
    world.time(EVENING - world.now)
    world.run(10)
    assert order.order_id not in world.venue.by_client


def test_what_closes_and_could_not_go_out_in_its_hour_waits_for_the_next():
    world, order = held_up(closes=True)
    assert status(world, order) is OrderStatus.SUBMITTED
    world.time(EVENING - world.now)
    world.run(10)
    assert status(world, order) is OrderStatus.ACCEPTED


@pytest.mark.parametrize("kind", [OrderType.MARKET_ON_OPEN, OrderType.MARKET_ON_CLOSE])
def test_what_closes_at_any_price_and_could_not_go_out_for_its_auction_goes_to_the_market(kind):
    """The next auction is a day away, and until then no exit rests beside it."""
    world, order = held_up(closes=True, kind=kind)
    assert status(world, order) is OrderStatus.ACCEPTED
    (asked,) = [one.order for one in world.sent if isinstance(one, Place) and one.order.order_id == order.order_id]
    assert (asked.type, asked.tif, asked.qty) == (OrderType.MARKET, "day", 10)


def test_what_closes_at_any_price_and_got_lost_on_its_way_to_its_auction_goes_to_the_market():
    world = evening(30)
    entry = world.submit()
    world.run()
    world.venue.fill(world.venue.by_client[entry.order_id], 10)
    world.run()
    order = world.submit(side=Side.SELL, closes=True, kind=OrderType.MARKET_ON_CLOSE)
    world.pump()
    world.deliver_request(fate="lost")
    world.time(30 * SECOND)
    world.run(30)
    assert status(world, order) is OrderStatus.ACCEPTED
    asked = [one.order for one in world.sent if isinstance(one, Place) and one.order.order_id == order.order_id]
    assert [one.type for one in asked] == [OrderType.MARKET_ON_CLOSE, OrderType.MARKET]


def test_what_closes_and_is_decided_after_its_hour_waits_for_the_next():
    world = evening(30)
    entry = world.submit()
    world.run()
    world.venue.fill(world.venue.by_client[entry.order_id], 10)
    world.run()
    world.time(31 * SECOND - world.now)
    order = world.submit(side=Side.SELL, closes=True, kind=OrderType.MARKET_ON_CLOSE)
    world.run(4)
    assert status(world, order) is OrderStatus.SUBMITTED
    world.time(EVENING - world.now)
    world.run(10)
    asked = [one.order for one in world.sent if isinstance(one, Place) and one.order.order_id == order.order_id]
    assert [one.type for one in asked] == [OrderType.MARKET_ON_CLOSE]


@pytest.mark.parametrize(("changes", "amends"), [({"qty": 5}, True), ({"limit_price": 90.0}, False)])
def test_what_takes_the_place_of_an_order_after_its_hour_does_not_go_to_the_next_auction(changes, amends):
    world = World(amends=amends, opens=lambda order, now_ns: EVENING if 30 * SECOND <= now_ns < EVENING else now_ns)
    world.connect()
    world.time(20 * SECOND)
    order = world.submit()
    world.run()
    world.time(28 * SECOND - world.now)
    world.replace(order, **changes)
    world.pump()
    world.time(3 * SECOND)
    world.run()
    world.time(EVENING - world.now)
    world.run(10)
    assert len([one for one in world.sent if isinstance(one, Place)]) == 1


def test_an_order_stays_in_its_auction_where_its_change_comes_too_late_for_it():
    world = evening(30)
    world.time(20 * SECOND - world.now)
    order = world.submit()
    world.run()
    world.time(27 * SECOND - world.now)
    world.sever()
    world.replace(order, limit_price=9.5)
    world.pump()
    world.time(4 * SECOND)
    world.connect()
    world.run()
    assert not [one for one in world.sent if isinstance(one, Withdraw)]
    assert status(world, order) is OrderStatus.ACCEPTED


def test_a_leg_for_the_close_waits_for_the_next_where_its_entry_fills_too_late():
    world = evening(30)
    entry = world.submit(kind=OrderType.MARKET_ON_CLOSE)
    leg = world.submit(
        side=Side.SELL, kind=OrderType.MARKET_ON_CLOSE, at=entry.ts_ns, order_class="oto", parent_id=entry.order_id
    )
    world.run()
    world.time(26 * SECOND - world.now)
    world.venue.fill(world.venue.by_client[entry.order_id], 10)
    while world.venue.stream:
        world.deliver_stream()
    world.sever()
    world.pump()
    world.time(5 * SECOND)
    world.connect()
    world.run()
    assert status(world, leg) is OrderStatus.SUBMITTED
    world.time(EVENING - world.now)
    world.run(10)
    assert status(world, leg) is OrderStatus.ACCEPTED


@pytest.mark.parametrize("evening_s", [0, 60])
def test_what_was_sent_before_a_crash_is_not_taken_for_kept_where_the_clock_is_behind_afterwards(evening_s):
    world = World(opens=lambda order, now_ns: max(now_ns, evening_s * SECOND))
    world.connect()
    world.time(70 * SECOND)
    world.run(4)
    order = world.submit()
    world.run()
    assert status(world, order) is OrderStatus.ACCEPTED
    late = world.submit()
    world.pump()
    world.deliver_request(fate="unanswered")
    world.now = world.venue.now = world.now - 20 * SECOND
    world.crash()
    world.cancel(late)
    world.pump()
    assert status(world, late) is not OrderStatus.CANCELED
    world.connect()
    world.run(20)
    assert late.order_id in [one.order_id for one in world.sent if isinstance(one, Withdraw)]  # the venue has it
