"""Cut a Sharpe ratio by what was tried before it was found.

Each Sharpe ratio has a p-value; the methods of multiple testing raise it; the haircut Sharpe ratio is the one whose p-value,
had it been the only trial, is the raised one. Source: C. Harvey, Y. Liu, "Backtesting" (2015).
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenfold.metrics.normal import cumulative, quantile

Probabilities = NDArray[np.float64]


@dataclass(frozen=True)
class Haircut:
    """Hold the Sharpe ratio that is left by each method, in the unit of the one that was cut.

    Bonferroni and Holm guard against a single false discovery among all trials, BHY (Benjamini, Hochberg, Yekutieli)
    against more than a share of false ones, however the trials depend on each other: it cuts least where many are good.
    """

    sharpe: float
    bonferroni: float
    holm: float
    bhy: float


def haircut_sharpe(sharpe: float, n: int, trials: Any) -> Haircut:
    """Return what is left of a Sharpe ratio after all trials of which it is one.

    Parameters
    ----------
    sharpe : per period
    n : periods
    trials : (N,) Sharpe ratios per period of all independent trials over as many periods, this one among them or not

    The p-value of one trial is two-sided and normal, 2 (1 - Phi(|SR| sqrt(n))); at n periods of a backtest the Student
    distribution of the paper is the same to three digits. What is left keeps the sign and is 0 where the raised p-value is
    1. NaN where `sharpe` is.
    """
    others = np.asarray(trials, np.float64).ravel()
    if n < 2 or not np.isfinite(others).all():
        raise ValueError(f"{n} periods and trials {others}, expected at least 2 periods and finite Sharpe ratios")
    if math.isnan(sharpe):
        return Haircut(sharpe, sharpe, sharpe, sharpe)
    mine = np.flatnonzero(others == sharpe)
    everyone = others if len(mine) else np.append(others, sharpe)
    place = int(mine[0]) if len(mine) else len(others)
    values = p_values(everyone, n)
    left = (
        min(-quantile(float(raised[place]) / 2.0) / math.sqrt(n), abs(sharpe))  # beyond 38 deviations p is 0
        for raised in (bonferroni(values), holm(values), bhy(values))
    )
    return Haircut(sharpe, *(math.copysign(one, sharpe) for one in left))


def p_values(sharpes: Any, n: int) -> Probabilities:
    """Return the probability that luck alone gives each Sharpe ratio per period or a larger one, either side, (N,)."""
    ratios = np.abs(np.asarray(sharpes, np.float64)) * math.sqrt(n)
    return np.array([2.0 * cumulative(-one) for one in ratios.tolist()])


def bonferroni(values: Probabilities) -> Probabilities:
    """Return p-values (N,) raised by the number of tests: N p, at most 1."""
    return np.minimum(values * len(values), 1.0)


def holm(values: Probabilities) -> Probabilities:
    """Return p-values (N,) raised step by step: the largest of (N - j + 1) p(j) up to each, at most 1. Source: Holm (1979)."""
    order = np.argsort(values, kind="stable")
    steps = np.arange(len(values), 0, -1) * values[order]
    raised = np.empty_like(values)
    raised[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return raised


def bhy(values: Probabilities) -> Probabilities:
    """Return p-values (N,) raised for the rate of false discoveries under any dependence, at most 1.

    The least of N c(N) / j p(j) from each upwards, c(N) = 1 + 1/2 + ... + 1/N. Source: Benjamini, Yekutieli (2001).
    """
    count = len(values)
    places = np.arange(1, count + 1)
    order = np.argsort(values, kind="stable")
    steps = count * float((1.0 / places).sum()) / places * values[order]
    raised = np.empty_like(values)
    raised[order] = np.minimum(np.minimum.accumulate(steps[::-1])[::-1], 1.0)
    return raised
