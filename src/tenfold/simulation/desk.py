"""Take the orders of one symbol through a bar.

How it works. The bar says which prices were reached, not in which order, so the order is fixed. What trades at the
open comes first, as it was sent; then what the bar reaches inside, stops before limits; then attached exits; then the close.
A leg that an entry brings to life inside a bar sees of it only what is known to come after: the worst of its range for a
stop, its close for a limit. `kernels.matching` is the compiled twin for one working order.
"""

from typing import Final, Protocol

from tenfold.domain.errors import InvariantError
from tenfold.domain.instrument import Instrument
from tenfold.domain.market import Bar, Flag
from tenfold.domain.order import EXIT, Order, OrderStatus, Reason, Side
from tenfold.domain.rules import Matching
from tenfold.domain.units import NS_PER_SECOND
from tenfold.kernels import fills
from tenfold.kernels.accounting import average_price, filled, unit_value
from tenfold.kernels.costs import snapped
from tenfold.kernels.packing import ENTRY_EXITS
from tenfold.simulation.working import Reached, View, Working

_ONE_CANCELS: Final = ("bracket", "oco")


class Venue(Protocol):
    """Price and report what a desk fills."""

    def slipped(self, desk: "Desk", side: int, price: float, lots: int, bar: Bar) -> float:
        """Return the price after slippage, on the tick."""

    def book(
        self,
        desk: "Desk",
        bar: Bar,
        order: Order,
        qty: int,
        price: float,
        unslipped: float,
        maker: bool,
        at_close: bool,
    ) -> None:
        """Report a fill of signed lots."""

    def update(self, order: Order, ts_ns: int, status: OrderStatus, filled: int = 0, text: str = "") -> None:
        """Report a change of an order."""


class Desk:
    """Hold position, working orders and attached exits of one symbol.

    Attributes
    ----------
    lots, cost : signed position and its cost, money units
    working : orders in the order in which they were sent
    entry : the order that last opened or added to the position
    stop, target : levels of its attached exits, 0 where there is none; `trailed` says that trailing moved the stop
    close : last price
    """

    __slots__ = (
        "_entered", "_entry_exits", "_idle", "_inside", "_legs", "_matching", "_participation", "_priced", "_used", "_venue",
        "_woken", "close", "cost", "entry", "instrument", "lots", "scale", "stop", "target", "trailed", "working",
    )  # fmt: skip

    def __init__(self, instrument: Instrument, matching: Matching, participation: float, venue: Venue) -> None:
        self.instrument = instrument
        self.scale = instrument.units_per_price
        self.lots = 0
        self.cost = 0
        self.working: list[Working] = []
        self.entry: Order | None = None
        self.stop = self.target = 0.0
        self.trailed = False
        self.close = 0.0
        self._matching = matching
        self._entry_exits = ENTRY_EXITS[matching.entry_bar]
        self._idle = int(Flag.OFF_SESSION) if matching.regular_hours else 0
        self._participation = participation
        self._venue = venue
        self._legs: dict[str, list[Working]] = {}  # by the id of the entry, or of the group
        self._used = 0  # lots filled in the bar under way
        self._entered = 0.0  # price of a position that it opened
        self._inside = False
        self._priced = False
        self._woken: list[Working] = []

    # orders

    def add(self, order: Order, session: int | None) -> None:
        """Take an order; a leg sleeps until its entry fills."""
        one = Working(order, self.instrument.tick_size, session, self.close, self._latency)
        if order.parent_id is not None and order.order_class != "simple":
            self._legs.setdefault(order.parent_id, []).append(one)
            if order.order_class != "oco":
                entry = self.find(order.parent_id)
                one.room = entry.filled if entry is not None else abs(self.lots)
        self.working.append(one)

    @property
    def _latency(self) -> int:
        return int(self._matching.latency_s * NS_PER_SECOND)

    def find(self, order_id: str) -> Working | None:
        """Return a working order by its id."""
        return next((one for one in self.working if one.order.order_id == order_id), None)

    def drop(self, one: Working, ts_ns: int, status: OrderStatus) -> None:
        """End a working order, and the legs that wait for it."""
        self.working.remove(one)
        self._venue.update(one.order, ts_ns, status, filled=one.filled)
        for leg in self._legs.get(one.order.order_id, ()):
            if leg in self.working and one.filled == 0 and leg.order.order_class != "oco":
                self.drop(leg, ts_ns, OrderStatus.CANCELED)

    # the bar

    def on_bar(self, bar: Bar) -> None:
        """Fill what the bar reaches, and end what it outlives."""
        if self.working or self.stop > 0.0 or self.target > 0.0:
            self._match(bar)
        self.close = bar.close

    def _match(self, bar: Bar) -> None:
        active = [one for one in self.working if one.eligible(bar)]
        for one in [one for one in active if one.expired(bar, False)]:
            active.remove(one)
            self.drop(one, bar.open_ns, OrderStatus.EXPIRED)
        idle = fills.is_idle(bar.flags, bar.volume, bar.high, bar.low, self._idle, int(self._matching.stale_waits))
        if not idle:
            self._used, self._entered, self._inside, self._priced = 0, 0.0, False, False
            if self._matching.trail == "after":
                self._trail_orders(active, bar)
            self._trade(active, bar)
            waits = self._entered > 0.0 and fills.waits(self._entry_exits, self._priced)
            if self.lots and (self.stop > 0.0 or self.target > 0.0) and not waits:
                self._watch(bar)
            if bar.remaining_s <= 0:
                self._auction(bar)
        self._end(bar, active, idle)

    def _end(self, bar: Bar, active: list[Working], idle: bool) -> None:
        """End what does not work beyond this bar, and trail the stops that do."""
        for one in [one for one in self.working if one.eligible(bar)]:
            one.born = 0.0
            if one not in self.working:  # a leg that went with its entry
                continue
            closing = one.kind == fills.AT_CLOSE and bar.remaining_s <= 0
            auctioned = not idle and (closing or (one in active and one.for_opening))
            if auctioned or one.expired(bar, True):
                self.drop(one, bar.ts_ns, OrderStatus.EXPIRED)
            elif not idle and one.order.tif in {"ioc", "fok"}:
                self.drop(one, bar.ts_ns, OrderStatus.CANCELED)
        if not idle and self._matching.trail == "before":
            self._trail_orders(self.working, bar)
        for one in self.working:
            one.inside = False

    def _trade(self, active: list[Working], bar: Bar) -> None:
        waiting = active
        while waiting:
            found = [(one, one.reached(self._view(one.order.side.sign, bar), self._matching)) for one in waiting]
            hits = [(one, reached) for one, reached in found if reached.price > 0.0]
            hits.sort(key=lambda hit: (hit[1].inside, hit[1].inside and hit[0].kind == fills.AT_LIMIT))
            self._woken = []
            for one, reached in hits:
                if one in self.working:
                    self._fill(one, reached, bar)
            waiting = self._woken

    def _view(self, side: int, bar: Bar) -> View:
        """Return the prices of the bar on the side of the quote that an order trades against."""
        shift = fills.quote_shift(side, bar.open, bar.bid_open, bar.ask_open) if self._matching.quote_side else 0.0
        return View(bar.open + shift, bar.high + shift, bar.low + shift, bar.close + shift)

    def _fill(self, one: Working, reached: Reached, bar: Bar) -> None:
        """Fill a working order as far as volume allows."""
        order, side, wanted = one.order, one.order.side.sign, one.wanted
        if reached.inside and (order.tif in {"ioc", "fok"} or one.for_opening):
            return
        size = self._available(wanted, bar)
        if size <= 0 or (order.tif == "fok" and size < wanted):
            return
        limited = one.kind == fills.AT_LIMIT
        price = snapped(reached.price, self.instrument.tick_size)
        if not limited:
            price = self._venue.slipped(self, side, reached.price, size, bar)
        opened = self._take(one, bar, side * size, price, reached.price, limited and reached.inside)
        if opened:
            self._entered, self._inside, self._priced = price, reached.inside, reached.priced
        for leg in self._legs.get(order.order_id, ()):
            if leg.order.order_class != "oco" and leg in self.working:
                leg.room = one.filled
                if leg.born == 0.0:
                    leg.born, leg.inside = price, reached.inside
                    if not fills.waits(self._entry_exits, reached.priced):
                        self._woken.append(leg)

    def _available(self, wanted: int, bar: Bar) -> int:
        """Return how many of the lots the volume left in the bar can fill."""
        used, lot = self._used, self.instrument.lot_size
        return fills.fillable(wanted + used, bar.volume, self._participation, lot) - used if wanted > 0 else 0

    def _take(
        self, one: Working, bar: Bar, qty: int, price: float, unslipped: float, maker: bool, at_close: bool = False
    ) -> bool:
        """Book a fill of signed lots, settle the other legs, and say whether it opened the position."""
        before = self.lots
        one.left -= qty
        self._used += abs(qty)
        if one.left == 0:
            self.working.remove(one)
        self._book(bar, one.order, qty, price, unslipped, maker, at_close)
        if one.order.order_class in _ONE_CANCELS and one.order.parent_id is not None:
            for other in self._legs.get(one.order.parent_id, ()):
                if other is not one and other in self.working:
                    other.left -= other.order.side.sign * min(abs(qty), abs(other.left))
                    if other.left == 0 or one.left == 0:
                        self.drop(other, bar.ts_ns, OrderStatus.CANCELED)
        return self.lots != 0 and (before == 0 or (before > 0) != (self.lots > 0))

    def _book(
        self, bar: Bar, order: Order, qty: int, price: float, unslipped: float, maker: bool, at_close: bool = False
    ) -> None:
        """Move the position, and attach exits where it opened or grew."""
        before, kept = self.lots, self.stop
        self._venue.book(self, bar, order, qty, price, unslipped, maker, at_close)
        self.lots, self.cost, _ = filled(self.lots, self.cost, qty, unit_value(price, self.scale))
        if self.lots == 0:
            self.stop = self.target = 0.0
        elif (self.lots > 0) == (qty > 0):
            self.entry = order
            anchor = average_price(self.cost, self.lots, self.scale)
            self.stop = loss = self._level(anchor, order.stop_frac, fills.STOP)
            self.target = self._level(anchor, order.target_frac, fills.TARGET)
            if order.trailing_frac is not None:  # it never loosens while the position grows
                self.stop = fills.tighter(self.lots, loss, self._level(anchor, order.trailing_frac, fills.STOP))
                if before != 0 and (before > 0) == (self.lots > 0):
                    self.stop = fills.tighter(self.lots, self.stop, kept)
                self.trailed = self.stop != loss

    # attached exits

    def _level(self, anchor: float, frac: float | None, which: int) -> float:
        price = 0.0 if frac is None else fills.exit_level(self.lots, anchor, frac, which)
        return snapped(price, self.instrument.tick_size) if price > 0.0 else 0.0

    def _watch(self, bar: Bar) -> None:
        """Check the attached exits inside the bar, and move the trailing stop with it."""
        matching, lots = self._matching, self.lots
        through, at_level = int(matching.limit == "through"), int(matching.gap == "level")
        view = self._view(-1 if lots > 0 else 1, bar)
        first = self._entered if self._entered > 0.0 else view.first
        if matching.trail == "after":
            self._trail_exit(view)
        which, price = fills.NONE, 0.0
        if not self._inside:
            which, price = fills.triggered(lots, first, view.high, view.low, self.stop, self.target, through, at_level)
        else:
            which, price = fills.triggered(lots, first, view.high, view.low, self.stop, 0.0, through, at_level)
            if not which:
                which, price = fills.triggered(lots, first, view.close, view.close, 0.0, self.target, through, at_level)
        if which:
            self._leave(bar, which, price)
        elif matching.trail == "before":
            self._trail_exit(view)

    def _trail_exit(self, view: View) -> None:
        if self.entry is None or self.entry.trailing_frac is None:
            return
        best = view.close if self._inside else (view.high if self.lots > 0 else view.low)
        moved = fills.tighter(self.lots, self.stop, self._level(best, self.entry.trailing_frac, fills.STOP))
        if moved != self.stop:
            self.stop, self.trailed = moved, True

    def _trail_orders(self, orders: list[Working], bar: Bar) -> None:
        for one in orders:
            view = self._view(one.order.side.sign, bar)
            best = view.low if one.order.side is Side.BUY else view.high
            one.trail(view.close if one.inside else best)

    def _leave(self, bar: Bar, which: int, price: float) -> None:
        """Fill a triggered exit as far as the bar allows; the rest works on as a market order, and nothing else does."""
        entry = self.entry
        if entry is None:
            raise InvariantError(f"an exit of {bar.symbol} triggered without an entry")
        lots, size = self.lots, abs(self.lots)
        reason = Reason.TARGET if which == fills.TARGET else (Reason.TRAIL if self.trailed else Reason.STOP)
        for one in list(self.working):
            if one in self.working:
                self.drop(one, bar.ts_ns, OrderStatus.CANCELED)
        leaving = Order(
            order_id=entry.order_id + EXIT, ts_ns=bar.ts_ns, symbol=bar.symbol,
            side=Side.SELL if lots > 0 else Side.BUY, qty=size, parent_id=entry.order_id, reason=reason,
        )  # fmt: skip
        self.stop = self.target = 0.0
        one = Working(leaving, self.instrument.tick_size, None, bar.close, 0)
        self.working.append(one)
        filling = self._available(size, bar)
        if filling > 0:
            target = which == fills.TARGET
            paid = snapped(price, self.instrument.tick_size)
            if not target:
                paid = self._venue.slipped(self, leaving.side.sign, price, filling, bar)
            self._take(one, bar, leaving.side.sign * filling, paid, price, target)
        if one.left != 0:
            self._venue.update(leaving, bar.ts_ns, OrderStatus.ACCEPTED, filled=one.filled)

    # the close

    def _auction(self, bar: Bar) -> None:
        for one in [one for one in self.working if one.eligible(bar)]:
            side = one.order.side.sign
            at = one.at_close(self._view(side, bar)) if one.born == 0.0 else 0.0
            size = self._available(one.wanted, bar) if at > 0.0 else 0
            if size > 0:
                price = self._venue.slipped(self, side, at, size, bar)
                self._take(one, bar, side * size, price, at, False, at_close=True)
