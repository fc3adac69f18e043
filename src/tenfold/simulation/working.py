"""Hold an order at the simulated venue, and say at which price a bar reaches it."""

from typing import Final, NamedTuple

from tenfold.domain.market import Bar
from tenfold.domain.order import Order, OrderType
from tenfold.domain.rules import Matching
from tenfold.kernels import fills
from tenfold.kernels.costs import snapped
from tenfold.kernels.packing import GAPS

_ALWAYS: Final = -(1 << 40)
_KINDS: Final = {
    OrderType.MARKET: fills.AT_OPEN,
    OrderType.MARKET_ON_OPEN: fills.AT_OPEN,
    OrderType.MARKET_ON_CLOSE: fills.AT_CLOSE,
    OrderType.LIMIT: fills.AT_LIMIT,
    OrderType.STOP: fills.AT_STOP,
    OrderType.STOP_LIMIT: fills.AT_STOP,
    OrderType.TRAILING_STOP: fills.AT_STOP,
    OrderType.LIMIT_IF_TOUCHED: fills.AT_LIMIT,
}
_TWO_STEPS: Final = (OrderType.STOP_LIMIT, OrderType.LIMIT_IF_TOUCHED)
_NO_BOUND: Final = 1 << 62


class View(NamedTuple):
    """Hold the prices of a bar as an order meets them: on its side of the quote, from the moment that it works."""

    first: float
    high: float
    low: float
    close: float


class Reached(NamedTuple):
    """Say at which price a bar reaches an order; a price of 0 is not reached.

    `inside` says that it was not at the open, `priced` that a limit or stop decided, `maker` that a limit order stood
    there before the price came.
    """

    price: float
    inside: bool = False
    priced: bool = True
    maker: bool = False


NOT_REACHED: Final = Reached(0.0)


class Working:
    """Hold what is left of an order, and what it waits for.

    Attributes
    ----------
    left : signed lots still to fill; what the other orders of its group filled is taken off
    filled : lots that it filled itself
    kind : `kernels.fills`; a triggered stop becomes a market or limit order
    level : price of its limit or stop now
    best : of a trailing stop, the best price since it works; 0 before the first
    after, since_ns : fills only in sessions after the one, and in bars that open at the other or later
    session : the first session in which it could fill, None before
    asleep, room : a leg whose entry has filled nothing sleeps; then the lots that it may still fill
    from_next : came to life too late for the bar under way
    born, inside : price at which it came to life within the bar under way, 0 at the open; and whether at an unknown moment
    """

    __slots__ = (
        "after", "asleep", "best", "born", "filled", "from_next", "inside", "kind", "left", "level", "order", "room",
        "session", "since_ns", "tick", "touched",
    )  # fmt: skip

    def __init__(self, order: Order, tick: float, now: int | None, close: float, latency_ns: int) -> None:
        self.order = order
        self.tick = tick
        self.left = order.side.sign * order.qty
        self.filled = 0
        self.kind = fills.AT_CLOSE if order.tif == "cls" else _KINDS[order.type]
        self.touched = False  # a stop-limit or limit-if-touched order that has become a limit order
        self.level = 0.0
        self.best = 0.0
        self.after = now if self.for_opening and now is not None else _ALWAYS
        self.since_ns = order.ts_ns + latency_ns if latency_ns > 0 else _ALWAYS
        self.session: int | None = None
        self.asleep = False
        self.room = _NO_BOUND
        self.from_next = False
        self.born = 0.0
        self.inside = False
        self.price()
        self.trail(close)

    @property
    def wanted(self) -> int:
        """Lots that it may fill now."""
        return min(abs(self.left), self.room)

    @property
    def for_opening(self) -> bool:
        """Whether it fills in the first bar of a session or not at all."""
        return self.order.tif == "opg" or self.order.type is OrderType.MARKET_ON_OPEN

    # prices

    def price(self) -> None:
        """Set the level from the order's prices, and that of a trailing stop from the best price."""
        order = self.order
        if order.type is OrderType.TRAILING_STOP:
            side, best = order.side.sign, self.best
            behind = best * (1.0 + side * order.trail_frac) if order.trail_frac else best + side * (order.trail or 0.0)
            self.level = snapped(behind, self.tick) if best > 0.0 and behind > 0.0 else 0.0
        elif order.type is OrderType.LIMIT or self.touched:
            self.level = snapped(order.limit_price or 0.0, self.tick)
        elif order.stop_price is not None:
            self.level = snapped(order.stop_price, self.tick)

    def trail(self, price: float) -> None:
        """Move a trailing stop behind a price, if that is better than the best so far."""
        if self.order.type is OrderType.TRAILING_STOP and price > 0.0:
            self.best = fills.tighter(-self.order.side.sign, self.best, price)
            self.price()

    def replaced(self, order: Order) -> bool:
        """Take new terms, and say whether anything is left to fill; a trailing stop keeps its best price."""
        gone = self.order.qty - abs(self.left)
        self.order = order
        self.left = order.side.sign * max(order.qty - gone, 0)
        self.price()
        return self.left != 0

    # time

    def eligible(self, bar: Bar) -> bool:
        """Say whether the order works in this bar."""
        return not (self.asleep or self.from_next) and bar.session > self.after and bar.open_ns >= self.since_ns

    def outlived(self, bar: Bar, closed: bool) -> bool:
        """Say whether the order's time was over before the bar; `closed` says that the bar is outside the session."""
        if self.order.expire_ns is not None:
            return bar.open_ns >= self.order.expire_ns
        if self.order.tif != "day" or not self.eligible(bar):
            return False
        if self.session is None and not closed:
            self.session = bar.session
        return self.session is not None and bar.session != self.session

    def expires(self, bar: Bar, idle: bool) -> bool:
        """Say whether the order's time is over with the bar: its date, its session, or the auction that it was for."""
        if self.order.expire_ns is not None and bar.ts_ns >= self.order.expire_ns:
            return True
        if not self.eligible(bar):
            return False
        last = bar.remaining_s <= 0
        if self.order.tif == "day" and last and self.session is not None:
            return True
        return not idle and (self.for_opening or (last and self.kind == fills.AT_CLOSE))

    # what a bar reaches

    def reached(self, view: View, matching: Matching) -> Reached:
        """Return where a bar reaches the order; a stop that it triggers becomes what it is to become."""
        side = self.order.side.sign
        first, inside = (self.born, self.inside) if self.born > 0.0 else (view.first, False)
        if self.kind == fills.AT_OPEN:
            return Reached(first, inside, inside)
        if self.kind == fills.AT_CLOSE or self.level <= 0.0:  # a trailing stop has no level before the first price
            return NOT_REACHED
        if self.order.type in _TWO_STEPS and not self.touched:
            return self._triggered(first, inside, view, matching)
        if self.kind == fills.AT_LIMIT:
            return self._limited(first, inside, view, matching)
        price = fills.stop_price(side, first, view.high, view.low, self.level, GAPS[matching.gap])
        if price == 0.0:
            return NOT_REACHED
        inside = inside or fills.is_inside(fills.AT_STOP, side, first, self.level, 0)
        self.kind = fills.AT_OPEN  # triggered: what is left goes to the market
        return Reached(price, inside)

    def _limited(self, first: float, inside: bool, view: View, matching: Matching) -> Reached:
        """Return where a limit order fills; one from an unknown moment knows that the close alone comes after."""
        side, through = self.order.side.sign, int(matching.limit == "through")
        high, low = (view.close, view.close) if inside else (view.high, view.low)
        price = fills.limit_price(side, first, high, low, self.level, through, GAPS[matching.gap])
        if price == 0.0:
            return NOT_REACHED
        stood = fills.is_inside(fills.AT_LIMIT, side, first, self.level, through)
        return Reached(price, inside or stood, True, stood)

    def _triggered(self, first: float, inside: bool, view: View, matching: Matching) -> Reached:
        """Turn a stop-limit or limit-if-touched order that the bar touches into a limit order from there on.

        The conventions `limit` and `gap` are about fills: what triggers is a touch, at the price that is there.
        """
        side = self.order.side.sign
        if self.kind == fills.AT_STOP:
            price = fills.stop_price(side, first, view.high, view.low, self.level, 0)
        else:
            high, low = (view.close, view.close) if inside else (view.high, view.low)
            price = fills.limit_price(side, first, high, low, self.level, 0, 0)
        if price == 0.0:
            return NOT_REACHED
        inside = inside or fills.is_inside(self.kind, side, first, self.level, 0)
        self.kind, self.touched = fills.AT_LIMIT, True
        self.price()
        return self._limited(price, inside, view, matching)

    def at_close(self, view: View, bar: Bar, matching: Matching) -> float:
        """Return the price of the closing auction where the order takes it, else 0."""
        order = self.order
        if self.kind != fills.AT_CLOSE or (order.expire_ns is not None and bar.ts_ns >= order.expire_ns):
            return 0.0
        away = order.side.sign * (self.level - view.close)
        taken = order.type is not OrderType.LIMIT or away > 0.0 or (away == 0.0 and matching.limit == "touch")
        return view.close if taken else 0.0
