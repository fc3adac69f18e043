"""Parts of the fitness in windows against the formula of the reference, written with arrays."""

import numpy as np

from tenfold.kernels.fitness import parts_by_window
from tenfold.kernels.jit import compiled

PERIODS = 252.0


def by_arrays(sums, squares, bars):
    """Return Sharpe ratio and consistency of one strategy from what is written down in section 1."""
    there = bars > 0
    total = bars.sum()
    mean = sums.sum() / total
    deviation = np.sqrt((squares.sum() - total * mean**2) / (total - 1))
    pooled = np.sqrt(PERIODS) * mean / deviation
    each = np.sqrt(PERIODS) * sums[there] / bars[there] / deviation
    shrunk = pooled + bars[there] / (bars[there] + 126) * (each - pooled)
    return pooled, np.clip((1 + shrunk.min() / pooled) / 2, 0, 1) if pooled > 0 else 0.0


def test_every_window_has_the_parts_of_its_own_cells():
    rng = np.random.default_rng(3)
    regimes, segments, windows, count = 4, 5, 3, 7
    returns = rng.normal(2e-4, 0.01, (count, 900))
    cells = rng.integers(0, regimes * segments, 900)
    sums = np.array([np.bincount(cells, row, regimes * segments) for row in returns])
    squares = np.array([np.bincount(cells, row**2, regimes * segments) for row in returns])
    target = np.array([0, 1, 1, 3])  # the third regime counts to the second
    inside = np.array([[1, 1, 0, 0, 0], [1, 1, 1, 1, 0], [0, 0, 0, 1, 1]], bool)
    places = np.where(inside[:, :, None], target, -1).reshape(windows, -1)
    counts = np.array([np.bincount(row[cells][row[cells] >= 0], minlength=regimes) for row in places])
    sharpe, consistency = np.empty((count, windows)), np.empty((count, windows))
    compiled(parts_by_window)(sums, squares, places, counts, PERIODS, np.empty((3, regimes)), sharpe, consistency)
    assert (sharpe > 0).any()
    assert (sharpe < 0).any()
    for one in range(count):
        for window in range(windows):
            row = places[window][cells]
            mine = returns[one][row >= 0]
            taken = [np.bincount(row[row >= 0], values, regimes) for values in (mine, mine**2)]
            expected = by_arrays(*taken, counts[window].astype(float))
            np.testing.assert_allclose((sharpe[one, window], consistency[one, window]), expected, rtol=1e-9, atol=1e-12)


def test_a_window_without_bars_and_a_strategy_that_never_moved_have_no_parts():
    places = np.array([[-1, -1], [0, 1]])
    counts = np.array([[0, 0], [300, 0]])
    sharpe, consistency = np.empty((1, 2)), np.empty((1, 2))
    zeros = np.zeros((1, 2))
    compiled(parts_by_window)(zeros, zeros, places, counts, PERIODS, np.empty((3, 2)), sharpe, consistency)
    assert sharpe.tolist() == [[0.0, 0.0]]
    assert consistency.tolist() == [[0.0, 0.0]]
