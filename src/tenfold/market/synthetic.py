"""Make seeded synthetic markets: random walks, jumps, volatility that clusters, regimes.

Whatever is made here is labelled "synthetic: ..." in `Bars.label` and `Bars.sources`. Markets with an edge are made in
`planted`.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.bars import Bars
from tenfold.domain.errors import ParameterError
from tenfold.domain.units import NS_PER_DAY
from tenfold.market.paths import bars_along, begin, correlated, mean_return, per_bar, positive, years


def random_walk(
    bars: int = 2520,
    symbols: int | Sequence[str] = 1,
    *,
    seed: int,
    drift: float = 0.05,
    volatility: float = 0.2,
    correlation: float | NDArray[np.float64] = 0.3,
    period_ns: int = NS_PER_DAY,
) -> Bars:
    """Return geometric Brownian motions, correlated.

    Parameters
    ----------
    bars, symbols : length, and number or names of the symbols
    drift, volatility : a year, of log prices
    correlation : between all pairs, or a matrix (S, S)
    period_ns : of the bars; days are working days, shorter periods run round the clock

    Raises ParameterError where a parameter is out of range.
    """
    names, rng = begin(bars, symbols, seed, volatility)
    sigma = np.full((bars, len(names)), per_bar(volatility, period_ns))
    noise = correlated(rng, bars, len(names), correlation)
    told = f"geometric Brownian motion, drift {drift:g}, volatility {volatility:g}, seed {seed}"
    return bars_along(names, mean_return(drift, volatility, period_ns), sigma, noise, rng, period_ns, told)


def jump_market(
    bars: int = 2520,
    symbols: int | Sequence[str] = 1,
    *,
    seed: int,
    drift: float = 0.05,
    volatility: float = 0.2,
    correlation: float = 0.3,
    jumps_per_year: float = 4.0,
    jump_size: float = 0.05,
    period_ns: int = NS_PER_DAY,
) -> Bars:
    """Return random walks with jumps: Poisson arrivals, normal sizes (Merton 1976); `jump_size` is their deviation."""
    names, rng = begin(bars, symbols, seed, volatility)
    positive(jumps_per_year=jumps_per_year, jump_size=jump_size)
    sigma = np.full((bars, len(names)), per_bar(volatility, period_ns))
    noise = correlated(rng, bars, len(names), correlation)
    arrivals = rng.poisson(jumps_per_year * years(period_ns), (bars, len(names)))
    jumps = rng.standard_normal((bars, len(names))) * np.sqrt(arrivals) * jump_size
    told = f"random walk with {jumps_per_year:g} jumps a year of {jump_size:g}, seed {seed}"
    return bars_along(names, mean_return(drift, volatility, period_ns), sigma, noise, rng, period_ns, told, jumps)


def garch_market(
    bars: int = 2520,
    symbols: int | Sequence[str] = 1,
    *,
    seed: int,
    drift: float = 0.05,
    volatility: float = 0.2,
    alpha: float = 0.08,
    beta: float = 0.9,
    correlation: float = 0.3,
    freedom: float | None = None,
    period_ns: int = NS_PER_DAY,
) -> Bars:
    """Return markets whose volatility clusters: GARCH(1,1) (Bollerslev 1986) with `volatility` in the long run.

    variance[t] = omega + alpha * shock[t-1]**2 + beta * variance[t-1]; alpha + beta below 1. The shocks are normal, or Student's
    t with `freedom` degrees (above 2), whose heavy tails all symbols have on the same bars.
    """
    names, rng = begin(bars, symbols, seed, volatility)
    if not (alpha >= 0.0 and beta >= 0.0 and alpha + beta < 1.0):
        raise ParameterError(f"alpha {alpha:g} and beta {beta:g} of GARCH must be at least 0 and add up to less than 1")
    if freedom is not None and not freedom > 2.0:
        raise ParameterError(f"freedom is {freedom:g}, expected more than 2 degrees: with less there is no variance")
    noise = correlated(rng, bars, len(names), correlation)
    if freedom is not None:
        noise = noise * np.sqrt((freedom - 2.0) / rng.chisquare(freedom, (bars, 1)))
    long_run = per_bar(volatility, period_ns) ** 2
    variance = np.empty((bars, len(names)))
    current = np.full(len(names), long_run)
    for t in range(bars):
        variance[t] = current
        current = long_run * (1.0 - alpha - beta) + alpha * current * noise[t] ** 2 + beta * current
    tails = "" if freedom is None else f", Student's t with {freedom:g} degrees of freedom"
    told = f"GARCH(1,1), alpha {alpha:g}, beta {beta:g}{tails}, seed {seed}"
    return bars_along(names, mean_return(drift, volatility, period_ns), np.sqrt(variance), noise, rng, period_ns, told)


def regime_market(
    bars: int = 2520,
    symbols: int | Sequence[str] = 1,
    *,
    seed: int,
    drifts: tuple[float, float] = (0.15, -0.25),
    volatilities: tuple[float, float] = (0.12, 0.35),
    stay: tuple[float, float] = (0.99, 0.97),
    correlation: float = 0.3,
    period_ns: int = NS_PER_DAY,
) -> Bars:
    """Return markets that switch between two regimes, a Markov chain common to all symbols (Hamilton 1989).

    `stay` is the probability that a bar keeps the regime of the bar before.
    """
    names, rng = begin(bars, symbols, seed, min(volatilities))
    if not all(0.0 <= one <= 1.0 for one in stay):
        raise ParameterError(f"stay is {stay}, expected two probabilities")
    draws = rng.random(bars)
    regime = np.zeros(bars, np.int64)
    for t in range(1, bars):
        regime[t] = regime[t - 1] if draws[t] < stay[regime[t - 1]] else 1 - regime[t - 1]
    sigma = np.array([per_bar(one, period_ns) for one in volatilities])[regime]
    mean = np.array([mean_return(d, v, period_ns) for d, v in zip(drifts, volatilities, strict=True)])[regime]
    noise = correlated(rng, bars, len(names), correlation)
    told = f"two regimes, volatilities {volatilities[0]:g} and {volatilities[1]:g}, seed {seed}"
    wide = np.repeat(sigma[:, None], len(names), axis=1)
    return bars_along(names, mean[:, None], wide, noise, rng, period_ns, told)
