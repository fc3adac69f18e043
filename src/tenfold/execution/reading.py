"""Read what the venue says of orders, and name what is new in it as events.

How it works. Cumulative quantities are the authority: an execution is new where its cumulative lots are not covered by what was booked,
whatever id it goes by; where an execution was taken back, the order's total decides. An end is told only once every lot that the
venue counts was booked; until then the order is in `gaps`, and the executions are asked for. What ended stays ended, but for late fills,
fills taken back, and orders that were given up or refused and are there all the same.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from msgspec import structs

from tenfold.domain.events import Adopted, Busted, Difference, Event, OrderRestated
from tenfold.domain.order import Fill, OrderStatus, OrderType, OrderUpdate, Price
from tenfold.execution.ids import named
from tenfold.execution.lifecycle import MOVES, WORKING
from tenfold.execution.register import Register, is_as_late, matches
from tenfold.execution.reports import VenueFill, VenueOrder
from tenfold.execution.taken_over import TakenOver, adoptions, corrections, in_order, is_later
from tenfold.execution.tracked import Execution, Part, Tracked

Key = tuple[str, int]
"""An order and the number of its part."""

_REVIVED: Final = frozenset({OrderStatus.ABANDONED, OrderStatus.REJECTED})


class Reader:
    """Turn orders and executions of the venue into events, which are applied as they are emitted.

    Attributes
    ----------
    gaps : parts of which the venue counts other lots than were booked
    strangers : ids of venue orders of which only executions are known yet
    told : what the venue said last of each part
    listed : the executions that the venue's list has, as it names them
    was_sent : says whether this process has sent a part
    asks : the venue's list of executions is to be asked for; whoever does so clears it
    """

    def __init__(self, register: Register, symbols: frozenset[str], emit: Callable[[Event], None]) -> None:
        self.gaps: dict[Key, None] = {}
        self.strangers: dict[str, None] = {}
        self.told: dict[Key, VenueOrder] = {}
        self.listed: Mapping[str, VenueFill] = {}
        self.asks = False
        self.was_sent: Callable[[Tracked, Part], bool] = lambda _tracked, _part: True
        self._register = register
        self._symbols = symbols
        self._emit = emit
        self._foreign: set[str] = set()
        self._void: set[str] = set()  # strangers' orders that ended, of which nothing filled or all was taken back
        self._doubted: set[str] = set()
        self._before = TakenOver()
        self._corrected: Mapping[tuple[str, int], VenueFill] = {}

    def order(self, found: VenueOrder, ts_ns: int, fills: Sequence[VenueFill] = (), *, opening: bool = False) -> bool:
        """Take an order of the venue with executions of it; False where it cannot be said yet whose it is.

        `opening`: the account is being taken over, so that what has filled of a stranger's order is part of the position.
        """
        place = self._place(found, ts_ns, opening=opening)
        if place is None:
            return not self.awaits_legs(found.symbol)
        tracked, part = place
        key = (tracked.order.order_id, part.number)
        newest = (before := self.told.get(key)) is None or is_as_late(found, before, part)
        if newest:
            self.told[key] = found
        for fill in fills:
            self._execution(tracked, part, fill, ts_ns, listed=False)
        if newest:
            self._stand(tracked, part, found, ts_ns)
            for leg in found.legs:
                self._leg(tracked, part, leg, ts_ns)
        return True

    def lists(self, fills: Sequence[VenueFill], *, opening: bool) -> Sequence[VenueFill]:
        """Take what is in the venue's list, and return it in the order in which it happened, for its executions to be read one by one."""
        self.listed = {fill.execution_id: fill for fill in fills if fill.kind != "bust"}
        self._corrected, self._before.opening = corrections(fills), opening
        self._before.fills = in_order(fills)
        return self._before.fills

    def execution(self, fill: VenueFill, ts_ns: int) -> None:
        """Take an execution of the venue's list; where its order is not known that is asked for first."""
        place = self._register.find(fill.venue_id, fill.order_id)
        if place is None:
            if fill.symbol in self._symbols and fill.venue_id not in self._void:
                self.strangers[fill.venue_id], self.asks = None, self.asks or fill.venue_id not in self.strangers
            return
        self.strangers.pop(fill.venue_id, None)
        self._execution(*place, fill, ts_ns, listed=True)

    def take_over(self, fills: Sequence[VenueFill], orders: Sequence[VenueOrder], ts_ns: int) -> None:
        """Adopt the orders of executions that are part of the position that is being taken over, so that they are never booked."""
        for event in adoptions(self._register, self._symbols, fills, orders, ts_ns):
            self._emit(self._before.named(event))
            for found in [one for one in orders if one.venue_id == event.venue_id]:
                self.order(found, ts_ns)

    def settle(self, ts_ns: int) -> None:
        """Read again what waited for executions, now that some were booked."""
        for key in list(self.gaps):
            found, tracked = self.told.get(key), self._register.orders.get(key[0])
            if tracked is None:
                del self.gaps[key]
            elif found is not None:
                self._stand(tracked, tracked.parts[key[1]], found, ts_ns)

    def end(
        self, tracked: Tracked, part: Part, status: OrderStatus, ts_ns: int, text: str = "", venue_id: str = ""
    ) -> None:
        """Tell the end of a part, and of its order where nothing follows."""
        register = self._register
        others = any(other is not part for other in tracked.live)
        follows = not (tracked.external or register.allotment.closes(tracked, part, status))
        goes_on = follows and register.allotment.waits(tracked)
        overall = tracked.status
        if tracked.working and not others and not goes_on:
            replaced = status in {OrderStatus.REPLACED, OrderStatus.FILLED}
            stood = tracked.filled or status not in MOVES[overall]  # an earlier part did, and this one never came to be
            overall = OrderStatus.CANCELED if replaced or (stood and status in _REVIVED) else status
        self._update(tracked, part, status, overall, ts_ns, text, venue_id)

    def awaits_legs(self, symbol: str) -> bool:
        """Say whether the venue may have an order of ours in a symbol whose id there is not known yet, because it named it itself."""
        return any(
            not part.venue_id and not tracked.sends(part) and self._may_be_there(tracked, part)
            for tracked in self._register.active
            if tracked.order.symbol == symbol
            for part in tracked.live
        )

    def _may_be_there(self, tracked: Tracked, part: Part) -> bool:
        sender = self._register.allotment.sent_with(tracked, part)
        return sender is not None and bool(sender[1].venue_id or sender[1].doubtful or self.was_sent(*sender))

    # whose it is

    def _place(self, found: VenueOrder, ts_ns: int, *, opening: bool) -> tuple[Tracked, Part] | None:
        register = self._register
        place = register.find(found.venue_id, found.order_id)
        if place is not None:
            tracked, part = place
            if part.venue_id not in {"", found.venue_id}:
                self._differ("id_reused", tracked, ts_ns, text=f"{found.venue_id} beside {part.venue_id}")
                return None
            if not part.venue_id and not matches(tracked, part, found):
                self._differ("id_reused", tracked, ts_ns, text=f"{found.venue_id} is another order")
                self.end(tracked, part, OrderStatus.REJECTED, ts_ns, "another order has this id")
                return None
            self.strangers.pop(found.venue_id, None)
            return place
        before = register.find(found.replaces, "") if found.replaces and found.status in WORKING else None
        if before is not None and before[1].live:
            if not found.is_on_its_way:  # else the change may yet be refused
                self._replaced(*before, found.venue_id, ts_ns)
            return register.find(found.venue_id, "")
        return self._stranger(found, ts_ns, opening=opening)

    def _stranger(self, found: VenueOrder, ts_ns: int, *, opening: bool) -> tuple[Tracked, Part] | None:
        """Adopt an order that did not come from here."""
        if self.awaits_legs(found.symbol):
            return None
        self.strangers.pop(found.venue_id, None)
        if found.symbol not in self._symbols:
            if found.venue_id not in self._foreign:
                self._foreign.add(found.venue_id)
                self._emit(Difference(ts_ns=ts_ns, kind="foreign_symbol", symbol=found.symbol, order_id=found.venue_id))
            return None
        live, register = found.status in WORKING, self._register
        (self._void.discard if live or found.filled else self._void.add)(found.venue_id)
        old = 0 < found.updated_ns < register.since_ns  # what came of it was known before it was forgotten
        if not live and (opening or old or not found.filled):
            return None
        name = named(found.order_id)
        stray = name is not None and name.run == register.run and live
        order_id = found.order_id if found.order_id and found.order_id not in register.orders else found.venue_id
        limit: Price | None = found.order.limit_price if found.order is not None else None
        adopted = Adopted(
            ts_ns=ts_ns, order_id=order_id, venue_id=found.venue_id, symbol=found.symbol, side=found.side, qty=max(found.qty, 1),
            filled=found.filled if opening else 0, limit_price=limit, stray=stray,
        )  # fmt: skip
        self._emit(self._before.named(adopted) if opening else adopted)
        if stray:
            text = "an order of this run that no record accounts for"
            self._emit(
                Difference(
                    ts_ns=ts_ns, kind="stray", symbol=found.symbol, order_id=order_id, theirs=found.qty, text=text
                )
            )
        return register.find(found.venue_id, "")

    def _leg(self, tracked: Tracked, part: Part, leg: VenueOrder, ts_ns: int) -> None:
        """Take what the venue keeps with an order: the partner of a pair, or the exits of an entry, whose ids the venue chose."""
        if self._register.find(leg.venue_id, "") is None:
            for one, other in self._register.allotment.nameless(tracked, part):
                if leg.order is None or (leg.order.type is OrderType.LIMIT) == one.leads:
                    status = OrderStatus.ACCEPTED
                    self._update(one, other, status, self._overall(one, status), ts_ns, venue_id=leg.venue_id)
                    break
        self.order(leg, ts_ns)

    # what filled

    def _execution(self, tracked: Tracked, part: Part, fill: VenueFill, ts_ns: int, *, listed: bool) -> None:
        """Book an execution that is new; what takes executions back is only read from the venue's list, where each has one name."""
        if not listed and (fill.kind != "fill" or part.rebased):
            self.asks = True
            return
        known = part.executions.get(fill.execution_id)
        renamed = fill.kind == "correct" and known is not None and known.price != fill.price  # by the name of the first
        corrected = self._corrected.get((fill.venue_id, fill.ts_ns))
        before = self._before.has(part, fill, corrected, self.listed)
        old = before or (known is not None and not renamed)
        new = fill.kind == "bust" or not (old or (part.rebased and part.same(fill, self.listed)))
        if fill.execution_id in part.undone or not new:
            return
        if renamed:
            self._bust(tracked, part, fill, ts_ns, gone=True)
            fill = structs.replace(fill, execution_id=f"{fill.execution_id}:corrected")
        told = self.told.get((tracked.order.order_id, part.number))
        if fill.kind == "bust":
            gone = self._is_gone(part, fill, told, corrected=corrected is not None and not before)
            self._bust(tracked, part, fill, ts_ns, gone=gone or (before and is_later(part, fill)), booked=not before)
            return
        self._divide(tracked, part, fill, told, ts_ns)
        cumulative = 0 if part.rebased else (fill.cumulative or 0)
        if not self._is_new(part, fill, cumulative, told):
            if not cumulative and fill.execution_id not in self._doubted:  # by the order's total, which may be old
                self._doubted.add(fill.execution_id)
                self.told.pop((tracked.order.order_id, part.number), None)
                self.gaps[tracked.order.order_id, part.number], self.asks = None, True
            return
        first, was = not part.venue_id, tracked.status
        if not part.venue_id:  # what fills is known by the venue's name for it
            status = part.status if part.status in _REVIVED else OrderStatus.ACCEPTED
            overall = self._overall(tracked, status) if part.live else tracked.status
            size = told.qty if told is not None and told.qty != part.qty else 0
            self._update(tracked, part, status, overall, ts_ns, venue_id=fill.venue_id, size=size)
        self._emit(
            Fill(
                ts_ns=ts_ns, fill_id=fill.execution_id, order_id=tracked.order.order_id, symbol=fill.symbol, side=fill.side, qty=fill.qty,
                price=fill.price, fee_units=fill.fee_units, reason=tracked.order.reason, venue_id=part.venue_id or fill.venue_id,
                cumulative=cumulative, done_ns=fill.ts_ns if fill.ts_ns < self._register.began_ns else 0,
            )
        )  # fmt: skip
        beyond = self._register.excess(tracked, part)
        if beyond > 0:
            self._differ("overfill", tracked, ts_ns, ours=tracked.order.qty, theirs=tracked.order.qty + beyond)
        if was in _REVIVED and (tracked.status is was or first):  # else it was named as it was seen
            self._differ("revived", tracked, ts_ns, theirs=fill.qty, text=f"filled after it was {was}")

    def _divide(self, tracked: Tracked, part: Part, fill: VenueFill, told: VenueOrder | None, ts_ns: int) -> None:
        """Take that shares were divided before an execution, where its place among those of the order says so."""
        if told is None or told.qty == part.qty or told.status is OrderStatus.PENDING_REPLACE or fill.kind != "fill":
            return
        start, known = (fill.cumulative or 0) - fill.qty, part.live and part.venue_id and not part.partner
        if known and not part.rebased and 0 <= start == part.filled * told.qty / part.qty:
            self._restate(tracked, part, structs.replace(told, filled=start), ts_ns)

    def _is_new(self, part: Part, fill: VenueFill, cumulative: int, told: VenueOrder | None) -> bool:
        """Say whether an execution was not booked yet, by its place among the cumulative lots, else by the order's total."""
        room = told is not None and part.filled + fill.qty <= told.filled
        free = part.covers(cumulative - fill.qty, cumulative) == 0 or (room and part.is_displaced(fill, self.listed))
        return free if cumulative else room

    def _is_gone(self, part: Part, fill: VenueFill, told: VenueOrder | None, *, corrected: bool) -> bool:
        """Say whether what is taken back is so for sure, by the order's total, or since another stands in its place."""
        filled = part.filled + 1 if told is None else told.filled
        sure = filled <= part.filled or fill.execution_id not in self._doubted  # by a total that may be old
        return filled <= part.filled - fill.qty or (corrected and sure)

    def _bust(
        self, tracked: Tracked, part: Part, fill: VenueFill, ts_ns: int, *, gone: bool, booked: bool = True
    ) -> None:
        """Take an execution back; where the venue names it otherwise in its list, one that is alike, if it is `gone` for sure."""
        fill_id, what = fill.execution_id, Execution(fill.qty, fill.price, fill.fee_units)
        if fill_id not in part.executions and (booked or not gone):
            own = self.listed.get(fill_id)
            alike = [] if own is None else part.same(own, self.listed)
            if not alike and (not gone or (own is not None and not part.may_have(own.qty, own.cumulative or 0))):
                return
            others = {} if own is None else self.listed  # what is listed by its name is meant alone
            alike = alike or part.alike(fill.qty, fill.price, others)
            if not alike:
                return
            fill_id = alike[-1]
        what, order = part.executions.get(fill_id, what), tracked.order
        self._emit(
            Busted(
                ts_ns=ts_ns, fill_id=fill_id, order_id=order.order_id, symbol=order.symbol, side=order.side, qty=what.qty,
                price=what.price, fee_units=what.fee_units, bust_id="" if fill_id == fill.execution_id else fill.execution_id,
            )
        )  # fmt: skip
        told = self.told.get((order.order_id, part.number))
        if told is None or told.filled != part.filled:
            self.gaps[order.order_id, part.number] = None

    # how it stands

    def _stand(self, tracked: Tracked, part: Part, found: VenueOrder, ts_ns: int) -> None:
        """Take the state of a part."""
        key = (tracked.order.order_id, part.number)
        if found.filled == part.filled:
            self.gaps.pop(key, None)
        elif key not in self.gaps:
            self.gaps[key], self.asks = None, True
        if found.status in WORKING:
            self._stands(tracked, part, found, ts_ns)
            return
        if part.live and part.venue_id and found.filled > part.filled and part.is_split(found.qty, found.filled):
            self._restate(tracked, part, found, ts_ns)
        if found.filled <= part.filled:
            self._ended(tracked, part, found, ts_ns)
        elif not part.venue_id and part.live:  # its end waits for executions, its name does not
            status = OrderStatus.ACCEPTED
            self._update(tracked, part, status, self._overall(tracked, status), ts_ns, venue_id=found.venue_id)

    def _stands(self, tracked: Tracked, part: Part, found: VenueOrder, ts_ns: int) -> None:
        status = found.status
        if status is OrderStatus.UNKNOWN:  # a word that nobody knows: it is there, and works
            status = OrderStatus.PARTIALLY_FILLED if part.filled else OrderStatus.ACCEPTED
        if not part.live:
            if part.status not in _REVIVED and part.venue_id:
                return  # an old word: what ended stays ended
            self._differ("revived", tracked, ts_ns, theirs=found.qty, text=f"works after it was {part.status}")
            overall = self._overall(tracked, status) if tracked.status in _REVIVED else tracked.status
            self._update(tracked, part, status, overall, ts_ns, venue_id=found.venue_id)
            return
        first = not part.venue_id
        other_size = found.qty != part.qty and (first or found.status is not OrderStatus.PENDING_REPLACE)
        if first or status is not part.status or part.doubtful:
            size = found.qty if first and other_size else 0
            overall = self._overall(tracked, status)
            self._update(tracked, part, status, overall, ts_ns, venue_id=found.venue_id, size=size)
        same = found.filled == part.filled or part.is_split(found.qty, found.filled)
        if not first and other_size and not part.partner and same:
            self._restate(tracked, part, found, ts_ns)

    def _restate(self, tracked: Tracked, part: Part, found: VenueOrder, ts_ns: int) -> None:
        order = found.order
        self._emit(
            OrderRestated(
                ts_ns=ts_ns, order_id=tracked.order.order_id, symbol=found.symbol, part=part.number, qty=max(found.qty, 1), filled=found.filled,
                limit_price=order.limit_price if order is not None and tracked.order.limit_price is not None else None,
                stop_price=order.stop_price if order is not None and tracked.order.stop_price is not None else None,
                beside=sum(other.qty - other.filled for other in tracked.live if other is not part),
            )
        )  # fmt: skip
        self.gaps.pop((tracked.order.order_id, part.number), None)

    def _ended(self, tracked: Tracked, part: Part, found: VenueOrder, ts_ns: int) -> None:
        if found.status is OrderStatus.REPLACED and found.replaced_by and part.live:
            self._replaced(tracked, part, found.replaced_by, ts_ns, found.venue_id)
        elif part.live:
            self.end(tracked, part, found.status, ts_ns, venue_id=found.venue_id)
        elif not part.venue_id or (part.status is OrderStatus.ABANDONED and found.status is not OrderStatus.ABANDONED):
            self._update(tracked, part, found.status, tracked.status, ts_ns, venue_id=found.venue_id)

    def _replaced(self, tracked: Tracked, part: Part, successor_id: str, ts_ns: int, venue_id: str = "") -> None:
        """Take that the venue has put another order in the place of a part, on our word or by other hands."""
        overall = self._overall(tracked, OrderStatus.ACCEPTED)
        self._update(tracked, part, OrderStatus.REPLACED, overall, ts_ns, venue_id=venue_id)
        successors = [one for one in tracked.live if one.amends == part.number and not one.venue_id]
        if successors and self._register.find(successor_id, "") is None:
            self._update(tracked, successors[0], OrderStatus.ACCEPTED, overall, ts_ns, venue_id=successor_id)

    # telling

    def _overall(self, tracked: Tracked, status: OrderStatus) -> OrderStatus:
        """Return the state of an order of which a part stands at `status`."""
        if status is OrderStatus.ACCEPTED and tracked.filled:
            status = OrderStatus.PARTIALLY_FILLED
        if status is tracked.status or status in MOVES[tracked.status]:
            return status if tracked.working or tracked.status in _REVIVED else tracked.status
        return tracked.status

    def _update(
        self, tracked: Tracked, part: Part, status: OrderStatus, overall: OrderStatus, ts_ns: int, text: str = "",
        venue_id: str = "", size: int = 0,
    ) -> None:  # fmt: skip
        if overall is not tracked.status and overall not in MOVES[tracked.status]:
            self._differ("move", tracked, ts_ns, text=f"from {tracked.status} to {overall}")
            overall = tracked.status
        self._emit(
            OrderUpdate(
                ts_ns=ts_ns, order_id=tracked.order.order_id, symbol=tracked.order.symbol, status=overall, filled=tracked.filled,
                text=text, venue_id=venue_id, part=part.number, part_status=None if status is overall else status, part_qty=size,
            )
        )  # fmt: skip

    def _differ(self, kind: str, tracked: Tracked, ts_ns: int, ours: int = 0, theirs: int = 0, text: str = "") -> None:
        self._emit(
            Difference(
                ts_ns=ts_ns, kind=kind, symbol=tracked.order.symbol, order_id=tracked.order.order_id, ours=ours, theirs=theirs, text=text
            )
        )  # fmt: skip
