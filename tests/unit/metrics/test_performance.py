from math import isnan, nan, sqrt

import numpy as np
import pytest

from tenfold.metrics import performance as p
from tenfold.metrics.benchmark import alpha, beta, compare
from tenfold.metrics.drawdown import (
    Drawdown,
    calmar_ratio,
    drawdown_series,
    drawdowns,
    longest_under_water,
    max_drawdown,
    ulcer_index,
)
from tenfold.metrics.risk import (
    expected_shortfall,
    normal_expected_shortfall,
    normal_value_at_risk,
    value_at_risk,
    weighted_tail,
)

MIXED = np.array([nan, 1, 10, -4, 2, 3, 2, 1, -10]) / 100
TEN = np.array([0.02, -0.01, 0.03, -0.05, 0.01, 0.0, 0.04, -0.02, -0.01, 0.02])
EMPTY = np.array([])


def test_the_vector_of_empyrical():
    assert p.sharpe_ratio(MIXED, 252) == pytest.approx(1.7238613961706866, rel=1e-14)
    assert p.sortino_ratio(MIXED, 252) == pytest.approx(2.605531251673693, rel=1e-14)
    assert calmar_ratio(MIXED, 252) == pytest.approx(19.135925373194233, rel=1e-12)
    assert max_drawdown(MIXED) == pytest.approx(-0.1, rel=1e-14)


def test_ten_bars_by_hand():
    wealth = 1.02 * 0.99 * 1.03 * 0.95 * 1.01 * 1.0 * 1.04 * 0.98 * 0.99 * 1.02
    assert p.total_return(TEN) == pytest.approx(wealth - 1, rel=1e-14)
    assert p.annual_return(TEN, 20) == pytest.approx(wealth**2 - 1, rel=1e-13)
    assert p.cagr(0.21, 2.0) == pytest.approx(0.1, rel=1e-14)
    assert p.mean(TEN) == pytest.approx(0.003, rel=1e-13)
    # the squares sum to 0.0065
    deviation = sqrt((0.0065 - 10 * 0.003**2) / 9)
    assert p.deviation(TEN) == pytest.approx(deviation, rel=1e-13)
    assert p.annual_volatility(TEN, 250) == pytest.approx(deviation * sqrt(250), rel=1e-13)
    assert p.sharpe_ratio(TEN, 250) == pytest.approx(0.003 / deviation * sqrt(250), rel=1e-13)
    downside = sqrt((0.01**2 + 0.05**2 + 0.02**2 + 0.01**2) / 10)
    assert p.downside_deviation(TEN, 1) == pytest.approx(downside, rel=1e-13)
    assert p.sortino_ratio(TEN, 250) == pytest.approx(0.003 * 250 / (downside * sqrt(250)), rel=1e-13)
    assert p.omega_ratio(TEN) == pytest.approx(0.12 / 0.09, rel=1e-13)
    assert (p.best(TEN), p.worst(TEN)) == (0.04, -0.05)
    # peak after bar 3; bars 4 to 10 lie below it: lowest after bar 4
    assert max_drawdown(TEN) == pytest.approx(-0.05, rel=1e-13)
    deep, shallow = drawdowns(TEN)
    assert (deep.start, deep.trough, deep.recovery) == (2, 3, 6 if 0.95 * 1.01 * 1.04 >= 1 else None)
    assert (shallow.start, shallow.trough, shallow.recovery) == (0, 1, 2)
    assert longest_under_water(TEN) == 7
    assert value_at_risk(TEN, 0.1) == 0.02
    assert expected_shortfall(TEN, 0.1) == pytest.approx(0.05, rel=1e-14)
    assert expected_shortfall(TEN, 0.25) == pytest.approx((0.05 + 0.02 + 0.5 * 0.01) / 2.5, rel=1e-13)


def test_moments():
    values = np.array([1.0, 2.0, 3.0, 10.0]) / 100
    centred = values - values.mean()
    assert p.skewness(values) == pytest.approx(np.mean(centred**3) / np.mean(centred**2) ** 1.5, rel=1e-12)
    assert p.kurtosis(values) == pytest.approx(np.mean(centred**4) / np.mean(centred**2) ** 2, rel=1e-12)
    normal = np.random.default_rng(0).normal(size=200_000)
    assert p.kurtosis(normal) == pytest.approx(3.0, abs=0.05)
    assert p.skewness(values * 1e-200) == pytest.approx(p.skewness(values), rel=1e-9)


def test_what_cannot_be_computed_is_nan():
    for value in (
        p.total_return(EMPTY), p.annual_return(EMPTY, 252), p.deviation(TEN[:1]), p.mean(EMPTY), p.best(EMPTY),
        p.worst(EMPTY), p.sharpe_ratio(np.full(9, 0.01), 252), p.sortino_ratio(np.full(9, 0.01), 252),
        p.sortino_ratio(TEN[:1], 252), p.downside_deviation(EMPTY, 252), p.omega_ratio(TEN[:1]), p.omega_ratio(TEN[:1]),
        p.omega_ratio(np.full(9, 0.01)), p.tail_ratio(EMPTY), p.tail_ratio(np.zeros(5)), p.skewness(np.full(9, 0.01)),
        p.kurtosis(EMPTY), p.cagr(0.1, 0.0), p.cagr(nan, 1.0), p.exposure(EMPTY, EMPTY)[0],
        p.annual_turnover(1.0, EMPTY, 252), max_drawdown(EMPTY), calmar_ratio(EMPTY, 252), ulcer_index(EMPTY),
        calmar_ratio(np.full(3, 0.01), 252), value_at_risk(EMPTY, 0.05), expected_shortfall(EMPTY, 0.05),
    ):  # fmt: skip
        assert isnan(value)
    assert drawdowns(np.full(3, 0.01)) == []
    assert longest_under_water(EMPTY) == 0


def test_ruin_and_overflow():
    ruined = np.array([0.1, -1.0, 0.5])
    assert p.annual_return(ruined, 252) == -1.0
    assert p.annual_return(np.array([-1.5]), 252) == -1.0
    assert max_drawdown(ruined) == -1.0
    assert p.annual_return(np.array([1e6]), 252) == np.inf
    assert isnan(p.annual_return(np.array([nan]), 252)) is False  # time passed, nothing was earned


def test_the_first_loss_counts():
    assert drawdowns(np.array([-0.1, 0.2])) == [Drawdown(start=-1, trough=0, recovery=1, depth=pytest.approx(-0.1))]
    assert drawdown_series(np.array([-0.1, nan])).tolist() == pytest.approx([-0.1, -0.1])


def test_deepest_first_and_as_many_as_asked():
    r = np.array([-0.1, 0.2, -0.3, 0.9, -0.2, 0.9])
    depths = [fall.depth for fall in drawdowns(r)]
    assert depths == sorted(depths)
    assert len(depths) == 3
    assert [fall.depth for fall in drawdowns(r, 1)] == depths[:1]


def test_exposure_and_turnover():
    held, gross = p.exposure(np.array([0.0, 50.0, 100.0, 10.0]), np.array([100.0, 100.0, 100.0, -1.0]))
    assert (held, gross) == (0.75, 0.5)
    assert p.annual_turnover(300.0, np.array([100.0, 200.0]), 2.0) == 2.0


def test_normal_expected_shortfall():
    for tail, value in ((0.05, 2.0627128), (0.025, 2.3378028), (0.01, 2.6652142)):
        assert normal_expected_shortfall(0.0, 1.0, tail) == pytest.approx(value, abs=5e-8)
    assert normal_expected_shortfall(0.1, 2.0, 0.05) == pytest.approx(-0.1 + 2 * 2.0627128, abs=2e-7)
    assert normal_value_at_risk(0.0, 1.0, 0.05) == pytest.approx(1.6448536269514722, rel=1e-14)


def test_the_example_of_hull():
    assert weighted_tail(np.array([2.0, -4.0, -10.0]), np.array([0.98, 0.015, 0.005]), 0.01) == pytest.approx((4, 7))
    sample = np.array([2.0] * 980 + [-4.0] * 15 + [-10.0] * 5)
    assert value_at_risk(sample, 0.01) == 4.0
    assert expected_shortfall(sample, 0.01) == pytest.approx(7.0, rel=1e-12)
    assert all(isnan(value) for value in weighted_tail(EMPTY, EMPTY, 0.01))
    for bad in (0.0, 1.0, nan):
        with pytest.raises(ValueError, match="tail"):
            value_at_risk(sample, bad)


def test_benchmark_by_hand():
    b = np.array([0.01, -0.02, 0.03, 0.0])
    found = compare(2 * b + 0.001, b, 252)
    assert found.beta == pytest.approx(2.0, rel=1e-12)
    assert found.alpha == pytest.approx(1.001**252 - 1, rel=1e-10)
    assert found.correlation == pytest.approx(1.0, rel=1e-12)
    same = compare(b, b, 252)
    assert (same.tracking_error, same.up_capture, same.down_capture) == (0.0, 1.0, 1.0)
    assert isnan(same.information_ratio)


def test_benchmark_without_variation():
    still = compare(TEN, np.zeros(10), 252)
    assert isnan(still.beta)
    assert isnan(still.alpha)
    assert isnan(still.correlation)
    assert isnan(still.up_capture)
    nothing = compare(EMPTY, EMPTY, 252)
    assert all(isnan(value) for value in vars(nothing).values())
    assert isnan(beta(TEN[:1], TEN[:1]))
    assert alpha(np.full(3, -2.0), np.zeros(3), 252, 0.0) == -1.0
    assert alpha(np.full(3, 1e9), np.zeros(3), 252, 0.0) == np.inf
    with pytest.raises(ValueError, match="expected as many"):
        compare(TEN, TEN[:3], 252)
