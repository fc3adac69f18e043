"""What every journal promises."""

import pytest

from tenfold.domain.events import Timer
from tenfold.simulation.journal import MemoryJournal, NullJournal

JOURNALS = {"null": NullJournal, "memory": MemoryJournal}
KEEPING = [name for name in JOURNALS if name != "null"]


@pytest.mark.parametrize("name", JOURNALS)
def test_appending_and_syncing_nothing_is_nothing(name):
    journal = JOURNALS[name]()
    journal.append([])
    journal.sync()
    assert list(journal.records()) == []


@pytest.mark.parametrize("name", JOURNALS)
def test_records_can_be_read_again_and_again(name):
    journal = JOURNALS[name]()
    journal.append([Timer(ts_ns=1)])
    journal.sync()
    assert list(journal.records()) == list(journal.records())


@pytest.mark.parametrize("name", KEEPING)
def test_records_stay_in_the_order_in_which_they_came(name):
    journal = JOURNALS[name]()
    journal.append([Timer(ts_ns=3), Timer(ts_ns=1)])
    journal.sync()
    journal.append([Timer(ts_ns=2)])
    journal.sync()
    assert [record.ts_ns for record in journal.records()] == [3, 1, 2]


def test_the_one_without_memory_keeps_nothing():
    journal = NullJournal()
    journal.append([Timer(ts_ns=1)])
    journal.sync()
    assert list(journal.records()) == []
