"""Read a run that traded from its journal, and trade the same bars anew as a backtest would."""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from tenfold.app.journal_head import RunHead, code_hash, deciding, engine_of, head_of, traded_rules
from tenfold.backtesting.eventful import Recorder, run_events
from tenfold.backtesting.run import Run
from tenfold.domain.account import Position, Trip
from tenfold.domain.bars import BAR, Bars, blank_bar
from tenfold.domain.conditions import Conditions
from tenfold.domain.errors import JournalError
from tenfold.domain.events import (
    CashFlow,
    Difference,
    Event,
    Fitness,
    Halt,
    LimitsChanged,
    Past,
    PositionRestated,
    Reconciled,
    Resume,
    Started,
    Weighed,
)
from tenfold.domain.market import BarSet, Flag
from tenfold.domain.order import Cancel, Command, Fill, Flatten, Replace, Submit
from tenfold.domain.rules import Limits, Rules
from tenfold.domain.units import NS_PER_DAY, money_scale
from tenfold.ledger.ledger import DEPOSIT, divided, price_factor
from tenfold.research.promotion import LOWERING, lapse_of

if TYPE_CHECKING:
    from tenfold.adapters.journal.journal import SqlJournal

_HEARD: Final = (Past, Fitness, Halt, Resume, LimitsChanged, Weighed)
"""What a backtest is told too: it shapes decisions, and comes from no venue."""
_OF_A_MOMENT: Final = (Conditions, Fitness, Halt, Resume, LimitsChanged, Weighed)
"""What is told with the time at which it is."""
_KEPT: Final = (Started, BarSet, Difference, CashFlow, *_HEARD)
"""What is looked at more than once: all else, as the quotes of each second of a year, would fill the memory of who trades."""
_OFF_SESSION: Final = int(Flag.OFF_SESSION)
_BY_OTHERS: Final = frozenset({"rejects", "quality", "differences", "paid_out"})
"""Breakers that the venue, the data and what else happens in the account trip, of all of which a backtest sees nothing."""


class RecordedRun(NamedTuple):
    """Hold a run as its journal has it, its backtest, and what both were told; None for both where no bar was seen yet."""

    head: RunHead
    run: Run | None
    twin: Run | None
    differences: int
    heard: tuple[Event, ...] = ()


def recorded_run(journal: "SqlJournal") -> RecordedRun:
    """Return what was traded, beside what a backtest makes of the same bars.

    Raises
    ------
    JournalError
        The journal was damaged, or a strategy was changed since.
    """
    head = head_of(journal.description)
    records, shut, told_ns = _kept(journal.records())
    differences = sum(isinstance(record, Difference) and record.counts for record in records)
    moments = _moments(records)
    if not moments:
        return RecordedRun(head, None, None, differences)
    opening = records[0]
    if not isinstance(opening, Started):
        raise JournalError(f"run {journal.run} of the journal {journal.place} does not begin with a start")
    bars = _bars(head, moments)
    engine = engine_of(journal.description, replace(opening, code_hash=code_hash()))  # what traded is in the records
    traded = _Traded(Recorder(bars, engine))
    for record in journal.records():
        if isinstance(record, Submit | Cancel | Replace | Flatten):
            traded.sent(record)
        else:
            traded.take(record)
    rules = traded_rules(head)
    rules = replace(rules, account=replace(rules.account, cash=traded.cash))
    theirs, seen = _as_shut(rules, bars, [shut.get(id(moment), ()) for moment in moments])
    voters, trader = deciding(head, journal.run)
    decided = _Decided(moments, [told_ns[id(moment)] for moment in moments])
    heard = [decided.heard(one) for one in records if isinstance(one, _HEARD)]
    run = traded.run(rules, journal.run)
    theirs, told = _as_stopped(theirs, _in_order(heard), [decided.tripped(trip) for trip in run.trips])
    paid = _paid(records, {one.symbol for one in head.instruments})
    held = traded.held(min(bar.open_ns for bar in moments[0].bars))
    operator = _in_order([*told, *paid, *held, *traded.splits])
    twin = run_events(seen, theirs, voters, operator=operator, trader=trader, name=journal.run, periods=head.periods)
    moved = [sum(flow.units for flow in paid if flow.ts_ns <= ts_ns) for ts_ns in bars.ts_ns.tolist()]
    known = _in_order([*heard, *traded.splits])
    return RecordedRun(head, run, _without(twin, np.array(moved, np.int64)), differences, tuple(known))


def _in_order(told: Iterable[Event]) -> list[Event]:
    """Return events in the order of their time, those of one moment as they are given."""
    return sorted(told, key=lambda one: one.ts_ns)


class _Decided:
    """Hold when each bar set was decided on: seconds after it had closed, and days hours after.

    What came between was known by then, and a backtest, which decides as a bar closes, is told it with that.
    """

    def __init__(self, moments: Sequence[BarSet], told_ns: Sequence[int]) -> None:
        self._closes = [moment.ts_ns for moment in moments]
        self._told = np.maximum.accumulate(np.array(told_ns, np.int64))

    def heard(self, event: Event) -> Event:
        """Return an event at the moment at which a backtest is to know it."""
        ts_ns = self._known(event.ts_ns)
        return event if ts_ns == event.ts_ns else replace(event, ts_ns=ts_ns)

    def tripped(self, trip: Trip) -> Trip:
        """Return a trip with the moments at which a backtest is to know of it and of its end."""
        reset_ns = None if trip.reset_ns is None else self._known(trip.reset_ns)
        return replace(trip, ts_ns=self._known(trip.ts_ns), reset_ns=reset_ns)

    def _known(self, ts_ns: int) -> int:
        place = int(np.searchsorted(self._told, ts_ns))
        return min(ts_ns, self._closes[place]) if place < len(self._closes) else ts_ns


class _Traded:
    """Step an engine through what was recorded, and keep what it showed; money that comes or goes is no return.

    Attributes
    ----------
    cash : what the account was worth when the first bars came, in currency
    splits : of what was held, each at the close behind which it was told: its backtest trades the same bars
    """

    def __init__(self, recorder: Recorder) -> None:
        self.cash = 0.0
        self.splits: list[PositionRestated] = []
        self._recorder = recorder
        self._count, self._last_ns = 0, 0  # bar sets so far, and the moment of the last
        self._last: BarSet | None = None
        self._on_close: set[str] = set()  # orders for a closing auction
        self._fills: list[Event] = []
        self._money = float(10 ** money_scale(recorder.bars.currency))
        self._deposits = 0
        self._paid: list[int] = []
        self._due: deque[Command] = deque()  # what is decided anew, until it is held against what was sent
        self._strays = False
        self._held: list[tuple[str, int, int]] = []

    def take(self, event: Event) -> None:
        """Take an event that the engine saw."""
        recorder, engine = self._recorder, self._recorder.engine
        if isinstance(event, BarSet) and _is_next(event, self._last_ns):
            if self._count == 0:
                self._begin()
            recorder.note(self._fills, self._count, event)
            self._fills.clear()
            self._count, self._last_ns, self._last = self._count + 1, event.ts_ns, event
            self._due += engine.step(event)
            recorder.keep()
            self._paid.append(engine.ledger.deposits - self._deposits)
            return
        if isinstance(event, PositionRestated) and self._count:
            self._divide(event, engine.ledger.position(event.symbol))
        self._due += engine.step(event)
        if isinstance(event, Fill) and self._last is not None and self._closed(event, self._last):
            recorder.note([event], self._count - 1, self._last)
        elif isinstance(event, Fill) or (isinstance(event, CashFlow) and event.kind in recorder.flows):
            self._fills.append(event)

    def sent(self, command: Command) -> None:
        """Take what was sent; from where that is not what is decided anew, by other code or a strategy that goes by chance, it alone counts."""
        if isinstance(command, Submit) and command.order.auction == "cls":
            self._on_close.add(command.order.order_id)
        again = self._due.popleft() if self._due else None
        self._strays = self._strays or again != command
        if self._strays:
            self._due.clear()
            self._recorder.engine.witness(command)

    def _closed(self, fill: Fill, last: BarSet) -> bool:
        """Say whether a fill is of the close of the last bars: a venue tells those of its auction seconds or minutes after the bars have come."""
        over = all(bar.remaining_s <= 0 for bar in last.bars)
        return (
            over
            and fill.order_id in self._on_close
            and (fill.done_ns or fill.ts_ns) // NS_PER_DAY == last.ts_ns // NS_PER_DAY
        )

    def _divide(self, event: PositionRestated, before: Position) -> None:
        """Keep that shares were divided."""
        if divided(before, event):
            ratio = 1.0 / price_factor(before, event)
            self.splits.append(replace(event, ts_ns=self._last_ns, ratio=ratio))

    def held(self, ts_ns: int) -> Iterator[Event]:
        """Yield what puts the positions of before the first bars into an account that is worth as much without them."""
        for symbol, lots, worth in self._held:
            yield PositionRestated(ts_ns=ts_ns, symbol=symbol, lots=lots, cost_units=worth)
            yield CashFlow(ts_ns=ts_ns, symbol=symbol, kind=DEPOSIT, units=-worth)

    def run(self, rules: Any, name: str) -> Run:
        """Return the finished run."""
        voters = self._recorder.engine.voters
        return _without(self._recorder.run(rules, voters, name), np.array(self._paid, np.int64))

    def _begin(self) -> None:
        """Begin to measure: what is in the account now is what it trades with."""
        ledger = self._recorder.engine.ledger
        self.cash, self._deposits = ledger.equity / self._money, ledger.deposits
        self._held = [
            (symbol, one.lots, one.lots * ledger.worth_of(symbol))
            for symbol, one in ledger.positions.items()
            if one.lots
        ]


def _is_next(told: BarSet, last_ns: int) -> bool:
    """Say whether a bar set is one that was decided on behind the last."""
    return bool(told.bars) and told.ts_ns > last_ns


def _paid(records: Sequence[Event], symbols: Collection[str]) -> list[CashFlow]:
    """Return what was paid in and out while it traded: a backtest has it by the same bars, so that its positions are of the same account.

    What was paid for parts of shares of its own symbols came back as those shares, which a backtest does not have.
    """
    found: list[CashFlow] = []
    waiting: list[CashFlow] = []
    begun = False
    for record in records:
        if isinstance(record, CashFlow) and record.kind == DEPOSIT and record.symbol not in symbols and begun:
            waiting.append(record)
        elif isinstance(record, BarSet) and record.bars:
            found += [replace(flow, ts_ns=min(flow.ts_ns, record.ts_ns)) for flow in waiting]
            waiting, begun = [], True
    return found


def _without(run: Run, paid: NDArray[np.int64]) -> Run:
    """Return a run without what was paid in by each bar: that is no return, and what is earned behind it is one of the account as it was then."""
    equity = run.equity_units.astype(np.float64)
    left = equity - np.diff(paid, prepend=0)
    share = np.cumprod(np.divide(left, equity, out=np.ones(len(equity)), where=(left > 0.0) & (equity > 0.0)))
    kept = np.where(share == 1.0, run.equity_units, np.rint(equity * share).astype(np.int64))
    return Run(**{**vars(run), "cash_units": run.cash_units - paid, "equity_units": kept})


def _moments(records: Sequence[Event]) -> list[BarSet]:
    """Return the bar sets that were decided on, in the order of their time."""
    found: list[BarSet] = []
    for record in records:
        if isinstance(record, BarSet) and _is_next(record, found[-1].ts_ns if found else 0):
            found.append(record)
    return found


def _kept(told: Iterable[Event | Command]) -> tuple[list[Event], dict[int, tuple[str, ...]], dict[int, int]]:
    """Return what is looked at more than once, and by the identity of each bar set the symbols whose market was shut as it was decided on, and when that was."""
    found: list[Event] = []
    shut: dict[int, tuple[str, ...]] = {}
    decided: dict[int, int] = {}
    closed: tuple[str, ...] = ()
    now_ns = 0
    for record in told:
        if isinstance(record, BarSet):
            decided[id(record)] = max(now_ns, record.ts_ns)
        elif isinstance(record, _OF_A_MOMENT):
            now_ns = record.ts_ns
        if isinstance(record, Conditions):
            closed = tuple([one.symbol for one in record.symbols if not one.open])
        elif isinstance(record, _KEPT):
            found.append(record)
            if closed and isinstance(record, BarSet):
                shut[id(record)] = closed
    return found, shut, decided


def _as_shut(rules: Rules, bars: Bars, shut: Sequence[Sequence[str]]) -> tuple[Rules, Bars]:
    """Return rules and bars by which a backtest opens nothing either on bars that were decided on while the market was shut.

    The last bar of a session closes with it: live nothing is opened on what is shorter than a day until the next one.
    """
    places = {instrument.symbol: place for place, instrument in enumerate(bars.instruments)}
    flags = bars.rows["flags"].copy()
    for number, symbols in enumerate(shut):
        flags[number, [places[symbol] for symbol in symbols if symbol in places]] |= _OFF_SESSION
    if (bars.rows["flags"] & _OFF_SESSION).any() or not (flags & _OFF_SESSION).any():
        return rules, bars
    rows = bars.rows.copy()
    rows["flags"] = flags
    matching, limits = replace(rules.matching, regular_hours=False), replace(rules.limits, regular_hours=True)
    return replace(rules, matching=matching, limits=limits), Bars(
        rows=rows, instruments=bars.instruments, period_ns=bars.period_ns
    )


def _as_stopped(rules: Rules, heard: Sequence[Event], trips: Sequence[Trip]) -> tuple[Rules, list[Event]]:
    """Return rules, and what a backtest is told, by which breakers stop it where they have stopped the run, and nowhere else.

    What the run lost and it did not, as by a split or one print, is no reason to stop; where a limit on losses was reached, it may stop it too.
    A part of it that a cascade names stops both at once: between bars, and by quotes, it is reached where no bar shows it.
    """
    lost = bool(lapse_of(trips))

    def kept(limits: Limits) -> Limits:
        hours = limits.regular_hours or rules.limits.regular_hours
        limits = replace(limits, regular_hours=hours, reject_frac_max=None, quality_min=None, differences_max=None)
        if lost:
            return limits
        limits = replace(limits, daily_loss_frac_max=None, drawdown_frac_max=None, reset_sessions=None)
        return replace(limits, losses_max=None, slippage_bps_max=None)

    told = [replace(one, limits=kept(one.limits)) if isinstance(one, LimitsChanged) else one for one in heard]
    changes = [one for one in told if isinstance(one, LimitsChanged)]
    begun = kept(rules.limits)
    for trip in trips:
        if trip.rule not in _BY_OTHERS and (lost or trip.rule not in LOWERING):
            continue
        limits = next((one.limits for one in reversed(changes) if one.ts_ns <= trip.ts_ns), begun)
        who = next(iter(limits.resume_by), "ladder")
        stopping = LimitsChanged(ts_ns=trip.ts_ns, operator=who, limits=replace(limits, quality_min=100.0))
        told += [stopping, Reconciled(ts_ns=trip.ts_ns, since_ns=0), replace(stopping, limits=limits)]
        if trip.reset_ns is not None:
            told.append(Resume(ts_ns=trip.reset_ns, operator=who))
    account = rules.account if lost else replace(rules.account, maintenance_frac=0.0)
    return replace(rules, limits=begun, account=account), told


def _bars(head: RunHead, moments: list[BarSet]) -> Bars:
    """Return the bars that were seen; symbols without one at a moment are missing there."""
    places = {instrument.symbol: place for place, instrument in enumerate(head.instruments)}
    rows = np.repeat(blank_bar(head.columns), len(moments) * len(places)).reshape(len(moments), len(places))
    names = BAR.names or ()
    for row, moment in zip(rows, moments, strict=True):
        row["ts_ns"], row["session"] = moment.ts_ns, moment.session
        for bar in moment.bars:
            for name in names:
                row[name][places[bar.symbol]] = getattr(bar, name)
            for name, value in zip(head.columns, bar.extra, strict=True):
                row[name][places[bar.symbol]] = value
    steps = np.diff([moment.ts_ns for moment in moments])
    daily = len({moment.session for moment in moments}) == len(moments)
    return Bars(rows=rows, instruments=head.instruments, period_ns=NS_PER_DAY if daily else int(steps.min()))
