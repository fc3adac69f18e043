"""Of two live engines one trades: killed or put to sleep at any moment, each order reaches the exchange once, and what comes late is found."""

import contextlib
import os
import random
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from live_engines import PACE, PATIENCE_S, Engines, Venue, exchange_of, journal_of, note
from tenfold.app import wiring
from tenfold.domain.events import Halt

FOR_EVER = 10**9
TAKEOVER_S = 2.0
BUSY_S = 6.0
"""The same in a sample, which runs beside all other tests."""
STRAY_S = 1.0
"""Time within which an order of an old epoch is cancelled once it is seen."""
PAIRS = 10
"""Pairs that sleep at a time in a soak."""


@pytest.fixture(scope="module")
def engines(root):
    with contextlib.closing(Engines(root)) as opened:
        yield opened


@pytest.fixture(scope="module")
def venue():
    with exchange_of(200, connections_max=2) as exchange:
        yield Venue(exchange)


class Pair:
    """Keep two engines running over one journal and one account."""

    def __init__(self, engines, job):
        self.engines, self.job = engines, job
        self.holder = engines.start(job)
        engines.wait_for(self.holder, "trades")
        self.standby = engines.start({**job, "sleep": ()})

    def replaced(self, since):
        """Wait until the standby trades, which is the holder from here on; return the seconds since a moment."""
        at, _ = self.engines.wait_for(self.standby, "trades")
        gone, self.holder = self.holder, self.standby
        self.standby = self.engines.start({**self.job, "sleep": ()})
        return gone, at - since

    def rotated(self):
        """Note where a busy machine has let a lease pass, and return the holder."""
        while self.engines.told(self.standby, "trades") is not None or not self.engines.alive(self.holder):
            self.replaced(0.0)
        return self.holder

    def strike(self, how):
        """Send the holder a signal; return its process, and when."""
        while True:
            with contextlib.suppress(ProcessLookupError):
                begin, holder = time.monotonic(), self.rotated()
                os.kill(holder, how)
                return holder, begin

    def halted(self):
        """Halt, as an operator does, and return what the holder knows once nothing works any more."""
        inbox = wiring.operator_inbox(self.job["target"], self.job["run"])
        inbox.post(Halt(ts_ns=time.time_ns(), operator="ann", reason="the end"))
        inbox.close()
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            for one, other in ((self.holder, self.standby), (self.standby, self.holder)):
                if self.engines.told(one, "done") is not None:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(other, signal.SIGKILL)
                    return self.engines.end_of(one)
            time.sleep(0.01)
        raise AssertionError([self.engines.state_of(one) for one in (self.holder, self.standby)])


def trading(venue, target, run, **more):
    return venue.job(target, run, seed=sum(run.encode()), sets=FOR_EVER, every_s=0.05, eager=0.3, **more)


@pytest.mark.soak
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_killed_engine_is_replaced_in_time(engines, venue, soak, kind, request, tmp_path):
    target = journal_of(kind, request, tmp_path, f"replaced_{kind}")
    pair, took = Pair(engines, trading(venue, target, "r")), []
    chance = random.Random(1)  # noqa: S311 -- repeatable
    for _ in range(200 if soak else 2):
        time.sleep(chance.uniform(0.0, 0.3))
        _, begin = pair.strike(signal.SIGKILL)
        took.append(pair.replaced(begin)[1])
    shown = venue.agrees(pair.job, pair.halted())
    note(
        f"{kind}: {len(took)} kills, {len(shown)} orders, takeover {sorted(took)[len(took) // 2]:.2f} s, {max(took):.2f} s at most"
    )
    assert max(took) < (TAKEOVER_S if soak else BUSY_S)


def slept(engines, venue, target, run, rounds, sleep_s):
    """Let holders sleep at random moments, one after the other; return how many wrote late, and how many orders there were."""
    pair, late = Pair(engines, trading(venue, target, run)), 0
    chance = random.Random(run)  # noqa: S311 -- repeatable
    for _ in range(rounds):
        time.sleep(chance.uniform(0.0, 0.5))
        sleeper, begin = pair.strike(signal.SIGSTOP)
        while engines.told(pair.standby, "trades") is None and time.monotonic() < begin + sleep_s:
            time.sleep(0.005)
        replaced = engines.told(pair.standby, "trades") is not None
        time.sleep(max(0.0, begin + sleep_s - time.monotonic()))
        os.kill(sleeper, signal.SIGCONT)
        if replaced:  # else it slept within a commit to SQLite, where it holds the file: nobody could trade
            pair.replaced(begin)
            engines.end_of(sleeper)
            late += engines.told(sleeper, "late") is not None
    found = pair.halted()
    shown = venue.agrees(pair.job, found)
    assert {kind for kind, *_ in found["differences"]} <= {"stray", "revived"}
    assert len(found["differences"]) <= late  # nothing came late that is not within the window that is stated
    return late, len(shown)


@pytest.mark.soak
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_an_engine_that_slept_sends_nothing_outside_the_window(engines, venue, soak, kind, request, tmp_path):
    target = journal_of(kind, request, tmp_path, f"slept_{kind}")
    runs, rounds, sleep_s = (PAIRS, 200 // PAIRS, 30.0) if soak else (1, 1, 2.0)
    with ThreadPoolExecutor(runs) as pool:
        asked = [
            pool.submit(slept, engines, venue, target.replace(".db", f"{number}.db"), f"s{number}", rounds, sleep_s)
            for number in range(runs)
        ]
        found = [one.result() for one in asked]
    note(
        f"{kind}: {runs * rounds} sleeps, {sum(one[1] for one in found)} orders, {sum(one[0] for one in found)} writes within the window"
    )


@pytest.mark.soak
@pytest.mark.parametrize("given_up", [True, False], ids=["given up", "sent again"])
def test_an_order_written_within_the_window_is_found_and_cancelled(engines, venue, soak, given_up, tmp_path):
    pace = {**PACE, "place_within_s": 0.2} if given_up else PACE
    rounds, seen_s, there_s = 20 if soak else 1, [], []
    for number in range(rounds):
        job = trading(
            venue, str(tmp_path / f"{number}.db"), f"w{number}", resting=True, pace=pace, sleep=("window", 3 + number)
        )
        pair = Pair(engines, job)
        sleeper = pair.holder
        pair.replaced(time.monotonic())
        reached = time.monotonic() + 1.5  # by then the order is given up, or was sent again
        time.sleep(reached - time.monotonic())
        os.kill(sleeper, signal.SIGCONT)
        engines.end_of(sleeper)
        assert engines.told(sleeper, "late") is not None
        time.sleep(STRAY_S)
        found = pair.halted()
        shown = venue.agrees(job, found)
        strays = {order_id: ts_ns for _, order_id, ts_ns in found["differences"]}
        assert given_up <= len(strays) <= 1  # told; what was sent again has one name, which the exchange takes once
        for order in shown:
            if order.client_order_id in strays:
                seen_s.append(order.canceled_at.timestamp() - strays[order.client_order_id] / 1e9)
                there_s.append((order.canceled_at - order.submitted_at).total_seconds())
    assert len(seen_s) >= (rounds if given_up else 0)
    assert max(seen_s, default=0.0) < (STRAY_S if soak else BUSY_S)
    note(
        f"given up {given_up}: {rounds} sleeps, cancelled {max(seen_s, default=0.0):.3f} s after it was seen, {max(there_s, default=0.0):.3f} s after it came"
    )
