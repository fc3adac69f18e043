"""Turn sums of returns by regime into Sharpe ratio and regime consistency; `research.fitness` has the formulas."""

import math
from typing import Any

PRIOR_BARS = 126.0
STILL = 1e-15  # deviation at or below which nothing moved


def parts(sums: Any, squares: Any, counts: Any, periods: float, by_regime: Any) -> Any:
    """Return Sharpe ratio and consistency of one strategy from sums by regime.

    `sums`, `squares` and `counts` (R,) float64; `by_regime` (R,) receives the annual Sharpe ratio of each, NaN where it has no
    bars.
    """
    bars, mean, spread = 0.0, 0.0, 0.0
    for regime in range(len(counts)):
        bars += counts[regime]
        mean += sums[regime]
        spread += squares[regime]
    mean /= max(bars, 1.0)
    deviation = math.sqrt(max(spread - bars * mean * mean, 0.0) / max(bars - 1.0, 1.0))
    scale = math.sqrt(periods) * (1.0 / deviation) if deviation > STILL else 0.0
    sharpe = mean * scale
    worst = math.inf
    for regime in range(len(counts)):
        by_regime[regime] = math.nan
        if counts[regime] > 0.0:
            by_regime[regime] = sums[regime] / counts[regime] * scale
            share = counts[regime] / (counts[regime] + PRIOR_BARS)
            worst = min(worst, sharpe + share * (by_regime[regime] - sharpe))
    consistency = min(max((1.0 + worst / sharpe) / 2.0, 0.0), 1.0) if sharpe > 0.0 else 0.0
    return sharpe, consistency


def parts_each(
    sums: Any, squares: Any, counts: Any, periods: float, sharpe: Any, by_regime: Any, consistency: Any
) -> None:
    """Write the parts of K strategies: `sums`, `squares` and `by_regime` (K, R), `counts` (R,), `sharpe`, `consistency` (K,)."""
    for one in range(len(sharpe)):
        sharpe[one], consistency[one] = parts(sums[one], squares[one], counts, periods, by_regime[one])


def parts_by_window(
    sums: Any, squares: Any, places: Any, counts: Any, periods: float, scratch: Any, sharpe: Any, consistency: Any
) -> None:
    """Write the parts of K strategies in W windows from sums over C cells of the time axis.

    `sums` and `squares` (K, C); `places` (W, C) int64 the regime that a cell counts to, -1 where the window leaves it out;
    `counts` (W, R) float64 bars; `scratch` (3, R); `sharpe` and `consistency` (K, W).
    """
    for one in range(sums.shape[0]):
        for window in range(places.shape[0]):
            for regime in range(counts.shape[1]):
                scratch[0, regime], scratch[1, regime] = 0.0, 0.0
            for cell in range(places.shape[1]):
                place = places[window, cell]
                if place >= 0:
                    scratch[0, place] += sums[one, cell]
                    scratch[1, place] += squares[one, cell]
            sharpe[one, window], consistency[one, window] = parts(
                scratch[0], scratch[1], counts[window], periods, scratch[2]
            )
