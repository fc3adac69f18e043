"""Be one process that trades: the shipped loop, order management and client; it can be killed at any point, paused, and started again."""

import asyncio
import contextvars
import math
import random

from feed_desk import FeedDesk
from frail_disk import Killed
from steady_clock import ProcessClock
from stream_line import StreamLine

from tenfold.adapters.alpaca.quantities import Quantities
from tenfold.adapters.alpaca.trade_updates import UpdatesDialect
from tenfold.domain.errors import JournalError, StorageError
from tenfold.domain.events import Started
from tenfold.domain.keys import Keys
from tenfold.exchange.settings import KEY, SECRET
from tenfold.execution.reports import Connected, Severed, Stock

OWNER = contextvars.ContextVar("process")
"""The process that runs: who connects is known by it."""
SYMBOLS = ("AAPL", "MSFT")
WAKES_S = 0.05
"""After a pause everything that came meanwhile is read first: the lease is renewed so much later."""
TURNS_MAX = 200
"""Turns within one moment: more is a loop without end."""


class LiveProcess:
    """Hold one life of a process.

    Attributes
    ----------
    alive : until it is killed
    holds : whether it is the one that trades
    core : the LiveLoop
    """

    def __init__(self, world, number):
        self.world = world
        self.venue = world.venue
        self.network = world.network
        self.number = number
        self.alive = True
        self.holds = False
        self.core = None
        self.clock = ProcessClock(world.loop, world.venue.start_ns, world.clock_off_ns())
        self.chance = random.Random(f"{world.seed} process {number}")  # noqa: S311
        self.journal = world.bugs.journal(world.disk, self.strikes, self.commits)
        self.lease = world.lease(self)
        self.tasks = set()
        self._context = contextvars.copy_context()
        self._context.run(OWNER.set, self)
        self.line = self.desk = None
        self.trading = None
        self._turning = False
        self._timer = None
        self._paused_s = 0.0
        self._moment = (0.0, 0)
        self.linked_s = self.stocked_s = -1.0  # since when the stream stands; when the latest stock was asked for
        self.spawn(self.run())

    # life and death

    def spawn(self, coroutine):
        """Run something that ends with the process."""
        task = self.world.loop.create_task(coroutine, context=self._context)
        self.tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task):
        self.tasks.discard(task)
        if task.cancelled() or task.exception() is None:
            return
        self.ended(task.exception())

    def ended(self, error):
        """Take what ended a part of the process: it dies of everything that is not expected."""
        if not self.alive:
            return
        if isinstance(error, Killed):
            self.kill(str(error))
        elif isinstance(error, StorageError):
            self.kill(f"disk: {error}")
        elif isinstance(error, JournalError) and "taken over" in str(error):
            self.kill("fenced")
        else:
            self.kill("failed")
            self.world.failed(error)

    def kill(self, cause):
        """End the process on the spot."""
        if not self.alive:
            return
        self.alive = False
        for task in list(self.tasks):
            if task is not asyncio.current_task():
                task.cancel()
        if self._timer is not None:
            self._timer.cancel()
        for one in (self.line, self.desk):
            if one is not None:
                one.close()
        self.world.died(self, cause)

    def stop(self):
        """End in order: what is under way is broken off, and nobody starts it again."""
        self.alive = False
        for task in self.tasks:
            task.cancel()
        if self._timer is not None:
            self._timer.cancel()
        for one in (self.line, self.desk):
            if one is not None:
                one.close()

    def strikes(self, place):
        """Let the seed's chance act at a named point."""
        if not self.alive:
            raise Killed(place)
        self.world.point(self, place)

    def commits(self):
        """Draw whether a sync that was broken off has become durable."""
        return self.chance.random() < 0.5

    def pause(self, seconds):
        """Stop, as by SIGSTOP."""
        self._paused_s = max(self._paused_s, self.world.loop.time() + seconds)

    @property
    def paused_s(self):
        """Seconds until it goes on."""
        return max(self._paused_s - self.world.loop.time(), 0.0) if self._paused_s else 0.0

    # what wires ask of their owner

    def writes(self, data):
        """Be asked right before bytes leave."""
        self.strikes("before send")
        self.world.checks.leaves(self, data)

    def wrote(self):
        """Be told right after bytes left."""
        self.strikes("after send")

    def late_s(self):
        """Return how long the process sleeps between its last look at the clock and the write."""
        return self.world.sleep_at_write_s(self)

    # the process itself

    async def run(self):
        """Wait for the right to trade, recover, and trade."""
        world, journal = self.world, self.journal
        instruments = world.instruments
        self.strikes("before recovery")
        self.core = world.bugs.loop(world.engine(), world.blotter(), journal)
        self.core.live_through(journal.records())
        world.recovered(self)
        await self._wait()
        self.holds = True
        self.core.live_through(journal.follow())
        epoch = self.lease.epoch if self.lease is not None else max(journal.disk.epoch, self.core.engine.epoch) + 1
        journal.epoch = journal.disk.epoch = epoch
        deadline = (lambda: self.lease.deadline_ns) if self.lease is not None else None
        self.trading = world.bugs.trading(self, Quantities(instruments), self.clock, deadline)
        dialect = UpdatesDialect(Keys(KEY, SECRET), Quantities(instruments), self.clock, self.hear)
        self.line = StreamLine(self, dialect, self.chance, self.venue.opens, self._up, self._down)
        self.core.post(Started(ts_ns=self.clock.now_ns(), run="s", epoch=epoch, config_hash="", code_hash=""))
        self.wake()
        self.spawn(self.line.run())
        if world.drawn.feeds:
            self.desk = FeedDesk(self, SYMBOLS)
        if self.lease is not None:
            await self._renew()

    async def _wait(self):
        """Stand by until nobody else can be trading."""
        while self.lease is not None:
            await self.awake()
            try:
                held = self.lease.seek(self.clock.monotonic_ns())
            except StorageError:
                held = False
            self.core.live_through(self.journal.follow())
            if held:
                return
            await asyncio.sleep(self.world.poll_s)

    async def _renew(self):
        """Show signs of life until another has taken over."""
        while True:
            await asyncio.sleep(self.world.renew_s * self.chance.uniform(0.7, 1.0))
            if self.paused_s:
                await self.awake()
                await asyncio.sleep(WAKES_S)
            try:
                held = self.lease.renew(self.clock.monotonic_ns())
            except StorageError:
                continue
            if not held:
                self.kill("lost the lease")
                return

    async def awake(self):
        """Wait until it goes on."""
        while self.paused_s:
            await asyncio.sleep(self.paused_s)

    def post(self, event):
        """Take an event that is no report."""
        self.core.post(event)
        self.wake()

    def hear(self, report):
        """Take what the venue reports."""
        if self.alive:
            self.world.count[f"heard {type(report).__name__}"] += 1
            self.core.hear(report)
            self.wake()

    def _up(self):
        self.linked_s = self.world.loop.time()
        self.hear(Connected(ts_ns=self.clock.now_ns()))

    def _down(self, reason):
        self.hear(Severed(ts_ns=self.clock.now_ns(), text=reason))

    @property
    def linked(self):
        """Whether every stream stands."""
        return self.line.ready and (self.desk is None or all(line.ready for line in self.desk.lines))

    @property
    def market_open(self):
        """Whether silence of market data is a fault."""
        return self.venue.is_open

    def wake(self):
        """Take a turn soon."""
        if self.alive and not self._turning:
            self._turning = True
            self.world.loop.call_later(self.paused_s, self._turn)

    def _turn(self):
        if not self.alive:
            return
        if self.paused_s:
            self.world.loop.call_later(self.paused_s, self._turn)
            return
        self._turning = False
        self._count_turns()
        try:
            requests = self.core.turn(self.clock.now_ns())
            self.world.checks.durable.catch_up(self.clock.now_ns())
            for request in requests:
                self.world.checks.asks(self, request)
                self.spawn(self._ask(request))
            self.world.checks.turned(self)
        except (Killed, Exception) as error:
            self.ended(error)
            return
        self._later()

    def _later(self):
        """Think again when something is due."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due_ns = self.core.blotter.next_due_ns()
        if due_ns is not None:
            wait_s = max((due_ns - self.clock.now_ns()) / 1e9, 0.0)
            if each_s := self.world.drawn.coalesce_s:
                now_s = self.world.loop.time()
                self.world.count["timers coalesced"] += 1
                wait_s = math.ceil((now_s + wait_s) / each_s) * each_s - now_s
            self._timer = self.world.loop.call_later(wait_s + 1e-6, self.wake)

    def _count_turns(self):
        now_s = self.world.loop.time()
        at_s, count = self._moment
        self._moment = (now_s, count + 1) if now_s - at_s < 0.001 else (now_s, 0)
        if count > TURNS_MAX:
            raise AssertionError("the loop turns without end and without time passing")

    async def _ask(self, request):
        self.world.count[f"asked {type(request).__name__}"] += 1
        asked_s = self.world.loop.time()
        report = await self.trading.ask(request, self.core.blotter.wants)
        await self.awake()
        if not self.alive:
            return
        self.world.count[
            f"outcome {type(request).__name__} {getattr(report, 'outcome', report.__class__.__name__)}"
        ] += 1
        if isinstance(report, Stock):
            self.world.count["stock incomplete"] += not report.complete
            self.stocked_s = max(self.stocked_s, asked_s) if report.complete else self.stocked_s
        self.hear(report)
