"""Evaluate strategies of all families on one market, in every regime and window, on all cores."""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import task

from tenfold.backtesting.splits import walk_forward
from tenfold.domain.rules import Account, Costs, Rules
from tenfold.market.synthetic import random_walk
from tenfold.registry import STRATEGIES
from tenfold.research.regimes import regimes_of
from tenfold.research.search import Budget, search
from tenfold.research.testbed import Testbed


class Threads:
    """Run chunks in one thread a core."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self.pool = pool

    def map(self, work, items):
        return self.pool.map(work, items)

    def share(self, value):
        return lambda: value


def main() -> None:
    job = task.read()
    bars = random_walk(job["bars"], job["symbols"], seed=1)
    rules = Rules(costs=Costs(slippage_bps=1.0), account=Account(cash=1e6))
    folds = [STRATEGIES.load(name) for name in sorted(STRATEGIES.table)]
    folds = [fold for fold in folds if not fold.panel or job["symbols"] > 1]
    windows = walk_forward(job["bars"], purge=21)
    testbed = Testbed(bars, rules, tuple(folds), regimes_of("trend_volatility", bars), windows)
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        search(testbed, Budget(trials=8 * len(folds), seed=9), Threads(pool))  # compiles, or loads what is compiled
        times, found = task.timed(lambda: search(testbed, Budget(trials=job["trials"], seed=1), Threads(pool)))
    task.answer(**times, evaluated=len(found), best=float(np.max(found.found.whole)))


main()
