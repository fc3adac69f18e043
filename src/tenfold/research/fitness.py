"""Measure how good a strategy is: S (1 - CP) RC, net of costs, in all regimes, beside those already chosen.

With m_k and n_k the mean and count of the net returns in regime k, s their pooled deviation and A the periods a year:

    S   = sqrt(A) m / s              S_k = sqrt(A) m_k / s         so that S = sum_k (n_k / n) S_k
    S~_k = S + n_k / (n_k + 126) (S_k - S)                         shrunk towards the whole
    RC  = clip((1 + min_k S~_k / S) / 2, 0, 1) for S > 0, else 0   regime consistency
    CP  = max_j max(0, rho_j)                                      correlation of net returns with each already chosen
    fitness = S (1 - CP) RC for S > 0, else S

RC is 1 where all regimes are equal, 0.5 where the worst breaks even, 0 where it loses what the average gains.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

PRIOR_BARS: Final = 126.0
"""Bars of a regime at which its own Sharpe ratio weighs as much as that of the whole."""

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
    counts : bars of each regime, (R,); regimes without bars are left out
    periods : bars a year
    """
    there = counts > 0
    sums, squares, bars = sums[:, there], squares[:, there], counts[there].astype(np.float64)
    total = float(bars.sum())
    mean = sums.sum(1) / max(total, 1.0)
    spread = squares.sum(1) - total * mean * mean
    deviation = np.sqrt(np.maximum(spread, 0.0) / max(total - 1.0, 1.0))
    moves = deviation > 1e-15
    scale = np.sqrt(periods) * np.divide(1.0, deviation, out=np.zeros_like(deviation), where=moves)
    sharpe = mean * scale
    by_regime = sums / bars * scale[:, None]
    shrunk = sharpe[:, None] + bars / (bars + PRIOR_BARS) * (by_regime - sharpe[:, None])
    worst = shrunk.min(1) if bars.size else np.zeros_like(sharpe)
    gains = sharpe > 0.0
    consistency = np.where(gains, (1.0 + np.divide(worst, sharpe, out=np.zeros_like(sharpe), where=gains)) / 2.0, 0.0)
    regime_sharpe = np.full((len(sharpe), len(counts)), np.nan)
    regime_sharpe[:, there] = by_regime
    return Parts(sharpe, regime_sharpe, np.clip(consistency, 0.0, 1.0))


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
