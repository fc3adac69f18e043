"""Compare two orders of the same things: Kendall's tau-b."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray


def kendall_tau(first: Any, second: Any) -> float:
    """Return Kendall's tau-b of two series of equal length, in O(n log n).

    (concordant - discordant) / sqrt((pairs - ties in first)(pairs - ties in second)): 1 for the same order, -1 for the
    opposite, about 0 for orders that have nothing to do with each other. NaN for fewer than two values, for a NaN among
    them, and where one of the series does not vary. Source: M. Kendall (1945).
    """
    one, other = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if one.ndim != 1 or one.shape != other.shape:
        raise ValueError(f"series have the shapes {one.shape} and {other.shape}, expected two of equal length")
    if np.isnan(one).any() or np.isnan(other).any():
        return math.nan
    ranks, others = (np.unique(series, return_inverse=True)[1].astype(np.int64) for series in (one, other))
    pairs = len(one) * (len(one) - 1) // 2
    tied, tied_other = _tied_pairs(ranks), _tied_pairs(others)
    if pairs in (tied, tied_other):
        return math.nan
    order = np.lexsort((others, ranks))  # equals in the first ascend in the second: no pair of them is discordant
    both = _tied_pairs(ranks * len(one) + others)
    discordant = _inversions(others[order])
    untied = pairs - tied - tied_other + both
    tau = (untied - 2 * discordant) / math.sqrt(pairs - tied) / math.sqrt(pairs - tied_other)
    return min(max(tau, -1.0), 1.0)


def _tied_pairs(codes: NDArray[np.int64]) -> int:
    """Return the number of pairs of equal values."""
    counts = np.unique(codes, return_counts=True)[1].astype(np.int64)
    return int((counts * (counts - 1) // 2).sum())


def _inversions(codes: NDArray[np.int64]) -> int:
    """Return the number of pairs whose earlier value is larger; codes are whole numbers from 0.

    Bit by bit from the highest: among codes equal so far, each 1 before a 0 is an inversion; then zeros go before ones, in
    the order they had, and the next bit is looked at.
    """
    found = 0
    places = np.arange(len(codes))
    for shift in range(int(codes.max()).bit_length() - 1, -1, -1):
        group = codes >> shift + 1
        first = np.concatenate(([True], group[1:] != group[:-1]))
        start = np.maximum.accumulate(np.where(first, places, 0))
        bit = codes >> shift & 1
        ones = np.cumsum(bit) - bit
        ones -= ones[start]
        zero = bit == 0
        found += int(ones[zero].sum())
        zeros = np.add.reduceat(zero.astype(np.int64), np.flatnonzero(first))[np.cumsum(first) - 1]
        moved = np.empty_like(codes)
        moved[np.where(zero, places - ones, start + zeros + ones)] = codes
        codes = moved
    return found
