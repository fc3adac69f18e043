"""Weigh buying against selling, one bar at a time."""

import math
from typing import Any, Final

from tenfold.kernels.indicators.arithmetic import guarded_ratio
from tenfold.kernels.indicators.averages import Ema, Mean, ema, mean
from tenfold.kernels.indicators.oscillators import Rsi, Stochastic, rsi, stochastic
from tenfold.kernels.layout import layout

Ultimate: Final = layout(
    "Ultimate",
    count=int,
    close=float,
    buying_short=Mean,
    range_short=Mean,
    buying_middle=Mean,
    range_middle=Mean,
    buying_long=Mean,
    range_long=Mean,
)
StochasticRsi: Final = layout("StochasticRsi", rsi=Rsi, stochastic=Stochastic)
Imi: Final = layout("Imi", rise=Mean, fall=Mean)
Qstick: Final = layout("Qstick", mean=Mean)
ElderRay: Final = layout("ElderRay", mean=Ema)


def balance_of_power(open: float, high: float, low: float, close: float) -> float:
    """Return the body of the bar over its range, in [-1, 1]; 0 where the range is empty. It needs no record.

    I. Livshin, Balance of Market Power, Stocks & Commodities 19:8 (2001).
    """
    if high <= low:
        return 0.0
    return (close - open) / (high - low)


def cmo(state: Any, x: float, length: int) -> float:
    """Return Chande's momentum in [-100, 100] with Wilder's means, as TA-Lib does; the record is an `Rsi`.

    T. Chande and S. Kroll, The New Technical Trader (1994). Warm after length + 1 values.
    """
    return 2.0 * rsi(state, x, length) - 100.0


def ultimate(state: Any, high: float, low: float, close: float, short: int, middle: int, long: int) -> float:
    """Return the ultimate oscillator in [0, 100]: buying pressure over the true range on three lengths, 4 : 2 : 1.

    L. Williams, The Ultimate Oscillator, Stocks & Commodities 3:4 (1985). Warm after max(short, middle, long) + 1 bars.
    """
    previous = state.close
    state.close = close
    if state.count == 0:
        state.count = 1
        return math.nan
    floor = min(low, previous)
    buying, spread = close - floor, max(high, previous) - floor
    first = mean(state.buying_short, buying, short), mean(state.range_short, spread, short)
    second = mean(state.buying_middle, buying, middle), mean(state.range_middle, spread, middle)
    third = mean(state.buying_long, buying, long), mean(state.range_long, spread, long)
    total = 4.0 * guarded_ratio(first[0], first[1]) + 2.0 * guarded_ratio(second[0], second[1])
    return 100.0 * (total + guarded_ratio(third[0], third[1])) / 7.0


def stochastic_rsi(state: Any, x: float, length: int, window: int, signal: int) -> tuple[float, float]:
    """Return (%K, %D) in [0, 100] of the relative strength index: where it stands in its range of `window` values.

    T. Chande and S. Kroll, The New Technical Trader (1994). Warm after length + window + signal - 1 values.
    """
    index = rsi(state.rsi, x, length)
    if math.isnan(index):
        return math.nan, math.nan
    return stochastic(state.stochastic, index, index, index, window, 1, signal)


def imi(state: Any, open: float, close: float, length: int) -> float:
    """Return the intraday momentum index in [0, 100]: rising bodies over all bodies; 50 where nothing moved.

    T. Chande and S. Kroll, The New Technical Trader (1994). Warm after length bars.
    """
    rise = mean(state.rise, max(close - open, 0.0), length)
    fall = mean(state.fall, max(open - close, 0.0), length)
    if rise + fall <= 0.0:
        return 50.0
    return 100.0 * rise / (rise + fall)


def qstick(state: Any, open: float, close: float, length: int) -> float:
    """Return the mean body, close less open, of the last `length` bars.

    T. Chande and S. Kroll, The New Technical Trader (1994). Warm after length bars.
    """
    return mean(state.mean, close - open, length)


def elder_ray(state: Any, high: float, low: float, close: float, length: int) -> tuple[float, float]:
    """Return (bull power, bear power): high and low less the exponential mean of the close.

    A. Elder, Trading for a Living (1993). Warm after length bars.
    """
    middle = ema(state.mean, close, length)
    return high - middle, low - middle
