"""A recorded run is repeated command by command; the first that does not follow is named with what does."""

import pytest
from msgspec.structs import replace

from scenes import bars_of, rules
from tenfold.backtesting.eventful import run_events
from tenfold.domain.errors import JournalError
from tenfold.domain.events import Started
from tenfold.domain.market import BarSet
from tenfold.domain.order import Submit
from tenfold.engine.engine import Engine
from tenfold.engine.live_loop import LiveLoop
from tenfold.engine.repetition import Repetition
from tenfold.execution.blotter import Blotter
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
