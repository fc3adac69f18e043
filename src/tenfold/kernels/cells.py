"""Sum returns over cells of the time axis: what fitness in every window and regime is made of.

How it works. Four strategies go side by side: a cell that was just written is waited for, and four sums do not wait for each
other. Each sum adds its bars in their order, however many strategies there are.
"""

from typing import Any


def cell_sums(returns: Any, cells: Any, sums: Any, squares: Any) -> None:
    """Add each return and its square to the cell of its bar.

    `returns` (K, T) float64, `cells` (T,) int64 in [0, C); `sums` and `squares` (K, C) float64 are added to, bar by bar.
    """
    count = returns.shape[0]
    lanes = count - count % 4
    for first in range(0, lanes, 4):
        for moment in range(len(cells)):
            cell = cells[moment]
            for lane in range(4):
                value = returns[first + lane, moment]
                sums[first + lane, cell] += value
                squares[first + lane, cell] += value * value
    for one in range(lanes, count):
        for moment in range(len(cells)):
            value = returns[one, moment]
            sums[one, cells[moment]] += value
            squares[one, cells[moment]] += value * value


def stretch_sums(returns: Any, starts: Any, sums: Any) -> None:
    """Sum returns (K, T) over stretches that begin at `starts` (B + 1,) int64, the last one being T, into `sums` (K, B)."""
    count = returns.shape[0]
    lanes = count - count % 4
    for first in range(0, lanes, 4):
        for block in range(len(starts) - 1):
            a, b, c, d = 0.0, 0.0, 0.0, 0.0
            for moment in range(starts[block], starts[block + 1]):
                a += returns[first, moment]
                b += returns[first + 1, moment]
                c += returns[first + 2, moment]
                d += returns[first + 3, moment]
            sums[first, block], sums[first + 1, block] = a, b
            sums[first + 2, block], sums[first + 3, block] = c, d
    for one in range(lanes, count):
        for block in range(len(starts) - 1):
            total = 0.0
            for moment in range(starts[block], starts[block + 1]):
                total += returns[one, moment]
            sums[one, block] = total
