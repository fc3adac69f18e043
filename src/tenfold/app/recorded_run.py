"""Read a run that traded from its journal, and trade the same bars anew as a backtest would."""

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from msgspec.structs import replace

from tenfold.app.journal_head import RunHead, code_hash, deciding, engine_of, head_of, traded_rules
from tenfold.backtesting.eventful import Recorder, run_events
from tenfold.backtesting.run import Run
from tenfold.domain.bars import BAR, Bars, blank_bar
from tenfold.domain.errors import JournalError
from tenfold.domain.events import (
    CashFlow,
    Difference,
    Event,
    Fitness,
    Halt,
    LimitsChanged,
    Past,
    Resume,
    Started,
    Weighed,
)
from tenfold.domain.market import BarSet
from tenfold.domain.order import Cancel, Command, Fill, Flatten, Replace, Submit
from tenfold.domain.units import NS_PER_DAY, money_scale

if TYPE_CHECKING:
    from tenfold.adapters.journal.journal import SqlJournal

_HEARD: Final = (Past, Fitness, Halt, Resume, LimitsChanged, Weighed)
"""What a backtest is told too: it shapes decisions, and comes from no venue."""


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
    records = list(journal.records())
    differences = sum(isinstance(record, Difference) for record in records)
    moments = _moments(records)
    if not moments:
        return RecordedRun(head, None, None, differences)
    opening = records[0]
    if not isinstance(opening, Started):
        raise JournalError(f"run {journal.run} of the journal {journal.place} does not begin with a start")
    bars = _bars(head, moments)
    engine = engine_of(journal.description, replace(opening, code_hash=code_hash()))  # what traded is in the records
    traded = _Traded(Recorder(bars, engine), moments)
    for record in records:
        if not isinstance(record, Submit | Cancel | Replace | Flatten):
            traded.take(record)
    rules = traded_rules(head)
    rules = replace(rules, account=replace(rules.account, cash=traded.cash))
    voters, trader = deciding(head, journal.run)
    heard = sorted((one for one in records if isinstance(one, _HEARD)), key=lambda one: one.ts_ns)
    twin = run_events(bars, rules, voters, operator=heard, trader=trader, name=journal.run)
    return RecordedRun(head, traded.run(rules, journal.run), twin, differences, tuple(heard))


class _Traded:
    """Step an engine through what was recorded, and keep what it showed; money that comes or goes is no return.

    Attributes
    ----------
    cash : in the account when the first bars came, in currency
    """

    def __init__(self, recorder: Recorder, moments: list[BarSet]) -> None:
        self.cash = 0.0
        self._recorder = recorder
        self._numbers = {id(moment): number for number, moment in enumerate(moments)}
        self._fills: list[Event] = []
        self._money = float(10 ** money_scale(recorder.bars.currency))
        self._deposits = 0
        self._paid: list[int] = []

    def take(self, event: Event) -> None:
        """Take an event that the engine saw."""
        recorder, engine = self._recorder, self._recorder.engine
        number = self._numbers.get(id(event))
        if isinstance(event, BarSet) and number is not None:
            if number == 0:
                self._begin()
            recorder.note(self._fills, number, event)
            self._fills.clear()
        engine.step(event)
        if number is not None:
            recorder.keep()
            self._paid.append(engine.ledger.deposits - self._deposits)
        elif isinstance(event, Fill) or (isinstance(event, CashFlow) and event.kind in recorder.flows):
            self._fills.append(event)

    def run(self, rules: Any, name: str) -> Run:
        """Return the finished run."""
        voters = self._recorder.engine.voters
        found = self._recorder.run(rules, voters, name)
        paid = np.array(self._paid, np.int64)
        cash = found.cash_units - paid
        return Run(**{**vars(found), "cash_units": cash, "equity_units": found.equity_units - paid})

    def _begin(self) -> None:
        """Begin to measure: what is in the account now is what it trades with."""
        ledger = self._recorder.engine.ledger
        self.cash, self._deposits = ledger.equity / self._money, ledger.deposits


def _moments(records: list[Event | Command]) -> list[BarSet]:
    """Return the bar sets that were decided on, in the order of their time."""
    found: list[BarSet] = []
    for record in records:
        if isinstance(record, BarSet) and record.bars and (not found or record.ts_ns > found[-1].ts_ns):
            found.append(record)
    return found


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
