"""The two usual mistakes, which turn luck into certainty: an annual ratio with days, and excess kurtosis."""

from math import isinf, sqrt

import numpy as np
import pytest
from scipy.stats import norm

from tenfold.app.analysis import Analysis
from tenfold.app.result import Result
from tenfold.metrics.performance import kurtosis, sharpe_ratio, skewness
from tenfold.metrics.significance import (
    deflated_sharpe,
    minimum_track_record,
    probabilistic_sharpe,
    sharpe_variance,
)
from tenfold.research.odds import deflated, moments_of, probability_above, track_record_min


@pytest.fixture(scope="module")
def returns():
    """Two years of days with a Sharpe ratio of 0.05 a day, fat tails and a skew."""
    draws = np.random.default_rng(11).standard_t(4, 504)
    values = np.where(draws < -2.0, draws * 1.5, draws) * 0.01
    return values - values.mean() + 0.05 * values.std(ddof=1)


def by_the_formula(returns, benchmark=0.0):
    centred = returns - returns.mean()
    third, fourth = (np.mean(centred**order) / np.mean(centred**2) ** (order / 2) for order in (3, 4))
    ratio = returns.mean() / returns.std(ddof=1)
    return norm.cdf(
        (ratio - benchmark) * sqrt(len(returns) - 1) / sqrt(1 - third * ratio + (fourth - 1) / 4 * ratio**2)
    )


def test_an_annual_ratio_with_days_would_be_certain_of_luck(returns):
    honest = probability_above(returns)
    assert honest == pytest.approx(by_the_formula(returns), rel=1e-12)
    assert 0.8 < honest < 0.9
    found = moments_of(returns)
    annual = probabilistic_sharpe(found.sharpe * sqrt(252), found.count, skew=found.skew, kurtosis=found.kurtosis)
    assert annual > 0.999


def test_ratio_and_periods_of_one_unit_agree_in_any_unit():
    """Days or years: what a normal series proves hardly depends on the unit, as long as both have the same."""
    days = probabilistic_sharpe(1.0 / sqrt(252), 252 * 20)
    years = probabilistic_sharpe(1.0 / sqrt(12), 12 * 20)
    assert days == pytest.approx(years, abs=1e-5)
    record_days, record_months = minimum_track_record(1.0 / sqrt(252)) / 252, minimum_track_record(1.0 / sqrt(12)) / 12
    assert record_days == pytest.approx(record_months, rel=0.08)
    assert record_days == pytest.approx(norm.ppf(0.95) ** 2, rel=0.01)  # years for an annual ratio of 1


def test_the_paper_s_example_in_mixed_units_would_always_pass():
    mixed = deflated_sharpe(2.5, 1250, trials=100, trial_variance=0.5, skew=-3, kurtosis=10)
    assert mixed > 0.999  # against 0.90040 in days throughout


def test_kurtosis_is_not_excess(returns):
    found = moments_of(returns)
    normal = np.random.default_rng(0).standard_normal(200_000)
    assert kurtosis(normal) == pytest.approx(3.0, abs=0.03)
    assert moments_of(normal).kurtosis == pytest.approx(3.0, abs=0.03)
    assert found.kurtosis == pytest.approx(kurtosis(returns), rel=1e-12)
    assert found.skew == pytest.approx(skewness(returns), rel=1e-12)
    assert sharpe_variance(0.5) == 1.125  # 1 + SR^2 / 2 for normal returns; 1 - SR^2 / 4 with excess kurtosis
    monthly = 1.585 / sqrt(12)
    excess = probabilistic_sharpe(monthly, 24, skew=-2.448, kurtosis=10.164 - 3.0)
    assert excess - 0.91323 > 0.005


def test_odds_of_returns_are_those_of_the_formulas(returns):
    found = moments_of(returns)
    assert found.sharpe == pytest.approx(sharpe_ratio(returns, 1.0), rel=1e-12)
    assert probability_above(returns, 0.02) == pytest.approx(by_the_formula(returns, 0.02), rel=1e-12)
    assert deflated(returns, 1.0, 1.0 / 504) == pytest.approx(by_the_formula(returns), rel=1e-12)
    variance = 1 - found.skew * found.sharpe + (found.kurtosis - 1) / 4 * found.sharpe**2
    record = 1 + variance * (norm.ppf(0.95) / found.sharpe) ** 2
    assert track_record_min(returns, 0.95) == pytest.approx(record, rel=1e-12)


def test_a_report_states_the_odds_of_its_own_bars(plain_run):
    summary, bars = Result(plain_run).summary(), Analysis(plain_run).returns
    assert summary["probabilistic_sharpe"] == pytest.approx(by_the_formula(bars), rel=1e-9)
    assert summary["kurtosis"] == pytest.approx(kurtosis(bars), rel=1e-12)
    found = moments_of(bars)
    record = minimum_track_record(found.sharpe, skew=found.skew, kurtosis=found.kurtosis)
    years = record / summary["periods_per_year"]
    assert summary["minimum_track_record_years"] == (None if isinf(years) else pytest.approx(years, rel=1e-9))
