"""What one life of a process has seen leave the window of a limit does not come back with another, whose clock is behind."""

import asyncio

from draws import Draw
from world import World

from tenfold.domain.market import BarSet
from tenfold.domain.units import NS_PER_HOUR, NS_PER_SECOND
from tenfold.engine.exiting import ExitingEngine
from tenfold.exchange.opening import MADE_UP_START_NS

BARS_S = (30.0, 60.0, 93.0, 99.0)
ORDERS = (6, 6, 1, 1)
"""How many orders are sent with each of these bars: as many as a minute may have, one that is too large, and one more."""
OFF_NS = 5 * NS_PER_SECOND


class Counted:
    """Send orders with the first bars; the third is larger than any may be."""

    name = "counted"

    def __init__(self):
        self.bars = 0

    def on_event(self, event, view):
        close = view.close("MSFT") if isinstance(event, BarSet) else 0.0
        if not close or self.bars == len(ORDERS):
            return []
        self.bars += 1
        qty, prices = 1_000 if self.bars == 3 else 1, [0.5 + 0.01 * place for place in range(ORDERS[self.bars - 1])]
        return [
            view.submit("MSFT", "buy", qty, "limit", limit_price=round(close * one, 2), tif="gtc") for one in prices
        ]


class Behind(World):
    """Kill the first life, which is ahead of the venue, after the third bars: the next one is behind."""

    def engine(self):
        return ExitingEngine(self.rules, self.instruments, [], 252.0, Counted())

    def clock_off_ns(self):
        return OFF_NS if self.lives == 1 else -OFF_NS

    async def _market(self):
        for at_s in BARS_S:
            await asyncio.sleep(at_s - self.loop.time())
            self.holder.post(self._bars(self.holder.clock.now_ns()))
            self.bars += 1
            if self.bars == 3:
                await asyncio.sleep(0.3)
                self.holder.kill("kill")


def test_what_has_left_the_window_of_a_limit_stays_outside_for_a_clock_that_is_behind(monkeypatch):
    monkeypatch.setattr("world.ORDERS", 1)
    begin_ns = MADE_UP_START_NS + NS_PER_HOUR
    drawn = Draw(seed=1, habits={"latency_s": 0.02}, seconds=200.0, begin_ns=begin_ns, guarded=True, activity=0.4)
    assert Behind(drawn).run().checks.submitted == 13
