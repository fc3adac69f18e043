"""Compute the standard normal distribution to the last bits."""

import math
from typing import Final

# Coefficients of Acklam's rational approximation (P. J. Acklam, 2003), relative error below 1.15e-9.
_A: Final = (
    -3.969683028665376e01,
    2.209460984245205e02,
    -2.759285104469687e02,
    1.383577518672690e02,
    -3.066479806614716e01,
    2.506628277459239e00,
)
_B: Final = (
    -5.447609879822406e01,
    1.615858368580409e02,
    -1.556989798598866e02,
    6.680131188771972e01,
    -1.328068155288572e01,
    1.0,
)
_C: Final = (
    -7.784894002430293e-03,
    -3.223964580411365e-01,
    -2.400758277161838e00,
    -2.549732539343734e00,
    4.374664141464968e00,
    2.938163982698783e00,
)
_D: Final = (7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e00, 3.754408661907416e00, 1.0)
_TAIL: Final = 0.02425
_ROOT_2: Final = math.sqrt(2.0)
_ROOT_2PI: Final = math.sqrt(2.0 * math.pi)


def density(x: float) -> float:
    """Return the normal density."""
    return math.exp(-0.5 * x * x) / _ROOT_2PI


def cumulative(x: float) -> float:
    """Return the probability of a value of at most x; accurate in both tails."""
    return 0.5 * math.erfc(-x / _ROOT_2)


def quantile(p: float) -> float:
    """Return the x that a value stays below with probability p, in [0, 1].

    Acklam's approximation, then Newton's method on the tail that p lies in: within 1e-15 of |x| + 1.

    Raises
    ------
    ValueError
        Where p is not a probability.
    """
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"p is {p}, expected a probability in [0, 1]")
    if p in (0.0, 1.0):
        return math.inf if p else -math.inf
    if p > 0.5:
        return -quantile(1.0 - p)
    x = _approximation(p)
    for _ in range(2):
        slope = density(x)
        if slope > 0.0:
            x -= (cumulative(x) - p) / slope
    return x


def _approximation(p: float) -> float:
    """Return the quantile of p in (0, 1/2] to nine digits."""
    if p < _TAIL:
        q = math.sqrt(-2.0 * math.log(p))
        return _polynomial(_C, q) / _polynomial(_D, q)
    q = p - 0.5
    return _polynomial(_A, q * q) * q / _polynomial(_B, q * q)


def _polynomial(coefficients: tuple[float, ...], x: float) -> float:
    total = 0.0
    for coefficient in coefficients:
        total = total * x + coefficient
    return total
