"""A process that slept over the end of its lease may think of what another has cancelled since: it sends nothing of it."""

import asyncio

from draws import Draw
from world import World

from tenfold.domain.events import Halt
from tenfold.domain.units import NS_PER_HOUR, NS_PER_SECOND
from tenfold.exchange.faults import Switch
from tenfold.exchange.opening import MADE_UP_START_NS

SLEEP_S = 29.0
"""Longer than a lease, and shorter than an order waits to be sent."""


class Sleeps(World):
    """Turn every request away for a while; put who trades to sleep as an order waits for that, and halt who takes over."""

    async def _course(self):
        sleep = asyncio.ensure_future(self._put_to_sleep())
        await super()._course()
        await sleep

    async def _put_to_sleep(self):
        await asyncio.sleep(100.0)
        self.venue.exchange.switch("rate_limited", Switch())
        first = self.holder
        while not self._turned_away(first):
            await asyncio.sleep(0.1)
        first.pause(SLEEP_S)
        while self.holder is first:
            await asyncio.sleep(0.1)
        self.count["slept"] += first.paused_s > 0.0
        self.holder.post(Halt(ts_ns=self.holder.clock.now_ns(), operator="ann", reason="drill"))
        await asyncio.sleep(first.paused_s + 1.0)
        self.venue.exchange.switch("rate_limited", None)

    def _turned_away(self, process):
        """Say whether an order waits to be sent again that was decided on a moment ago."""
        errands = process.core.blotter._agenda._errands.values()
        young_ns = process.clock.now_ns() - NS_PER_SECOND
        return any(one.wait_ns and not one.attempts and one.born_ns > young_ns for one in errands)


def test_what_another_has_cancelled_is_not_held_against_who_slept(monkeypatch):
    monkeypatch.setattr("world.ORDERS", 1)
    begin_ns = MADE_UP_START_NS + NS_PER_HOUR
    drawn = Draw(seed=1, habits={"latency_s": 0.02}, seconds=300.0, engines=2, begin_ns=begin_ns, eager=1.0)
    world = Sleeps(drawn).run()
    assert world.count["slept"]
