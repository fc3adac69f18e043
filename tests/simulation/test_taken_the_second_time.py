"""What was refused and came twice is taken the second time: what fills before anybody is told is nobody's fault, and the legs of a bracket leave."""

from functools import partial

import msgspec
from drawn_votes import Ensemble
from draws import Draw
from msgspec.structs import replace
from world import World

from tenfold.domain.market import BarSet
from tenfold.domain.rules import Entry, Exits, Sizing, VoteRule
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


class Refuses(World):
    """Ask `_turned_away` instead of the venue, once everything runs."""

    async def _course(self):
        self.loop.call_later(1.0, self._refuse)
        await super()._course()

    def _refuse(self):
        self._handle, self.venue._handle = self.venue._handle, self._turned_away


class Twice(Refuses):
    """Refuse the first order, and let the same come once more a moment later."""

    def engine(self):
        return ExitingEngine(self.rules, self.instruments, [], 252.0, Bracket())

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


class ClosedTwice(Refuses):
    """Refuse every order that closes at the market until all is to heal, and let the same come once more a moment later."""

    def _turned_away(self, request):
        asked = msgspec.json.decode(request.body) if request.method == "POST" else {}
        lots = self.venue.books.qty_of(asked.get("symbol", ""))
        if self.healed or asked.get("type") != "market" or lots * (1 if asked["side"] == "buy" else -1) >= 0:
            return self._handle(request)
        self.loop.call_later(LATER_S, lambda: self._handle(replace(request, ts_ns=self.venue.now_ns)))
        return Response(403, REFUSAL)


def test_exits_that_came_as_a_close_was_refused_are_to_leave_as_that_is_taken(monkeypatch):
    monkeypatch.setattr("world.ORDERS", 1)
    ensemble = Ensemble(
        members=(("swaying", 1.0, {"tide": 7, "own": 3, "patience": 2.0, "dissent": 0.0, "silence": 0.0}),),
        sizing=Sizing(method="quantity", quantity=40.0),
        entry=Entry(order="market", tif="gtc"),
        exits=Exits(stop_frac=0.01),
        rule=VoteRule(hold_frac=0.4),
        short=True,
    )
    begin_ns = MADE_UP_START_NS + NS_PER_HOUR
    drawn = Draw(
        seed=1, habits={"latency_s": 0.6}, seconds=300.0, begin_ns=begin_ns, activity=0.4, stock_s=240.0, ensemble=ensemble
    )  # fmt: skip
    world = ClosedTwice(drawn).run()
    assert world.count["overtaken by what had been refused"]


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
