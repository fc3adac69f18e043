"""Smooth values with less lag than a plain mean has, one value at a time."""

import math
from typing import Any, Final

from tenfold.kernels.indicators.averages import Ema, Mean, Wma, ema, mean, wma
from tenfold.kernels.indicators.oscillators import Delay, delayed
from tenfold.kernels.layout import layout

Trima: Final = layout("Trima", first=Mean, second=Mean)
T3: Final = layout("T3", first=Ema, second=Ema, third=Ema, fourth=Ema, fifth=Ema, sixth=Ema)
Hma: Final = layout("Hma", fast=Wma, slow=Wma, smooth=Wma)
Zlema: Final = layout("Zlema", past=Delay, mean=Ema)
Trix: Final = layout("Trix", first=Ema, second=Ema, third=Ema, past=Delay(1))


def trima(state: Any, x: float, length: int) -> float:
    """Return the triangular mean: the mean of means, heaviest in the middle of the last `length` values.

    Warm after length values.
    """
    half = (length + 1) // 2
    first = mean(state.first, x, half)
    if math.isnan(first):
        return math.nan
    return mean(state.second, first, length - half + 1)


def t3(state: Any, x: float, length: int, factor: float = 0.7) -> float:
    """Return Tillson's T3: three double exponential means in a row, `factor` between plain (0) and double (1).

    T. Tillson, Smoothing Techniques for More Accurate Signals, Stocks & Commodities 16:1 (1998).
    Warm after 6 * length - 5 values.
    """
    second = _second(state, x, length)
    if math.isnan(second):
        return math.nan
    third = ema(state.third, second, length)
    if math.isnan(third):
        return math.nan
    fourth = ema(state.fourth, third, length)
    if math.isnan(fourth):
        return math.nan
    fifth = ema(state.fifth, fourth, length)
    if math.isnan(fifth):
        return math.nan
    sixth = ema(state.sixth, fifth, length)
    square = factor * factor
    cube = square * factor
    return (
        -cube * sixth
        + 3.0 * (square + cube) * fifth
        - (6.0 * square + 3.0 * (factor + cube)) * fourth
        + (1.0 + 3.0 * factor + cube + 3.0 * square) * third
    )


def _second(state: Any, x: float, length: int) -> float:
    """Return the exponential mean of the exponential mean."""
    first = ema(state.first, x, length)
    if math.isnan(first):
        return math.nan
    return ema(state.second, first, length)


def hma(state: Any, x: float, length: int) -> float:
    """Return Hull's mean: a short weighted mean of twice the fast weighted mean less the slow one; length from 2 up.

    A. Hull, How to reduce lag in a moving average (2005). Warm after length + int(sqrt(length)) - 1 values.
    """
    fast = wma(state.fast, x, length // 2)
    slow = wma(state.slow, x, length)
    if math.isnan(slow):
        return math.nan
    return wma(state.smooth, 2.0 * fast - slow, int(math.sqrt(float(length))))


def zlema(state: Any, x: float, length: int) -> float:
    """Return the exponential mean of x plus its change over half the length, which takes most of the lag away.

    J. Ehlers and R. Way, Zero Lag (well, almost), Stocks & Commodities 28:12 (2010); length from 3 up.
    Warm after length + (length - 1) // 2 values.
    """
    past = delayed(state.past, x, (length - 1) // 2)
    if math.isnan(past):
        return math.nan
    return ema(state.mean, 2.0 * x - past, length)


def trix(state: Any, x: float, length: int) -> float:
    """Return the change in percent of the triple exponential mean; 0 from a mean of 0.

    J. Hutson, Good TRIX, Stocks & Commodities 1:5 (1983). Warm after 3 * length - 1 values.
    """
    second = _second(state, x, length)
    if math.isnan(second):
        return math.nan
    third = ema(state.third, second, length)
    if math.isnan(third):
        return math.nan
    past = delayed(state.past, third, 1)
    return 0.0 if past == 0.0 else 100.0 * (third / past - 1.0)
