"""A backtest and a sweep take the conventions of a venue by name."""

import pytest

from scenes import bars_of
from tenfold.app.facade import backtest, rules_of, sweep
from tenfold.domain.errors import SettingsError
from tenfold.domain.rules import Rules
from tenfold.risk.limits import limits_of
from tenfold.simulation.profiles import profile_of

BARS = bars_of([100.0, 101.0, 102.0, 103.0, 104.0, 105.0])


def test_a_venue_stands_under_a_profile_of_limits():
    assert rules_of(None, "lean") == profile_of("lean")
    assert rules_of("live", "lean").limits == limits_of("live")
    assert rules_of("live", "lean").matching == profile_of("lean").matching


def test_backtest_and_sweep_trade_under_it():
    result = backtest(scores=[[1.0]] * 6, bars=BARS, venue="lean")
    assert result.run.rules == profile_of("lean")
    assert result.run.fills["fee_units"][0] >= 1_000_000  # one dollar at least
    assert sweep("crossing", BARS, grid={"fast": [5], "slow": [20]}, venue="vectorbt").sweep.rules == profile_of(
        "vectorbt"
    )


def test_a_venue_beside_whole_rules_is_refused():
    with pytest.raises(
        SettingsError, match=r"venue lean and whole rules say the same thing twice: give rules=profile_of"
    ):
        rules_of(Rules(), "lean")
