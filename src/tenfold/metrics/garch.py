"""Fit GARCH(1,1) to returns, and simulate paths from the shocks that were seen (filtered historical simulation)."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenfold.kernels.garch import garch_filter, garch_loss, garch_paths
from tenfold.kernels.jit import compiled

Values = NDArray[np.float64]

_PERSISTENCE_MAX: Final = 0.999
_ROUNDS: Final = 6
_SIDE: Final = 13


@dataclass(frozen=True, eq=False)
class Garch:
    """Hold a fit: variance[t] = omega + alpha * shock[t-1]^2 + beta * variance[t-1], omega = (1 - alpha - beta) * long_run.

    `shocks` (T,) are the returns less their mean, over the deviation that was known before each; `next_variance` is that
    of the bar after the last.
    """

    mean: float
    alpha: float
    beta: float
    long_run: float
    shocks: Values
    next_variance: float


def fit_garch(returns: Values) -> Garch:
    """Return the fit of highest Gaussian likelihood whose long-run variance is that of the sample (variance targeting).

    Returns (T,) that do not vary have a variance of 0 and shocks of 0. Source: R. Engle, J. Mezrich, "GARCH for Groups" (1996).
    """
    mean = float(returns.mean())
    shocks = returns - mean
    long_run = float(np.mean(shocks**2))
    if not long_run > 0.0:
        return Garch(mean, 0.0, 0.0, 0.0, np.zeros(len(returns)), 0.0)
    alpha, beta = _fitted(shocks, long_run)
    variances = np.empty(len(shocks) + 1)
    compiled(garch_filter)(shocks, alpha, beta, long_run, variances)
    return Garch(mean, alpha, beta, long_run, shocks / np.sqrt(variances[:-1]), float(variances[-1]))


def _fitted(shocks: Values, long_run: float) -> tuple[float, float]:
    """Return alpha and beta by grids that close in on the best of the one before, over alpha and persistence."""
    loss = compiled(garch_loss)
    best = (loss(shocks, 0.0, 0.0, long_run), 0.0, 0.0)
    low, high = (
        np.array([0.0, 0.0]),
        np.array([0.4, 1.0]),
    )  # alpha; and how near to 1 the persistence is, to the third power
    for _ in range(_ROUNDS):
        alphas, nears = (np.linspace(low[i], high[i], _SIDE) for i in range(2))
        for alpha in alphas.tolist():
            for near in nears.tolist():
                persistence = _PERSISTENCE_MAX * (1.0 - (1.0 - near) ** 3)
                if persistence >= alpha:
                    best = min(best, (loss(shocks, alpha, persistence - alpha, long_run), alpha, near))
        middle, width = np.array(best[1:]), (high - low) / (_SIDE - 1)
        low, high = np.maximum(middle - width, 0.0), np.minimum(middle + width, [0.9, 1.0])
    alpha, near = best[1:]
    return alpha, max(_PERSISTENCE_MAX * (1.0 - (1.0 - near) ** 3) - alpha, 0.0)


def garch_returns(fit: Garch, count: int, rng: np.random.Generator) -> Values:
    """Return `count` paths (B, T) of returns: shocks that were seen, drawn again, under the volatility that they make."""
    paths = np.empty((count, len(fit.shocks)))
    picked = fit.shocks[rng.integers(0, len(fit.shocks), paths.shape)]
    compiled(garch_paths)(picked, fit.mean, fit.alpha, fit.beta, fit.long_run, fit.next_variance, paths)
    return paths
