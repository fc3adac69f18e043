"""Measure how far values spread around their mean, one value at a time.

How it works. Sums of squares cancel, so the second moment about the mean slides along with the window (Welford's
update with one value in and one out) and is computed afresh whenever the window comes round: amortised O(1), and
rounding errors live no longer than one window.
"""

import math
from typing import Any, Final

from tenfold.kernels.layout import layout, window

Variance: Final = layout("Variance", count=int, index=int, mean=float, moment=float, values=window)
EwmVariance: Final = layout("EwmVariance", count=int, mean=float, value=float)
Correlation: Final = layout(
    "Correlation",
    count=int,
    index=int,
    mean_x=float,
    mean_y=float,
    moment_x=float,
    moment_y=float,
    product=float,
    x=window,
    y=window,
)


def _slide(state: Any, x: float, length: int) -> bool:
    """Take x into the window and return whether the window is full."""
    oldest = state.values[state.index]
    state.values[state.index] = x
    state.index += 1
    if state.count < length:
        state.count += 1
        before = x - state.mean
        state.mean += before / state.count
        state.moment += before * (x - state.mean)
    else:
        before = state.mean
        state.mean += (x - oldest) / length
        state.moment += (x - oldest) * (x - state.mean + oldest - before)
    if state.index == length:
        state.index = 0
        _afresh(state, length)
    return bool(state.count == length)


def _afresh(state: Any, length: int) -> None:
    total = 0.0
    for i in range(length):
        total += state.values[i]
    state.mean = total / length
    moment = 0.0
    for i in range(length):
        apart = state.values[i] - state.mean
        moment += apart * apart
    state.moment = moment


def variance(state: Any, x: float, length: int) -> float:
    """Return the population variance of the last `length` values. Warm after length values."""
    if not _slide(state, x, length):
        return math.nan
    return max(state.moment, 0.0) / length


def sample_variance(state: Any, x: float, length: int) -> float:
    """Return the sample variance (divisor length - 1) of the last `length` values; NaN for a length below 2.

    The record is a `Variance`. Warm after length values.
    """
    if not _slide(state, x, length) or length < 2:
        return math.nan
    return max(state.moment, 0.0) / (length - 1)


def deviation(state: Any, x: float, length: int) -> float:
    """Return the population standard deviation of the last `length` values; a `Variance`. Warm after length values."""
    return math.sqrt(variance(state, x, length))


def sample_deviation(state: Any, x: float, length: int) -> float:
    """Return the sample standard deviation (divisor length - 1) of the last `length` values.

    The record is a `Variance`. Warm after length values.
    """
    return math.sqrt(sample_variance(state, x, length))


def bollinger(state: Any, x: float, length: int, width: float) -> tuple[float, float, float]:
    """Return (upper, middle, lower): the mean and `width` population deviations to each side.

    J. Bollinger, Bollinger on Bollinger Bands (2001). The record is a `Variance`. Warm after length values.
    """
    half = width * deviation(state, x, length)
    if math.isnan(half):
        return math.nan, math.nan, math.nan
    return state.mean + half, state.mean, state.mean - half


def zscore(state: Any, x: float, length: int) -> float:
    """Return (x - mean) / population deviation over the last `length` values, x included; 0 where all are equal.

    The record is a `Variance`. Warm after length values.
    """
    spread = deviation(state, x, length)
    if math.isnan(spread):
        return math.nan
    if spread <= 1e-12 * abs(state.mean):
        return 0.0
    return (x - state.mean) / spread


def ewm_variance(state: Any, x: float, length: int) -> float:
    """Return the exponentially weighted variance with weight 2 / (length + 1).

    T. Finch, Incremental calculation of weighted mean and variance (2009); pandas `ewm(adjust=False).var(bias=True)`.
    Warm after length values.
    """
    if state.count == 0:
        state.mean = x
    apart = x - state.mean
    step = apart * (2.0 / (length + 1))
    state.mean += step
    state.value = (1.0 - 2.0 / (length + 1)) * (state.value + apart * step)
    if state.count < length - 1:
        state.count += 1
        return math.nan
    state.count = length
    return state.value


def ewm_volatility(state: Any, x: float, length: int) -> float:
    """Return the square root of `ewm_variance`, e.g. of returns: volatility a bar; an `EwmVariance`.

    Warm after length values.
    """
    return math.sqrt(ewm_variance(state, x, length))


def correlation(state: Any, x: float, y: float, length: int) -> float:
    """Return Pearson's correlation of the last `length` pairs; 0 where one of the two does not vary.

    Warm after length pairs.
    """
    index = state.index
    old_x, old_y = state.x[index], state.y[index]
    state.x[index] = x
    state.y[index] = y
    state.index = index + 1
    if state.count < length:
        state.count += 1
        _enter_pair(state, x, y)
    else:
        _exchange_pair(state, x, y, old_x, old_y, length)
    if state.index == length:
        state.index = 0
        _pairs_afresh(state, length)
    if state.count < length:
        return math.nan
    scale = math.sqrt(max(state.moment_x, 0.0)) * math.sqrt(max(state.moment_y, 0.0))
    if scale <= 1e-14 * length * abs(state.mean_x * state.mean_y):
        return 0.0
    return max(-1.0, min(1.0, state.product / scale))


def _enter_pair(state: Any, x: float, y: float) -> None:
    apart_x, apart_y = x - state.mean_x, y - state.mean_y
    state.mean_x += apart_x / state.count
    state.mean_y += apart_y / state.count
    state.moment_x += apart_x * (x - state.mean_x)
    state.moment_y += apart_y * (y - state.mean_y)
    state.product += apart_x * (y - state.mean_y)


def _exchange_pair(state: Any, x: float, y: float, old_x: float, old_y: float, length: int) -> None:
    was_x, was_y = state.mean_x, state.mean_y
    state.mean_x += (x - old_x) / length
    state.mean_y += (y - old_y) / length
    state.moment_x += (x - old_x) * (x - state.mean_x + old_x - was_x)
    state.moment_y += (y - old_y) * (y - state.mean_y + old_y - was_y)
    state.product += (x - was_x) * (y - state.mean_y) - (old_x - was_x) * (old_y - state.mean_y)


def _pairs_afresh(state: Any, length: int) -> None:
    total_x, total_y = 0.0, 0.0
    for i in range(length):
        total_x += state.x[i]
        total_y += state.y[i]
    state.mean_x, state.mean_y = total_x / length, total_y / length
    moment_x, moment_y, product = 0.0, 0.0, 0.0
    for i in range(length):
        apart_x, apart_y = state.x[i] - state.mean_x, state.y[i] - state.mean_y
        moment_x += apart_x * apart_x
        moment_y += apart_y * apart_y
        product += apart_x * apart_y
    state.moment_x, state.moment_y, state.product = moment_x, moment_y, product
