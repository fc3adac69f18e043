"""Compute indicators one value at a time: each a function over its own small record.

All zeros is the initial state of every record. A function returns NaN until it has seen enough values.
"""

import math

from tenfold.kernels.layout import layout, window

Mean = layout("Mean", count=int, index=int, total=float, values=window)


def sign(x: float) -> float:
    """Return -1, 0 or +1; NaN stays NaN."""
    if x > 0.0:
        return 1.0
    if x < 0.0:
        return -1.0
    return x * 0.0


def mean(state: Mean, x: float, length: int) -> float:  # type: ignore[valid-type]
    """Return the mean of the last `length` values."""
    index = state.index
    total = state.total + (x - state.values[index])
    state.values[index] = x
    state.total = total
    index += 1
    state.index = 0 if index == length else index
    if state.count < length - 1:
        state.count += 1
        return math.nan
    return total / length
