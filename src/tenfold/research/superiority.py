"""Test whether any of many strategies beats its benchmark, given that all were looked at: SPA, reality check, StepM."""

import math
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.errors import ParameterError
from tenfold.metrics.bootstrap import bootstrap_indices, optimal_block_of

Matrix = NDArray[np.float64]
Bound = Literal["lower", "consistent", "upper"]

_BARS_MIN: Final = 20
_BATCH: Final = 524_288
"""Bars drawn at a time."""


@dataclass(frozen=True)
class Superiority:
    """Hold p-values of "no strategy is better than the benchmark", and the strategies that are.

    Attributes
    ----------
    lower, consistent, upper : p-values of Hansen's test, by what is assumed of strategies worse than the benchmark: that they
        do not matter, that those far worse do not matter, that all are as good. The upper one is White's reality check.
        0 reads as less than one in `resamples`
    superior : rows of the strategies that are better, by StepM with the consistent assumption; at most `size` is the
        probability that one of them is not
    best : row of the highest mean, over its deviation where studentized
    block : mean length of the blocks, in bars
    """

    lower: float
    consistent: float
    upper: float
    superior: tuple[int, ...]
    best: int
    block: float


def superiority(
    excess: Any,
    *,
    size: float = 0.05,
    resamples: int = 1000,
    block: float | None = None,
    seed: int = 0,
    studentized: bool = True,
) -> Superiority:
    """Return whether strategies beat a benchmark beyond what the best of so many shows by luck.

    Parameters
    ----------
    excess : (K, T) returns per period less those of the benchmark, all strategies that were looked at
    size : probability of a false claim that StepM may run
    resamples, seed : stationary bootstrap paths, and what makes them the same again
    block : mean length of a block in bars; None for the median of what is optimal for each strategy
    studentized : divide each mean by its deviation, as Hansen does, so that strategies of different volatility count alike.
        Without it wild strategies hide calm ones, and the figures are those of the package `arch` (8.0), which leaves the
        division out whatever it is told

    Sources: H. White, "A Reality Check for Data Snooping" (2000); P. Hansen, "A Test for Superior Predictive Ability" (2005);
    J. Romano, M. Wolf, "Stepwise Multiple Testing as Formalized Data Snooping" (2005). Raises ParameterError where a number
    is out of range or a return is no finite number.
    """
    values = _checked(excess)
    if not (0.0 < size < 1.0 and resamples > 0):
        raise ParameterError(f"size is {size:g} and resamples {resamples}, expected a probability and at least one")
    length = _median_block(values) if block is None else block
    drawn = resampled_means(values, resamples, length, seed)
    means, variances = values.mean(axis=1), mean_variances(values, length)
    bounds = _centres(means, variances, values.shape[1])
    if studentized:
        scale = np.sqrt(variances)
        unit = np.where(scale > 1e-12 * np.abs(values).max(axis=1), 1.0 / np.where(scale > 0.0, scale, 1.0), 0.0)
        drawn, means = drawn * unit, means * unit
        bounds = {name: centre * unit for name, centre in bounds.items()}
    largest = float(means.max())
    p_values = {name: float(np.mean((drawn - centre).max(axis=1) > largest)) for name, centre in bounds.items()}
    return Superiority(
        **p_values,
        superior=_step_down(drawn - bounds["consistent"], means, size),
        best=int(means.argmax()),
        block=length,
    )


def _checked(excess: Any) -> Matrix:
    values = np.asarray(excess, np.float64)
    if values.ndim != 2 or len(values) < 1 or values.shape[1] < _BARS_MIN:
        raise ParameterError(
            f"excess returns have the shape {values.shape}, expected (strategies, bars) of {_BARS_MIN} bars"
        )
    if not np.isfinite(values).all():
        raise ParameterError(
            "excess returns hold a value that is no finite number; leave such bars out of all strategies"
        )
    return values


def _median_block(values: Matrix) -> float:
    """Return the median of the block lengths that are optimal for the mean of each row."""
    return max(float(np.median([optimal_block_of(row) for row in values])), 1.0)


def resampled_means(values: Matrix, resamples: int, block: float, seed: int) -> Matrix:
    """Return the mean of every row over each stationary bootstrap path, (resamples, K).

    A mean over a path is how often each bar was drawn, times its value: one product of matrices a batch of paths.
    """
    bars = values.shape[1]
    step = max(_BATCH // bars, 1)
    means = np.empty((resamples, len(values)))
    for start in range(0, resamples, step):
        count = min(step, resamples - start)
        drawn = bootstrap_indices(bars, count, block, seed, first=start)
        drawn += np.arange(count)[:, None] * bars
        often = np.bincount(drawn.ravel(), minlength=count * bars).reshape(count, bars)
        means[start : start + count] = often.astype(np.float64) @ values.T / bars
    return means


def mean_variances(values: Matrix, block: float) -> Matrix:
    """Return T times the variance that the stationary bootstrap gives the mean of each row, (K,), in the limit.

    The autocovariances of lag i weigh (1 - i/T)(1 - p)^i + i/T (1 - p)^(T - i), p = 1 / L. Source: Politis, Romano (1994).
    """
    count = values.shape[1]
    lags = np.arange(1, count)
    stays = 1.0 - 1.0 / block
    weights = np.empty(count)
    weights[0] = 1.0
    weights[1:] = 2.0 * ((1.0 - lags / count) * stays**lags + lags / count * stays ** (count - lags))
    size = 1 << (2 * count - 1).bit_length()
    found = np.empty(len(values))
    for number, row in enumerate(values):
        spectrum = np.fft.rfft(row - row.mean(), size)
        covariances = np.fft.irfft(spectrum.real**2 + spectrum.imag**2, size)[:count] / count
        found[number] = max(float(weights @ covariances), 0.0)
    return found


def _centres(means: Matrix, variances: Matrix, bars: int) -> dict[Bound, Matrix]:
    """Return what is taken off the resampled means, (K,), under each assumption on strategies worse than the benchmark."""
    far = means < -np.sqrt(variances / bars * 2.0 * math.log(math.log(bars)))
    return {"lower": np.maximum(means, 0.0), "consistent": np.where(far, 0.0, means), "upper": means}


def _step_down(centred: Matrix, means: Matrix, size: float) -> tuple[int, ...]:
    """Return the rows whose mean is beyond what the best of those not yet found shows by luck, until no more are found."""
    left = np.ones(len(means), bool)
    while left.any():
        threshold = np.quantile(centred[:, left].max(axis=1), 1.0 - size)
        better = left & (means > threshold)
        if not better.any():
            break
        left &= ~better
    return tuple(np.flatnonzero(~left).tolist())
