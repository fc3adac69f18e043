"""Trade live: one process hears both streams of a venue, drives the loop over what they tell, and sends what comes out.

How it works. A start is a recovery: the journal is lived through, the lease is had, and only then both streams open. What they tell is
taken by the loop from the first moment; nothing is entered before the venue's orders, executions, positions and cash were compared
with ours, and strategies are asked once they have seen everything that closed before. The same is done after each reconnect. A stop
sends nothing more: answers on their way are waited for, the journal is synced, and orders stay at the venue as they are.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from itertools import count
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from tenfold.app import wiring
from tenfold.app.live.account_watch import AccountWatch
from tenfold.app.live.alarms import Alarms, news_of
from tenfold.app.live.answer_watch import AnswerWatch
from tenfold.app.live.binding import BindingWatch
from tenfold.app.live.conditions import conditions_of
from tenfold.app.live.failing import FailureWatch
from tenfold.app.live.feeding import TICK_S, LiveFeed
from tenfold.app.live.holding import Holding
from tenfold.app.live.kept_past import shown_past
from tenfold.app.live.live_plan import LivePlan
from tenfold.app.live.live_report import LiveReport
from tenfold.app.live.outlet import outlet_of
from tenfold.app.live.pacing import Pacing, paced_feeds, paced_orders
from tenfold.app.live.paper import Shown
from tenfold.app.live.raw_data import RawData
from tenfold.app.live.source_watch import SourceWatch
from tenfold.app.live.venue_hours import VenueHours
from tenfold.app.live.worth import equity_of, worth_of
from tenfold.app.stopping import ended, stopped_within
from tenfold.domain.errors import StorageError, TenfoldError
from tenfold.domain.events import Difference, Event, Halt, Past, Reconciled, Resume, Weighed
from tenfold.domain.market import BarSet
from tenfold.domain.order import Command, Fill, Order, OrderUpdate, Submit
from tenfold.domain.units import NS_PER_DAY, NS_PER_SECOND, format_ns, money_scale
from tenfold.engine.live_loop import LiveLoop
from tenfold.execution.blotter import Blotter
from tenfold.execution.reports import Report, Request, Stock
from tenfold.market.back_fills import BackFill
from tenfold.market.feeds import Feeds, Told

if TYPE_CHECKING:
    from tenfold.adapters.alpaca.reference import VenueTime
    from tenfold.adapters.journal.journal import SqlJournal

LOOK_S: Final = 0.1
"""Longest time for which nothing is looked at, operators' words and what is due among it."""
TELL_S: Final = 1.0
"""Time between two tellings of what bars do not say, while the market is open."""
COMPARE_S: Final = 15.0
"""Time between two looks at the venue's clock and buying power."""
MARKS: Final = 4
"""Such looks between two marks of the capture."""

Show = Callable[[Shown], Awaitable[None]]


class LiveSession:
    """Trade one run until it is asked to stop, or until it must not go on.

    Parameters
    ----------
    say : gets a line for what a person should know
    show : awaited every second
    """

    def __init__(self, plan: LivePlan, journal: "SqlJournal", say: Callable[[str], None], show: Show) -> None:
        venue, rate = plan.venue, plan.venue.clock.rate
        self._plan = plan
        self._journal = journal
        self._say = say
        self._show = show
        self._clock = venue.clock
        self._symbols = tuple(one.symbol for one in venue.instruments)
        self._daily = plan.period_ns == NS_PER_DAY
        self._money = float(10 ** money_scale(venue.instruments[0].currency))
        hours = VenueHours(venue.sessions or ())
        blotter = Blotter(
            venue.instruments, plan.rules.account.cash, pace=paced_orders(rate), opens=hours.taken_ns, amends=not plan.shadow,
            pairs=not plan.shadow,
        )  # fmt: skip
        self.loop = LiveLoop(plan.engine, blotter, journal, plan.opening.code_hash, repeats=plan.repeats)
        self.feeds = Feeds(
            self._symbols, [one.terms for one in plan.sources], venue.sessions, period_ns=plan.period_ns,
            before_close_s=plan.rules.entry.decide_before_close_s, warming=True, settings=paced_feeds(plan.feeds, rate),
        )  # fmt: skip
        self._holding = Holding(journal, plan.opening, say, venue.order_names, self._symbols)
        self._outlet = outlet_of(plan, self._holding.lease, journal.run, self._hear)
        self._reference = wiring.alpaca_reference(plan.access, plan.keys, self._clock)
        self._raw = RawData(plan.capture, self._alarm)
        self._account = AccountWatch(self._symbols, say, self._alarm, self.loop.engine.ledger.position)
        self._answers = AnswerWatch(say, self._alarm)
        self._woken = asyncio.Event()
        self._first: list[Request] = []  # what the start itself asks for
        self._asking: set[asyncio.Task[None]] = set()
        self._alarms = Alarms(say)
        self._failing = FailureWatch(plan.engine, self._alarms)
        self._binding = BindingWatch(plan.engine, say)
        self._watch = SourceWatch(self.feeds, self._symbols, self._alarms, shadow=plan.shadow)
        self._counts: Counter[str] = Counter()
        self._differences: Counter[str] = Counter()
        self._pacing = Pacing()
        self._power = venue.power_units  # as the venue told it, less what was sent to open more since
        self._open: bool | None = None
        self._hours: tuple[tuple[str, str], ...] = ()
        self._ending = False
        self._over: asyncio.Future[None] | None = None
        self._newest: BarSet | None = None
        self._begun_ns = self._clock.now_ns()
        self._earned: int | None = None  # equity at the start, less what had been paid in; None before
        self.loop.watch = self._note

    async def run(self, stop: asyncio.Event) -> LiveReport:
        """Trade until `stop` is set or the time of the plan is over, and return how it went.

        Raises
        ------
        JournalError
            Another engine has taken over, or the journal is not one that can go on.
        StorageError
            The journal cannot be written: nothing more is sent.
        SettingsError
            The venue refuses the keys, or what is to be heard.
        """
        try:
            if await self._holding.taken(self.loop, stop):
                await self._holding.catch_up(self._clock, self._reference.time)
                await self._trade(stop)
        finally:
            self._outlet.close()
            self._reference.close()
            self._raw.close()
            self._holding.lease.release()
        return self._report()

    # what goes on at the same time

    async def _trade(self, stop: asyncio.Event) -> None:
        """Do everything at once until one is to stop or something fails."""
        self._begin()
        renewing = asyncio.ensure_future(self._holding.renew())
        feed = LiveFeed(
            self.feeds, self._symbols, self._plan.sources, self._clock, self._take, tick_s=TICK_S / min(self._clock.rate, 20),
            record=await asyncio.to_thread(self._raw.begun), show=self._outlet.show,  # it reads a whole segment
            say=self._alarm,
        )  # fmt: skip
        parts = (
            stopped_within(stop, self._plan.seconds), self._work(), self._outlet.run(), feed.run(lambda: self._remembered(feed)), self._operated(), self._tell(feed), self._compare(),
        )  # fmt: skip
        tasks = [renewing, *(asyncio.ensure_future(one) for one in parts)]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            self._ending = True
            for one in done:
                one.result()
            await ended(tasks[1:])
            await self._end()
        finally:
            await ended([*tasks, *self._asking, *([] if self._over is None else [self._over])])

    def _begin(self) -> None:
        """Open an epoch of the run in its journal."""
        epoch = self._holding.lease.epoch
        self._holding.go_on(self._clock)
        self._outlet.restore(self.loop.blotter)
        self.loop.post(replace(self._holding.opening, ts_ns=self._clock.now_ns(), epoch=epoch))
        self._first = self.loop.turn(self._clock.now_ns())
        self._earned = equity_of(self.loop.engine)[0] - self.loop.engine.ledger.deposits
        self._say(f"run {self._journal.run} is traded from here, epoch {epoch}")
        if self._plan.shadow:
            self._say("stage shadow: no order leaves this machine, fills are simulated on the venue's live quotes")
        self._counts["trips"] = len(self.loop.engine.breaker.trips)
        self._judged(self._plan.judging.tripped(()))  # who stood by may have seen it fall

    async def _end(self) -> None:
        """Wait for the answers that are on their way, and keep them."""
        if self._asking:
            await asyncio.wait(self._asking, timeout=self._plan.access.deadline_s)
        for mark in self._raw.marks(self._clock.now_ns()):
            self.loop.post(mark)
        self.loop.turn(self._clock.now_ns())  # what it asks for is left to the next start

    async def _remembered(self, feed: LiveFeed) -> None:
        """Take what is known of the past; reading that from a catalogue stops neither orders nor signs of life."""
        seen_ns, begin_ns = self._holding.last_ns, self._begun_ns - self._plan.past_ns
        since_ns = seen_ns or begin_ns // NS_PER_DAY * NS_PER_DAY  # a day is shown from its open on
        kept = await shown_past(self._plan.past, since_ns, self._alarm if seen_ns else None)
        await self._account.known()  # what closed is worth what is held now, and nothing is opened on it before
        feed.remember(kept, kept[-1].ts_ns if kept else since_ns, self._holding.newest)

    async def _work(self) -> None:
        """Take a turn whenever something was told or is due."""
        while True:
            first, self._first = self._first, []
            for request in [*first, *self.loop.turn(self._clock.now_ns())]:
                task = asyncio.ensure_future(self._ask(request))
                self._asking.add(task)
                task.add_done_callback(self._asking.discard)
            due_ns = self.loop.blotter.next_due_ns()
            wait_s = LOOK_S if due_ns is None else (due_ns - self._clock.now_ns()) / NS_PER_SECOND / self._clock.rate
            with suppress(TimeoutError):
                async with asyncio.timeout(min(max(wait_s, 0.001), LOOK_S)):
                    await self._woken.wait()
            self._woken.clear()

    async def _ask(self, request: Request) -> None:
        begin_ns = self._clock.monotonic_ns()
        report = await self._outlet.ask(request, self.loop.blotter.wants)
        self._answers.took(report, begin_ns, self._clock.monotonic_ns(), wanted=self.loop.blotter.wants(request))
        self._hear(report)

    async def _operated(self) -> None:
        """Take what operators post from other processes."""
        while True:
            await asyncio.sleep(LOOK_S)
            with suppress(StorageError):  # where the journal itself has failed, the next turn says so
                for event in self._journal.posted(self._clock.now_ns()):
                    self._say(f"{format_ns(event.ts_ns)}  {type(event).__name__.lower()} by an operator")
                    self._post(event)
                    if isinstance(event, Resume) and (fallen := self._plan.judging.fallen):
                        self._judged(f"it stays halted: {fallen}; begin another run with --name")

    async def _tell(self, feed: LiveFeed) -> None:
        """Tell the engine what bars do not, and people how it goes."""
        while True:
            self._mind_hours()
            self._alarms.stream(self._clock.now_ns(), "the stream of orders", self._outlet.trouble)
            self._watch.streams(self._clock.now_ns(), feed.troubles())
            if self._open:
                self._post(self._conditions())
            await self._show(self._shown())
            await asyncio.sleep(TELL_S)

    async def _compare(self) -> None:
        """Hold the clock against the venue's, ask what may be opened, and mark the capture."""
        for number in count():
            for mark in self._raw.marks(self._clock.now_ns()) if number and number % MARKS == 0 else ():
                self._post(mark)
            try:
                time = await self._reference.time()
                self._follow(time)
                self._alarms.clock(self._clock.now_ns(), self._pacing.offset_ns // self._clock.rate)
                self._power = self._outlet.power(await self._account.power(self._reference))
                self._answers.looked()
            except TenfoldError as error:  # it is asked again
                self._answers.looked(str(error))
            await asyncio.sleep(COMPARE_S)

    def _follow(self, time: "VenueTime") -> None:
        """Go on as the venue's clock does, and be as patient with its answers and its data as its pace asks for."""
        if text := self._pacing.follow(time, self._clock, wiring.clock().now_ns()):
            self.loop.blotter.follow(paced_orders(self._clock.rate))
            self.feeds.follow(paced_feeds(self._plan.feeds, self._clock.rate))
            self._alarms.tell(time.venue_ns, text)

    # what is told

    def _hear(self, report: Report) -> None:
        if isinstance(report, Stock) and report.complete:
            self._account.holds(report)
        self._holding.hear(report)
        self.loop.hear(report)
        self._woken.set()

    def _post(self, event: Event) -> None:
        self.loop.post(event)
        self._woken.set()

    def _take(self, told: Sequence[Told]) -> None:
        """Take what feeds tell; a bar set is decided on by what is known of the market at this moment."""
        for one in told if not self._ending else ():
            if isinstance(one, BackFill):
                continue
            if isinstance(one, BarSet | Past):
                if one.ts_ns <= self._holding.last_ns:  # it was lived through before this start
                    continue
                self._holding.last_ns = one.ts_ns
            if isinstance(one, BarSet):
                self._newest = one
                self._counts["sets"] += 1
                self.loop.post(self._conditions())
            self._post(one)

    def _conditions(self) -> Event:
        rate, heard_ns = self._clock.rate, self.feeds.offset_ns()
        offset_ns = max((self._pacing.offset_ns, heard_ns), key=abs) // rate
        return conditions_of(
            self.feeds, self._symbols, self._clock.now_ns(), offset_ns, self._power, waits=self._daily, borrowable=self._account.borrowable
        )  # fmt: skip

    def _note(self, events: Sequence[Event], commands: Sequence[Command]) -> None:
        """Count, and say what a person should know."""
        for event in events:
            self._watch.note(event)
            self._counts["fills"] += isinstance(event, Fill)
            self._counts["compared"] += isinstance(event, Reconciled)
            if isinstance(event, Difference):
                self._differences[event.kind] += 1
            if not self._alarms.event(event) and (text := news_of(event)):
                self._say(f"{format_ns(event.ts_ns)}  {text}")
            if isinstance(event, OrderUpdate):
                self._alarms.refused(event, [one.order.order_id for one in self.loop.engine.external.of(event.symbol)])
        for command in commands:
            if isinstance(command, Submit):
                self._counts["orders"] += 1
                self._spend(command.order)
            self._say(f"{format_ns(self._clock.now_ns())}  {news_of(command)}")
        self._failing.look(self._clock.now_ns())
        self._binding.look(self._clock.now_ns())
        trips = self.loop.engine.breaker.trips
        for trip in trips[self._counts["trips"] :]:
            if not trip.reset_ns:  # one from before this start that is over is no news
                self._alarms.tell(trip.ts_ns, f"breaker {trip.rule} tripped: {trip.stage}")
        if len(trips) > self._counts["trips"]:
            self._counts["trips"] = len(trips)
            self._judged(self._plan.judging.tripped(trips))

    def _spend(self, order: Order) -> None:
        """Count what an order takes of the buying power until the venue tells it anew."""
        ledger = self.loop.engine.ledger
        if ledger.position(order.symbol).lots * order.side.sign >= 0:
            self._power -= order.qty * ledger.mark_of(order.symbol)

    def _judged(self, text: str) -> None:
        """Take what the ladder says of the strategy; a run that fell is halted, also where somebody resumes it."""
        if text:
            self._alarm(text)
            if fallen := self._plan.judging.fallen:
                self._post(Halt(ts_ns=self._clock.now_ns(), operator="ladder", reason=fallen))

    def _alarm(self, text: str) -> None:
        self._alarms.tell(self._clock.now_ns(), text)

    async def _judge_session(self) -> None:
        text, standing = await asyncio.to_thread(self._plan.judging.session_over)
        self._judged(text)
        if standing.weights is not None:
            self._post(Weighed(ts_ns=self._clock.now_ns(), weights=standing.weights, reason=standing.reason))

    def _mind_hours(self) -> None:
        """Say when the market opens and closes."""
        now_ns = self._clock.now_ns()
        is_open = self.feeds.hours.is_open(now_ns)
        if self._open and not is_open:
            self._over = asyncio.ensure_future(self._judge_session())
        if is_open != self._open and not is_open:
            opens_ns = self.feeds.hours.next_open(now_ns)
            until = "" if opens_ns is None else f" until {format_ns(opens_ns)} UTC"
            self._say(f"the market is closed{until}: waiting")
            self._hours = (("market", f"closed{until}"),)
        self._open = is_open

    # what is shown

    def _shown(self) -> Shown:
        now_ns = self._clock.now_ns()
        bars = self._newest or BarSet(ts_ns=now_ns, session=0, bars=())
        hours = () if self._open else self._hours
        more = [*hours, *self._watch.lines(), *(("alarm", one) for one in list(self._alarms.lines)[-3:])]
        return Shown(self.loop, bars, self._counts["sets"], 0, self._money, self._answers.line(), tuple(more))

    def _report(self) -> LiveReport:
        engine, blotter = self.loop.engine, self.loop.blotter
        held = {symbol: one for symbol in self._symbols if (one := engine.ledger.position(symbol)).lots}
        return LiveReport(
            run=self._journal.run,
            journal=self._journal.place,
            account=self._plan.access.account,
            shadow=self._plan.shadow,
            traded=self._earned is not None,
            compared=self._counts["compared"] > 0,
            begun_ns=self._begun_ns,
            ended_ns=self._clock.now_ns(),
            sets=self._counts["sets"],
            orders=self._counts["orders"],
            fills=self._counts["fills"],
            requests=self._answers.count,
            equity_before=((self._earned or 0) + engine.ledger.deposits) / self._money,
            equity=equity_of(self.loop.engine)[0] / self._money,
            positions={symbol: one.lots for symbol, one in held.items()},
            working=tuple(
                f"{one.order.side} {one.order.qty - one.filled:,} {one.order.symbol} ({one.order.order_id})" for one in blotter.working()
            ),
            unknown=blotter.unknown,
            differences=dict(self._differences),
            bindings=dict(engine.gate.bindings),
            trips=tuple(f"{one.rule}{' (reset)' if one.reset_ns else ''}" for one in engine.breaker.trips),
            values={symbol: worth_of(engine, symbol) / self._money for symbol in held},
            failovers=self._watch.failovers(),
            alarms=tuple(self._alarms.lines),
        )  # fmt: skip
