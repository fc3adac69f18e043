"""Measure return, drawdown and Sharpe ratio of bootstrapped paths with Tenfold."""

import noise
import task

from tenfold.metrics.bootstrap import bootstrap_statistics


def main() -> None:
    job = task.read()
    returns = noise.returns(job["bars"])[:, 0]
    bootstrap_statistics(returns, 10, job["block"])  # loads the machine code
    times, found = task.timed(lambda: bootstrap_statistics(returns, job["paths"], job["block"], 1), job["times"])
    task.answer(**times, drawdown=float(found.max_drawdown.mean()), spread=float(found.sharpe.std()))


main()
