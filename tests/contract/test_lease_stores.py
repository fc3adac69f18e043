"""What every store of leases promises."""

import itertools
import os
import sqlite3

import pytest
import sqlalchemy as sa

from memory_leases import Store
from tenfold.adapters.journal.database import transaction
from tenfold.adapters.journal.journal import begin_run, open_run
from tenfold.adapters.journal.schema import RUNS
from tenfold.adapters.journal.tenures import Epochs, SqlTenures
from tenfold.domain.errors import JournalError
from tenfold.domain.events import Timer
from tenfold.domain.tenure import Tenure

NAMES = itertools.count()


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def views(request, tmp_path):
    """Return what three engines see of the lease of one run."""
    if request.param == "memory":
        store = Store()
        yield [store.view(name) for name in "abc"]
        return
    target = request.getfixturevalue("postgres") if request.param == "postgres" else str(tmp_path / "journal.db")
    run = f"lease-{next(NAMES)}"
    journals = [begin_run(target, run, b""), open_run(target, run), open_run(target, run)]
    yield [SqlTenures(journal) for journal in journals]
    for journal in journals:
        journal.close()


def test_nobody_holds_it_at_first(views):
    assert [view.look() for view in views] == [Tenure()] * 3
    assert views[0].look().vacant


def test_one_of_those_who_saw_the_same_takes_it(views):
    seen = [view.look() for view in views]
    assert [view.take(one) for view, one in zip(views, seen, strict=True)] == [True, False, False]
    assert views[2].look().epoch == 1
    assert not views[2].look().vacant


def test_a_sign_of_life_is_seen_and_forbids_what_was_seen_before(views):
    views[0].take(views[0].look())
    before = views[1].look()
    assert views[0].extend(1)
    assert views[1].look() != before
    assert views[1].look().epoch == before.epoch
    assert not views[1].take(before)
    assert views[1].take(views[1].look())
    assert not views[0].extend(1)
    assert views[1].extend(2)


def test_letting_go_leaves_the_epoch_and_only_the_holder_can(views):
    views[0].take(views[0].look())
    views[1].take(views[1].look())
    views[0].release(1)
    assert not views[2].look().vacant
    views[1].release(2)
    assert views[2].look().vacant
    assert views[2].take(views[2].look())
    assert views[0].look().epoch == 3


def test_who_lost_the_lease_writes_nothing_more(tmp_path):
    target = str(tmp_path / "j.db")
    old = begin_run(target, "r", b"")
    SqlTenures(old).take(Tenure())
    old.append([Timer(ts_ns=1)])
    old.sync()
    new = open_run(target)
    tenures = SqlTenures(new)
    assert tenures.take(tenures.look())
    old.append([Timer(ts_ns=2)])
    with pytest.raises(JournalError, match=r"run r .* under epoch 2 now, and this is epoch 1: another engine"):
        old.sync()
    new.append([Timer(ts_ns=3)])
    new.sync()
    assert [record.ts_ns for record in new.records()] == [1, 3]
    without = open_run(target)
    without.append([Timer(ts_ns=4)])
    with pytest.raises(JournalError, match="this is epoch 0"):
        without.sync()
    for journal in (old, new, without):
        journal.close()


def test_a_death_is_known_by_the_lock_that_goes_with_it(tmp_path):
    first = begin_run(str(tmp_path / "j.db"), "r", b"")
    second = open_run(str(tmp_path / "j.db"))
    holder, standby = SqlTenures(first), SqlTenures(second)
    assert holder.take(holder.look())
    assert not standby.look().dead
    assert not holder.look().dead
    os.close(holder._lock)  # as the system does at the end of a process
    assert standby.look().dead
    assert standby.look().vacant
    next(tmp_path.glob("j.db-holder-*")).unlink()
    assert not standby.look().dead  # nothing proves it
    seen = standby.look()
    assert standby.take(seen)
    assert (standby.look().epoch, standby.look().holder) == (2, standby.holder)
    first.close()
    second.close()


def test_the_epochs_of_all_runs_are_read_beside_those_who_write(tmp_path):
    target = str(tmp_path / "j.db")
    journal = begin_run(target, "r", b"")
    begin_run(target, "s", b"").close()
    tenures, epochs = SqlTenures(journal), Epochs(target)
    assert tenures.take(tenures.look())
    assert [epochs.of(run) for run in ("r", "s", "t")] == [1, 0, 0]
    with sqlite3.connect(target) as connection:
        connection.execute("UPDATE journal_runs SET epoch = 9")
    connection.close()
    with pytest.raises(JournalError, match="the lease of run r is not as it was written"):
        epochs.of("r")
    epochs.close()
    journal.close()


def test_a_server_whose_row_another_holds_is_asked_again_later(postgres):
    journal = begin_run(postgres, f"lease-{next(NAMES)}", b"")
    other = open_run(postgres, journal.run)
    tenures = SqlTenures(journal)
    seen = tenures.look()
    with transaction(other.engine, "j", writing=True) as connection:
        connection.execute(sa.select(RUNS).where(RUNS.c.id == other.number).with_for_update())
        assert not tenures.take(seen)
    assert tenures.take(seen)
    journal.close()
    other.close()


@pytest.mark.parametrize("change", ["epoch = 7", "epoch = 'x'", "seal = NULL", "holder = 4, beat = x'00'"])
def test_a_lease_that_was_changed_is_refused(tmp_path, change):
    journal = begin_run(str(tmp_path / "j.db"), "r", b"")
    tenures = SqlTenures(journal)
    tenures.take(tenures.look())
    with sqlite3.connect(tmp_path / "j.db") as connection:
        connection.execute(f"UPDATE journal_runs SET {change}")  # noqa: S608 -- our own
    connection.close()
    with pytest.raises(JournalError, match="the lease of run r is not as it was written"):
        tenures.look()
    journal.close()


def test_a_writer_that_takes_long_is_asked_again_later(tmp_path):
    journal = begin_run(str(tmp_path / "j.db"), "r", b"")
    tenures = SqlTenures(journal)
    with sqlite3.connect(tmp_path / "j.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        assert not tenures.take(tenures.look())
        other.execute("ROLLBACK")
    other.close()
    assert tenures.take(tenures.look())
    assert len(list(tmp_path.glob("j.db-holder-*"))) == 1
    tenures.release(1)
    assert not list(tmp_path.glob("j.db-holder-*"))
    journal.close()
