from math import sqrt

import numpy as np
import pytest
from arch.bootstrap import optimal_block_length

from tenfold.domain.errors import ParameterError
from tenfold.metrics.bootstrap import bootstrap_indices, bootstrap_statistics, optimal_block, optimal_block_of
from tenfold.metrics.drawdown import max_drawdown


def noise(count, seed=0):
    return np.random.default_rng(seed).normal(0.0005, 0.01, count)


def correlated(count, seed=0, weight=0.6):
    shocks, returns = noise(count, seed), np.zeros(count)
    for bar in range(1, count):
        returns[bar] = weight * returns[bar - 1] + shocks[bar]
    return returns


def clustered(count, seed=0):
    rng = np.random.default_rng(seed)
    level = np.repeat(rng.choice([0.5, 2.0], -(-count // 60)), 60)[:count]
    return rng.normal(0.0, 0.01, count) * level


@pytest.mark.parametrize("count", [20, 33, 100, 1260, 5041])
@pytest.mark.parametrize("series", [noise, correlated, clustered])
def test_optimal_length_is_that_of_arch(count, series):
    returns = series(count, seed=count)
    for values in (returns, returns**2, -returns * 100):
        expected = optimal_block_length(values)["stationary"].iloc[0]
        assert optimal_block_of(values) == pytest.approx(expected, rel=1e-9)
    both = optimal_block_length(np.stack([returns, returns**2], axis=1))["stationary"]
    assert optimal_block(returns) == pytest.approx(max(both.max(), 1.0), rel=1e-9)


def test_clusters_of_volatility_ask_for_long_blocks():
    returns = clustered(5040)
    assert optimal_block(returns) == optimal_block_of(returns**2) > 3 * optimal_block_of(returns)
    assert optimal_block(correlated(5040)) > optimal_block(noise(5040))


def test_a_series_that_does_not_vary_needs_no_blocks():
    assert optimal_block(np.zeros(100)) == 1.0


@pytest.mark.parametrize("block", [1.0, 2.5, 10.0, 300.0])
def test_statistics_are_those_of_the_paths(block):
    returns = noise(200)
    indices = bootstrap_indices(200, 50, block, 3, first=11, bars=250)
    found = bootstrap_statistics(returns, 50, block, 3, first=11, bars=250)
    drawn = returns[indices]
    np.testing.assert_allclose(found.total_return, np.prod(1.0 + drawn, axis=1) - 1.0, atol=1e-12)
    np.testing.assert_allclose(found.sharpe, drawn.mean(axis=1) / drawn.std(axis=1, ddof=1), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found.max_drawdown, [max_drawdown(one) for one in drawn], atol=1e-13)


def test_one_path_can_be_made_again_and_threads_change_nothing():
    returns = noise(300)
    all_, again = (bootstrap_statistics(returns, 1300, 12.0, 5, workers=workers) for workers in (1, 3))
    one = bootstrap_statistics(returns, 1, 12.0, 5, first=777)
    for name in ("total_return", "max_drawdown", "sharpe"):
        np.testing.assert_array_equal(getattr(all_, name), getattr(again, name))
        assert getattr(all_, name)[777] == getattr(one, name)[0]
    whole = bootstrap_indices(300, 10, 12.0, 5)
    np.testing.assert_array_equal(whole[4:7], bootstrap_indices(300, 3, 12.0, 5, first=4))
    np.testing.assert_array_equal(whole[:, :99], bootstrap_indices(300, 10, 12.0, 5, bars=99))
    assert (whole != bootstrap_indices(300, 10, 12.0, 6)).any(axis=1).all()


@pytest.mark.parametrize("block", [1.0, 3.0, 25.0])
def test_blocks_have_their_mean_length_and_bars_are_drawn_evenly(block):
    count, paths = 400, 1500
    indices = bootstrap_indices(count, paths, block, 1)
    goes_on = np.diff(indices, axis=1) % count == 1
    share = 1.0 - 1.0 / block + 1.0 / block / count  # a new block may happen to go on
    assert goes_on.mean() == pytest.approx(share, abs=4.0 * sqrt(0.25 / goes_on.size) + 1e-4)
    drawn = np.bincount(indices.ravel(), minlength=count)
    spread = sqrt(indices.size / count * (2.0 * block - 1.0))
    assert np.abs(drawn - indices.size / count).max() < 5.0 * spread


def test_the_block_is_found_where_none_is_given():
    returns = correlated(500)
    found = bootstrap_statistics(returns, 20, seed=2)
    np.testing.assert_array_equal(found.sharpe, bootstrap_statistics(returns, 20, optimal_block(returns), 2).sharpe)


def test_the_spread_of_the_mean_knows_of_correlation():
    returns = correlated(1000, weight=0.5)
    alone, together = (returns[bootstrap_indices(1000, 2000, block, 0)].mean(axis=1).std() for block in (1.0, 20.0))
    assert alone == pytest.approx(returns.std() / sqrt(1000), rel=0.05)
    assert 1.5 * alone < together < 2.0 * alone  # sqrt((1 + 0.5) / (1 - 0.5)) is 1.73


def test_what_loses_all_stays_lost():
    returns = noise(100)
    returns[::10] = [-1.0, -1.7] * 5
    found = bootstrap_statistics(returns, 30, 5.0)
    assert (found.total_return == -1.0).all()
    assert (found.max_drawdown == -1.0).all()
    assert np.isfinite(found.sharpe).all()
    still = bootstrap_statistics(np.full(50, 0.001), 5, 5.0)
    assert (still.sharpe == 0.0).all()
    assert (still.max_drawdown == 0.0).all()


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"returns": np.zeros(19)}, "one series of at least 20"),
        ({"returns": np.zeros((50, 2))}, "expected one series"),
        ({"returns": np.full(50, np.nan)}, "no finite number"),
        ({"paths": 0}, "0 paths from number 0 of 50 of 50 bars, expected at least one of each"),
        ({"first": -1}, "expected at least one of each"),
        ({"bars": 0}, "expected at least one of each"),
        ({"block": 0.5}, "block is 0.5 bars, expected at least 1"),
        ({"block": np.nan}, "expected at least 1"),
        ({"seed": -1}, "seed is -1, expected a whole number"),
    ],
)
def test_what_cannot_be_drawn_is_refused(arguments, text):
    with pytest.raises(ParameterError, match=text):
        bootstrap_statistics(**({"returns": noise(50), "paths": 5, "block": 5.0} | arguments))
