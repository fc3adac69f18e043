"""Take the orders of one symbol through a bar.

How it works. The bar says which prices were reached, not in which order, so the order is fixed. What trades at the
open comes first, as it was sent; then what the bar reaches inside, stops before limits; then attached exits; then the close.
A leg that an entry brings to life inside a bar sees of it only what is known to come after: the worst of its range for a
stop, its close for a limit. `kernels.matching` is the compiled twin for one working order.
"""

import math
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
from tenfold.kernels.packing import ENTRY_EXITS, GAPS
from tenfold.simulation.legs import Legs, waits_for_entry
from tenfold.simulation.working import Reached, View, Working

_AT_ONCE: Final = ("ioc", "fok")
_WHOLE: Final = 1e-9
"""By how much a product of shares may miss a whole lot."""


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
    working : orders by id, in the order in which they were sent
    entry : the order that last opened or added to the position
    stop, target : levels of its attached exits, 0 where there is none; `trailed` says that trailing moved the stop
    close : last price
    """

    __slots__ = (
        "_entered", "_entry_exits", "_idle", "_inside", "_legs", "_matching", "_participation", "_used", "_venue", "_waits",
        "_woken", "close", "cost", "entry", "instrument", "lots", "scale", "stop", "target", "trailed", "working",
    )  # fmt: skip

    def __init__(self, instrument: Instrument, matching: Matching, participation: float, venue: Venue) -> None:
        self.instrument = instrument
        self.scale = instrument.units_per_price
        self.lots = 0
        self.cost = 0
        self.working: dict[str, Working] = {}
        self.entry: Order | None = None
        self.stop = self.target = 0.0
        self.trailed = False
        self.close = 0.0
        self._matching = matching
        self._entry_exits = ENTRY_EXITS[matching.entry_bar]
        self._idle = int(Flag.OFF_SESSION) if matching.regular_hours else 0
        self._participation = participation
        self._venue = venue
        self._legs = Legs()
        self._used = 0  # lots filled in the bar under way
        self._entered = 0.0  # price of a position that it opened, or let grow at an unknown moment
        self._inside = False
        self._waits = False  # whether the exits of a position that it opened wait for the next
        self._woken: list[Working] = []

    # orders

    def add(self, order: Order, session: int | None) -> None:
        """Take an order; a leg sleeps until its entry fills."""
        latency_ns = int(self._matching.latency_s * NS_PER_SECOND)
        one = Working(order, self.instrument.tick_size, session, self.close, latency_ns)
        if waits_for_entry(order) and order.parent_id not in self.working and self._legs.room(order) <= 0:
            text = f"its entry {order.parent_id} does not work, and has filled nothing that is left to cover"
            self._venue.update(order, order.ts_ns, OrderStatus.REJECTED, text=text)
            return
        self._legs.add(one)
        self.working[order.order_id] = one

    def drop(self, one: Working, ts_ns: int, status: OrderStatus) -> None:
        """End a working order, and the legs that have nothing to wait for."""
        self._remove(one)
        self._venue.update(one.order, ts_ns, status, filled=one.filled)
        for leg in self._legs.of(one.order):
            self._finish(leg, ts_ns)

    def cancel_all(self, ts_ns: int) -> None:
        """End everything that works."""
        for order_id, one in list(self.working.items()):
            if order_id in self.working:  # else it was a leg, and went with its entry
                self.drop(one, ts_ns, OrderStatus.CANCELED)

    def divide(self, ratio: float) -> None:
        """Hold so many shares for each that is held, and the levels of its exits in those; what is no whole lot is gone."""
        held, tick = self.lots, self.instrument.tick_size
        size = math.floor(abs(held) * ratio + _WHOLE)
        self.lots = size if held > 0 else -size
        self.cost = self.cost if size else 0
        self.close /= ratio
        self.stop, self.target = (
            snapped(level / ratio, tick) if size and level > 0.0 else 0.0 for level in (self.stop, self.target)
        )

    def _remove(self, one: Working) -> None:
        del self.working[one.order.order_id]
        self._legs.remove(one)

    def _finish(self, leg: Working, ts_ns: int) -> None:
        """End a leg for which nothing is left and whose entry has ended."""
        order = leg.order
        if order.order_id in self.working and leg.room <= 0 and order.parent_id not in self.working:
            self.drop(leg, ts_ns, OrderStatus.CANCELED)

    # the bar

    def on_bar(self, bar: Bar) -> None:
        """Fill what the bar reaches, and end what it outlives."""
        if self.working or self.stop > 0.0 or self.target > 0.0:
            self._match(bar)
        self.close = bar.close

    def _match(self, bar: Bar) -> None:
        closed = bool(bar.flags & self._idle)
        for one in [one for one in self.working.values() if one.outlived(bar, closed)]:
            if one.order.order_id in self.working:  # else it was a leg, and went with its entry
                self.drop(one, bar.open_ns, OrderStatus.EXPIRED)
        idle = fills.is_idle(bar.flags, bar.volume, bar.high, bar.low, self._idle, int(self._matching.stale_waits))
        if not idle:
            self._used, self._entered, self._inside, self._waits = 0, 0.0, False, False
            self._trade([one for one in self.working.values() if one.eligible(bar)], bar)
            if self.lots and (self.stop > 0.0 or self.target > 0.0) and not self._waits:
                self._watch(bar)
            if bar.remaining_s <= 0:
                self._auction(bar)
        self._end(bar, idle)

    def _end(self, bar: Bar, idle: bool) -> None:
        """End what does not work beyond this bar, and trail the stops that do."""
        for order_id, one in list(self.working.items()):
            if order_id not in self.working:  # a leg that went with its entry
                continue
            if one.expires(bar, idle):
                self.drop(one, bar.ts_ns, OrderStatus.EXPIRED)
            elif not idle and one.order.tif in _AT_ONCE and one.eligible(bar):
                self.drop(one, bar.ts_ns, OrderStatus.CANCELED)
        if not idle and self._matching.trail == "before":
            self._trail_orders([one for one in self.working.values() if one.eligible(bar)], bar)
        for one in self.working.values():
            one.born, one.inside, one.from_next = 0.0, False, False

    def _trade(self, active: list[Working], bar: Bar) -> None:
        waiting = active
        while waiting:
            if self._matching.trail == "after":
                self._trail_orders(waiting, bar)
            found = [(one, one.reached(self._view(one.order.side.sign, bar), self._matching)) for one in waiting]
            hits = [(one, reached) for one, reached in found if reached.price > 0.0]
            hits.sort(key=lambda hit: (hit[1].inside, hit[1].inside and hit[0].kind == fills.AT_LIMIT))
            self._woken = []
            for one, reached in hits:
                if one.order.order_id in self.working:
                    self._fill(one, reached, bar)
            waiting = self._woken

    def _view(self, side: int, bar: Bar) -> View:
        """Return the prices of the bar on the side of the quote that an order trades against."""
        shift = fills.quote_shift(side, bar.open, bar.bid_open, bar.ask_open) if self._matching.quote_side else 0.0
        return View(bar.open + shift, bar.high + shift, bar.low + shift, bar.close + shift)

    def _fill(self, one: Working, reached: Reached, bar: Bar) -> None:
        """Fill a working order as far as volume allows."""
        side, tif = one.order.side.sign, one.order.tif
        if reached.inside and (tif in _AT_ONCE or one.for_opening):
            return
        size = self._available(one.wanted, bar)
        if size <= 0 or (tif == "fok" and size < abs(one.left)):
            return
        if one.kind == fills.AT_LIMIT:
            price = snapped(reached.price, self.instrument.tick_size)
        else:
            price = self._venue.slipped(self, side, reached.price, size, bar)
        before = self.lots
        self._take(one, bar, side * size, price, reached.price, reached.maker)
        opened = self.lots != 0 and (before == 0 or (before > 0) != (self.lots > 0))
        if opened or (reached.inside and abs(self.lots) > abs(before)):
            self._entered, self._inside = price, reached.inside
        if opened:
            self._waits = fills.waits(self._entry_exits, int(reached.priced))
        self._wake(one, bar, price, reached.inside, fills.waits(self._entry_exits, int(reached.priced)))

    def _wake(self, entry: Working, bar: Bar, price: float, inside: bool, from_next: bool) -> None:
        """Bring the legs of an entry that filled to life, in this bar or from the next."""
        for leg in self._legs.of(entry.order):
            if not leg.asleep:
                continue
            leg.asleep = False
            leg.trail(price)
            if leg.for_opening:
                leg.after = max(leg.after, bar.session)
            if from_next:
                leg.from_next = True
            elif leg.eligible(bar):
                leg.born, leg.inside, leg.session = price, inside, bar.session
                self._woken.append(leg)

    def _available(self, wanted: int, bar: Bar) -> int:
        """Return how many of the lots the volume left in the bar can fill."""
        used, lot = self._used, self.instrument.lot_size
        return fills.fillable(wanted + used, bar.volume, self._participation, lot) - used if wanted > 0 else 0

    def _take(
        self, one: Working, bar: Bar, qty: int, price: float, unslipped: float, maker: bool, at_close: bool = False
    ) -> None:
        """Book a fill of signed lots, and settle what hangs together with its order."""
        one.left -= qty
        one.filled += abs(qty)
        self._used += abs(qty)
        self._legs.note(one, abs(qty))
        others = self._legs.others(one)
        if one.left == 0:
            self._remove(one)
        self._book(bar, one.order, qty, price, unslipped, maker, at_close)
        if one.left == 0 and one.filled < one.order.qty:  # the others of its group filled the rest
            self._venue.update(one.order, bar.ts_ns, OrderStatus.CANCELED, filled=one.filled)
        for other in others:
            if other.order.order_id in self.working and (other.left == 0 or one.left == 0):
                self.drop(other, bar.ts_ns, OrderStatus.CANCELED)
        for leg in (one, *others):
            self._finish(leg, bar.ts_ns)

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
        through, gap = int(matching.limit == "through"), GAPS[matching.gap]
        view = self._view(-1 if lots > 0 else 1, bar)
        first = self._entered if self._entered > 0.0 else view.first
        if matching.trail == "after":
            self._trail_exit(view)
        if not self._inside:
            which, price = fills.triggered(lots, first, view.high, view.low, self.stop, self.target, through, gap)
        else:
            which, price = fills.triggered(lots, first, view.high, view.low, self.stop, 0.0, through, gap)
            if not which:
                which, price = fills.triggered(lots, first, view.close, view.close, 0.0, self.target, through, gap)
        if which:
            stood = which == fills.TARGET and fills.is_inside(
                fills.AT_LIMIT, -1 if lots > 0 else 1, first, self.target, through
            )
            self._leave(bar, which, price, stood)
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

    def _leave(self, bar: Bar, which: int, price: float, maker: bool) -> None:
        """Fill a triggered exit as far as the bar allows; the rest works on as a market order, and nothing else does."""
        one = self._leaving(bar, which)
        size, side = abs(one.left), one.order.side.sign
        filling = self._available(size, bar)
        if filling > 0:
            paid = snapped(price, self.instrument.tick_size)
            if which != fills.TARGET:
                paid = self._venue.slipped(self, side, price, filling, bar)
            self._take(one, bar, side * filling, paid, price, maker)
        if one.left != 0:
            status = OrderStatus.PARTIALLY_FILLED if one.filled else OrderStatus.ACCEPTED
            self._venue.update(one.order, bar.ts_ns, status, filled=one.filled)

    def _leaving(self, bar: Bar, which: int) -> Working:
        """Return the market order of a triggered exit; it alone works from here on."""
        entry = self.entry
        if entry is None:
            raise InvariantError(f"an exit of {bar.symbol} triggered without an entry")
        reason = Reason.TARGET if which == fills.TARGET else (Reason.TRAIL if self.trailed else Reason.STOP)
        self.cancel_all(bar.ts_ns)
        order = Order(
            order_id=entry.order_id + EXIT, ts_ns=bar.ts_ns, symbol=bar.symbol,
            side=Side.SELL if self.lots > 0 else Side.BUY, qty=abs(self.lots), parent_id=entry.order_id, reason=reason,
        )  # fmt: skip
        self.stop = self.target = 0.0
        one = Working(order, self.instrument.tick_size, None, bar.close, 0)
        self.working[order.order_id] = one
        return one

    # the close

    def _auction(self, bar: Bar) -> None:
        for one in [one for one in self.working.values() if one.eligible(bar)]:
            side = one.order.side.sign
            at = one.at_close(self._view(side, bar), bar, self._matching)
            size = self._available(one.wanted, bar) if at > 0.0 and one.order.order_id in self.working else 0
            if size <= 0:
                continue
            price = snapped(at, self.instrument.tick_size)
            if one.order.limit_price is None:
                price = self._venue.slipped(self, side, at, size, bar)
            self._take(one, bar, side * size, price, at, False, at_close=True)
            self._wake(one, bar, price, True, True)
