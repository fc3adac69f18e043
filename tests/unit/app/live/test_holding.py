"""Whoever stands by is behind nothing when it takes over, and a long journal neither hides who has ended nor keeps anybody from stopping."""

import asyncio
import os
import resource
import time
from contextlib import nullcontext
from itertools import count

import pytest
from msgspec.structs import replace

from loops import in_a_loop
from tenfold.adapters.alpaca.reference import VenueTime
from tenfold.adapters.clock import SystemClock
from tenfold.adapters.journal.database import LostConnectionError
from tenfold.adapters.journal.journal import begin_run, open_run
from tenfold.app.live import holding
from tenfold.app.live.feeding import SteadyClock
from tenfold.app.live.holding import APART_S, PIECE, Holding
from tenfold.domain.errors import JournalError, SettingsError, StorageError, VenueError
from tenfold.domain.events import Started, Timer
from tenfold.domain.order import Order, OrderStatus, OrderType, Side, Submit
from tenfold.domain.units import NS_PER_SECOND
from tenfold.execution.lease import Lease
from tenfold.execution.reports import Connected, Streamed, VenueOrder

OPENING = Started(ts_ns=0, run="r", epoch=0, config_hash="", code_hash="")
LEASE_NS = 40_000_000


class Reader:
    """Live through records, and do something after so many pieces."""

    inherits = 0

    def __init__(self, after, does):
        self.after, self.does = after, does
        self.pieces = count(1)
        self.seen = []

    def live_through(self, records):
        lived = [record.ts_ns for record in records]
        self.seen += lived
        if lived and next(self.pieces) == self.after:
            self.does()
        return len(lived)


class Ignoring:
    """Live through records of any kind."""

    inherits = 0

    def live_through(self, records):
        return len(list(records))


@pytest.fixture
def target(tmp_path):
    """Return a journal of some pieces, of which nobody knows whether its holder lives."""
    journal = begin_run(str(tmp_path / "j.db"), "r", b"")
    journal.append([Timer(ts_ns=number) for number in range(4 * PIECE)])
    journal.sync()
    other = Holding(journal, OPENING, list)
    assert other.lease.seek(0)
    yield str(tmp_path / "j.db")
    journal.close()


def standby(target, said):
    """Return who waits, less patiently than is usual."""
    found = Holding(open_run(target), OPENING, said.append)
    found.lease = Lease(found.lease._store, lease_ns=LEASE_NS, margin_ns=LEASE_NS // 4)
    return found


def test_one_that_has_ended_while_its_journal_is_read_is_not_waited_for_afterwards(target):
    said = []
    waiting = standby(target, said)
    loop = Reader(3, lambda: time.sleep(1.5 * LEASE_NS / 1e9))  # as long as the one that trades would have to be silent
    assert in_a_loop(waiting.taken(loop, asyncio.Event()))
    assert loop.seen == list(range(4 * PIECE))
    assert not [line for line in said if "standing by" in line]
    assert waiting.lease.epoch == 2
    waiting._journal.close()


def test_what_came_while_a_journal_was_read_is_read_before_anything_is_taken_over(target):
    def more():
        other = open_run(target)
        other.epoch = 1
        other.append([Timer(ts_ns=4 * PIECE + number) for number in range(PIECE)])
        other.sync()
        other.close()

    waiting = standby(target, [])
    loop = Reader(2, more)
    assert in_a_loop(waiting.taken(loop, asyncio.Event()))
    assert loop.seen == list(range(5 * PIECE))
    waiting._journal.close()


def test_one_is_told_of_a_long_journal_and_may_stop_within_it(target, monkeypatch):
    monkeypatch.setattr(holding, "MANY", 2 * PIECE)
    said, stop = [], asyncio.Event()
    waiting = standby(target, said)
    loop = Reader(2, stop.set)
    assert not in_a_loop(waiting.taken(loop, stop))
    assert loop.seen == list(range(2 * PIECE))
    assert "has 4,000 records in its journal: not ready to trade" in said[0]
    assert waiting.lease.epoch == 0
    waiting._journal.close()


def test_whose_clock_is_a_little_behind_takes_over_and_time_does_not_go_back(target):
    waiting = standby(target, [])
    assert in_a_loop(waiting.taken(Reader(0, None), asyncio.Event()))
    behind = SteadyClock(SystemClock(), waiting.ts_ns - NS_PER_SECOND // 2)
    waiting.go_on(behind)
    assert behind.now_ns() == waiting.ts_ns
    elsewhere = SteadyClock(SystemClock(), waiting.ts_ns - round(1.5 * APART_S) * NS_PER_SECOND)
    with pytest.raises(StorageError, match="begin another run"):
        waiting.go_on(elsewhere)
    waiting._journal.close()


@pytest.mark.parametrize(("venue_s", "goes_on"), [(0.0, True), (-15.0, False), (None, False)])
def test_whose_machine_has_slept_while_it_stood_by_takes_over_by_the_venues_time(target, venue_s, goes_on):
    waiting = standby(target, [])
    assert in_a_loop(waiting.taken(Reader(0, None), asyncio.Event()))
    slept = SteadyClock(SystemClock(), waiting.ts_ns - 15 * NS_PER_SECOND)

    async def time():
        if venue_s is None:
            raise VenueError("it does not answer")
        venue_ns = waiting.ts_ns + round(venue_s * NS_PER_SECOND)
        return VenueTime(venue_ns, slept.now_ns() - venue_ns, 0, True, 0, 0)

    in_a_loop(waiting.catch_up(slept, time))
    with nullcontext() if goes_on else pytest.raises(StorageError, match="begin another run"):
        waiting.go_on(slept)
    assert (slept.now_ns() >= waiting.ts_ns) is goes_on
    waiting._journal.close()


@pytest.mark.parametrize("fails_at", [0, 1, 2, 3])
def test_who_stands_by_outlives_a_journal_that_does_not_answer_for_a_while(target, fails_at):
    waiting = standby(target, [])
    follow, fails = waiting._journal.follow, count()

    def away():
        if next(fails) == fails_at:
            raise LostConnectionError("the journal cannot be reached")
        return follow()

    waiting._journal.follow = away
    loop = Reader(0, None)
    assert in_a_loop(waiting.taken(loop, asyncio.Event()))
    assert loop.seen == list(range(4 * PIECE))
    waiting._journal.close()


def test_a_journal_that_cannot_be_written_is_not_taken_for_another_engine(target):
    said = []

    def switched(to):
        waiting._journal.engine.raw_connection().execute(f"PRAGMA query_only = {to}")

    def heard(text):
        said.append(text)
        if "cannot be taken over" in text:
            switched("OFF")

    waiting = standby(target, said)
    waiting._say = heard
    switched("ON")
    assert in_a_loop(waiting.taken(Reader(0, None), asyncio.Event()))
    (line,) = [one for one in said if "cannot be taken over" in one]
    assert line.startswith("run r cannot be taken over, and it is tried again and again: the journal")
    assert line.endswith("see who may write there, or name another journal")
    waiting._journal.close()


def test_who_stands_by_outlives_a_lack_of_open_files(target):
    said, before = [], resource.getrlimit(resource.RLIMIT_NOFILE)

    def used_up():
        free = os.dup(0)
        os.close(free)
        resource.setrlimit(resource.RLIMIT_NOFILE, (free, before[1]))

    def heard(text):
        said.append(text)
        if "cannot be taken over" in text:
            resource.setrlimit(resource.RLIMIT_NOFILE, before)

    waiting = standby(target, said)
    waiting._say = heard
    try:
        assert in_a_loop(waiting.taken(Reader(1, used_up), asyncio.Event()))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    (line,) = [one for one in said if "cannot be taken over" in one]
    assert line.endswith("by which engines know of each other, cannot be opened: Too many open files")
    waiting._journal.close()


@pytest.mark.parametrize(("seen", "epoch"), [(1, 2), (2, 3), (9, 10)])
def test_an_epoch_of_which_the_venue_has_orders_is_passed_over(target, seen, epoch):
    said = []
    names = ("by hand", "other-99-1", f"r-{seen}-7x2.1", "r-1-3", "")
    waiting = Holding(open_run(target), OPENING, said.append, names)
    waiting.lease = Lease(waiting.lease._store, lease_ns=LEASE_NS, margin_ns=LEASE_NS // 4)
    assert in_a_loop(waiting.taken(Reader(0, None), asyncio.Event()))
    assert waiting.lease.epoch == waiting._journal.epoch == epoch
    assert [f"has orders of its epoch {seen}, and its journal ends with epoch 1" in line for line in said[-1:]] == [
        seen > 1
    ]
    waiting._journal.close()


def new_order(name, event="new"):
    order = VenueOrder(
        venue_id="v",
        order_id=name,
        symbol="A",
        side=Side.BUY,
        qty=1,
        filled=0,
        status=OrderStatus.ACCEPTED,
        state="new",
    )
    return Streamed(ts_ns=1, event=event, order=order)


@pytest.mark.parametrize(
    ("told", "ends"),
    [
        (new_order("r-3-1"), True),
        (new_order("r-3-1x2.1"), True),
        (new_order("r-2-1"), False),
        (new_order("r-1-9"), False),
        (new_order("r-3-1", "canceled"), False),  # one of before an older copy was put back, which leaves
        (new_order("other-9-1"), False),
        (new_order("by hand"), False),
        (Connected(ts_ns=1), False),
    ],
)
def test_who_goes_by_a_journal_of_which_a_copy_is_traded_ends(target, told, ends):
    one = Holding(open_run(target), OPENING, list)
    one.lease = Lease(one.lease._store, lease_ns=LEASE_NS, margin_ns=LEASE_NS // 4)

    async def scene():
        assert await one.taken(Reader(0, None), asyncio.Event())
        assert one.lease.epoch == 2
        one.hear(told)
        assert (one.lease.deadline_ns == 0) is ends  # nothing is sent from that moment on
        await asyncio.wait_for(one.renew(), 2.5 * holding.RENEWED_S)

    expected = pytest.raises(JournalError, match=r"trades run r under epoch 3, by a copy") if ends else None
    with expected or pytest.raises(TimeoutError):
        in_a_loop(scene())
    one._journal.close()


@pytest.mark.parametrize(
    ("name", "symbols", "told"),
    [
        ("swing-1a2b3c-4-7", ("A",), True),
        ("swing-1a2b3c-4-7x1", ("A",), True),
        ("swing-1a2b3c-4-7", ("B",), False),  # each trades its own
        ("r-1a2b3c-4-7", ("A",), True),  # of the same name, in another journal
        ("r-1-7", ("A",), False),
        ("by hand", ("A",), False),
        ("0f3c1e52-7c1b-4b1e-9d57-2f0c8f6c1a11", ("A",), False),  # as the venue names what has none
    ],
)
def test_another_run_that_orders_what_is_traded_here_is_an_alarm_once(target, name, symbols, told):
    said = []
    one = Holding(open_run(target), OPENING, said.append, (), symbols)
    one.lease = Lease(one.lease._store, lease_ns=LEASE_NS, margin_ns=LEASE_NS // 4)
    assert in_a_loop(one.taken(Reader(0, None), asyncio.Event()))
    for _ in range(2):
        one.hear(new_order(name))
    assert sum("another run of Tenfold" in line and "has just ordered A" in line for line in said) == told
    assert one.lease.deadline_ns > 0
    one._journal.close()


@pytest.mark.parametrize(
    ("traded", "ours", "refused"),
    [
        (["PA1"], "PA2", True),
        (["PA1"], "PA1", False),
        (["", "PA1"], "PA2", True),
        (["PA1", ""], "PA1", False),
        ([""], "PA2", False),
        (["PA1"], "", False),
    ],
)
def test_a_run_goes_on_with_the_account_that_it_has_traded_alone(target, traded, ours, refused):
    journal = open_run(target)
    journal.epoch = 1
    journal.append([replace(OPENING, ts_ns=1, epoch=1, account=one) for one in traded])
    journal.sync()
    journal.close()
    waiting = Holding(open_run(target), replace(OPENING, account=ours), list)
    waiting.lease = Lease(waiting.lease._store, lease_ns=LEASE_NS, margin_ns=LEASE_NS // 4)
    if refused:
        with pytest.raises(SettingsError, match=r"has traded the account PA1, and these keys are of PA2: .* --name"):
            in_a_loop(waiting.taken(Ignoring(), asyncio.Event()))
        assert waiting.lease.epoch == 0
    else:
        assert in_a_loop(waiting.taken(Ignoring(), asyncio.Event()))
        assert waiting.opening.account == (ours or "PA1")
    waiting._journal.close()


@pytest.mark.parametrize("kept", [["r-1-3"], ["r-1-3", "r-1-3x2"], ["r-1-4"]])
def test_exits_that_the_venue_has_had_and_the_journal_has_not_end_the_run(target, kept):
    journal = open_run(target)
    journal.epoch = 1
    terms = {"ts_ns": 1, "symbol": "A", "side": Side.BUY, "qty": 1, "type": OrderType.MARKET}
    journal.append([Submit(order=Order(order_id=one, **terms)) for one in kept])
    journal.sync()
    journal.close()
    waiting = Holding(open_run(target), OPENING, list, ("r-1-3x2.1", "r-1-3"))
    waiting.lease = Lease(waiting.lease._store, lease_ns=LEASE_NS, margin_ns=LEASE_NS // 4)
    loop = Ignoring()
    if kept == ["r-1-3"]:
        with pytest.raises(
            JournalError, match=r"is an older copy: the venue has had r-1-3x2, .* another run with --name"
        ):
            in_a_loop(waiting.taken(loop, asyncio.Event()))
    else:
        assert in_a_loop(waiting.taken(loop, asyncio.Event()))
    waiting._journal.close()


@pytest.mark.parametrize(
    ("theirs", "text"),
    [("other", "was traded by another version of Tenfold"), ("", "than its strategy does now, of the same bars")],
)
def test_it_is_said_why_what_was_decided_does_not_follow_now(target, theirs, text):
    journal = open_run(target)
    journal.epoch = 1
    journal.append([replace(OPENING, code_hash=theirs)])
    journal.sync()
    journal.close()
    said = []
    waiting = standby(target, said)
    loop = Ignoring()
    loop.inherits = 7
    assert in_a_loop(waiting.taken(loop, asyncio.Event()))
    assert waiting.opening.inherits == 7
    assert text in said[-1]
    assert "its 7 records" in said[-1]
    waiting._journal.close()
