"""What was kept back while the stream was down, and then waits for the venue's hours, waits for something."""

import asyncio

from draws import OPENINGS_NS, Draw
from world import World

from tenfold.domain.market import BarSet
from tenfold.domain.units import NS_PER_HOUR, NS_PER_SECOND
from tenfold.engine.exiting import ExitingEngine

BEGIN_S = 885.0
"""How long before the close it begins: 285 s before the venue takes no more for its auction, and 15 s behind a bar."""
CHANGED_S = 270.0


class ChangesLate:
    """Send a limit order for the close, and ask for another price 15 s before the venue changes it no more."""

    name = "changes late"

    def __init__(self):
        self.bars = 0

    def on_event(self, event, view):
        close = view.close("MSFT") if isinstance(event, BarSet) else 0.0
        self.bars += bool(close)
        if self.bars == 1 and close:
            return [view.submit("MSFT", "buy", 10, "limit", limit_price=round(close * 0.5, 2), tif="cls")]
        orders = list(view.orders("MSFT"))
        if close and orders and self.bars == CHANGED_S / 30.0:
            return [view.replace(orders[0].order.order_id, limit_price=round(close * 0.4, 2))]
        return []


class Refused(World):
    """Let the stream of orders fall before that, and be refused until the hour is over."""

    def engine(self):
        return ExitingEngine(self.rules, self.instruments, [], 252.0, ChangesLate())

    async def _course(self):
        fall = asyncio.ensure_future(self._fall())
        await super()._course()
        await fall

    async def _fall(self):
        await asyncio.sleep(CHANGED_S - 5.0)
        self.venue._streams_until_s = CHANGED_S + 16.0
        self.venue.streams[0].cut()


def test_a_change_that_waits_for_the_evening_waits_for_something(monkeypatch):
    monkeypatch.setattr("world.ORDERS", 1)
    begin_ns = OPENINGS_NS["full"] + round(6.5 * NS_PER_HOUR) - round(BEGIN_S * NS_PER_SECOND)
    world = Refused(Draw(seed=1, habits={"latency_s": 0.02}, seconds=600.0, begin_ns=begin_ns, activity=0.4)).run()
    assert world.count["heard Severed"] == 1
