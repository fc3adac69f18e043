"""What tests of order management begin with."""

import pytest

from order_world import World


@pytest.fixture
def world():
    """A process whose account was taken over and that may enter orders."""
    world = World()
    world.connect()
    world.run()
    assert world.blotter.ready
    world.sent.clear()
    return world


@pytest.fixture
def resting(world):
    """An order for ten that the venue has."""
    order = world.submit(qty=10)
    world.run()
    return order
