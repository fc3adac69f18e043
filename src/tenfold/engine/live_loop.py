"""Run the engine against a venue: events and reports in, requests out; no clock, no socket, and the journal before everything.

How it works. Whatever comes is collected: `post` takes events (bar sets, timers, an operator's word), `hear` what the venue reports. `turn` drives
the engine over them by `advance`, so that events and commands are synced, and only then asks the blotter what to send. What lapses
with time is an event like any other, and may lead to further commands within the same turn.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from msgspec.structs import replace

from tenfold.domain.conditions import Conditions
from tenfold.domain.errors import JournalError, StrategyError
from tenfold.domain.events import Event, Halt, Started
from tenfold.domain.market import BarSet
from tenfold.domain.order import Command
from tenfold.domain.units import format_ns
from tenfold.engine.advance import advance
from tenfold.engine.engine import Engine
from tenfold.engine.repetition import Repetition
from tenfold.execution.blotter import Blotter
from tenfold.execution.reports import Report, Request
from tenfold.ports import Journal

_ROUNDS_MAX: Final = 1000
_ENDLESS: Final = 100
"""Rounds of one turn after which a strategy that goes on answering its own orders is halted: the process stays, and what is held is closed."""

Watch = Callable[[Sequence[Event], Sequence[Command]], None]


class LiveLoop:
    """Hold an engine, its orders and its journal.

    Parameters
    ----------
    code : hash of the code at hand; where other code has decided otherwise, its records are taken as they are
    repeats : whether the strategies decide the same again; where not, what was recorded is taken as it is in the same way

    Attributes
    ----------
    engine, blotter : what decides, and what knows the orders
    watch : called with what the engine lived through and decided, after it was synced
    """

    def __init__(
        self, engine: Engine, blotter: Blotter, journal: Journal, code: str = "", *, repeats: bool = True
    ) -> None:
        self.engine = engine
        self.blotter = blotter
        self._journal = journal
        self.watch: Watch | None = None
        self._posted: list[Event] = []
        self._reported: list[Event] = []
        self._repetition = Repetition(engine, blotter, code, repeats=repeats)
        self._conditions = Conditions(ts_ns=0)

    @property
    def inherits(self) -> int:
        """Records of which not all is what would be decided now, by this code or by what does not repeat; 0 where all is."""
        return self._repetition.inherits

    def recover(self) -> int:
        """Live through the whole journal again, and return the number of its records; errors as `live_through`."""
        return self.live_through(self._journal.records())

    def live_through(self, records: Iterable[Event | Command]) -> int:
        """Live through records that were journaled here before, or by the engine that one stands by for; return their number.

        Raises JournalError where another command follows than was recorded: then nothing that is known here can be trusted.
        """
        count = 0
        for record in records:
            count += 1
            if self._repetition.take(record) is not None:
                raise JournalError(f"a command of the journal does not follow from what is before it: {record}")
            if isinstance(record, Conditions):
                self._conditions = record
        return count

    def post(self, event: Event) -> None:
        """Take an event that is no report of the venue."""
        self._posted.append(event)

    def hear(self, report: Report) -> None:
        """Take what the venue reports."""
        self._reported += self.blotter.interpret(report)

    def turn(self, now_ns: int) -> list[Request]:
        """Live through what was taken, reports first, and return what to ask of the venue.

        Raises StorageError where the journal cannot be written: then nothing may be sent.
        """
        for number in range(_ROUNDS_MAX):
            if number == _ENDLESS:
                self.post(Halt(ts_ns=now_ns, operator="loop", reason="the strategy answers its own orders without end"))
            posted = self._posted
            if not any(isinstance(event, Started) for event in posted):  # it says what may have been sent before
                self._reported += self.blotter.lapse(now_ns)
            events = self._told(now_ns)
            if not events:
                return self.blotter.due(now_ns)
            for event in posted:
                if isinstance(event, Started) and event.inherits:
                    self.engine.inherit(self.blotter.register.unfinished())
                self.blotter.apply(event)
            self._reported, self._posted = [], []
            commands = advance(self.engine, events, self._journal)
            for command in commands:
                self.blotter.apply(command)
            if self.watch is not None:
                self.watch(events, commands)
        raise StrategyError(f"the strategy answers its own orders without end at {format_ns(now_ns)}")

    def _told(self, now_ns: int) -> list[Event]:
        """Return what was taken, reports first, with what is known of orders in its conditions: where that has changed it is told before anything is decided."""
        events, trader = [*self._reported, *self._posted], self.engine.trader
        if not events or (trader is None and not any(isinstance(one, BarSet | Conditions) for one in self._posted)):
            return events
        last, unknown, reconciling = self._conditions, self.blotter.unknown, not self.blotter.ready
        changed = (last.unknown_orders, last.reconciling) != (unknown, reconciling)
        if not (changed or any(isinstance(one, Conditions) for one in self._posted)):
            return events
        told: list[Event] = []
        for event in events:
            if isinstance(event, Conditions):
                last, changed = replace(event, unknown_orders=unknown, reconciling=reconciling), False
                told.append(last)
                continue
            if changed and (isinstance(event, BarSet) or (trader is not None and not isinstance(event, Started))):
                last, changed = replace(
                    last, ts_ns=now_ns, buying_power_units=None, symbols=(), unknown_orders=unknown, reconciling=reconciling
                ), False  # fmt: skip
                told.append(last)
            told.append(event)
        self._conditions = last
        return told
