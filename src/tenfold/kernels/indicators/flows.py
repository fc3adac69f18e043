"""Follow the money: volume signed by what the price did, one bar at a time.

A volume of NaN (FX) poisons these sums: a fold asks `math.isnan(bar.volume)` first and abstains.
"""

import math
from typing import Any, Final

from tenfold.kernels.indicators.averages import Ema, Mean, ema, mean
from tenfold.kernels.layout import layout

AdLine: Final = layout("AdLine", total=float)
AdOscillator: Final = layout("AdOscillator", count=int, line=AdLine, fast=float, slow=float)
Force: Final = layout("Force", count=int, close=float, mean=Ema)
EaseOfMovement: Final = layout("EaseOfMovement", count=int, middle=float, mean=Mean)
Vwma: Final = layout("Vwma", money=Mean, volume=Mean)
VolumeTrend: Final = layout("VolumeTrend", count=int, close=float, volume=float, total=float)
RelativeVolume: Final = layout("RelativeVolume", mean=Mean, last=float)
WilliamsFlow: Final = layout("WilliamsFlow", count=int, close=float, total=float)


def ad_line(state: Any, high: float, low: float, close: float, volume: float) -> float:
    """Return Chaikin's accumulation / distribution: volume weighted by where in its range each bar closed, summed.

    Warm after 1 bar.
    """
    if high > low:
        state.total += ((close - low) - (high - close)) / (high - low) * volume
    return state.total


def ad_oscillator(state: Any, high: float, low: float, close: float, volume: float, fast: int, slow: int) -> float:
    """Return Chaikin's oscillator: the fast less the slow exponential mean of accumulation / distribution.

    Both means start at the line's first value, as in TA-Lib. Warm after slow bars, slow being the longer.
    """
    line = ad_line(state.line, high, low, close, volume)
    if state.count == 0:
        state.fast, state.slow = line, line
    else:
        state.fast += (line - state.fast) * (2.0 / (fast + 1))
        state.slow += (line - state.slow) * (2.0 / (slow + 1))
    if state.count < slow - 1:
        state.count += 1
        return math.nan
    return state.fast - state.slow


def force(state: Any, close: float, volume: float, length: int) -> float:
    """Return Elder's force index: the exponential mean of change times volume.

    A. Elder, Trading for a Living (1993). Warm after length + 1 bars.
    """
    change = close - state.close
    state.close = close
    if state.count == 0:
        state.count = 1
        return math.nan
    return ema(state.mean, change * volume, length)


def ease_of_movement(
    state: Any, high: float, low: float, volume: float, length: int, scale: float = 100_000_000.0
) -> float:
    """Return the mean of the middle's move times range over volume in units of `scale`; 0 for a bar without volume.

    R. Arms, Volume Cycles in the Stock Market (1983). Warm after length + 1 bars.
    """
    middle = 0.5 * (high + low)
    move = middle - state.middle
    state.middle = middle
    if state.count == 0:
        state.count = 1
        return math.nan
    return mean(state.mean, 0.0 if volume == 0.0 else move * (high - low) * scale / volume, length)


def vwma(state: Any, x: float, volume: float, length: int) -> float:
    """Return the mean of the last `length` values weighted by volume; x itself where there was none.

    Warm after length bars.
    """
    money = mean(state.money, x * volume, length)
    total = mean(state.volume, volume, length)
    return x if total == 0.0 else money / total


def price_volume_trend(state: Any, close: float, volume: float) -> float:
    """Return the sum of volume times relative change; the record is a `VolumeTrend`. Warm after 1 bar."""
    if state.count > 0 and state.close != 0.0:
        state.total += volume * (close - state.close) / state.close
    state.count = 1
    state.close = close
    return state.total


def negative_volume(state: Any, close: float, volume: float) -> float:
    """Return Fosback's index from 1000 on, which moves with the price on days of falling volume alone.

    N. Fosback, Stock Market Logic (1976). The record is a `VolumeTrend`. Warm after 1 bar.
    """
    return _on_days(state, close, volume, -1.0)


def positive_volume(state: Any, close: float, volume: float) -> float:
    """Return the index from 1000 on that moves on days of rising volume alone; a `VolumeTrend`. Source as for `negative_volume`.

    Warm after 1 bar.
    """
    return _on_days(state, close, volume, 1.0)


def _on_days(state: Any, close: float, volume: float, sign: float) -> float:
    if state.count == 0:
        state.total = 1000.0
    elif sign * (volume - state.volume) > 0.0 and state.close != 0.0:
        state.total *= 1.0 + (close - state.close) / state.close
    state.count = 1
    state.close = close
    state.volume = volume
    return state.total


def relative_volume(state: Any, volume: float, length: int) -> float:
    """Return volume over the mean of the `length` bars before; 1 where those had none. Warm after length + 1 bars."""
    usual = state.last
    state.last = mean(state.mean, volume, length)
    if usual == 0.0 and state.mean.count < length:
        return math.nan
    return 1.0 if usual == 0.0 else volume / usual


def williams_flow(state: Any, high: float, low: float, close: float) -> float:
    """Return Williams' accumulation / distribution: closes measured from the true low or high, summed; no volume.

    L. Williams, The Secret of Selecting Stocks for Immediate and Substantial Gains (1972). Warm after 1 bar.
    """
    if state.count > 0 and close > state.close:
        state.total += close - min(low, state.close)
    elif state.count > 0 and close < state.close:
        state.total += close - max(high, state.close)
    state.count = 1
    state.close = close
    return state.total
