"""Regimes: the index, the default labels, merging, names, and the defects of labels that know what came later."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold.domain.bars import bars_from_arrays
from tenfold.domain.errors import DataError, ParameterError, UnknownNameError
from tenfold.domain.units import NS_PER_DAY
from tenfold.kernels.jit import compiled
from tenfold.kernels.jump_model import cheapest_path, path_costs
from tenfold.market.synthetic import random_walk, regime_market
from tenfold.research.fitness import parts_of
from tenfold.research.jump_model import jump_features
from tenfold.research.regimes import (
    BARS_MIN,
    NAMES,
    REGIMES,
    hidden_markov,
    index_returns,
    jump_model,
    merged,
    regimes_of,
    trend_volatility,
)


def bars_of(*closes):
    closes = np.array(closes, float).T
    ts_ns = (np.arange(len(closes)) + 1) * NS_PER_DAY
    names = [f"S{place}" for place in range(closes.shape[1])]
    return bars_from_arrays(names, ts_ns, closes, closes, closes, closes, period_ns=NS_PER_DAY)


def sharpe(returns):
    return returns.mean() / returns.std() * np.sqrt(252)


# --- the index


def test_the_index_weighs_all_alike():
    np.testing.assert_allclose(index_returns(bars_of([100, 110, 99], [50, 50, 75])), [0.0, 0.05, 0.2])


def test_the_index_is_point_in_time():
    away, late = [100, np.nan, 120, 132], [np.nan, np.nan, 10, 20]
    np.testing.assert_allclose(index_returns(bars_of([100, 110, 110, 110], away, late)), [0.0, 0.1, 0.1, 1.1 / 3])
    np.testing.assert_array_equal(index_returns(bars_of([np.nan, np.nan, 5.0])), np.zeros(3))


def test_the_index_is_paid_its_dividends():
    bars = bars_of([100, 90], [100, 100])
    rows = bars.rows.copy()
    rows["dividend"][1, 0] = 10.0
    np.testing.assert_allclose(index_returns(replace(bars, rows=rows)), [0.0, 0.0])


def test_a_benchmark_takes_the_place_of_the_index():
    bars = regime_market(700, 3, seed=2)
    found = regimes_of("trend_volatility", bars, benchmark="SYN2")
    np.testing.assert_array_equal(found.labels, trend_volatility(index_returns(bars.select("SYN2"))).labels)
    assert np.any(found.labels != regimes_of("trend_volatility", bars).labels)


# --- names


def test_a_name_that_is_nearly_right_is_told():
    bars = random_walk(30, seed=1)
    with pytest.raises(
        UnknownNameError, match=r"^there is no model of regimes hidden_markof; did you mean hidden_markov\?$"
    ):
        regimes_of("hidden_markof", bars)
    with pytest.raises(UnknownNameError, match="expected one of: trend_volatility, hidden_markov, jump_model"):
        regimes_of("xyz", bars)
    with pytest.raises(UnknownNameError, match="symbol SPY is not here"):
        regimes_of("jump_model", bars, benchmark="SPY")


@pytest.mark.parametrize("name", REGIMES)
def test_labels_are_places_of_names_and_the_same_each_time(name):
    bars = regime_market(900, 2, seed=3)
    one, other = regimes_of(name, bars), regimes_of(name, bars)
    np.testing.assert_array_equal(one.labels, other.labels)
    assert one.labels.dtype == np.int64
    assert one.labels.shape == (900,)
    assert 0 <= one.labels.min() <= one.labels.max() < len(one.names)
    assert len(np.unique(one.labels)) > 1


@pytest.mark.parametrize("name", REGIMES)
@pytest.mark.parametrize("length", [2, 30, 300])
def test_short_markets_have_labels(name, length):
    assert len(regimes_of(name, random_walk(length, seed=4)).labels) == length


@pytest.mark.parametrize("name", REGIMES)
def test_a_market_that_stands_still_has_one_regime(name):
    assert len(np.unique(REGIMES[name](np.zeros(700)).labels)) == 1


@pytest.mark.parametrize("name", REGIMES)
def test_a_market_that_loses_everything_has_labels(name):
    returns = np.random.default_rng(5).normal(0, 0.01, 700)
    returns[600] = -1.0
    assert len(REGIMES[name](returns).labels) == 700


@pytest.mark.parametrize("name", REGIMES)
def test_a_return_that_is_no_number_is_refused(name):
    with pytest.raises(DataError, match="the return of the index at bar 3 is nan"):
        REGIMES[name](np.array([0.0, 0.1, 0.0, np.nan]))


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda r: trend_volatility(r, trend_bars=0), "windows of 0 and 21 bars"),
        (lambda r: hidden_markov(r, states=4), "4 states, expected 2 or 3"),
        (lambda r: jump_model(r, states=1), "1 states, expected 2 or 3"),
        (lambda r: jump_model(r, penalty=-1.0), "the penalty of a jump is -1"),
        (lambda r: jump_model(r, penalty=float("nan")), "the penalty of a jump is nan"),
        (lambda r: hidden_markov(r, first_bars=5), "the first fit takes 5 bars"),
        (lambda r: jump_model(r, refit_bars=0), "the next comes 0 later"),
    ],
)
def test_impossible_parameters_are_refused(call, told):
    with pytest.raises(ParameterError, match=told):
        call(np.zeros(600))


# --- the default labels


def by_hand(returns, trend_bars, volatility_bars, first_bars):
    """Return the default labels as their definition reads, bar by bar."""
    logs, labels, seen = np.log1p(returns), [NAMES.index("down, normal")], []
    for moment in range(len(logs) - 1):
        label = 3 * (logs[max(moment + 1 - trend_bars, 0) : moment + 1].sum() > 0) + 1
        if moment >= volatility_bars - 1:
            now = (logs[moment + 1 - volatility_bars : moment + 1] ** 2).sum()
            seen.append(now)
            if len(seen) >= first_bars:
                middle = (np.array(seen) < now).mean() + (np.array(seen) == now).mean() / 2
                label += int(np.floor(3 * middle)) - 1
        labels.append(label)
    return labels


@pytest.mark.parametrize("windows", [(63, 21, 252), (5, 9, 30), (1, 1, 1), (40, 1000, 10)])
def test_the_default_is_its_definition(windows):
    returns = index_returns(regime_market(600, 2, seed=6))
    trend_bars, volatility_bars, first_bars = windows
    found = trend_volatility(returns, trend_bars=trend_bars, volatility_bars=volatility_bars, first_bars=first_bars)
    np.testing.assert_array_equal(found.labels, by_hand(returns, *windows))


def test_terciles_are_even_on_a_market_that_does_not_change():
    labels = trend_volatility(index_returns(random_walk(20_000, seed=7))).labels
    shares = np.bincount(labels % 3, minlength=3) / len(labels)
    np.testing.assert_allclose(shares, 1 / 3, atol=0.05)


def test_bars_of_a_minute_have_regimes_too():
    bars = regime_market(3000, 2, seed=8, period_ns=60_000_000_000, stay=(0.999, 0.998))
    for name in REGIMES:
        assert len(np.unique(regimes_of(name, bars).labels)) > 1


# --- recognition, by a truth that the labels cannot see: how far the symbols of a bar lie apart


def planted(seed, stay=(0.99, 0.97)):
    bars = regime_market(3000, 40, seed=seed, stay=stay)
    closes = np.log(bars.rows["close"])
    apart = np.diff(closes, axis=0, prepend=closes[:1]).std(axis=1)
    wild = apart > np.sqrt(0.7 * 0.12 * 0.35 / 252)
    assert 0.1 < wild.mean() < 0.5
    return index_returns(bars), wild


def recognised(labels, wild, after=600):
    """Return the mean share of wild bars and of calm bars that are labelled so; a half by chance."""
    labels, wild = labels[after:], wild[after:]
    return (labels[wild].mean() + 1.0 - labels[~wild].mean()) / 2


@pytest.mark.parametrize(
    ("label", "least"),
    [
        (lambda r: trend_volatility(r).labels % 3 == 2, 0.8),
        (lambda r: hidden_markov(r).labels == 1, 0.85),
        (lambda r: hidden_markov(r, states=3).labels >= 1, 0.7),
        (lambda r: jump_model(r).labels == 1, 0.7),
        (lambda r: jump_model(r, states=3).labels >= 1, 0.6),
    ],
    ids=["trend_volatility", "hidden_markov", "hidden_markov 3", "jump_model", "jump_model 3"],
)
def test_a_planted_market_is_recognised(label, least):
    markets = [planted(seed, stay=(0.997, 0.99)) for seed in (1, 2, 3)]
    assert np.mean([recognised(label(returns), wild) for returns, wild in markets]) > least


# --- what the labels of old did wrong


def test_bars_stay_in_place_and_every_return_is_a_true_one():
    bars = regime_market(2520, 1, seed=9)
    returns, labels = index_returns(bars), regimes_of("trend_volatility", bars).labels
    counts = np.bincount(labels, minlength=6)
    sums = np.bincount(labels, returns, 6)
    parts = parts_of(sums[None], np.bincount(labels, returns**2, 6)[None], counts, 252.0)
    assert sums.sum() == pytest.approx(returns.sum())
    assert np.nansum(counts / counts.sum() * parts.regime_sharpe[0]) == pytest.approx(parts.sharpe[0])
    spliced = bars.rows["close"][labels == 3, 0]
    assert np.abs(np.diff(spliced) / spliced[:-1]).max() > 1.5 * np.abs(returns).max()  # what a cut frame would hold


def test_labels_of_the_same_bar_would_flatter():
    gaps = {"before": [], "same": []}
    for seed in range(20):
        returns = index_returns(random_walk(2520, seed=seed, drift=0.02))
        up = trend_volatility(returns).labels >= 3
        for name, mask in (("before", up[:-1]), ("same", up[1:])):  # element t belongs to bar t, and to bar t - 1
            gaps[name].append(sharpe(returns[:-1][mask]) - sharpe(returns[:-1][~mask]))
    assert abs(np.mean(gaps["before"])) < 3 * np.std(gaps["before"]) / np.sqrt(20)
    assert np.mean(gaps["same"]) > 1.5


def test_quantiles_of_the_whole_sample_would_tell_what_is_to_come():
    calm_then_wild = np.random.default_rng(10).standard_normal(2000) * np.repeat([0.005, 0.03], 1000)
    labels = trend_volatility(calm_then_wild).labels
    shares = np.bincount(labels[300:1000] % 3, minlength=3) / 700
    assert shares.min() > 0.15  # three terciles among themselves, not calm all of it
    np.testing.assert_array_equal(labels[:1001], trend_volatility(calm_then_wild[:1001]).labels)


@pytest.mark.parametrize("name", REGIMES)
def test_the_unit_of_prices_is_irrelevant(name):
    bars = regime_market(1500, 2, seed=11)
    for factor in (10.0, 0.25):
        rows = bars.rows.copy()
        for price in ("open", "high", "low", "close", "dividend"):
            rows[price] *= factor
        np.testing.assert_array_equal(regimes_of(name, replace(bars, rows=rows)).labels, regimes_of(name, bars).labels)


def test_a_path_fitted_on_the_whole_sample_would_flatter():
    gained = {"online": [], "hindsight": []}
    for seed in range(6):
        returns = index_returns(regime_market(2520, 1, seed=seed, stay=(0.997, 0.99)))
        features = jump_features(np.log1p(returns))
        features = (features - features.mean(axis=0)) / features.std(axis=0)
        centres = np.array([[-0.6, 0.5, 0.5], [0.9, -0.8, -0.8]])
        costs, path = np.empty((len(returns), 2)), np.empty(len(returns), np.int64)
        compiled(path_costs)(features, centres, 10.0, costs)
        compiled(cheapest_path)(costs, 10.0, path)
        gained["online"].append(sharpe(returns * (jump_model(returns).labels == 0)))
        gained["hindsight"].append(sharpe(returns * (path == 0)))
    assert np.mean(gained["hindsight"]) > np.mean(gained["online"]) + 0.25


# --- small regimes


@pytest.mark.parametrize(
    ("counts", "into"),
    [
        ([300] * 6, [0, 1, 2, 3, 4, 5]),
        ([10, 300, 300, 300, 300, 300], [1, 1, 2, 3, 4, 5]),
        ([300, 300, 10, 300, 300, 300], [0, 1, 1, 3, 4, 5]),
        ([300, 300, 300, 10, 300, 300], [0, 1, 2, 4, 4, 5]),  # not "down, wild", which stands beside it
        ([300, 10, 300, 300, 300, 300], [0, 0, 2, 3, 4, 5]),  # of two as near the calmer
        ([0, 0, 10, 300, 300, 300], [0, 1, 5, 3, 4, 5]),  # nothing else falls: as wild as it is
        ([0, 0, 10, 300, 300, 0], [0, 1, 4, 3, 4, 5]),
        ([60, 40, 50, 300, 300, 300], [0, 0, 0, 3, 4, 5]),
        ([20, 20, 20, 0, 300, 300], [4, 4, 4, 3, 4, 5]),
        ([1, 2, 3, 4, 5, 6], [5] * 6),
        ([300, 10], [0, 0]),
        ([10, 300, 300], [1, 1, 2]),
        ([10], [0]),
        ([0, 0], [0, 1]),
    ],
)
def test_small_regimes_go_to_their_neighbour(counts, into):
    np.testing.assert_array_equal(merged(np.array(counts)), into)


@given(st.lists(st.integers(0, 400), min_size=1, max_size=6))
def test_merging_keeps_every_bar(counts):
    counts = np.array(counts)
    target = merged(counts)
    sizes = np.bincount(target, counts, len(counts)).astype(int)
    assert sizes.sum() == counts.sum()
    np.testing.assert_array_equal(target[target], target)
    left = sizes[sizes > 0]
    assert len(left) <= 1 or left.min() >= BARS_MIN
    np.testing.assert_array_equal(target[counts == 0], np.flatnonzero(counts == 0))
    assert all(one <= other for one, other in pairwise(np.flatnonzero(target == np.arange(len(counts)))))
