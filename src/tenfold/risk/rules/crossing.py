"""Refuse to trade with oneself."""

from collections.abc import Iterable

from tenfold.domain.order import Order, OrderType, Side
from tenfold.risk.rules.finding import Finding

_DORMANT = frozenset({OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP, OrderType.LIMIT_IF_TOUCHED})
"""Orders that are in no book before they trigger."""


def crosses(order: Order, other: Order) -> bool:
    """Say whether two orders on opposite sides of a symbol would meet."""
    if order.side is other.side or order.type in _DORMANT or other.type in _DORMANT:
        return False
    buy, sell = (order, other) if order.side is Side.BUY else (other, order)
    if buy.limit_price is None or sell.limit_price is None:
        return True
    return buy.limit_price >= sell.limit_price


def self_cross(order: Order, working: Iterable[Order]) -> Finding | None:
    """Refuse an order that would meet one of our own (FINRA 5210; FIA, self-match prevention)."""
    for other in working:
        if crosses(order, other):
            return Finding("self_cross", order.limit_price or 0.0, other.limit_price or 0.0)
    return None
