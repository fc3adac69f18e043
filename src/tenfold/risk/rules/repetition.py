"""Count what is sent, so that nothing is sent too often or twice."""

from collections import deque

from tenfold.domain.order import Order, OrderType, Side
from tenfold.risk.rules.finding import Finding

Likeness = tuple[str, Side, int, OrderType, float | None, float | None]


class Rate:
    """Hold the moments of the last `window_ns`, in the order in which they came."""

    def __init__(self, window_ns: int) -> None:
        self.window_ns = window_ns
        self._moments: deque[int] = deque()

    def note(self, ts_ns: int) -> None:
        """Take one more; nothing is kept that has left the window, whether or not anybody ever counts."""
        self._moments.append(ts_ns)
        self.count(ts_ns)

    def count(self, ts_ns: int) -> int:
        """Return how many fall into the window that ends at a moment."""
        moments, start = self._moments, ts_ns - self.window_ns
        while moments and moments[0] <= start:
            moments.popleft()
        return len(moments)


def rate(rule: str, count: int, most: int) -> Finding | None:
    """Refuse one more where the window is full (RTS 6 Art. 15(1)(d), maximum messages; FIA, message throttles)."""
    return None if count < most else Finding(rule, float(count + 1), float(most))


def likeness(order: Order) -> Likeness:
    """Return what two orders share that ask for the same."""
    return (order.symbol, order.side, order.qty, order.type, order.limit_price, order.stop_price)


def duplicate(since_ns: int, window_ns: int) -> Finding | None:
    """Refuse what was sent so short a time ago (15c3-5(c)(1)(ii), duplicative orders)."""
    return None if since_ns >= window_ns else Finding("duplicate", since_ns / 1e9, window_ns / 1e9)
