"""Measure returns: how much, how steadily, and in which shape.

Every function takes simple returns per period, shape (n,), as fractions. NaN is a period without a return: it is left
out of sums, means and deviations, but its time passes (it counts in the years of `annual_return`). Whatever cannot be
computed is NaN; nothing here warns. `periods` is the number of periods a year and is always given: no function guesses
it. Definitions equal those of empyrical-reloaded 0.7.1 unless a docstring says otherwise.
"""

import math

import numpy as np
from numpy.typing import NDArray

Returns = NDArray[np.float64]


def present(returns: Returns) -> Returns:
    """Return the values that are not NaN."""
    values = np.asarray(returns, np.float64)
    return values[~np.isnan(values)]


def growth(returns: Returns) -> Returns:
    """Return wealth after each period from a start of 1, shape (n,); a NaN leaves it unchanged, infinite beyond floats."""
    with np.errstate(over="ignore", invalid="ignore"):
        return np.cumprod(1.0 + np.nan_to_num(np.asarray(returns, np.float64), nan=0.0), dtype=np.float64)


def total_return(returns: Returns) -> float:
    """Return the compounded return of the whole, as a fraction; NaN for no returns at all."""
    if len(returns) == 0:
        return math.nan
    return float(growth(returns)[-1]) - 1.0


def annual_return(returns: Returns, periods: float) -> float:
    """Return the geometric return a year by counting periods: (1 + total)^(periods / n) - 1.

    -1 where everything, or more than everything, was lost in one period (empyrical: NaN for more). Summed as
    logarithms, so that a long series may pass what a float holds.
    """
    if len(returns) == 0:
        return math.nan
    values = present(returns)
    if len(values) and float(values.min()) <= -1.0:
        return -1.0
    return _exponential(float(np.log1p(values).sum()) * periods / len(returns))


def cagr(total: float, years: float) -> float:
    """Return the compound growth a year by the calendar: (1 + total)^(1 / years) - 1.

    `years` is the time between the first and the last moment over 365.25 days, so that weekends, holidays and gaps
    count. (empyrical's `cagr` is our `annual_return`.) NaN where no time passed.
    """
    if not years > 0.0 or math.isnan(total):
        return math.nan
    return _exponential(math.log1p(total) / years) if total > -1.0 else -1.0


def _exponential(logarithm: float) -> float:
    """Return exp(x) - 1, infinite beyond what a float holds."""
    return math.expm1(logarithm) if logarithm < 700.0 else math.inf


def deviation(returns: Returns) -> float:
    """Return the sample standard deviation (n - 1) per period; exactly 0 for equal values, NaN for fewer than two."""
    values = present(returns)
    if len(values) < 2:
        return math.nan
    if values.min() == values.max():
        return 0.0
    return float(values.std(ddof=1))


def annual_volatility(returns: Returns, periods: float) -> float:
    """Return the standard deviation a year: sample deviation (n - 1) times sqrt(periods)."""
    return deviation(returns) * math.sqrt(periods)


def mean(returns: Returns) -> float:
    """Return the arithmetic mean per period."""
    values = present(returns)
    return float(values.mean()) if len(values) else math.nan


def sharpe_ratio(returns: Returns, periods: float, risk_free: float = 0.0) -> float:
    """Return the annual Sharpe ratio: mean / deviation of r - risk_free, times sqrt(periods).

    `risk_free` is a return per period. NaN where the deviation is 0 (empyrical: infinite). Source: W. F. Sharpe, "The
    Sharpe Ratio" (1994).
    """
    excess = np.asarray(returns, np.float64) - risk_free
    return ratio(mean(excess), deviation(excess)) * math.sqrt(periods)


def downside_deviation(returns: Returns, periods: float, required: float = 0.0) -> float:
    """Return the annual root mean square of what falls short of `required` per period, over ALL periods.

    sqrt(mean(min(r - required, 0)^2)) sqrt(periods). Source: F. Sortino, R. van der Meer (1991).
    """
    values = present(returns)
    if len(values) == 0:
        return math.nan
    return math.sqrt(float(np.mean(np.minimum(values - required, 0.0) ** 2))) * math.sqrt(periods)


def sortino_ratio(returns: Returns, periods: float, required: float = 0.0) -> float:
    """Return the annual mean of r - required over the annual downside deviation.

    NaN where nothing fell short (empyrical: infinite) and for fewer than two returns.
    """
    if len(returns) < 2:
        return math.nan
    excess = mean(np.asarray(returns, np.float64) - required) * periods
    return ratio(excess, downside_deviation(returns, periods, required))


def omega_ratio(returns: Returns, threshold: float = 0.0) -> float:
    """Return the sum of gains over the sum of losses, both against a threshold per period.

    NaN where nothing was lost. Source: C. Keating, W. Shadwick (2002).
    """
    values = present(returns) - threshold
    if len(returns) < 2:
        return math.nan
    return ratio(float(values[values > 0.0].sum()), -float(values[values < 0.0].sum()))


def tail_ratio(returns: Returns) -> float:
    """Return |95 % quantile| over |5 % quantile|, linearly interpolated; NaN where the latter is 0."""
    values = present(returns)
    if len(values) == 0:
        return math.nan
    low, high = np.percentile(values, [5.0, 95.0])
    return ratio(abs(float(high)), abs(float(low)))


def skewness(returns: Returns) -> float:
    """Return the third standardised moment, m3 / m2^1.5 (population moments); NaN for equal values."""
    return _moment(returns, 3)


def kurtosis(returns: Returns) -> float:
    """Return the fourth standardised moment, m4 / m2^2: NOT excess, 3 for a normal distribution.

    Population moments; NaN for equal values.
    """
    return _moment(returns, 4)


def _moment(returns: Returns, order: int) -> float:
    values = present(returns)
    if len(values) < 2 or values.min() == values.max():
        return math.nan
    centred = values - values.mean()
    centred /= np.abs(centred).max()  # keeps the powers of tiny and huge returns within floats
    squares = centred * centred
    powers = squares * centred if order == 3 else squares * squares
    return float(np.mean(powers) / np.mean(squares) ** (order / 2.0))


def best(returns: Returns) -> float:
    """Return the largest return of one period."""
    values = present(returns)
    return float(values.max()) if len(values) else math.nan


def worst(returns: Returns) -> float:
    """Return the smallest return of one period."""
    values = present(returns)
    return float(values.min()) if len(values) else math.nan


def exposure(gross: NDArray[np.float64], equity: NDArray[np.float64]) -> tuple[float, float]:
    """Return the share of periods with a position, and the mean of gross exposure over equity.

    Both as fractions; `gross` and `equity` (n,) in the same currency. A period whose equity is not positive is left out
    of the mean.
    """
    if len(gross) == 0:
        return math.nan, math.nan
    alive = equity > 0.0
    share = float(np.mean(gross[alive] / equity[alive])) if alive.any() else math.nan
    return float(np.mean(gross > 0.0)), share


def annual_turnover(traded: float, equity: NDArray[np.float64], periods: float) -> float:
    """Return how often equity was traded a year: traded notional, bought plus sold, over mean equity and years.

    A full switch from cash into a position and back counts 2. Years are n / periods.
    """
    if len(equity) == 0:
        return math.nan
    return ratio(traded, float(np.mean(equity)) * len(equity) / periods)


def ratio(numerator: float, denominator: float) -> float:
    """Return the quotient, NaN where the denominator is not positive."""
    return numerator / denominator if denominator > 0.0 else math.nan


def longest_run(flags: NDArray[np.bool_]) -> int:
    """Return the length of the longest run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flags.astype(np.int8), [0]))))
    return int((edges[1::2] - edges[::2]).max()) if len(edges) else 0
