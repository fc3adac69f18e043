import numpy as np
import pytest

from tenfold.metrics import performance
from tenfold.metrics.benchmark import beta
from tenfold.metrics.rolling import rolling_beta, rolling_sharpe, rolling_volatility


@pytest.fixture(scope="module")
def pair():
    random = np.random.default_rng(0)
    b = random.normal(0.0005, 0.01, 5000)
    return 0.7 * b + random.normal(0.001, 0.01, 5000), b


@pytest.mark.parametrize("end", [60, 61, 4500, 5000])
def test_each_window_is_measured_alone(pair, end):
    r, b = pair
    part = slice(end - 60, end)
    assert rolling_sharpe(r, 60, 252)[end - 1] == pytest.approx(performance.sharpe_ratio(r[part], 252), rel=1e-12)
    assert rolling_volatility(r, 60, 252)[end - 1] == pytest.approx(
        performance.annual_volatility(r[part], 252), rel=1e-12
    )
    assert rolling_beta(r, b, 60)[end - 1] == pytest.approx(beta(r[part], b[part]), rel=1e-9)


def test_nothing_before_the_first_window_and_nothing_of_what_does_not_move(pair):
    r, b = pair
    for series in (rolling_sharpe(r, 60, 252), rolling_volatility(r, 60, 252), rolling_beta(r, b, 60)):
        assert np.isnan(series[:59]).all()
        assert np.isfinite(series[59:]).all()
    assert np.isnan(rolling_sharpe(np.zeros(9), 3, 252)).all()
    assert np.isnan(rolling_beta(r[:9], np.zeros(9), 3)).all()
    assert rolling_volatility(np.zeros(9), 3, 252)[2:].tolist() == [0.0] * 7
    assert np.isnan(rolling_sharpe(r[:5], 60, 252)).all()
