"""Hold an order at the simulated venue, and say at which price a bar reaches it."""

from typing import Final, NamedTuple

from tenfold.domain.market import Bar
from tenfold.domain.order import Order, OrderType
from tenfold.domain.rules import Matching
from tenfold.kernels import fills
from tenfold.kernels.costs import snapped

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

    `inside` says that it was not at the open, `priced` that a limit or stop decided.
    """

    price: float
    inside: bool = False
    priced: bool = True


NOT_REACHED: Final = Reached(0.0)


class Working:
    """Hold what is left of an order, and what it waits for.

    Attributes
    ----------
    left : signed lots still to fill
    kind : `kernels.fills`; a triggered stop becomes a market or limit order
    level : price of its limit or stop now
    after, since_ns : fills only in sessions after the one, and in bars that open at the other or later
    session : the first session in which it could fill, None before
    room : lots that it may fill in all; of a leg, what its entry has filled
    born, inside : price at which it came to life within the bar under way, 0 at the open; and whether at an unknown moment
    """

    __slots__ = (
        "after", "born", "inside", "kind", "left", "level", "order", "room", "session", "since_ns", "tick", "touched",
    )  # fmt: skip

    def __init__(self, order: Order, tick: float, now: int | None, close: float, latency_ns: int) -> None:
        self.order = order
        self.tick = tick
        self.left = order.side.sign * order.qty
        self.kind = fills.AT_CLOSE if order.tif == "cls" else _KINDS[order.type]
        self.touched = False  # a stop-limit or limit-if-touched order that has become a limit order
        self.level = 0.0
        opening = order.tif == "opg" or order.type is OrderType.MARKET_ON_OPEN
        self.after = now if opening and now is not None else _ALWAYS
        self.since_ns = order.ts_ns + latency_ns if latency_ns > 0 else _ALWAYS
        self.session: int | None = None
        self.room = _NO_BOUND
        self.born = 0.0
        self.inside = False
        self.price(close)

    @property
    def filled(self) -> int:
        """Lots filled so far."""
        return self.order.qty - abs(self.left)

    @property
    def wanted(self) -> int:
        """Lots that it may fill now."""
        return min(abs(self.left), self.room - self.filled)

    @property
    def for_opening(self) -> bool:
        """Whether it fills in the first bar of a session or not at all."""
        return self.order.tif == "opg" or self.order.type is OrderType.MARKET_ON_OPEN

    def price(self, close: float) -> None:
        """Set the level from the order's prices; a trailing stop starts behind the last price."""
        order = self.order
        if order.type is OrderType.TRAILING_STOP:
            self.level = 0.0
            self.trail(close)
        elif order.type is OrderType.LIMIT or self.touched:
            self.level = snapped(order.limit_price or 0.0, self.tick)
        elif order.stop_price is not None:
            self.level = snapped(order.stop_price, self.tick)

    def trail(self, best: float) -> None:
        """Move a trailing stop behind a price, if that is nearer than where it is."""
        order = self.order
        if order.type is not OrderType.TRAILING_STOP or best <= 0.0:
            return
        side = order.side.sign
        behind = best * (1.0 + side * order.trail_frac) if order.trail_frac else best + side * (order.trail or 0.0)
        if behind > 0.0:
            self.level = fills.tighter(-side, self.level, snapped(behind, self.tick))

    def eligible(self, bar: Bar) -> bool:
        """Say whether the order works in this bar."""
        return self.room > 0 and bar.session > self.after and bar.open_ns >= self.since_ns

    def reached(self, view: View, matching: Matching) -> Reached:
        """Return where a bar reaches the order; a stop that it triggers becomes what it is to become."""
        side = self.order.side.sign
        through, at_level = int(matching.limit == "through"), int(matching.gap == "level")
        first, inside = (self.born, self.inside) if self.born > 0.0 else (view.first, False)
        if self.kind == fills.AT_OPEN:
            return Reached(first, inside, inside)
        if self.kind == fills.AT_CLOSE or self.level <= 0.0:  # a trailing stop has no level before the first price
            return NOT_REACHED
        if self.kind == fills.AT_LIMIT:
            high, low = (view.close, view.close) if inside else (view.high, view.low)
            price = fills.limit_price(side, first, high, low, self.level, through, at_level)
        else:
            price = fills.stop_price(side, first, view.high, view.low, self.level, at_level)
        if price == 0.0:
            return NOT_REACHED
        inside = inside or fills.is_inside(self.kind, side, first, self.level, through)
        if self.order.type in _TWO_STEPS and not self.touched:
            return self._becomes_limit(price, inside, view, matching)
        if self.kind == fills.AT_STOP:
            self.kind = fills.AT_OPEN  # triggered: what is left goes to the market
        return Reached(price, inside)

    def _becomes_limit(self, price: float, inside: bool, view: View, matching: Matching) -> Reached:
        """Go on as a limit order from the price that triggered it; only the close is known to come after."""
        side = self.order.side.sign
        self.kind, self.touched = fills.AT_LIMIT, True
        self.level = snapped(self.order.limit_price or 0.0, self.tick)
        high, low = (view.close, view.close) if inside else (view.high, view.low)
        through, at_level = int(matching.limit == "through"), int(matching.gap == "level")
        found = fills.limit_price(side, price, high, low, self.level, through, at_level)
        if found == 0.0:
            return NOT_REACHED
        return Reached(found, inside or fills.is_inside(self.kind, side, price, self.level, through))

    def at_close(self, view: View) -> float:
        """Return the price of the closing auction where the order takes it, else 0."""
        if self.kind != fills.AT_CLOSE:
            return 0.0
        limit, side = self.order.limit_price, self.order.side.sign
        return view.close if limit is None or side * (limit - view.close) >= 0.0 else 0.0

    def expired(self, bar: Bar, ended: bool) -> bool:
        """Say whether the order's time is over: before the bar (`ended` False), or with its close."""
        tif = self.order.tif
        if tif == "gtd" and self.order.expire_ns is not None:
            return (bar.ts_ns if ended else bar.open_ns) >= self.order.expire_ns
        if tif != "day":
            return False
        if self.session is None:
            self.session = bar.session
        return bar.remaining_s <= 0 if ended else bar.session != self.session
