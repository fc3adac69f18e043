"""Search all families at once, and again inside each window, with nothing that the window has not seen.

How it works. Points that fill the space evenly are evaluated once over the whole path; what a window may know of them is
their sums over its train. Then, window by window in the order of time, the best so far are parents of mutations, whose
evaluations join the pool. A strategy bred for a window is known to it and to later ones, never to an earlier one: that would
carry the future back.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenfold.ports import Executor
from tenfold.research.fitness import fitness_of
from tenfold.research.space import Points, even_points, neighbours, params_at
from tenfold.research.testbed import Evaluated, Testbed, joined

PARENTS: Final = 24
PARENTS_PER_FAMILY: Final = 3
REACHES: Final = (0.12, 0.06)
"""Deviation of the mutations of each round, as a share of the space."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Budget:
    """Hold how much is searched.

    Parameters
    ----------
    trials : evaluations in all, at most
    even_frac : share of them that fills the space evenly; the rest are mutations, shared by the windows
    seed : of everything that is drawn
    """

    trials: int = 2000
    even_frac: float = 0.5
    seed: int = 0


@dataclass(eq=False)
class Pool:
    """Hold every evaluation of a search, in the order in which they were asked for.

    `family` (N,), `born` (N,) the first window that may know it, `points` (N, D) on the unit cube, wide enough for the family
    with most parameters.
    """

    family: NDArray[np.int64]
    born: NDArray[np.int64]
    points: Points
    found: Evaluated

    def __len__(self) -> int:
        return len(self.family)

    def known(self, window: int) -> NDArray[np.bool_]:
        """Say which evaluations a window may know, (N,)."""
        return self.born <= window

    def fitness(self, window: int) -> NDArray[np.float64]:
        """Return the fitness on the train of a window, without correlation; minus infinity where it is not known or never traded."""
        found = fitness_of(
            self.found.sharpe[:, window].astype(np.float64), self.found.consistency[:, window].astype(np.float64)
        )
        return np.where(self.known(window) & (self.found.sharpe[:, window] != 0.0), found, -np.inf)


@dataclass(frozen=True)
class Chunk:
    """Hold strategies of one family to evaluate."""

    family: int
    params: NDArray[np.void]


class Evaluate:
    """Evaluate a chunk on a testbed that the executor has shared."""

    def __init__(self, testbed: Callable[[], Testbed]) -> None:
        self.testbed = testbed

    def __call__(self, chunk: Chunk) -> Evaluated:
        """Return what the strategies of a chunk come to."""
        return self.testbed().evaluate(chunk.family, chunk.params)


def search(testbed: Testbed, budget: Budget, executor: Executor, progress: Progress | None = None) -> Pool:
    """Return the pool of a search: even points, then mutations for each window in the order of time."""
    evaluate = Evaluate(executor.share(testbed))
    even = int(budget.trials * budget.even_frac)
    shares = [len(part) for part in np.array_split(np.arange(even), len(testbed.families))]
    first = [
        (family, even_points(fold, share, budget.seed))
        for family, (fold, share) in enumerate(zip(testbed.families, shares, strict=True))
    ]
    grown = _Growing(testbed, evaluate, executor, budget.trials, progress)
    grown.add(first, 0)
    rounds = testbed.window_count * len(REACHES)
    for number in range(rounds):
        window, reach = number // len(REACHES), REACHES[number % len(REACHES)]
        room = (budget.trials - grown.asked) // (rounds - number)
        if room > 0:
            rng = np.random.default_rng([budget.seed, 1, number])
            grown.add(list(_mutations(grown.pool(), window, reach, room, rng)), window)
    return grown.pool()


def _mutations(
    pool: Pool, window: int, reach: float, count: int, rng: np.random.Generator
) -> Iterator[tuple[int, Points]]:
    """Yield mutations of the best that a window knows, by family."""
    chosen = parents(pool, window)
    if len(chosen) == 0:
        return
    picks = chosen[np.arange(count) % len(chosen)]
    for family in np.unique(pool.family[picks]).tolist():
        mine = picks[pool.family[picks] == family]
        yield family, neighbours(pool.points[mine], reach, rng)


def parents(pool: Pool, window: int) -> NDArray[np.int64]:
    """Return the best that a window knows, at most three a family."""
    fitness = pool.fitness(window)
    taken: dict[int, int] = {}
    chosen: list[int] = []
    for one in np.argsort(-fitness, kind="stable").tolist():
        if not fitness[one] > 0.0 or len(chosen) == PARENTS:
            break
        family = int(pool.family[one])
        if taken.get(family, 0) < PARENTS_PER_FAMILY:
            taken[family] = taken.get(family, 0) + 1
            chosen.append(one)
    return np.array(chosen, np.int64)


class _Growing:
    """Evaluate what is asked for and gather it; the same strategy is evaluated once."""

    def __init__(
        self, testbed: Testbed, evaluate: Evaluate, executor: Executor, total: int, progress: Progress | None
    ) -> None:
        self.testbed, self.evaluate, self.executor = testbed, evaluate, executor
        self.total, self.progress = total, progress
        self.asked = 0
        self.width = max(len(fold.parameters) for fold in testbed.families)
        self._parts: list[Pool] = []
        self._seen: set[int] = set()

    def add(self, asked: Sequence[tuple[int, Points]], window: int) -> None:
        """Evaluate points by family; they are known from a window on."""
        self.asked += sum(len(points) for _, points in asked)
        fresh = [(family, *self._fresh(family, points)) for family, points in asked]
        chunks = [
            Chunk(family, params[start : start + self.testbed.chunk])
            for family, _, params in fresh
            for start in range(0, len(params), self.testbed.chunk)
        ]
        if not chunks:
            return
        found = []
        done = sum(len(part) for part in self._parts)
        for part in self.executor.map(self.evaluate, chunks):
            found.append(part)
            done += len(part)
            if self.progress is not None:
                self.progress(done, max(self.total, done))
        counts = [len(params) for _, _, params in fresh]
        self._parts.append(
            Pool(
                family=np.repeat([family for family, _, _ in fresh], counts),
                born=np.full(sum(counts), window),
                points=np.concatenate([self._wide(points) for _, points, _ in fresh]),
                found=joined(found),
            )
        )

    def _wide(self, points: Points) -> Points:
        return np.pad(points, ((0, 0), (0, self.width - points.shape[1])))

    def _fresh(self, family: int, points: Points) -> tuple[Points, NDArray[np.void]]:
        """Return the points, and their records, that were not evaluated before."""
        fold = self.testbed.families[family]
        points = points[:, : len(fold.parameters)]
        params = params_at(fold, points)
        keep = []
        for index in range(len(params)):
            key = hash((family, params[index].tobytes()))
            if key not in self._seen:
                self._seen.add(key)
                keep.append(index)
        return points[keep], params[keep]

    def pool(self) -> Pool:
        """Return everything so far."""
        if len(self._parts) > 1:
            self._parts = [
                Pool(
                    family=np.concatenate([part.family for part in self._parts]),
                    born=np.concatenate([part.born for part in self._parts]),
                    points=np.concatenate([part.points for part in self._parts]),
                    found=joined([part.found for part in self._parts]),
                )
            ]
        return self._parts[0]
