"""Measure whether moves go on or come back, one value at a time."""

import math
from typing import Any, Final

from tenfold.kernels.indicators.dispersion import Correlation, Variance, correlation, variance
from tenfold.kernels.indicators.oscillators import Delay, delayed
from tenfold.kernels.layout import layout

Autocorrelation: Final = layout("Autocorrelation", past=Delay, pairs=Correlation)
VarianceRatio: Final = layout("VarianceRatio", past=Delay(1), far=Delay, one=Variance, many=Variance)
HalfLife: Final = layout("HalfLife", count=int, last=float, pairs=Correlation)


def autocorrelation(state: Any, x: float, lag: int, length: int) -> float:
    """Return the correlation of the last `length` values with those `lag` steps before. Warm after lag + length values."""
    past = delayed(state.past, x, lag)
    if math.isnan(past):
        return math.nan
    return correlation(state.pairs, x, past, length)


def variance_ratio(state: Any, x: float, steps: int, length: int) -> float:
    """Return the variance of changes over `steps` over `steps` times that of single ones: 1 for a random walk.

    Above 1 moves go on, below they come back; 1 where nothing moved. x is a level, e.g. the log of the close.
    A. Lo and C. MacKinlay, Stock Market Prices Do Not Follow Random Walks, Review of Financial Studies 1:1 (1988).
    Warm after steps + length values.
    """
    past, far = delayed(state.past, x, 1), delayed(state.far, x, steps)
    if math.isnan(past):
        return math.nan
    single = variance(state.one, x - past, length)
    if math.isnan(far):
        return math.nan
    several = variance(state.many, x - far, length)
    if math.isnan(several):
        return math.nan
    return 1.0 if single <= 0.0 else several / (steps * single)


def hurst(state: Any, x: float, steps: int, length: int) -> float:
    """Return Hurst's exponent from the variance ratio: 0.5 for a random walk, more where moves go on; steps from 2 up.

    The variance over k steps grows as k^(2 H). The record is a `VarianceRatio`. Warm after steps + length values.
    """
    ratio = variance_ratio(state, x, steps, length)
    if ratio <= 0.0:
        return 0.0
    return 0.5 + 0.5 * math.log(ratio) / math.log(float(steps))


def half_life(state: Any, x: float, length: int) -> float:
    """Return the steps in which half of a deviation has gone, infinite where deviations do not shrink.

    From the slope b of x on its previous value over the last `length` pairs (AR(1)): -log 2 / log b; 0 where b <= 0.
    E. Chan, Algorithmic Trading (2013). Warm after length + 1 values.
    """
    previous = state.last
    state.last = x
    if state.count == 0:
        state.count = 1
        return math.nan
    alike = correlation(state.pairs, previous, x, length)
    if math.isnan(alike):
        return math.nan
    if alike == 0.0 or state.pairs.moment_x <= 0.0:
        return 0.0
    slope = state.pairs.product / state.pairs.moment_x
    if slope <= 0.0:
        return 0.0
    return math.inf if slope >= 1.0 else -math.log(2.0) / math.log(slope)
