"""State what the core needs from outside: Protocols of at most five methods.

Whatever has the methods fits; nothing is inherited. Each port has one suite in `tests/contract` that every
implementation passes.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.account import AccountState
from tenfold.domain.bars import Bars
from tenfold.domain.events import Event
from tenfold.domain.order import Command
from tenfold.domain.signal import Signal
from tenfold.domain.tenure import Tenure
from tenfold.domain.trials import LedgerHead, TrialChunk, TrialData, TrialSample

A = TypeVar("A")
B = TypeVar("B")


class Clock(Protocol):
    """Tell the time; only adapters hold one, the engine takes the time from its events."""

    def now_ns(self) -> int:
        """Return UTC nanoseconds since 1970."""

    def monotonic_ns(self) -> int:
        """Return nanoseconds that never run backwards."""

    def today(self) -> date:
        """Return today's date in UTC."""


class Feed(Protocol):
    """Deliver market data."""

    def events(self) -> Iterator[Event]:
        """Yield events in the order of their time."""

    def close(self) -> None:
        """Let go of the source."""


class Broker(Protocol):
    """Take commands and report what became of them."""

    def send(self, commands: Sequence[Command]) -> None:
        """Hand commands over, in order."""

    def reports(self) -> list[Event]:
        """Return the fills and updates since the last call, in the order of their time."""

    def account(self) -> AccountState:
        """Return the account as the venue holds it."""

    def positions(self) -> dict[str, int]:
        """Return signed lots by symbol as the venue holds them."""


class Journal(Protocol):
    """Keep every event and command, in order."""

    def append(self, records: Sequence[Event | Command]) -> None:
        """Buffer records behind those that are there."""

    def sync(self) -> None:
        """Return once everything appended would survive a crash."""

    def records(self) -> Iterator[Event | Command]:
        """Yield every record that was synced, from the first."""


class LeaseStore(Protocol):
    """Show who may write a run to everyone who waits for it; all methods raise StorageError where the store does not answer."""

    def look(self) -> Tenure:
        """Return who holds it now."""

    def take(self, seen: Tenure) -> bool:
        """Become the holder of the next epoch, durably, if nothing has changed since it was seen so."""

    def extend(self, epoch: int) -> bool:
        """Show a sign of life; False where the epoch has passed."""

    def release(self, epoch: int) -> None:
        """Let go, where the epoch has not passed."""


class BarStore(Protocol):
    """Keep bars by symbol."""

    def symbols(self) -> list[str]:
        """Return the symbols that are there, sorted."""

    def load(self, symbols: Sequence[str], start_ns: int | None = None, stop_ns: int | None = None) -> Bars:
        """Return the bars that closed in [start_ns, stop_ns) on one time axis."""


class BarSource(Protocol):
    """Give bars from elsewhere: a web service, a venue."""

    def name(self) -> str:
        """Return what the bars are labelled with."""

    def pace(self) -> tuple[float, int]:
        """Return (requests a second at most, bars a request at most)."""

    def adjustment(self) -> str:
        """Return what the prices are adjusted for: "raw", "split" or "total"."""

    def fetch(
        self, symbol: str, period_ns: int, start_ns: int, stop_ns: int
    ) -> tuple[NDArray[np.void], NDArray[np.void]]:
        """Return the bars that closed in [start_ns, stop_ns), and splits and dividends, in order of time.

        Records of `domain.bars.BAR` and `market.series.ACTION`; none where there are none. Raises SourceError where the
        same request may succeed later, UserError where it cannot.
        """


class Strategy(Protocol):
    """Hold an opinion that is no fold: a fitted model, a network, scores from elsewhere."""

    def on_bar(self, window: NDArray[np.void]) -> Signal | float:
        """Return the opinion on the last bar of a window, records of `domain.bars.BAR`, oldest first.

        A number is a score from -1 to 1; 0 abstains.
        """


class Trader(Protocol):
    """Work its own orders: limits, brackets, replacements."""

    def on_event(self, event: Event, view: Any) -> Sequence[Command]:
        """Return the commands that follow from a bar set, fill, update or timer; `view` is `engine.view.View`."""


class TrialLog(Protocol):
    """Count every evaluation ever made, so that no result stands without its odds; records are never changed or removed.

    All methods raise TrialLogError where what is kept was damaged, StorageError where it cannot be read or written.
    """

    def record(self, chunk: TrialChunk, data: TrialData) -> None:
        """Keep a chunk of evaluations on a market."""

    def count(self, data: TrialData) -> int:
        """Return how many different trials count for a market: N.

        Those whose symbols overlap, by name or because their returns are the same, and whose period overlaps by at least a
        fifth of the shorter one; identical ones once. A part of a period that is in the log counts what that counts.
        """

    def sample(self, data: TrialData) -> TrialSample:
        """Return the sketches of a sample of the same trials, and their number by family."""

    def records(self) -> Iterator[tuple[TrialChunk, TrialData]]:
        """Yield every chunk with its market, from the first."""

    def verify(self) -> LedgerHead:
        """Read everything again, and return where the log ends."""


class Executor(Protocol):
    """Run independent pieces of work, here or elsewhere."""

    def map(self, work: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
        """Yield the results in the order of the items."""

    def share(self, value: A) -> Callable[[], A]:
        """Return what gives the value wherever the work runs: sent there once, however many pieces need it."""

    def describe(self) -> dict[str, Any]:
        """Return where the work runs, for the record."""
