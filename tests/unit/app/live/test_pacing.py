"""At a venue that plays faster than real time patience grows with its pace, and what was booked once stays booked once."""

import pytest

from order_world import SECOND, SYMBOLS, World
from tenfold.app.live.pacing import paced_orders
from tenfold.domain.events import Adopted
from tenfold.domain.instrument import Instrument
from tenfold.domain.order import Fill
from tenfold.execution.blotter import Blotter


class FastWorld(World):
    """Play so many seconds in one."""

    rate = 1

    def blotter_of(self):
        terms = [Instrument(symbol=symbol) for symbol in SYMBOLS]
        return Blotter(terms, 100_000.0, pace=paced_orders(self.rate), **self.options)


@pytest.mark.parametrize("rate", [1, 60, 600, 1000])
def test_what_filled_days_ago_is_not_taken_for_an_order_from_elsewhere(rate):
    world = FastWorld()
    world.rate = rate
    world.start()
    world.connect()
    world.run()
    order = world.submit(qty=10)
    world.run()
    world.venue.fill(world.venue.orders[world.blotter.register.orders[order.order_id].parts[0].venue_id], 10)
    for _ in range(140):
        world.time(3600 * SECOND)
        world.run()
    assert order.order_id not in world.blotter.register.orders
    assert len([one for one in world.journal if isinstance(one, Fill)]) == 1
    assert not [one for one in world.journal if isinstance(one, Adopted)]
