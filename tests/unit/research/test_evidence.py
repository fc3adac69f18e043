"""What the gates of the ladder measure, by hand and by theory."""

from dataclasses import replace

import numpy as np
import pytest

from scenes import bars_of, rules, trade
from studies import make_study, study_bars
from tenfold.domain.order import REASONS, Reason
from tenfold.market.synthetic import random_walk
from tenfold.research.evidence import (
    mean_bounds,
    ratio_bounds,
    share_bounds,
    study_figures,
    trading_figures,
)

BARS = study_bars()


def test_a_share_has_wilsons_bounds():
    low, high = share_bounds(25, 25)
    assert low == pytest.approx(25 / (25 + 1.6448536269514722**2))
    assert high == 1.0
    low, high = share_bounds(0, 10)
    assert low == 0.0
    assert high < 0.25
    low, high = share_bounds(81, 263)  # Newcombe (1998), table I, two-sided 95 %, widened to one-sided 97.5 %
    assert low == pytest.approx(0.2631, abs=2e-3)
    assert high == pytest.approx(0.3566, abs=2e-3)


def test_a_ratio_of_equal_parts_has_no_error():
    assert ratio_bounds(np.array([[1.0, 10.0], [2.0, 20.0]])) == pytest.approx((0.1, 0.1))
    low, high = ratio_bounds(np.array([[1.0, 10.0], [3.0, 20.0], [2.0, 20.0]]))
    assert low < 0.12 < high


def test_the_bounds_of_a_mean_hold_it_as_often_as_they_say():
    random = np.random.default_rng(1)
    held = [mean_bounds(random.normal(0.0, 1.0, 60), seed=k) for k in range(200)]  # both at 95 %
    above = np.mean([low > 0.0 for low, _ in held])
    below = np.mean([high < 0.0 for _, high in held])
    assert 0.01 <= above <= 0.12
    assert 0.01 <= below <= 0.12
    assert mean_bounds(np.full(30, 0.25)) == (0.25, 0.25)


def test_what_demotes_is_farther_out_than_what_opens_a_gate():
    assert share_bounds(15, 20) == pytest.approx((0.5678, 0.8726), abs=1e-3)
    assert share_bounds(15, 20, 0.95, 0.999) == pytest.approx((0.5678, 0.9283), abs=1e-3)
    pairs = np.array([[1.0, 10.0], [3.0, 20.0], [2.0, 20.0]])
    (_, high), (low, same) = ratio_bounds(pairs), ratio_bounds(pairs, 0.999)
    assert same == high
    assert 0.12 - low == pytest.approx((high - 0.12) * 3.0902 / 1.6449, rel=1e-3)
    values = np.random.default_rng(2).normal(0.0, 1.0, 60)
    assert mean_bounds(values, 0.999)[0] < mean_bounds(values)[0]
    assert mean_bounds(values, 0.999)[1] == mean_bounds(values)[1]


def test_what_one_trade_cost_is_told(run):
    one, dearer = run.fills[:1], run.fills[:1].copy()
    dearer["price"] *= 1.0 - 0.001 * np.sign(dearer["lots"])
    found = trading_figures(replace(run, fills=one), replace(run, fills=dearer))
    assert found["slippage"] == pytest.approx(10.0, rel=1e-2)
    assert "slippage_high" not in found


def test_a_study_shows_figures_on_each_of_its_stages():
    study = replace(make_study(BARS), entries=np.arange(0, len(BARS), 10))
    found = study_figures(study)
    tested = np.isfinite(study.oos)
    assert found["research"] == {
        "days": float(len(BARS)),
        "trades": 130.0,
        "approved": 1.0,
        "deflated_sharpe": study.odds.dsr,
    }
    assert found["walk_forward"]["days"] == float(tested.sum())
    assert found["walk_forward"]["trades"] == float((study.entries >= np.argmax(tested)).sum())
    assert found["walk_forward"]["probabilistic_sharpe"] == study.odds.psr
    assert 0.0 <= found["monte_carlo"]["loss_share"] < 0.2
    assert 0.02 < found["monte_carlo"]["drawdown"] < 0.5


def test_a_study_that_tested_nothing_shows_no_figure_of_it():
    study = replace(make_study(BARS), oos=np.full(len(BARS), np.nan))
    found = study_figures(study)
    assert found["walk_forward"]["days"] == 0.0
    assert "loss_share" not in found["monte_carlo"]


@pytest.fixture(scope="module")
def run():
    bars = bars_of(*((100 + 5 * np.sin(np.arange(120) / 3 + k)).tolist() for k in range(2)))
    votes = np.sign(np.sin(np.arange(1, 121) / 2)).tolist()
    return trade("event", bars, [votes, votes], rules())


def test_a_run_beside_itself_agrees_and_costs_nothing(run):
    found = trading_figures(run, run, differences=2)
    assert found["days"] == len(run.bars)
    assert found["trades"] == len(run.trades)
    assert found["agreement_high"] == 1.0
    assert found["compared"] > 10.0
    assert found["agreement_low"] > 0.9
    assert (found["slippage_low"], found["slippage_high"]) == (0.0, 0.0)
    assert (found["shortfall_low"], found["shortfall_high"]) == (0.0, 0.0)
    assert (found["differences"], found["trips"]) == (2.0, 0.0)


def test_dearer_fills_are_slippage_on_both_sides(run):
    fills = run.fills.copy()
    fills["price"] *= 1.0 - 0.001 * np.sign(fills["lots"])
    found = trading_figures(run, replace(run, fills=fills))
    assert found["slippage_low"] == pytest.approx(10.0, rel=1e-2)
    assert found["slippage_high"] == pytest.approx(10.0, rel=1e-2)


def test_what_is_missed_counts_at_the_share_that_traded(run):
    better = replace(
        run, equity_units=(run.equity_units * 1.001 ** np.arange(1, len(run.equity_units) + 1)).astype(int)
    )
    whole, part = trading_figures(run, better), trading_figures(run, better, share=0.1)
    assert whole["shortfall_low"] == pytest.approx(10.0, rel=0.02)
    assert part["shortfall_low"] == pytest.approx(100.0, rel=0.02)


def test_trades_of_one_alone_lower_the_agreement(run):
    half = replace(run, fills=run.fills[: len(run.fills) // 2])
    assert trading_figures(run, half)["agreement_high"] < 0.75
    other = run.fills.copy()
    other["lots"] *= 2
    assert trading_figures(run, replace(run, fills=other))["agreement_high"] < 0.25


@pytest.mark.parametrize(("field", "value"), [("order", 0), ("reason", REASONS.index(Reason.BREAKER))])
def test_what_somebody_trades_by_hand_or_closes_by_a_halt_lowers_no_agreement(run, field, value):
    by_hand = run.fills[:8].copy()
    by_hand[field], by_hand["bar"] = value, by_hand["bar"] + 1
    fills = np.concatenate((run.fills, by_hand))
    found = trading_figures(replace(run, fills=fills[np.argsort(fills["bar"], kind="stable")]), run)
    assert found["agreement_high"] == 1.0
    assert found["compared"] == trading_figures(run, run)["compared"]


def test_the_last_sessions_alone_may_be_asked_for(run):
    found = trading_figures(run, run, sessions=25)
    assert found["days"] == 25.0
    assert found["trades"] < len(run.trades)
    short = trading_figures(run, run, sessions=5)
    assert "shortfall_low" not in short


def test_a_run_that_did_not_trade_shows_no_agreement():
    bars = random_walk(30, ["AAA"], seed=1)
    quiet = trade("event", bars, [0.0], rules())
    found = trading_figures(quiet, quiet)
    assert found["trades"] == 0.0
    assert "agreement_low" not in found
    assert "slippage_low" not in found
