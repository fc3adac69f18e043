"""Choose at most ten: greedily by fitness, then as many of them as vote best on what they were not chosen on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenfold.backtesting.compiled import run_compiled
from tenfold.backtesting.scoring import Member, score_members
from tenfold.research.fitness import correlation_penalty, fitness_of
from tenfold.research.search import Pool
from tenfold.research.space import params_at, values_of
from tenfold.research.testbed import Testbed

Weigh = Callable[[int], tuple[float, ...]]
"""Weights of the first 1, 2, ... members, by their number."""

MEMBERS_MAX: Final = 10
CANDIDATES: Final = 200
"""Strategies, best first, among which members are chosen."""


@dataclass(frozen=True, eq=False)
class Pick:
    """Hold one strategy that was chosen, with the parts of its fitness at that moment.

    `trial` is its place in the pool, `returns` (T,) its net returns on the whole path.
    """

    trial: int
    sharpe: float
    consistency: float
    penalty: float
    fitness: float
    returns: NDArray[np.float64]


class Streams:
    """Evaluate strategies of a pool again for their returns, and hold those asked for last."""

    def __init__(self, testbed: Testbed, pool: Pool) -> None:
        self._testbed, self._pool = testbed, pool
        self._kept: dict[int, NDArray[np.float64]] = {}

    def of(self, trials: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return net returns, (K, T)."""
        missing = np.array([one for one in trials.tolist() if one not in self._kept], np.int64)
        if len(self._kept) + len(missing) > self.most:
            self._kept = {one: self._kept[one] for one in trials.tolist() if one in self._kept}
        for family in np.unique(self._pool.family[missing]).tolist():
            mine = missing[self._pool.family[missing] == family]
            fold = self._testbed.families[family]
            params = params_at(fold, self._pool.points[mine][:, : len(fold.parameters)])
            for start in range(0, len(mine), self._testbed.chunk):
                part = slice(start, start + self._testbed.chunk)
                rows = self._testbed.streams(family, params[part])
                self._kept |= dict(zip(mine[part].tolist(), rows, strict=True))
        return np.stack([self._kept[one] for one in trials.tolist()])

    @property
    def most(self) -> int:
        """Strategies whose returns are held at most."""
        return self._testbed.held


def choose(
    pool: Pool, streams: Streams, window: int, train: tuple[int, int], *, correlation_max: float, consistency_min: float
) -> list[Pick]:
    """Return at most ten strategies, best first, chosen on the train of a window alone.

    The highest fitness is taken, the correlation penalties of the others follow, and so on; nothing whose penalty is
    above `correlation_max` or whose regime consistency is below `consistency_min` is taken.
    """
    fitness = pool.fitness(window)
    order = np.argsort(-fitness, kind="stable")[: min(CANDIDATES, streams.most)]
    order = order[fitness[order] > 0.0]
    order = order[pool.found.consistency[order, window] >= consistency_min]
    if len(order) == 0:
        return []
    returns = streams.of(order)
    inside = returns[:, train[0] : train[1]]
    sharpe = pool.found.sharpe[order, window].astype(np.float64)
    consistency = pool.found.consistency[order, window].astype(np.float64)
    penalty = np.zeros(len(order))
    free = np.ones(len(order), bool)
    picks: list[Pick] = []
    while len(picks) < MEMBERS_MAX:
        worth = np.where(free & (penalty <= correlation_max), fitness_of(sharpe, consistency, penalty), -np.inf)
        best = int(np.argmax(worth))
        if not worth[best] > 0.0:
            break
        picks.append(
            Pick(
                trial=int(order[best]),
                sharpe=float(sharpe[best]),
                consistency=float(consistency[best]),
                penalty=float(penalty[best]),
                fitness=float(worth[best]),
                returns=returns[best],
            )
        )
        free[best] = False
        penalty = np.maximum(penalty, correlation_penalty(inside, inside[best : best + 1]))
    return picks


def members_of(testbed: Testbed, pool: Pool, picks: list[Pick]) -> list[Member]:
    """Return the voters that picks stand for."""
    members = []
    for number, pick in enumerate(picks):
        fold = testbed.families[int(pool.family[pick.trial])]
        record = params_at(fold, pool.points[pick.trial : pick.trial + 1, : len(fold.parameters)])[0]
        members.append(Member(fold, values_of(fold, record), f"{number + 1} {fold.name}"))
    return members


@dataclass(frozen=True, eq=False)
class Votes:
    """Hold the votes of the first 1, 2, ... K members.

    Net `returns` (K, T), `shares` (K,) of bars with a side, `weights`, and of each the bars at which its round trips began.
    """

    returns: NDArray[np.float64]
    shares: NDArray[np.float64]
    weights: tuple[tuple[float, ...], ...] = ()
    entries: tuple[NDArray[np.int64], ...] = ()

    def __len__(self) -> int:
        return len(self.shares)


def equal(size: int) -> tuple[float, ...]:
    """Return a weight of 1 for each of so many members."""
    return (1.0,) * size


def vote_streams(testbed: Testbed, members: list[Member], weigh: Weigh = equal) -> Votes:
    """Return what the votes of the first 1, 2, ... members earn under the rules that will trade."""
    if not members:
        return Votes(np.zeros((0, len(testbed.bars))), np.zeros(0))
    scores, failures = score_members(members, testbed.bars)
    returns, shares, weights, entries = [], [], [], []
    for size in range(1, len(members) + 1):
        weights.append(weigh(size))
        names = [member.name for member in members[:size]]
        part = np.ascontiguousarray(scores[:, :, :size])
        run = run_compiled(testbed.bars, testbed.rules, names, weights[-1], part, failures)
        returns.append(run.returns)
        shares.append(float((run.direction != 0).any(axis=1).mean()))
        entries.append(run.trades["entry_bar"].astype(np.int64))
    return Votes(np.stack(returns), np.array(shares), tuple(weights), tuple(entries))
