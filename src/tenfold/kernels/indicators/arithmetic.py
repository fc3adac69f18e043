"""Bound and compare scores."""

import math


def sign(x: float) -> float:
    """Return -1, 0 or +1; NaN stays NaN."""
    if x > 0.0:
        return 1.0
    if x < 0.0:
        return -1.0
    return x * 0.0


def clip(x: float, low: float = -1.0, high: float = 1.0) -> float:
    """Return x bounded to [low, high]; NaN stays NaN."""
    if x < low:
        return low
    if x > high:
        return high
    return x


def squash(x: float) -> float:
    """Return tanh(x), a smooth bound to [-1, 1]; NaN stays NaN."""
    return math.tanh(x)


def guarded_ratio(x: float, y: float, otherwise: float = 0.0) -> float:
    """Return x / y, or `otherwise` where y is zero; NaN stays NaN."""
    if y == 0.0:
        return otherwise
    return x / y
