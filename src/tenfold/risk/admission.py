"""Admit or refuse what would raise risk; what lowers it always passes.

How it works. `Admission` remembers what the rules need: what was sent of late, and what the loop tells of the market and the
venue. Each rule is a pure function of `risk.rules`; the first that finds something refuses. `refusal` judges the orders of
strategies that work their own by the worst that their symbol can come to; the vote's orders come with what they add.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from tenfold.domain.conditions import Conditions, SymbolCondition
from tenfold.domain.market import BarSet, Flag
from tenfold.domain.order import Order, OrderType, Rejection
from tenfold.domain.rules import Limits
from tenfold.domain.units import NS_PER_HOUR, NS_PER_MINUTE, NS_PER_SECOND
from tenfold.risk.rules.credit import buying_power
from tenfold.risk.rules.crossing import self_cross
from tenfold.risk.rules.finding import Finding
from tenfold.risk.rules.freshness import clock, stale, unknown
from tenfold.risk.rules.listing import restricted, unborrowable
from tenfold.risk.rules.price import band, collar
from tenfold.risk.rules.repetition import Likeness, Rate, duplicate, likeness, rate
from tenfold.risk.rules.tradable import closed, halted, reconciling, unfit

_NOTHING_KNOWN = SymbolCondition(symbol="")
_OFF_SESSION = int(Flag.OFF_SESSION)

STOPPED: Final = Finding("breaker", 1.0, 0.0)
"""Why nothing is opened while a breaker has tripped."""


class Admission:
    """Hold what was sent of late, and the conditions under which more may be.

    Attributes
    ----------
    conditions : the latest, None in a backtest
    unfit : symbols whose data may not be traded on
    stopped : whether a breaker lets nothing be opened
    """

    def __init__(self, limits: Limits) -> None:
        self.conditions: Conditions | None = None
        self.unfit: set[str] = set()
        self.stopped = False
        self._known: dict[str, SymbolCondition] = {}
        self._closed: set[str] = set()
        self._sent: dict[Likeness, int] = {}
        self._power: int | None = None
        self._orders = self._messages = Rate(0)
        self.change(limits)

    def change(self, limits: Limits) -> None:
        """Put other limits in force; what was counted over another window is forgotten."""
        self.limits = limits
        if not limits.regular_hours:
            self._closed = set()
        window_ns = int(limits.rate_window_s * NS_PER_SECOND)
        if self._orders.window_ns != window_ns:
            self._orders, self._messages = Rate(window_ns), Rate(window_ns)
        self._duplicate_ns = int((limits.duplicate_window_s or 0.0) * NS_PER_SECOND)

    def know(self, conditions: Conditions) -> None:
        """Take what the loop tells."""
        self.conditions = conditions
        if conditions.buying_power_units is not None:
            self._power = conditions.buying_power_units
        for one in conditions.symbols:
            self._known[one.symbol] = one

    @property
    def has_power(self) -> bool:
        """Whether the venue has told its buying power."""
        return self._power is not None

    def observe(self, bars: BarSet) -> None:
        """Learn from the bars of one moment which symbols are outside their session."""
        if self.limits.regular_hours:
            self._closed = {bar.symbol for bar in bars.bars if bar.flags & _OFF_SESSION}

    def sent(self, ts_ns: int, order: Order | None, adds: int = 0) -> None:
        """Count what is sent: an order, or without one a cancel or change, that adds so many money units of exposure."""
        self._messages.note(ts_ns)
        if self._power is not None:
            self._power -= adds
        if order is None:
            return
        self._orders.note(ts_ns)
        if self._duplicate_ns:
            self._sent[likeness(order)] = ts_ns
            if len(self._sent) > 4096:
                start = ts_ns - self._duplicate_ns
                self._sent = {like: at for like, at in self._sent.items() if at > start}

    def arrival(self, symbol: str) -> float:
        """Return the middle of the quote that an order meets as it is sent, 0 where that is none, or of long before: it waits for the next session."""
        conditions, known = self.conditions, self._known.get(symbol, _NOTHING_KNOWN)
        if conditions is None or not known.open or conditions.ts_ns - known.quote_ns > NS_PER_HOUR:
            return 0.0
        return known.mid

    def nearest(self, symbol: str, price: float, since_ns: int) -> float:
        """Return the price within the latest quote that is nearest to another, 0 where there is no quote from a moment on.

        Where the quote is wide its middle is nobody's price: what it says for certain alone counts.
        """
        known = self._known.get(symbol, _NOTHING_KNOWN)
        if known.quote_ns < since_ns or not known.mid:
            return 0.0
        return min(max(price, known.bid), known.ask) if price > 0.0 else known.mid

    def refusal(
        self, order: Order, adds: int, close: float, *, shorts: bool, working: Iterable[Order] = ()
    ) -> Finding | None:
        """Return why an order that raises risk is refused, or None.

        `adds` is what it adds to exposure, money units; `shorts` says that it goes short; `working` are own orders of its symbol.
        """
        if self.stopped:
            return STOPPED
        return (
            self._tradable(order, adds, shorts=shorts)
            or self._priced(order, close)
            or self._sized(order, close)
            or self._repeated(order)
            or (self_cross(order, working) if self.limits.refuse_self_cross else None)
        )

    def move(self, order: Order, before: Order, close: float) -> Finding | None:
        """Return why an order that works and may open is not moved from the prices of `before`, or None; further from the market it may always go."""
        if not _is_nearer(order, before):
            return None
        if self.stopped:
            return STOPPED
        most = self.limits.message_rate_max
        return (
            self._tradable(order, 0, shorts=False)
            or self._priced(order, close)
            or (None if most is None else rate("message_rate", self._messages.count(order.ts_ns), most))
        )

    def _tradable(self, order: Order, adds: int, *, shorts: bool) -> Finding | None:
        """Judge by what is known of the symbol, the market and the venue."""
        symbol, limits = order.symbol, self.limits
        return (
            (restricted(symbol, limits.restricted) if limits.restricted else None)
            or (unfit(False) if symbol in self.unfit else None)
            or (closed(False) if symbol in self._closed else None)
            or (None if self.conditions is None else self._conditioned(order, adds, self.conditions, shorts))
        )

    def _conditioned(self, order: Order, adds: int, conditions: Conditions, shorts: bool) -> Finding | None:
        """Judge by what only a live loop knows."""
        limits, known = self.limits, self._known.get(order.symbol, _NOTHING_KNOWN)
        return (
            (reconciling(True) if conditions.reconciling else None)
            or (halted(True) if known.halted else None)
            or (None if known.open and not 0 < conditions.closes_ns <= order.ts_ns else closed(False))
            or (None if known.fit else unfit(False))
            or (None if known.borrowable else unborrowable(shorts, False))
            or (None if limits.stale_s_max is None else stale(order.ts_ns - known.quote_ns, limits.stale_s_max))
            or (
                None
                if limits.clock_offset_s_max is None
                else clock(conditions.clock_offset_ns, limits.clock_offset_s_max)
            )
            or (None if limits.unknown_max is None else unknown(conditions.unknown_orders, limits.unknown_max))
            or (None if self._power is None else buying_power(adds, self._power))
        )

    def _priced(self, order: Order, close: float) -> Finding | None:
        price = order.limit_price if order.limit_price is not None else order.stop_price
        if price is None:
            return None
        known = self._known.get(order.symbol, _NOTHING_KNOWN)
        frac = self.limits.collar_frac_max
        found = None if frac is None else collar(price, known.mid or close, frac)
        if found is None and (known.band_low != 0.0 or known.band_high != 0.0):
            found = band(price, known.band_low, known.band_high)
        return found

    def _sized(self, order: Order, close: float) -> Finding | None:
        """Judge the close by which an order without a price was sized: by one bad print it would be many times as large as allowed."""
        frac, known = self.limits.collar_frac_max, self.conditions
        if frac is None or known is None or order.limit_price is not None or order.stop_price is not None:
            return None
        soon = known.ts_ns - order.ts_ns < NS_PER_MINUTE  # what is quoted at night may be far off for good
        price = self.nearest(order.symbol, close, order.ts_ns) if soon and close > 0.0 else 0.0
        return collar(close, price, frac) if price else None

    def _repeated(self, order: Order) -> Finding | None:
        limits, ts_ns = self.limits, order.ts_ns
        most = limits.order_rate_max
        if most is not None and (count := self._orders.count(ts_ns)) >= most:
            return rate("order_rate", count, most)
        most = limits.message_rate_max
        if most is not None and (count := self._messages.count(ts_ns)) >= most:
            return rate("message_rate", count, most)
        before = self._sent.get(likeness(order)) if self._duplicate_ns else None
        return None if before is None else duplicate(ts_ns - before, self._duplicate_ns)


def _is_nearer(order: Order, before: Order) -> bool:
    """Say whether an order trades at prices at which it did not on its terms before."""
    side = order.side.sign
    touched = side if order.type is OrderType.LIMIT_IF_TOUCHED else -side
    return (
        side * ((order.limit_price or 0.0) - (before.limit_price or 0.0)) > 0.0
        or touched * ((order.stop_price or 0.0) - (before.stop_price or 0.0)) > 0.0
        or _is_closer(order.trail, before.trail)
        or _is_closer(order.trail_frac, before.trail_frac)
    )


def _is_closer(distance: float | None, before: float | None) -> bool:
    return distance is not None and (before is None or distance < before)


class Exposure(NamedTuple):
    """Hold the worst that a symbol's position can become: before an order, and with it; signed lots. `held` is what it is."""

    long_before: int
    short_before: int
    long: int
    short: int
    held: int = 0

    @property
    def before(self) -> int:
        """Largest size before."""
        return max(abs(self.long_before), abs(self.short_before))

    @property
    def after(self) -> int:
        """Largest size with the order."""
        return max(abs(self.long), abs(self.short))

    @property
    def shorts(self) -> bool:
        """Whether the order can make the position shorter than it could be."""
        return self.short < min(self.short_before, 0)

    def opens(self, order: Order) -> bool:
        """Say whether an order can bring the position further to either side, through zero too; one that by itself closes does not."""
        if order.side.sign * self.held < 0 and order.qty <= abs(self.held):
            return False
        return self.shorts or self.long > max(self.long_before, 0)


def rejected(order: Order, finding: Finding) -> Rejection:
    """Return the record of a refusal."""
    return Rejection(
        ts_ns=order.ts_ns, symbol=order.symbol, rule=finding.rule, value=finding.value, limit=finding.limit
    )
