"""Trade on paper: the engine that trades money, its journal and its client, against an exchange of our own over the same days."""

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from shlex import quote
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from tenfold.app import wiring
from tenfold.app.exchange import open_exchange
from tenfold.app.exchange_data import sessions_around
from tenfold.app.journal_head import described, engine_of, started
from tenfold.app.live.played import played
from tenfold.app.live.replayed import BarPlaces
from tenfold.app.live.simulated_venue import Moment, SimulatedVenue
from tenfold.app.live.venue_hours import VenueHours, check_lead
from tenfold.app.own_loop import run_alone
from tenfold.app.run_name import check_name
from tenfold.app.stopping import Stop, asked_to_stop, obey, telling, until_stopped
from tenfold.app.symbol_names import check_restricted
from tenfold.backtesting.backtest import Given, Opinion, Own, check_early, run_backtest
from tenfold.backtesting.eventful import Recorder
from tenfold.backtesting.run import Run
from tenfold.backtesting.scoring import Member
from tenfold.domain.bars import Bars
from tenfold.domain.events import Difference, Event, Halt, Started
from tenfold.domain.market import BarSet
from tenfold.domain.order import Command, Fill, OrderStatus, OrderUpdate
from tenfold.domain.rules import Costs, Rules
from tenfold.domain.units import NS_PER_SECOND, money_scale
from tenfold.engine.live_loop import LiveLoop
from tenfold.exchange.settings import AccountSettings, ExchangeSettings, ServerSettings, TradingSettings
from tenfold.execution.blotter import Blotter
from tenfold.execution.errands import Pace
from tenfold.execution.lease import Lease
from tenfold.execution.reports import Connected
from tenfold.market.before_close import decided_on
from tenfold.simulation.profiles import profile_of

if TYPE_CHECKING:
    from tenfold.adapters.journal.journal import SqlJournal

STOCK_BARS: Final = 20
"""Bars between two full comparisons with the venue."""
PAID_S: Final = 21_600.0
"""Most time between them where bars pay dividends, which are known by them alone: one of a morning is to be known at the close."""
PLACED_BARS: Final = 5
"""Bars within which an order has to go out; the clock of the exchange goes from event to event, over evenings and holidays."""
PLACED_S: Final = 7_200.0
"""Least time for it: the venue takes orders on the open from 19:00 on, and of the events of an evening the next is at 20:00."""
LOOK_NS: Final = NS_PER_SECOND // 10
"""Time between two looks for what operators have posted."""
RENEWED_S: Final = 0.2
"""Seconds between two signs of life in the journal."""
_ENDLESS: Final = 200
"""Rounds of requests of one moment after which a strategy that goes on answering what the venue says is halted."""
_UNDONE: Final = frozenset({OrderStatus.REJECTED, OrderStatus.ABANDONED})
ANSWERS: Final = 100
"""Answers whose median time is shown."""

Voters = Sequence[Member | Opinion | Given] | Own


@dataclass(frozen=True, eq=False)
class Paper:
    """Hold a paper run beside the backtest of the same days.

    Attributes
    ----------
    run, twin : what was traded on paper, and what the backtest makes of it
    differences : what was not the same here and at the venue, by the comparisons
    requests : asked of the venue
    journal : place and name of the recorded run
    refused : how many orders the venue refused, or could not be sent, by what was said of it
    left_out : bars that were given and do not happen at the exchange
    """

    run: Run
    twin: Run
    differences: tuple[Difference, ...]
    requests: int
    journal: tuple[str, str]
    refused: dict[str, int] = field(default_factory=dict)
    left_out: int = 0


@dataclass(frozen=True, eq=False)
class Shown:
    """Hold what a screen may show at one moment: the loop as it is, the bar set, how many of how many there were.

    `money` is the money units in one unit of currency, `told` says how the venue answers, `more` are further lines by name. A `count`
    of 0 says that nobody knows how many will be.
    """

    loop: LiveLoop
    bars: BarSet
    number: int
    count: int
    money: float
    told: str
    more: tuple[tuple[str, str], ...] = ()


class _Session:
    """Run the loop from the first moment of an exchange to the last.

    Attributes
    ----------
    operated : what operators said meanwhile, at the moments at which the engine learned of it
    decided : bar sets so far
    """

    def __init__(
        self, loop: LiveLoop, bars: Bars, show: Callable[[Shown], Awaitable[None]], posted: Callable[[int], list[Event]]
    ) -> None:
        self.loop = loop
        self.recorder = Recorder(bars, loop.engine)
        self.operated: list[Event] = []
        self.differences: list[Difference] = []
        self.refused: Counter[str] = Counter()
        self.requests = self.decided = self._kept = 0
        self._places = BarPlaces(bars)
        self._count = len(bars)
        self._money = float(10 ** money_scale(bars.currency))
        self._answers_ms: deque[float] = deque(maxlen=ANSWERS)
        self._show = show
        self._posted = posted
        self._looked_ns = 0
        self._fills: list[Event] = []
        loop.watch = self.note

    def note(self, events: Sequence[Event], _: Sequence[Command]) -> None:
        """Keep what the report is made of."""
        for event in events:
            if isinstance(event, Fill):
                self._fills.append(event)
            elif isinstance(event, Difference):
                self.differences.append(event)
            elif isinstance(event, OrderUpdate) and event.status in _UNDONE:
                self.refused[event.text.partition("; request ")[0]] += 1

    async def trade(self, venue: SimulatedVenue) -> None:
        """Trade until everything was played, and compare everything once more."""
        async for moment in venue.moments():
            for report in moment.reports:
                self.loop.hear(report)
            if moment.bars:
                await self._decide(moment, venue)
            await self._settle(venue)
            await venue.done()
        for _ in range(2):
            self.loop.hear(Connected(ts_ns=venue.clock.now_ns()))
            await self._settle(venue)
        self._keep_until(self._count)

    def _keep_until(self, number: int) -> None:
        """Keep the account as it stands at moments before one of which the venue told no bar: nothing traded then."""
        while self._kept < number:
            self.recorder.keep()
            self._kept += 1

    async def _decide(self, moment: Moment, venue: SimulatedVenue) -> None:
        bars = self._places.placed(moment.bars)
        await self._settle(venue)  # what filled before the bars closed
        number = self._places.number(moment.bars[0])
        self._keep_until(number)
        self.recorder.note(self._fills, number, bars)
        self._fills.clear()
        for event in self._said(venue):
            self.operated.append(event)
            self.loop.post(event)
            await self._settle(venue)
        self.decided += 1
        self.loop.post(bars)
        await self._settle(venue)
        self._keep_until(number + 1)
        data = f"replayed; no bar of {', '.join(bars.missing)}" if bars.missing else "replayed, all symbols have theirs"
        await self._show(Shown(self.loop, bars, number + 1, self._count, self._money, self._told(), (("data", data),)))

    async def _settle(self, venue: SimulatedVenue) -> None:
        """Ask what is to be asked until nothing more follows."""
        rounds = 0
        while requests := self.loop.turn(venue.clock.now_ns()):
            rounds += 1
            if rounds == _ENDLESS:  # the clock of the exchange waits for us, for ever
                reason = "the strategy answers what the venue says without end"
                self.loop.post(Halt(ts_ns=venue.clock.now_ns(), operator="loop", reason=reason))
            for request in requests:
                begin_ns = venue.clock.monotonic_ns()
                self.loop.hear(await venue.ask(request))
                self._answers_ms.append((venue.clock.monotonic_ns() - begin_ns) / 1e6)
                self.requests += 1

    def _said(self, venue: SimulatedVenue) -> list[Event]:
        """Return what operators have posted, looked for every so often."""
        steady_ns = venue.clock.monotonic_ns()
        if steady_ns - self._looked_ns < LOOK_NS:
            return []
        self._looked_ns = steady_ns
        return self._posted(venue.clock.now_ns())

    def _told(self) -> str:
        if not self._answers_ms:
            return "nothing was asked yet"
        return f"{self.requests:,} requests, answered in {median(self._answers_ms):.1f} ms"


def trade_on_paper(
    name: str,
    strategy: Any,
    voters: Voters,
    bars: Bars,
    rules: Rules,
    journal: str,
    show: Callable[[Shown], Awaitable[None]],
) -> Paper:
    """Trade bars on a simulated exchange and return what happened, beside the backtest.

    The exchange waits for us, so that the same bars give the same orders and fills each time. `name` is that of the run in the
    `journal`, `strategy` what the user named; `show` is awaited after each bar set.

    Raises
    ------
    SettingsError
        The exchange does not trade such bars, or the run could not be replayed from its journal.
    """
    check_name(name)
    check_early(voters, rules)
    check_lead(rules)
    check_restricted(rules.limits, bars.symbols)
    given, bars, rules = len(bars), played(bars), as_charged(rules)
    left_out, bars = given - len(bars), decided_on(bars, rules)
    description = described(strategy, voters, bars, rules, resting=True, stage="paper")
    kept = wiring.begin_journal(journal, name, description)
    lease, session = wiring.lease(kept), None
    with telling(lambda: _left(kept, session)):
        try:
            while not lease.seek(wiring.clock().monotonic_ns()):
                wiring.pause(RENEWED_S)
            opening = started(kept.run, description, bars)
            session = _session_of(description, opening, kept, bars, rules, show)
            trading = partial(_on_exchange, session, opening, lease, bars, rules)
            stop = run_alone(trading, wiring.loop_factory())
        finally:
            lease.release()
            kept.close()
        if stop.is_set():
            obey(stop, _left(kept, session))
        engine = session.loop.engine
        run = session.recorder.run(rules, engine.voters, name)
        run.notes["journal"] = {"place": kept.place, "run": kept.run, "records": kept.count}
        twin = run_backtest(voters, bars, rules, engine="event", operator=session.operated)
    return Paper(
        run, twin, tuple(session.differences), session.requests, (kept.place, kept.run), dict(session.refused), left_out
    )


def _session_of(
    description: bytes,
    opening: Started,
    journal: "SqlJournal",
    bars: Bars,
    rules: Rules,
    show: Callable[[Shown], Awaitable[None]],
) -> _Session:
    """Return a session that is yet to trade."""
    period_s = max(bars.period_ns / NS_PER_SECOND, 1.0)
    stock_s = STOCK_BARS * period_s
    hours = VenueHours(sessions_around(int(bars.rows["open_ns"].min()), int(bars.ts_ns[-1])))
    blotter = Blotter(
        bars.instruments,
        rules.account.cash,
        pace=Pace(
            stock_s=min(stock_s, PAID_S) if bars.pays_dividends else stock_s,
            confirm_s=0.0,
            place_within_s=max(PLACED_BARS * period_s, PLACED_S),
        ),
        opens=hours.taken_ns,
    )
    loop = LiveLoop(engine_of(description, opening), blotter, journal)
    return _Session(loop, bars, show, journal.posted)


def _left(journal: "SqlJournal", session: _Session | None) -> str:
    """Say of a run that is stopped what there is of it."""
    if session is None or not session.decided:
        return f"no bar was traded, so that there is no report, and run {journal.run} of {journal.place} holds none; the same command begins another"
    return f"`tenfold replay {quote(journal.place)} {journal.run}` repeats what was traded; another run begins at the first bar again"


async def _on_exchange(session: _Session, opening: Started, lease: Lease, bars: Bars, rules: Rules) -> Stop:
    """Trade until everything was played, or one is asked to stop."""
    session.loop.post(opening)
    session.loop.turn(opening.ts_ns)
    renewing = asyncio.create_task(_renew(lease))
    try:
        with open_exchange(_exchange_settings(bars, rules), data=bars) as running:
            async with SimulatedVenue(running, bars.instruments, lease) as venue:
                with asked_to_stop() as stop:
                    await until_stopped(session.trade(venue), stop)
    finally:
        renewing.cancel()
    return stop


async def _renew(lease: Lease) -> None:
    """Show a sign of life in the journal, for ever; where another has taken over nothing is sent any more."""
    clock = wiring.clock()
    while lease.renew(clock.monotonic_ns()):
        await asyncio.sleep(RENEWED_S)


def _exchange_settings(bars: Bars, rules: Rules) -> ExchangeSettings:
    limits = ServerSettings(port=0, trading_requests_per_minute=0, data_requests_per_minute=0)
    account = AccountSettings(cash=rules.account.cash)
    return ExchangeSettings(
        symbols=bars.symbols, speed="max", lockstep=True, server=limits, trading=TradingSettings(accounts=(account,))
    )


def as_charged(rules: Rules) -> Rules:
    """Return rules with the conventions and the costs of the venue, which decides both: it charges nothing."""
    return replace(rules, matching=profile_of("alpaca").matching, costs=Costs())
