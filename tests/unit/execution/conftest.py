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
