"""Keep a journal in memory, or none at all."""

from collections.abc import Iterator, Sequence

from tenfold.domain.events import Event
from tenfold.domain.order import Command


class NullJournal:
    """Forget everything: for runs that can be repeated."""

    def append(self, records: Sequence[Event | Command]) -> None:
        """Do nothing."""

    def sync(self) -> None:
        """Do nothing."""

    def records(self) -> Iterator[Event | Command]:
        """Yield nothing."""
        return iter(())


class MemoryJournal:
    """Keep every record in memory: for tests and for replay within a process."""

    def __init__(self) -> None:
        self.kept: list[Event | Command] = []
        self.synced = 0

    def append(self, records: Sequence[Event | Command]) -> None:
        """Keep the records."""
        self.kept.extend(records)

    def sync(self) -> None:
        """Note how far the journal is safe."""
        self.synced = len(self.kept)

    def records(self) -> Iterator[Event | Command]:
        """Yield every record that was synced, from the first."""
        return iter(self.kept[: self.synced])
