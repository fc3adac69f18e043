"""Say how good the best of so many trials looks by luck alone."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenfold.metrics.significance import (
    deflated_sharpe,
    expected_maximum,
    minimum_track_record,
    probabilistic_sharpe,
)

Returns = NDArray[np.float64]

_NORMAL_QUARTILES: Final = 1.349
"""Distance of the quartiles of a normal distribution in deviations."""


@dataclass(frozen=True)
class Moments:
    """Hold what significance needs of a series: Sharpe ratio per period, skew and kurtosis (3 is normal), length."""

    sharpe: float
    skew: float
    kurtosis: float
    count: int


def moments_of(returns: Returns) -> Moments:
    """Return the moments of returns; a series that does not vary has a Sharpe ratio of 0."""
    count = len(returns)
    spread = float(returns.std(ddof=1)) if count > 1 else 0.0
    if not spread > 0.0:
        return Moments(0.0, 0.0, 3.0, count)
    centred = (returns - returns.mean()) / returns.std()
    return Moments(float(returns.mean()) / spread, float((centred**3).mean()), float((centred**4).mean()), count)


def trial_variance(sharpes: Returns, length: int) -> float:
    """Return V, the robust variance of the Sharpe ratios per period of cluster representatives.

    (IQR / 1.349)^2, at least 1/T (what the Sharpe ratio of a worthless strategy varies by) and at most 2/T (costly
    losers would take all power).
    """
    if len(sharpes) < 4:
        return 1.0 / length
    low, high = np.quantile(sharpes, [0.25, 0.75])
    return float(np.clip(((high - low) / _NORMAL_QUARTILES) ** 2, 1.0 / length, 2.0 / length))


def deflated(returns: Returns, trials: float, variance: float) -> float:
    """Return the deflated Sharpe ratio of returns that are the best of so many effective trials."""
    found = moments_of(returns)
    return deflated_sharpe(
        found.sharpe,
        found.count,
        trials=max(trials, 1.0),
        trial_variance=variance,
        skew=found.skew,
        kurtosis=found.kurtosis,
    )


def probability_above(returns: Returns, benchmark: float = 0.0) -> float:
    """Return PSR: the probability that the true Sharpe ratio per period is above `benchmark`."""
    found = moments_of(returns)
    return probabilistic_sharpe(
        found.sharpe, found.count, benchmark=benchmark, skew=found.skew, kurtosis=found.kurtosis
    )


def track_record_min(returns: Returns, confidence: float) -> float:
    """Return the bars that a claim of a Sharpe ratio above 0 needs at this confidence; infinite where there is none."""
    found = moments_of(returns)
    return minimum_track_record(found.sharpe, skew=found.skew, kurtosis=found.kurtosis, confidence=confidence)


def luck_sharpe(trials: float, variance: float) -> float:
    """Return the Sharpe ratio per period that the best of so many worthless trials is expected to show."""
    return float(np.sqrt(variance)) * expected_maximum(max(trials, 1.0))
