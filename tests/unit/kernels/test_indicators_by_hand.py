"""Indicators that TA-Lib does not have, and what happens at the edges."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold import indicators as it
from tenfold.kernels.layout import as_records

VALUES = np.random.default_rng(5).normal(100.0, 3.0, 200)
prices = st.lists(st.floats(-1e6, 1e6, allow_subnormal=False), min_size=1, max_size=60)


def state_of(record, capacity=64):
    return as_records(np.zeros(1, record.dtype(capacity)))[0]


def over(record, step, values=VALUES):
    state = state_of(record)
    return np.array([step(state, x) for x in values])


def windows(values, length):
    return np.lib.stride_tricks.sliding_window_view(values, length)


def test_sample_variance_and_deviation():
    found = over(it.Variance, lambda s, x: it.sample_variance(s, x, 10))
    assert np.isnan(found[:9]).all()
    np.testing.assert_allclose(found[9:], windows(VALUES, 10).var(axis=1, ddof=1), rtol=1e-12)
    found = over(it.Variance, lambda s, x: it.sample_deviation(s, x, 10))
    np.testing.assert_allclose(found[9:], windows(VALUES, 10).std(axis=1, ddof=1), rtol=1e-12)
    assert np.isnan(over(it.Variance, lambda s, x: it.sample_variance(s, x, 1))).all()


def test_deviation_does_not_cancel_on_a_high_level():
    values = 1e9 + np.random.default_rng(1).normal(0.0, 1e-2, 5_000)
    found = over(it.Variance, lambda s, x: it.deviation(s, x, 20), values)
    np.testing.assert_allclose(found[19:], windows(values, 20).std(axis=1), rtol=1e-4)


def test_deviation_forgets_an_outlier_that_left_the_window():
    values = np.r_[np.full(30, 1.0), 1e12, np.tile([1.0, 2.0], 40)]
    found = over(it.Variance, lambda s, x: it.deviation(s, x, 10), values)
    assert found[-1] == pytest.approx(0.5, rel=1e-12)


def test_zscore():
    found = over(it.Variance, lambda s, x: it.zscore(s, x, 10))
    part = windows(VALUES, 10)
    np.testing.assert_allclose(found[9:], (VALUES[9:] - part.mean(axis=1)) / part.std(axis=1), rtol=1e-9)
    assert over(it.Variance, lambda s, x: it.zscore(s, x, 10), np.full(20, 7.0))[-1] == 0.0


def test_ewm_variance_equals_the_weighted_sum():
    length, weight = 9, 0.2
    found = over(it.EwmVariance, lambda s, x: it.ewm_variance(s, x, length))
    assert np.isnan(found[: length - 1]).all()
    count = 50
    weights = weight * (1.0 - weight) ** np.arange(count)[::-1]
    weights[0] /= weight
    part = VALUES[:count]
    centre = (weights * part).sum()
    assert found[count - 1] == pytest.approx((weights * (part - centre) ** 2).sum(), rel=1e-12)
    root = over(it.EwmVariance, lambda s, x: it.ewm_volatility(s, x, length))
    np.testing.assert_allclose(root, np.sqrt(found))


def test_delayed():
    found = over(it.Delay, lambda s, x: it.delayed(s, x, 7))
    assert np.isnan(found[:7]).all()
    np.testing.assert_array_equal(found[7:], VALUES[:-7])
    assert over(it.Delay, lambda s, x: it.roc(s, x, 2), np.zeros(5))[-1] == 0.0


def test_vwap_begins_anew_with_each_session():
    state = state_of(it.Vwap)
    assert it.vwap(state, 10.0, 0.0, 1) == 10.0
    assert it.vwap(state, 10.0, 1.0, 1) == 10.0
    assert it.vwap(state, 20.0, 3.0, 1) == 17.5
    assert it.vwap(state, 40.0, 2.0, 2) == 40.0


@given(prices, st.integers(1, 20))
def test_highest_and_lowest_are_those_of_the_window(values, length):
    top = over(it.Highest, lambda s, x: it.highest(s, x, length), values)
    bottom = over(it.Lowest, lambda s, x: it.lowest(s, x, length), values)
    for i in range(len(values)):
        part = values[max(0, i + 1 - length) : i + 1]
        if i + 1 < length:
            assert math.isnan(top[i])
            assert math.isnan(bottom[i])
        else:
            assert (top[i], bottom[i]) == (max(part), min(part))


@given(prices, prices, st.integers(2, 20))
def test_correlation_stays_within_its_bounds(first, second, length):
    state = state_of(it.Correlation)
    found = [it.correlation(state, x, y, length) for x, y in zip(first, second, strict=False)]
    assert all(math.isnan(r) or -1.0 <= r <= 1.0 for r in found)


FLAT = {
    "rsi": (it.Rsi, lambda s: it.rsi(s, 5.0, 3), 50.0),
    "stochastic": (it.Stochastic, lambda s: it.stochastic(s, 5.0, 5.0, 5.0, 3, 2, 2)[0], 0.0),
    "williams": (it.Williams, lambda s: it.williams(s, 5.0, 5.0, 5.0, 3), 0.0),
    "cci": (it.Cci, lambda s: it.cci(s, 5.0, 5.0, 5.0, 3), 0.0),
    "efficiency": (it.Efficiency, lambda s: it.efficiency(s, 5.0, 3), 0.0),
    "kama": (it.Kama, lambda s: it.kama(s, 5.0, 3), 5.0),
    "adx": (it.Adx, lambda s: it.adx(s, 5.0, 5.0, 5.0, 3)[0], 0.0),
    "atr": (it.Atr, lambda s: it.atr(s, 5.0, 5.0, 5.0, 3), 0.0),
    "mfi": (it.Mfi, lambda s: it.mfi(s, 5.0, 5.0, 5.0, 1.0, 3), 50.0),
    "money_flow": (it.MoneyFlow, lambda s: it.money_flow(s, 5.0, 5.0, 5.0, 0.0, 3), 0.0),
    "obv": (it.Obv, lambda s: it.obv(s, 5.0, 2.0), 2.0),
    "correlation": (it.Correlation, lambda s: it.correlation(s, 5.0, 5.0, 3), 0.0),
    "slope": (it.Regression, lambda s: it.slope(s, 5.0, 3), 0.0),
    "percent_rank": (it.PercentRank, lambda s: it.percent_rank(s, 5.0, 3), 0.0),
}


@pytest.mark.parametrize("name", FLAT)
def test_a_flat_market_has_a_value(name):
    record, step, expected = FLAT[name]
    state = state_of(record, 8)
    assert [step(state) for _ in range(20)][-1] == expected


def test_scores_are_bounded_and_compared():
    assert [it.sign(x) for x in (-2.0, 0.0, 3.0)] == [-1.0, 0.0, 1.0]
    assert math.isnan(it.sign(math.nan))
    assert [it.clip(x) for x in (-2.0, 0.5, 3.0)] == [-1.0, 0.5, 1.0]
    assert it.clip(5.0, 0.0, 4.0) == 4.0
    assert math.isnan(it.clip(math.nan))
    assert it.squash(0.0) == 0.0
    assert it.guarded_ratio(1.0, 0.0) == 0.0
    assert it.guarded_ratio(1.0, 4.0) == 0.25


def test_a_line_of_one_point_has_no_slope():
    assert math.isnan(it.slope(state_of(it.Regression), 5.0, 1))
