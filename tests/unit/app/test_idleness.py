"""Why a run traded nothing is said by the gate that let nothing through."""

import numpy as np
import pytest

from tenfold import Account, Entry, Limits, Rules, Sizing, backtest
from tenfold.app.idleness import idleness
from tenfold.market.synthetic import random_walk


@pytest.fixture(scope="module")
def bars():
    return random_walk(100, 1, seed=1)


def reason(bars, scores, **rules):
    result = backtest(scores=scores, bars=bars, rules=Rules(**rules))
    assert not len(result.run.fills)
    (line,) = idleness(result.run)
    assert f"no trades {line}" in repr(result)
    assert result.warnings()[-1] == line
    return line


def test_a_vote_at_the_last_bar_alone(bars):
    scores = np.zeros((100, 1))
    scores[-1] = 1.0
    assert "the first vote came at the last bar, and an order fills in a later one" in reason(bars, scores)


def test_limits_that_leave_nothing(bars):
    line = reason(bars, np.ones((100, 1)), limits=Limits(position_frac_max=1e-5))
    assert line.startswith("nothing was traded: limits left no order whole (position ")


def test_a_size_that_is_never_known(bars):
    sizing = Sizing(method="volatility", window=500)
    assert "sizing by volatility was 0; it needs 500 bars (rules.sizing.window)" in reason(
        bars, np.ones((100, 1)), sizing=sizing
    )


def test_stops_that_are_not_reached(bars):
    entry = Entry(order="stop", offset_frac=0.9)
    assert "no stop of the entries was reached, 0.9 away from the close" in reason(bars, np.ones((100, 1)), entry=entry)


def test_members_that_never_agree_and_one_that_is_silent(bars):
    scores = np.stack([np.ones((100, 1)), -np.ones((100, 1)), np.full((100, 1), np.nan)], axis=2)
    line = reason(bars, scores)
    assert "at most 33% of the weight ever agreed, and a vote needs 60% (rules.vote.enter_frac)" in line
    assert line.endswith("never had a score")


def test_no_cash_for_one_lot(bars):
    assert "give the account more cash" in reason(bars, np.ones((100, 1)), account=Account(cash=1.0))


def test_a_run_without_any_score_is_told_by_its_failures_alone(bars):
    result = backtest(scores=np.full((100, 1), np.nan), bars=bars)
    assert idleness(result.run) == []
    assert "had no score on any of 100 bars" in result.warnings()[0]
