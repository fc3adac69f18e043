"""Cross an auction: one price for all, at which the most trades.

The price is that of the largest volume; of several, that of the smallest imbalance; of these, the one nearest to a reference
price, such as the last trade; of two as near, the lower. Prices between limits count as well, on the tick. At that price
market orders trade first, then better prices, then those that came first. These are the rules of the opening and closing
crosses of Nasdaq (Rules 4752 and 4754) and NYSE (Rule 7.35), without their further order types.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple


class AuctionOrder(NamedTuple):
    """Hold an order for an auction; without a price it trades at any."""

    order_id: int
    side: int
    price: int | None
    qty: int


class Cross(NamedTuple):
    """Hold the outcome: `imbalance` is what buyers want beyond what is sold at the price, negative where sellers do.

    `fills` has (order, quantity) of all that trade, buyers first.
    """

    price: int
    qty: int
    imbalance: int
    fills: tuple[tuple[int, int], ...]


def uncross(orders: Sequence[AuctionOrder], reference: int, tick: int = 1) -> Cross | None:
    """Return how orders cross, given in the order of their arrival; None where nothing trades."""
    best: tuple[int, int, int, int] | None = None
    demand, supply = _Curve(orders, 1), _Curve(orders, -1)
    for price in _candidates(orders, reference, tick):
        wanted, offered = demand.at(price), supply.at(price)
        key = (-min(wanted, offered), abs(wanted - offered), abs(price - reference), price)
        best = key if best is None or key < best else best
    if best is None or best[0] == 0:
        return None
    price, qty = best[3], -best[0]
    fills = (*rationed(orders, 1, price, qty), *rationed(orders, -1, price, qty))
    return Cross(price, qty, demand.at(price) - supply.at(price), fills)


def rationed(orders: Iterable[AuctionOrder], side: int, price: int, qty: int) -> list[tuple[int, int]]:
    """Return what each order of a side gets of `qty` at a price: market orders first, then better prices, then by arrival."""
    willing = [o for o in orders if o.side == side and (o.price is None or side * (o.price - price) >= 0)]
    willing.sort(key=lambda o: (o.price is not None, -side * (o.price or 0)))
    fills = []
    for order in willing:
        got = min(order.qty, qty)
        if got <= 0:
            break
        fills.append((order.order_id, got))
        qty -= got
    return fills


class _Curve:
    """Hold how much of a side trades at each price."""

    def __init__(self, orders: Iterable[AuctionOrder], side: int) -> None:
        limits = sorted((o.price, o.qty) for o in orders if o.side == side and o.price is not None)
        self._prices = [price for price, _ in limits]
        self._sums = [0, *accumulate(qty for _, qty in limits)]
        self._always = sum(o.qty for o in orders if o.side == side and o.price is None)
        self._buys = side > 0

    def at(self, price: int) -> int:
        """Return the quantity that trades at a price."""
        if self._buys:
            return self._always + self._sums[-1] - self._sums[bisect_left(self._prices, price)]
        return self._always + self._sums[bisect_right(self._prices, price)]


def _candidates(orders: Iterable[AuctionOrder], reference: int, tick: int) -> set[int]:
    """Return every limit, and the price nearest to the reference in each gap between two of them: none is better."""
    near = (reference + tick // 2) // tick * tick
    limits = sorted({near} | {order.price for order in orders if order.price is not None})
    inside = {
        min(max(near, (low // tick + 1) * tick), (high - 1) // tick * tick)
        for low, high in pairwise(limits)
        if (low // tick + 1) * tick < high
    }
    return set(limits) | inside
