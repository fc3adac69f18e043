"""Compare returns with those of a benchmark.

Both are simple returns per period, shape (n,), as fractions. Periods in which either is NaN are left out.
`periods` is the number of periods a year. Definitions are those of empyrical-reloaded 0.7.1, whose `excess_sharpe` is
our information ratio per period.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tenfold.metrics.performance import Returns, annual_return, deviation, ratio


@dataclass(frozen=True)
class Comparison:
    """Hold what a benchmark explains, and what it does not.

    Attributes
    ----------
    beta : covariance with the benchmark over its variance
    alpha : (1 + mean of r - beta b)^periods - 1, a fraction a year
    correlation : Pearson's
    tracking_error : sample deviation of r - b, a year
    information_ratio : mean of r - b a year over the tracking error
    up_capture, down_capture : geometric mean return of the periods in which the benchmark rose, or fell, over its own there
        (Morningstar; empyrical annualises both first, which loses all meaning for bars of a minute)
    """

    beta: float
    alpha: float
    correlation: float
    tracking_error: float
    information_ratio: float
    up_capture: float
    down_capture: float


def compare(returns: Returns, benchmark: Returns, periods: float) -> Comparison:
    """Return the comparison of returns with a benchmark's of equal length; fields are NaN where undefined."""
    r, b = paired(returns, benchmark)
    slope = beta(r, b)
    active = r - b
    error = deviation(active) * math.sqrt(periods)
    return Comparison(
        beta=slope,
        alpha=alpha(r, b, periods, slope),
        correlation=correlation(r, b),
        tracking_error=error,
        information_ratio=ratio(float(active.mean()) * periods, error) if len(active) else math.nan,
        up_capture=_capture(r, b, b > 0.0),
        down_capture=_capture(r, b, b < 0.0),
    )


def paired(returns: Returns, benchmark: Returns) -> tuple[Returns, Returns]:
    """Return the periods in which both have a value."""
    if len(returns) != len(benchmark):
        raise ValueError(f"{len(returns)} returns but {len(benchmark)} of the benchmark, expected as many")
    both = ~(np.isnan(returns) | np.isnan(benchmark))
    return np.asarray(returns, np.float64)[both], np.asarray(benchmark, np.float64)[both]


def beta(returns: Returns, benchmark: Returns) -> float:
    """Return the slope of a regression on the benchmark, from pairs without NaN; NaN where it does not vary."""
    if len(returns) < 2:
        return math.nan
    centred = benchmark - benchmark.mean()
    variance = float(np.mean(centred * centred))
    return float(np.mean(centred * returns)) / variance if variance >= 1e-30 else math.nan


def alpha(returns: Returns, benchmark: Returns, periods: float, slope: float) -> float:
    """Return what is left a year beside slope times the benchmark: (1 + mean(r - slope b))^periods - 1."""
    if len(returns) < 2 or math.isnan(slope):
        return math.nan
    rest = float(np.mean(returns - slope * benchmark))
    if rest <= -1.0:
        return -1.0
    logarithm = math.log1p(rest) * periods
    return math.expm1(logarithm) if logarithm < 700.0 else math.inf


def correlation(returns: Returns, benchmark: Returns) -> float:
    """Return Pearson's correlation of pairs without NaN; NaN where either does not vary."""
    if len(returns) < 2:
        return math.nan
    x, y = returns - returns.mean(), benchmark - benchmark.mean()
    spread = math.sqrt(float(x @ x)) * math.sqrt(float(y @ y))
    return float(x @ y) / spread if spread > 1e-300 else math.nan


def _capture(returns: Returns, benchmark: Returns, chosen: NDArray[np.bool_]) -> float:
    """Return the geometric mean over the benchmark's, in the chosen periods; NaN where there are none."""
    if not chosen.any():
        return math.nan
    base = annual_return(benchmark[chosen], 1.0)
    return annual_return(returns[chosen], 1.0) / base if base != 0.0 else math.nan
