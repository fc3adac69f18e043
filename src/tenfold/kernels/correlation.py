"""Say how alike two symbols move, in whole numbers, so that any order of adding gives the same sum."""

import math
from typing import Any

UNUSABLE = 7  # domain.market.UNUSABLE
SCALE = 10_000_000.0
"""One return of 1 in whole numbers: a product of two stays below 2^47, and of 10,000 the sum below 2^63."""

ALIKE = 1.0
"""What stands for a correlation that is not known: nothing is risked on a guess."""


def whole_return(close: float, before: float) -> int:
    """Return the change from one close to the next as a whole number of ten-millionths, at most 1 either way."""
    change = close / before - 1.0
    if change > 1.0:
        change = 1.0
    return math.floor(change * SCALE + 0.5)


def aligned(sides: int, product: int, first: int, second: int, both: int, window: int) -> float:
    """Return the correlation of two positions over a window, from sums of returns about zero (RiskMetrics 1996).

    `sides` is +1 where both positions face the same way, else -1; `first` and `second` are sums of squares, `both` counts the
    bars with a return of each. Where those are fewer than half the window, or a price never moved, it counts as `ALIKE`.
    """
    if 2 * both < window or first <= 0 or second <= 0:
        return ALIKE
    return float(sides * product) / (math.sqrt(float(first)) * math.sqrt(float(second)))


def has_return(bars: Any, moment: int, index: int) -> bool:
    """Say whether a symbol has a usable bar at a moment and at the one before."""
    return not ((bars[moment, index].flags | bars[moment - 1, index].flags) & UNUSABLE)


def pair(bars: Any, moment: int, window: int, one: int, other: int, sides: int) -> float:
    """Return `aligned` of two symbols over the `window` bars up to a moment; `bars` (T, S) records of BAR."""
    product = 0
    first = 0
    second = 0
    both = 0
    start = moment - window + 1 if moment >= window else 1
    for at in range(start, moment + 1):
        here = has_return(bars, at, one)
        there = has_return(bars, at, other)
        a = whole_return(bars[at, one].close, bars[at - 1, one].close) if here else 0
        b = whole_return(bars[at, other].close, bars[at - 1, other].close) if there else 0
        first += a * a
        second += b * b
        product += a * b
        both += 1 if here and there else 0
    return aligned(sides, product, first, second, both, window)
