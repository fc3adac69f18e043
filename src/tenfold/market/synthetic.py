"""Make seeded synthetic markets: random walks, jumps, volatility that clusters, regimes, planted edges.

How it works
------------
Every model makes log returns (T, S) at a fine grid of moments inside each bar from one seeded generator; open,
high, low and close of a bar are then read from the same path, so that they always agree. Whatever is made
here is labelled "synthetic: ..." in `Bars.label` and `Bars.sources`.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.bars import BAR, Bars, stamp_calendar
from tenfold.domain.errors import ParameterError
from tenfold.domain.instrument import Instrument
from tenfold.domain.units import NS_PER_DAY

_STEPS: Final = 8
_TRADING_DAYS: Final = 252.0
_START_DAY: Final = 14_610  # 2010-01-01
_NIGHT_SHARE: Final = 0.2  # of a session's variance, between the close and the next open

Returns = NDArray[np.float64]


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
    names, rng = _begin(bars, symbols, seed, volatility)
    sigma = np.full((bars, len(names)), _per_bar(volatility, period_ns))
    noise = _correlated(rng, bars, len(names), correlation)
    told = f"geometric Brownian motion, drift {drift:g}, volatility {volatility:g}, seed {seed}"
    return _build(names, _mean(drift, volatility, period_ns), sigma, noise, rng, period_ns, told)


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
    names, rng = _begin(bars, symbols, seed, volatility)
    _positive(jumps_per_year=jumps_per_year, jump_size=jump_size)
    sigma = np.full((bars, len(names)), _per_bar(volatility, period_ns))
    noise = _correlated(rng, bars, len(names), correlation)
    arrivals = rng.poisson(jumps_per_year * _years(period_ns), (bars, len(names)))
    jumps = rng.standard_normal((bars, len(names))) * np.sqrt(arrivals) * jump_size
    told = f"random walk with {jumps_per_year:g} jumps a year of {jump_size:g}, seed {seed}"
    return _build(names, _mean(drift, volatility, period_ns), sigma, noise, rng, period_ns, told, jumps)


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
    period_ns: int = NS_PER_DAY,
) -> Bars:
    """Return markets whose volatility clusters: GARCH(1,1) (Bollerslev 1986) with `volatility` in the long run.

    variance[t] = omega + alpha * shock[t-1]**2 + beta * variance[t-1]; alpha + beta below 1.
    """
    names, rng = _begin(bars, symbols, seed, volatility)
    if not (alpha >= 0.0 and beta >= 0.0 and alpha + beta < 1.0):
        raise ParameterError(f"alpha {alpha:g} and beta {beta:g} of GARCH must be at least 0 and add up to less than 1")
    noise = _correlated(rng, bars, len(names), correlation)
    long_run = _per_bar(volatility, period_ns) ** 2
    variance = np.empty((bars, len(names)))
    current = np.full(len(names), long_run)
    for t in range(bars):
        variance[t] = current
        current = long_run * (1.0 - alpha - beta) + alpha * current * noise[t] ** 2 + beta * current
    told = f"GARCH(1,1), alpha {alpha:g}, beta {beta:g}, seed {seed}"
    return _build(names, _mean(drift, volatility, period_ns), np.sqrt(variance), noise, rng, period_ns, told)


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
    names, rng = _begin(bars, symbols, seed, min(volatilities))
    if not all(0.0 <= one <= 1.0 for one in stay):
        raise ParameterError(f"stay is {stay}, expected two probabilities")
    draws = rng.random(bars)
    regime = np.zeros(bars, np.int64)
    for t in range(1, bars):
        regime[t] = regime[t - 1] if draws[t] < stay[regime[t - 1]] else 1 - regime[t - 1]
    sigma = np.array([_per_bar(one, period_ns) for one in volatilities])[regime]
    mean = np.array([_mean(d, v, period_ns) for d, v in zip(drifts, volatilities, strict=True)])[regime]
    noise = _correlated(rng, bars, len(names), correlation)
    told = f"two regimes, volatilities {volatilities[0]:g} and {volatilities[1]:g}, seed {seed}"
    wide = np.repeat(sigma[:, None], len(names), axis=1)
    return _build(names, mean[:, None], wide, noise, rng, period_ns, told)


def planted_market(
    bars: int = 2520,
    symbols: int | Sequence[str] = 1,
    *,
    seed: int,
    edge: str = "trend",
    strength: float = 0.1,
    span: int = 20,
    volatility: float = 0.2,
    correlation: float = 0.0,
    period_ns: int = NS_PER_DAY,
) -> Bars:
    """Return markets with an edge that a strategy ought to find.

    Parameters
    ----------
    edge : "trend": a hidden drift that lasts about `span` bars (autoregressive); "reversion": a deviation from
        a random walk that decays with a mean life of `span` bars
    strength : share of the variance of a bar's return that the edge makes, 0 (none) to below 1

    A strength of 0 gives a random walk without drift.
    """
    names, rng = _begin(bars, symbols, seed, volatility)
    if edge not in ("trend", "reversion"):
        raise ParameterError(f"edge is {edge!r}, expected trend or reversion")
    if not 0.0 <= strength < 1.0:
        raise ParameterError(f"strength is {strength:g}, expected at least 0 and less than 1")
    if span < 1:
        raise ParameterError(f"span is {span}, expected at least 1 bar")
    sigma = _per_bar(volatility, period_ns)
    noise = _correlated(rng, bars, len(names), correlation)
    keep = np.exp(-1.0 / span)
    shocks = rng.standard_normal((bars, len(names)))
    hidden = np.zeros((bars, len(names)))
    for t in range(1, bars):
        hidden[t] = keep * hidden[t - 1] + np.sqrt(1.0 - keep * keep) * shocks[t]
    signal = hidden if edge == "trend" else np.diff(hidden, axis=0, prepend=hidden[:1]) / np.sqrt(2.0 * (1.0 - keep))
    extra = signal * np.sqrt(strength) * sigma
    wide = np.full((bars, len(names)), sigma * np.sqrt(1.0 - strength))
    told = f"planted {edge} of strength {strength:g} over {span} bars, seed {seed}"
    return _build(names, 0.0, wide, noise, rng, period_ns, told, extra)


def _begin(
    bars: int, symbols: int | Sequence[str], seed: int, volatility: float
) -> tuple[list[str], np.random.Generator]:
    names = [f"SYN{i + 1}" for i in range(symbols)] if isinstance(symbols, int) else list(symbols)
    if bars < 2 or not names:
        raise ParameterError(f"a market of {bars} bars and {len(names)} symbols, expected at least 2 bars and 1 symbol")
    _positive(volatility=volatility)
    return names, np.random.default_rng(seed)


def _positive(**values: float) -> None:
    for name, value in values.items():
        if not (np.isfinite(value) and value >= 0.0):
            raise ParameterError(f"{name} is {value}, expected a finite number of at least 0")


def _years(period_ns: int) -> float:
    return 1.0 / _TRADING_DAYS if period_ns >= NS_PER_DAY else period_ns / (365.25 * NS_PER_DAY)


def _per_bar(volatility: float, period_ns: int) -> float:
    return float(volatility * np.sqrt(_years(period_ns)))


def _mean(drift: float, volatility: float, period_ns: int) -> float:
    """Return the mean log return of a bar for a yearly drift of the price itself (Ito's correction)."""
    return (drift - 0.5 * volatility**2) * _years(period_ns)


def _correlated(rng: np.random.Generator, bars: int, count: int, correlation: float | NDArray[np.float64]) -> Returns:
    """Return standard normals (T, S) with a correlation between all pairs, or a matrix of them."""
    if isinstance(correlation, int | float):
        matrix = np.full((count, count), float(correlation))
        np.fill_diagonal(matrix, 1.0)
    else:
        matrix = np.asarray(correlation, float)
    try:
        root = np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        raise ParameterError("the correlations are impossible together: the matrix is not positive definite") from None
    if root.shape != (count, count):
        raise ParameterError(f"the correlations are {root.shape}, expected ({count}, {count})")
    return np.asarray(rng.standard_normal((bars, count)) @ root.T, np.float64)


def _build(
    names: Sequence[str],
    mean: Any,
    sigma: Returns,
    noise: Returns,
    rng: np.random.Generator,
    period_ns: int,
    told: str,
    extra: Returns | None = None,
) -> Bars:
    """Return bars whose close to close returns are mean + sigma * noise + extra.

    Inside a bar the path is a Brownian bridge to its close, after a gap at the open.
    """
    total = mean + sigma * noise + (0.0 if extra is None else extra)
    count, width = total.shape
    gap = (
        sigma * np.sqrt(_NIGHT_SHARE) * rng.standard_normal((count, width)) if period_ns >= NS_PER_DAY else 0.0 * total
    )
    inner = rng.standard_normal((_STEPS, count, width)) * (sigma * np.sqrt((1.0 - _NIGHT_SHARE) / _STEPS))
    walk = np.cumsum(inner, axis=0)
    share = (np.arange(1, _STEPS + 1) / _STEPS)[:, None, None]
    path = gap + walk + share * (total - gap - walk[-1])
    before = np.log(100.0) + np.vstack([np.zeros((1, width)), np.cumsum(total, axis=0)[:-1]])
    path = np.exp(np.clip(before + path, -200.0, 200.0))
    rows = np.zeros((count, width), BAR)
    rows["open"] = np.exp(np.clip(before + gap, -200.0, 200.0))
    rows["close"] = path[-1]
    rows["high"] = np.maximum(rows["open"], path.max(axis=0))
    rows["low"] = np.minimum(rows["open"], path.min(axis=0))
    rows["volume"] = np.round(1e6 * np.exp(0.3 * rng.standard_normal((count, width)) + 0.5 * np.abs(noise)))
    for name in ("bid", "ask", "bid_open", "ask_open"):
        rows[name] = np.nan
    if period_ns >= NS_PER_DAY:
        days = np.busday_offset(np.datetime64(_START_DAY, "D"), np.arange(count), roll="forward").astype(np.int64)
        rows["open_ns"] = (days * NS_PER_DAY)[:, None]
        rows["ts_ns"] = rows["open_ns"] + NS_PER_DAY - 1
    else:
        rows["open_ns"] = (_START_DAY * NS_PER_DAY + np.arange(count, dtype=np.int64) * period_ns)[:, None]
        rows["ts_ns"] = rows["open_ns"] + period_ns
    stamp_calendar(rows)
    label = f"synthetic: {told}"
    return Bars(
        rows=rows,
        instruments=tuple(Instrument(symbol=name) for name in names),
        period_ns=period_ns,
        label=label,
        adjustment="total",
        sources={
            name: {"label": label, "score": 100.0, "rows": count, "counts": {}, "notes": [label]} for name in names
        },
    )
