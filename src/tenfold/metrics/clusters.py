"""Group trials whose returns go together: the number of groups is what multiplicity is counted by.

How it works. Leader clustering: the first trial begins a cluster, each later one joins the cluster of a leader with which it
correlates enough, else it begins one; K times N correlations instead of K squared. Trials over different calendars are first
grouped each on its own, then their leaders are compared over the blocks in common. Chance alone lets short series correlate,
so the threshold rises where blocks are few. What the sample did not show is estimated from the clusters seen once and twice.
"""

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.trials import SketchedTrials, TrialSample
from tenfold.metrics.sketch import COMMON_MIN, Blocks, shared_blocks, standardised

_BLOCK: Final = 1024

TOGETHER: Final = 0.5
"""Correlation from which two trials count as one."""

CHANCE_DEVIATIONS: Final = 4.0
"""Deviations of Fisher's z that two unrelated trials would need to be joined by chance: odds of 1 in 30,000 a pair."""


@dataclass(frozen=True, eq=False)
class Effective:
    """Hold how many independent trials a sample amounts to.

    `number` is the estimate for all trials, `found` the clusters in the sample; `sharpes` (found,) the annual Sharpe ratio of
    the first trial of each cluster.
    """

    number: float
    found: int
    sharpes: NDArray[np.float64]


@dataclass(eq=False)
class _Clusters:
    """Hold the clusters of one calendar: their leaders, (K, B) blocks, Sharpe ratio, family and size of each."""

    blocks: Blocks
    sharpes: NDArray[np.float32]
    family: NDArray[np.int64]
    sizes: NDArray[np.int64]

    def kept(self, which: NDArray[np.bool_]) -> "_Clusters":
        blocks = Blocks(self.blocks.values[which], self.blocks.length_s, self.blocks.first)
        return _Clusters(blocks, self.sharpes[which], self.family[which], self.sizes[which])


def threshold(blocks: int, together: float = TOGETHER) -> float:
    """Return the correlation over so many blocks from which two trials count as one; more than 1 where none does.

    tanh(4 / sqrt(blocks - 3)) where that is more: Fisher's z has a deviation of 1 / sqrt(blocks - 3).
    """
    if blocks < COMMON_MIN:
        return 2.0
    return max(together, math.tanh(CHANCE_DEVIATIONS / math.sqrt(blocks - 3)))


def representatives(sketches: NDArray[Any], together: float = TOGETHER) -> NDArray[np.int64]:
    """Return one trial a cluster, (N,) positions, in the order of the trials.

    Parameters
    ----------
    sketches : (K, B) sums of returns over blocks that all have in common; rows that do not vary belong to no cluster
    together : correlation from which a trial joins a cluster

    The first trial begins a cluster; each later one joins where its correlation with the first of some cluster reaches
    `together`, else it begins one: leader clustering, K times N correlations instead of K squared.
    """
    return clusters(sketches, together)[0]


def clusters(sketches: NDArray[Any], together: float = TOGETHER) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the leaders, (N,) positions, and the cluster of each trial, (K,), -1 where it belongs to none; see `representatives`."""
    values = standardised(sketches)
    cluster: NDArray[np.int64] = np.full(len(values), -1)
    moving: NDArray[np.bool_] = np.asarray(values.any(axis=1))
    leaders: list[int] = []
    held = np.zeros((0, values.shape[1]), np.float32)
    for start in range(0, len(values), _BLOCK):
        block = values[start : start + _BLOCK]
        places: NDArray[np.int64] = cluster[start : start + _BLOCK]
        if len(held):
            near: NDArray[np.float32] = np.asarray(block @ held.T)
            best = near.argmax(axis=1)
            joins = near[np.arange(len(block)), best] >= together
            places[joins] = best[joins]
        free = np.flatnonzero(moving[start : start + _BLOCK] & (places < 0))
        alike: NDArray[np.bool_] = np.asarray(block[free] @ block[free].T) >= np.float32(together)
        waiting = np.ones(len(free), bool)
        new: list[int] = []
        for one in range(len(free)):
            if waiting[one]:
                members = alike[one] & waiting
                members[one] = True
                places[free[members]] = len(leaders) + len(new)
                waiting[members] = False
                new.append(int(free[one]))
        leaders += [start + one for one in new]
        held = np.concatenate([held, block[new]])
    return np.array(leaders, np.int64), cluster


def effective_trials(sample: TrialSample, together: float = TOGETHER) -> Effective:
    """Return how many independent trials there were: the clusters of the sample, and an estimate of those it missed.

    Trials that never moved count for none. A family without any sketch counts with every trial.
    """
    seen: list[_Clusters] = []
    for part in sorted(sample.parts, key=lambda part: (part.block_s, part.block_first)):
        fresh = _grouped(part, together)
        for earlier in seen:
            fresh = _apart(fresh, earlier, together)
        seen.append(fresh)
    taken = np.zeros(len(sample.families), np.int64)
    for part in sample.parts:
        taken += np.bincount(part.family, minlength=len(taken))
    found = sum(len(one.sizes) for one in seen)
    number = float(found) + float(sample.counts[taken == 0].sum())
    for family in np.flatnonzero((taken > 0) & (taken < sample.counts)).tolist():
        sizes = np.concatenate([one.sizes[one.family == family] for one in seen])
        number += _unseen(sizes, int(taken[family]), int(sample.counts[family]))
    sharpes = np.concatenate([np.zeros(0), *(one.sharpes for one in seen)])
    return Effective(number, found, sharpes)


def _grouped(part: SketchedTrials, together: float) -> _Clusters:
    leaders, cluster = clusters(part.sketches, threshold(part.sketches.shape[1], together))
    return _Clusters(
        Blocks(part.sketches[leaders], part.block_s, part.block_first),
        part.sharpes[leaders],
        part.family[leaders],
        np.bincount(cluster[cluster >= 0], minlength=len(leaders)),
    )


def _apart(fresh: _Clusters, earlier: _Clusters, together: float) -> _Clusters:
    """Return the clusters that are none of the earlier ones; the others are counted as members there."""
    if len(fresh.sizes) == 0 or len(earlier.sizes) == 0:
        return fresh
    a, b = shared_blocks(fresh.blocks, earlier.blocks)
    if a.shape[1] < COMMON_MIN:
        return fresh
    near = standardised(a) @ standardised(b).T
    best = near.argmax(axis=1)
    joins = near[np.arange(len(a)), best] >= threshold(a.shape[1], together)
    np.add.at(earlier.sizes, best[joins], fresh.sizes[joins])
    return fresh.kept(~joins)


def _unseen(sizes: NDArray[np.int64], taken: int, count: int) -> float:
    """Return the clusters of a family that a sample of `taken` of `count` trials missed, at least.

    f1^2 / (n / (n - 1) 2 f2 + q / (1 - q) f1), with f1 and f2 the clusters seen once and twice and q = n/N. Source: Chao, Lin,
    "Nonparametric lower bounds for species richness and shared species richness under sampling without replacement" (2012).
    """
    once, twice = int((sizes == 1).sum()), int((sizes == 2).sum())
    if once == 0:
        return 0.0
    share = taken / count
    pairs = 2.0 * twice * taken / (taken - 1) if taken > 1 else 0.0
    return min(once * once / (pairs + share / (1.0 - share) * once), float(count - taken))
