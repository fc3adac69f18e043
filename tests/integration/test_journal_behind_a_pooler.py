"""A journal in PostgreSQL behind a pooler of connections, which gives each transaction another session of the server."""

import pytest

from postgres_pooler import PostgresPooler
from tenfold.adapters.journal.inbox import Inbox
from tenfold.adapters.journal.journal import begin_run, open_run
from tenfold.adapters.journal.tenures import Epochs, SqlTenures
from tenfold.domain.events import Halt, Timer

MOMENTS = 20
"""More than the five times after which a client has the server remember what it says."""


@pytest.fixture
def pooler(postgres):
    made = PostgresPooler(postgres)
    yield made
    made.close()


def test_who_trades_stands_by_and_halts_is_heard_whatever_session_it_gets(pooler):
    journal, inbox = begin_run(pooler.target, "pooled", b""), Inbox(pooler.target, "pooled")
    standby, epochs = open_run(pooler.target, "pooled"), Epochs(pooler.target)
    holder, other = SqlTenures(journal), SqlTenures(standby)
    assert holder.take(holder.look())
    seen = []
    for moment in range(MOMENTS):
        number = inbox.post(Halt(ts_ns=moment, operator="ann", reason="news"))
        journal.append([Timer(ts_ns=moment), *journal.posted()])
        journal.sync()
        assert inbox.taken(number)
        assert holder.extend(1)
        assert other.look().beat == moment + 1
        assert epochs.of("pooled") == 1
        seen += standby.follow()
    assert [one.ts_ns for one in seen] == [moment for moment in range(MOMENTS) for _ in range(2)]
    assert min(pooler.transactions) > MOMENTS
    for one in (journal, inbox, standby, epochs):
        one.close()
