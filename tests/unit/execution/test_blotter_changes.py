"""When a change is told to be in force: once nothing stands at the venue on older terms; and what is not sent any more."""

from both_sides import venue
from tenfold.domain.events import Difference
from tenfold.domain.order import OrderStatus, OrderType, OrderUpdate, Side
from tenfold.execution.reports import Amend, Outcome


def status(world, order):
    return world.blotter.register.orders[order.order_id].status


def agreed(world, order):
    """Return the lots of the changes that were told to be in force."""
    return [
        (record.qty, record.status)
        for record in world.journal
        if isinstance(record, OrderUpdate) and record.qty and record.order_id == order.order_id
    ]


def test_a_change_is_told_once_nothing_stands_on_older_terms(world):
    order = world.submit(qty=10)
    world.run()
    world.replace(order, qty=4)
    world.pump()
    world.deliver_request(at_venue="stuck")
    world.run(4)
    assert agreed(world, order) == []
    world.venue.end(venue(world, order), "canceled")
    world.run()
    assert [qty for qty, _ in agreed(world, order)] == [4]
    world.check_rest()


def test_a_change_of_prices_is_told_when_the_venue_has_made_it(world):
    order = world.submit(qty=10)
    world.run()
    world.replace(order, limit_price=9.0)
    world.pump()
    assert agreed(world, order) == []
    world.run()
    assert agreed(world, order) == [(10, OrderStatus.ACCEPTED)]


def test_a_change_to_fewer_than_fill_meanwhile_is_told_when_the_rest_has_gone(world):
    order = world.submit(qty=10)
    world.run()
    world.replace(order, qty=4)
    world.pump()
    world.venue.fill(venue(world, order), 6)
    world.deliver_stream()
    assert status(world, order) is OrderStatus.FILLED
    assert agreed(world, order) == []
    world.run()
    assert agreed(world, order) == [(4, OrderStatus.FILLED)]
    world.check_rest()


def test_a_change_to_more_than_had_filled_already_is_of_no_effect_and_told(world):
    order = world.submit(qty=10)
    world.run()
    world.venue.fill(venue(world, order), 10)
    world.deliver_stream()
    world.replace(order, qty=11)  # decided on what was told before the last fill
    world.run()
    assert agreed(world, order) == [(10, OrderStatus.FILLED)]
    assert status(world, order) is OrderStatus.FILLED
    world.check_rest()


def test_an_order_that_is_cancelled_while_it_waits_for_a_connection_is_not_wanted_any_more(world):
    order = world.submit()
    world.pump()
    (place,) = world.requests
    assert world.blotter.wants(place)
    world.cancel(order)
    assert not world.blotter.wants(place)
    world.requests.clear()
    world.answer(place, Outcome.REFUSED, None)  # as the client tells it of what never left
    world.run()
    assert status(world, order) is OrderStatus.CANCELED
    assert order.order_id not in world.venue.by_client


def test_a_change_of_an_order_that_is_cancelled_meanwhile_is_not_wanted_any_more(world):
    order = world.submit()
    world.run()
    world.replace(order, limit_price=98.0)
    world.pump()
    (amend,) = world.requests
    assert isinstance(amend, Amend)
    assert world.blotter.wants(amend)
    world.cancel(order)
    assert not world.blotter.wants(amend)
    world.requests.clear()
    world.answer(amend, Outcome.REFUSED, None)
    world.run()
    assert status(world, order) is OrderStatus.CANCELED
    world.check_rest()


def test_what_fills_before_it_is_made_smaller_fills_what_it_was(world):
    order = world.submit(qty=10)
    world.run()
    world.replace(order, qty=3)
    one = world.venue.by_client[order.order_id]
    world.venue.fill(one, 10)  # while the change is on its way
    world.run(20)
    assert not [record for record in world.journal if isinstance(record, Difference)]
    assert world.blotter.register.orders[order.order_id].filled == 10
    assert world.blotter.register.orders[order.order_id].status is OrderStatus.FILLED
    world.check_rest()


def test_a_leg_that_sleeps_is_as_large_as_it_was_until_its_entry_fills(world):
    entry = world.submit(qty=10)
    leg = world.submit(
        side=Side.SELL, kind=OrderType.STOP, at=entry.ts_ns, closes=True, order_class="oto", parent_id=entry.order_id
    )
    world.run()
    world.replace(leg, qty=4)
    world.run()
    assert agreed(world, leg) == []
    world.venue.fill(venue(world, entry), 10)
    world.run(12)
    assert agreed(world, leg) == [(4, OrderStatus.ACCEPTED)]
    world.check_rest()
