"""Sketch a series of returns in at most 64 numbers that any two series of overlapping time can be compared by.

How it works. The blocks are stretches of the calendar, counted from 1970, of a length of 675 seconds times a power of two. So
blocks of equal length fall together whatever the series, and longer ones hold a whole number of shorter ones: two sketches
are compared over the blocks that both have, after the finer is summed to the coarser. The first and the last block
of a series are only partly covered by it, so between different calendars they do not count.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.bars import Bars
from tenfold.domain.trials import Sketches
from tenfold.domain.units import NS_PER_SECOND
from tenfold.metrics.marks import carried_closes

SKETCH_MAX: Final = 64
COMMON_MIN: Final = 8
"""Blocks in common below which two sketches say nothing about each other."""

SAME_MARKET: Final = 0.98
"""Correlation of two symbols' returns from which they are taken for the same market under two names."""

_DAY_S: Final = 86_400


@dataclass(frozen=True, eq=False)
class Blocks:
    """Hold sums over blocks of the calendar, `values` (K, B); the first is number `first` of those of `length_s` seconds."""

    values: NDArray[Any]
    length_s: int
    first: int

    @property
    def stop(self) -> int:
        """Number of the block behind the last."""
        return self.first + len(self.values.T)

    def inner(self) -> "Blocks":
        """Return the blocks that are covered as a whole: all but the first and the last."""
        return Blocks(self.values[:, 1:-1], self.length_s, self.first + 1)

    def coarser(self, length_s: int) -> "Blocks":
        """Return sums over longer blocks, a power of two times these; those that are not whole are left out."""
        factor = length_s // self.length_s
        start, stop = -(-self.first // factor), self.stop // factor
        inside = self.values[
            :, start * factor - self.first : max(stop - start, 0) * factor + start * factor - self.first
        ]
        return Blocks(inside.reshape(len(self.values), max(stop - start, 0), factor).sum(axis=2), length_s, start)


def calendar_blocks(ts_ns: NDArray[np.int64]) -> tuple[NDArray[np.int64], int]:
    """Return the block of each moment, (T,) from 0, and the length of a block in seconds.

    Blocks are 2^j times a day (or a day over 2^-j) long and counted from 1970, so that blocks of different series fall
    together or nest. j is the smallest that needs at most 64 blocks.
    """
    first, last = int(ts_ns[0]) // NS_PER_SECOND, int(ts_ns[-1]) // NS_PER_SECOND
    length = _DAY_S >> 7  # 675 seconds: a day holds 2^7 of them
    while last // length - first // length >= SKETCH_MAX:
        length *= 2
    blocks = ts_ns // NS_PER_SECOND // length
    return blocks - blocks[0], length


def block_sums(returns: NDArray[np.float64], blocks: NDArray[np.int64]) -> Sketches:
    """Return the sketch of series of returns, (K, B), from (K, T) and the block of each moment; NaN counts as 0."""
    starts = np.flatnonzero(np.diff(blocks, prepend=-1))
    sums = np.zeros((len(returns), int(blocks[-1]) + 1), np.float32)
    sums[:, blocks[starts]] = np.add.reduceat(np.nan_to_num(returns), starts, axis=1)
    return sums


def market_sketch(bars: Bars, blocks: NDArray[np.int64]) -> Sketches:
    """Return the logarithmic return of each symbol by block, (S, B); 0 before its first close.

    From close to close between the ends of blocks, so that a bar more or less inside a block changes nothing.
    """
    ends = np.flatnonzero(np.diff(blocks, append=blocks[-1] + 1))
    at = np.log(carried_closes(bars)[np.concatenate(([0], ends))])
    sums = np.zeros((at.shape[1], int(blocks[-1]) + 1), np.float32)
    sums[:, blocks[ends]] = np.nan_to_num(np.diff(at, axis=0)).T
    return sums


def shared_blocks(one: Blocks, other: Blocks) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the values of two sketches over the whole blocks that both have, (K, C) and (L, C)."""
    length = max(one.length_s, other.length_s)
    a, b = one.inner().coarser(length), other.inner().coarser(length)
    first, stop = max(a.first, b.first), min(a.stop, b.stop)
    width = max(stop - first, 0)
    return tuple(x.values[:, max(first - x.first, 0) :][:, :width] for x in (a, b))  # type: ignore[return-value]


def standardised(values: NDArray[Any]) -> NDArray[np.float32]:
    """Return rows of mean 0 and length 1, whose products are correlations; rows that do not vary become 0."""
    found: NDArray[np.float32] = np.asarray(values, np.float32)
    found = found - found.mean(axis=1, keepdims=True)
    scale = np.sqrt((found * found).sum(axis=1, keepdims=True))
    out: NDArray[np.float32] = np.zeros_like(found)
    np.divide(found, scale, out=out, where=scale > 1e-12)
    return out


def same_markets(one: Blocks, other: Blocks) -> NDArray[np.bool_]:
    """Say which rows of `other`, (L,), are the market of some row of `one` by their returns, whatever they are called.

    Those that correlate at 0.98 or more with it over at least 8 common blocks. Blocks up to twice as long again and again
    are tried while 16 are left, because a day that is missing moves a return from one block to the next.
    """
    a, b = shared_blocks(one, other)
    same = np.zeros(len(b), bool)
    while a.shape[1] >= COMMON_MIN:
        near = standardised(b) @ standardised(a).T
        same |= near.max(axis=1, initial=-1.0) >= SAME_MARKET
        if a.shape[1] < 2 * COMMON_MIN:
            break
        even = a.shape[1] // 2 * 2
        a, b = (x[:, :even].reshape(len(x), -1, 2).sum(axis=2) for x in (a, b))
    return same
