"""Measure how far and how fast a price has moved, one value at a time."""

import math
from typing import Any, Final

from tenfold.kernels.indicators.averages import Mean, mean
from tenfold.kernels.indicators.extremes import Highest, Lowest, highest, lowest
from tenfold.kernels.layout import layout, window

Delay: Final = layout("Delay", count=int, index=int, values=window)
Rsi: Final = layout("Rsi", count=int, last=float, gain=float, loss=float)
Stochastic: Final = layout("Stochastic", high=Highest, low=Lowest, smooth=Mean, signal=Mean)
Williams: Final = layout("Williams", high=Highest, low=Lowest)
Cci: Final = layout("Cci", count=int, index=int, values=window)
Efficiency: Final = layout("Efficiency", count=int, index=int, last=float, path=float, values=window, steps=window)
Kama: Final = layout("Kama", started=int, value=float, efficiency=Efficiency)
PercentRank: Final = layout("PercentRank", count=int, index=int, values=window)


def delayed(state: Any, x: float, length: int) -> float:
    """Return the value `length` steps ago; the record is a `Delay`. Warm after length + 1 values."""
    ago = state.values[state.index]
    state.values[state.index] = x
    state.index = 0 if state.index + 1 == length else state.index + 1
    if state.count < length:
        state.count += 1
        return math.nan
    return ago


def momentum(state: Any, x: float, length: int) -> float:
    """Return the change over `length` steps, in units of x; the record is a `Delay`. Warm after length + 1 values."""
    return x - delayed(state, x, length)


def roc(state: Any, x: float, length: int) -> float:
    """Return the rate of change over `length` steps in percent; 0 from a value of 0. The record is a `Delay`.

    Warm after length + 1 values.
    """
    ago = delayed(state, x, length)
    if ago == 0.0:
        return 0.0
    return (x / ago - 1.0) * 100.0


def rsi(state: Any, x: float, length: int) -> float:
    """Return Wilder's relative strength index in [0, 100]; 50 where nothing moved.

    J. Welles Wilder, New Concepts in Technical Trading Systems (1978). Warm after length + 1 values.
    """
    change = x - state.last
    state.last = x
    if state.count == 0:
        state.count = 1
        return math.nan
    gain = change if change > 0.0 else 0.0
    loss = -change if change < 0.0 else 0.0
    if state.count <= length:
        state.gain += gain
        state.loss += loss
        state.count += 1
        if state.count <= length:
            return math.nan
        state.gain /= length
        state.loss /= length
    else:
        state.gain = (state.gain * (length - 1) + gain) / length
        state.loss = (state.loss * (length - 1) + loss) / length
    total = state.gain + state.loss
    if total <= 0.0:
        return 50.0
    return 100.0 * (state.gain / total)


def stochastic(
    state: Any, high: float, low: float, close: float, length: int, smooth: int, signal: int
) -> tuple[float, float]:
    """Return (%K, %D) in [0, 100]: the close within the range of `length` bars, smoothed, and the mean of that.

    `smooth=1` gives the fast stochastic. Both are NaN until %D is warm, as in TA-Lib; 0 where the range is empty.
    G. Lane, Lane's Stochastics, Stocks & Commodities 2:3 (1984). Warm after length + smooth + signal - 2 bars.
    """
    upper = highest(state.high, high, length)
    lower = lowest(state.low, low, length)
    if math.isnan(upper) or math.isnan(lower):
        return math.nan, math.nan
    raw = 0.0
    if upper > lower:
        raw = (close - lower) / ((upper - lower) / 100.0)
    k = mean(state.smooth, raw, smooth)
    if math.isnan(k):
        return math.nan, math.nan
    d = mean(state.signal, k, signal)
    if math.isnan(d):
        return math.nan, math.nan
    return k, d


def williams(state: Any, high: float, low: float, close: float, length: int) -> float:
    """Return Williams' %R in [-100, 0]; 0 where the range is empty. Warm after length bars."""
    upper = highest(state.high, high, length)
    lower = lowest(state.low, low, length)
    if upper > lower:
        return (upper - close) / ((upper - lower) / -100.0)
    return upper * 0.0


def cci(state: Any, high: float, low: float, close: float, length: int) -> float:
    """Return the commodity channel index: distance from the mean in units of 0.015 mean absolute deviations.

    O(length) a step. D. Lambert, Commodity Channel Index, Commodities 9:10 (1980). Warm after length bars.
    """
    x = (high + low + close) / 3.0
    state.values[state.index] = x
    state.index = 0 if state.index + 1 == length else state.index + 1
    if state.count < length - 1:
        state.count += 1
        return math.nan
    total = 0.0
    for i in range(length):
        total += state.values[i]
    centre = total / length
    apart = 0.0
    for i in range(length):
        apart += abs(state.values[i] - centre)
    if apart <= 0.0:
        return 0.0
    return (x - centre) / (0.015 * (apart / length))


def efficiency(state: Any, x: float, length: int) -> float:
    """Return Kaufman's efficiency ratio in [0, 1]: net move over the path walked in `length` steps.

    P. Kaufman, Trading Systems and Methods (1995). Warm after length + 1 values.
    """
    step = abs(x - state.last) if state.count > 0 else 0.0
    oldest = state.values[state.index]
    state.path += step - state.steps[state.index]
    state.values[state.index] = x
    state.steps[state.index] = step
    state.last = x
    state.index += 1
    if state.index == length:
        state.index = 0
        state.path = 0.0
        for i in range(length):
            state.path += state.steps[i]
    if state.count < length:
        state.count += 1
        return math.nan
    move = abs(x - oldest)
    if state.path <= 0.0:
        return 0.0
    return min(1.0, move / state.path)


def kama(state: Any, x: float, length: int) -> float:
    """Return Kaufman's adaptive mean: fast (2 bars) in a straight move, slow (30 bars) in noise.

    P. Kaufman, Trading Systems and Methods (1995). Starts from the last value before it is warm, as TA-Lib does.
    Warm after length + 1 values.
    """
    previous = state.efficiency.last
    share = efficiency(state.efficiency, x, length)
    if math.isnan(share):
        return math.nan
    if state.started == 0:
        state.started = 1
        state.value = previous
    weight = share * (2.0 / 3.0 - 2.0 / 31.0) + 2.0 / 31.0
    state.value += (x - state.value) * (weight * weight)
    return state.value


def percent_rank(state: Any, x: float, length: int) -> float:
    """Return the share in percent of the previous `length` values that lie below x. O(length) a step.

    Warm after length + 1 values.
    """
    below = 0
    for i in range(state.count):
        if state.values[i] < x:
            below += 1
    full = state.count == length
    state.values[state.index] = x
    state.index = 0 if state.index + 1 == length else state.index + 1
    if not full:
        state.count += 1
        return math.nan
    return 100.0 * below / length
