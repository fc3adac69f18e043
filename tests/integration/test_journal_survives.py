"""A journal keeps what was synced, whatever happens to process and disk, or says that it did not."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from tenfold.adapters.journal import schema
from tenfold.adapters.journal.database import open_engine, transaction
from tenfold.adapters.journal.journal import begin_run, open_run
from tenfold.domain.errors import JournalError, SettingsError, StorageError, TenfoldError, UnknownNameError
from tenfold.domain.events import Timer

WRITER = """
import sys
from tenfold.adapters.journal.journal import begin_run
from tenfold.domain.events import Timer
journal = begin_run(sys.argv[1], sys.argv[2], b"killed")
for number in range(1_000_000):
    journal.append([Timer(ts_ns=number * 3 + k) for k in range(3)])
    journal.sync()
    sys.stdout.write(f"{number * 3 + 3}\\n")
    sys.stdout.flush()
"""


def written(target, count=6, run="r"):
    journal = begin_run(str(target), run, b"a description")
    for number in range(count):
        journal.append([Timer(ts_ns=number)])
        journal.sync()
    return journal


def times(target, run=""):
    journal = open_run(str(target), run)
    try:
        return [record.ts_ns for record in journal.records()]
    finally:
        journal.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_process_killed_anywhere_loses_nothing_that_was_synced(tmp_path, kind, request):
    for number, pause_s in enumerate((0.0, 0.003, 0.02, 0.05) if kind == "sqlite" else (0.0, 0.02)):
        target = request.getfixturevalue("postgres") if kind == "postgres" else str(tmp_path / f"{number}.db")
        run = f"killed-{number}"
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, target, run], stdout=subprocess.PIPE, text=True
        ) as process:
            process.stdout.readline()
            time.sleep(pause_s)
            os.kill(process.pid, signal.SIGKILL)
            said = [3, *(int(line) for line in process.stdout if line.endswith("\n"))]
        kept = times(target, run)
        assert len(kept) >= said[-1]
        assert len(kept) % 3 == 0  # a sync is there whole, or not at all
        assert kept == list(range(len(kept)))
        again = open_run(target, run)
        again.append([Timer(ts_ns=-1)])
        again.sync()
        again.close()
        assert times(target, run) == [*kept, -1]


def small(path):
    """Make a file of small pages, so that few bytes stand for nothing."""
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA page_size = 512")
        connection.execute("VACUUM")
    connection.close()
    written(path).close()
    return path.read_bytes()


def refused_or_whole(path):
    """Tell whether a damaged journal is refused; what is read otherwise is what was written."""
    try:
        assert times(path) == list(range(6))
    except TenfoldError:
        return True
    return False


def cleared(path):
    for left in path.parent.glob(f"{path.name}*"):
        left.unlink()


@pytest.mark.soak
def test_no_flipped_bit_is_taken_for_what_was_written(tmp_path, soak):
    path = tmp_path / "j.db"
    whole = small(path)
    refused = 0
    for place in range(0, len(whole), 1 if soak else 31):
        cleared(path)
        path.write_bytes(whole[:place] + bytes([whole[place] ^ (1 << place % 8)]) + whole[place + 1 :])
        refused += refused_or_whole(path)
    assert refused > 5


@pytest.mark.soak
def test_no_cut_file_is_taken_for_a_whole_one(tmp_path, soak):
    path = tmp_path / "j.db"
    whole = small(path)
    for length in range(1, len(whole), 1 if soak else 67):
        cleared(path)
        path.write_bytes(whole[:length])
        assert refused_or_whole(path)


@pytest.mark.soak
@pytest.mark.parametrize("damage", ["cut", "flip"])
def test_a_damaged_log_of_synced_records_is_refused(tmp_path, damage, soak):
    live = tmp_path / "live.db"
    small(live)
    journal = written(live, 6, "s")
    image = {left.name.replace("live", "j"): left.read_bytes() for left in tmp_path.glob("live.db*")}
    journal.close()
    path, wal = tmp_path / "j.db", image["j.db-wal"]
    refused = 0
    places = range(0, len(wal), 1 if soak else len(wal) // 40)
    for place in places:
        cleared(path)
        for name, content in image.items():
            if not name.endswith("-shm"):
                (tmp_path / name).write_bytes(content)
        hurt = wal[:place] if damage == "cut" else wal[:place] + bytes([wal[place] ^ 4]) + wal[place + 1 :]
        (tmp_path / "j.db-wal").write_bytes(hurt)
        refused += refused_or_whole(path)
    assert refused > len(places) // 2


def test_a_refusal_names_the_last_record_and_its_hash(tmp_path):
    live = tmp_path / "live.db"
    small(live)
    journal = written(live, 6, "s")
    count, digest = journal.verify()
    for left in tmp_path.glob("live.db*"):
        shutil.copy(left, tmp_path / left.name.replace("live", "j"))
    journal.close()
    path = tmp_path / "j.db"
    for place in (0, 512):  # a head that is none, and a page that is none
        shutil.copy(live, path)
        path.write_bytes(path.read_bytes()[:place] + b"x" * 300 + path.read_bytes()[place + 300 :])
        (tmp_path / "j.db-wal").unlink(missing_ok=True)
        with pytest.raises(JournalError, match=rf"run number 2 was synced up to record {count}, hash {digest[:16]}"):
            times(path)


def test_a_torn_record_behind_the_last_sync_is_harmless(tmp_path):
    journal = written(tmp_path / "live.db")
    for left in tmp_path.glob("live.db*"):
        shutil.copy(left, tmp_path / left.name.replace("live", "j"))
    journal.close()
    with (tmp_path / "j.db-wal").open("ab") as file:
        file.write(b"torn" * 100)
    assert times(tmp_path / "j.db") == list(range(6))


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DELETE FROM journal_records WHERE n = 3", "record 3 of 6"),
        ("DELETE FROM journal_records WHERE n = 6", "record 6 of 6"),
        ("UPDATE journal_records SET body = x'00' WHERE n = 2", "record 2 of run r was changed"),
        ("UPDATE journal_runs SET description = x'00'", "record 1 of run r was changed"),
        ("UPDATE journal_records SET n = CASE n WHEN 4 THEN 50 ELSE n END", "record 4 of 6"),
        ("UPDATE journal_runs SET records = 5", "the end of run r"),
        ("DROP TABLE journal_records", "was damaged"),
    ],
)
def test_what_was_changed_missing_or_moved_is_named(tmp_path, statement, said):
    written(tmp_path / "j.db").close()
    with sqlite3.connect(tmp_path / "j.db") as connection:
        connection.execute(statement)
    connection.close()
    with pytest.raises(JournalError, match=said):
        times(tmp_path / "j.db")


def test_a_full_disk_ends_in_one_line_and_for_good(tmp_path):
    journal = written(tmp_path / "j.db")
    with transaction(journal.engine, "j.db", writing=False) as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    journal.append([Timer(ts_ns=number) for number in range(10_000)])
    with pytest.raises(StorageError, match="full"):
        journal.sync()
    for again in (journal.sync, lambda: journal.append([Timer(ts_ns=1)])):
        with pytest.raises(StorageError, match="takes nothing further"):
            again()
    journal.close()
    assert times(tmp_path / "j.db") == list(range(6))


READER = """
import sys
from tenfold.adapters.journal.journal import open_run
journal = open_run(sys.argv[1])
sys.stdout.write(str(journal.count))
journal.close()
"""


@pytest.mark.parametrize("linked", [False, True], ids=["file", "link"])
def test_another_process_removes_no_log_from_under_one_that_opened_the_journal_again(tmp_path, linked):
    target = tmp_path / "j.db"
    if linked:
        (tmp_path / "disk").mkdir()
        target.symlink_to(tmp_path / "disk" / "kept.db")
    journal = written(target, count=2)
    open_run(str(target)).close()
    for count in (2, 3, 4):
        read = subprocess.run([sys.executable, "-c", READER, str(target)], capture_output=True, text=True, check=True)
        assert read.stdout == str(count)
        journal.append([Timer(ts_ns=count)])
        journal.sync()
    journal.close()
    assert times(target) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("how", ["moved", "replaced", "without its log"])
def test_nothing_is_written_to_a_file_that_nobody_else_can_see(tmp_path, how):
    target = tmp_path / "j.db"
    journal, standby = written(target), open_run(str(target))
    kept = tmp_path / "kept"
    kept.mkdir()
    if how == "replaced":
        shutil.copy(target, kept)
        (kept / target.name).replace(target)
    else:
        for path in [tmp_path / "j.db-wal"] if how == "without its log" else sorted(tmp_path.glob("j.db*")):
            path.rename(kept / path.name)
    journal.append([Timer(ts_ns=6)])
    with pytest.raises(JournalError, match=r"was removed, moved or replaced while it was in use: .* Put it back"):
        journal.sync()
    with pytest.raises(StorageError, match="takes nothing further"):
        journal.append([Timer(ts_ns=7)])
    with pytest.raises(JournalError, match="was removed, moved or replaced"):
        standby.follow()
    journal.close()
    standby.close()
    if how == "moved":
        assert times(kept / target.name) == [0, 1, 2, 3, 4, 5, 6]


def test_the_note_of_an_end_is_for_whoever_may_use_the_journal(tmp_path):
    written(tmp_path / "j.db").close()
    (tmp_path / "j.db").chmod(0o660)
    if os.geteuid() == 0:
        os.chown(tmp_path / "j.db", 4711, 4711)
    by_another = written(tmp_path / "j.db", run="r2")
    kept, note = (tmp_path / "j.db").stat(), (tmp_path / "j.db-head-2").stat()
    assert (note.st_mode & 0o777, note.st_uid, note.st_gid) == (0o660, kept.st_uid, kept.st_gid)
    by_another.close()


def test_a_note_of_an_end_that_may_not_be_read_is_one_line(tmp_path):
    journal = written(tmp_path / "j.db")
    note = tmp_path / "j.db-head-1"
    note.unlink()
    note.symlink_to(note)  # it cannot be opened, also by root
    with pytest.raises(
        StorageError, match=r"j\.db-head-1, where the end of a run is noted, cannot be read: .*; let who"
    ):
        open_run(str(tmp_path / "j.db"))
    journal.close()


def test_two_writers_of_one_run_are_told_apart(tmp_path):
    first = written(tmp_path / "j.db")
    second = open_run(str(tmp_path / "j.db"))
    second.append([Timer(ts_ns=6)])
    second.sync()
    first.append([Timer(ts_ns=7)])
    with pytest.raises(JournalError, match="another process has written to run r"):
        first.sync()
    first.close()
    second.close()
    assert times(tmp_path / "j.db") == list(range(7))


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_an_older_schema_is_migrated_and_a_newer_one_refused(tmp_path, kind, request):
    target = request.getfixturevalue("postgres") if kind == "postgres" else str(tmp_path / "j.db")
    written(target, run="old").close()
    later = SimpleNamespace(
        revision="0003", down_revision="0002", branch_labels=None, depends_on=None, __file__="", __name__="later",
        __doc__="", upgrade=lambda: None,
    )  # fmt: skip
    engine = open_engine(target, making=False)
    try:
        with transaction(engine, "j", writing=True) as connection:
            schema.migrate(connection, "j", [*schema.MIGRATIONS, later])
        with pytest.raises(JournalError, match="newer version of Tenfold"):
            open_run(target)
        with transaction(engine, "j", writing=True) as connection:
            connection.execute(sa.text("UPDATE journal_version SET version_num = '0002'"))
        assert times(target, "old") == list(range(6))
    finally:
        engine.dispose()


def test_a_journal_of_the_first_version_keeps_its_runs(tmp_path):
    written(tmp_path / "j.db", 6, "old").close()
    with sqlite3.connect(tmp_path / "j.db") as connection:
        for column in ("epoch", "beat", "holder", "seal"):
            connection.execute(f"ALTER TABLE journal_runs DROP COLUMN {column}")
        connection.execute("DROP TABLE journal_inbox")
        connection.execute("UPDATE journal_version SET version_num = '0001'")
    connection.close()
    journal = open_run(str(tmp_path / "j.db"))
    assert len(list(journal.records())) == 6
    assert journal.posted() == []
    journal.close()


def test_several_runs_share_a_file(tmp_path):
    target = tmp_path / "j.db"
    written(target, 2, "").close()
    written(target, 3, "").close()
    assert times(target, "run-1") == [0, 1]
    assert times(target) == [0, 1, 2]
    with pytest.raises(SettingsError, match="has a run run-1 already"):
        written(target, 1, "run-1")
    with pytest.raises(SettingsError, match="cannot be named"):
        written(target, 1, "a run")
    with pytest.raises(UnknownNameError, match="no run run-7; did you mean"):
        times(target, "run-7")


@pytest.mark.parametrize(
    ("target", "error", "said"),
    [
        ("mysql://ann:secret@host/x", SettingsError, "mysql://ann@host/x is not known"),
        (
            "postgresql://ann:secret@127.0.0.1:1/x?password=secret",
            StorageError,
            "postgresql://ann@127.0.0.1:1/x cannot",
        ),
        (
            "postgresql://ann@127.0.0.1:1/x?options=-csearch_path%3Dlive&password=secret",
            StorageError,
            r"127.0.0.1:1/x\?options=-csearch_path%3Dlive cannot",
        ),
        ("postgresql://ann:secret@host:port/x", SettingsError, "postgresql://... is no address of PostgreSQL"),
        ("postgresql://ann:secret/x", SettingsError, "postgresql://... is no address of PostgreSQL"),
        ("postgresql://ann:a@secret@127.0.0.1:1/x", SettingsError, "more than one @.*write %40"),
        ("postgresql://ann:a@secret/b@127.0.0.1:1/x", SettingsError, "more than one @.*write %40"),
        ("postgresql://ann@127.0.0.1:1/x", StorageError, "cannot be reached.*see that it runs"),
        ("mysql://ann:a/b?secret@host/x", SettingsError, "mysql://... is not known"),
        ("mysql://ann@host/x?password=a@secret", SettingsError, "mysql://ann@host/x is not known"),
        ("postgresql://ann:pw@127.0.0.1:1/x?foo=secret", StorageError, "cannot be read or written"),
        ("/no/such/folder/j.db", SettingsError, "there is no folder /no/such/folder"),
        ("/", SettingsError, "is a folder"),
    ],
)
def test_a_target_that_is_none_is_one_line_without_its_secrets(target, error, said):
    with pytest.raises(error, match=said) as found:
        begin_run(target, "", b"")
    assert "secret" not in str(found.value)
    assert "\n" not in str(found.value)


def test_threads_begin_runs_in_files_of_their_own(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: written(tmp_path / f"{number}.db", number).close(), range(16)))
    assert [len(times(tmp_path / f"{number}.db")) for number in range(16)] == list(range(16))


def test_a_file_that_is_no_journal_is_refused(tmp_path):
    (tmp_path / "j.db").write_text("date,open\n" * 200)
    with pytest.raises(JournalError, match="not a database"):
        times(tmp_path / "j.db")
