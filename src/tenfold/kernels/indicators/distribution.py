"""Describe how the last values are distributed, one value at a time. O(length) a step."""

import math
from typing import Any, Final

from tenfold.kernels.layout import layout, window

Quantile: Final = layout("Quantile", count=int, index=int, values=window, ordered=window)
Moments: Final = layout("Moments", count=int, index=int, values=window)


def _order(state: Any, x: float, length: int) -> bool:
    """Let x take the place of the oldest value among the ordered ones; return whether the window is full."""
    oldest = state.values[state.index]
    state.values[state.index] = x
    state.index = 0 if state.index + 1 == length else state.index + 1
    at = state.count
    if state.count == length:
        at = 0
        while at < length - 1 and state.ordered[at] != oldest:
            at += 1
    else:
        state.count += 1
    while at > 0 and state.ordered[at - 1] > x:
        state.ordered[at] = state.ordered[at - 1]
        at -= 1
    while at < state.count - 1 and state.ordered[at + 1] < x:
        state.ordered[at] = state.ordered[at + 1]
        at += 1
    state.ordered[at] = x
    return bool(state.count == length)


def percentile(state: Any, x: float, length: int, percent: float) -> float:
    """Return the least of the last `length` values that `percent` of them do not exceed (nearest rank); a `Quantile`.

    Warm after length values.
    """
    if not _order(state, x, length):
        return math.nan
    place = math.ceil(percent * length / 100.0) - 1
    return state.ordered[min(max(place, 0), length - 1)]


def quantile(state: Any, x: float, length: int, share: float) -> float:
    """Return the value below which `share` in [0, 1] of the last `length` values lie, interpolated.

    Warm after length values.
    """
    if not _order(state, x, length):
        return math.nan
    place = share * (length - 1)
    below = int(place)
    if below + 1 >= length:
        return state.ordered[length - 1]
    return state.ordered[below] + (place - below) * (state.ordered[below + 1] - state.ordered[below])


def median(state: Any, x: float, length: int) -> float:
    """Return the median of the last `length` values; the record is a `Quantile`. Warm after length values."""
    return quantile(state, x, length, 0.5)


def _enter(state: Any, x: float, length: int) -> float:
    """Take x into the window and return the mean, NaN before the window is full."""
    state.values[state.index] = x
    state.index = 0 if state.index + 1 == length else state.index + 1
    state.count += state.count < length
    if state.count < length:
        return math.nan
    total = 0.0
    for i in range(length):
        total += state.values[i]
    return total / length


def mean_deviation(state: Any, x: float, length: int) -> float:
    """Return the mean absolute deviation from the mean of the last `length` values; the record is a `Moments`.

    Warm after length values.
    """
    centre = _enter(state, x, length)
    if math.isnan(centre):
        return math.nan
    total = 0.0
    for i in range(length):
        total += abs(state.values[i] - centre)
    return total / length


def _standard_moments(state: Any, x: float, length: int) -> tuple[float, float]:
    """Return the third and fourth moment about the mean in units of the deviation; 0 and 3 where all are equal."""
    centre = _enter(state, x, length)
    if math.isnan(centre):
        return math.nan, math.nan
    second, third, fourth = 0.0, 0.0, 0.0
    for i in range(length):
        apart = state.values[i] - centre
        square = apart * apart
        second += square
        third += square * apart
        fourth += square * square
    second /= length
    if second <= 1e-28 * centre * centre:
        return 0.0, 3.0
    return third / length / (second * math.sqrt(second)), fourth / length / (second * second)


def skewness(state: Any, x: float, length: int) -> float:
    """Return the population skewness of the last `length` values; the record is a `Moments`. Warm after length values."""
    return _standard_moments(state, x, length)[0]


def kurtosis(state: Any, x: float, length: int) -> float:
    """Return the excess kurtosis of the last `length` values, 0 for a normal one; a `Moments`. Warm after length values."""
    return _standard_moments(state, x, length)[1] - 3.0
