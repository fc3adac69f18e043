"""Keep every order as a fold over the records of the journal: the same records give the same state, to the byte.

How it works. Commands and events are applied one by one, and after each of them the `allotment` brings what is to stand at the venue in line with
what is wanted. What is sent for an order follows from its records alone, names included, so that a record is the intent that was synced before
anything is sent. Nothing here asks or tells anybody.
"""

import hashlib
from collections.abc import Iterator, Mapping
from itertools import takewhile
from typing import Final

from msgspec import structs

from tenfold import codec
from tenfold.domain.events import Adopted, Busted, Event, OrderRestated, PositionRestated, Reconciled, Started
from tenfold.domain.order import (
    Cancel,
    Command,
    Fill,
    Flatten,
    Order,
    OrderStatus,
    OrderType,
    OrderUpdate,
    Replace,
    Submit,
    amended,
)
from tenfold.domain.units import NS_PER_DAY, NS_PER_SECOND
from tenfold.execution.allotment import Allotment
from tenfold.execution.families import Families
from tenfold.execution.ids import part_id
from tenfold.execution.lifecycle import WORKING, taken_back
from tenfold.execution.reports import VenueOrder
from tenfold.execution.tracked import Execution, Part, Tracked

_KEPT_NS: Final = NS_PER_DAY
_FILLED_KEPT_NS: Final = 5 * NS_PER_DAY
"""Time for which what has filled is known: an execution may be taken back on the next trading day, behind a weekend and a holiday."""
_AHEAD_NS: Final = 60 * NS_PER_SECOND
"""By how much our clock may be ahead of the venue's, by which executions are listed."""
_PENDING: Final = frozenset({OrderStatus.PENDING_CANCEL, OrderStatus.PENDING_REPLACE})


class Register:
    """Hold all orders that work, and for a day those that ended, for five where something filled; `lots` are the signed positions, and know of a record before this does.

    Attributes
    ----------
    orders : by our order id, in the order in which they came
    run, epoch : of the latest start
    since_ns, started_ns : up to when everything is known, 0 before the account was taken over, and when the run first began
    began_ns : when the latest process began
    touched : ids of orders that a record changed, in order; whoever looks after them clears it
    doubted : of the orders that work those of which it was not known once whether the venue has all of them
    """

    def __init__(self, lots: Mapping[str, int], *, amends: bool = True, pairs: bool = True) -> None:
        self.orders: dict[str, Tracked] = {}
        self.run = ""
        self.epoch = 0
        self.since_ns = 0
        self.touched: dict[str, None] = {}
        self.doubted: dict[str, Tracked] = {}
        self.started_ns = self.began_ns = 0
        self._active: dict[str, Tracked] = {}
        self._ended: dict[str, None] = {}  # in the order in which they ended
        self._families = Families(self.orders)
        self._by_venue: dict[str, tuple[str, int]] = {}
        self.allotment = Allotment(self.orders, self._families, lots, amends=amends, pairs=pairs)

    # what is known

    @property
    def active(self) -> Iterator[Tracked]:
        """The orders that work, or of which something stands at the venue."""
        return iter(list(self._active.values()))

    def unfinished(self) -> list[Order]:
        """Return what is left of each order of ours that works, as an order by itself."""
        return [
            structs.replace(one.order, qty=one.order.qty - one.filled, order_class="simple", parent_id=None)
            for one in self.active
            if not one.external and one.filled < one.order.qty
        ]

    @property
    def begins_ns(self) -> int:
        """Before when the venue can have nothing of this run: what is older is part of the account that was taken over."""
        return max(self.started_ns - _AHEAD_NS, 1)

    @property
    def asks_from_ns(self) -> int:
        """From when on executions are asked for."""
        return max(self.since_ns, self.begins_ns)

    def find(self, venue_id: str, order_id: str) -> tuple[Tracked, Part] | None:
        """Return the order and the part that an order of the venue is, or None."""
        place = self._by_venue.get(venue_id) or self.allotment.by_client.get(order_id)
        if place is None:
            return None
        tracked = self.orders[place[0]]
        return tracked, tracked.parts[place[1]]

    def excess(self, tracked: Tracked, part: Part) -> int:
        """Return how many lots more an order, of which a part filled, or its group has filled than it may have."""
        return self._families.excess(tracked, part)

    def digest(self) -> bytes:
        """Return a hash of all that is kept."""
        kept = (self.run, self.epoch, self.since_ns, self.started_ns, list(self.orders.values()))
        return hashlib.sha256(codec.encode(kept, "msgpack")).digest()

    # the fold

    def apply(self, record: Event | Command) -> None:
        """Take one record of the journal."""
        match record:
            case Submit() | Cancel() | Replace() | Flatten():
                self._on_command(record)
            case OrderUpdate() | Fill() | Busted() | OrderRestated():
                if record.order_id in self.orders:
                    self._on_report(self.orders[record.order_id], record)
            case Adopted():
                self._on_adopted(record)
            case PositionRestated(symbol=symbol, ts_ns=ts_ns):
                for tracked in self.allotment.closing.of(symbol).values():
                    self._settle_one(tracked, ts_ns)
            case Started(run=run, epoch=epoch, ts_ns=ts_ns):
                self.run, self.epoch, self.started_ns, self.began_ns = run, epoch, self.started_ns or ts_ns, ts_ns
                self._doubt()
                if record.inherits:
                    self._give_up(ts_ns)
            case Reconciled(ts_ns=ts_ns, since_ns=since_ns):
                self.since_ns = since_ns
                self._forget(ts_ns)

    def _on_command(self, command: Command) -> None:
        match command:
            case Submit(order=order, closes=closes):
                self._add(Tracked(order=order, closes=closes), order.ts_ns)
            case Cancel(order_id=order_id) if order_id in self._active:
                self._active[order_id].cancel = True
                self._settle(self._active[order_id], command.ts_ns)
            case Replace(order_id=order_id) if order_id in self._active:
                self._change(self._active[order_id], command)
            case Replace(order_id=order_id) if order_id in self.orders:
                self._come_late(self.orders[order_id], command.ts_ns)
            case Flatten():
                for tracked in self.active:
                    tracked.cancel = True
                    self._settle(tracked, command.ts_ns)

    def _change(self, tracked: Tracked, command: Replace) -> None:
        before, tracked.order = tracked.order, amended(tracked.order, command)
        tracked.version += 1
        if (before.trail is None) != (tracked.order.trail is None):
            tracked.fixed = True  # a venue changes the number, and leaves what it counts
        if tracked.closes and structs.replace(before, qty=tracked.order.qty) == tracked.order:
            for part in tracked.live:  # of another size alone: what protects a position goes on doing so
                part.version += part.version == tracked.version - 1
        self._settle(tracked, command.ts_ns)

    def _come_late(self, tracked: Tracked, ts_ns: int) -> None:
        """Take a change of an order that has ended: who changed one that was full already counts on more lots, and has to hear what there was."""
        if tracked.status is OrderStatus.FILLED:
            tracked.version += 1
            self._settle(tracked, ts_ns)

    def _on_report(self, tracked: Tracked, report: OrderUpdate | Fill | Busted | OrderRestated) -> None:
        match report:
            case OrderUpdate():
                self._on_update(tracked, report)
            case Fill():
                self._on_fill(tracked, report)
            case Busted():
                self._on_bust(tracked, report)
            case OrderRestated():
                self._on_restated(tracked, report)

    def _doubt(self) -> None:
        """Take it that nobody knows of what was not acknowledged before the process began."""
        for tracked in self.active:
            for part in tracked.live:
                part.doubtful = part.doubtful or not part.venue_id
                if part.doubtful:
                    self.doubted[tracked.order.order_id] = tracked
            self.touched[tracked.order.order_id] = None

    def _give_up(self, ts_ns: int) -> None:
        """Let every order of ours leave: other code sent them."""
        for tracked in self.active:
            if not tracked.external:
                tracked.cancel = True
        for tracked in self.active:
            self._settle_one(tracked, ts_ns)

    def _add(self, tracked: Tracked, ts_ns: int) -> None:
        order_id = tracked.order.order_id
        if order_id in self.orders:
            return  # the first of the name counts
        self.orders[order_id] = self._active[order_id] = tracked
        self._families.add(tracked.order)
        if tracked.closes:
            self.allotment.closing.add(tracked)
        self.allotment.join(tracked, ts_ns)
        self._settle(tracked, ts_ns)

    def _on_update(self, tracked: Tracked, update: OrderUpdate) -> None:
        before = tracked.status
        tracked.status = update.status
        if before is OrderStatus.ABANDONED and tracked.working:
            tracked.cancel = True  # what was given up is not wanted any more
        if update.qty:
            tracked.agreed = tracked.version
        status = update.part_status or update.status
        if OrderStatus.UNKNOWN in {status, update.status}:
            self.doubted[tracked.order.order_id] = tracked
        if update.part < len(tracked.parts):
            part = tracked.parts[update.part]
            self._bind(tracked, part, update.venue_id)
            part.qty = update.part_qty or part.qty
            ended = part.live and status not in WORKING
            part.doubtful = status is OrderStatus.UNKNOWN
            if ended and self.allotment.closes(tracked, part, status):
                tracked.closed = True
            if ended and part.amends >= 0 and status in {OrderStatus.REJECTED, OrderStatus.ABANDONED}:
                tracked.fixed = True
            part.status = status
            if ended and status is OrderStatus.REPLACED and (not part.leave or self.allotment.unnamed(tracked, part)):
                self.allotment.succeed(tracked, part, update.ts_ns)
        self._settle(tracked, update.ts_ns)

    def _on_fill(self, tracked: Tracked, fill: Fill) -> None:
        place = self._by_venue.get(fill.venue_id)
        part = tracked.parts[place[1]] if place is not None else self._first(tracked, fill.ts_ns)
        part.executions[fill.fill_id] = Execution(fill.qty, fill.price, fill.fee_units, fill.cumulative, fill.ts_ns)
        if fill.cumulative and not part.rebased:
            part.cover(fill.cumulative - fill.qty, fill.cumulative)
        part.filled += fill.qty
        tracked.filled += fill.qty
        if part.live and part.filled >= part.qty:
            part.status = OrderStatus.FILLED
        elif part.status not in _PENDING and part.live:
            part.status = OrderStatus.PARTIALLY_FILLED
        part.doubtful = False
        if tracked.filled >= tracked.order.qty:
            tracked.status = OrderStatus.FILLED
        elif tracked.working and tracked.status not in _PENDING:
            tracked.status = OrderStatus.PARTIALLY_FILLED
        self._settle(tracked, fill.ts_ns)

    def _first(self, tracked: Tracked, ts_ns: int) -> Part:
        """Return the first part, of an order whose venue numbers nothing."""
        return tracked.parts[0] if tracked.parts else self.allotment.place(tracked, tracked.order.qty, ts_ns)

    def _on_bust(self, tracked: Tracked, bust: Busted) -> None:
        booked = [part for part in tracked.parts if bust.fill_id in part.executions]
        for part in booked or [part for part in tracked.parts if part.untold >= bust.qty]:
            if bust.fill_id not in part.undone:
                part.undone += [bust.fill_id, bust.bust_id] if bust.bust_id else [bust.fill_id]
                part.filled -= bust.qty
                part.rebased = True
                tracked.filled -= bust.qty
                tracked.status = taken_back(tracked.status, tracked.filled)
                break
        self._settle(tracked, bust.ts_ns)

    def _on_adopted(self, event: Adopted) -> None:
        order = Order(
            order_id=event.order_id, ts_ns=event.ts_ns, symbol=event.symbol, side=event.side, qty=event.qty,
            type=OrderType.LIMIT if event.limit_price is not None else OrderType.MARKET, limit_price=event.limit_price,
        )  # fmt: skip
        tracked = Tracked(order=order, external=True, status=OrderStatus.ACCEPTED, filled=event.filled)
        part = Part(number=0, qty=event.qty, version=0, ts_ns=event.ts_ns, filled=event.filled)
        part.status = OrderStatus.PARTIALLY_FILLED if event.filled else OrderStatus.ACCEPTED
        tracked.status = part.status
        if event.filled:
            part.cover(0, event.filled)
        part.executions = {key: Execution(*what) for key, what in event.executions.items()}
        part.undone, part.rebased = list(event.undone), bool(event.undone)
        tracked.parts.append(part)
        tracked.cancel = event.stray
        self.allotment.by_client[event.order_id] = (event.order_id, 0)
        self._add(tracked, event.ts_ns)
        self._bind(tracked, part, event.venue_id)

    def _on_restated(self, tracked: Tracked, event: OrderRestated) -> None:
        part = tracked.parts[event.part]
        others = tracked.filled - part.filled
        if event.filled != part.filled:  # counted in other shares from here on
            part.rebased, part.covered = True, []
        part.qty, part.filled = event.qty, event.filled
        tracked.filled = others + event.filled
        prices = {"limit_price": event.limit_price, "stop_price": event.stop_price}
        given = {name: price for name, price in prices.items() if price is not None}
        ended = sum(other.filled for other in tracked.parts if not other.live and other is not part)
        standing = sum(other.qty for other in tracked.live if other is not part)
        tracked.order = structs.replace(tracked.order, qty=max(ended + standing + event.qty, 1), **given)
        self._settle(tracked, event.ts_ns)

    # what follows

    def _settle(self, tracked: Tracked, ts_ns: int) -> None:
        """Bring what is to stand in line with what is wanted, for an order, those that hang together with it, and those that close."""
        kin = self._families.of(tracked)
        for one in kin.values():
            self._settle_one(one, ts_ns)
        for order_id, one in self.allotment.closing.of(tracked.order.symbol).items():
            if order_id not in kin:
                self._settle_one(one, ts_ns)

    def _settle_one(self, tracked: Tracked, ts_ns: int) -> None:
        self.allotment.settle(tracked, ts_ns)
        order_id = tracked.order.order_id
        self.touched[order_id] = None
        working = tracked.status in WORKING
        if not (working or tracked.ended_ns):
            tracked.ended_ns = ts_ns
            self._ended[order_id] = None
        if working or tracked.active:
            self._active[order_id] = tracked
        else:
            self._active.pop(order_id, None)
            self.doubted.pop(order_id, None)
            self.allotment.closing.remove(tracked)

    def _bind(self, tracked: Tracked, part: Part, venue_id: str) -> None:
        if venue_id:
            part.venue_id = venue_id
            self._by_venue[venue_id] = (tracked.order.order_id, part.number)

    def _forget(self, ts_ns: int) -> None:
        """Drop what ended so long ago that nothing will come of it any more."""
        orders, before_ns = self.orders, ts_ns - _KEPT_NS
        for order_id in list(takewhile(lambda one: orders[one].ended_ns < before_ns, self._ended)):
            one = orders[order_id]
            if one.filled and one.ended_ns >= ts_ns - _FILLED_KEPT_NS:
                continue
            if any(kin.active for kin in self._families.of(one).values()):
                continue
            del orders[order_id], self._ended[order_id]
            self._families.remove(one)
            for part in one.parts:
                self._by_venue.pop(part.venue_id, None)
                self.allotment.by_client.pop(part_id(order_id, part.number), None)


def matches(tracked: Tracked, part: Part, found: VenueOrder) -> bool:
    """Say whether an order of the venue can be a part that nobody has seen yet: the name alone may be another run's."""
    same = found.qty == part.qty or part.amends >= 0 or (bool(part.partner) and found.qty < part.qty)
    return same and (found.symbol, found.side) == (tracked.order.symbol, tracked.order.side)


def is_as_late(found: VenueOrder, before: VenueOrder, part: Part) -> bool:
    """Say whether a word of the venue on an order is no older than another; of one moment is later what counts more, but for executions that were taken back."""
    ended, had_ended = found.status not in WORKING, before.status not in WORKING
    if part.undone and (found.updated_ns, ended) == (before.updated_ns, had_ended) and found.filled == part.filled:
        return True
    return (found.updated_ns, found.filled, ended) >= (before.updated_ns, before.filled, had_ended)
