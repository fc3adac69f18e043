"""Estimate how much stands before an order in its queue, from what is public: sizes of levels, and trades.

A level that shrinks by more than was traded has lost cancelled orders, and nobody says whether they stood before ours
or behind it. A model gives the share that was behind. Sources: R. Rigtorp, "Estimating order queue position" (2013);
hftbacktest, `backtest/models/queue.rs`, whose models these are. `OrderBook.queue_ahead` is the truth where the book is ours.
"""

import math
from collections.abc import Callable
from typing import Final

from tenfold.domain.rules import QueueModel

BehindShare = Callable[[float, float], float]
"""Say from the quantities before and behind an order which share of what was cancelled stood behind it."""


def risk_averse(front: float, back: float) -> float:
    """Take all that was cancelled to have stood behind: the order advances by trades alone, as long as the level allows."""
    return 1.0


def power(exponent: float) -> BehindShare:
    """Return f(back) / (f(back) + f(front)) with f(x) = x**exponent; 1 cancels evenly by quantity."""

    def share(front: float, back: float) -> float:
        behind: float = back**exponent
        before: float = front**exponent
        return _ratio(behind, behind + before)

    return share


def power_of_sum(exponent: float) -> BehindShare:
    """Return f(back) / f(back + front) with f(x) = x**exponent."""

    def share(front: float, back: float) -> float:
        return _ratio(back**exponent, (back + front) ** exponent)

    return share


def power_of_front(exponent: float) -> BehindShare:
    """Return 1 - f(front / (front + back)) with f(x) = x**exponent."""

    def share(front: float, back: float) -> float:
        before: float = _ratio(front, front + back, 0.0) ** exponent
        return 1.0 - before

    return share


def logarithmic(front: float, back: float) -> float:
    """Return f(back) / (f(back) + f(front)) with f(x) = log(1 + x), x in units of the instrument."""
    behind = math.log1p(back)
    return _ratio(behind, behind + math.log1p(front))


def logarithmic_of_sum(front: float, back: float) -> float:
    """Return f(back) / f(back + front) with f(x) = log(1 + x), x in units of the instrument."""
    return _ratio(math.log1p(back), math.log1p(back + front))


QUEUE_MODELS: Final[dict[QueueModel, BehindShare]] = {
    "risk_averse": risk_averse,
    "power_1": power(1.0),
    "power_2": power(2.0),
    "power_3": power(3.0),
    "power_of_sum_2": power_of_sum(2.0),
    "power_of_front_2": power_of_front(2.0),
    "log": logarithmic,
    "log_of_sum": logarithmic_of_sum,
}
"""The models by name."""


def _ratio(part: float, whole: float, empty: float = 1.0) -> float:
    return part / whole if whole > 0.0 else empty


def front_after(front: float, level: float, cancelled: float, share: BehindShare) -> float:
    """Return what stands before an order after `cancelled` of its level was taken off; `level` without the order itself.

    est = front - (1 - p) * cancelled + min(back - p * cancelled, 0), within 0 and what the level holds now.
    """
    back = max(level - front, 0.0)
    behind = share(front, back)
    estimate = front - (1.0 - behind) * cancelled + min(back - behind * cancelled, 0.0)
    return max(min(estimate, level - cancelled), 0.0)


class QueueEstimate:
    """Follow the place of one order by public data.

    Attributes
    ----------
    front : quantity that is estimated to stand before it
    filled : what traded beyond that: its own by the estimate
    """

    def __init__(self, share: BehindShare, level: float) -> None:
        self.front = level
        self.filled = 0.0
        self._share = share
        self._level = level  # of the others, as public data showed it last
        self._traded = 0.0  # since then

    def on_trade(self, qty: float) -> None:
        """Take a trade at its price, against its side."""
        self.filled += max(qty - self.front, 0.0)
        self.front = max(self.front - qty, 0.0)
        self._traded += qty

    def on_level(self, qty: float) -> None:
        """Take the quantity that the level shows now, without the order itself."""
        level = max(self._level - self._traded, 0.0)
        if qty < level:
            self.front = front_after(self.front, level, level - qty, self._share)
        self.front = min(self.front, qty)
        self._level, self._traded = qty, 0.0
