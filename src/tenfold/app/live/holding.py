"""Hold a run: know everything of it again, stand by while another trades it, take over, and show signs of life."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from tenfold.app import wiring
from tenfold.app.live.feeding import SteadyClock
from tenfold.app.stopping import stopped_within
from tenfold.domain.errors import JournalError, SettingsError, StorageError, TenfoldError
from tenfold.domain.events import Event, Past, Started
from tenfold.domain.market import BarSet
from tenfold.domain.order import Command, Submit
from tenfold.domain.units import NS_PER_SECOND, format_ns
from tenfold.engine.live_loop import LiveLoop
from tenfold.execution.ids import named, order_id
from tenfold.execution.reports import Report, Streamed

if TYPE_CHECKING:
    from tenfold.adapters.alpaca.reference import VenueTime
    from tenfold.adapters.journal.journal import SqlJournal

POLL_S: Final = 0.05
"""Time between two looks of who stands by."""
RENEWED_S: Final = 0.2
"""Time between two signs of life."""
PIECE: Final = 1_000
"""Records that are lived through before anything else is looked at."""
MANY: Final = 10 * PIECE
"""Records from which on it is said that they are read: a second of them passes unnoticed."""
APART_S: Final = 10.0
"""Seconds by which the clocks of two processes at one venue may differ: each was set by an answer that took its time, and goes on by itself."""

_COPY: Final = (
    "ALARM run {run}: the venue has orders of its epoch {seen}, and its journal ends with epoch {known}: it is an older copy. Orders, executions, "
    "positions and cash are read from the venue; what strategies, limits and breakers have seen since that copy is lost"
)
_BESIDE: Final = (
    "another engine trades run {run} under epoch {later}, by a copy of this journal, and this is epoch {epoch}: nothing more is sent from here. "
    "End the one that is not to trade, and keep one journal"
)
_ANOTHER: Final = (
    "ALARM another run of Tenfold, {other}, has just ordered {symbol} in this account: each of the two orders for all of the account, so that both may "
    "open the same position twice. End one of them, or let them trade different symbols"
)
_TAGGED: Final = re.compile(r".+-[0-9a-z]{6}")
"""How runs that trade live name their orders."""
_OTHER_CODE: Final = "was traded by another version of Tenfold, which has decided otherwise than this one"
_NOT_AGAIN: Final = "has decided otherwise than its strategy does now, of the same bars: that goes by chance, a clock, a file that was changed, or the order of a set"


class Holding:
    """Hold the journal and the lease of a run.

    `order_names` are those of the venue's newest orders: where some are of a later epoch than the journal knows of, it is a copy of before,
    and the run goes on under an epoch that is later than theirs, so that no order is called as another was. `symbols` are those that are traded.

    Attributes
    ----------
    lease : says until when this process may send
    last_ns : close of the newest bar set that the run has seen, 0 before the first
    newest : that bar set
    ts_ns : moment of the newest record
    opening : opens the run; its name of the run is that of its orders, which no other run of the account ever had
    foreign : whether other code of Tenfold wrote the newest epoch
    """

    def __init__(
        self, journal: "SqlJournal", opening: Started, say: Callable[[str], None], order_names: Collection[str] = (), symbols: Collection[str] = (),
    ) -> None:  # fmt: skip
        self.lease = wiring.lease(journal)
        self.last_ns = self.ts_ns = 0
        self.newest: BarSet | None = None
        self.foreign = False
        self._journal = journal
        self.opening = opening
        self._say = say
        self._trouble = ""  # what the last look at the lease failed of
        self._told = [one for name in order_names if (one := named(name)) is not None]
        self._exits = {order_id(*one[:3]) + one.exit: order_id(*one[:3]) for one in self._told if one.exit}
        self._asked = {*self._exits, *self._exits.values()}
        self._known: set[str] = set()  # of these what the journal has
        self._symbols = frozenset(symbols)
        self._others: set[tuple[str, str]] = set()  # runs beside this one that were named, and what they ordered
        self._later = 0  # epoch of the run under which the venue has just taken an order
        self._clock = wiring.clock()

    async def taken(self, loop: LiveLoop, stop: asyncio.Event) -> bool:
        """Live through the journal, and return once this process alone may trade the run; False where it is to stop before.

        Raises JournalError where the journal was written by another configuration, SettingsError where on another account.
        """
        if self._journal.count >= MANY:
            self._say(
                f"run {self._journal.run} has {self._journal.count:,} records in its journal: not ready to trade before they are lived through"
            )
        if count := await self._read(loop, self._journal.records(), stop):
            self._say(f"run {self._journal.run} goes on: {count:,} records of the journal were lived through")
        told = set()
        while count is not None:
            count = await self._read(loop, self._followed(), stop)
            if count is None or count >= PIECE:
                continue  # what came while it read is behind it first: whoever has the lease is to trade at once
            if self._sought():
                with suppress(StorageError):
                    loop.live_through(self._noted(self._journal.follow()))
                    self._refuse_lost()
                    self._inherit(loop)
                    return True
                with suppress(StorageError):  # it went away just then: whoever can read it first is to trade
                    self.lease.release()
            if (text := self._waits()) not in told:
                self._say(text)
                told.add(text)
            if await stopped_within(stop, POLL_S):
                return False
        return False

    async def catch_up(self, clock: SteadyClock, time: "Callable[[], Awaitable[VenueTime]]") -> None:
        """Let a clock that the run has left behind go on from the venue's time: who stood by may have slept meanwhile, which it did not count."""
        if self._is_behind(clock):
            with suppress(TenfoldError):
                offset_ns = (await time()).offset_ns
                clock.follow(clock.now_ns() - offset_ns, clock.rate)

    def _is_behind(self, clock: SteadyClock) -> bool:
        return self.ts_ns - clock.now_ns() > APART_S * clock.rate * NS_PER_SECOND

    def go_on(self, clock: SteadyClock) -> None:
        """Let a clock of the venue go on from where the run has come to; StorageError where it is further behind than another process's may be."""
        if self._is_behind(clock):
            raise StorageError(
                f"run {self._journal.run} has come to {format_ns(self.ts_ns)}, and the venue's clock is at "
                f"{format_ns(clock.now_ns())}: begin another run with --name"
            )
        clock.stand(self.ts_ns)

    async def renew(self) -> None:
        """Show signs of life; JournalError once another has taken over, in this journal or by a copy of it."""
        while True:
            await asyncio.sleep(RENEWED_S)
            try:
                held = self.lease.renew(self._clock.monotonic_ns())
            except StorageError:
                continue  # past its deadline nothing is sent; it may succeed again
            if not held:
                raise JournalError(
                    f"another engine has taken over run {self._journal.run}: nothing more is sent from here"
                )
            if self._later > self.lease.epoch:
                raise JournalError(_BESIDE.format(run=self._journal.run, later=self._later, epoch=self.lease.epoch))

    def hear(self, report: Report) -> None:
        """Take what the venue tells: an order that it has just taken under a later epoch of the run was sent by an engine that goes by a copy of the journal.

        One of another run in what is traded here is an alarm, once.
        """
        name = named(report.order.order_id) if isinstance(report, Streamed) and report.event == "new" else None
        if name is None or not isinstance(report, Streamed):
            return
        if name.run == self.opening.run:
            if name.epoch > self.lease.epoch:
                self._later, self.lease.deadline_ns = name.epoch, 0  # `renew` ends it
        elif report.order.symbol in self._symbols and _TAGGED.fullmatch(name.run):
            other = name.run, report.order.symbol
            if other not in self._others:
                self._others.add(other)
                self._say(_ANOTHER.format(other=name.run.rpartition("-")[0], symbol=report.order.symbol))

    async def _read(self, loop: LiveLoop, records: Iterable[Event | Command], stop: asyncio.Event) -> int | None:
        """Live through records and return their number, None where one is to stop before their end.

        In between it looks for signs of life of who trades: one that ends meanwhile is not waited for again afterwards.
        """
        count, left = 0, self._noted(records)
        while (lived := loop.live_through(islice(left, PIECE))) == PIECE:
            count += lived
            if stop.is_set():
                return None
            with suppress(StorageError):
                self.lease.watch(self._clock.monotonic_ns())
            await asyncio.sleep(0)
        return count + lived

    def _followed(self) -> Iterable[Event | Command]:
        """Return what whoever trades has written since; nothing where the journal does not answer, as it may again."""
        try:
            return self._journal.follow()
        except StorageError:
            return ()

    def _sought(self) -> bool:
        """Look once for the lease; where the venue has seen its epoch already, the next ones are had in its place."""
        seen = max((one.epoch for one in self._told if one.run == self.opening.run), default=0)
        first, self._trouble = 0, ""
        try:
            while self.lease.seek(self._clock.monotonic_ns()):
                if self.lease.epoch > seen:
                    if first:
                        self._say(_COPY.format(run=self._journal.run, seen=seen, known=first - 1))
                    return True
                first = first or self.lease.epoch
                self.lease.release()
        except StorageError as error:
            self._trouble = str(error)
        return False

    def _waits(self) -> str:
        """Say what is waited for."""
        if self._trouble:
            return f"run {self._journal.run} cannot be taken over, and it is tried again and again: {self._trouble}"
        return f"another engine trades run {self._journal.run}: standing by"

    def _refuse_lost(self) -> None:
        """Raise JournalError where exits of orders that the journal has were sent which it does not have: those that follow would be called the same."""
        lost = [exit for exit, entry in self._exits.items() if entry in self._known and exit not in self._known]
        if lost:
            raise JournalError(
                f"run {self._journal.run} of the journal {self._journal.place} is an older copy: the venue has had {lost[0]}, an exit that it knows "
                "nothing of, and another would be called the same: cancel what works at the venue, and begin another run with --name, which takes "
                "over the account as it stands"
            )

    def _inherit(self, loop: LiveLoop) -> None:
        """Say what becomes of a run that other code has traded."""
        self.opening = replace(self.opening, inherits=loop.inherits)
        if loop.inherits:
            why, who = (
                (_OTHER_CODE, "this version decides") if self.foreign else (_NOT_AGAIN, "it is decided from here")
            )
            self._say(
                f"ALARM run {self._journal.run} {why}: its {loop.inherits:,} records, positions, money and breakers go on as they are, its open "
                f"orders are cancelled, and {who}"
            )
        elif self.foreign:
            self._say(
                f"run {self._journal.run} was traded by another version of Tenfold, and this one decides the same"
            )

    def _take_up(self, begun: Started) -> None:
        """Take up the name by which the run began; JournalError where it was put together, SettingsError where it has traded another account."""
        ours = self.opening
        if begun.config_hash != ours.config_hash:
            raise JournalError(
                f"run {self._journal.run} was started with another description: the journal was put together"
            )
        if begun.account and ours.account and begun.account != ours.account:
            raise SettingsError(
                f"run {self._journal.run} of {self._journal.place} has traded the account {begun.account}, and these keys are of {ours.account}: give "
                "those of the first, or another --name, which takes over the account as it stands"
            )
        self.foreign = begun.code_hash != ours.code_hash
        self.opening = replace(ours, run=begun.run, account=ours.account or begun.account)

    def _noted(self, records: Iterable[Event | Command]) -> Iterator[Event | Command]:
        """Pass records on, and keep how far they reach."""
        for record in records:
            if isinstance(record, BarSet | Past):
                if record.ts_ns > self.last_ns:
                    self.last_ns, self.newest = record.ts_ns, record if isinstance(record, BarSet) else record.bars
            elif isinstance(record, Started):
                self._take_up(record)
            elif isinstance(record, Submit) and record.order.order_id in self._asked:
                self._known.add(record.order.order_id)
            if not isinstance(record, Past):
                self.ts_ns = max(self.ts_ns, getattr(record, "ts_ns", 0))
            yield record
