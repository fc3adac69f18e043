"""Estimate the probability that a choice was overfitted: PBO by combinatorially symmetric cross-validation.

How it works. The bars are cut into an even number of blocks; each half of the blocks is once what a choice is made on
and once what it is judged on. A Sharpe ratio needs sums and sums of squares alone, and those of any set of blocks are
one row of a table over the first blocks plus one row of a table over the last: two tables of 2^(S/2) rows replace a
product with a matrix of all splits, and equal columns keep equal bits, so that ties stay ties.
Source: D. Bailey, J. Borwein, M. López de Prado, Q. Zhu, "The Probability of Backtest Overfitting" (2017).
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.errors import ParameterError

Matrix = NDArray[np.float64]

_BATCH: Final = 65_536
"""Sharpe ratios worked out at a time: what a processor's cache holds."""

_STILL: Final = 1e-12
"""Share of the squares that the variance must exceed, else a column does not vary."""

_BLOCKS_MAX: Final = 20
"""More make 2.7 million splits of the same few years and tell no more."""


@dataclass(frozen=True)
class Overfitting:
    """Hold what the splits of CSCV say; every array is one value a split.

    Attributes
    ----------
    pbo : share of the splits in which the best in sample ranks in the lower half out of sample, logit <= 0
    logits : (C,) ln(w / (1 - w)), w the rank of the best in sample, out of sample, over N + 1; 1 is the worst rank
    in_sample, out_of_sample : (C,) Sharpe ratio per period of the best in sample, there and out of sample
    chosen : (C,) column of the best in sample
    """

    pbo: float
    logits: Matrix
    in_sample: Matrix
    out_of_sample: Matrix
    chosen: NDArray[np.int64]

    @cached_property
    def loss_probability(self) -> float:
        """Share of the splits in which the best in sample loses out of sample."""
        return float(np.mean(self.out_of_sample < 0.0))

    @cached_property
    def degradation(self) -> float:
        """Slope of the Sharpe ratio out of sample over that in sample; NaN where the latter never varies.

        Halves of one sample are complements, so that the slope leans to -1 even without overfitting: compare it, do not
        read it as a forecast.
        """
        centred = self.in_sample - self.in_sample.mean()
        spread = float(centred @ centred)
        return float(centred @ self.out_of_sample) / spread if spread > 0.0 else float("nan")


@dataclass(frozen=True)
class _Tables:
    """Hold sums, squares and bars of every subset of the first and of the last half of the blocks; row = bits."""

    low: tuple[Matrix, Matrix, Matrix]
    high: tuple[Matrix, Matrix, Matrix]


def overfitting_probability(returns: Any, blocks: int = 16) -> Overfitting:
    """Return the probability of backtest overfitting among strategies, by all C(S, S/2) splits of S blocks.

    Parameters
    ----------
    returns : (T, N) net returns per period, one column for each strategy that could have been chosen
    blocks : S, even; where it does not divide T, blocks differ by one bar

    Ties are exact. A rank is the mean of the ranks that its equals take. Of several equally best in sample, the one that
    does worst out of sample is taken, so that neither the order of columns nor a copy of one changes the result. A column
    that does not vary in a half has a Sharpe ratio of 0 there. Raises ParameterError for fewer than two strategies, an
    odd number of blocks, fewer than two bars a block, or a return that is no finite number.
    """
    values = _checked(returns, blocks)
    edges = _edges(len(values), blocks)
    sums = np.add.reduceat(values, edges[:-1], axis=0)
    squares = np.add.reduceat(values * values, edges[:-1], axis=0)
    return _judged(_tables(sums, squares, np.diff(edges)), _splits(blocks), values.shape[1])


def _checked(returns: Any, blocks: int) -> Matrix:
    """Return the returns as a matrix that CSCV can cut into blocks."""
    values = np.asarray(returns, np.float64)
    if values.ndim != 2 or values.shape[1] < 2:
        raise ParameterError(
            f"returns have the shape {values.shape}, expected (bars, strategies) of at least 2 strategies"
        )
    if blocks % 2 or not 2 <= blocks <= _BLOCKS_MAX:
        raise ParameterError(f"blocks is {blocks}, expected an even number from 2 to {_BLOCKS_MAX}")
    if len(values) < 2 * blocks:
        raise ParameterError(f"{len(values)} bars are too few for {blocks} blocks, expected at least {2 * blocks}")
    if not np.isfinite(values).all():
        raise ParameterError("returns hold a value that is no finite number; leave such bars out of all strategies")
    return values


def _edges(length: int, blocks: int) -> NDArray[np.int64]:
    """Return the first bar of each block, and the end; blocks differ by one bar at most."""
    return np.arange(blocks + 1, dtype=np.int64) * length // blocks


def _splits(blocks: int) -> NDArray[np.int64]:
    """Return half of the splits as bits, the blocks in sample; the others are their complements."""
    rest = combinations(range(1, blocks), blocks // 2 - 1)  # the first block is always in
    return np.array([1 + sum(1 << one for one in split) for split in rest], np.int64)


def _tables(sums: Matrix, squares: Matrix, bars: NDArray[Any]) -> _Tables:
    """Return the subset sums of both halves of the blocks; `sums` and `squares` (S, N), `bars` (S,)."""
    half = len(sums) // 2
    counts = np.asarray(bars, np.float64)[:, None]
    low = tuple(_subset_sums(part[:half]) for part in (sums, squares, counts))
    high = tuple(_subset_sums(part[half:]) for part in (sums, squares, counts))
    return _Tables(low, high)  # type: ignore[arg-type]


def _subset_sums(parts: Matrix) -> Matrix:
    """Return the sum of every subset of rows, (2^S, N): bit i of the row number says whether part i is in."""
    table = np.zeros((1 << len(parts), parts.shape[1]))
    for one, part in enumerate(parts):
        table[1 << one : 2 << one] = table[: 1 << one] + part
    return table


def _judged(tables: _Tables, splits: NDArray[np.int64], columns: int) -> Overfitting:
    """Return what the splits and their complements say, in batches of bounded memory."""
    count = 2 * len(splits)
    doubled, chosen = np.empty(count, np.int64), np.empty(count, np.int64)
    inside, outside = np.empty(count), np.empty(count)
    step = max(_BATCH // columns, 1)
    for start in range(0, len(splits), step):
        part = splits[start : start + step]
        one = _sharpes(tables, part)
        other = _sharpes(tables, ~part)
        for first, second, offset in ((one, other, 0), (other, one, len(splits))):
            here = slice(offset + start, offset + start + len(part))
            doubled[here], chosen[here], inside[here], outside[here] = _rank(first, second)
    logits = np.log(doubled / (2 * (columns + 1) - doubled))
    return Overfitting(float(np.mean(doubled <= columns + 1)), logits, inside, outside, chosen)


def _sharpes(tables: _Tables, splits: NDArray[np.int64]) -> Matrix:
    """Return the Sharpe ratio per period of every column in the blocks of each split, (splits, N)."""
    half = (len(tables.low[0]) - 1).bit_length()
    low, high = splits & (1 << half) - 1, splits >> half & (1 << half) - 1
    sums, squares, bars = (
        first.take(low, axis=0) + second.take(high, axis=0)
        for first, second in zip(tables.low, tables.high, strict=True)
    )
    return sharpe_of_sums(sums, squares, bars)


def sharpe_of_sums(sums: Matrix, squares: Matrix, bars: Any) -> Matrix:
    """Return Sharpe ratios per period from sums of returns, of their squares, and bars; 0 where returns do not vary."""
    means = sums / bars
    spread = squares - sums * means  # (n - 1) times the variance
    varied = spread > squares * _STILL
    deviation = np.sqrt(spread / (bars - 1.0), out=np.ones_like(means), where=varied)
    ratios: Matrix = np.divide(means, deviation, out=np.zeros_like(means), where=varied)
    return ratios


def _rank(first: Matrix, second: Matrix) -> tuple[NDArray[np.int64], NDArray[np.int64], Matrix, Matrix]:
    """Return twice the rank in `second` of the best in `first`, its column and both Sharpe ratios, for each row."""
    rows = np.arange(len(first))
    chosen = first.argmax(axis=1)
    best = first[rows, chosen]
    equally = first == best[:, None]
    for row in np.flatnonzero(np.count_nonzero(equally, axis=1) > 1):
        tied = np.flatnonzero(equally[row])
        chosen[row] = tied[second[row, tied].argmin()]
    found = second[rows, chosen]
    below = np.count_nonzero(second < found[:, None], axis=1)
    equal = np.count_nonzero(second == found[:, None], axis=1)
    return 2 * below + equal + 1, chosen, best, found


def overfitting_band(
    returns: Any,
    blocks: int = 16,
    *,
    resamples: int = 100,
    seed: int = 0,
    block: float = 20.0,
    splits: int = 500,
) -> tuple[float, float]:
    """Return the 5 % and 95 % quantile of PBO over block-bootstrapped returns: how far one sample can be trusted.

    Parameters
    ----------
    returns, blocks : as in `overfitting_probability`
    resamples, seed : number of bootstrap samples, and what makes them the same again
    block : bars drawn together, so that what follows each other stays together
    splits : of each resample, drawn once, each with its complement; the others would say nearly the same

    Each of the S blocks is resampled from its own bars, all strategies jointly (circular blocks, Politis and Romano
    1992). Drawn from all bars, the same bar would stand in both halves, and noise would look like skill: on noise the
    band would lie far below what fresh noise shows.
    """
    values = _checked(returns, blocks)
    if resamples < 1 or splits < 1 or not block >= 1.0:
        raise ParameterError(
            f"{resamples} resamples in blocks of {block:g} and {splits} splits, expected at least 1 of each"
        )
    rng = np.random.default_rng(seed)
    chosen = _splits(blocks)
    if 2 * len(chosen) > splits:
        chosen = rng.choice(chosen, size=(splits + 1) // 2, replace=False)
    edges = _edges(len(values), blocks)
    sums, squares = _resampled(values, edges, block, resamples, rng)
    found = [
        _judged(_tables(sums[:, one], squares[:, one], np.diff(edges)), chosen, values.shape[1]).pbo
        for one in range(resamples)
    ]
    low, high = np.quantile(found, (0.05, 0.95))
    return float(low), float(high)


def _resampled(
    values: Matrix, edges: NDArray[np.int64], block: float, resamples: int, rng: np.random.Generator
) -> tuple[Matrix, Matrix]:
    """Return sums and squares (S, R, N) of resamples of each block: how often a bar is drawn times its value."""
    size = (len(edges) - 1, resamples, values.shape[1])
    sums, squares = np.empty(size), np.empty(size)
    rows = np.arange(resamples)[:, None]
    for number, (start, stop) in enumerate(pairwise(edges)):
        length = int(stop - start)
        each = min(round(block), length)
        firsts = rng.integers(length, size=(resamples, -(-length // each)))
        drawn = (firsts[:, :, None] + np.arange(each)) % length
        cells = (drawn.reshape(resamples, -1)[:, :length] + rows * length).ravel()
        weights = np.bincount(cells, minlength=resamples * length).reshape(resamples, length).astype(np.float64)
        sums[number] = weights @ values[start:stop]
        squares[number] = weights @ (values[start:stop] * values[start:stop])
    return sums, squares
