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

import pytest

from tenfold.adapters.journal.journal import begin_run, open_run
from tenfold.domain.order import Submit

TAKEOVER_S = 2.0


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

    def __init__(self, root, target, sleeps_at=0):
        self.target = target
        begin_run(target, "r", b"").close()
        self.venue = Venue()
        self.said = []  # (process, text)
        self.engines = subprocess.Popen(
            [sys.executable, root / "tests" / "lease_engine.py", target, str(self.venue.port)],
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
        """Hold the orders of the venue against those of the journal."""
        journal = open_run(self.target, "r")
        kept = [record.order.order_id for record in journal.records() if isinstance(record, Submit)]
        journal.close()
        arrived = {order_id for *_, order_id in self.venue.seen}
        assert [int(order_id.rpartition("-")[2]) for order_id in kept] == list(range(1, len(kept) + 1))
        assert arrived <= set(kept)  # nothing that was not journaled
        assert len(set(kept) - arrived) <= 1  # the last, which no one is left to send


@pytest.fixture(params=["sqlite", "postgres"])
def pair(request, root, tmp_path):
    target = str(tmp_path / "j.db")
    if request.param == "postgres":
        import sqlalchemy as sa

        uri = request.getfixturevalue("postgres")
        engine = sa.create_engine(uri.replace("postgresql", "postgresql+psycopg", 1), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(sa.text(f"CREATE DATABASE {request.node.originalname[:40]}"))
        engine.dispose()
        target = uri.replace("/postgres?", f"/{request.node.originalname[:40]}?")
    made = Pair(root, target)
    yield made
    made.close()


@pytest.mark.soak
def test_a_killed_engine_is_replaced_in_time_and_each_order_comes_once(pair, soak):
    chance = random.Random(1)  # noqa: S311 -- repeatable
    took = []
    _, pid, epoch, _ = pair.after(0, 20)
    for _ in range(200 if soak else 3):
        time.sleep(chance.uniform(0.01, 0.3))
        killed = time.monotonic()
        os.kill(pid, signal.SIGKILL)
        first, pid, epoch, _ = pair.after(epoch, 20)
        took.append(first - killed)
        pair.start()
    assert max(took) < TAKEOVER_S
    pair.close()
    pair.each_once()


@pytest.mark.soak
def test_an_engine_that_slept_sends_nothing_that_is_not_named(pair, soak):
    chance = random.Random(2)  # noqa: S311 -- repeatable
    sleep_s = 30.0 if soak else 2.5
    _, pid, epoch, _ = pair.after(0, 20)
    for _ in range(200 if soak else 2):
        time.sleep(chance.uniform(0.01, 0.3))
        os.kill(pid, signal.SIGSTOP)
        slept = time.monotonic()
        next_one = pair.after(epoch, sleep_s)
        time.sleep(max(0.0, slept + sleep_s - time.monotonic()))
        os.kill(pid, signal.SIGCONT)
        if next_one is None:  # asleep within a commit to SQLite, where it holds the file: nobody trades
            _, pid, epoch, _ = pair.after(epoch, 1) or (0, pid, epoch, "")
            continue
        first, sleeper = next_one[0], pid
        assert first - slept < TAKEOVER_S
        reached(lambda: pair.told(sleeper)[-1] == "lost")  # noqa: B023 -- called at once
        strays = [order_id for moment, sender, _, order_id in pair.venue.seen if sender == sleeper and moment > first]
        assert {f"late {order_id}" for order_id in strays} <= set(
            pair.told(sleeper)
        )  # within the window that is stated
        _, pid, epoch, _ = next_one
        pair.start()
    pair.close()
    pair.each_once()


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
