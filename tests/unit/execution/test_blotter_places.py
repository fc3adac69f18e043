"""Executions that the venue places otherwise as it tells them than in its list: none hides another."""

import pytest
from msgspec.structs import replace

from both_sides import tracked, venue
from tenfold.domain.order import Fill, OrderStatus


@pytest.mark.parametrize("first", [4, 6])
def test_an_execution_that_was_told_with_what_filled_after_it_hides_none(world, resting, first):
    for qty in (first, 10 - first):
        world.venue.fill(venue(world, resting), qty)
    early, late = world.venue.stream
    world.venue.stream[0] = replace(early, order=late.order, fill=replace(early.fill, cumulative=late.order.filled))
    world.run(14)
    assert sorted(one.qty for one in world.journal if isinstance(one, Fill)) == [4, 6]
    assert tracked(world, resting).status is OrderStatus.FILLED
    world.check_rest()


def test_one_that_comes_again_by_another_name_is_not_booked_for_that(world, resting):
    world.venue.fill(venue(world, resting), 4)
    world.deliver_stream(fate="renamed")
    world.venue.fill(venue(world, resting), 4)
    world.venue.stream.clear()
    world.run(14)
    assert [one.cumulative for one in world.journal if isinstance(one, Fill)] == [4, 8]
    world.check_rest()
