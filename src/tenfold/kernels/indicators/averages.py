"""Average the last values, one value at a time.

All zeros is the initial state of every record. A function returns NaN until it has seen enough values.
Conventions are those of TA-Lib: an exponential mean starts from the plain mean of its first `length` values.
"""

import math
from typing import Any, Final

from tenfold.kernels.layout import layout, window

Mean: Final = layout("Mean", count=int, index=int, total=float, inverse=float, values=window)
Ema: Final = layout("Ema", count=int, value=float)
Wilder: Final = layout("Wilder", count=int, value=float)
Wma: Final = layout("Wma", count=int, index=int, total=float, weighted=float, values=window)
Dema: Final = layout("Dema", first=Ema, second=Ema)
Tema: Final = layout("Tema", first=Ema, second=Ema, third=Ema)
Macd: Final = layout("Macd", count=int, fast=Ema, slow=Ema, signal=Ema)


def mean(state: Any, x: float, length: int) -> float:
    """Return the mean of the last `length` values.

    Their sum times 1 / length, since a division a bar would be the dearest part of the hottest loop.
    Warm after length values.
    """
    index = state.index
    total = state.total + (x - state.values[index])
    state.values[index] = x
    state.total = total
    index += 1
    state.index = 0 if index == length else index
    if state.count < length:
        state.count += 1
        if state.count < length:
            return math.nan
        state.inverse = 1.0 / length
    return total * state.inverse


def ema(state: Any, x: float, length: int) -> float:
    """Return the exponential mean with weight 2 / (length + 1), started from the mean of the first `length` values.

    Warm after length values.
    """
    if state.count >= length:
        state.value += (x - state.value) * (2.0 / (length + 1))
        return state.value
    state.count += 1
    state.value += x
    if state.count < length:
        return math.nan
    state.value /= length
    return state.value


def wilder(state: Any, x: float, length: int) -> float:
    """Return Wilder's exponential mean, weight 1 / length (RMA), started from the mean of the first `length` values.

    J. Welles Wilder, New Concepts in Technical Trading Systems (1978). Warm after length values.
    """
    if state.count >= length:
        state.value = (state.value * (length - 1) + x) / length
        return state.value
    state.count += 1
    state.value += x
    if state.count < length:
        return math.nan
    state.value /= length
    return state.value


def wma(state: Any, x: float, length: int) -> float:
    """Return the linearly weighted mean of the last `length` values, weight `length` on the newest.

    The running sums are summed afresh whenever the window comes round, so that rounding errors never pile up.
    Warm after length values.
    """
    oldest = state.values[state.index]
    state.values[state.index] = x
    state.index += 1
    if state.count < length:
        state.count += 1
        state.total += x
        state.weighted += state.count * x
    else:
        state.weighted += length * x - state.total
        state.total += x - oldest
    if state.index == length:
        state.index = 0
        state.total = 0.0
        state.weighted = 0.0
        for i in range(length):
            state.total += state.values[i]
            state.weighted += (i + 1) * state.values[i]
    if state.count < length:
        return math.nan
    return state.weighted / (0.5 * length * (length + 1))


def dema(state: Any, x: float, length: int) -> float:
    """Return the double exponential mean 2 E - E(E).

    P. Mulloy, Smoothing Data with Faster Moving Averages, Stocks & Commodities 12:1 (1994).
    Warm after 2 * length - 1 values.
    """
    first = ema(state.first, x, length)
    if math.isnan(first):
        return math.nan
    return 2.0 * first - ema(state.second, first, length)


def tema(state: Any, x: float, length: int) -> float:
    """Return the triple exponential mean 3 E - 3 E(E) + E(E(E)); source as for `dema`.

    Warm after 3 * length - 2 values.
    """
    first = ema(state.first, x, length)
    if math.isnan(first):
        return math.nan
    second = ema(state.second, first, length)
    if math.isnan(second):
        return math.nan
    return 3.0 * first - 3.0 * second + ema(state.third, second, length)


def macd(state: Any, x: float, fast: int, slow: int, signal: int) -> tuple[float, float, float]:
    """Return (macd, signal line, histogram): fast minus slow exponential mean, and the mean of that.

    G. Appel, Technical Analysis: Power Tools for Active Investors (2005). All three are NaN until the signal line
    is warm; both means start at the same bar, as in TA-Lib. Warm after slow + signal - 1 values.
    """
    state.count += state.count < slow
    short = math.nan
    if state.count > slow - fast:
        short = ema(state.fast, x, fast)
    long = ema(state.slow, x, slow)
    if math.isnan(long):
        return math.nan, math.nan, math.nan
    line = short - long
    smooth = ema(state.signal, line, signal)
    if math.isnan(smooth):
        return math.nan, math.nan, math.nan
    return line, smooth, line - smooth
