"""Fit a straight line through the last values, one value at a time."""

import math
from typing import Any, Final

from tenfold.kernels.indicators.averages import wma
from tenfold.kernels.indicators.dispersion import Correlation, correlation
from tenfold.kernels.layout import layout, window

Regression: Final = layout("Regression", count=int, index=int, total=float, weighted=float, values=window)
Beta: Final = layout("Beta", count=int, x=float, y=float, pairs=Correlation)


def regression(state: Any, x: float, length: int) -> tuple[float, float]:
    """Return (slope a step, value at the last step) of the least-squares line through the last `length` values.

    Warm after length values.
    """
    weighted = wma(state, x, length)
    if math.isnan(weighted) or length < 2:
        return math.nan, math.nan
    average = state.total / length
    slope = 6.0 * (weighted - average) / (length - 1)
    return slope, average + slope * (0.5 * (length - 1))


def slope(state: Any, x: float, length: int) -> float:
    """Return the slope a step of the least-squares line through the last `length` values; a `Regression`.

    Warm after length values.
    """
    return regression(state, x, length)[0]


def intercept(state: Any, x: float, length: int) -> float:
    """Return the value of the least-squares line at the oldest of the last `length` values; a `Regression`.

    Warm after length values.
    """
    slope, end = regression(state, x, length)
    return end - slope * (length - 1)


def forecast(state: Any, x: float, length: int) -> float:
    """Return the value of the least-squares line one step ahead (time series forecast); a `Regression`.

    Warm after length values.
    """
    slope, end = regression(state, x, length)
    return end + slope


def beta(state: Any, x: float, y: float, length: int) -> float:
    """Return the slope of the relative changes of y on those of x over `length` steps; 0 where x does not vary.

    Warm after length + 1 pairs.
    """
    last_x, last_y = state.x, state.y
    state.x, state.y = x, y
    if state.count == 0:
        state.count = 1
        return math.nan
    change_x = 0.0 if last_x == 0.0 else x / last_x - 1.0
    change_y = 0.0 if last_y == 0.0 else y / last_y - 1.0
    alike = correlation(state.pairs, change_x, change_y, length)
    if math.isnan(alike):
        return math.nan
    if state.pairs.moment_x <= 0.0:
        return 0.0
    return state.pairs.product / state.pairs.moment_x
