"""Keep the orders that may still fill, and what they put at risk at worst."""

from collections.abc import Iterator

from tenfold.domain.errors import UnknownNameError
from tenfold.domain.order import Fill, Order, OrderStatus, OrderUpdate, Replace, Side, amended
from tenfold.execution.lifecycle import WORKING, moved

_LEGS = ("bracket", "oto")
_ONE_CANCELS = ("bracket", "oco")


class OpenOrder:
    """Hold an order, its state and what has filled of it."""

    __slots__ = ("filled", "order", "status")

    def __init__(self, order: Order) -> None:
        self.order = order
        self.filled = 0
        self.status = OrderStatus.SUBMITTED

    @property
    def left(self) -> int:
        """Lots still to fill."""
        return self.order.qty - self.filled


class OpenOrders:
    """Hold working orders by id, in the order in which they were sent."""

    def __init__(self) -> None:
        self._open: dict[str, OpenOrder] = {}
        self._by_symbol: dict[str, dict[str, OpenOrder]] = {}
        self._filled: dict[str, int] = {}  # of entries with legs, after they ended

    def __contains__(self, order_id: str) -> bool:
        return order_id in self._open

    def of(self, symbol: str | None = None) -> Iterator[OpenOrder]:
        """Yield the working orders, of all symbols or of one."""
        return iter(list((self._open if symbol is None else self._by_symbol.get(symbol, {})).values()))

    def symbol_of(self, order_id: str) -> str:
        """Return the symbol of a working order, or refuse the id in one line."""
        if order_id not in self._open:
            raise UnknownNameError(f"there is no working order {order_id}")
        return self._open[order_id].order.symbol

    def add(self, order: Order) -> None:
        """Take an order that is being sent."""
        one = OpenOrder(order)
        self._open[order.order_id] = one
        self._by_symbol.setdefault(order.symbol, {})[order.order_id] = one

    def replaced(self, command: Replace) -> Order:
        """Return what an order would be after a change."""
        return amended(self._open[command.order_id].order, command)

    def change(self, order: Order) -> None:
        """Take the new terms of a working order."""
        self._open[order.order_id].order = order

    def on_fill(self, fill: Fill) -> None:
        """Count a fill."""
        one = self._open.get(fill.order_id)
        if one is None:
            return
        one.filled += fill.qty
        self._filled[fill.order_id] = one.filled
        self._move(one, OrderStatus.FILLED if one.left <= 0 else OrderStatus.PARTIALLY_FILLED)

    def on_update(self, update: OrderUpdate) -> None:
        """Take a change of state."""
        one = self._open.get(update.order_id)
        if one is not None:
            self._move(one, update.status)

    def _move(self, one: OpenOrder, status: OrderStatus) -> None:
        one.status = moved(one.status, status) if status is not one.status else status
        if one.status not in WORKING:
            del self._open[one.order.order_id]
            del self._by_symbol[one.order.symbol][one.order.order_id]

    def worst(self, symbol: str, lots: int, order: Order | None = None) -> tuple[int, int]:
        """Return the most that a position of signed lots can become by its working orders: long side, short side.

        `order` is one more, or the new terms of one that works. Legs that cancel one another count once, and no leg for more
        than its entry has filled.
        """
        long, short = lots, lots
        groups: dict[tuple[str, bool], int] = {}
        judged = "" if order is None else order.order_id
        listed = [(one.order, one.filled) for key, one in self._by_symbol.get(symbol, {}).items() if key != judged]
        if order is not None:
            known = self._open.get(judged)
            listed.append((order, known.filled if known is not None else 0))
        for one, filled in listed:
            left, buys = one.qty - filled, one.side is Side.BUY
            if one.parent_id is not None:
                if one.order_class in _LEGS:
                    left = min(left, self.filled_of(one.parent_id) - filled)
                if one.order_class in _ONE_CANCELS:
                    key = (one.parent_id, buys)
                    left, groups[key] = max(left - groups.get(key, 0), 0), max(groups.get(key, 0), left)
            if buys:
                long += left
            else:
                short -= left
        return long, short

    def filled_of(self, order_id: str | None) -> int:
        """Return the lots that have filled of an order, ended ones with legs included; 0 without an id."""
        if order_id is None:
            return 0
        one = self._open.get(order_id)
        return one.filled if one is not None else self._filled.get(order_id, 0)
