"""The fitness is what its definition says, whatever the returns."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tenfold.research.fitness import correlation_penalty, fitness_of, parts_of

PERIODS = 252.0


@st.composite
def markets(draw):
    """Return returns (T,) and the regime of each bar."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    bars, regimes = draw(st.integers(300, 900)), draw(st.integers(1, 5))
    labels = rng.integers(0, regimes, bars)
    means = rng.normal(draw(st.floats(-0.001, 0.002)), 0.0005, regimes)
    return means[labels] + 0.01 * rng.standard_normal(bars), labels, regimes


def cells(returns, labels, regimes):
    sums = np.bincount(labels, returns, regimes)[None]
    squares = np.bincount(labels, returns**2, regimes)[None]
    return sums, squares, np.bincount(labels, minlength=regimes)


def parts(returns, labels, regimes):
    return parts_of(*cells(returns, labels, regimes), PERIODS)


@given(markets())
def test_the_whole_is_the_weighted_sum_of_the_regimes(market):
    returns, labels, regimes = market
    found = parts(*market)
    assert found.sharpe[0] == pytest.approx(returns.mean() / returns.std(ddof=1) * np.sqrt(PERIODS), rel=1e-9)
    share = np.bincount(labels, minlength=regimes) / len(labels)
    assert found.sharpe[0] == pytest.approx(np.nansum(share * found.regime_sharpe[0]), rel=1e-9, abs=1e-12)


@given(markets())
def test_consistency_lies_between_nothing_and_one(market):
    found = parts(*market)
    assert 0.0 <= found.consistency[0] <= 1.0
    assert found.consistency[0] == 0.0 or found.sharpe[0] > 0.0


@given(markets(), st.floats(0.01, 100.0))
def test_scale_does_not_matter(market, scale):
    returns, labels, regimes = market
    one, other = parts(*market), parts(returns * scale, labels, regimes)
    assert other.sharpe == pytest.approx(one.sharpe, rel=1e-9, abs=1e-9)
    assert other.consistency == pytest.approx(one.consistency, rel=1e-6, abs=1e-9)


@given(markets(), st.integers(0, 2**32 - 1))
def test_the_order_of_bars_inside_a_regime_does_not_matter(market, seed):
    returns, labels, regimes = market
    order = np.random.default_rng(seed).permutation(len(returns))
    one, other = parts(*market), parts(returns[order], labels[order], regimes)
    assert other.sharpe == pytest.approx(one.sharpe, rel=1e-9, abs=1e-12)
    assert other.consistency == pytest.approx(one.consistency, rel=1e-6, abs=1e-9)


@given(markets(), st.floats(1e-5, 1e-3))
def test_a_worse_worst_regime_is_never_more_consistent(market, loss):
    assume(market[2] > 1)
    sums, squares, counts = cells(*market)
    assume((counts > 0).all())
    worst = int(np.argmin(sums[0] / counts))
    best = int(np.argmax(sums[0] / counts))
    assume(worst != best)
    moved = sums.copy()  # the whole keeps its mean and deviation: what the worst loses, the best gains
    moved[0, worst] -= loss * counts[worst]
    moved[0, best] += loss * counts[worst]
    before, after = (parts_of(one, squares, counts, PERIODS) for one in (sums, moved))
    assert after.consistency[0] <= before.consistency[0] + 1e-12


@given(st.integers(0, 2**32 - 1), st.integers(252, 600))
def test_a_duplicate_is_worth_nothing_and_a_hedge_is_not_punished(seed, bars):
    returns = 0.001 + 0.01 * np.random.default_rng(seed).standard_normal((1, bars))
    assert correlation_penalty(returns, returns) == pytest.approx([1.0])
    assert correlation_penalty(-returns, returns) == pytest.approx([0.0])
    penalty = correlation_penalty(returns, returns)
    assert fitness_of(np.array([2.0]), np.array([1.0]), penalty) == pytest.approx([0.0], abs=1e-9)


@given(st.floats(-5.0, 5.0), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_a_loser_is_not_rewarded_for_what_it_shares(sharpe, consistency, penalty):
    found = fitness_of(np.array([sharpe]), np.array([consistency]), np.array([penalty]))[0]
    assert found <= max(sharpe, 0.0) or sharpe <= 0.0
    if sharpe <= 0.0:
        assert found == sharpe
