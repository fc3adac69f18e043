"""Measure the tail: value at risk and expected shortfall.

Losses are positive: a VaR of 0.02 is a loss of 2 %. `tail` is the tail's probability, 0.05 for "95 %". NaN returns are
left out.
"""

import math

import numpy as np
from numpy.typing import NDArray

from tenfold.metrics.normal import density, quantile
from tenfold.metrics.performance import Returns, present


def value_at_risk(returns: Returns, tail: float) -> float:
    """Return the historical VaR: the loss exceeded with probability `tail` at most.

    The smallest order statistic x with a share of returns at or below x of more than `tail`; VaR = -x. Between two
    observations the larger return is taken, no interpolation (empyrical interpolates linearly, with the opposite sign).
    """
    _check(tail)
    values = present(returns)
    if len(values) == 0:
        return math.nan
    position = min(math.floor(_points(len(values), tail)), len(values) - 1)
    return -float(np.partition(values, position)[position])


def expected_shortfall(returns: Returns, tail: float) -> float:
    """Return the historical ES: the mean loss of exactly the worst n * tail observations, the last one in part.

    -(sum of the floor(n tail) smallest + (n tail - floor(n tail)) x the next) / (n tail). Coherent for every n.
    (empyrical averages floor((n - 1) tail) + 1 whole points, with the opposite sign.) Source: C. Acerbi, D. Tasche,
    "On the coherence of expected shortfall" (2002).
    """
    _check(tail)
    values = present(returns)
    if len(values) == 0:
        return math.nan
    points = _points(len(values), tail)
    whole = min(math.floor(points), len(values) - 1)
    lowest = np.partition(values, whole)
    return -(float(lowest[:whole].sum()) + (points - whole) * float(lowest[whole])) / points


def weighted_tail(
    outcomes: NDArray[np.float64], probabilities: NDArray[np.float64], tail: float
) -> tuple[float, float]:
    """Return VaR and ES of a discrete distribution, losses positive, with exactly `tail` of its mass in the ES.

    `outcomes` and `probabilities` (n,); the latter sum to 1. NaN for no outcomes.
    """
    _check(tail)
    if len(outcomes) == 0:
        return math.nan, math.nan
    order = np.argsort(outcomes, kind="stable")
    values, mass = outcomes[order], probabilities[order]
    before = np.concatenate(([0.0], np.cumsum(mass)[:-1]))
    used = np.clip(tail - before, 0.0, mass)
    exceeded = np.cumsum(mass) > tail * (1.0 + 1e-12)
    where = int(np.argmax(exceeded)) if exceeded.any() else len(values) - 1
    return -float(values[where]), -float(used @ values) / float(used.sum())


def normal_value_at_risk(mean: float, deviation: float, tail: float) -> float:
    """Return the VaR of a normal distribution: -mu - s z(tail)."""
    _check(tail)
    return -mean - deviation * quantile(tail)


def normal_expected_shortfall(mean: float, deviation: float, tail: float) -> float:
    """Return the ES of a normal distribution: -mu + s phi(z(tail)) / tail."""
    _check(tail)
    return -mean + deviation * density(quantile(tail)) / tail


def _points(count: int, tail: float) -> float:
    """Return count * tail, whole where it is whole but for rounding: 0.07 * 100 are 7 points, not 7.000000000000001."""
    points = count * tail
    return float(round(points)) if abs(points - round(points)) < 1e-9 else points


def _check(tail: float) -> None:
    if not 0.0 < tail < 1.0:
        raise ValueError(f"tail is {tail}, expected a probability in (0, 1)")
