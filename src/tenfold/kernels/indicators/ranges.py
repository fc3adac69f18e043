"""Measure the range and the direction of bars, one bar at a time.

Conventions are those of TA-Lib: Wilder's sums start from plain sums, and the first bar has no true range.
"""

import math
from typing import Any, Final

from tenfold.kernels.indicators.averages import Ema, Wilder, ema, wilder
from tenfold.kernels.layout import layout

TrueRange: Final = layout("TrueRange", count=int, close=float)
Atr: Final = layout("Atr", range=TrueRange, mean=Wilder)
Keltner: Final = layout("Keltner", count=int, mean=Ema, range=TrueRange, spread=Wilder)
Dx: Final = layout("Dx", count=int, high=float, low=float, range=TrueRange, plus=float, minus=float, total=float)
Adx: Final = layout("Adx", move=Dx, mean=Wilder)


def true_range(state: Any, high: float, low: float, close: float) -> float:
    """Return the range of the bar and the gap before it; NaN on the first bar. Warm after 2 bars."""
    previous = state.close
    state.close = close
    if state.count == 0:
        state.count = 1
        return math.nan
    return max(high - low, abs(high - previous), abs(low - previous))


def atr(state: Any, high: float, low: float, close: float, length: int) -> float:
    """Return the average true range: Wilder's mean of the true range.

    J. Welles Wilder, New Concepts in Technical Trading Systems (1978). Warm after length + 1 bars.
    """
    spread = true_range(state.range, high, low, close)
    if math.isnan(spread):
        return math.nan
    return wilder(state.mean, spread, length)


def keltner(
    state: Any, high: float, low: float, close: float, length: int, range_length: int, width: float
) -> tuple[float, float, float]:
    """Return (upper, middle, lower): the exponential mean of (high + low + close) / 3, and `width` ATRs to each side.

    Both means become warm at the same bar, as in TA-Lib. C. Keltner, How to Make Money in Commodities (1960), in
    L. Raschke's form. Warm after max(length, range_length + 1) bars.
    """
    gap = true_range(state.range, high, low, close)
    last = max(length - 1, range_length)
    middle, half = math.nan, math.nan
    if state.count >= last - length + 1:
        middle = ema(state.mean, (high + low + close) / 3.0, length)
    if state.count >= last - range_length + 1:
        half = width * wilder(state.spread, gap, range_length)
    state.count += state.count <= last
    if math.isnan(middle) or math.isnan(half):
        return math.nan, math.nan, math.nan
    return middle + half, middle, middle - half


def dx(state: Any, high: float, low: float, close: float, length: int) -> tuple[float, float, float]:
    """Return (dx, +di, -di) in [0, 100]: the directional index before it is averaged, and the two indicators.

    J. Welles Wilder, New Concepts in Technical Trading Systems (1978). Warm after length + 1 bars.
    """
    rise, fall = high - state.high, state.low - low
    state.high, state.low = high, low
    spread = true_range(state.range, high, low, close)
    if math.isnan(spread):
        return math.nan, math.nan, math.nan
    plus = rise if rise > fall and rise > 0.0 else 0.0
    minus = fall if fall > rise and fall > 0.0 else 0.0
    state.count += state.count < length
    if state.count < length:
        state.plus += plus
        state.minus += minus
        state.total += spread
        return math.nan, math.nan, math.nan
    state.plus += plus - state.plus / length
    state.minus += minus - state.minus / length
    state.total += spread - state.total / length
    if state.total <= 0.0:
        return 0.0, 0.0, 0.0
    up, down = 100.0 * (state.plus / state.total), 100.0 * (state.minus / state.total)
    index = 100.0 * (abs(up - down) / (up + down)) if up + down > 0.0 else 0.0
    return index, up, down


def adx(state: Any, high: float, low: float, close: float, length: int) -> tuple[float, float, float]:
    """Return (adx, +di, -di) in [0, 100]: Wilder's mean of the directional index, and the two indicators.

    J. Welles Wilder, New Concepts in Technical Trading Systems (1978). Warm after 2 * length bars; the two indicators
    are from length + 1 on.
    """
    index, up, down = dx(state.move, high, low, close, length)
    if math.isnan(index):
        return math.nan, math.nan, math.nan
    return wilder(state.mean, index, length), up, down
