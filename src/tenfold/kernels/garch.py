"""Follow and simulate a variance that clusters: GARCH(1,1) (Bollerslev 1986).

variance[t] = omega + alpha * shock[t-1]^2 + beta * variance[t-1], with omega = (1 - alpha - beta) * long_run.
"""

import math
from typing import Any


def garch_loss(shocks: Any, alpha: float, beta: float, long_run: float) -> float:
    """Return minus twice the Gaussian log likelihood of shocks (T,), constants left out; the first variance is `long_run`."""
    omega = (1.0 - alpha - beta) * long_run
    variance = long_run
    loss = 0.0
    for moment in range(len(shocks)):
        square = shocks[moment] * shocks[moment]
        loss += math.log(variance) + square / variance
        variance = omega + alpha * square + beta * variance
    return loss


def garch_filter(shocks: Any, alpha: float, beta: float, long_run: float, variances: Any) -> None:
    """Write the variance of each bar, known before it, and behind the last that of the next: `variances` (T + 1,)."""
    omega = (1.0 - alpha - beta) * long_run
    variances[0] = long_run
    for moment in range(len(shocks)):
        variances[moment + 1] = omega + alpha * shocks[moment] * shocks[moment] + beta * variances[moment]


def garch_paths(picked: Any, mean: float, alpha: float, beta: float, long_run: float, first: float, paths: Any) -> None:
    """Write returns that standardised shocks make, each path from the variance `first`.

    `picked` (B, T) are shocks of deviation 1, `paths` (B, T) returns.
    """
    omega = (1.0 - alpha - beta) * long_run
    for path in range(picked.shape[0]):
        variance = first
        for moment in range(picked.shape[1]):
            shock = math.sqrt(variance) * picked[path, moment]
            paths[path, moment] = mean + shock
            variance = omega + alpha * shock * shock + beta * variance
