"""What is decided in the moment in which a world is held to rest is waited for, too."""

from draws import Draw
from world import World

from tenfold.domain.market import BarSet
from tenfold.domain.units import NS_PER_HOUR
from tenfold.engine.exiting import ExitingEngine
from tenfold.exchange.opening import MADE_UP_START_NS


class TakesBack(World):
    """Show bars right as everything has been quiet for long enough: a cancel is on its way then."""

    shown = False

    def engine(self):
        return ExitingEngine(self.rules, self.instruments, [], 252.0, Rests())

    async def _until(self, end_s, met):
        await super()._until(end_s, met)
        if not self.shown and not self.over:
            self.shown = True
            self.count["on its way"] += len(self.venue.books.open)
            self.holder.post(self._bars(self.holder.clock.now_ns()))
            await self._pass(0.001)


class Rests:
    """Let one order rest far from the market, and cancel it with the bars that come after a long while."""

    name = "rests"

    def __init__(self):
        self.latest_ns = 0

    def on_event(self, event, view):
        close = view.close("MSFT") if isinstance(event, BarSet) else 0.0
        if not close:
            return []
        before_ns, self.latest_ns = self.latest_ns, view.ts_ns
        orders = list(view.orders("MSFT"))
        if not orders and not before_ns:
            return [view.submit("MSFT", "buy", 1, "limit", limit_price=round(close * 0.5, 2), tif="gtc")]
        late = view.ts_ns - before_ns > 40_000_000_000
        return [view.cancel(one.order.order_id) for one in orders if late]


def test_a_cancel_that_is_on_its_way_as_everything_is_compared_is_waited_for(monkeypatch):
    monkeypatch.setattr("world.ORDERS", 1)
    begin_ns = MADE_UP_START_NS + NS_PER_HOUR
    world = TakesBack(Draw(seed=1, habits={"latency_s": 0.02}, seconds=300.0, begin_ns=begin_ns, activity=0.4)).run()
    assert world.count["on its way"] == 1
