"""Sum returns by cell of the time axis: what fitness in every window and regime is made of."""

from typing import Any


def cell_sums(returns: Any, cells: Any, sums: Any, squares: Any) -> None:
    """Add each return and its square to the cell of its bar.

    `returns` (K, T) float64, `cells` (T,) int64 in [0, C), or -1 for bars that count nowhere; `sums` and `squares` (K, C)
    float64 are added to, bar by bar.
    """
    for one in range(returns.shape[0]):
        for moment in range(returns.shape[1]):
            cell = cells[moment]
            if cell >= 0:
                value = returns[one, moment]
                sums[one, cell] += value
                squares[one, cell] += value * value
