"""Measure how good a strategy is: S (1 - CP) RC, net of costs, in all regimes, beside those already chosen.

With m_k and n_k the mean and count of the net returns in regime k, s their pooled deviation and A the periods a year:

    S   = sqrt(A) m / s              S_k = sqrt(A) m_k / s         so that S = sum_k (n_k / n) S_k
    S~_k = S + n_k / (n_k + 126) (S_k - S)                         shrunk towards the whole; at 126 bars both weigh alike
    RC  = clip((1 + min_k S~_k / S) / 2, 0, 1) for S > 0, else 0   regime consistency
    CP  = max_j max(0, rho_j)                                      correlation of net returns with each already chosen
    fitness = S (1 - CP) RC for S > 0, else S

RC is 1 where all regimes are equal, 0.5 where the worst breaks even, 0 where it loses what the average gains.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenfold.kernels.fitness import parts_each
from tenfold.kernels.jit import compiled

COMMON_BARS_MIN: Final = 252
"""Common bars below which a correlation is not estimated."""

CORRELATION_UNKNOWN: Final = 0.5

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Parts:
    """Hold the parts of the fitness of K strategies, annual.

    `sharpe` (K,), `regime_sharpe` (K, R) not shrunk, `consistency` (K,).
    """

    sharpe: Array
    regime_sharpe: Array
    consistency: Array


def parts_of(sums: Array, squares: Array, counts: NDArray[np.int64], periods: float) -> Parts:
    """Return the parts of the fitness from sums by regime.

    Parameters
    ----------
    sums, squares : of net returns and their squares, (K, R)
    counts : bars of each regime, (R,); regimes without bars have no part
    periods : bars a year
    """
    shape = sums.shape
    sharpe, by_regime, consistency = np.empty(shape[0]), np.empty(shape), np.empty(shape[0])
    compiled(parts_each)(
        np.ascontiguousarray(sums), np.ascontiguousarray(squares), counts.astype(np.float64), periods, sharpe, by_regime,
        consistency,
    )  # fmt: skip
    return Parts(sharpe, by_regime, consistency)


def correlation_penalty(returns: Array, chosen: Array) -> Array:
    """Return CP of K strategies beside those already chosen, (K,).

    Parameters
    ----------
    returns, chosen : net returns per bar, (K, T) and (J, T); NaN where a strategy has none

    A hedge is not punished. Where two have fewer than 252 common bars their correlation counts as 0.5.
    """
    penalty = np.zeros(len(returns))
    for other in chosen:
        penalty = np.maximum(penalty, _correlations(returns, other))
    return penalty


def _correlations(returns: Array, other: Array) -> Array:
    both = np.isfinite(returns) & np.isfinite(other)
    count = both.sum(1)
    mine, its = np.where(both, returns, 0.0), np.where(both, other, 0.0)
    bars = np.maximum(count, 1)[:, None]
    mine = np.where(both, mine - mine.sum(1, keepdims=True) / bars, 0.0)
    its = np.where(both, its - its.sum(1, keepdims=True) / bars, 0.0)
    scale = np.sqrt((mine * mine).sum(1) * (its * its).sum(1))
    found = np.divide((mine * its).sum(1), scale, out=np.zeros(len(returns)), where=scale > 0.0)
    return np.where(count >= COMMON_BARS_MIN, found, CORRELATION_UNKNOWN)


def fitness_of(sharpe: Array, consistency: Array, penalty: Array | float = 0.0) -> Array:
    """Return the fitness; losers keep their Sharpe ratio, which a product would raise."""
    return np.where(sharpe > 0.0, sharpe * (1.0 - np.asarray(penalty)) * consistency, sharpe)
