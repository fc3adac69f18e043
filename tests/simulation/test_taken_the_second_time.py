"""A bracket that was refused and came twice is taken the second time: what fills before anybody is told is nobody's fault, and its legs leave."""

from functools import partial

from draws import Draw
from msgspec.structs import replace
from world import World

from tenfold.domain.market import BarSet
from tenfold.domain.units import NS_PER_HOUR
from tenfold.engine.exiting import ExitingEngine
from tenfold.exchange.messages import Response
from tenfold.exchange.opening import MADE_UP_START_NS

LATER_S = 0.3
TURNS = 60
"""Turns in the three seconds after that: most of them while the word of what has filled is on its way."""
REFUSAL = b'{"code":40310000,"message":"insufficient buying power"}'


class Bracket:
    """Send one bracket with the second bars."""

    name = "bracket"

    def __init__(self):
        self.bars = 0

    def on_event(self, event, view):
        close = view.close("MSFT") if isinstance(event, BarSet) else 0.0
        self.bars += bool(close)
        if not close or self.bars != 2:
            return []
        entry = view.submit("MSFT", "buy", 10, "market", tif="gtc")
        return view.bracket(entry, take_profit=round(close * 1.05, 2), stop_loss=round(close * 0.95, 2))


class Twice(World):
    """Refuse the first order, and let the same come once more a moment later."""

    def engine(self):
        return ExitingEngine(self.rules, self.instruments, [], 252.0, Bracket())

    async def _course(self):
        self.loop.call_later(1.0, self._refuse)
        await super()._course()

    def _refuse(self):
        self._handle, self.venue._handle = self.venue._handle, self._turned_away

    def _turned_away(self, request):
        if request.method != "POST":
            return self._handle(request)
        self.venue._handle = self._handle
        self.loop.call_later(LATER_S, partial(self._comes_again, request))
        return Response(403, REFUSAL)

    def _comes_again(self, request):
        self._handle(replace(request, ts_ns=self.venue.now_ns))
        for place in range(TURNS):
            self.loop.call_later(0.05 * place, self.holder.wake)


def test_what_a_refused_bracket_fills_before_anybody_is_told_is_no_fault_and_its_legs_leave(monkeypatch):
    monkeypatch.setattr("world.ORDERS", 1)
    drawn = Draw(
        seed=2,
        habits={"latency_s": 0.6},
        seconds=300.0,
        begin_ns=MADE_UP_START_NS + NS_PER_HOUR,
        activity=2.0,
        stock_s=240.0,
    )
    world = Twice(drawn).run()
    assert world.count["refused and taken all the same"]
    assert world.count["difference revived"]
