"""Whatever becomes of the connection around a commit, each record is in PostgreSQL once, or the journal says that it is not known."""

import itertools
import time

import pytest
import sqlalchemy as sa

from postgres_proxy import CUTS, PostgresProxy
from tenfold.adapters.journal import journal as journal_module
from tenfold.adapters.journal.database import LostConnectionError, transaction
from tenfold.adapters.journal.journal import begin_run, open_run
from tenfold.adapters.journal.schema import RUNS
from tenfold.adapters.journal.tenures import SqlTenures
from tenfold.domain.errors import JournalError, StorageError
from tenfold.domain.events import Timer

NAMES = itertools.count()


@pytest.fixture
def proxy(postgres):
    made = PostgresProxy(postgres)
    yield made
    made.close()


@pytest.fixture
def journal(proxy):
    made = begin_run(proxy.target, f"lost-{next(NAMES)}", b"")
    yield made
    made.close()


def put(journal, *moments):
    journal.append([Timer(ts_ns=moment) for moment in moments])
    journal.sync()


def moments(target, run):
    found = open_run(target, run)
    try:
        return [record.ts_ns for record in found.records()]
    finally:
        found.close()


@pytest.mark.parametrize("cut", CUTS)
def test_a_connection_lost_around_a_commit_is_resolved_by_what_is_there(proxy, journal, postgres, cut):
    put(journal, 1)
    for turn in range(3):
        proxy.cut = cut
        put(journal, 10 + turn, 20 + turn)
        assert proxy.cut == ""
    put(journal, 2)
    assert moments(postgres, journal.run) == [1, 10, 20, 11, 21, 12, 22, 2]
    assert proxy.connections >= 4
    assert journal.count == 8


@pytest.mark.soak
def test_a_connection_lost_after_any_message_doubles_and_loses_nothing(proxy, journal, postgres, soak):
    put(journal, 0)
    step = 1 if soak else 7
    cuts = [
        [first, second] for first in range(10) for second in range(first % step, 30, step)
    ]  # the second cuts the second try
    for number, cut in enumerate(cuts):
        proxy.left = cut
        put(journal, number + 1)
    assert moments(postgres, journal.run) == list(range(len(cuts) + 1))
    assert proxy.connections > len(cuts)


def test_a_server_that_ends_the_session_is_asked_again(journal, postgres):
    put(journal, 1)
    other = open_run(postgres, journal.run)
    with transaction(other.engine, "j", writing=False) as connection:
        ended = connection.execute(
            sa.text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
            )
        )
        assert ended.rowcount >= 1
    put(journal, 2)
    assert [record.ts_ns for record in other.follow()] == [2]
    other.close()


def test_a_server_that_takes_no_writes_any_more_is_left_for_the_one_in_its_place(journal, postgres):
    put(journal, 1)
    other = open_run(postgres, journal.run)
    for one in (journal, other):  # as on the first server of before a failover, which goes on as a copy
        with transaction(one.engine, "j", writing=False) as connection:
            connection.exec_driver_sql("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
    put(journal, 2)
    tenures = SqlTenures(other)
    with pytest.raises(LostConnectionError, match="read-only"):
        tenures.take(tenures.look())
    assert tenures.take(tenures.look())
    assert moments(postgres, journal.run) == [1, 2]
    other.close()


def test_a_server_that_stays_away_ends_the_run(proxy, journal, postgres, monkeypatch):
    monkeypatch.setattr(journal_module, "PAUSES_S", (0.0, 0.01, 0.01))
    put(journal, 1)
    proxy.up = False
    proxy.break_all()
    with pytest.raises(StorageError, match=r"whether record 2 of run lost-.* was committed is not known"):
        put(journal, 2)
    proxy.up = True
    with pytest.raises(StorageError, match="takes nothing further: open it anew"):
        journal.append([Timer(ts_ns=3)])
    assert moments(postgres, journal.run) == [1]


def test_a_transaction_whose_client_sleeps_holds_up_nobody_for_long(postgres):
    sleeper = begin_run(postgres, f"lost-{next(NAMES)}", b"")
    other = open_run(postgres, sleeper.run)

    def sleep():
        with transaction(sleeper.engine, "j", writing=True) as connection:
            connection.execute(sa.update(RUNS).where(RUNS.c.id == sleeper.number).values(records=0))
            start = time.monotonic()
            put(other, 1)
            waited.append(time.monotonic() - start)

    waited = []
    with pytest.raises(LostConnectionError):
        sleep()
    assert 0.1 < waited[0] < 5.0
    other.close()
    sleeper.close()


def test_a_client_that_sleeps_right_before_its_commit_holds_up_nobody_for_long(postgres):
    sleeper = begin_run(postgres, f"lost-{next(NAMES)}", b"")
    other = open_run(postgres, sleeper.run)
    waited = []

    @sa.event.listens_for(sleeper.engine, "commit")
    def asleep(_):
        if not waited:
            start = time.monotonic()
            put(other, 1)
            waited.append(time.monotonic() - start)

    sleeper.append([Timer(ts_ns=number) for number in range(3)])
    with pytest.raises(JournalError, match="another process has written to run"):
        sleeper.sync()
    assert 0.1 < waited[0] < 5.0
    assert moments(postgres, sleeper.run) == [1]
    other.close()
    sleeper.close()


def test_a_server_that_was_set_back_is_not_written_to(journal, postgres):
    put(journal, 1)
    before = open_run(postgres, journal.run)
    with transaction(before.engine, "j", writing=False) as connection:
        digest = connection.execute(sa.select(RUNS.c.digest).where(RUNS.c.id == journal.number)).scalar_one()
    put(journal, 2)
    with transaction(before.engine, "j", writing=True) as connection:  # as a standby server that lagged
        connection.execute(sa.update(RUNS).where(RUNS.c.id == journal.number).values(records=1, digest=digest))
    with pytest.raises(JournalError, match=r"ends at record 1, and 2 were synced \(hash [0-9a-f]{16}\)"):
        put(journal, 3)
    before.close()
