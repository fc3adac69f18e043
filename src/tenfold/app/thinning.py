"""Thin long series for a picture without losing an extreme."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

POINTS_MAX: Final = 4000


def thinned(values: NDArray[np.float64], most: int = POINTS_MAX) -> NDArray[np.int64]:
    """Return positions of at most `most` values: first, lowest, highest and last of each bucket, in order.

    All positions where the series is short enough. The overall extremes, and the first and last value, are always
    kept. NaN is never an extreme.
    """
    count = len(values)
    if count <= most:
        return np.arange(count)
    width = -(-count // max(most // 4, 1))
    whole = count // width * width
    blocks = values[:whole].reshape(-1, width)
    starts = np.arange(0, whole, width)
    lowest = starts + np.argmin(np.where(np.isnan(blocks), np.inf, blocks), axis=1)
    highest = starts + np.argmax(np.where(np.isnan(blocks), -np.inf, blocks), axis=1)
    chosen = [starts, lowest, highest, starts + width - 1]
    if whole < count:
        rest = values[whole:]
        low, high = np.where(np.isnan(rest), np.inf, rest), np.where(np.isnan(rest), -np.inf, rest)
        chosen.append(np.array([whole, whole + np.argmin(low), whole + np.argmax(high), count - 1]))
    return np.unique(np.concatenate(chosen))


def bucket_edges(count: int, most: int) -> NDArray[np.int64]:
    """Return the starts of at most `most` equal buckets of `count` positions."""
    width = max(-(-count // max(most, 1)), 1)
    return np.arange(0, count, width)


def strength(signs: NDArray[np.int8], starts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the mean sign of each bucket along the first axis, no weaker than 0.25 where any is not 0.

    So a vote of a single bar stays visible. A bucket whose signs cancel shows that of its last sign that is not 0.
    """
    lengths = np.diff(np.append(starts, len(signs))).reshape(-1, *([1] * (signs.ndim - 1)))
    mean = np.add.reduceat(signs.astype(np.float64), starts, axis=0) / lengths
    if lengths.max() == 1:
        return mean
    order = np.arange(1, len(signs) + 1).reshape(-1, *([1] * (signs.ndim - 1))) * (signs != 0)
    latest = np.maximum.reduceat(order, starts, axis=0)
    last = np.take_along_axis(signs, np.maximum(latest - 1, 0), axis=0) * (latest > 0)
    sign = np.where(mean != 0.0, np.sign(mean), last)
    return sign * np.where(sign != 0.0, np.maximum(np.abs(mean), 0.25), 0.0)
