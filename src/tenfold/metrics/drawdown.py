"""Measure losses from a peak.

Takes simple returns per period, shape (n,), as fractions; a NaN leaves wealth unchanged. The starting wealth is a peak,
so that a loss in the first period counts.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tenfold.metrics.performance import Returns, annual_return, growth, longest_run, ratio


@dataclass(frozen=True)
class Drawdown:
    """Hold one fall from a peak, as positions in the returns.

    Attributes
    ----------
    start : last period at the peak; -1 is the start, before the first return
    trough : period of the lowest wealth
    recovery : first period back at the peak; None while under water
    depth : loss from peak to trough, a negative fraction
    """

    start: int
    trough: int
    recovery: int | None
    depth: float


def drawdown_series(returns: Returns) -> NDArray[np.float64]:
    """Return the loss from the highest wealth so far after each period, shape (n,), zero or a negative fraction."""
    wealth = growth(returns)
    return wealth / np.maximum.accumulate(np.maximum(wealth, 1.0)) - 1.0


def max_drawdown(returns: Returns) -> float:
    """Return the deepest loss from a peak, zero or a negative fraction; NaN for no returns at all."""
    return float(drawdown_series(returns).min()) if len(returns) else math.nan


def calmar_ratio(returns: Returns, periods: float) -> float:
    """Return the annual return over the absolute maximum drawdown, of the whole history.

    NaN without a drawdown, and where the annual return is beyond a float.
    """
    if len(returns) == 0:
        return math.nan
    annual = annual_return(returns, periods)
    return ratio(annual, -max_drawdown(returns)) if math.isfinite(annual) else math.nan


def ulcer_index(returns: Returns) -> float:
    """Return the root mean square of the drawdown series, a fraction. Source: P. Martin (1987)."""
    return math.sqrt(float(np.mean(drawdown_series(returns) ** 2))) if len(returns) else math.nan


def drawdowns(returns: Returns, count: int | None = None) -> list[Drawdown]:
    """Return the falls from a peak, deepest first; `count` of them, or all."""
    depth = drawdown_series(returns)
    below = np.concatenate(([False], depth < 0.0, [False]))
    edges = np.flatnonzero(below[1:] != below[:-1])
    starts, stops = edges[::2], edges[1::2]
    if len(starts) == 0:
        return []
    lowest = np.minimum.reduceat(depth, starts)
    order = np.argsort(lowest, kind="stable")[:count]
    return [_fall(depth, int(starts[i]), int(stops[i])) for i in order]


def _fall(depth: NDArray[np.float64], start: int, stop: int) -> Drawdown:
    """Return the fall whose periods under water are [start, stop)."""
    trough = start + int(np.argmin(depth[start:stop]))
    recovery = stop if stop < len(depth) else None
    return Drawdown(start=start - 1, trough=trough, recovery=recovery, depth=float(depth[trough]))


def longest_under_water(returns: Returns) -> int:
    """Return the most periods in a row below a peak."""
    return longest_run(drawdown_series(returns) < 0.0)
