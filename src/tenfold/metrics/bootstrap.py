"""Resample returns in blocks, so that what follows each other stays together: the stationary bootstrap."""

import math
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.errors import ParameterError
from tenfold.kernels.bootstrap import draw_indices, measure_paths
from tenfold.kernels.jit import compiled

Returns = NDArray[np.float64]

_RETURNS_MIN: Final = 20
_SEED_MAX: Final = 2**63 - 1
_PATHS_A_TASK: Final = 512


@dataclass(frozen=True)
class PathStatistics:
    """Hold what was measured on each path, arrays (P,).

    Attributes
    ----------
    total_return : compounded, as a fraction
    max_drawdown : deepest loss from a peak, 0 or a negative fraction; the start is a peak
    sharpe : Sharpe ratio per period; 0 for a path that does not vary
    """

    total_return: Returns
    max_drawdown: Returns
    sharpe: Returns


def optimal_block(returns: Any) -> float:
    """Return the mean block length that suits both returns and their squares, in periods, at least 1.

    The larger of the optimal lengths of r and of r^2 for the stationary bootstrap: volatility clusters where returns
    themselves do not. Source: D. Politis, H. White (2004), corrected by A. Patton, D. Politis, H. White (2009). Raises
    ParameterError for fewer than 20 returns or one that is no finite number.
    """
    values = _checked(returns)
    return max(optimal_block_of(values), optimal_block_of(values * values), 1.0)


def optimal_block_of(values: Returns) -> float:
    """Return the optimal mean block length of one series for the stationary bootstrap; 0 where it does not vary.

    (2 G^2 / D)^(1/3) n^(1/3) with a flat-top lag window over twice the lag from which max(5, log10 n) autocorrelations in a
    row are within 2 sqrt(log10(n) / n); at most ceil(min(3 sqrt(n), n / 3)). Autocorrelations are over the energies of both
    stretches, as in the package `arch`.
    """
    count = len(values)
    row = max(5, int(math.log10(count)))
    lags = math.ceil(math.sqrt(count)) + row
    band = 2.0 * math.sqrt(math.log10(count) / count)
    centred = values - values.mean()
    covariances = np.array([centred[lag:] @ centred[: count - lag] for lag in range(lags + 1)])
    energies = np.array(
        [
            (centred[lag + 1 :] @ centred[lag + 1 :]) * (centred[: -lag - 1] @ centred[: -lag - 1])
            for lag in range(lags + 1)
        ]
    )
    within = np.abs(covariances) < band * np.sqrt(energies)
    quiet = (lag for lag in range(lags - row + 1) if within[lag : lag + row].all())
    width = min(2 * max(next(quiet, lags), 1), lags)
    steps = np.arange(1, width + 1)
    weights = np.minimum(1.0, 2.0 * (1.0 - steps / width)) * covariances[1 : width + 1] / count
    spectrum = covariances[0] / count + 2.0 * float(weights.sum())
    if not spectrum * spectrum > 0.0:
        return 0.0
    slope = 2.0 * float((steps * weights).sum())
    length = (slope * slope / (spectrum * spectrum)) ** (1.0 / 3.0) * count ** (1.0 / 3.0)
    return float(min(length, math.ceil(min(3.0 * math.sqrt(count), count / 3.0))))


def bootstrap_indices(
    count: int, paths: int, block: float, seed: int, *, first: int = 0, bars: int | None = None
) -> NDArray[np.int64]:
    """Return which of `count` bars each bar of each path is drawn from, (P, bars).

    Parameters
    ----------
    count : bars to draw from
    paths, first : how many paths, from this number on; a path depends on its number and the seed alone
    block : mean length of a block in bars; 1 draws each bar by itself
    bars : length of a path; None for `count`
    """
    length = count if bars is None else bars
    _check_draws(count, paths, block, seed, first, length)
    indices = np.empty((paths, length), np.int64)
    compiled(draw_indices)(seed, first, count, _rate(block), _scratch(length), indices)
    return indices


def bootstrap_statistics(
    returns: Any,
    paths: int = 10_000,
    block: float | None = None,
    seed: int = 0,
    *,
    first: int = 0,
    bars: int | None = None,
    workers: int | None = None,
) -> PathStatistics:
    """Return total return, maximum drawdown and Sharpe ratio of bootstrapped paths, none of which is kept.

    Parameters
    ----------
    returns : (T,) simple returns per period; -1 or less loses all
    paths, first : how many paths, from this number on; the same indices as those of `bootstrap_indices`
    block : mean length of a block in bars; None for the optimal one
    bars : length of a path; None for T
    workers : threads, which change nothing but the time; None for one a core

    Raises ParameterError where a number is out of range or a return is no finite number.
    """
    values = _checked(returns)
    mean_block = optimal_block(values) if block is None else block
    length = len(values) if bars is None else bars
    _check_draws(len(values), paths, mean_block, seed, first, length)
    logs = np.full(len(values), -np.inf)
    np.log1p(values, out=logs, where=values > -1.0)
    mean = float(values.mean())
    deviations = values - mean
    found = np.empty((paths, 3))
    measure = compiled(measure_paths)

    def run(start: int) -> None:
        part = found[start : start + _PATHS_A_TASK]
        measure(seed, first + start, length, _rate(mean_block), logs, deviations, mean, _scratch(length), part)

    with ThreadPoolExecutor(workers or os.cpu_count()) as pool:
        list(pool.map(run, range(0, paths, _PATHS_A_TASK)))
    return PathStatistics(np.expm1(found[:, 0]), np.expm1(found[:, 1]), found[:, 2].copy())


def _rate(block: float) -> float:
    """Return 1 / ln(1 - 1 / L), by which the logarithm of a lot is multiplied; 0 for blocks of one bar."""
    return 1.0 / math.log1p(-1.0 / block) if block > 1.0 else 0.0


def _scratch(bars: int) -> NDArray[np.int64]:
    """Return room for the blocks of one path."""
    return np.empty((bars + 1, 2), np.int64)


def _checked(returns: Any) -> Returns:
    values = np.ascontiguousarray(returns, np.float64)
    if values.ndim != 1 or len(values) < _RETURNS_MIN:
        raise ParameterError(f"returns have the shape {values.shape}, expected one series of at least {_RETURNS_MIN}")
    if not np.isfinite(values).all():
        raise ParameterError("returns hold a value that is no finite number; leave such bars out")
    return values


def _check_draws(count: int, paths: int, block: float, seed: int, first: int, bars: int) -> None:
    if not (0 < count < 2**31 and paths > 0 and bars > 0 and first >= 0):
        raise ParameterError(
            f"{paths} paths from number {first} of {bars} of {count} bars, expected at least one of each"
        )
    if not 1.0 <= block < math.inf:
        raise ParameterError(f"block is {block:g} bars, expected at least 1")
    if not 0 <= seed <= _SEED_MAX:
        raise ParameterError(f"seed is {seed}, expected a whole number from 0 to 2^63 - 1")
