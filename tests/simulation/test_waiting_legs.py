"""A leg that has lost its other waits until its entry is whole: it is reserved, and the venue has none of it."""

from dataclasses import replace

from draws import Draw
from world import World

from tenfold.domain.market import BarSet
from tenfold.domain.units import NS_PER_HOUR
from tenfold.engine.exiting import ExitingEngine


class LosesALeg:
    """Enter more than a quote shows with two exits; once a part has filled, cancel one of them, and let the rest of the entry rest elsewhere."""

    name = "loses a leg"

    def __init__(self):
        self.entry = self.target = None

    def on_event(self, event, view):
        close = view.close("MSFT") if isinstance(event, BarSet) else 0.0
        if close and self.entry is None:
            entry = view.submit("MSFT", "buy", 3_500, "limit", limit_price=round(close * 1.0002, 2), tif="gtc")
            found = view.bracket(entry, take_profit=round(close * 1.2, 2), stop_loss=round(close * 0.8, 2))
            self.entry, self.target = (one.order.order_id for one in found[:2])
            return found
        entry = next((one for one in view.orders("MSFT") if one.order.order_id == self.entry), None)
        if not close or entry is None or not entry.filled or self.target is None:
            return []
        target, self.target = self.target, None
        return [view.cancel(target), view.replace(self.entry, limit_price=round(close * 0.8, 2))]


class OneTrader(World):
    def engine(self):
        return ExitingEngine(self.rules, self.instruments, [], 252.0, LosesALeg())


def test_a_leg_that_waits_for_its_entry_is_reserved(monkeypatch):
    monkeypatch.setattr("world.ORDERS", 1)
    drawn = Draw(seed=1, habits={"latency_s": 0.02}, seconds=300.0)
    world = OneTrader(replace(drawn, begin_ns=drawn.begin_ns + NS_PER_HOUR))
    world.run()
    assert world.count["Fill"] > 1
    assert len([text for _, text in world.trace if " posts " in text]) == 2 + 1  # the entry, its rest, and what closes
