"""What every journal promises."""

import itertools

import pytest

from tenfold.adapters.journal.journal import begin_run
from tenfold.domain.events import Timer
from tenfold.simulation.journal import MemoryJournal, NullJournal

NAMES = itertools.count()


KEEPING = ["memory", "sqlite", "postgres"]


@pytest.fixture(params=KEEPING)
def journal(request, tmp_path):
    """Return each journal that keeps what it is given, and where it is asked for the one that does not."""
    if request.param in {"memory", "null"}:
        yield MemoryJournal() if request.param == "memory" else NullJournal()
        return
    target = request.getfixturevalue("postgres") if request.param == "postgres" else str(tmp_path / "journal.db")
    made = begin_run(target, f"contract-{next(NAMES)}", b"")
    yield made
    made.close()


@pytest.mark.parametrize("journal", ["null", *KEEPING], indirect=True)
def test_appending_and_syncing_nothing_is_nothing(journal):
    journal.append([])
    journal.sync()
    assert list(journal.records()) == []


@pytest.mark.parametrize("journal", ["null", *KEEPING], indirect=True)
def test_records_can_be_read_again_and_again(journal):
    journal.append([Timer(ts_ns=1)])
    journal.sync()
    assert list(journal.records()) == list(journal.records())


def test_records_stay_in_the_order_in_which_they_came(journal):
    journal.append([Timer(ts_ns=3), Timer(ts_ns=1)])
    journal.sync()
    journal.append([Timer(ts_ns=2)])
    journal.append([Timer(ts_ns=-4)])
    journal.sync()
    assert [record.ts_ns for record in journal.records()] == [3, 1, 2, -4]


def test_what_is_not_synced_is_not_there(journal):
    journal.append([Timer(ts_ns=1)])
    assert list(journal.records()) == []
    journal.sync()
    journal.append([Timer(ts_ns=2)])
    assert [record.ts_ns for record in journal.records()] == [1]


def test_the_one_without_memory_keeps_nothing():
    journal = NullJournal()
    journal.append([Timer(ts_ns=1)])
    journal.sync()
    assert list(journal.records()) == []
