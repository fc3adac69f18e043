"""Measure returns over a window that moves through them.

Every function takes simple returns per period, shape (n,), and returns shape (n,), NaN before the first window is full.
A NaN return counts as 0. `periods` is the number of periods a year.
"""

import math
from collections.abc import Iterator

import numpy as np

from tenfold.metrics.performance import Returns

_BLOCK = 4096
"""Windows measured at a time, so that a long series needs little memory."""


def rolling_sharpe(returns: Returns, window: int, periods: float) -> Returns:
    """Return the annual Sharpe ratio of each window; NaN where the deviation vanishes."""
    out = np.full(len(returns), np.nan)
    for at, block in _windows(returns, window):
        spread = block.std(axis=1, ddof=1)
        moves = (block.min(axis=1) < block.max(axis=1)) & (spread > 0.0)
        quotient = np.divide(block.mean(axis=1), spread, out=np.full(len(block), np.nan), where=moves)
        out[at] = quotient * math.sqrt(periods)
    return out


def rolling_volatility(returns: Returns, window: int, periods: float) -> Returns:
    """Return the sample deviation (n - 1) of each window, a year."""
    out = np.full(len(returns), np.nan)
    for at, block in _windows(returns, window):
        out[at] = block.std(axis=1, ddof=1) * math.sqrt(periods)
    return out


def rolling_beta(returns: Returns, benchmark: Returns, window: int) -> Returns:
    """Return the slope of each window's regression on the benchmark; NaN where the benchmark does not vary."""
    out = np.full(len(returns), np.nan)
    for (at, block), (_, base) in zip(_windows(returns, window), _windows(benchmark, window), strict=True):
        centred = base - base.mean(axis=1, keepdims=True)
        variance = np.mean(centred * centred, axis=1)
        slope = np.mean(centred * block, axis=1)
        out[at] = np.divide(slope, variance, out=np.full(len(block), np.nan), where=variance >= 1e-30)
    return out


def _windows(values: Returns, window: int) -> Iterator[tuple[slice, Returns]]:
    """Yield where results belong, and the windows (m, window) they are computed from."""
    known = np.nan_to_num(np.asarray(values, np.float64), nan=0.0)
    if window < 2 or len(known) < window:
        return
    windows = np.lib.stride_tricks.sliding_window_view(known, window)
    for start in range(0, len(windows), _BLOCK):
        block = windows[start : start + _BLOCK]
        first = window - 1 + start
        yield slice(first, first + len(block)), block
