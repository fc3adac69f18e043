"""Put a whole trading system into one thread and one seed: engine, order management, journal, client, network and venue, in virtual time."""

import asyncio
import random
from collections import Counter, deque

from drawn_trader import DrawnTrader
from frail_disk import Disk, FrailJournal, Killed
from invariants import Invariants
from live_process import OWNER, SYMBOLS, LiveProcess
from venue_host import VenueHost
from virtual_loop import VirtualLoop
from wires import Network

from memory_leases import Store
from tenfold.adapters.alpaca.rest_client import RestClient
from tenfold.adapters.alpaca.trading import AlpacaTrading
from tenfold.app.facade import rules_of
from tenfold.domain.errors import StorageError
from tenfold.domain.events import Halt, Resume
from tenfold.domain.instrument import Instrument
from tenfold.domain.keys import Keys
from tenfold.domain.market import Bar, BarSet
from tenfold.domain.units import NS_PER_DAY, NS_PER_HOUR
from tenfold.engine.engine import Engine
from tenfold.engine.live_loop import LiveLoop
from tenfold.exchange.settings import KEY, SECRET
from tenfold.execution.blotter import Blotter
from tenfold.execution.errands import Pace
from tenfold.execution.lease import Lease

BARS_S = 30.0
OCCASION_S = 10.0
HEAL_S = 500.0
PACE = Pace()
RULES = rules_of("none", "alpaca")
NAN = float("nan")


class NoBugs:
    """Build the shipped pieces; a planted bug changes one of them."""

    name = "none"

    def journal(self, disk, strikes, commits):
        return FrailJournal(disk, strikes, commits)

    def loop(self, engine, blotter, journal):
        return LiveLoop(engine, blotter, journal)

    def blotter(self, instruments, cash):
        return Blotter(instruments, cash, pace=PACE)

    def rest(self, clock, chance, deadline):
        return RestClient("http://venue", Keys(KEY, SECRET), clock, chance, deadline)

    def trading(self, process, quantities, clock, deadline):
        return AlpacaTrading(self.rest(clock, process.chance, deadline), quantities, clock)


class World:
    """Hold a simulation.

    Attributes
    ----------
    count : how often everything that is worth knowing has happened
    trace : what happened last, for people
    """

    def __init__(self, drawn, bugs=None, trace=400):
        self.drawn = drawn
        self.seed = drawn.seed
        self.bugs = bugs or NoBugs()
        self.count = Counter()
        self.trace = deque(maxlen=trace)
        self.chance = random.Random(f"happenings {drawn.seed}")  # noqa: S311
        self.habits = drawn.habits
        self.healed = False
        self.error = None
        self.instruments = [Instrument(symbol=symbol, venue="alpaca") for symbol in SYMBOLS]
        self.loop = VirtualLoop()
        self.disk = Disk()
        self.store = Store()
        self.lives = 0
        self.slots = [None] * drawn.engines
        self.bars = 0
        self.halted = False
        long = drawn.engines > 1
        self.poll_s, self.renew_s, self.lease_s, self.margin_s = (0.5, 1.0, 5.0, 1.5) if long else (1.0, 1.0, 1.0, 1.0)

    # what processes are made of

    def engine(self):
        trader = DrawnTrader(self.seed, self.drawn.eager)
        return Engine(RULES, self.instruments, [], 252.0, trader)

    def blotter(self):
        return self.bugs.blotter(self.instruments, RULES.account.cash)

    def lease(self, process):
        if self.drawn.engines == 1:
            return None
        view = self.store.view(f"engine {process.number}")
        return Lease(view, lease_ns=round(self.lease_s * 1e9), margin_ns=round(self.margin_s * 1e9))

    def clock_off_ns(self):
        return round(self.chance.uniform(-1.0, 1.0) * self.drawn.clock_s * 1e9)

    # what happens to them

    def strikes(self, name, share=1.0):
        return not self.healed and self.chance.random() < self.habits.get(name, 0.0) * share

    def point(self, process, place):
        """Kill a process at a point, or let its disk fail there, by chance."""
        if self.strikes(place):
            raise Killed(place)
        if place == "within sync" and self.strikes("disk error"):
            self.count["disk error"] += 1
            raise StorageError("the disk does not take it")

    def leaves(self, process, data):
        """Look at what is about to leave a process."""
        self.checks.leaves(process, data)

    def sleep_at_write_s(self, process):
        if self.drawn.engines > 1 and self.strikes("sleep at write"):
            self.count["sleep at write"] += 1
            seconds = self.chance.uniform(5.0, 30.0)
            process.pause(seconds)
            self.checks.window_opened()
            return seconds
        return 0.0

    def note(self, text):
        """Keep a line of the trace."""
        self.trace.append((self.loop.time(), text))

    def recovered(self, process):
        """Look at a process that has read its journal."""
        if self.disk.rows:
            self.count["recovery"] += 1
            if process.core.blotter.unknown:
                self.count["recovery with unknown"] += 1
        if self.strikes("within recovery"):
            raise Killed("within recovery")
        self.checks.recovered(process)

    def turned(self, process):
        self.checks.turned(process)

    def died(self, process, cause):
        """Start a process anew, after a while."""
        self.count[f"died {cause}"] += 1
        self.note(f"process {process.number} died: {cause}")
        slot = self.slots.index(process)
        pause_s = 0.5 if self.healed else self.chance.choice((0.2, 2.0, 20.0, 60.0))
        self.loop.call_later(pause_s, self._start, slot)

    def _start(self, slot):
        self.lives += 1
        self.slots[slot] = LiveProcess(self, self.lives)

    def failed(self, error):
        """Note the first thing that must not be."""
        if self.error is None:
            self.error = error
            self.note(f"FAILED: {error!r}")

    @property
    def holder(self):
        """The process that trades, None while there is none."""
        return next((one for one in self.slots if one is not None and one.alive and one.holds and one.line), None)

    # the course of things

    async def _chaos(self):
        """Let things happen to processes and the network every ten seconds."""
        names = ("kill", "pause", "cut", "store away", "halt")
        while not self.healed:
            await asyncio.sleep(OCCASION_S * self.chance.uniform(0.5, 1.5))
            for name in names:
                if self.strikes(name, 10.0):
                    self._happen(name)

    def _happen(self, name):
        self.count[f"happened {name}"] += 1
        living = [one for one in self.slots if one is not None and one.alive]
        if name == "cut":
            self.network.cut_until_s = self.loop.time() + self.chance.uniform(1.0, 60.0)
            self.note(f"network cut until {self.network.cut_until_s:.1f}")
        elif name == "store away":
            self.store.reachable = False
            self.loop.call_later(self.chance.uniform(0.5, 10.0), setattr, self.store, "reachable", True)
        elif name == "halt":
            self._operator(self.chance.uniform(5.0, 120.0))
        elif living:
            process = self.chance.choice(living)
            if name == "kill":
                process.kill("kill")
            else:
                process.pause(self.chance.uniform(1.0, 40.0))
                self.note(f"process {process.number} paused for {process.paused_s:.1f} s")

    def _operator(self, seconds):
        process = self.holder
        if process is None or self.halted:
            return
        self.halted = True
        process.post(Halt(ts_ns=process.clock.now_ns(), operator="ann", reason="drill"))
        self.note("halt")
        self.loop.call_later(seconds, self._resume)

    def _resume(self):
        self.halted = False
        process = self.holder
        if process is not None:
            process.post(Resume(ts_ns=process.clock.now_ns(), operator="ann"))
            self.note("resume")

    async def _market(self):
        """Show bars to whoever trades."""
        while True:
            await asyncio.sleep(BARS_S)
            process = self.holder
            if self.drawn.feeds:
                return
            if process is not None and not self.strikes("bars missed") and (bars := self._bars(process.clock.now_ns())):
                self.bars += 1
                process.post(bars)

    def _bars(self, ts_ns):
        latest, day = self.venue.exchange.latest, ts_ns // NS_PER_DAY
        bars = []
        for symbol in SYMBOLS:
            price = latest.mark(symbol) / 1e9
            if price:
                bars.append(
                    Bar(0, day, ts_ns, price, price, price, price, 1000.0, ts_ns - round(BARS_S * 1e9), NAN, NAN, NAN, NAN, 0.0, self.bars,
                        int(self.bars * BARS_S), 9_999, 2024, 3, 4, 0, symbol)
                )  # fmt: skip
        return BarSet(ts_ns=ts_ns, session=day, bars=tuple(bars)) if bars else None

    def heal(self):
        """Let nothing go wrong any more."""
        self.healed = self.network.healed = True
        self.store.reachable = True
        for name in list(self.venue.faults.switches):
            self.venue.exchange.switch(name, None)
        self.note("healed")

    async def _course(self):
        drawn = self.drawn
        self.venue = VenueHost(
            self.loop, drawn.seed, SYMBOLS, drawn.begin_ns, drawn.begin_ns + 3 * NS_PER_HOUR, dict(drawn.faults), drawn.per_minute
        )  # fmt: skip
        self.network = Network(random.Random(f"network {self.seed}"), self.habits, self.venue, self.count)  # noqa: S311
        self.venue.network = self.network
        self.checks = Invariants(self)
        self.loop.listener = self._connect
        tasks = [asyncio.ensure_future(one) for one in (self.venue.live(), self._chaos())]
        for slot in range(drawn.engines):
            self._start(slot)
        market = asyncio.ensure_future(self._market())
        try:
            await self._until(drawn.seconds, lambda: False)
            market.cancel()
            self.heal()
            await self._rest("at rest")
            await self._stopped()
        finally:
            for task in [*tasks, market]:
                task.cancel()

    async def _connect(self, protocol):
        """Return the transport of a connection that the process at hand makes."""
        owner = OWNER.get()
        return await self.network.connect(owner, protocol)

    async def _until(self, end_s, met):
        while self.loop.time() < end_s and not met():
            await asyncio.sleep(1.0)
            if self.loop.failures and self.error is None:
                self.failed(self.loop.failures[0])
            if self.error is not None:
                raise self.error

    async def _rest(self, what):
        """Wait until nothing is open any more, which has to come, and compare everything."""
        quiet = 0

        def settled():
            nonlocal quiet
            quiet = quiet + 1 if self.checks.is_settled(self.holder) else 0
            return quiet >= 70

        await self._until(self.loop.time() + HEAL_S, lambda: self.checks.has_fractions() or settled())
        if self.checks.has_fractions():
            self.count["fractions traded"] += 1  # an account in whole lots takes no stock of them, by its own rule
            return
        for _ in range(30):  # what fills at this moment is on its way
            if not self.checks.differences(self.holder):
                break
            await self._until(self.loop.time() + 1.0, lambda: False)
        self.checks.at_rest(what)

    async def _stopped(self):
        """Press the kill switch, and see that nothing of ours is left."""
        process = self.holder
        if process is not None:
            process.post(Halt(ts_ns=process.clock.now_ns(), operator="ann", reason="the end"))
        await self._rest("after the halt")
        if not self.checks.has_fractions():
            self.checks.ended()

    def run(self):
        """Run to the end; raise what must not be."""
        asyncio.set_event_loop(None)
        try:
            self.loop.run_until_complete(self._course())
            if self.loop.failures:
                raise self.loop.failures[0]
        finally:
            self._close()
        return self

    def _close(self):
        for process in self.slots:
            if process is not None:
                process.alive = False
        pending = asyncio.all_tasks(self.loop)
        for task in pending:
            task.cancel()
        if pending:
            self.loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
        self.loop.close()
