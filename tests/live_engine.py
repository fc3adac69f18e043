"""Trade as the live engine does, in a process of its own that can be killed or put to sleep at any point: loop, orders, journal, lease, client.

    python live_engine.py

Each line on stdin is a job in JSON, and forks an engine, which needs not load everything again; an empty one is answered `heard`. What an engine tells on stdout stands behind
the number of its process: `waits RUN`, `follows` once it knows all and another trades, `trades EPOCH`, `late` for what was written behind the deadline, `lost`, and at the end `done JSON`.
"""

import asyncio
import contextlib
import importlib
import json
import os
import random
import signal
import sys
from contextvars import ContextVar
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "simulation"), str(HERE)]

from drawn_trader import DrawnTrader  # noqa: E402

from kill_points import PointedJournal, Points  # noqa: E402
from tenfold.adapters.clock import SystemClock  # noqa: E402
from tenfold.adapters.journal.database import BusyError  # noqa: E402
from tenfold.app import wiring  # noqa: E402
from tenfold.app.facade import rules_of  # noqa: E402
from tenfold.app.live.holding import Holding  # noqa: E402
from tenfold.domain.errors import JournalError  # noqa: E402
from tenfold.domain.events import Difference, Halt, Started  # noqa: E402
from tenfold.domain.instrument import Instrument  # noqa: E402
from tenfold.domain.keys import Keys  # noqa: E402
from tenfold.domain.market import Bar, BarSet  # noqa: E402
from tenfold.domain.units import NS_PER_DAY  # noqa: E402
from tenfold.domain.venue_access import VenueAccess  # noqa: E402
from tenfold.engine.engine import Engine  # noqa: E402
from tenfold.engine.live_loop import LiveLoop  # noqa: E402
from tenfold.execution.blotter import Blotter  # noqa: E402
from tenfold.execution.errands import Pace  # noqa: E402
from tenfold.execution.reports import Connected, Severed, Stock, Streamed  # noqa: E402

RULES = rules_of("none", "alpaca")
LOOK_S = 0.1
"""Seconds between two looks for what operators have posted."""
LOADED = ("alpaca.trade_updates", "alpaca.trading", "journal.journal", "journal.tenures")
"""What each engine needs, loaded once before they are forked."""
NAN = float("nan")
ASKED = ContextVar("asked")
"""The request that a task carries to the venue."""


def tell(text):
    os.write(1, f"{os.getpid()} {text}\n".encode())


class Trader(DrawnTrader):
    """Trade at random for so many bar sets, and leave nothing open then."""

    def __init__(self, seed, eager, sets):
        super().__init__(seed, eager, most=20)
        self.sets = sets
        self.seen = 0

    def on_event(self, event, view):
        if isinstance(event, BarSet):
            self.seen += 1
        if self.seen <= self.sets:
            return super().on_event(event, view)
        if not isinstance(event, BarSet):
            return []
        return [view.cancel(one.order.order_id) for symbol in view.symbols for one in view.orders(symbol)]


class RestingTrader:
    """Keep a few orders working that never fill, one for the other."""

    name = "resting"

    def __init__(self, sets):
        self.sets = sets
        self.seen = 0

    def on_event(self, event, view):
        if not isinstance(event, BarSet):
            return []
        self.seen += 1
        working = list(view.orders("AAPL"))
        left = [view.cancel(working[0].order.order_id)] if len(working) > 2 else []
        price = round(view.close("AAPL") * 0.5, 2)
        return [*left, view.submit("AAPL", "buy", 1, "limit", limit_price=price, tif="day")]


class VenueClock(SystemClock):
    """Tell the time of an exchange on this machine that runs at real time."""

    def __init__(self, base_ns):
        self.base_ns = base_ns

    def now_ns(self):
        return self.base_ns + self.monotonic_ns()


class LiveEngine:
    """Hold one engine from its start to its end."""

    def __init__(self, job):
        self.job = job
        self.point = Points(*job.get("kill", ()))
        self.sleeps = Points(*job.get("sleep", ()), how=signal.SIGSTOP)
        self.clock = VenueClock(job["base_ns"])
        self.journal = PointedJournal(wiring.open_journal(job["target"], job["run"]), self.point)
        opening = Started(ts_ns=0, run=job["run"], epoch=0, config_hash="", code_hash="")
        self.holding = Holding(self.journal.inner, opening, self.heard)
        self.lease = self.holding.lease
        self.prices = job["prices"]
        self.instruments = [Instrument(symbol=symbol, venue="alpaca", tick_size=0.01) for symbol in self.prices]
        resting = RestingTrader(job["sets"])
        self.trader = resting if job.get("resting") else Trader(job["seed"], job.get("eager", 0.6), job["sets"])
        engine = Engine(RULES, self.instruments, [], 252.0, self.trader)
        blotter = Blotter(self.instruments, RULES.account.cash, pace=Pace(**job["pace"]))
        self.core = LiveLoop(engine, blotter, self.journal)
        self.core.watch = self.note
        self.differences = []
        self.halted = False
        self.stock = None
        self._awake = asyncio.Event()
        self._tasks = set()

    def heard(self, text):
        if "standing by" in text:
            tell("follows")

    @property
    def inherits(self):
        return self.core.inherits

    def live_through(self, records):
        return self.core.live_through(map(self.seen, records))

    def seen(self, record):
        self.halted = self.halted or isinstance(record, Halt)
        if isinstance(record, Difference):
            self.differences.append(record)
        return record

    def note(self, events, _):
        self.halted = self.halted or any(isinstance(one, Halt) for one in events)
        self.differences += (one for one in events if isinstance(one, Difference))

    # trading

    def may_send(self):
        """Return until when something may be sent; asked between the look at the clock and the write."""
        self.point("before send")
        if self.clock.monotonic_ns() < self.lease.deadline_ns:
            asyncio.get_running_loop().call_soon(self.sent)
            self.sleeps(f"window of {type(ASKED.get()).__name__}")
        return self.lease.deadline_ns

    def sent(self):
        self.point("after send")
        if self.clock.monotonic_ns() >= self.lease.deadline_ns:
            tell("late")

    async def trade(self):
        job = self.job
        access = VenueAccess(trading_url=job["url"], trading_stream_url=job["stream"], deadline_s=2.0)
        keys = Keys(job["key"], job["secret"])
        self.trading = wiring.alpaca_trading(access, keys, self.instruments, self.clock, self.may_send)
        updates = wiring.alpaca_updates(access, keys, self.instruments, self.clock, self.told)
        opening = Started(
            ts_ns=self.clock.now_ns(), run=job["run"], epoch=self.lease.epoch, config_hash="", code_hash=""
        )
        self.core.post(opening)
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, lambda: tell(f"state {self.state()}"))
        tell(f"trades {self.lease.epoch}")
        parts = [updates.run(), self.holding.renew(), self.turns(), self.market(), self.operators(), self.end()]
        tasks = [asyncio.ensure_future(one) for one in parts]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                if task.done():
                    task.result()
        finally:
            for task in (*tasks, *self._tasks):
                task.cancel()
            await asyncio.gather(*tasks, *self._tasks, return_exceptions=True)
            self.trading.close()

    def told(self, report: Streamed | Connected | Severed):
        self.point("told")
        self.core.hear(report)
        self._awake.set()

    async def turns(self):
        """Turn whenever something came, and when something is due."""
        while True:
            self._awake.clear()
            for request in self.core.turn(self.clock.now_ns()):
                task = asyncio.ensure_future(self.ask(request))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            due_ns = self.core.blotter.next_due_ns()
            wait_s = 1.0 if due_ns is None else min(max((due_ns - self.clock.now_ns()) / 1e9, 0.001), 1.0)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):  # wait_for of Python 3.11 may swallow a cancellation
                    await self._awake.wait()

    async def ask(self, request):
        ASKED.set(request)
        report = await self.trading.ask(request, self.core.blotter.wants)
        self.point("answered")
        if isinstance(report, Stock) and report.complete:
            self.stock = report
        self.core.hear(report)
        self._awake.set()

    async def market(self):
        """Show bars while orders may be entered: prices that move around those of the exchange."""
        while True:
            await asyncio.sleep(self.job["every_s"])
            over = self.trader.seen > self.trader.sets and not self.working()
            if self.core.blotter.ready and not over and not self.halted:
                self.core.post(self.bars())
                self._awake.set()

    def bars(self):
        chance, ts_ns = random.Random(f"{self.job['seed']} {self.trader.seen}"), self.clock.now_ns()  # noqa: S311
        day, found = ts_ns // NS_PER_DAY, []
        for symbol, mark in self.prices.items():
            price = round(mark * (1 + chance.uniform(-0.002, 0.002)), 2)
            found.append(
                Bar(0, day, ts_ns, price, price, price, price, 1000.0, ts_ns - 1_000_000, NAN, NAN, NAN, NAN, 0.0, self.trader.seen, self.trader.seen,
                    9_999, 2024, 3, 4, 0, symbol)
            )  # fmt: skip
        return BarSet(ts_ns=ts_ns, session=day, bars=tuple(found))

    async def operators(self):
        """Take what operators post."""
        while True:
            await asyncio.sleep(LOOK_S)
            for event in self.journal.posted(self.clock.now_ns()):
                self.core.post(event)
                self._awake.set()

    # the end

    def working(self):
        return [one.order.order_id for one in self.core.blotter.working()]

    def over(self):
        blotter = self.core.blotter
        ended = self.halted or self.trader.seen > self.trader.sets
        return ended and blotter.ready and not self.working() and not blotter.unknown

    def same(self):
        """Say whether the last stock agrees with what is known here."""
        lots = {symbol: held for symbol, held in self.core.blotter.reconciliation.lots.items() if held}
        theirs = {symbol: held for symbol, held in self.stock.positions.items() if held}
        return lots == theirs and self.stock.cash_units == self.core.engine.ledger.cash

    async def end(self):
        """Return once nothing works any more, and the account was compared twice since."""
        agreed = 0
        while agreed < 2:
            await asyncio.sleep(0.02)
            if not self.over():
                agreed = 0
                continue
            self.stock = None
            self.core.blotter._agenda.take_stock(self.clock.now_ns())
            self._awake.set()
            while self.stock is None and self.over():
                await asyncio.sleep(0.005)
            agreed = agreed + 1 if self.stock is not None and self.over() and self.same() else 0

    def state(self):
        """Return what is open, for people."""
        blotter = self.core.blotter
        parts = [
            (one.order.order_id, part.number, str(part.status), part.venue_id, part.leave, part.doubtful)
            for one in blotter.working()
            for part in one.live
        ]
        left_s = (self.lease.deadline_ns - self.clock.monotonic_ns()) / 1e9
        seen = f"{self.trader.seen} of {self.trader.sets} bar sets, halted {self.halted}, lease for {left_s:.1f} s"
        return f"ready {blotter.ready}, unknown {blotter.unknown}, {seen}, {parts}, {self.differences[-3:]}"

    def found(self):
        """Return what is known here at the end."""
        ledger, register = self.core.engine.ledger, self.core.blotter.register
        ledger.verify()
        return {
            "cash_units": ledger.cash,
            "positions": {one.symbol: lots for one in self.instruments if (lots := ledger.position(one.symbol).lots)},
            "orders": {
                order_id: {
                    "status": str(tracked.status),
                    "filled": tracked.filled,
                    "parts": {part.venue_id: part.filled for part in tracked.parts if part.venue_id},
                }
                for order_id, tracked in register.orders.items()
            },
            "differences": [[one.kind, one.order_id, one.ts_ns] for one in self.differences],
            "epoch": self.lease.epoch,
            "places": dict(self.point.count),
        }


async def run(engine):
    await engine.holding.taken(engine, asyncio.Event())
    engine.point("recovered")
    await engine.trade()


def lived(job):
    engine = LiveEngine(job)
    tell(f"waits {job['run']}")
    try:
        asyncio.run(run(engine))
    except BusyError:  # one that sleeps within a commit holds a file for longer than anybody waits
        tell("lost")
        return
    except JournalError as error:
        if "another engine has taken over" not in str(error):
            raise
        tell("lost")
        return
    if engine.lease.epoch == 0:
        tell("lost")
    else:
        engine.lease.release()
        tell(f"done {json.dumps(engine.found())}")


def main():
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them
    for name in LOADED:
        importlib.import_module(f"tenfold.adapters.{name}")
    for line in sys.stdin:
        if not line.strip():
            tell("heard")
        elif os.fork() == 0:
            try:
                lived(json.loads(line))
            except BaseException as error:
                tell(f"failed: {error!r}")
            os._exit(0)


if __name__ == "__main__":
    main()
