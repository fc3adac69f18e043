"""Run a portfolio event by event: the loop that paper and live run, over bars and a simulated broker."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from tenfold.backtesting.compiled import trades_of
from tenfold.backtesting.run import Run
from tenfold.domain.bars import Bars
from tenfold.domain.errors import SettingsError, StrategyError
from tenfold.domain.events import CashFlow, Event, PositionRestated, Started
from tenfold.domain.market import BarSet
from tenfold.domain.order import REASONS, Fill
from tenfold.domain.records import FILL
from tenfold.domain.rules import Rules
from tenfold.domain.units import format_ns
from tenfold.engine.advance import advance
from tenfold.engine.engine import Engine
from tenfold.engine.voters import Voter, WindowVoter
from tenfold.execution.ids import named
from tenfold.ports import Journal, Trader
from tenfold.simulation.book_desk import Tick
from tenfold.simulation.broker import SimulatedBroker
from tenfold.simulation.feed import BarFeed
from tenfold.simulation.journal import NullJournal

_ROUNDS_MAX: Final = 1000

TickSources = Mapping[str, Callable[[], Iterable[Tick]]]
"""By symbol, what begins its quotes, prints and changes of depth anew, in the order of their time."""


def run_events(
    bars: Bars,
    rules: Rules,
    voters: Sequence[Voter],
    *,
    journal: Journal | None = None,
    operator: Sequence[Event] = (),
    started: Started | None = None,
    trader: Trader | None = None,
    name: str = "",
    ticks: TickSources | None = None,
    periods: float | None = None,
) -> Run:
    """Trade bars through the engine and return what happened.

    `trader` works its own orders, in place of voters; `name` is what the run calls it. Orders of symbols that have `ticks` meet in an
    order book. `periods` are the bars a year that positions are sized by, as observed by default.

    `operator` are halts, resumes and changes of limits in the order of their time. What came before a bar opened can
    trade at its open; what came while it ran is known at its close, and can trade from the next one. Positions that are
    restated are held from the open of the next bar on; where they have a ratio, what is held there by then is divided.
    """
    if any(earlier.ts_ns > later.ts_ns for earlier, later in pairwise(operator)):
        raise SettingsError("the operator's events are out of order, expected increasing times")
    engine = Engine(rules, bars.instruments, voters, periods or bars.periods_per_year, trader, bars.columns)
    played = {symbol: begin() for symbol, begin in (ticks or {}).items()}
    broker = SimulatedBroker(rules, bars.instruments, played)
    journal = NullJournal() if journal is None else journal
    recorder = Recorder(bars, engine)
    if started is not None:
        broker.send(advance(engine, [started], journal))
    waiting = list(operator)
    for number, moment in enumerate(BarFeed(bars).events()):
        while waiting and waiting[0].ts_ns <= min((bar.open_ns for bar in moment.bars), default=moment.ts_ns):
            said = waiting.pop(0)
            if isinstance(said, PositionRestated):
                said = broker.restate(said)
            broker.send(advance(engine, [said], journal))
        broker.on_bars(moment)
        reports = broker.reports()
        if reports:
            recorder.note(reports, number, moment)
        while waiting and waiting[0].ts_ns <= moment.ts_ns and not isinstance(waiting[0], PositionRestated):
            broker.send(advance(engine, [*reports, waiting.pop(0)], journal))
            reports = broker.reports()
        _live_through(reports, engine, broker, journal, moment.ts_ns)  # what follows is done before the bar has closed
        _live_through([moment], engine, broker, journal, moment.ts_ns)
        recorder.keep()
    for event in waiting:  # after the last bar: on record, without effect
        advance(engine, [event], journal)
    engine.ledger.verify()
    return recorder.run(rules, voters, name)


def _live_through(
    events: Sequence[Event], engine: Engine, broker: SimulatedBroker, journal: Journal, ts_ns: int
) -> None:
    """Let the engine live through events, and through what the venue answers to its commands."""
    for _ in range(_ROUNDS_MAX + 1):
        commands = advance(engine, events, journal) if events else []
        if not commands:
            return
        broker.send(commands)
        events = broker.reports()
    raise StrategyError(f"the strategy answers its own orders without end at {format_ns(ts_ns)}")


class Recorder:
    """Keep what a run showed, bar by bar."""

    def __init__(self, bars: Bars, engine: Engine) -> None:
        self.bars = bars
        self.engine = engine
        self.states = list(engine.symbols.values())
        self.series: list[int] = []  # cash, net and gross of each bar
        self.direction: list[int] = []
        self.agreement: list[float] = []
        self.scores: list[float] = []
        self.fills: list[tuple[int, int, int, int, float, int, int, int, int]] = []
        self.flows = {"borrow": 0, "interest": 0, "dividend": 0}

    def note(self, reports: Sequence[Event], number: int, moment: BarSet) -> None:
        """Keep fills and cash flows."""
        for report in reports:
            if isinstance(report, Fill):
                name = named(report.order_id)
                ours = name is not None and name.run == self.engine.run
                order = name.number if name is not None and ours else 0  # 0 of somebody else in the same account
                self.fills.append(
                    (moment.ts_ns, number, self.engine.symbols[report.symbol].index, report.side.sign * report.qty,
                     report.price, report.fee_units, report.slippage_units, REASONS.index(report.reason), order)
                )  # fmt: skip
            elif isinstance(report, CashFlow):
                self.flows[report.kind] += report.units

    def keep(self) -> None:
        """Keep the account and the votes after one bar set."""
        ledger = self.engine.ledger
        self.series += (ledger.cash, ledger.net, ledger.gross)
        for state in self.states:
            self.direction.append(state.direction)
        self.agreement += self.engine.agreement
        for scores in self.engine.latest:
            self.scores += scores

    def run(self, rules: Rules, voters: Sequence[Voter], name: str) -> Run:
        """Return the finished run."""
        desk = self.engine.trader
        shape = (len(self.bars), len(self.bars.symbols))
        cash, net, gross = np.array(self.series, np.int64).reshape(-1, 3).T
        fills = np.array(self.fills, FILL)
        lots = np.zeros(shape, np.int64)
        np.add.at(lots, (fills["bar"], fills["symbol"]), fills["lots"])
        errors = {voter.name: voter.errors for voter in voters if isinstance(voter, WindowVoter) and voter.errors}
        failures = {voter.name: voter.failures for voter in voters}
        if desk is not None:
            failures[name] = desk.failures
            errors |= {name: desk.errors} if desk.errors else {}
        return Run(
            bars=self.bars,
            rules=rules,
            members=tuple(failures),
            weights=tuple(voter.weight for voter in voters) if voters else (1.0,),
            engine="event",
            equity_units=cash + net,
            cash_units=cash,
            gross_units=gross,
            net_units=net,
            lots=lots.cumsum(axis=0),
            fills=fills,
            trades=trades_of(fills, self.bars),
            direction=np.array(self.direction, np.int8).reshape(shape),
            agreement=np.array(self.agreement, np.float32).reshape(shape),
            scores=np.array(self.scores, np.float64).reshape(*shape, -1) if voters else None,
            trips=tuple(self.engine.breaker.trips),
            bindings=dict(self.engine.gate.bindings),
            failures=failures,
            borrow_units=-self.flows["borrow"],
            dividend_units=self.flows["dividend"],
            interest_units=-self.flows["interest"],
            notes={"errors": errors} if errors else {},
        )
