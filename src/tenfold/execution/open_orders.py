"""Keep the orders that may still fill, and what they put at risk at worst."""

from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import structs

from tenfold.domain.errors import UnknownNameError
from tenfold.domain.events import Adopted, Busted, Event, OrderRestated
from tenfold.domain.order import Fill, Order, OrderStatus, OrderUpdate, Replace, Side, amended
from tenfold.execution.lifecycle import WORKING, moved, taken_back

_REPORTS = (Fill, OrderUpdate, Busted, OrderRestated)
LEGS: Final = ("bracket", "oto")
"""Classes of orders that come to life as the entry that is their parent fills."""
_ONE_CANCELS = ("bracket", "oco")
_Group = tuple[str, str, str, bool]
"""Orders of which one cancels the others: symbol, name of their parent, class, and whether they buy."""


class OpenOrder:
    """Hold an order, its state and what has filled of it.

    `most` are the lots that the venue may have it for: after a change to fewer those of before, until the change is in force. `before` are the
    terms of other prices that it may have it on until then. `apart` are the lots of `filled` that it may have had beyond what another that it
    cancels was for, so that they are not off that one at the venue. `found` are lots that those that it cancels had filled when it came.
    """

    __slots__ = ("apart", "before", "filled", "found", "most", "order", "status")

    def __init__(self, order: Order) -> None:
        self.order = order
        self.before: tuple[Order, ...] = ()
        self.most = order.qty
        self.filled = self.apart = self.found = 0
        self.status = OrderStatus.SUBMITTED

    @property
    def left(self) -> int:
        """Lots still to fill."""
        return self.order.qty - self.filled

    @property
    def exposed(self) -> int:
        """Lots that may still fill at worst."""
        return max(self.most - self.filled, 0)


class OpenOrders:
    """Hold working orders by id, in the order in which they were sent."""

    def __init__(self) -> None:
        self._open: dict[str, OpenOrder] = {}
        self._by_symbol: dict[str, dict[str, OpenOrder]] = {}
        self._overtaken: dict[str, dict[str, OpenOrder]] = {}  # full by fewer lots than the venue has agreed to yet
        self._entries: dict[str, int] = {}  # what entries had filled that have ended before their legs
        self._ended: dict[str, OpenOrder] = {}  # what ended before another that it would have cancelled
        self._beyond: dict[
            str, tuple[int, int]
        ] = {}  # what `worst` adds to a position, until something changes in its symbol

    def __len__(self) -> int:
        return len(self._open)

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
        one = self._opened(order)
        self._beyond.pop(order.symbol, None)
        self._open[order.order_id] = one
        self._by_symbol.setdefault(order.symbol, {})[order.order_id] = one

    def replaced(self, command: Replace) -> Order:
        """Return what an order would be after a change."""
        return amended(self._open[command.order_id].order, command)

    def change(self, order: Order) -> None:
        """Take the new terms of a working order, which the venue has not agreed to yet."""
        one = self._open[order.order_id]
        self._beyond.pop(order.symbol, None)
        if order.limit_price != one.order.limit_price:
            one.before = (*one.before, one.order)
        one.order, one.most = order, max(one.most, order.qty)

    def adopt(self, event: Adopted) -> None:
        """Take an order that did not come from here."""
        self.add(Order(order_id=event.order_id, ts_ns=event.ts_ns, symbol=event.symbol, side=event.side, qty=event.qty))
        one = self._open[event.order_id]
        one.filled = event.filled
        one.status = OrderStatus.PARTIALLY_FILLED if event.filled else OrderStatus.ACCEPTED

    def on_report(self, report: Event) -> None:
        """Take what a venue says of an order; what is of none of these is passed over."""
        if not isinstance(report, _REPORTS):
            return
        one = self._open.get(report.order_id) or self._overtaken.get(report.symbol, {}).get(report.order_id)
        if one is None:
            self._after_end(report)
            return
        self._beyond.pop(one.order.symbol, None)
        match report:
            case Fill():
                for other in self._cancelled_with(one.order):
                    one.apart = max(one.apart, min(one.apart + report.qty, one.most - other.most))
                one.filled += report.qty
                self._move(one, OrderStatus.FILLED if one.left <= 0 else OrderStatus.PARTIALLY_FILLED)
            case OrderUpdate():
                if report.qty:  # a change that came after the last fill is of no effect
                    full = report.status is OrderStatus.FILLED
                    one.most = one.filled if full else max(report.qty, one.order.qty)
                    one.before = ()
                    for other in self._cancelled_with(one.order):  # what is off it is so at the venue from here on
                        other.apart = 0
                self._move(one, report.status)
            case Busted():
                one.filled -= report.qty
                one.apart = min(one.apart, one.filled)
                one.status = taken_back(one.status, one.filled)
            case OrderRestated():
                one.most = max(one.filled + report.qty - report.filled + report.beside, 1)
                one.order = structs.replace(one.order, qty=one.most)

    def _move(self, one: OpenOrder, status: OrderStatus) -> None:
        if one.status is OrderStatus.FILLED:  # by its terms of now: what is told of those before moves it no more
            ended = status not in WORKING and status is not OrderStatus.FILLED
            one.most = one.filled if ended else one.most
        elif status is not one.status:
            one.status = moved(one.status, status)
        if one.status in WORKING:
            return
        order_id, symbol = one.order.order_id, one.order.symbol
        self._open.pop(order_id, None)
        self._by_symbol[symbol].pop(order_id, None)
        if one.status is OrderStatus.FILLED and one.exposed > 0:
            self._overtaken.setdefault(symbol, {})[order_id] = one
        else:
            self._overtaken.get(symbol, {}).pop(order_id, None)
        if self._has_legs(symbol, order_id):
            self._entries[order_id] = one.filled
        entry_id = one.order.parent_id
        if entry_id is None:
            return
        if not self._has_legs(symbol, entry_id):
            self._entries.pop(entry_id, None)
            self._ended = {key: two for key, two in self._ended.items() if two.order.parent_id != entry_id}
        elif one.order.order_class in _ONE_CANCELS and order_id not in self._overtaken.get(symbol, {}):
            self._ended[order_id] = one

    def _after_end(self, report: Fill | OrderUpdate | Busted | OrderRestated) -> None:
        """Take what fills late of an order whose fills are off others', or is taken back."""
        one = self._ended.get(report.order_id)
        if one is not None and isinstance(report, Fill | Busted):
            one.filled += report.qty if isinstance(report, Fill) else -report.qty
            self._beyond.pop(one.order.symbol, None)

    def _cancelled_with(self, order: Order) -> list[OpenOrder]:
        """Return the others of which one cancels the others with an order."""
        if order.parent_id is None or order.order_class not in _ONE_CANCELS:
            return []
        key, found = _group(order, order.parent_id), list[OpenOrder]()
        for one in (*self._exposed_in(order.symbol), *self._ended.values()):
            other = one.order
            if other.order_id != order.order_id and other.parent_id and _group(other, other.parent_id) == key:
                found.append(one)
        return found

    def _has_legs(self, symbol: str, entry_id: str) -> bool:
        """Say whether a leg of an entry may still fill."""
        return any(one.order.parent_id == entry_id for one in self._exposed_in(symbol))

    def _exposed_in(self, symbol: str) -> list[OpenOrder]:
        """Return the orders of a symbol that may still fill at worst."""
        return [*self._by_symbol.get(symbol, {}).values(), *self._overtaken.get(symbol, {}).values()]

    def worst(self, symbol: str, lots: int, order: Order | None = None) -> tuple[int, int]:
        """Return the most that a position of signed lots can become by its working orders: long side, short side.

        `order` is one more, or the new terms of one that works. An order that was changed counts as the larger of the two until the venue
        has agreed. Legs that cancel one another count once, what one has filled is off the others too, and no leg counts for more than
        its entry has filled.
        """
        if order is not None:
            long, short = self._beyond_with(symbol, order)
        elif symbol in self._beyond:
            long, short = self._beyond[symbol]
        else:
            long, short = self._beyond[symbol] = self._beyond_with(symbol, None)
        return lots + long, lots + short

    def _beyond_with(self, symbol: str, order: Order | None) -> tuple[int, int]:
        """Return the lots that working orders, and one more, may buy, and (negative) sell."""
        long = short = 0
        groups: dict[_Group, int] = {}
        judged = "" if order is None else order.order_id
        listed = [
            (one.order, one.exposed, one.filled, one.found)
            for one in self._exposed_in(symbol)
            if one.order.order_id != judged
        ]
        if order is not None:
            known = self._open.get(judged) or self._opened(order)
            listed.append((order, max(order.qty, known.most) - known.filled, known.filled, known.found))
        if not listed:
            return 0, 0
        used = self._used(listed)
        for one, may_fill, filled, found in listed:
            left = may_fill
            buys = one.side is Side.BUY
            if one.parent_id is not None:
                key = _group(one, one.parent_id)
                cancels = one.order_class in _ONE_CANCELS
                beside = used[key] - filled if cancels else 0
                apart = sum(other.apart for other in self._cancelled_with(one)) if beside else 0
                left = min(left, max(left - max(beside - found, 0) + apart, 0))
                entry_filled = self.filled_of(one.parent_id) if one.order_class in LEGS else None
                if entry_filled is not None:
                    left = min(left, max(entry_filled - filled - beside, 0))
                if cancels:
                    left, groups[key] = max(left - groups.get(key, 0), 0), max(groups.get(key, 0), left)
            if buys:
                long += left
            else:
                short -= left
        return long, short

    def _opened(self, order: Order) -> OpenOrder:
        """Return an order that comes now."""
        one = OpenOrder(order)
        if order.parent_id is not None and order.order_class in _ONE_CANCELS:
            listed = [(other.order, 0, other.filled, 0) for other in self._exposed_in(order.symbol)]
            one.found = self._used(listed).get(_group(order, order.parent_id), 0)
        return one

    def _used(self, listed: Iterable[tuple[Order, int, int, int]]) -> dict[_Group, int]:
        """Return by group and side the lots that orders of which one cancels the others have filled, with those that have ended."""
        used: dict[_Group, int] = {}
        for one, _, filled, _ in (*listed, *[(ended.order, 0, ended.filled, 0) for ended in self._ended.values()]):
            if one.parent_id is not None and one.order_class in _ONE_CANCELS:
                key = _group(one, one.parent_id)
                used[key] = used.get(key, 0) + filled
        return used

    def filled_of(self, entry_id: str) -> int | None:
        """Return the lots that the entry of a leg has filled, None where it ended and no leg of it was known then: it may be all of them."""
        entry = self._open.get(entry_id)
        return entry.filled if entry is not None else self._entries.get(entry_id)


def _group(order: Order, parent_id: str) -> _Group:
    """Return which orders share what they may fill: the legs of an entry and orders in its name that cancel one another at once are two."""
    return order.symbol, parent_id, order.order_class, order.side is Side.BUY
