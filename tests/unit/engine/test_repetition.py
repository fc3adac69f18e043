"""A recorded run is repeated command by command; the first that does not follow is named with what does."""

import pytest
from msgspec.structs import replace

from scenes import bars_of, rules
from tenfold.backtesting.eventful import run_events
from tenfold.domain.conditions import Conditions, SymbolCondition
from tenfold.domain.errors import JournalError
from tenfold.domain.events import Started
from tenfold.domain.market import BarSet
from tenfold.domain.order import Fill, Side, Submit
from tenfold.engine.engine import Engine
from tenfold.engine.exiting import ExitingEngine
from tenfold.engine.live_loop import LiveLoop
from tenfold.engine.repetition import Repetition
from tenfold.execution.blotter import Blotter
from tenfold.simulation.feed import BarFeed
from tenfold.simulation.journal import MemoryJournal

BARS = bars_of([100.0] * 6)


class Steady:
    """Buy one lot at every bar set."""

    def on_event(self, event, view):
        return [view.submit("A", "buy", 1)] if isinstance(event, BarSet) else []


@pytest.fixture
def records():
    """What a run has left in its journal."""
    journal = MemoryJournal()
    started = Started(ts_ns=0, run="r", epoch=1, config_hash="", code_hash="")
    run_events(BARS, rules(), [], trader=Steady(), name="own", started=started, journal=journal)
    return list(journal.records())


def parts():
    engine = Engine(rules(), BARS.instruments, [], 252.0, Steady())
    return engine, Blotter(BARS.instruments, 100_000.0)


def test_what_was_recorded_follows_again(records):
    again = Repetition(*parts())
    assert [again.take(record) for record in records] == [None] * len(records)
    assert not again.due
    assert sum(isinstance(record, Submit) for record in records) > 3


def changed(record):
    return replace(record, order=replace(record.order, qty=2)) if isinstance(record, Submit) else record


def test_another_command_is_named_with_the_one_that_follows(records):
    again = Repetition(*parts())
    found = next(found for record in records if (found := again.take(changed(record))) is not None)
    assert (found.recorded.order.qty, found.repeated.order.qty) == (2, 1)


def test_a_command_that_nothing_leads_to_follows_from_nothing(records):
    submit = next(record for record in records if isinstance(record, Submit))
    assert Repetition(*parts()).take(submit).repeated is None


def test_a_loop_trusts_no_journal_with_another_command(records):
    with pytest.raises(JournalError, match="does not follow"):
        LiveLoop(*parts(), MemoryJournal()).live_through(changed(record) for record in records)


def test_a_loop_lives_through_its_records_in_pieces(records):
    loop = LiveLoop(*parts(), MemoryJournal())
    assert sum(loop.live_through([record]) for record in records) == len(records)


class OfFile:
    """Buy at the bar sets that a file names, which may be made anew between two starts."""

    def __init__(self, path):
        self.path, self.bars = path, 0

    def on_event(self, event, view):
        if not isinstance(event, BarSet):
            return []
        self.bars += 1
        return [view.submit("A", "buy", self.bars)] if str(self.bars) in self.path.read_text().split() else []


def gone_on(path, before, after):
    """Return a loop that goes on with a run whose strategy decides otherwise by now."""
    path.write_text(before)
    moments = list(BarFeed(BARS).events())
    begun = Started(ts_ns=1, run="r", epoch=1, config_hash="", code_hash="ours")
    engine = ExitingEngine(rules(), BARS.instruments, [], 252.0, OfFile(path))
    records = [one for event in (begun, *moments[:3]) for one in (event, *engine.step(event))]
    path.write_text(after)
    engine = ExitingEngine(rules(), BARS.instruments, [], 252.0, OfFile(path))
    loop = LiveLoop(engine, Blotter(BARS.instruments, 100_000.0), MemoryJournal(), "ours", repeats=False)
    loop.live_through(records)
    loop.post(replace(begun, ts_ns=moments[2].ts_ns, epoch=2, inherits=loop.inherits))
    loop.turn(moments[2].ts_ns)
    return loop, len(records)


@pytest.mark.parametrize(("before", "after"), [("1", "2"), ("1 2", "1"), ("", "3"), ("2", "1 2 3")])
def test_a_strategy_that_decides_otherwise_than_it_did_keeps_nobody_from_going_on(tmp_path, before, after):
    loop, count = gone_on(tmp_path / "named", before, after)
    assert loop.inherits == count
    assert loop.engine.epoch == 2
    sent = {one.order.order_id for one in loop.blotter.working()}
    assert len(sent) == len(before.split())
    assert {one.order.order_id for one in loop.engine.trader.orders.of()} <= sent  # none is believed in that never left
    assert all(one.cancel for one in loop.blotter.working())
    assert count == 4 + len(sent)


def test_one_that_decides_the_same_goes_on_with_its_orders(tmp_path):
    loop, _ = gone_on(tmp_path / "named", "1", "1")
    assert [one.cancel for one in loop.blotter.working()] == [False]


class Once:
    """Buy one lot of a symbol at the first bar set."""

    def __init__(self, symbol):
        self.symbol, self.done = symbol, False

    def on_event(self, event, view):
        found = [] if self.done or not isinstance(event, BarSet) else [view.submit(self.symbol, "buy", 1)]
        self.done = self.done or bool(found)
        return found


@pytest.mark.parametrize("now", ["A", "B", "C"])
def test_what_was_sent_is_not_held_against_the_price_of_what_is_decided_now_under_its_name(now):
    bars = bars_of([10.0] * 6, [500.0] * 6, [20.0] * 6)
    first, second, *_ = BarFeed(bars).events()
    strict = rules(limits={"slippage_bps_max": 20.0, "breaker_window": 1})
    known = {"A": (9.99, 10.01), "B": (499.9, 500.1), "C": (0.0, 0.0)}

    def quoted(ts_ns):
        symbols = [SymbolCondition(symbol=name, bid=bid, ask=ask, quote_ns=ts_ns) for name, (bid, ask) in known.items()]
        return Conditions(ts_ns=ts_ns, symbols=tuple(symbols))

    begun = Started(ts_ns=1, run="r", epoch=1, config_hash="", code_hash="ours")
    bought = Fill(
        ts_ns=first.ts_ns + 5, fill_id="f", order_id="r-1-1", symbol="B", side=Side.BUY, qty=1, price=500.1, fee_units=0,
    )  # fmt: skip
    engine = ExitingEngine(strict, bars.instruments, [], 252.0, Once("B"))
    events = (begun, quoted(first.ts_ns), first, bought, quoted(second.ts_ns), second)
    records = [one for event in events for one in (event, *engine.step(event))]
    assert not engine.breaker.trips
    engine = ExitingEngine(strict, bars.instruments, [], 252.0, Once(now))
    loop = LiveLoop(engine, Blotter(bars.instruments, 100_000.0), MemoryJournal(), "ours", repeats=False)
    loop.live_through(records)
    assert bool(loop.inherits) is (now != "B")
    loop.post(replace(begun, ts_ns=second.ts_ns, epoch=2, inherits=loop.inherits))
    loop.turn(second.ts_ns)
    assert not engine.breaker.trips
