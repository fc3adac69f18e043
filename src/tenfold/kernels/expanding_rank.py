"""Rank each value of a series among those before it, exactly and in O(T log T).

How it works. The places of the values in the order of all values are given; a Fenwick tree counts how many of the values so
far stand at or below a place (P. Fenwick, 1994). Places order values and say nothing else, so that values to come, which move
all places together, change no rank.
"""

from typing import Any


def expanding_ranks(places: Any, tree: Any, ranks: Any) -> None:
    """Write twice the middle rank of each value among the values so far, itself included.

    `places` (T,) int64 from 0, equal for equal values; `tree` (places + 1,) int64 zeros, scratch; `ranks` (T,) int64: values
    below count twice, equal ones once, so that bar t has a rank in [1, 2 t + 1] and t + 1 where all are equal.
    """
    for moment in range(len(places)):
        place = places[moment] + 1
        at = place
        while at < len(tree):
            tree[at] += 1
            at += at & -at
        ranks[moment] = counted(tree, place - 1) + counted(tree, place)


def counted(tree: Any, place: Any) -> Any:
    """Return how many values a Fenwick tree holds at places 1 to `place`."""
    total = 0
    while place > 0:
        total += tree[place]
        place -= place & -place
    return total
