"""Our metrics equal those of empyrical-reloaded where the definitions agree; each difference is named here."""

import warnings

import empyrical
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tenfold.metrics import benchmark, drawdown, performance, risk

usual = st.floats(-0.2, 0.25).filter(lambda x: x == 0.0 or abs(x) > 1e-6)
returns = arrays(np.float64, st.integers(3, 60), elements=st.one_of(usual, usual, usual, st.just(np.nan)))
periods = st.sampled_from([12, 52, 252, 365, 98_280])


def theirs(function, *arguments, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with np.errstate(all="ignore"):
            return float(function(*arguments, **options))


def same(ours, other, rel=1e-9):
    if min(abs(ours), abs(other)) > 1e280:
        return  # at the edge of what a float can hold one of us may be past it
    if np.isnan(ours) or np.isnan(other):
        # we call NaN what they call infinite: a ratio over nothing
        assert np.isnan(ours)
        assert not np.isfinite(other)
    else:
        assert ours == pytest.approx(other, rel=rel, abs=1e-12)


@settings(max_examples=300, deadline=None)
@given(r=returns, a=periods)
def test_performance(r, a):
    if np.isnan(r).all() or not theirs(empyrical.annual_return, r, annualization=a) < 1e280:
        return  # at the edge of what a float can hold one of us may be past it
    same(performance.total_return(r), theirs(empyrical.cum_returns_final, r))
    with np.errstate(over="ignore"):
        same(performance.annual_return(r, a), theirs(empyrical.annual_return, r, annualization=a), rel=1e-8)
    same(performance.annual_volatility(r, a), theirs(empyrical.annual_volatility, r, annualization=a))
    same(performance.sharpe_ratio(r, a), theirs(empyrical.sharpe_ratio, r, annualization=a))
    same(performance.downside_deviation(r, a), theirs(empyrical.downside_risk, r, annualization=a))
    same(performance.sortino_ratio(r, a), theirs(empyrical.sortino_ratio, r, annualization=a))
    same(performance.omega_ratio(r), theirs(empyrical.omega_ratio, r, annualization=1))
    same(performance.tail_ratio(r), theirs(empyrical.tail_ratio, r))
    same(drawdown.max_drawdown(r), theirs(empyrical.max_drawdown, r))
    same(drawdown.calmar_ratio(r, a), theirs(empyrical.calmar_ratio, r, annualization=a), rel=1e-7)


@settings(max_examples=300, deadline=None)
@given(r=returns, data=st.data(), a=periods)
def test_benchmark_relative(r, data, a):
    b = data.draw(arrays(np.float64, len(r), elements=usual))
    both = ~np.isnan(r)
    if both.sum() < 3 or b[both].std() < 1e-4:
        return
    found = benchmark.compare(r, b, a)
    same(found.beta, theirs(empyrical.beta_aligned, r, b), rel=1e-7)
    same(found.alpha, theirs(empyrical.alpha_aligned, r, b, annualization=a), rel=1e-6)
    if (b > 0).any() and (both & (b > 0)).any():
        up = both & (b > 0)
        ours = theirs(empyrical.annual_return, r[up], annualization=1) / theirs(
            empyrical.annual_return, b[up], annualization=1
        )
        same(found.up_capture, ours, rel=1e-6)
    same(found.information_ratio, theirs(empyrical.excess_sharpe, r, b) * np.sqrt(a), rel=1e-7)


@settings(max_examples=200, deadline=None)
@given(r=arrays(np.float64, st.integers(20, 80), elements=usual))
def test_tail(r):
    # theirs interpolates between two observations, ours takes one of them: the larger return
    ours, low, high = risk.value_at_risk(r, 0.05), *np.sort(r)[[int((len(r) - 1) * 0.05), int(len(r) * 0.05)]]
    assert -max(low, high) - 1e-15 <= ours <= -min(low, high) + 1e-15
    # theirs averages whole points, ours exactly the mass: the same where n * tail is whole and theirs counts as many
    points = int((len(r) - 1) * 0.05) + 1
    assert risk.expected_shortfall(r, points / len(r)) == pytest.approx(
        -theirs(empyrical.conditional_value_at_risk, r, 0.05), rel=1e-9, abs=1e-15
    )
    assert risk.expected_shortfall(r, 0.05) >= ours - 1e-12
