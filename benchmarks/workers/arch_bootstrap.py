"""Measure return, drawdown and Sharpe ratio of bootstrapped paths with arch."""

import noise
import numpy as np
import task
from arch.bootstrap import StationaryBootstrap


def measured(returns):
    wealth = np.cumprod(1.0 + returns)
    fall = (wealth / np.maximum.accumulate(np.maximum(wealth, 1.0))).min() - 1.0
    return np.array([wealth[-1] - 1.0, fall, returns.mean() / returns.std(ddof=1)])


def main() -> None:
    job = task.read()
    paths = StationaryBootstrap(int(job["block"]), noise.returns(job["bars"])[:, 0], seed=1)
    paths.apply(measured, 10)
    times, found = task.timed(lambda: paths.apply(measured, job["paths"]), job["times"])
    task.answer(**times, drawdown=float(found[:, 1].mean()), spread=float(found[:, 2].std()))


main()
