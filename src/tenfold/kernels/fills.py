"""Decide how much fills, and at which price, from a bar alone.

A market order fills at the open of the first bar after the one that produced it. A stop fills at its level, or at the
open where the bar gaps through it; a target likewise on the other side. Where both lie inside one bar the stop comes
first, since the bar does not say which did.
"""

import math

NONE = 0
STOP = 1
TARGET = 2


def fillable(wanted: int, volume: float, participation: float, lot_size: float) -> int:
    """Return how many of `wanted` > 0 lots a bar can fill; `participation` 0 is no limit, NaN volume fills nothing."""
    if participation <= 0.0:
        return wanted
    available = volume * participation / lot_size
    if not available >= 1.0:
        return 0
    if available >= float(wanted):
        return wanted
    return math.floor(available)


def triggered(lots: int, first: float, high: float, low: float, stop: float, target: float) -> int:
    """Return which exit of a position the bar reaches; a level of 0 is not set.

    `first` is the bar's open, or the entry price where the position was opened in this bar.
    """
    if lots > 0:
        if stop > 0.0 and (low <= stop or first <= stop):
            return STOP
        if target > 0.0 and (high >= target or first >= target):
            return TARGET
    elif lots < 0:
        if stop > 0.0 and (high >= stop or first >= stop):
            return STOP
        if target > 0.0 and (low <= target or first <= target):
            return TARGET
    return NONE


def exit_price(lots: int, which: int, first: float, stop: float, target: float) -> float:
    """Return the price of a triggered exit: its level, or `first` where the bar opened beyond it."""
    level = stop if which == STOP else target
    beyond = first <= level if (lots > 0) == (which == STOP) else first >= level
    return first if beyond else level


def exit_level(lots: int, price: float, frac: float, which: int) -> float:
    """Return the level of a stop or target at `frac` from the entry price; 0 where `frac` is 0."""
    if frac <= 0.0:
        return 0.0
    away = 1.0 if (lots > 0) == (which == TARGET) else -1.0
    return price * (1.0 + away * frac)
