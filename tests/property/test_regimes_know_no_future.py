"""Regimes know nothing of what comes: replacing all data after t - 1 changes no label up to t."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold.backtesting.counterfactual import noise
from tenfold.market.synthetic import regime_market
from tenfold.research.regimes import (
    REGIMES,
    Regimes,
    hidden_markov,
    index_returns,
    jump_model,
    regimes_of,
    trend_volatility,
)

SMALL = {
    "trend_volatility": partial(trend_volatility, trend_bars=20, volatility_bars=10, first_bars=30),
    "hidden_markov": partial(hidden_markov, first_bars=60, refit_bars=30),
    "hidden_markov 3": partial(hidden_markov, states=3, first_bars=80, refit_bars=50, seed=5),
    "jump_model": partial(jump_model, first_bars=60, refit_bars=30, penalty=2.0),
    "jump_model 3": partial(jump_model, states=3, first_bars=80, refit_bars=50, seed=5),
}
MARKET = regime_market(1300, 3, seed=21)


def leaking(returns):
    """Label with quantiles of the whole sample."""
    size = np.abs(returns)
    return Regimes(("calm", "wild"), np.concatenate(([0], (size > np.median(size))[:-1])).astype(np.int64))


def same_bar(returns):
    """Label with the bar itself."""
    return Regimes(("down", "up"), (returns > 0.0).astype(np.int64))


def first_difference(model, returns, known, seed, scale):
    """Return the first bar whose label changes when all returns from bar `known` on are others; the length if none does."""
    other = returns.copy()
    rng = np.random.default_rng(seed)
    other[known:] = np.clip(scale * rng.standard_normal(len(returns) - known), -0.9, 9.0)
    changed = np.flatnonzero(model(returns).labels != model(other).labels)
    return int(changed[0]) if changed.size else len(returns)


@pytest.mark.parametrize("name", SMALL)
@given(
    known=st.integers(1, 399),
    seed=st.integers(0, 999),
    scale=st.sampled_from([0.0, 1e-4, 0.02, 0.5]),
    length=st.integers(2, 400),
)
def test_other_futures_change_no_label(name, known, seed, scale, length):
    returns = np.random.default_rng(seed + 1).standard_t(4, 400) * np.repeat([0.004, 0.02, 0.004, 0.01], 100)
    returns = np.clip(returns, -0.5, 0.5)
    assert first_difference(SMALL[name], returns, known, seed, scale) > known
    np.testing.assert_array_equal(SMALL[name](returns[:length]).labels, SMALL[name](returns).labels[:length])


@pytest.mark.parametrize("name", REGIMES)
def test_other_bars_change_no_label_of_the_defaults(name):
    labels = regimes_of(name, MARKET).labels
    others = noise(MARKET.rows, 3.0, 4)
    for known in (1, 2, 80, 252, 253, 503, 504, 505, 506, 640, 755, 756, 757, 1008, 1009, 1200, 1299):
        rows = MARKET.rows.copy()
        rows[known:] = others[known:]
        for field in ("ts_ns", "open_ns", "session"):
            rows[field] = MARKET.rows[field]
        found = regimes_of(name, replace(MARKET, rows=rows)).labels
        np.testing.assert_array_equal(found[: known + 1], labels[: known + 1])
        np.testing.assert_array_equal(regimes_of(name, MARKET.slice(0, known + 1)).labels, labels[: known + 1])


@pytest.mark.parametrize("model", [leaking, same_bar])
def test_a_label_that_knows_more_would_be_found(model):
    returns = index_returns(MARKET)[:400]
    assert any(first_difference(model, returns, known, known, 0.5) <= known for known in (50, 200, 300))
