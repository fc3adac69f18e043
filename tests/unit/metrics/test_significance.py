from math import inf, isinf, isnan, nan, sqrt

import numpy as np
import pytest
from scipy.stats import norm

from tenfold.metrics.normal import cumulative, density, quantile
from tenfold.metrics.significance import (
    deflated_sharpe,
    expected_maximum,
    minimum_backtest_length,
    minimum_track_record,
    probabilistic_sharpe,
    sharpe_variance,
)


def test_normal_agrees_with_scipy():
    p = np.concatenate(
        [np.random.default_rng(0).random(5000), 10.0 ** -np.arange(1, 300), 1 - 10.0 ** -np.arange(1, 16)]
    )
    ours, theirs = np.array([quantile(x) for x in p]), norm.ppf(p)
    assert np.max(np.abs(ours - theirs) / (1 + np.abs(theirs))) < 1e-15
    x = np.linspace(-37, 37, 999)
    np.testing.assert_allclose([cumulative(v) for v in x], norm.cdf(x), rtol=1e-12)
    np.testing.assert_allclose([density(v) for v in x], norm.pdf(x), rtol=1e-12)


def test_quantile_at_the_ends():
    assert quantile(0.0) == -inf
    assert quantile(1.0) == inf
    assert quantile(0.5) == 0.0
    assert quantile(5e-324) < -38
    for bad in (-0.1, 1.1, nan):
        with pytest.raises(ValueError, match="expected a probability"):
            quantile(bad)


@pytest.mark.parametrize(("n", "value"), [(10, 1.57459830134575), (100, 2.5306028932016846), (1000, 3.255121513652723)])
def test_expected_maximum(n, value):
    assert expected_maximum(n) == pytest.approx(value, rel=3e-15)


def test_expected_maximum_grows_from_nothing():
    values = [expected_maximum(n) for n in (1, 1.0001, 1.5, 2, 3, 10, 1e6, 1e15)]
    assert values == sorted(values)
    assert values[0] == 0.0
    for bad in (0.5, nan):
        with pytest.raises(ValueError, match="expected at least 1"):
            expected_maximum(bad)


def test_probabilistic_sharpe_of_the_paper():
    monthly = 1.585 / sqrt(12)
    assert probabilistic_sharpe(monthly, 24) == pytest.approx(0.98159, abs=5e-6)
    assert probabilistic_sharpe(monthly, 24, skew=-2.448, kurtosis=10.164) == pytest.approx(0.91323, abs=5e-6)
    assert isnan(probabilistic_sharpe(monthly, 1))
    assert isnan(probabilistic_sharpe(nan, 24))
    assert isnan(probabilistic_sharpe(0.5, 24, skew=10.0))


@pytest.mark.parametrize(
    ("trials", "skew", "kurtosis", "value"), [(100, -3, 10, 0.90040), (46, -3, 10, 0.95050), (88, 0, 3, 0.95049)]
)
def test_deflated_sharpe_of_the_paper(trials, skew, kurtosis, value):
    found = deflated_sharpe(
        2.5 / sqrt(250), 1250, trials=trials, trial_variance=0.5 / 250, skew=skew, kurtosis=kurtosis
    )
    assert found == pytest.approx(value, abs=5e-6)


def test_deflated_sharpe_of_one_trial_is_probabilistic():
    assert deflated_sharpe(0.1, 500, trials=1, trial_variance=0.002) == probabilistic_sharpe(0.1, 500)
    with pytest.raises(ValueError, match="trial_variance"):
        deflated_sharpe(0.1, 500, trials=1, trial_variance=-1.0)


def test_minimum_track_record_of_the_paper():
    two, one = 2 / sqrt(12), 1 / sqrt(12)
    assert minimum_track_record(two, benchmark=one) / 12 == pytest.approx(3.2398, abs=5e-5)
    assert minimum_track_record(two, benchmark=one, skew=-0.72, kurtosis=5.78) / 12 == pytest.approx(4.9913, abs=5e-5)
    assert isinf(minimum_track_record(-0.1))
    assert isnan(minimum_track_record(nan))


def test_minimum_track_record_is_where_the_probability_reaches_it():
    n = minimum_track_record(0.1, skew=-0.5, kurtosis=5.0, confidence=0.99)
    variance = sharpe_variance(0.1, -0.5, 5.0)
    assert cumulative(0.1 * sqrt(n - 1) / sqrt(variance)) == pytest.approx(0.99, abs=1e-12)


def test_minimum_backtest_length_of_the_paper():
    assert minimum_backtest_length(45, 1.0) == pytest.approx(4.998, abs=5e-4)
    with pytest.raises(ValueError, match="sharpe_annual"):
        minimum_backtest_length(45, 0.0)
