"""Of two engines one trades: killed or put to sleep at any moment, each order reaches the venue once, and takeover is quick."""

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from live_engines import journal_of, note
from proof_record import ProofRecord
from tenfold.adapters.journal.journal import begin_run, open_run
from tenfold.domain.order import Submit

TAKEOVER_S = 2.0
BUSY_S = 6.0
"""The same in a sample, which runs beside all other tests."""
PARTS = 10
"""Parts of a soak, each with a journal of its own."""
EACH = 20
"""Kills or sleeps in a part."""
AT_ONCE = 5
"""Parts with sleepers at a time."""


def reached(condition, within_s=30.0):
    """Wait until something holds."""
    end = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


class Venue:
    """Take orders of every engine over loopback, and remember when which came from whom."""

    def __init__(self):
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.seen = []  # (moment, process, epoch, order id)
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    def accept(self):
        while True:
            try:
                connection, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with connection, connection.makefile("rw") as file:
            try:
                for line in file:
                    process, epoch, order_id = line.split()
                    self.seen.append((time.monotonic(), int(process), int(epoch), order_id))
                    file.write(order_id + "\n")
                    file.flush()
            except OSError:  # it was killed
                return

    def close(self):
        self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()
        self.thread.join(5)


class Pair:
    """Keep two engines running over one journal."""

    def __init__(self, root, target, run="r", sleeps_at=0):
        self.target, self.run = target, run
        begin_run(target, run, b"").close()
        self.venue = Venue()
        self.said = []  # (process, text)
        self.engines = subprocess.Popen(
            [sys.executable, root / "tests" / "lease_engine.py", target, run, str(self.venue.port)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
        )  # fmt: skip
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        self.start(sleeps_at)
        self.start()

    def read(self):
        for line in self.engines.stdout:
            process, _, text = line.strip().partition(" ")
            self.said.append((int(process), text))

    def start(self, sleeps_at=0):
        """Start an engine, and return once it waits for the lease; it sleeps within the window of one of its orders, 0 for none."""
        waiting = sum(text == "waits" for _, text in self.said)
        self.engines.stdin.write(f"{sleeps_at}\n")
        reached(lambda: sum(text == "waits" for _, text in self.said) > waiting)

    def after(self, epoch, within_s):
        """Wait for the first message of a later epoch; None where none comes in time."""
        end = time.monotonic() + within_s
        while time.monotonic() < end:
            found = next((one for one in self.venue.seen if one[2] > epoch), None)
            if found is not None:
                return found
            time.sleep(0.005)
        return None

    def of(self, process):
        """Return the orders that came from an engine."""
        return [order_id for _, sender, _, order_id in self.venue.seen if sender == process]

    def told(self, process):
        """Return what an engine has told so far."""
        return [text for one, text in self.said if one == process]

    def close(self):
        if self.engines.poll() is None:
            for process in {one for one, text in self.said if text == "waits"}:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
            self.engines.stdin.close()
            self.engines.wait(20)
            self.reader.join(5)
            self.engines.stdout.close()
            self.venue.close()

    def each_once(self):
        """Hold the orders of the venue against those of the journal, and return how many came."""
        journal = open_run(self.target, self.run)
        kept = [record.order.order_id for record in journal.records() if isinstance(record, Submit)]
        journal.close()
        arrived = {order_id for *_, order_id in self.venue.seen}
        assert [int(order_id.rpartition("-")[2]) for order_id in kept] == list(range(1, len(kept) + 1))
        assert arrived <= set(kept)  # nothing that was not journaled
        assert len(set(kept) - arrived) <= 1  # the last, which no one is left to send
        return len(arrived)


def shown(record, name, target, count, tries, at_once=1):
    """Return the lines of each part, `tries` having made those that are not known; each has a journal of its own, or a run."""

    def part(number):
        run = f"{name}{number}"
        return record.shown(run, lambda: tries(target.replace(".db", f"{number}.db"), run))

    with ThreadPoolExecutor(at_once) as pool:
        return [row for rows in pool.map(part, range(count)) for row in rows]


def median(values):
    return sorted(values)[len(values) // 2]


@pytest.mark.soak
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_killed_engine_is_replaced_in_time_and_each_order_comes_once(root, soak, kind, request, tmp_path):
    count, each = (PARTS, EACH) if soak else (1, 2)

    def kills(target, run):
        chance, rows = random.Random(run), []  # noqa: S311 -- repeatable
        with contextlib.closing(Pair(root, target, run)) as pair:
            _, pid, epoch, _ = pair.after(0, 20)
            for _ in range(each):
                after_s = round(chance.uniform(0.01, 0.3), 4)
                time.sleep(after_s)
                killed = time.monotonic()
                os.kill(pid, signal.SIGKILL)
                first, pid, epoch, _ = pair.after(epoch, 20)
                rows.append({"after_s": after_s, "takeover_s": round(first - killed, 4)})
                pair.start()
            pair.close()
            return [*rows, {"orders": pair.each_once(), "verdict": "each once"}]

    record = ProofRecord(root, "two_leases_killed", kept=soak)
    rows = shown(record, f"killed_{kind}", journal_of(kind, request, tmp_path, f"leases_killed_{kind}"), count, kills)
    took = [row["takeover_s"] for row in rows if "takeover_s" in row]
    assert len(took) == count * each
    note(
        f"{kind}: {len(took)} kills, {sum(row.get('orders', 0) for row in rows)} orders, takeover {median(took):.2f} s, {max(took):.2f} s at most"
    )
    assert max(took) < (TAKEOVER_S if soak else BUSY_S)


@pytest.mark.soak
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_an_engine_that_slept_sends_nothing_that_is_not_named(root, soak, kind, request, tmp_path):
    count, each, sleep_s = (PARTS, EACH, 30.0) if soak else (1, 1, 2.0)

    def sleeps(target, run):
        chance, asleep, rows = random.Random(run), [], []  # noqa: S311 -- repeatable
        with contextlib.closing(Pair(root, target, run)) as pair:
            _, pid, epoch, _ = pair.after(0, 20)
            for _ in range(each):
                after_s = round(chance.uniform(0.01, 0.3), 4)
                time.sleep(after_s)
                os.kill(pid, signal.SIGSTOP)
                begin = time.monotonic()
                waking = threading.Timer(sleep_s, os.kill, (pid, signal.SIGCONT))
                waking.start()
                following = pair.after(epoch, sleep_s)
                row = {"after_s": after_s, "sleep_s": sleep_s, "takeover_s": None, "late": []}
                rows.append(row)
                if following is None:  # asleep within a commit to SQLite, where it holds the file: nobody trades
                    waking.join()
                    _, pid, epoch, _ = pair.after(epoch, 1) or (0, pid, epoch, "")
                    continue
                row["takeover_s"] = round(following[0] - begin, 4)
                asleep.append((row, waking, pid, following[0]))
                _, pid, epoch, _ = following
                pair.start()  # the next one sleeps while those before it still do
            for row, waking, sleeper, first in asleep:
                waking.join()
                reached(lambda: pair.told(sleeper)[-1] == "lost", 2 * sleep_s + 30.0)  # noqa: B023 -- called at once
                row["late"] = [
                    one for moment, process, _, one in pair.venue.seen if process == sleeper and moment > first
                ]
                named = set(pair.told(sleeper))
                assert {f"late {one}" for one in row["late"]} <= named  # within the window that is stated
            pair.close()
            return [*rows, {"orders": pair.each_once(), "verdict": "each once"}]

    record = ProofRecord(root, "two_leases_slept", kept=soak)
    target = journal_of(kind, request, tmp_path, f"leases_slept_{kind}")
    rows = shown(record, f"slept_{kind}", target, count, sleeps, at_once=AT_ONCE)
    took = [row["takeover_s"] for row in rows if row.get("takeover_s") is not None]
    assert sum("sleep_s" in row for row in rows) == count * each
    note(
        f"{kind}: {count * each} sleeps of {sleep_s:.0f} s, {len(took)} replaced after {median(took or [0]):.2f} s, {sum(row.get('orders', 0) for row in rows)} "
        f"orders, {sum(len(row.get('late', ())) for row in rows)} writes within the window"
    )
    assert max(took, default=0.0) < (TAKEOVER_S if soak else BUSY_S)


def test_an_order_written_late_is_the_only_one_named_and_comes_once(root, tmp_path):
    with contextlib.closing(Pair(root, str(tmp_path / "j.db"), sleeps_at=5)) as pair:
        _, sleeper, epoch, _ = pair.after(0, 20)
        _, successor, _, again = pair.after(epoch, 20)
        assert len(pair.of(sleeper)) == 4
        assert again == "r-1-5"  # found in the journal without an answer, and sent under its own id
        os.kill(sleeper, signal.SIGCONT)
        reached(lambda: pair.told(sleeper)[-1] == "lost")
        assert pair.told(sleeper) == ["waits", "late r-1-5", "lost"]
        assert pair.of(sleeper)[4:] == ["r-1-5"]  # the stray, of an old epoch, in the window that is stated
        reached(lambda: len(pair.of(successor)) > 3)
        pair.close()
        pair.each_once()
