"""The log of trials on a real disk: several writers, killed writers, and hands that change what was written."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tenfold.adapters.trials.ledger import TrialLedger
from tenfold.domain.errors import StorageError, TenfoldError, TrialLogError
from trial_scenes import chunk_on, days

SCRIPT = """
import sys
from pathlib import Path
from trial_scenes import chunk_on, days
from tenfold.adapters.trials.ledger import TrialLedger

log = TrialLedger(Path(sys.argv[1]))
bars = [days(100 + number) for number in range(3)]
first, count, size = (int(text) for text in sys.argv[2:])
print("ready", flush=True)
sys.stdin.readline()
for number in range(first, first + count):
    log.record(*chunk_on(bars[number % 3], [1000 * number + place for place in range(1 + number % 2 * (size - 1))], at_ns=number * 1_000_000))
    print(number, flush=True)
"""


def writer(folder, first, count, size=40):
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(folder), str(first), str(count), str(size)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
    )  # fmt: skip


def small_log(folder, records=4):
    """Make a log of a few records whose file is complete, and return what it holds."""
    log = TrialLedger(folder)
    for number in range(records):
        log.record(*chunk_on(days(40 + number % 2), [number, number + 50], at_ns=number * 10**9))
    held = list(log.records())
    log.verify()
    log.close()
    return held


def changed(folder, *statements):
    """Change the file behind the back of the log; its rules are put back, so that they tell nothing."""
    connection = sqlite3.connect(folder / "trials.sqlite", isolation_level=None)
    kept = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in kept:
        connection.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        connection.execute(statement)
    for _, sql in kept:
        connection.execute(sql)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def test_several_processes_write_at_once(tmp_path):
    writers = [writer(tmp_path, 100 * number, 25) for number in range(3)]
    for one in writers:
        assert one.stdout.readline() == "ready\n"
    for one in writers:
        one.stdin.write("go\n")
        one.stdin.flush()
    for one in writers:
        one.communicate()
        assert one.returncode == 0
    log = TrialLedger(tmp_path)
    chunks = [chunk for chunk, _ in log.records()]
    assert len(chunks) == 75
    assert log.verify().records == 75 + 3, "the chunks and three markets, each once"
    assert log.count(chunk_on(days(100), [1])[1]) == sum(chunk.count for chunk in chunks)
    head = (tmp_path / "trials.head.json").read_text()
    assert '"records":78' in head


def test_several_threads_write_at_once(tmp_path):
    log = TrialLedger(tmp_path)
    chunks = [chunk_on(days(60), [number], at_ns=number) for number in range(40)]
    threads = [
        threading.Thread(target=lambda part: [log.record(*one) for one in part], args=(chunks[i::4],)) for i in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert log.count(chunks[0][1]) == 40
    assert log.verify().records == 41


def test_a_killed_writer_leaves_a_log_that_holds_what_it_said(tmp_path):
    one = writer(tmp_path, 0, 100_000, 400)
    one.stdout.readline()
    one.stdin.write("go\n")
    one.stdin.flush()
    said = [int(one.stdout.readline()) for _ in range(60)]
    one.send_signal(signal.SIGKILL)
    one.communicate()
    log = TrialLedger(tmp_path)
    kept = len(list(log.records()))
    assert kept >= len(said)
    assert log.verify().records >= kept
    log.record(*chunk_on(days(100), [7], at_ns=10**15))
    assert TrialLedger(tmp_path).verify().records == log.verify().records


def test_a_fork_opens_the_file_anew(tmp_path):
    log = TrialLedger(tmp_path)
    log.record(*chunk_on(days(60), [5]))
    child = os.fork()
    if child == 0:
        try:
            log.record(*chunk_on(days(60), [6], at_ns=10**9))
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert log.count(chunk_on(days(60), [5])[1]) == 2
    assert log.verify().records == 3


def test_no_byte_can_be_changed_unseen(tmp_path):
    held = small_log(tmp_path / "whole")
    content = (tmp_path / "whole" / "trials.sqlite").read_bytes()
    folder = tmp_path / "copy"
    shutil.copytree(tmp_path / "whole", folder)
    seen = 0
    for place in range(0, len(content), 29):
        for bits in (0x01, 0xFF):
            for leftover in folder.glob("trials.sqlite*"):
                leftover.unlink()
            damaged = bytearray(content)
            damaged[place] ^= bits
            (folder / "trials.sqlite").write_bytes(damaged)
            log = TrialLedger(folder)
            try:
                log.verify()
                assert list(log.records()) == held, f"byte {place} was changed unseen"
            except (TrialLogError, StorageError):
                seen += 1
            finally:
                log.close()
    used = sum(len(chunk.sketches) for chunk, _ in held) / len(content)
    assert seen / (2 * len(range(0, len(content), 29))) > used, "what is left is room that no record uses"


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        (["UPDATE records SET body = CAST(x'00' || substr(body, 2) AS BLOB) WHERE n = 2"], "record 2 was changed"),
        (["UPDATE records SET market = 4 WHERE n = 2"], "record 2 was changed"),
        (["UPDATE records SET body = 'text' WHERE n = 2"], "record 2 was changed"),
        (["UPDATE records SET market = 'text' WHERE n = 2"], "record 2 was changed"),
        (["DELETE FROM records WHERE n = 3"], "record 3 is missing"),
        (["DELETE FROM records WHERE n = 3", "UPDATE records SET n = n - 1 WHERE n > 3"], "its last 1 of 6 records are gone"),
        (["UPDATE records SET n = -2 WHERE n = 2", "UPDATE records SET n = 2 WHERE n = 5", "UPDATE records SET n = 5 WHERE n = -2"],
         "record 2 was changed"),
        (["DELETE FROM records WHERE n = 6"], "its last 1 of 6 records are gone"),
        (["DELETE FROM records"], "its last 6 of 6 records are gone"),
        (["INSERT INTO records SELECT 7, market, body, digest FROM records WHERE n = 6"], "record 7 was changed"),
    ],
)  # fmt: skip
def test_every_change_of_a_record_is_told(tmp_path, statements, said):
    small_log(tmp_path)
    changed(tmp_path, *statements)
    with pytest.raises(TrialLogError, match=said) as found:
        TrialLedger(tmp_path).verify()
    assert "nothing is certified" in str(found.value)
    assert "\n" not in str(found.value)
    assert found.value.exit_code == 6
    log = TrialLedger(tmp_path)
    with pytest.raises(TrialLogError):
        log.count(chunk_on(days(40), [5])[1])
    with pytest.raises(TrialLogError):
        log.sample(chunk_on(days(40), [5])[1])


def test_a_log_that_was_replaced_by_an_older_copy_is_found_out(tmp_path):
    small_log(tmp_path / "log")
    shutil.copy(tmp_path / "log" / "trials.sqlite", tmp_path / "older")
    log = TrialLedger(tmp_path / "log")
    log.record(*chunk_on(days(40), [99], at_ns=10**12))
    log.close()
    shutil.copy(tmp_path / "older", tmp_path / "log" / "trials.sqlite")
    with pytest.raises(TrialLogError, match="its last 1 of 7 records are gone"):
        TrialLedger(tmp_path / "log").verify()


def test_another_log_in_its_place_is_found_out(tmp_path):
    small_log(tmp_path / "one")
    other = TrialLedger(tmp_path / "two")
    for number in range(8):
        other.record(*chunk_on(days(70), [number], at_ns=number))
    other.close()
    shutil.copy(tmp_path / "two" / "trials.sqlite", tmp_path / "one" / "trials.sqlite")
    with pytest.raises(TrialLogError, match="record 6 is not the one that was written"):
        TrialLedger(tmp_path / "one").verify()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("trials.sqlite", None, "6 records are gone with the file"),
        ("trials.sqlite", b"no database at all, but text" * 40, "not a database"),
        ("trials.head.json", None, "where its end is written, is gone"),
        ("trials.head.json", b"{", "where its end is written, cannot be read"),
    ],
)
def test_a_file_that_is_gone_or_no_log_is_found_out(tmp_path, name, content, said):
    small_log(tmp_path)
    if content is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(TrialLogError, match=said):
        TrialLedger(tmp_path).verify()
    with pytest.raises(TrialLogError):
        TrialLedger(tmp_path).record(*chunk_on(days(40), [5]))


def test_the_head_that_goes_while_the_log_is_open_is_missed(tmp_path):
    small_log(tmp_path)
    log = TrialLedger(tmp_path)
    log.verify()
    (tmp_path / "trials.head.json").unlink()
    with pytest.raises(TrialLogError, match="is gone"):
        log.verify()


def test_a_rule_that_was_removed_is_found_out(tmp_path):
    small_log(tmp_path)
    connection = sqlite3.connect(tmp_path / "trials.sqlite")
    connection.execute("DROP TRIGGER no_delete")
    connection.commit()
    connection.close()
    with pytest.raises(TrialLogError, match="its rule no_delete was removed"):
        TrialLedger(tmp_path).verify()


@pytest.mark.parametrize(
    "statement",
    ["UPDATE records SET market = 1", "DELETE FROM records", "INSERT INTO records VALUES (99, 0, x'', x'')"],
)
def test_the_file_refuses_changes(tmp_path, statement):
    small_log(tmp_path)
    connection = sqlite3.connect(tmp_path / "trials.sqlite")
    with pytest.raises(sqlite3.IntegrityError, match="records are"):
        connection.execute(statement)
    connection.close()
    TrialLedger(tmp_path).verify()


def test_the_end_lags_behind_a_burst_and_is_written_before_anything_is_counted(tmp_path):
    log = TrialLedger(tmp_path)
    for number in range(50):
        log.record(*chunk_on(days(60), [number], at_ns=number))
    written = (tmp_path / "trials.head.json").read_text()
    assert '"records":2' in written, "the market and the first trial"
    assert log.verify().records == 51
    assert '"records":51' in (tmp_path / "trials.head.json").read_text()
    log.record(*chunk_on(days(60), [60], at_ns=number))
    assert '"records":51' in (tmp_path / "trials.head.json").read_text()
    log.sample(chunk_on(days(60), [5])[1])
    assert '"records":52' in (tmp_path / "trials.head.json").read_text()


def test_a_folder_that_cannot_be_written_is_told_in_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    log = TrialLedger(tmp_path / "file" / "trials")
    chunk, data = chunk_on(days(40), [5])
    with pytest.raises(StorageError, match="TENFOLD_HOME") as found:
        log.record(chunk, data)
    assert "\n" not in str(found.value)


def test_a_disk_that_is_full_keeps_what_was_there(tmp_path):
    log = TrialLedger(tmp_path)
    log.record(*chunk_on(days(40), [5]))
    log._connection.execute(f"PRAGMA max_page_count = {log._connection.execute('PRAGMA page_count').fetchone()[0]}")
    large = chunk_on(days(60), list(range(2000)), at_ns=10**9)
    with pytest.raises(StorageError, match="full"):
        log.record(*large)
    assert TrialLedger(tmp_path).verify().records == 2


def test_reading_makes_nothing(tmp_path):
    log = TrialLedger(tmp_path / "none")
    assert log.verify().records == 0
    assert list(log.records()) == []
    assert not (tmp_path / "none").exists()


def test_errors_are_those_of_tenfold(tmp_path):
    assert issubclass(TrialLogError, TenfoldError)
