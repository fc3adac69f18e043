"""Hold which orders hang together: legs that wait for their entry, and orders of which one cancels the others."""

from collections.abc import Mapping
from typing import Final

from tenfold.domain.order import Order, OrderStatus, OrderType
from tenfold.execution.open_orders import LEGS
from tenfold.execution.tracked import Part, Tracked

_ONE_CANCELS: Final = ("bracket", "oco")
_STOPS: Final = frozenset({OrderType.STOP, OrderType.STOP_LIMIT})
_EXITS: Final = _STOPS | {OrderType.LIMIT}
_ENTRIES: Final = frozenset({OrderType.MARKET, OrderType.LIMIT})
_TIMES: Final = ("day", "gtc")
_GONE_MAX: Final = 10_000
"""Entries whose fills are remembered once their records are forgotten: they are not kept for ever."""


_Key = tuple[str, str]
"""Name of a parent, or of a group, and symbol."""


class Families:
    """Know the kin of each order by the id of its parent; `orders` are all there are, held by who made this."""

    def __init__(self, orders: Mapping[str, Tracked]) -> None:
        self._orders = orders
        self._children: dict[_Key, list[str]] = {}
        # of each sibling as an order came, its lots, and whether it was over
        self._found: dict[str, dict[str, tuple[int, bool]]] = {}
        # lots of entries that are forgotten, and of what their brackets had left
        self._gone: dict[_Key, tuple[int, int]] = {}

    def add(self, order: Order) -> None:
        """Take an order, whose siblings are no others than those that work, where their name was taken before."""
        if order.parent_id is None or order.order_class == "simple":
            return
        siblings = self._siblings(order)
        listed = self._children.setdefault(_key(order), [])
        if order.order_class == "oco" and not any(other.active for other in siblings):
            for other in siblings:
                listed.remove(other.order.order_id)
                self._found.pop(other.order.order_id, None)
            siblings = []
        self._found[order.order_id] = {
            other.order.order_id: (other.filled, not other.working) for other in siblings if other.filled or not other.working
        }  # fmt: skip
        listed.append(order.order_id)

    def remove(self, tracked: Tracked) -> None:
        """Forget an order, but for what a leg that comes later may fill of it."""
        order = tracked.order
        if tracked.filled:
            self._remember((order.order_id, order.symbol), tracked.filled, 0)
            if order.order_class == "bracket" and order.parent_id is not None:
                self._remember(_key(order), 0, tracked.filled)
        self._found.pop(order.order_id, None)
        listed = self._children.get(_key(order), [])
        if order.order_id in listed:
            listed.remove(order.order_id)
            if not listed:
                del self._children[_key(order)]

    def of(self, tracked: Tracked) -> dict[str, Tracked]:
        """Return an order, its siblings, and its legs, by id."""
        order = tracked.order
        legs = self._children.get((order.order_id, order.symbol), [])
        if not legs and (order.parent_id is None or order.order_class == "simple"):
            return {order.order_id: tracked}
        siblings = self._children.get(_key(order), []) if order.order_id in self._found else []
        ids = dict.fromkeys([order.order_id, *siblings, *legs])
        return {one: self._orders[one] for one in ids if one in self._orders}

    def room(self, tracked: Tracked) -> int:
        """Return how many lots of an order may yet fill, by what its group and its entry have filled.

        One that cancels others takes what it fills off theirs, and all of it once it is done.
        """
        order = tracked.order
        left, used = order.qty - tracked.filled, tracked.filled
        if order.parent_id is None or order.order_class == "simple":
            return left
        if order.order_class in _ONE_CANCELS:
            for other, lots in self._rivals(order):
                left -= lots
                if other.status is OrderStatus.FILLED:
                    return 0
            used += sum(other.filled for other in self._siblings(order))
        if order.order_class in LEGS:
            entry = self._entry(order)
            filled, left_before = self._gone.get(_key(order), (0, 0))
            used += left_before if order.order_class == "bracket" else 0
            left = min(left, (entry.filled if entry is not None else filled) - used)
        return left

    def is_leg(self, tracked: Tracked) -> bool:
        """Say whether an order is for no more than another has filled."""
        return tracked.order.parent_id is not None and tracked.order.order_class in LEGS

    def entry_works(self, tracked: Tracked) -> bool:
        """Say whether an order is a leg whose entry may still fill."""
        entry = self._entry(tracked.order)
        return entry is not None and entry.active

    def legs(self, tracked: Tracked) -> list[Tracked]:
        """Return the orders that wait for an order to fill."""
        order = tracked.order
        children = self._children.get((order.order_id, order.symbol), [])
        listed = [self._orders[one] for one in children if one in self._orders]
        return [leg for leg in listed if leg.order.order_class in LEGS]

    def head(self, tracked: Tracked) -> Tracked | None:
        """Return the entry with which a venue can keep an exit: of the same moment, size and time in force, and no third exit."""
        order = tracked.order
        entry = self._entry(order)
        if entry is None or order.type not in _EXITS or entry.order.type not in _ENTRIES:
            return None
        theirs = entry.order
        alike = (order.qty, order.tif, order.ts_ns) == (theirs.qty, theirs.tif, theirs.ts_ns) and order.tif in _TIMES
        others = [leg.order for leg in self.legs(entry) if leg is not tracked]
        pairs = order.order_class == "bracket" and len(others) == 1 and others[0].order_class == "bracket"
        fits = not others or (pairs and (others[0].type in _STOPS) != (order.type in _STOPS))
        return entry if alike and fits and order.side is not theirs.side else None

    def excess(self, tracked: Tracked, part: Part) -> int:
        """Return how many lots more an order, of which a part filled, or its group has filled than it may have.

        What fills on the terms before a change, which the venue has not made yet, may be what those said.
        """
        order = tracked.order
        before = tracked.filled - part.filled + part.qty if part.version < tracked.version else 0
        most = max(order.qty, before)
        beyond = tracked.filled - most
        if order.parent_id is None or order.order_class not in _ONE_CANCELS:
            return beyond
        rivals = [(other, lots) for other, lots in self._rivals(order) if other.order.side is order.side]
        most = max([most, *(other.order.qty for other, _ in rivals)])
        return max(beyond, tracked.filled + sum(lots for _, lots in rivals) - most)

    def mate(self, tracked: Tracked) -> Tracked | None:
        """Return the order with which a venue can keep an exit as one-cancels-the-other: a limit order and a stop, no third."""
        order = tracked.order
        if order.parent_id is None or order.order_class not in _ONE_CANCELS:
            return None
        working = [other for other in self._siblings(order) if other.working and not (other.cancel or other.closed)]
        others = [other for other in working if not self._is_done(other.order)]
        if len(others) != 1 or others[0].order.side is not order.side:
            return None
        kinds = {order.type, others[0].order.type}
        return others[0] if OrderType.LIMIT in kinds and kinds & _STOPS else None

    def _remember(self, key: _Key, filled: int, left: int) -> None:
        before = self._gone.pop(key, (0, 0))
        self._gone[key] = before[0] + filled, before[1] + left
        if len(self._gone) > _GONE_MAX:
            del self._gone[next(iter(self._gone))]

    def _entry(self, order: Order) -> Tracked | None:
        """Return the order for which a leg waits."""
        entry = self._orders.get(order.parent_id or "") if order.order_class in LEGS else None
        return entry if entry is not None and entry.order.symbol == order.symbol else None

    def _is_done(self, order: Order) -> bool:
        """Say whether another of its group has filled whole, so that nothing of it is wanted any more."""
        return any(other.status is OrderStatus.FILLED for other, _ in self._rivals(order))

    def _rivals(self, order: Order) -> list[tuple[Tracked, int]]:
        """Return the siblings of an order with the lots that each has filled since it came, but for those that were over by then."""
        name, found = order.order_id, list[tuple[Tracked, int]]()
        known = self._found.get(name, {})
        for other in self._siblings(order) if name in self._found else ():
            other_id = other.order.order_id
            lots, over = known.get(other_id, (0, False))
            late = max(other.filled - lots, 0)
            if (over and not late) or self._found.get(other_id, {}).get(name, (0, False))[1]:
                continue
            found.append((other, late))
        return found

    def _siblings(self, order: Order) -> list[Tracked]:
        listed = self._children.get(_key(order), [])
        return [
            found
            for one in listed
            if one != order.order_id and (found := self._orders.get(one)) is not None
            and found.order.order_class == order.order_class
        ]  # fmt: skip


def _key(order: Order) -> _Key:
    return order.parent_id or "", order.symbol
