"""Hold which orders hang together: legs that wait for their entry, and orders of which one cancels the others."""

from typing import Final

from tenfold.domain.order import Order
from tenfold.simulation.working import Working

_WAITING: Final = ("bracket", "oto")
_ONE_CANCELS: Final = ("bracket", "oco")


def waits_for_entry(order: Order) -> bool:
    """Say whether an order is a leg that comes to life as its entry fills."""
    return order.parent_id is not None and order.order_class in _WAITING


class Legs:
    """Hold the working legs of one symbol by the id of their entry, or of their group.

    What entries have filled is kept after they ended: a leg may be sent late.
    """

    __slots__ = ("_filled", "_left", "_working")

    def __init__(self) -> None:
        self._working: dict[str, list[Working]] = {}
        self._filled: dict[str, int] = {}  # lots, by order
        self._left: dict[str, int] = {}  # by entry, lots that the legs of its bracket have filled

    def add(self, leg: Working) -> None:
        """Take a leg: it sleeps until its entry fills, and then may fill as much."""
        order = leg.order
        if order.parent_id is None or order.order_class == "simple":
            return
        self._working.setdefault(order.parent_id, []).append(leg)
        if waits_for_entry(order):
            leg.room = self.room(order)
            if order.parent_id not in self._filled:
                leg.asleep, leg.best = True, 0.0
                leg.price()

    def room(self, leg: Order) -> int:
        """Return how many lots a new leg may fill, by what its entry has filled and its bracket has left."""
        parent = leg.parent_id or ""
        left = self._left.get(parent, 0) if leg.order_class == "bracket" else 0
        return self._filled.get(parent, 0) - left

    def remove(self, leg: Working) -> None:
        """Forget a leg that has ended."""
        parent = leg.order.parent_id
        listed = self._working.get(parent, []) if parent is not None else []
        if parent is not None and leg in listed:
            listed.remove(leg)
            if not listed:
                del self._working[parent]

    def of(self, entry: Order) -> list[Working]:
        """Return the legs that wait for an entry."""
        return [leg for leg in self._working.get(entry.order_id, ()) if waits_for_entry(leg.order)]

    def others(self, one: Working) -> list[Working]:
        """Return the orders that an order's fills cancel."""
        order = one.order
        if order.parent_id is None or order.order_class not in _ONE_CANCELS:
            return []
        listed = self._working.get(order.parent_id, ())
        return [leg for leg in listed if leg is not one and leg.order.order_class == order.order_class]

    def note(self, one: Working, size: int) -> None:
        """Count a fill: its legs may fill as much more, and the others of its group so much less."""
        order = one.order
        self._filled[order.order_id] = self._filled.get(order.order_id, 0) + size
        for leg in self.of(order):
            leg.room += size
        if waits_for_entry(order):
            one.room -= size
        if order.order_class == "bracket" and order.parent_id is not None:
            self._left[order.parent_id] = self._left.get(order.parent_id, 0) + size
        for other in self.others(one):
            other.left -= other.order.side.sign * min(size, abs(other.left))
            other.room -= size
