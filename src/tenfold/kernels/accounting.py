"""Keep money exact: integer units, average cost allocated to the last unit."""

import math
from typing import Any

from tenfold.kernels.records import MONEY_LIMIT


def exceeds(lots: int, price: float, units_per_price: float) -> bool:
    """Say whether so many lots at a price leave the range of exact money; a price that is no number does."""
    return not float(lots) * (price * units_per_price) < MONEY_LIMIT


def unit_value(price: float, units_per_price: float) -> int:
    """Return the value of one lot at a price, in money units, rounded to the nearest."""
    return math.floor(price * units_per_price + 0.5)


def allocated(cost: int, lots: int, closing: int) -> int:
    """Return the share of a signed cost that belongs to `closing` of `lots` lots, both positive.

    Rounded towards zero; the remainder goes with the last lot. Products stay within 64 bits for lots below 2^31.
    """
    if closing == lots:
        return cost
    size = cost if cost >= 0 else -cost
    whole = size // lots
    share = whole * closing + ((size - whole * lots) * closing) // lots
    return share if cost >= 0 else -share


def filled(lots: int, cost: int, qty: int, unit: int) -> tuple[int, int, int]:
    """Apply a signed fill of `qty` lots at `unit` each to a position.

    Returns lots, cost and the realised P&L of what was closed, gross of fees. A fill that crosses zero closes
    one position and opens the other.
    """
    if lots == 0 or (lots > 0) == (qty > 0):
        return lots + qty, cost + qty * unit, 0
    held = lots if lots > 0 else -lots
    size = qty if qty > 0 else -qty
    closing = size if size < held else held
    released = allocated(cost, held, closing)
    proceeds = closing * unit if lots > 0 else -closing * unit
    remaining = lots + qty
    if size > held:
        return remaining, remaining * unit, proceeds - released
    return remaining, cost - released, proceeds - released


def average_price(cost: int, lots: int, units_per_price: float) -> float:
    """Return the average entry price of a position that is not flat, in currency."""
    return float(cost) / float(lots) / units_per_price


def mark_lots(bars: Any, units_per_price: Any, limit: float, marks: Any) -> int:
    """Write the value of one lot at each close into `marks` (T, S) int64; 0 where a symbol has no usable bar.

    Returns -1, or the column whose price is worth `limit` money units or more.
    """
    for index in range(bars.shape[1]):
        scale = units_per_price[index]
        for moment in range(bars.shape[0]):
            if bars[moment, index].flags & 7:  # domain.market.UNUSABLE
                marks[moment, index] = 0
            elif bars[moment, index].close * scale >= limit:
                return index
            else:
                marks[moment, index] = unit_value(bars[moment, index].close, scale)
    return -1
