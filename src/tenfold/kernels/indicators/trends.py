"""Say where the trend points and how straight it is, one bar at a time."""

import math
from typing import Any, Final

from tenfold.kernels.indicators.averages import Mean, mean
from tenfold.kernels.indicators.extremes import Highest, Lowest, aroon, highest, lowest
from tenfold.kernels.indicators.oscillators import Delay, delayed
from tenfold.kernels.indicators.ranges import Adx, Atr, TrueRange, adx, atr, true_range
from tenfold.kernels.layout import layout

Adxr: Final = layout("Adxr", adx=Adx, past=Delay)
Vortex: Final = layout("Vortex", count=int, high=float, low=float, range=TrueRange, up=Mean, down=Mean, total=Mean)
Sar: Final = layout("Sar", count=int, side=float, high=float, low=float, stop=float, extreme=float, step=float)
Supertrend: Final = layout("Supertrend", atr=Atr, side=float, upper=float, lower=float, close=float)
Choppiness: Final = layout("Choppiness", range=TrueRange, total=Mean, high=Highest, low=Lowest)
VerticalFilter: Final = layout("VerticalFilter", count=int, last=float, path=Mean, high=Highest, low=Lowest)


def aroon_oscillator(state: Any, high: float, low: float, length: int) -> float:
    """Return Aroon up less Aroon down, in [-100, 100]; the record is an `Aroon`. Warm after length + 1 bars."""
    down, up = aroon(state, high, low, length)
    return up - down


def adxr(state: Any, high: float, low: float, close: float, length: int) -> float:
    """Return the mean of the average directional index now and `length` - 1 bars ago; length from 2 up.

    J. Welles Wilder, New Concepts in Technical Trading Systems (1978). Warm after 3 * length - 1 bars.
    """
    index, _, _ = adx(state.adx, high, low, close, length)
    if math.isnan(index):
        return math.nan
    return 0.5 * (index + delayed(state.past, index, length - 1))


def vortex(state: Any, high: float, low: float, close: float, length: int) -> tuple[float, float]:
    """Return (+VI, -VI): upward and downward movement between bars over the true range of `length` bars.

    E. Botes and D. Siepman, The Vortex Indicator, Stocks & Commodities 28:1 (2010). Warm after length + 1 bars.
    """
    rise, fall = abs(high - state.low), abs(low - state.high)
    state.high, state.low = high, low
    spread = true_range(state.range, high, low, close)
    if math.isnan(spread):
        return math.nan, math.nan
    up, down = mean(state.up, rise, length), mean(state.down, fall, length)
    total = mean(state.total, spread, length)
    if total == 0.0:
        return 0.0, 0.0
    return up / total, down / total


def sar(state: Any, high: float, low: float, step: float = 0.02, step_max: float = 0.2) -> float:
    """Return Wilder's parabolic stop and reverse; `state.side` is +1 where it follows a rise, -1 a fall.

    The first side follows from the first two bars, as in TA-Lib. J. Welles Wilder, New Concepts in Technical Trading
    Systems (1978). Warm after 2 bars.
    """
    last_high, last_low = state.high, state.low
    state.high, state.low = high, low
    state.count += state.count < 3
    if state.count == 1:
        return math.nan
    if state.count == 2:
        falls = last_low - low
        state.side = -1.0 if falls > 0.0 and falls > high - last_high else 1.0
        state.stop = last_low if state.side > 0.0 else last_high
        state.extreme = high if state.side > 0.0 else low
        state.step = min(step, step_max)
        last_high, last_low = high, low
    if state.side > 0.0:
        return _rising(state, high, low, last_high, last_low, min(step, step_max), step_max)
    # The same rule in the mirror: prices change their sign and the stop back again.
    state.stop, state.extreme = -state.stop, -state.extreme
    shown = -_rising(state, -low, -high, -last_low, -last_high, min(step, step_max), step_max)
    state.stop, state.extreme = -state.stop, -state.extreme
    return shown


def _rising(
    state: Any, high: float, low: float, last_high: float, last_low: float, step: float, step_max: float
) -> float:
    """Follow a rise by one bar, or turn; return the stop that held for this bar."""
    if low <= state.stop:
        stop = max(state.extreme, last_high, high)
        state.side = -state.side
        state.step = step
        state.extreme = low
        state.stop = max(stop + step * (low - stop), last_high, high)
        return stop
    stop = state.stop
    if high > state.extreme:
        state.extreme = high
        state.step = min(state.step + step, step_max)
    state.stop = min(stop + state.step * (state.extreme - stop), last_low, low)
    return stop


def supertrend(
    state: Any, high: float, low: float, close: float, length: int, width: float = 3.0
) -> tuple[float, float]:
    """Return (line, side): a trailing band `width` average true ranges off the middle, side +1 above it and -1 below.

    O. Seban, Tout le monde mérite d'être riche (2008). Warm after length + 1 bars.
    """
    spread = atr(state.atr, high, low, close, length)
    previous = state.close
    state.close = close
    if math.isnan(spread):
        return math.nan, math.nan
    upper, lower = 0.5 * (high + low) + width * spread, 0.5 * (high + low) - width * spread
    if state.side == 0.0:
        state.upper, state.lower = upper, lower
        state.side = 1.0
        return lower, 1.0
    if upper < state.upper or previous > state.upper:
        state.upper = upper
    if lower > state.lower or previous < state.lower:
        state.lower = lower
    if state.side > 0.0 and close < state.lower:
        state.side = -1.0
    elif state.side < 0.0 and close > state.upper:
        state.side = 1.0
    return (state.lower if state.side > 0.0 else state.upper), state.side


def choppiness(state: Any, high: float, low: float, close: float, length: int) -> float:
    """Return the choppiness index: 100 where the path fills its range over and over, 0 in a straight move.

    100 log(sum of true ranges / range of all bars) / log(length), length from 2 up; E. W. Dreiss (1993), in R. Colby, The
    Encyclopedia of Technical Market Indicators (2003). Warm after length + 1 bars.
    """
    spread = true_range(state.range, high, low, close)
    top, bottom = highest(state.high, high, length), lowest(state.low, low, length)
    if math.isnan(spread):
        return math.nan
    path = mean(state.total, spread, length) * length
    if math.isnan(path) or length < 2:
        return math.nan
    if top <= bottom or path <= 0.0:
        return 100.0
    return 100.0 * math.log(path / (top - bottom)) / math.log(float(length))


def vertical_filter(state: Any, x: float, length: int) -> float:
    """Return the range of the last `length` values over the path of as many steps; 0 where nothing moved.

    A. White, The Vertical Horizontal Filter, Futures 20:10 (1991). Warm after length + 1 values.
    """
    step = abs(x - state.last)
    state.last = x
    top, bottom = highest(state.high, x, length), lowest(state.low, x, length)
    if state.count == 0:
        state.count = 1
        return math.nan
    path = mean(state.path, step, length) * length
    return 0.0 if path == 0.0 else (top - bottom) / path
