"""Say when a venue takes an order: one for an auction at some hours only."""

from collections.abc import Callable

from tenfold.domain.order import Order

Opens = Callable[[Order, int], int]
"""From which moment on the venue takes an order, given the moment at which that is asked; both in nanoseconds."""


class Hours:
    """Ask a venue's hours; without any it takes everything at once."""

    def __init__(self, opens: Opens | None) -> None:
        self._opens = opens

    def open_ns(self, order: Order, ts_ns: int) -> int:
        """Return from when on the venue takes an order, not before a moment."""
        return ts_ns if self._opens is None else max(self._opens(order, ts_ns), ts_ns)

    def missed(self, order: Order, since_ns: int, now_ns: int) -> bool:
        """Say whether the venue took an order at a moment, and takes it no more: in its next hour it would go to another auction."""
        return self.open_ns(order, since_ns) <= now_ns < self.open_ns(order, now_ns)
