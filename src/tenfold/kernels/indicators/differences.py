"""Compare a fast with a slow mean, one value at a time."""

import math
from typing import Any, Final

from tenfold.kernels.indicators.averages import Ema, Mean, Wma, ema, mean, wma
from tenfold.kernels.indicators.oscillators import Delay, delayed, roc
from tenfold.kernels.layout import layout

Apo: Final = layout("Apo", fast=Ema, slow=Ema)
Awesome: Final = layout("Awesome", fast=Mean, slow=Mean)
Acceleration: Final = layout("Acceleration", awesome=Awesome, mean=Mean)
Coppock: Final = layout("Coppock", fast=Delay, slow=Delay, mean=Wma)
Tsi: Final = layout("Tsi", count=int, last=float, move=Ema, path=Ema, move_smooth=Ema, path_smooth=Ema)
Dpo: Final = layout("Dpo", mean=Mean, past=Delay)


def apo(state: Any, x: float, fast: int, slow: int) -> float:
    """Return the fast less the slow exponential mean, in units of x. Warm after slow values."""
    return ema(state.fast, x, fast) - ema(state.slow, x, slow)


def ppo(state: Any, x: float, fast: int, slow: int) -> float:
    """Return the fast less the slow exponential mean in percent of the slow; the record is an `Apo`.

    Over volume it is the percentage volume oscillator. Warm after slow values.
    """
    short, long = ema(state.fast, x, fast), ema(state.slow, x, slow)
    return 0.0 if long == 0.0 else 100.0 * (short - long) / long


def awesome(state: Any, high: float, low: float, fast: int, slow: int) -> float:
    """Return the fast less the slow mean of the middle of the bars.

    B. Williams, New Trading Dimensions (1998), with 5 and 34 bars. Warm after slow bars.
    """
    middle = 0.5 * (high + low)
    return mean(state.fast, middle, fast) - mean(state.slow, middle, slow)


def acceleration(state: Any, high: float, low: float, fast: int, slow: int, signal: int) -> float:
    """Return the awesome oscillator less its own mean; source as for `awesome`. Warm after slow + signal - 1 bars."""
    value = awesome(state.awesome, high, low, fast, slow)
    if math.isnan(value):
        return math.nan
    return value - mean(state.mean, value, signal)


def coppock(state: Any, x: float, fast: int, slow: int, length: int) -> float:
    """Return Coppock's curve: the weighted mean of the sum of two rates of change.

    E. Coppock, Barron's (15 October 1962), with 11 and 14 months and a mean of 10. Warm after slow + length values.
    """
    total = roc(state.fast, x, fast) + roc(state.slow, x, slow)
    if math.isnan(total):
        return math.nan
    return wma(state.mean, total, length)


def tsi(state: Any, x: float, slow: int, fast: int) -> float:
    """Return the true strength index in [-100, 100]: the change smoothed twice, over the path smoothed twice.

    W. Blau, True Strength Index, Stocks & Commodities 9:11 (1991). Warm after slow + fast values.
    """
    change = x - state.last
    state.last = x
    if state.count == 0:
        state.count = 1
        return math.nan
    move = ema(state.move, change, slow)
    path = ema(state.path, abs(change), slow)
    if math.isnan(move):
        return math.nan
    move = ema(state.move_smooth, move, fast)
    path = ema(state.path_smooth, path, fast)
    return 0.0 if path == 0.0 else 100.0 * move / path


def dpo(state: Any, x: float, length: int) -> float:
    """Return the detrended price: the value half a length ago less the mean of the last `length` values.

    Warm after length values.
    """
    past = delayed(state.past, x, length // 2 + 1)
    return past - mean(state.mean, x, length)
