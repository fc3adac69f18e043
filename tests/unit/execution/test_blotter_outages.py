"""What becomes of orders where a part of the venue is away for long: what protects a position, or closes it, gets there in the end."""

import pytest

from both_sides import tracked, venue
from order_world import PACE
from tenfold.domain.order import OrderStatus, OrderType, Side

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


def test_the_exits_of_what_has_filled_leave_while_the_stream_is_down(world):
    legs = half_filled(world)
    world.pump()
    world.sever()
    world.run(2 * LONG)
    assert [tracked(world, leg).status for leg in legs] == [OrderStatus.ACCEPTED] * 2
    assert not world.blotter.ready
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
