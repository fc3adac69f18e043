"""The name of a group taken again, and by orders of two symbols: as at the simulated venue, orders count what others fill while both work."""

import pytest

from both_sides import tracked, venue
from tenfold.domain.events import Difference
from tenfold.domain.order import OrderStatus, OrderType, Side


def pair(world, symbol="A", qty=5, name="group"):
    terms = {"side": Side.SELL, "qty": qty, "order_class": "oco", "parent_id": name}
    limit = world.submit(symbol, **terms)
    return limit, world.submit(symbol, kind=OrderType.STOP, at=limit.ts_ns, **terms)


def statuses(world, *orders):
    return [tracked(world, order).status for order in orders]


ENDED = [OrderStatus.FILLED, OrderStatus.CANCELED]
WORKS = [OrderStatus.ACCEPTED] * 2


def hold(world, symbol="A", qty=10):
    entry = world.submit(symbol, qty=qty)
    world.run()
    world.venue.fill(venue(world, entry), qty)
    world.run()


def test_a_name_serves_one_pair_after_the_other(world):
    hold(world)
    for _ in range(2):
        both = pair(world)
        world.run()
        assert statuses(world, *both) == WORKS
        world.venue.fill(venue(world, both[0]), 5)
        world.run()
        assert statuses(world, *both) == ENDED
    assert not [one for one in world.journal if isinstance(one, Difference)]
    world.check_rest()


def test_a_pair_that_comes_while_the_one_before_it_is_leaving_rests_as_a_pair(world):
    hold(world)
    before = pair(world)
    world.run()
    world.venue.fill(venue(world, before[0]), 5)
    world.deliver_stream()
    assert tracked(world, before[0]).status is OrderStatus.FILLED
    both = pair(world)
    world.run()
    assert (statuses(world, *before), statuses(world, *both)) == (ENDED, WORKS)
    assert tracked(world, both[0]).parts[0].partner == both[1].order_id
    world.check_rest()


def test_one_name_for_two_symbols_are_two_groups(world):
    hold(world, "A", 5), hold(world, "B", 5)
    first, second = pair(world, "A"), pair(world, "B")
    world.run()
    world.venue.fill(venue(world, first[0]), 5)
    world.run()
    assert (statuses(world, *first), statuses(world, *second)) == (ENDED, WORKS)
    assert not [one for one in world.journal if isinstance(one, Difference)]
    world.check_rest()


@pytest.mark.parametrize("name", ["oco", "bracket"])
def test_what_a_group_filled_before_is_not_off_what_comes_later(world, name):
    """A stop is taken back once the target has filled in part, and another sent for what is left."""
    entry = world.submit(qty=10)
    world.run()
    world.venue.fill(venue(world, entry), 10)
    world.run()
    parent = "group" if name == "oco" else entry.order_id
    terms = {"side": Side.SELL, "order_class": name, "parent_id": parent}
    target = world.submit(qty=10, **terms)
    world.run()
    world.venue.fill(venue(world, target), 4)
    world.run()
    world.cancel(target)
    stop = world.submit(qty=6, kind=OrderType.STOP, **terms)
    world.run()
    assert sum(part.qty for part in tracked(world, stop).live) == 6
    world.check_rest()


def test_a_leg_waits_for_no_entry_of_another_symbol(world):
    entry = world.submit("A", qty=5)
    leg = world.submit("B", Side.SELL, 5, OrderType.STOP, order_class="oto", parent_id=entry.order_id)
    world.run()
    assert statuses(world, entry, leg) == [OrderStatus.ACCEPTED, OrderStatus.CANCELED]
