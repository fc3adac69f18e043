"""`tenfold halt` and `tenfold resume` reach an engine in another process within a second, and wait for one that is not there."""

import itertools
import json
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from live_engines import journal_of
from scenes import bars_of
from stopwatch import Stopwatch
from tenfold.adapters.journal.inbox import Inbox
from tenfold.adapters.journal.journal import begin_run, open_run
from tenfold.adapters.journal.tenures import SqlTenures
from tenfold.app.journal_head import RunMarket, described
from tenfold.domain.errors import SettingsError
from tenfold.domain.events import Halt, Resume
from tenfold.domain.order import Fill, Side, Submit
from tenfold.domain.rules import Limits, Rules
from tenfold.engine.advance import advance
from tenfold.engine.engine import Engine
from tenfold.engine.voters import GivenVoter
from tenfold.execution.lease import Lease

NUMBERS = itertools.count()
TEN = Fill(ts_ns=1, fill_id="f", order_id="o", symbol="A", side=Side.BUY, qty=10, price=100.0, fee_units=0)


KILLED = """
import os, sys, time
from tenfold.adapters.journal.journal import open_run
from tenfold.adapters.journal.tenures import SqlTenures
from tenfold.execution.lease import Lease
assert Lease(SqlTenures(open_run(sys.argv[1], "old"))).seek(time.monotonic_ns())
os._exit(9)
"""


def engine_of():
    bars = bars_of([100.0] * 3)
    return Engine(Rules(), bars.instruments, [GivenVoter(np.ones((3, 1)), "v", 1.0)], 252.0)


class Trading:
    """Look into the inbox as a live loop does, in a thread; `acted` are the moments at which commands came out."""

    def __init__(self, target):
        self.engine = engine_of()
        self.commands, self.acted = [], []
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.loop, args=(target,))

    def loop(self, target):
        journal = begin_run(target, "r", b"{}")
        advance(self.engine, [TEN], journal)
        self.ready.set()
        while not self.stopping.wait(0.05):
            if events := journal.posted():
                self.commands += advance(self.engine, events, journal)
                self.acted.append(time.monotonic())
        journal.close()

    def __enter__(self):
        self.ready = threading.Event()
        self.thread.start()
        assert self.ready.wait(30.0)
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.thread.join()


@pytest.fixture(params=["sqlite", "postgres"])
def target(request, tmp_path):
    """Return a journal of which no other test trades a run."""
    return journal_of(request.param, request, tmp_path, f"halts_{next(NUMBERS)}")


def tenfold(*arguments):
    """Run the command in a process of its own, as an operator does."""
    done = subprocess.run(
        [sys.executable, "-m", "tenfold", *arguments, "--json"],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    return done.returncode, json.loads(done.stdout or done.stderr)


def test_a_halt_from_another_process_flattens_within_a_second(target):
    with Trading(target) as trading:
        watch = Stopwatch()
        code, told = tenfold("halt", "r", "--journal", target, "--reason", "news", "--operator", "ann", "--wait", "10")
        assert (code, told["taken"], told["run"], told["operator"]) == (0, True, "r", "ann")
        assert told["seconds"] - watch.held_up_s() < 1.0
        (command,) = trading.commands
        assert isinstance(command, Submit)
        assert (command.order.side, command.order.qty) == (Side.SELL, 10)
        assert trading.engine.breaker.trips[0].rule == "halt"
        code, told = tenfold("resume", "r", "--journal", target, "--operator", "ben", "--wait", "10")
        assert (code, told["taken"]) == (0, True)
        assert trading.engine.breaker.trips[0].reset_ns is not None
        assert not trading.engine.breaker.tripped
    journal = open_run(target, "r")
    events = [record for record in journal.records() if isinstance(record, Halt | Resume)]
    journal.close()
    assert [(type(event).__name__, event.operator) for event in events] == [("Halt", "ann"), ("Resume", "ben")]
    assert events[0].reason == "news"


def test_a_halt_waits_for_the_engine_that_comes(tmp_path):
    target = str(tmp_path / "journal.db")
    begin_run(target, "r", b"{}").close()
    code, told = tenfold("halt", "--journal", target, "--reason", "night", "--wait", "0.1")
    assert (code, told["taken"], told["holder"]) == (1, False, "")
    journal = open_run(target, "r")
    engine = engine_of()
    advance(engine, journal.posted(), journal)
    assert engine.breaker.tripped
    journal.close()


def leased(journal):
    lease = Lease(SqlTenures(journal))
    assert lease.seek(time.monotonic_ns())
    return lease


def meant(target):
    inbox = Inbox(target)
    inbox.close()
    return inbox.run


def test_a_resumption_by_somebody_who_may_not_is_told_as_such(tmp_path):
    bars, chosen = bars_of([100.0] * 3), Rules(limits=Limits(resume_by=("ann",)))
    target = str(tmp_path / "journal.db")
    journal = begin_run(target, "r", described(None, [], RunMarket(bars.instruments, 252.0), chosen, stage="paper"))
    stopping = threading.Event()

    def taking():
        while not stopping.wait(0.02):
            journal.append(journal.posted())
            journal.sync()

    thread = threading.Thread(target=taking)
    thread.start()
    try:
        for operator, code, said in (("bob", 1, "resets nothing: ann alone may, and this is bob"), ("ann", 0, "go on")):
            done = subprocess.run(
                [sys.executable, "-m", "tenfold", "resume", "--journal", target, "--operator", operator, "--wait", "20"],
                capture_output=True, text=True, check=False, timeout=60,
            )  # fmt: skip
            assert (done.returncode, said in done.stdout) == (code, True)
    finally:
        stopping.set()
        thread.join()
        journal.close()


def test_without_a_name_the_run_that_is_traded_is_meant_and_no_newer_one(target):
    live, later = begin_run(target, "live", b"{}"), begin_run(target, "run-2", b"{}")
    assert meant(target) == "run-2"
    trading = leased(live)
    assert meant(target) == "live"
    code, told = tenfold("halt", "--journal", target, "--reason", "now", "--wait", "0")
    assert (code, told["run"]) == (1, "live")
    other = leased(later)
    with pytest.raises(SettingsError, match=r"several runs of .* are traded: name one of live, run-2$"):
        meant(target)
    trading.release()
    assert meant(target) == "run-2"
    other.release()
    live.close()
    later.close()


def test_who_was_killed_trades_no_run(tmp_path):
    target = str(tmp_path / "journal.db")
    begin_run(target, "old", b"{}").close()
    begin_run(target, "new", b"{}").close()
    subprocess.run([sys.executable, "-c", KILLED, target], check=False, timeout=60)
    assert meant(target) == "new"


def test_who_may_not_open_the_file_of_who_trades_may_halt_it(tmp_path):
    target = str(tmp_path / "journal.db")
    live, _ = begin_run(target, "live", b"{}"), begin_run(target, "run-2", b"{}").close()
    trading = leased(live)
    (file,) = tmp_path.glob("journal.db-holder-*")
    file.unlink()
    file.symlink_to(file)  # it cannot be opened, also by root
    assert meant(target) == "live"
    trading.release()
    live.close()


def test_there_has_to_be_a_journal(tmp_path):
    code, told = tenfold("halt", "--journal", str(tmp_path / "none.db"), "--reason", "x")
    assert code == 2
    assert "none.db" in told["error"]
