"""Say how much of a Sharpe ratio may be luck.

Every Sharpe ratio here is per period unless its name says annual; `skew` is the third standardised moment and
`kurtosis` the fourth, not excess (3 for a normal distribution); n counts periods. Source: D. Bailey, M. López de Prado,
"The Sharpe Ratio Efficient Frontier" (2012) and "The Deflated Sharpe Ratio" (2014).
"""

import math
from typing import Final

from tenfold.metrics.normal import cumulative, quantile

EULER_GAMMA: Final = 0.5772156649015329


def sharpe_variance(sharpe: float, skew: float = 0.0, kurtosis: float = 3.0) -> float:
    """Return (n - 1) times the variance of an estimated Sharpe ratio: 1 - g3 SR + (g4 - 1)/4 SR^2.

    NaN where the moments are impossible together (the expression is not positive).
    """
    value = 1.0 - skew * sharpe + (kurtosis - 1.0) / 4.0 * sharpe * sharpe
    return value if value > 0.0 else math.nan


def probabilistic_sharpe(
    sharpe: float, n: int, *, benchmark: float = 0.0, skew: float = 0.0, kurtosis: float = 3.0
) -> float:
    """Return the probability that the true Sharpe ratio is above `benchmark`, had this been the only trial.

    PSR(b) = Phi[(SR - b) sqrt(n - 1) / sqrt(1 - g3 SR + (g4 - 1)/4 SR^2)]. Sharpe ratios per period; NaN where one of
    the inputs is NaN or n < 2.
    """
    variance = sharpe_variance(sharpe, skew, kurtosis)
    if n < 2 or math.isnan(variance) or math.isnan(benchmark):
        return math.nan
    return cumulative((sharpe - benchmark) * math.sqrt(n - 1) / math.sqrt(variance))


def minimum_track_record(
    sharpe: float, *, benchmark: float = 0.0, skew: float = 0.0, kurtosis: float = 3.0, confidence: float = 0.95
) -> float:
    """Return the periods needed before PSR(benchmark) reaches `confidence`: MinTRL.

    1 + (1 - g3 SR + (g4 - 1)/4 SR^2) (z / (SR - b))^2 with z the normal quantile of the confidence. Infinite where the
    Sharpe ratio is not above the benchmark; NaN where an input is.
    """
    variance = sharpe_variance(sharpe, skew, kurtosis)
    if math.isnan(variance) or math.isnan(benchmark):
        return math.nan
    if sharpe <= benchmark:
        return math.inf
    return 1.0 + variance * (quantile(confidence) / (sharpe - benchmark)) ** 2


def expected_maximum(trials: float) -> float:
    """Return the expected largest of N independent standard normal values, N >= 1.

    (1 - g) z(1 - 1/N) + g z(1 - 1/(N e)), g the Euler-Mascheroni constant; 0 for a single trial, and never less.
    `trials` need not be whole: it may be an effective number.
    """
    if trials < 1.0 or math.isnan(trials):
        raise ValueError(f"trials is {trials}, expected at least 1")
    if trials == 1.0:
        return 0.0
    upper = -quantile(1.0 / trials)
    return max((1.0 - EULER_GAMMA) * upper - EULER_GAMMA * quantile(1.0 / (trials * math.e)), 0.0)


def deflated_sharpe(
    sharpe: float, n: int, *, trials: float, trial_variance: float, skew: float = 0.0, kurtosis: float = 3.0
) -> float:
    """Return the probability that the true Sharpe ratio is above 0, given that it is the best of N trials: DSR.

    PSR at SR0 = sqrt(V) E_max(N), where V = `trial_variance` is the variance of the trials' Sharpe ratios per period
    (that of annual ones divided by the periods a year).
    """
    if trial_variance < 0.0:
        raise ValueError(f"trial_variance is {trial_variance}, expected at least 0")
    threshold = math.sqrt(trial_variance) * expected_maximum(trials)
    return probabilistic_sharpe(sharpe, n, benchmark=threshold, skew=skew, kurtosis=kurtosis)


def minimum_backtest_length(trials: float, sharpe_annual: float) -> float:
    """Return the years below which the best of N worthless trials is expected to show this annual Sharpe ratio.

    MinBTL = (E_max(N) / SR)^2 years. Source: Bailey, Borwein, López de Prado, Zhu, "Pseudo-Mathematics and Financial
    Charlatanism" (2014).
    """
    if not sharpe_annual > 0.0:
        raise ValueError(f"sharpe_annual is {sharpe_annual}, expected more than 0")
    return (expected_maximum(trials) / sharpe_annual) ** 2
