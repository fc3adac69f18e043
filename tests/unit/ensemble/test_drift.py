"""A member that no longer earns what it promised is demoted, and one that does is left in peace."""

import numpy as np
import pytest

from tenfold.domain.errors import ParameterError
from tenfold.domain.upkeep import Upkeep
from tenfold.ensemble.drift import alarm_bars, delay_bars, fresh_drift, mark_drift

SHARPE = 1.5 / np.sqrt(252)  # a bar


def first_alarms(draw, state, bars, paths):
    """Return the bar of the first alarm of each path, `bars` where there is none; all paths at once."""
    one = state[0]
    total, alarm = np.zeros(paths), np.full(paths, bars)
    for bar in range(bars):
        z = (one["mean"] - draw(paths)) / one["deviation"]
        total = np.maximum(0.0, total + z - one["reference"])
        alarm = np.where((total > one["limit"]) & (alarm == bars), bar + 1, alarm)
    return alarm


@pytest.mark.parametrize("tails", ["normal", "t"])
@pytest.mark.parametrize("rate", [0.1, 0.5])
def test_false_alarms_come_as_often_as_stated(tails, rate):
    state = fresh_drift(SHARPE, 1.0, 252.0, Upkeep(false_alarms_per_year=rate))
    rng = np.random.default_rng(11)
    draws = {
        "normal": lambda n: SHARPE + rng.standard_normal(n),
        "t": lambda n: SHARPE + rng.standard_t(5, n) / np.sqrt(5 / 3),
    }
    years = 60
    alarms = first_alarms(draws[tails], state, 252 * years, 800)
    mean_years = alarms.mean() / 252  # cut off at 60 years, where exp(-6) are left at most
    assert mean_years == pytest.approx(1 / rate, rel=0.15)


def test_a_member_that_earns_nothing_is_demoted_after_the_stated_delay():
    state = fresh_drift(SHARPE, 1.0, 252.0, Upkeep())
    rng = np.random.default_rng(12)
    alarms = first_alarms(rng.standard_normal, state, 252 * 30, 800)
    assert alarms.mean() == pytest.approx(delay_bars(state), rel=0.1)
    assert delay_bars(state) < 0.25 * alarm_bars(float(state[0]["reference"]), float(state[0]["limit"]))


def test_one_by_one_it_is_the_same_rule():
    state = fresh_drift(0.001, 0.01, 252.0, Upkeep())
    rng = np.random.default_rng(13)
    returns = rng.normal(-0.002, 0.01, 2000)
    one_by_one = iter(returns)
    expected = first_alarms(lambda paths: next(one_by_one), state.copy(), 2000, 1)
    said = [mark_drift(state, one) for one in returns]
    assert state[0]["demoted"] == expected[0] == said.index(True) + 1
    assert all(said[said.index(True) :])  # it stays demoted


def test_a_state_goes_on_from_its_bytes():
    state = fresh_drift(0.001, 0.01, 252.0, Upkeep())
    for one in (0.01, -0.02, float("nan"), -0.01):
        mark_drift(state, one)
    assert state[0]["bars"] == 3
    again = np.frombuffer(state.tobytes(), state.dtype).copy()
    mark_drift(again, -0.03)
    mark_drift(state, -0.03)
    assert again == state


@pytest.mark.parametrize(("mean", "deviation"), [(0.0, 0.01), (-0.1, 0.01), (0.001, 0.0), (float("nan"), 0.01)])
def test_a_record_without_a_promise_is_refused(mean, deviation):
    with pytest.raises(ParameterError, match="promises nothing"):
        fresh_drift(mean, deviation, 252.0, Upkeep())


def test_rarer_alarms_need_more_evidence():
    calm = fresh_drift(SHARPE, 1.0, 252.0, Upkeep(false_alarms_per_year=0.05))
    keen = fresh_drift(SHARPE, 1.0, 252.0, Upkeep(false_alarms_per_year=1.0))
    assert calm["limit"] > keen["limit"]
    assert delay_bars(calm) > delay_bars(keen)
