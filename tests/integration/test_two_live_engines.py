"""Of two live engines one trades: killed or put to sleep at any moment, each order reaches the exchange once, and what comes late is found."""

import contextlib
import os
import random
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from live_engines import PACE, PATIENCE_S, Engines, Venue, exchange_of, journal_of, note
from proof_record import ProofRecord
from tenfold.app import wiring
from tenfold.domain.events import Halt

FOR_EVER = 10**9
TAKEOVER_S = 2.0
BUSY_S = 6.0
"""The same in a sample, which runs beside all other tests."""
WAITED = {"stock", "stuck"}
"""What is told where the exchange, or an engine that sleeps with the journal in its hands, lets the others wait."""
STRAY_S = 1.0
"""Time within which an order of an old epoch is cancelled once it is seen."""
PARTS = 10
"""Parts of a soak, each with a journal and an account of its own."""
EACH = 20
"""Kills or sleeps in a part."""
AT_ONCE = 3
"""Parts with sleepers at a time."""


@pytest.fixture(scope="module")
def engines(root):
    with contextlib.closing(Engines(root)) as opened:
        yield opened


@pytest.fixture(scope="module")
def venue():
    with exchange_of(200, connections_max=EACH + 2) as exchange:
        yield Venue(exchange)


class Pair:
    """Keep two engines running over one journal and one account."""

    def __init__(self, engines, job):
        self.engines, self.job = engines, job
        self.holder = engines.start(job)
        engines.wait_for(self.holder, "trades")
        self.stand_by()

    def stand_by(self):
        """Start a standby; return once it knows all that was journaled, and has looked at the lease."""
        self.standby = self.engines.start({**self.job, "sleep": ()})
        self.engines.wait_for(self.standby, "follows", "trades")

    def replaced(self, since):
        """Wait until the standby trades, which is the holder from here on; return the seconds since a moment."""
        at, _ = self.engines.wait_for(self.standby, "trades")
        gone, self.holder = self.holder, self.standby
        self.stand_by()
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
                if how == signal.SIGKILL or self.engines.stands_still(holder):
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


def shown(record, name, target, count, tries, at_once=1):
    """Return the lines of each part, `tries` having made those that are not known; SQLite has a file for each."""

    def part(number):
        run = f"{name}{number}"
        return record.shown(run, lambda: tries(target.replace(".db", f"{number}.db"), run))

    with ThreadPoolExecutor(at_once) as pool:
        return [row for rows in pool.map(part, range(count)) for row in rows]


def agreed(venue, pair):
    """Halt a pair, hold what it knows against the venue, and return the line of that, with each order that came late."""
    found = pair.halted()
    there = venue.agrees(pair.job, found)
    strays = {order_id: ts_ns for kind, order_id, ts_ns in found["differences"] if kind in {"stray", "revived"}}
    assert {kind for kind, *_ in found["differences"]} <= {"stray", "revived", *WAITED}
    late = [
        {
            "order": one.client_order_id,
            "gone_s": round(one.canceled_at.timestamp() - strays[one.client_order_id] / 1e9, 4),
        }
        for one in there
        if one.client_order_id in strays and one.canceled_at is not None
    ]
    return {"orders": len(there), "strays": len(strays), "cancelled": late, "verdict": "agrees"}


def median(values):
    return sorted(values)[len(values) // 2]


@pytest.mark.soak
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_killed_engine_is_replaced_in_time(engines, venue, root, soak, kind, request, tmp_path):
    count, each = (PARTS, EACH) if soak else (1, 2)

    def kills(target, run):
        pair, chance, rows = Pair(engines, trading(venue, target, run)), random.Random(run), []  # noqa: S311 -- repeatable
        for _ in range(each):
            after_s = round(chance.uniform(0.0, 0.3), 4)
            time.sleep(after_s)
            _, begin = pair.strike(signal.SIGKILL)
            rows.append({"after_s": after_s, "takeover_s": round(pair.replaced(begin)[1], 4)})
        return [*rows, agreed(venue, pair)]

    record = ProofRecord(root, "two_engines_killed", kept=soak)
    target = journal_of(kind, request, tmp_path, f"live_killed_{kind}")
    rows = shown(record, f"killed_{kind}", target, count, kills)
    took = [row["takeover_s"] for row in rows if "takeover_s" in row]
    assert len(took) == count * each
    assert not any(row.get("strays") for row in rows)
    note(
        f"{kind}: {len(took)} kills, {sum(row.get('orders', 0) for row in rows)} orders, takeover {median(took):.2f} s, {max(took):.2f} s at most"
    )
    assert max(took) < (TAKEOVER_S if soak else BUSY_S)


class Sleep:
    """Put the holder of a pair to sleep, and wake it after its time, whoever trades by then."""

    def __init__(self, engines, pair, sleep_s):
        self.engines = engines
        self.sleeper, self.begin = pair.strike(signal.SIGSTOP)
        self.waking = threading.Timer(sleep_s, self.wake)
        self.waking.start()
        self.line = {"sleep_s": sleep_s, "takeover_s": None, "late": 0}
        while engines.told(pair.standby, "trades") is None and self.waking.is_alive():
            self.waking.join(0.005)
        if (
            engines.told(pair.standby, "trades") is not None
        ):  # else it slept within a commit to SQLite, where it holds the file: nobody could trade
            self.line["takeover_s"] = round(pair.replaced(self.begin)[1], 4)

    def wake(self):
        os.kill(self.sleeper, signal.SIGCONT)
        self.line["slept_s"] = round(time.monotonic() - self.begin, 3)

    def end(self):
        """Return what became of it, once the one that slept has noticed that another trades."""
        self.waking.join()
        if self.line["takeover_s"] is not None:
            self.engines.end_of(self.sleeper)
            self.line["late"] = int(self.engines.told(self.sleeper, "late") is not None)
        return self.line


@pytest.mark.soak
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_an_engine_that_slept_sends_nothing_outside_the_window(engines, venue, root, soak, kind, request, tmp_path):
    count, each, sleep_s = (PARTS, EACH, 30.0) if soak else (1, 1, 2.0)

    def sleeps(target, run):
        pair, chance, tried = Pair(engines, trading(venue, target, run)), random.Random(run), []  # noqa: S311 -- repeatable
        for _ in range(each):
            after_s = round(chance.uniform(0.0, 0.5), 4)
            time.sleep(after_s)
            tried.append((after_s, Sleep(engines, pair, sleep_s)))  # the next one sleeps while those before it still do
        rows = [{"after_s": after_s, **one.end()} for after_s, one in tried]
        rows.append(agreed(venue, pair))
        window = sum(row.get("late", 0) for row in rows)
        assert rows[-1]["strays"] <= window  # nothing came late that is not within the window that is stated
        return rows

    record = ProofRecord(root, "two_engines_slept", kept=soak)
    target = journal_of(kind, request, tmp_path, f"live_slept_{kind}")
    rows = shown(record, f"slept_{kind}", target, count, sleeps, at_once=AT_ONCE)
    slept_s = [row["slept_s"] for row in rows if "slept_s" in row]
    assert len(slept_s) == count * each
    assert min(slept_s) >= sleep_s
    gone_s = [one["gone_s"] for row in rows for one in row.get("cancelled", ())]
    took = [row["takeover_s"] for row in rows if row.get("takeover_s") is not None]
    note(
        f"{kind}: {len(slept_s)} sleeps of {sleep_s:.0f} s, {len(took)} replaced after {median(took or [0]):.2f} s, {sum(row.get('orders', 0) for row in rows)} "
        f"orders, {sum(row.get('late', 0) for row in rows)} writes within the window, {len(gone_s)} cancelled {max(gone_s, default=0.0):.3f} s after they were seen"
    )
    assert max(gone_s, default=0.0) < (STRAY_S if soak else BUSY_S)


@pytest.mark.soak
@pytest.mark.parametrize("given_up", [True, False], ids=["given up", "sent again"])
def test_an_order_written_within_the_window_is_found_and_cancelled(engines, venue, root, soak, given_up, tmp_path):
    def written_late(target, run):
        number = int(run.removeprefix("w"))
        asked = "Place" if number < each else "Withdraw"
        job = trading(venue, target, run, resting=True, sleep=(f"window of {asked}", 3 + number % each))
        pair = Pair(engines, job | ({"pace": {**PACE, "place_within_s": 0.2}} if given_up else {}))
        sleeper = pair.holder
        pair.replaced(time.monotonic())
        reached = time.monotonic() + 1.5  # by then the order is given up, or was sent again
        time.sleep(reached - time.monotonic())
        os.kill(sleeper, signal.SIGCONT)
        engines.end_of(sleeper)
        assert engines.told(sleeper, "late") is not None
        time.sleep(STRAY_S)
        row = agreed(venue, pair)
        assert row["strays"] <= 1  # what was sent again has one name, which the exchange takes once
        assert row["strays"] or not given_up or asked == "Withdraw"  # told
        assert len(row["cancelled"]) == row["strays"]
        return [{"asked": asked, **row}]

    each = EACH if soak else 1
    rounds = 2 * each if soak else 1
    record = ProofRecord(root, f"two_engines_window_{'given_up' if given_up else 'sent_again'}", kept=soak)
    rows = shown(record, "w", str(tmp_path / "w.db"), rounds, written_late)
    gone_s = [one["gone_s"] for row in rows for one in row["cancelled"]]
    note(
        f"given up {given_up}: {rounds} sleeps, {len(gone_s)} cancelled {max(gone_s, default=0.0):.3f} s after they were seen"
    )
    assert max(gone_s, default=0.0) < (STRAY_S if soak else BUSY_S)
