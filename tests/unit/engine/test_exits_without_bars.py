"""Exits that somebody cancelled come back though no bar comes: in a halt of the only symbol, or where bars are those of days."""

import numpy as np
import pytest
from msgspec.structs import replace

from scenes import bars_of, rules
from tenfold.domain.conditions import Conditions, SymbolCondition
from tenfold.domain.events import Halt, Past, Revised, Started
from tenfold.domain.order import Fill, OrderStatus, OrderType, OrderUpdate, Replace, Submit
from tenfold.domain.units import NS_PER_MINUTE, NS_PER_SECOND
from tenfold.engine.exiting import ExitingEngine
from tenfold.engine.voters import GivenVoter
from tenfold.simulation.feed import BarFeed


class Scene:
    """Hold a position whose stop was cancelled, right after a bar."""

    def __init__(self):
        bars = bars_of([50.0] * 3)
        voters = [GivenVoter(np.ones((len(bars), 1)), "given", 1.0)]
        self.engine = ExitingEngine(rules(exits={"stop_frac": 0.1}), bars.instruments, voters, 252.0)
        self.moments = iter(BarFeed(bars).events())
        (entry,) = self.bar()
        fill = Fill(
            ts_ns=2, fill_id="f", order_id=entry.order_id, symbol="A", side=entry.side, qty=100, price=50.0, fee_units=0
        )
        (self.stop,) = self.step(fill)
        self.bar()
        self.cancelled(self.stop)

    def step(self, event):
        return [command.order for command in self.engine.step(event) if isinstance(command, Submit)]

    def bar(self):
        moment = next(self.moments)
        self.bar_ns = moment.ts_ns
        return self.step(moment)

    def cancelled(self, order):
        assert self.step(OrderUpdate(ts_ns=3, order_id=order.order_id, symbol="A", status=OrderStatus.CANCELED)) == []

    def told(self, seconds, *symbols):
        """Tell what holds so many seconds after the last bar."""
        return self.step(Conditions(ts_ns=self.bar_ns + seconds * NS_PER_SECOND, symbols=symbols))


HALTED = SymbolCondition(symbol="A", halted=True)


def test_a_stop_comes_back_during_a_halt_without_any_bar():
    scene = Scene()
    assert scene.told(119, HALTED) == []  # bars of a minute would have come
    (again,) = scene.told(120, HALTED)
    assert (again.qty, again.stop_price, again.order_id != scene.stop.order_id) == (100, 45.0, True)
    assert scene.told(240, HALTED) == []  # it rests
    scene.cancelled(again)
    assert scene.told(359, HALTED) == []
    (last,) = scene.told(360, HALTED)
    scene.cancelled(last)
    assert len(scene.bar()) == 1


def test_a_clock_that_was_ahead_for_a_moment_keeps_nothing_waiting():
    scene = Scene()
    (again,) = scene.told(3720, HALTED)
    scene.cancelled(again)
    assert len(scene.told(250, HALTED)) == 1


@pytest.mark.parametrize("symbols", [(), (SymbolCondition(symbol="A", open=False),), (SymbolCondition(symbol="B"),)])
def test_where_the_session_is_closed_or_nothing_is_told_it_waits(symbols):
    assert Scene().told(10 * NS_PER_MINUTE // NS_PER_SECOND, *symbols) == []


def test_what_closes_after_a_halt_is_ordered_again_without_any_bar_where_it_was_refused():
    scene = Scene()
    (close,) = scene.step(Halt(ts_ns=scene.bar_ns, operator="ann", reason="drill"))
    (stop,) = scene.step(OrderUpdate(ts_ns=3, order_id=close.order_id, symbol="A", status=OrderStatus.REJECTED))
    assert stop.type is OrderType.STOP
    assert scene.told(119, HALTED) == []
    (again,) = scene.told(120, HALTED)
    assert (again.type, again.qty, again.side) == (OrderType.MARKET, 100, close.side)
    assert scene.told(240, HALTED) == []  # it is under way


def trailed():
    """Return an engine that holds 100 with a stop that trails by a tenth, the bars that it misses, and the one after."""
    bars = bars_of([50.0, 60.0, 58.0, 57.0])
    voters = [GivenVoter(np.ones((len(bars), 1)), "given", 1.0)]
    engine = ExitingEngine(rules(exits={"trail_frac": 0.1}), bars.instruments, voters, 252.0)
    first, *missed, last = BarFeed(bars).events()
    (entry,) = engine.step(first)
    name = entry.order.order_id
    engine.step(
        Fill(ts_ns=2, fill_id="f", order_id=name, symbol="A", side=entry.order.side, qty=100, price=50.0, fee_units=0)
    )
    return engine, missed, last


@pytest.mark.parametrize("comes", ["bars", "quotes"])
def test_a_trailing_stop_follows_what_closed_while_no_process_ran(comes):
    engine, missed, last = trailed()
    engine.step(Started(ts_ns=3, run="r", epoch=2, config_hash="", code_hash=""))
    for one in missed:
        assert engine.step(Past(ts_ns=one.ts_ns, bars=one)) == []
    told = Conditions(ts_ns=missed[-1].ts_ns + 1, symbols=(SymbolCondition(symbol="A"),))
    (moved,) = engine.step(last if comes == "bars" else told)
    assert isinstance(moved, Replace)
    assert moved.stop_price == 54.0
    assert engine.step(told) == []


@pytest.mark.parametrize(
    ("cause", "known", "level"),
    [("back_fill", False, 54.0), ("back_fill", True, 54.0), ("venue", False, 54.0), ("venue", True, 51.3)],
)
def test_a_trailing_stop_follows_what_is_told_later_of_a_time_without_data(cause, known, level):
    engine, missed, last = trailed()
    for one in missed:
        before = replace(one.bars[0], high=50.0) if known else None  # a longer bar comes back minute by minute
        told = Revised(ts_ns=missed[-1].ts_ns, cause=cause, bar=one.bars[0], before=before)
        assert engine.step(told) == []
    (moved,) = engine.step(last)
    assert moved.stop_price == pytest.approx(level)  # what was known is decided


@pytest.mark.parametrize(("missed", "bought"), [((0.0, 1.0), 100), ((1.0, 1.0), 0), ((-1.0, 1.0), 100)])
@pytest.mark.parametrize("fires", ["before", "meanwhile"])
def test_a_vote_that_has_changed_while_no_process_ran_enters_again_after_an_exit_of_before(missed, bought, fires):
    bars = bars_of([50.0, 44.0, 44.0, 44.0])
    voters = [GivenVoter(np.array([[1.0], *([vote] for vote in missed), [1.0]]), "given", 1.0)]
    engine = ExitingEngine(rules(exits={"stop_frac": 0.1}), bars.instruments, voters, 252.0)
    first, *past, last = BarFeed(bars).events()
    (entry,) = engine.step(first)
    terms = {"symbol": "A", "qty": 100, "fee_units": 0}
    (stop,) = engine.step(
        Fill(ts_ns=2, fill_id="f", order_id=entry.order.order_id, side=entry.order.side, price=50.0, **terms)
    )
    left = Fill(
        ts_ns=3, fill_id="x", order_id=stop.order.order_id, side=stop.order.side, price=45.0, reason="stop", **terms
    )
    start = Started(ts_ns=3, run="r", epoch=2, config_hash="", code_hash="")
    for event in (left, start) if fires == "before" else (start, left):
        engine.step(event)
    for one in past:
        assert engine.step(Past(ts_ns=one.ts_ns, bars=one)) == []
    sent = [command.order.qty for command in engine.step(last) if isinstance(command, Submit)]
    assert sum(sent) == (bought if fires == "before" else 0)  # the vote may have changed before it left


def test_a_trailing_stop_follows_from_when_its_entry_filled_though_that_is_told_later():
    bars = bars_of([50.0, 70.0, 60.0, 58.0, 57.0])
    voters = [GivenVoter(np.ones((len(bars), 1)), "given", 1.0)]
    engine = ExitingEngine(rules(exits={"trail_frac": 0.1}), bars.instruments, voters, 252.0)
    first, *missed, last = BarFeed(bars).events()
    (entry,) = engine.step(first)
    name, at, done_ns = entry.order.order_id, last.ts_ns - 1, missed[0].ts_ns - NS_PER_MINUTE
    engine.step(Started(ts_ns=at, run="r", epoch=2, config_hash="", code_hash=""))
    terms = {"symbol": "A", "side": entry.order.side, "qty": 100, "price": 58.0, "fee_units": 0}
    engine.step(Fill(ts_ns=at, fill_id="f", order_id=name, done_ns=done_ns, **terms))
    for one in missed:
        engine.step(Past(ts_ns=one.ts_ns, bars=one))
    (moved,) = engine.step(last)
    assert moved.stop_price == 54.0  # of 60: what the bar of its entry had reached may be of before it
