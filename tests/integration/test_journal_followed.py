"""Another process follows a journal, and posts to it."""

import sqlite3

import pytest
from msgspec import to_builtins

from tenfold.adapters.journal.inbox import Inbox
from tenfold.adapters.journal.journal import begin_run, open_run
from tenfold.app.wiring import operator_inbox
from tenfold.domain.errors import JournalError, UnknownNameError
from tenfold.domain.events import Halt, Resume, Timer

HALT = Halt(ts_ns=5, operator="ann", reason="enough")
RESUME = Resume(ts_ns=6, operator="ann")


@pytest.fixture(params=["sqlite", "postgres"])
def target(request, tmp_path):
    return request.getfixturevalue("postgres") if request.param == "postgres" else str(tmp_path / "j.db")


@pytest.fixture
def writer(target, request):
    journal = begin_run(target, f"{request.node.originalname[-30:]}", b"d")
    yield journal
    journal.close()


def put(journal, *moments):
    journal.append([Timer(ts_ns=moment) for moment in moments])
    journal.sync()


def test_what_was_synced_since_is_read_once(target, writer):
    put(writer, 1)
    reader = open_run(target, writer.run)
    assert reader.follow() == []
    put(writer, 2, 3)
    put(writer, 4)
    writer.append([Timer(ts_ns=99)])
    assert [record.ts_ns for record in reader.follow()] == [2, 3, 4]
    assert reader.follow() == []
    assert reader.verify() == writer.verify()
    reader.close()


def test_whoever_followed_can_go_on_writing(target, writer):
    put(writer, 1, 2)
    other = open_run(target, writer.run)
    put(writer, 3)
    other.follow()
    put(other, 4)
    assert [record.ts_ns for record in writer.follow()] == [4]
    other.close()


def test_what_was_changed_since_is_named(tmp_path):
    target = str(tmp_path / "j.db")
    writer = begin_run(target, "r", b"")
    put(writer, 1)
    reader = open_run(target)
    put(writer, 2, 3)
    with sqlite3.connect(target) as connection:
        connection.execute("UPDATE journal_records SET body = x'00' WHERE n = 3")
    connection.close()
    with pytest.raises(
        JournalError, match=r"record 3 of run r was changed: hash [0-9a-f]{16}, written was [0-9a-f]{16}"
    ):
        reader.follow()
    with sqlite3.connect(target) as connection:
        connection.execute("UPDATE journal_runs SET records = 0")
    connection.close()
    with pytest.raises(JournalError, match="ends at record 0, and 1 were read before"):
        reader.follow()
    writer.close()
    reader.close()


def test_a_post_is_taken_once_and_in_order(target, writer):
    put(writer, 1)
    inbox = operator_inbox(target, writer.run)
    first = inbox.post(HALT)
    inbox.post(RESUME)
    assert writer.posted() == [HALT, RESUME]
    assert writer.posted() == []
    assert not inbox.taken(first)
    writer.append([Halt(ts_ns=5, operator="ann", reason="enough")])  # an equal one from elsewhere is another
    writer.sync()
    assert not inbox.taken(first)
    inbox.close()


def test_a_post_takes_the_time_at_which_the_engine_learns_of_it(target, writer):
    inbox = operator_inbox(target, writer.run)
    number = inbox.post(HALT)
    events = writer.posted(now_ns=77)
    assert events == [Halt(ts_ns=77, operator="ann", reason="enough")]
    writer.append(events)
    writer.sync()
    assert inbox.taken(number)
    inbox.close()


def test_a_post_leaves_with_the_sync_that_keeps_it(target, writer):
    inbox = operator_inbox(target, writer.run)
    first, second = inbox.post(HALT), inbox.post(RESUME)
    events = writer.posted()
    writer.append(events[:1])
    writer.sync()
    assert inbox.taken(first)
    assert not inbox.taken(second)
    again = open_run(target, writer.run)  # a crash before the second was synced
    assert again.posted() == [RESUME]
    assert list(again.records()) == [HALT]
    again.close()
    inbox.close()


def test_a_number_is_never_used_twice(target, writer):
    inbox = operator_inbox(target, writer.run)
    first = inbox.post(HALT)
    writer.append(writer.posted())
    writer.sync()
    assert inbox.post(HALT) > first
    assert len(writer.posted()) == 1
    inbox.close()


def test_what_was_posted_to_another_run_stays_there(target, writer):
    other = begin_run(target, "other-" + writer.run[-20:], b"")
    inbox = operator_inbox(target, writer.run)
    inbox.post(HALT)
    assert other.posted() == []
    assert inbox.run == writer.run
    assert inbox.holder == ""
    inbox.close()
    other.close()


def test_an_inbox_that_is_not_there_is_one_line(tmp_path):
    with pytest.raises(UnknownNameError, match="there is no journal"):
        Inbox(str(tmp_path / "j.db"))
    begin_run(str(tmp_path / "j.db"), "r", b"").close()
    with pytest.raises(UnknownNameError, match="has no run s"):
        Inbox(str(tmp_path / "j.db"), "s")


def test_a_record_of_another_version_is_no_damage(tmp_path):
    journal = begin_run(str(tmp_path / "j.db"), "r", b"")
    journal.append([to_builtins(Timer(ts_ns=1)) | {"later": True}])
    journal.sync()
    with pytest.raises(
        JournalError, match=r"record 1 of run r .*unknown key later.*another version .* nothing is lost"
    ) as found:
        list(journal.records())
    assert "damaged" not in str(found.value)
    journal.close()


def test_a_post_that_cannot_be_read_is_named(tmp_path):
    journal = begin_run(str(tmp_path / "j.db"), "r", b"")
    with sqlite3.connect(tmp_path / "j.db") as connection:
        connection.execute("INSERT INTO journal_inbox (run, body) VALUES (1, x'c1')")
    connection.close()
    with pytest.raises(JournalError, match="what was posted as 1 of run r cannot be read"):
        journal.posted()
    journal.close()
