"""Search as `tenfold.research.search` does, but breed from a MAP-Elites archive (Mouret, Clune 2015) of pyribs.

How it works. A grid has cells over how often a strategy trades, which side it is on and in which regime it earns most; each
cell holds the fittest strategy of its kind, and every cell is equally likely to have children. Fitness and kind of a
strategy are those of the train of the window that breeds: what comes later moves neither. Even points, rounds,
reaches and the share of each round are those of the search that ships.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tenfold.backtesting.streams import StreamJob
from tenfold.kernels.fold import Fold
from tenfold.ports import Executor
from tenfold.research.regimes import merged
from tenfold.research.search import REACHES, Budget, Evaluate, Pool, _Growing, parents
from tenfold.research.space import even_points, neighbours
from tenfold.research.testbed import Evaluated, Testbed

TURNOVER: Final = (-0.25, 1.75)
"""Powers of ten of the round trips a year, all symbols together; what lies outside falls in the last cell."""

SIDE: Final = (-0.5, 0.5)
"""Beta to buying and holding."""

FINE, COARSE = (8, 5), (3, 3)
"""Cells over turnover and side; over regimes there is one each."""

Breed = Callable[[Testbed, Pool, int, int, np.random.Generator], NDArray[np.int64]]
"""Places in the pool of `count` parents for a window."""


class CountingJob(StreamJob):
    """Evaluate strategies and keep how many round trips each had finished by the end of each train, (K, W)."""

    def __init__(self, testbed: Testbed, ends: list[int]) -> None:
        super().__init__(testbed.bars, testbed.rules)
        self.ends, self.uncounted = ends, self.trade
        self.trade = self._trade

    def streams(self, fold: Fold, params: NDArray[np.void]) -> tuple[NDArray[np.float64], NDArray[np.void], Any]:
        self.trips = np.zeros((len(params), len(self.ends)))
        self.returns, books, failures = super().streams(fold, params)
        return self.returns, books, failures

    def _trade(self, *given: Any) -> None:
        """Trade a tile in parts that end where trains do."""
        books, before, scores, (casts, words, start, stop, *out) = given[0], given[1:8], given[8], given[10:]
        edges = sorted({start, stop, *(end for end in self.ends if start < end < stop)})
        for first, last in pairwise(edges):
            part = np.ascontiguousarray(scores[:, first - start : last - start])
            self.uncounted(books, *before, part, part.reshape(len(part), -1), casts, words, first, last, *out)
            self.trips[:, [end == last for end in self.ends]] = books["trades"][:, None]


@dataclass(eq=False)
class ObservedTestbed(Testbed):
    """Evaluate strategies and keep of what kind each was in each train: `kinds`, a (K, W, 3) array a chunk, in order.

    In one thread alone: chunks come in the order in which they are asked for.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        self.kinds: list[NDArray[np.float64]] = []
        self.trains = [slice(*self.train_range(window)) for window in range(self.window_count)]
        if any(train.start for train in self.trains):
            raise ValueError("round trips are counted from the first bar: the trains must be anchored")
        self.markets = [self.benchmark[train] - self.benchmark[train].mean() for train in self.trains]
        count = len(self.regimes.names)
        self.averages = []
        for train in self.trains:
            labels = self.regimes.labels[train]
            labels = merged(np.bincount(labels, minlength=count))[labels]
            within = np.equal.outer(labels, np.arange(count))
            self.averages.append(within / np.maximum(within.sum(0), 1))  # (T, R)

    @cached_property
    def job(self) -> CountingJob:
        return CountingJob(self, [train.stop for train in self.trains])

    def evaluate(self, family: int, params: NDArray[np.void]) -> Evaluated:
        found = super().evaluate(family, params)
        self.kinds.append(np.stack([self._kind(window) for window in range(self.window_count)], axis=1))
        return found

    def _kind(self, window: int) -> NDArray[np.float64]:
        """Return turnover, side and best regime in a train, (K, 3)."""
        train, market, average = self.trains[window], self.markets[window], self.averages[window]
        returns, trips = self.job.returns[:, train], self.job.trips[:, window]
        years = train.stop / self.bars.periods_per_year
        earned = np.where(average.any(axis=0), returns @ average, -np.inf)
        return np.stack(
            [np.log10(np.maximum(trips, 0.5) / years), returns @ market / (market @ market), earned.argmax(1)], axis=1
        )


def best_known(testbed: Testbed, pool: Pool, window: int, count: int, _: np.random.Generator) -> NDArray[np.int64]:
    """Return the parents that the search that ships takes, in turn."""
    chosen = parents(pool, window)
    return chosen[np.arange(count) % len(chosen)] if len(chosen) else chosen


def elites(
    testbed: Testbed, pool: Pool, window: int, count: int, rng: np.random.Generator, cells: tuple[int, int] = FINE
) -> NDArray[np.int64]:
    """Return elites, drawn from the archive of all that a window knows and that earned in its train."""
    from ribs.archives import GridArchive  # in an environment of its own

    fitness = pool.fitness(window)
    known = np.flatnonzero(fitness > 0.0)
    if len(known) == 0:
        return known
    regimes = len(testbed.regimes.names)
    archive = GridArchive(
        solution_dim=1,
        dims=(*cells, regimes),
        ranges=(TURNOVER, SIDE, (-0.5, regimes - 0.5)),
        seed=int(rng.integers(2**31)),
    )
    archive.add(known[:, None], fitness[known], np.concatenate(testbed.kinds)[known, window])
    return archive.sample_elites(count)["solution"][:, 0].astype(np.int64)


def search_by(breed: Breed, testbed: Testbed, budget: Budget, executor: Executor) -> Pool:
    """Return the pool of a search that takes its parents from `breed`; else line by line `tenfold.research.search.search`."""
    even = int(budget.trials * budget.even_frac)
    shares = [len(part) for part in np.array_split(np.arange(even), len(testbed.families))]
    grown = _Growing(testbed, Evaluate(executor.share(testbed)), executor, budget.trials, None)
    folds = zip(testbed.families, shares, strict=True)
    grown.add([(family, even_points(fold, share, budget.seed)) for family, (fold, share) in enumerate(folds)], 0)
    rounds = testbed.window_count * len(REACHES)
    for number in range(rounds):
        window, reach = number // len(REACHES), REACHES[number % len(REACHES)]
        room = (budget.trials - grown.asked) // (rounds - number)
        if room > 0:
            rng, pool = np.random.default_rng([budget.seed, 1, number]), grown.pool()
            picks = breed(testbed, pool, window, room, rng)
            mine = [(family, picks[pool.family[picks] == family]) for family in np.unique(pool.family[picks]).tolist()]
            grown.add([(family, neighbours(pool.points[some], reach, rng)) for family, some in mine], window)
    return grown.pool()
