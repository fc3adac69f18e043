"""Hold the orders that may only lower a position, so that together they never turn it."""

from collections.abc import Callable, Mapping

from tenfold.domain.order import Order
from tenfold.execution.tracked import Part, Tracked


class Closing:
    """Know which orders close; `lots` are the signed positions, `takes` says how many lots a part may take off them."""

    def __init__(self, lots: Mapping[str, int], takes: Callable[[Tracked, Part], int]) -> None:
        self._lots = lots
        self._takes = takes
        self._listed: dict[str, dict[str, Tracked]] = {}

    def add(self, tracked: Tracked) -> None:
        """Take an order."""
        self._listed.setdefault(tracked.order.symbol, {})[tracked.order.order_id] = tracked

    def remove(self, tracked: Tracked) -> None:
        """Forget an order that has ended."""
        self._listed.get(tracked.order.symbol, {}).pop(tracked.order.order_id, None)

    def of(self, symbol: str) -> dict[str, Tracked]:
        """Return those of a symbol by id, the oldest first."""
        return dict(self._listed.get(symbol, ()))

    def room(self, tracked: Tracked) -> int:
        """Return the lots that an order may take off the position beside those that came before it."""
        order = tracked.order
        held = -order.side.sign * self._lots.get(order.symbol, 0)
        if held <= 0:
            return 0
        group = _group(order)
        ahead: dict[str, int] = {}
        for one in self._listed.get(order.symbol, {}).values():
            if one is tracked or (its := _group(one.order)) == group:
                break
            if one.order.side is order.side:
                standing = sum([self._takes(one, part) for part in one.live])
                ahead[its] = max(ahead.get(its, 0), standing)
        return max(held - sum(ahead.values()), 0) if ahead else held


def _group(order: Order) -> str:
    """Return what orders share of which one cancels the others."""
    return order.order_id if order.order_class == "simple" else order.parent_id or order.order_id
