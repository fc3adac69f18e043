"""Keep how trades and orders have gone of late: losses in a row, slippage, refusals, differences from the venue."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from tenfold.domain.account import Position
from tenfold.domain.conditions import Conditions
from tenfold.domain.events import Difference
from tenfold.domain.instrument import Instrument
from tenfold.domain.order import Command, Fill, Order, OrderStatus, OrderType, OrderUpdate, Replace, Submit
from tenfold.domain.rules import Limits
from tenfold.kernels import bounds
from tenfold.risk.breaker import Reading

_ARRIVALS_MAX = 4096
_LASTS = 10
"""Comparisons for which a difference that is not told may still be there: after a trade, or a start, one alone says nothing of it."""
_BPS = 10_000.0


class _Arrival(NamedTuple):
    """Hold the price from which on an order trades, 0 where it is not known, and what it waits for."""

    price: float
    side: int
    stop: float | None
    limit: float | None


class Conduct:
    """Hold what the breakers on conduct look at.

    Attributes
    ----------
    armed : whether any of their limits is set
    losses : round trips in a row that lost, fees included
    quality : score of the data as it was told since a person resumed
    strays : other commands were sent than are decided here, and only what is witnessed counts
    """

    def __init__(self, limits: Limits, instruments: Iterable[Instrument]) -> None:
        self._scale = {i.symbol: i.units_per_price for i in instruments}
        self._arrivals: dict[str, _Arrival] = {}
        self._slipped: dict[str, tuple[float, float]] = {}  # cost and worth of what each of the last orders has filled
        self._outcomes: deque[tuple[str, bool]] = deque()
        self._told = self.quality = 100.0
        self.strays = False
        self.change(limits)
        self.clear()

    def change(self, limits: Limits) -> None:
        """Put other limits in force."""
        self._limits = limits
        self._slipped = dict(list(self._slipped.items())[-limits.breaker_window :])
        self._outcomes = deque(self._outcomes, limits.breaker_window)
        self.armed = any(
            limit is not None
            for limit in (
                limits.losses_max, limits.slippage_bps_max, limits.reject_frac_max, limits.quality_min,
                limits.differences_max,
            )
        )  # fmt: skip

    def clear(self) -> None:
        """Forget what was, as a person resumes."""
        self.losses = self._differences = 0
        self.quality = 100.0  # what was told last may be of the evening before
        self._differing: dict[tuple[str, str, str], tuple[int, int]] = {}  # how much, and in which comparison
        self._compared = 0
        self._trips: dict[str, int] = {}
        self._slipped.clear()
        self._outcomes.clear()

    def sent(self, commands: Iterable[Command], mid: Callable[[str], float]) -> None:
        """Note from which price on orders trade as they are sent; `mid` gives the middle of the quote that it meets by symbol, 0 where there is none."""
        for command in commands if not self.strays else ():
            if isinstance(command, Replace) and (command.stop_price or command.limit_price):
                known = self._arrivals.get(command.order_id)
                if known is not None:  # what is changed trades from what is quoted by then
                    stop, limit = command.stop_price or known.stop, command.limit_price or known.limit
                    price = mid(command.symbol) or known.price
                    self._arrivals[command.order_id] = _arrival(price, known.side, stop, limit)
            elif isinstance(command, Submit):
                order = command.order
                begins = _begins(order, mid(order.symbol))
                if begins.price > 0.0:
                    self._arrivals[order.order_id] = begins
                if len(self._arrivals) > _ARRIVALS_MAX:
                    del self._arrivals[next(iter(self._arrivals))]

    def witness(self, command: Command, mid: Callable[[str], float]) -> None:
        """Take a command that was sent in the place of what is decided here: an order of the same name may be of another symbol."""
        self.strays = False
        if isinstance(command, Submit):
            self._arrivals.pop(command.order.order_id, None)
        self.sent((command,), mid)
        self.strays = True

    def filled(self, fill: Fill, before: Position, after: Position) -> None:
        """Take a fill, with the position before and after it."""
        self._outcome(fill.order_id, refused=False)
        worth = fill.qty * fill.price * self._scale[fill.symbol]
        arrival = self._arrivals.get(fill.order_id)
        cost = float(fill.slippage_units)
        if arrival is not None and not cost:
            cost = fill.side.sign * fill.qty * (fill.price - arrival.price) * self._scale[fill.symbol]
        self._slip(fill.order_id, cost, worth)
        earned = self._trips.get(fill.symbol, 0) + after.realised - before.realised - fill.fee_units
        closed = before.lots != 0 and (after.lots == 0 or (after.lots > 0) != (before.lots > 0))
        if closed:
            self.losses = self.losses + 1 if earned < 0 else 0
        self._trips[fill.symbol] = 0 if closed else earned

    def updated(self, update: OrderUpdate) -> None:
        """Take a change of an order: that the venue took it, or refused it."""
        if update.status is OrderStatus.REJECTED:
            self._outcome(update.order_id, refused=True)
        elif update.status in {OrderStatus.ACCEPTED, OrderStatus.PARTIALLY_FILLED, OrderStatus.FILLED}:
            self._outcome(update.order_id, refused=False)

    def _slip(self, order_id: str, cost: float, worth: float) -> None:
        """Count what an order fills as one, in however many parts: those of a single order are no window of orders."""
        before_cost, before_worth = self._slipped.get(order_id, (0.0, 0.0))
        self._slipped[order_id] = before_cost + cost, before_worth + worth
        if len(self._slipped) > self._limits.breaker_window:
            del self._slipped[next(iter(self._slipped))]

    def _outcome(self, order_id: str, *, refused: bool) -> None:
        """Count each order once; one that was taken and refused later counts as refused."""
        for place, (known, was_refused) in enumerate(self._outcomes):
            if known == order_id:
                self._outcomes[place] = (order_id, refused or was_refused)
                return
        self._outcomes.append((order_id, refused))

    def differed(self, told: Difference) -> None:
        """Count a difference between what the venue has and what we know: each comparison tells it, and one that stays as large is one."""
        what, gap = (told.kind, told.symbol, told.order_id), told.theirs - told.ours
        before = self._differing.get(what)
        self._differences += before is None or before[0] != gap
        self._differing[what] = gap, self._compared

    def compared(self) -> None:
        """Take that everything was compared: what was not told again for long is over, and counts where it comes back."""
        self._compared += 1
        since = self._compared - _LASTS
        self._differing = {what: told for what, told in self._differing.items() if told[1] >= since}

    def heard(self, told: Conditions) -> None:
        """Take how good the data are; what is told of orders alone repeats the score of before."""
        if told.symbols or told.quality != self._told:
            self.quality = told.quality
        self._told = told.quality

    def readings(self, quality: float) -> Iterator[Reading]:
        """Yield what is measured against each limit that is set; means wait for a full window."""
        limits = self._limits
        if limits.losses_max is not None:
            yield _reading(bounds.LOSSES, float(self.losses), float(limits.losses_max))
        if limits.slippage_bps_max is not None and len(self._slipped) == limits.breaker_window:
            slipped = self._slipped.values()
            cost, worth = sum(one for one, _ in slipped), sum(one for _, one in slipped)
            yield _reading(bounds.SLIPPAGE, _BPS * cost / worth, limits.slippage_bps_max)
        if limits.reject_frac_max is not None and len(self._outcomes) == limits.breaker_window:
            refused = sum(one for _, one in self._outcomes)
            yield _reading(bounds.REJECTS, refused / limits.breaker_window, limits.reject_frac_max)
        if limits.differences_max is not None:
            yield _reading(bounds.DIFFERENCES, float(self._differences), float(limits.differences_max))
        if limits.quality_min is not None:
            least = limits.quality_min
            used = least / quality if quality != 0.0 else float("inf")  # less is worse
            yield Reading(bounds.QUALITY, quality, least, used)


def _begins(order: Order, mid: float) -> _Arrival:
    """Return from which price on an order trades: none where it waits for an auction, the price of which is another by then, and for all alike."""
    known = mid > 0.0 and order.type is not OrderType.TRAILING_STOP and not order.auction
    return _arrival(mid if known else 0.0, order.side.sign, order.stop_price, order.limit_price)


def _arrival(mid: float, side: int, stop: float | None, limit: float | None) -> _Arrival:
    """Return from which price on what waits for a stop or a limit trades: that is its own wish, and none of what trading costs."""
    price = mid
    if mid > 0.0 and stop is not None:
        price = stop
    elif mid > 0.0 and limit is not None:
        price = min(mid, limit) if side > 0 else max(mid, limit)
    return _Arrival(price, side, stop, limit)


def _reading(which: int, value: float, limit: float) -> Reading:
    return Reading(which, value, limit, value / limit)
