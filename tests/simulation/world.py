"""Put a whole trading system into one thread and one seed: engine, order management, journal, client, network and venue, in virtual time."""

import asyncio
import random
from collections import Counter, deque

import msgspec
from drawn_trader import DrawnTrader
from draws import OPENINGS_NS, ORDERS
from frail_disk import Disk, FrailJournal, Killed
from happenings import Happenings
from invariants import Invariants
from live_process import OWNER, SYMBOLS, LiveProcess
from pages import Pages
from reacting_trader import ReactingTrader
from venue_host import VenueHost
from virtual_loop import VirtualLoop
from wires import Network

from memory_leases import Store
from tenfold.adapters.alpaca.rest_client import RestClient
from tenfold.adapters.alpaca.stock import StockTaker
from tenfold.adapters.alpaca.trading import AlpacaTrading
from tenfold.domain.errors import StorageError
from tenfold.domain.events import Halt
from tenfold.domain.instrument import Instrument
from tenfold.domain.keys import Keys
from tenfold.domain.market import Bar, BarSet
from tenfold.domain.rules import Limits
from tenfold.domain.session import Session
from tenfold.domain.units import NS_PER_DAY, NS_PER_HOUR
from tenfold.engine.exiting import ExitingEngine
from tenfold.engine.live_loop import LiveLoop
from tenfold.exchange.settings import KEY, SECRET
from tenfold.execution.blotter import Blotter
from tenfold.execution.errands import Pace
from tenfold.execution.lease import Lease
from tenfold.market.feeds import Feeds
from tenfold.risk.limits import limits_of
from tenfold.simulation.profiles import profile_of

BARS_S = 30.0
NIGHT_BARS_S = 900.0
HEAL_S = 500.0
THIN_S = 1_800.0
LAST_S = 240.0
"""Seconds for which bars are shown after everything has healed where a vote follows them: what could not leave before leaves with these."""
DOOR_S = 4.0
"""Where no more than this is left of the lease, a process may sleep until its end while it waits for a connection: requests wait no longer."""
LIVES = 12
"""Lives of processes that end by chance: each begins with the whole journal, and a hundredth finds little that the tenth did not."""
LONGEST_S = 20.0
"""How much longer than drawn a seed may last until it has decided on its orders, in hours."""
RULES = msgspec.structs.replace(profile_of("alpaca"), limits=limits_of("none"))
LIMITS = Limits(
    position_frac_max=0.25, gross_frac_max=0.4, order_qty_max=60.0, order_rate_max=12, message_rate_max=60, rate_window_s=60.0,
    refuse_self_cross=True, unknown_max=0, clock_offset_s_max=1.0,
)  # fmt: skip
TICK = 0.01
"""Of a share of a dollar and more."""
NAN = float("nan")


class NoBugs:
    """Build the shipped pieces; a planted bug changes one of them."""

    name = "none"
    trading_class = AlpacaTrading

    def journal(self, disk, strikes, commits):
        return FrailJournal(disk, strikes, commits)

    def loop(self, engine, blotter, journal):
        return LiveLoop(engine, blotter, journal)

    def blotter(self, instruments, cash, pace, opens):
        return Blotter(instruments, cash, pace=pace, opens=opens)

    def feeds(self, symbols, sources, sessions):
        return Feeds(symbols, sources, sessions)

    def rest(self, clock, chance, deadline):
        return RestClient("http://venue", Keys(KEY, SECRET), clock, chance, deadline)

    def trading(self, process, quantities, clock, deadline):
        rest = self.rest(clock, process.chance, deadline)
        made = self.trading_class(rest, quantities, clock)
        made._stock = StockTaker(Pages(rest, process.world.count), quantities, clock, *process.world.drawn.pages)
        return made


class World:
    """Hold a simulation.

    Attributes
    ----------
    over : whether the last halt was pressed, which nobody takes back
    count : how often everything that is worth knowing has happened
    trace : what happened last, for people
    """

    def __init__(self, drawn, bugs=None, trace=400, log=None):
        self.drawn = drawn
        self.seed = drawn.seed
        self.bugs = bugs or NoBugs()
        self.count = Counter({f"day {drawn.day}": 1})
        self.trace = deque(maxlen=trace)
        self.chance = random.Random(f"happenings {drawn.seed}")  # noqa: S311
        self.habits = drawn.habits
        self.healed = self.over = False
        self.error = None
        self.instruments = [Instrument(symbol=symbol, venue="alpaca", tick_size=TICK) for symbol in SYMBOLS]
        self.loop = VirtualLoop()
        self.loop.failed = self.failed
        self.broken = None  # a future that something which must not be has come
        self.disk = Disk()
        self.store = Store()
        self.lives = 0
        self.deaths = []  # moments of the venue's time
        self.log = log
        self.slots = [None] * drawn.engines
        self.bars = 0
        long = drawn.engines > 1
        times_s = (3.0, 4.0, 16.0, 7.0) if long else (1.0, 1.0, 1.0, 1.0)
        slow = 6.0 if drawn.day == "night" else 1.0
        self.poll_s, self.renew_s, self.lease_s, self.margin_s = (one * slow for one in times_s)
        self.pace = Pace(stock_s=drawn.stock_s)
        limits = msgspec.structs.replace(LIMITS, stale_s_max=60.0 if drawn.feeds else None)
        rules = RULES if drawn.ensemble is None else drawn.ensemble.rules(RULES)
        self.rules = msgspec.structs.replace(rules, limits=limits) if drawn.guarded else rules

    # what processes are made of

    def engine(self):
        if self.drawn.ensemble is not None:
            return ExitingEngine(self.rules, self.instruments, self.drawn.ensemble.voters(SYMBOLS), 252.0)
        drawn = self.drawn
        trader = (ReactingTrader if drawn.reacts else DrawnTrader)(
            self.seed, drawn.eager, each=3 if drawn.feeds else 1, dollars=drawn.dollars,
            auctions=self.venue.auctions if drawn.auctions else None,
        )  # fmt: skip
        return ExitingEngine(self.rules, self.instruments, [], 252.0, trader)

    def blotter(self):
        return self.bugs.blotter(self.instruments, RULES.account.cash, self.pace, self.venue.hours.taken_ns)

    def lease(self, process):
        if self.drawn.engines == 1:
            return None
        view = self.store.view(f"engine {process.number}")
        return Lease(view, lease_ns=round(self.lease_s * 1e9), margin_ns=round(self.margin_s * 1e9))

    def clock_off_ns(self):
        off_s = self.chance.uniform(-1.0, 1.0) * self.drawn.clock_s
        self.count["clock off"] += abs(off_s) > 0.1
        return round(off_s * 1e9)

    # what happens to them

    def strikes(self, name, share=1.0):
        return not self.healed and self.chance.random() < self.habits.get(name, 0.0) * share

    def point(self, process, place):
        """Kill a process at a point, or let its disk fail there, by chance."""
        if not self.mortal:
            return
        if self.strikes(place):
            raise Killed(place)
        if place == "within sync" and self.strikes("disk error"):
            self.count["disk error"] += 1
            raise StorageError("the disk does not take it")

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
        if self.mortal and self.strikes("within recovery"):
            raise Killed("within recovery")
        self.checks.recovered(process)

    def died(self, process, cause):
        """Start a process anew, after a while."""
        self.count[f"died {cause}"] += 1
        self.deaths.append(self.venue.now_ns)
        self.note(f"process {process.number} died: {cause}")
        slot = self.slots.index(process)
        if slot >= self.drawn.engines:
            del self.slots[slot]
            return
        pause_s = 0.5 if self.healed else self.chance.choice((0.2, 2.0, 20.0, 60.0))
        self.loop.call_later(pause_s, self.start, slot)

    def start(self, slot):
        """Start a process in a slot; one more where there is none of that number."""
        self.lives += 1
        if slot == len(self.slots):
            self.slots.append(None)
        self.slots[slot] = LiveProcess(self, self.lives)

    def failed(self, error):
        """Note the first thing that must not be."""
        if self.error is None:
            self.error = error
            self.note(f"FAILED: {error!r}")
            if self.broken is not None and not self.broken.done():
                self.broken.set_result(None)

    @property
    def mortal(self):
        """Whether processes still end by chance."""
        return self.lives < LIVES

    @property
    def steady(self):
        """Whether no clock jumps: else a moment may come twice."""
        return not self.count["happened clock jump"]

    @property
    def traders(self):
        """The processes that take it that they trade, who came last first: one that slept over the end of its lease does too, until it hears of another."""
        found = [one for one in self.slots if one is not None and one.alive and one.holds and one.line]
        return sorted(found, key=lambda one: one.journal.epoch, reverse=True)

    @property
    def holder(self):
        """The process that trades, None while there is none."""
        return next(iter(self.traders), None)

    # the course of things

    async def _market(self):
        """Show bars to whoever takes it that he trades."""
        while True:
            pause_s = BARS_S if self.venue.is_busy else NIGHT_BARS_S  # hardly anybody decides at night
            soon = self.venue.is_busy and self.strikes("bars soon")  # of another symbol, or of a source that was behind
            await asyncio.sleep(self.chance.uniform(0.2, 3.0) if soon else pause_s)
            if self.drawn.feeds:
                return
            traders = self.traders
            if not traders or self.strikes("bars missed"):
                continue
            shown = [(process, self._bars(process.clock.now_ns())) for process in traders]
            if shown[0][1] is None:
                continue  # nothing has a price yet
            self.bars += 1
            self.count["bars for who has lost the lease"] += len(traders) - 1
            for process, bars in shown:
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

    def _sessions(self):
        """Return the calendar: by rule, or with an early close of the day at hand."""
        if self.drawn.day != "half":
            return ()
        day, open_ns = self.drawn.begin_ns // NS_PER_DAY, OPENINGS_NS["half"]
        return (Session(day=day, open_ns=open_ns, close_ns=open_ns + round(3.5 * NS_PER_HOUR)),)

    async def _course(self):
        drawn = self.drawn
        self.broken = self.loop.create_future()
        self.venue = VenueHost(
            self.loop, drawn.seed, SYMBOLS, drawn.begin_ns, drawn.begin_ns + round((drawn.seconds + (LONGEST_S + 2.0) * 3600.0) * 1e9),
            dict(drawn.faults), drawn.per_minute, drawn.activity, self._sessions(), self.log,
        )  # fmt: skip
        self.network = Network(random.Random(f"network {self.seed}"), self.habits, self.venue, self.count)  # noqa: S311
        self.venue.network = self.network
        self.checks = Invariants(self)
        self.loop.listener = self._connect
        self.venue.live()
        happenings = asyncio.ensure_future(Happenings(self).run())
        for slot in range(drawn.engines):
            self.start(slot)
        market = asyncio.ensure_future(self._market())
        try:
            await self._pass(drawn.seconds)
            last_s = self.loop.time() + LONGEST_S * 3600.0
            while self.checks.submitted < ORDERS and self.loop.time() < last_s:
                await self._pass(60.0)
            self.heal()
            if drawn.ensemble is not None:
                await self._pass(LAST_S)
            market.cancel()
            await self._rest("at rest")
            await self._stopped()
        finally:
            for task in (happenings, market):
                task.cancel()

    async def _connect(self, protocol):
        """Return the transport of a connection that the process at hand makes."""
        owner = OWNER.get()
        transport = await self.network.connect(owner, protocol)
        left_s = owner.lease.deadline_ns / 1e9 - self.loop.time() if owner.lease is not None and owner.holds else 0.0
        if 0.0 < left_s < DOOR_S and self.strikes("sleep at door"):
            self.count["sleep at door"] += 1
            owner.pause(left_s + self.chance.uniform(-0.2, 0.5))
        await owner.awake()
        return transport

    async def _pass(self, seconds):
        """Let time pass; raise what must not be as soon as it is."""
        await asyncio.wait((self.broken,), timeout=seconds)
        if self.error is not None:
            raise self.error

    async def _until(self, end_s, met):
        while self.loop.time() < end_s and not met():
            await self._pass(1.0)

    async def _rest(self, what):
        """Wait until nothing is open any more, which has to come, and compare everything."""
        quiet = 0

        def settled():
            nonlocal quiet
            quiet = quiet + 1 if self.checks.is_settled(self.holder) else 0
            return quiet >= self.drawn.stock_s + 10.0

        await self._until(self.loop.time() + HEAL_S + 2.0 * self.drawn.stock_s, settled)
        for _ in range(30):  # what fills or is decided at this moment is on its way
            if self.checks.is_settled(self.holder) and not self.checks.differences(self.holder):
                break
            await self._pass(1.0)
        self.checks.at_rest(what)

    async def _stopped(self):
        """Press the kill switch, and see that nothing of ours is left."""
        process, self.over = self.holder, True
        if process is not None:
            process.post(Halt(ts_ns=process.clock.now_ns(), operator="ann", reason="the end"))
        await self._rest("after the halt")
        if self.venue.is_open and self.checks.left(self.holder):  # in so thin a market what closes waits for somebody
            await self._until(self.loop.time() + THIN_S, lambda: not self.checks.left(self.holder))
            await self._rest("after the halt, at the end")
        self.checks.ended()
        for process in self.slots:
            if process is not None and process.alive:
                process.stop()
        await self._pass(5.0)
        self.checks.stopped()

    def run(self):
        """Run to the end; raise what must not be."""
        asyncio.set_event_loop(None)
        try:
            self.loop.run_until_complete(self._course())
            if self.error is not None:
                raise self.error
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
