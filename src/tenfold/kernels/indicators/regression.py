"""Fit a straight line through the last values, one value at a time."""

import math
from typing import Any, Final

from tenfold.kernels.indicators.averages import wma
from tenfold.kernels.layout import layout, window

Regression: Final = layout("Regression", count=int, index=int, total=float, weighted=float, values=window)


def regression(state: Any, x: float, length: int) -> tuple[float, float]:
    """Return (slope a step, value at the last step) of the least-squares line through the last `length` values."""
    weighted = wma(state, x, length)
    if math.isnan(weighted) or length < 2:
        return math.nan, math.nan
    average = state.total / length
    slope = 6.0 * (weighted - average) / (length - 1)
    return slope, average + slope * (0.5 * (length - 1))


def slope(state: Any, x: float, length: int) -> float:
    """Return the slope a step of the least-squares line through the last `length` values."""
    return regression(state, x, length)[0]
