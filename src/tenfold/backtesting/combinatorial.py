"""Cross-validate on a time axis without a train that knows of its test: purged folds, and every combination of them.

How it works. The bars are cut into groups one behind the other. A decision at bar t has a label that is known at a later bar,
its end. A train may hold no bar whose label overlaps the label of a tested bar (purge), nor the bars right behind those
labels, whose windows still look into the test (embargo). Where k of N groups are tested at once, each group is tested in
C(N - 1, k - 1) = k/N C(N, k) splits, so that as many whole paths out of sample can be put together from the pieces.
Source: M. López de Prado, "Advances in Financial Machine Learning" (2018), chapters 7 and 12.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from math import comb
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.errors import SettingsError
from tenfold.metrics.overfitting import sharpe_of_sums

Bars = NDArray[np.int64]

_SPLITS_MAX: Final = 5_000


@dataclass(frozen=True, eq=False)
class Split:
    """Hold one split: the groups that are tested, and the bars (n,) of the train and of the test, ascending."""

    groups: tuple[int, ...]
    train: Bars
    test: Bars


@dataclass(frozen=True, eq=False)
class Plan:
    """Hold the splits of a cross-validation and how their tests make paths.

    Attributes
    ----------
    splits : in the order of the combinations of their groups
    edges : (N + 1,) first bar of each group, and the end
    paths : (P, N) split whose test gives a group to a path; path p takes the p-th split that tests the group
    """

    splits: tuple[Split, ...]
    edges: Bars
    paths: NDArray[np.int64]


def purged_folds(length: int, folds: int = 5, *, label_ends: Any = None, embargo: int = 0) -> Plan:
    """Return k folds, each tested once with all others as its purged train; they make one path. See `combinatorial`."""
    return combinatorial(length, folds, 1, label_ends=label_ends, embargo=embargo)


def combinatorial(length: int, groups: int = 10, tested: int = 2, *, label_ends: Any = None, embargo: int = 0) -> Plan:
    """Return all C(N, k) splits in which k of N groups are tested, purged and with an embargo, and their paths.

    Parameters
    ----------
    length : bars
    groups, tested : N and k
    label_ends : (T,) bar at which the outcome of a decision at each bar is known, that bar or a later one; None where it is
        the bar itself. A label may end behind the last bar
    embargo : bars behind the labels of a test that no train holds: the longest window that decisions look back on

    Raises SettingsError where numbers do not fit together or a train would be empty.
    """
    if not 1 <= tested < groups <= length or embargo < 0:
        raise SettingsError(
            f"{tested} of {groups} groups of {length} bars with an embargo of {embargo}, expected fewer tested than groups, a bar "
            "a group and no negative embargo"
        )
    if comb(groups, tested) > _SPLITS_MAX:
        raise SettingsError(
            f"{tested} of {groups} groups make {comb(groups, tested):,} splits, expected at most {_SPLITS_MAX:,}"
        )
    ends = _ends(length, label_ends)
    edges = np.arange(groups + 1, dtype=np.int64) * length // groups
    shut = np.stack([_shut(ends, int(start), int(stop), embargo) for start, stop in pairwise(edges)])
    splits = []
    for chosen in combinations(range(groups), tested):
        test = np.concatenate([np.arange(edges[one], edges[one + 1]) for one in chosen])
        train = np.flatnonzero(~shut[list(chosen)].any(axis=0))
        if len(train) == 0:
            raise SettingsError(f"purge and embargo leave no train where groups {chosen} of {groups} are tested")
        splits.append(Split(chosen, train, test))
    return Plan(tuple(splits), edges, _paths([split.groups for split in splits], groups))


def _ends(length: int, label_ends: Any) -> Bars:
    """Return where the label of each bar ends, (T,)."""
    own = np.arange(length, dtype=np.int64)
    if label_ends is None:
        return own
    ends = np.asarray(label_ends)
    if ends.shape != (length,) or ends.dtype.kind not in "iu" or (ends < own).any():
        raise SettingsError("label_ends must be one bar number for each bar, that bar or a later one")
    return ends.astype(np.int64)


def _shut(ends: Bars, start: int, stop: int, embargo: int) -> NDArray[np.bool_]:
    """Return the bars (T,) that no train may hold while the group [start, stop) is tested."""
    bars = np.arange(len(ends))
    last = int(ends[start:stop].max())
    return np.asarray((ends >= start) & (bars <= last + embargo))


def _paths(chosen: Sequence[tuple[int, ...]], groups: int) -> NDArray[np.int64]:
    """Return the split that gives each group to each path, (P, N)."""
    return np.stack(
        [np.array([place for place, tested in enumerate(chosen) if group in tested]) for group in range(groups)], axis=1
    )


def assemble(plan: Plan, outcome: Callable[[Split], Any]) -> NDArray[np.float64]:
    """Return the paths of what `outcome` gives for the test of each split, (P, T).

    `outcome(split)` is asked once a split, chooses on `split.train` alone, and answers with one value for each bar of
    `split.test`, such as the net return of what it chose.
    """
    found = np.full((len(plan.paths), int(plan.edges[-1])), np.nan)
    for place, split in enumerate(plan.splits):
        values = np.asarray(outcome(split), np.float64)
        if values.shape != split.test.shape:
            raise ValueError(
                f"the outcome has the shape {values.shape}, expected {split.test.shape}: one for each tested bar"
            )
        whole = np.full(found.shape[1], np.nan)
        whole[split.test] = values
        for path, group in zip(*np.nonzero(plan.paths == place), strict=True):
            part = slice(plan.edges[group], plan.edges[group + 1])
            found[path, part] = whole[part]
    return found


def best_paths(returns: Any, plan: Plan) -> NDArray[np.float64]:
    """Return the paths of always holding what had the highest Sharpe ratio in the train, (P, T).

    `returns` (T, N) are net returns per period of strategies that could be chosen; of equally good ones the first is. A
    strategy that does not vary in a train has a ratio of 0 there.
    """
    values = np.asarray(returns, np.float64)
    inside = np.zeros((len(plan.splits), len(values)))
    for place, split in enumerate(plan.splits):
        inside[place, split.train] = 1.0
    bars = np.maximum(inside.sum(axis=1, keepdims=True), 2.0)
    chosen = sharpe_of_sums(inside @ values, inside @ (values * values), bars).argmax(axis=1)
    best = {split.groups: int(column) for split, column in zip(plan.splits, chosen, strict=True)}
    return assemble(plan, lambda split: values[split.test, best[split.groups]])
