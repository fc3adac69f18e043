from itertools import combinations
from math import comb, log

import numpy as np
import pytest
from scipy.stats import rankdata

from tenfold.domain.errors import ParameterError
from tenfold.metrics.overfitting import overfitting_band, overfitting_probability


def noise(bars, strategies, seed=0, mean=0.0):
    return np.random.default_rng(seed).normal(mean, 0.01, (bars, strategies))


def by_the_book(returns, blocks):
    """CSCV as the paper describes it, split by split."""
    parts = np.array_split(np.arange(len(returns)), blocks)
    found = []
    for inside in combinations(range(blocks), blocks // 2):
        bars = np.concatenate([parts[one] for one in inside])
        rest = np.setdiff1d(np.arange(len(returns)), bars)
        first, second = (returns[rows].mean(0) / returns[rows].std(0, ddof=1) for rows in (bars, rest))
        rank = rankdata(second)[first.argmax()] / (returns.shape[1] + 1)
        found.append(log(rank / (1 - rank)))
    return np.array(found)


@pytest.mark.parametrize("blocks", [2, 4, 8, 10])
def test_cscv_is_that_of_the_paper(blocks):
    returns = noise(12 * blocks, 7, seed=blocks)
    found = overfitting_probability(returns, blocks)
    expected = by_the_book(returns, blocks)
    assert len(found.logits) == comb(blocks, blocks // 2)
    np.testing.assert_allclose(np.sort(found.logits), np.sort(expected), atol=1e-12)
    assert found.pbo == pytest.approx(np.mean(expected <= 1e-12), abs=1e-15)


@pytest.mark.parametrize(("bars", "strategies", "blocks"), [(1600, 100, 16), (2527, 40, 16), (1000, 1000, 10)])
def test_demeaned_columns_are_always_overfitted(bars, strategies, blocks):
    returns = noise(bars, strategies, seed=1)
    returns -= returns.mean(axis=0)
    found = overfitting_probability(returns, blocks)
    assert found.pbo == 1.0
    assert found.loss_probability == 1.0
    assert found.degradation < 0.0


def test_one_skilled_strategy_is_found_again():
    returns = noise(2520, 50, seed=2)
    returns[:, 17] += 0.003
    found = overfitting_probability(returns)
    assert found.pbo == 0.0
    assert (found.chosen == 17).all()
    assert found.loss_probability == 0.0
    np.testing.assert_allclose(found.logits, log(50), rtol=1e-15)


def test_what_is_reported_of_a_split():
    returns = noise(400, 5, seed=3)
    found = overfitting_probability(returns, 2)
    first, second = returns[:200], returns[200:]
    for number, (inside, outside) in enumerate([(first, second), (second, first)]):
        sharpe = inside.mean(0) / inside.std(0, ddof=1)
        assert found.chosen[number] == sharpe.argmax()
        assert found.in_sample[number] == pytest.approx(sharpe.max(), rel=1e-12)
        chosen = outside[:, sharpe.argmax()]
        assert found.out_of_sample[number] == pytest.approx(chosen.mean() / chosen.std(ddof=1), rel=1e-10)


def test_the_order_of_columns_and_their_scale_change_nothing():
    returns = noise(800, 30, seed=4)
    returns[:, 5] = 0.0
    returns[:, 6] = returns[:, 7]
    returns[:, 8] = returns[:, 7]
    order = np.random.default_rng(0).permutation(30)
    found = overfitting_probability(returns, 8)
    other = overfitting_probability(returns[:, order] * np.exp2(np.arange(30) % 5), 8)
    np.testing.assert_array_equal(found.logits, other.logits)
    np.testing.assert_array_equal(found.out_of_sample, other.out_of_sample)


def test_copies_share_the_mean_of_their_ranks():
    returns = noise(160, 1, seed=5).repeat(9, axis=1)
    found = overfitting_probability(returns, 4)
    assert (found.logits == 0.0).all()  # rank 5 of 9 is w = 1/2
    assert found.pbo == 1.0


def test_of_equals_in_sample_the_worst_out_of_sample_is_taken():
    first = np.tile([0.01, -0.005], 20)
    better, worse = np.tile([0.02, -0.005], 20), np.tile([0.005, -0.01], 20)
    returns = np.stack([np.concatenate([first, second]) for second in (better, worse, first)], axis=1)
    for columns in ([0, 1, 2], [1, 0, 2], [2, 1, 0]):
        found = overfitting_probability(returns[:, columns], 2)
        assert found.logits[0] == pytest.approx(log(1 / 3), rel=1e-15)
        assert columns[found.chosen[0]] == 1


@pytest.mark.parametrize("value", [0.0, 0.001, -0.37])
def test_what_never_varies_has_a_sharpe_ratio_of_zero(value):
    returns = noise(320, 3, seed=6)
    returns[:, 1] = value
    alone = np.full((320, 2), value)
    assert np.isfinite(overfitting_probability(returns, 4).logits).all()
    found = overfitting_probability(alone, 4)
    assert (found.in_sample == 0.0).all()
    assert np.isnan(found.degradation)


@pytest.mark.parametrize(
    ("returns", "blocks", "text"),
    [
        (np.zeros(100), 4, "expected .bars, strategies."),
        (np.zeros((100, 1)), 4, "at least 2 strategies"),
        (np.zeros((100, 3)), 5, "expected an even number from 2 to 20"),
        (np.zeros((100, 3)), 0, "expected an even number"),
        (np.zeros((100, 3)), 22, "expected an even number"),
        (np.zeros((31, 3)), 16, "31 bars are too few for 16 blocks, expected at least 32"),
        (np.full((100, 3), np.nan), 4, "no finite number"),
    ],
)
def test_what_cannot_be_cut_is_refused(returns, blocks, text):
    for function in (overfitting_probability, overfitting_band):
        with pytest.raises(ParameterError, match=text):
            function(returns, blocks)


def test_the_band_is_seeded_and_holds_skill_and_noise_apart():
    returns = noise(1600, 40, seed=7)
    assert overfitting_band(returns, resamples=30, seed=3) == overfitting_band(returns, resamples=30, seed=3)
    assert overfitting_band(returns, resamples=30, seed=3) != overfitting_band(returns, resamples=30, seed=4)
    low, high = overfitting_band(returns, 6, resamples=30)
    assert 0.0 < low < high < 1.0
    returns[:, 3] += 0.003
    assert overfitting_band(returns, 16, resamples=20) == (0.0, 0.0)
    with pytest.raises(ParameterError, match="at least 1 of each"):
        overfitting_band(returns, resamples=0)
