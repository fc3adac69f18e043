"""The parts of the fitness by hand, and the defects that it must not have."""

import numpy as np
import pytest

from tenfold.research.fitness import CORRELATION_UNKNOWN, correlation_penalty, fitness_of, parts_of

COUNTS = np.array([500, 500])


def fits(means, counts=COUNTS, deviation=0.01):
    """Return the parts of a strategy with these mean returns by regime and one deviation."""
    counts = np.asarray(counts)
    sums = np.asarray(means) * counts
    total = sums.sum() / counts.sum()
    squares = np.full(len(counts), 0.0)
    squares[0] = deviation**2 * (counts.sum() - 1) + counts.sum() * total**2
    return parts_of(sums[None], squares[None], counts, 252.0)


def test_equal_regimes_are_worth_one():
    assert fits([0.001, 0.001]).consistency == pytest.approx([1.0])


def test_a_worst_regime_that_breaks_even_is_worth_a_half():
    shrink = 500 / 626
    mean = 0.001
    worst = mean * (1.0 - 1.0 / shrink)  # its shrunk Sharpe ratio is 0
    assert fits([worst, 2 * mean - worst]).consistency == pytest.approx([0.5])


def test_a_worst_regime_that_loses_what_the_average_gains_is_worth_nothing():
    shrink = 500 / 626
    mean = 0.001
    worst = mean * (1.0 - 2.0 / shrink)
    assert fits([worst, 2 * mean - worst]).consistency == pytest.approx([0.0], abs=1e-12)


def test_a_small_regime_is_shrunk_towards_the_whole():
    few, many = fits([-0.01, 0.001], [10, 990]), fits([-0.01, 0.013], [500, 500])
    assert few.consistency[0] > many.consistency[0]


def test_losses_are_not_floored():
    assert fits([-0.002, -0.002]).sharpe[0] < -1.0
    assert fits([-0.002, -0.002]).consistency == pytest.approx([0.0])


def test_regimes_without_bars_are_left_out():
    found = parts_of(np.array([[0.5, 0.0]]), np.array([[0.1, 0.0]]), np.array([500, 0]), 252.0)
    assert np.isnan(found.regime_sharpe[0, 1])
    assert found.consistency == pytest.approx([1.0])


def test_what_does_not_vary_is_worth_nothing():
    found = parts_of(np.zeros((1, 2)), np.zeros((1, 2)), COUNTS, 252.0)
    assert (found.sharpe[0], found.consistency[0]) == (0.0, 0.0)
    empty = parts_of(np.zeros((1, 2)), np.zeros((1, 2)), np.zeros(2, int), 252.0)
    assert empty.sharpe[0] == 0.0


def test_too_few_common_bars_count_as_half():
    returns = np.random.default_rng(1).standard_normal((1, 400))
    short = np.full((1, 400), np.nan)
    short[0, :251] = returns[0, :251]
    assert correlation_penalty(returns, short) == pytest.approx([CORRELATION_UNKNOWN])
    assert correlation_penalty(returns, np.zeros((0, 400))) == pytest.approx([0.0])


def test_the_largest_correlation_counts():
    rng = np.random.default_rng(2)
    one, other = rng.standard_normal((2, 500))
    mixed = (0.9 * one + 0.1 * other)[None]
    both = correlation_penalty(mixed, np.stack([other, one]))
    assert both == pytest.approx(correlation_penalty(mixed, one[None]))
    assert both[0] == pytest.approx(np.corrcoef(mixed[0], one)[0, 1])


def test_a_loser_keeps_its_sharpe_ratio():
    assert fitness_of(np.array([-1.0]), np.array([0.1]), 0.9) == pytest.approx([-1.0])
    assert fitness_of(np.array([2.0]), np.array([0.5]), 0.5) == pytest.approx([0.5])


def test_a_market_of_two_states_is_not_spliced():
    """A strategy in the market all the time has the market's Sharpe ratio, not that of its good days cut out and joined."""
    rng = np.random.default_rng(3)
    labels = (np.arange(4000) // 100) % 2
    returns = np.where(labels == 1, 0.0012, -0.0006) + 0.01 * rng.standard_normal(4000)
    sums, squares = (np.bincount(labels, x, 2)[None] for x in (returns, returns**2))
    found = parts_of(sums, squares, np.bincount(labels), 252.0)
    assert found.sharpe[0] == pytest.approx(returns.mean() / returns.std(ddof=1) * np.sqrt(252))
    assert found.regime_sharpe[0, 1] > 2.0 * found.sharpe[0]
    assert found.consistency[0] < 0.5
