"""The dossier: every question answered, the same for any number of threads, the score as defined."""

import dataclasses
import math

import numpy as np
import pytest
from msgspec.structs import replace as changed

from tenfold.backtesting.scoring import Member
from tenfold.domain.errors import DataError, ParameterError, SettingsError
from tenfold.domain.rules import Costs, FeeSchedule, FeeTier, Limits, Rules
from tenfold.indicators import Integer, State, fold
from tenfold.market.planted import planted_market
from tenfold.market.resampling import ratios_of
from tenfold.market.synthetic import random_walk
from tenfold.registry import STRATEGIES
from tenfold.research.dossier import LEVELS
from tenfold.research.price_of_trading import break_even_bps, cost_curve, paid_bps, times_costs
from tenfold.research.rerun import rerun, rerun_scores
from tenfold.research.robustness import Counts, Examined, dossier
from tenfold.research.robustness_score import checks_of, failures_of, score_of

RULES = Rules(costs=Costs(fee_frac=0.0005, slippage_bps=2.0))
FEW = Counts(bootstrap=150, prices=6, neighbours=5, random=9)


def member(name, **values):
    return Member(STRATEGIES.load(name), values, name)


BARS = planted_market(500, 2, seed=3, strength=0.1)
VOTE = [member("crossing", fast=5, slow=20), member("channel", entry=20, exit=10), member("turn_of_month")]


@pytest.fixture(scope="module")
def found():
    return dossier(VOTE, BARS, RULES, seed=5, scenarios=30, counts=FEW, threads=1)


def arrays(value):
    """Yield every array and number of a dossier."""
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from arrays(getattr(value, field.name))
    elif isinstance(value, tuple):
        for one in value:
            yield from arrays(one)
    elif isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, float):
        yield np.array(value)


def test_any_number_of_threads_gives_the_same_dossier(found):
    done = []
    again = dossier(
        VOTE, BARS, RULES, seed=5, scenarios=30, counts=FEW, threads=3, progress=lambda *told: done.append(told)
    )
    pairs = list(zip(arrays(found), arrays(again), strict=True))
    assert len(pairs) > 80
    for one, other in pairs:
        np.testing.assert_array_equal(one, other)
    steps = 30 + 12 + 5 + 9 + sum(plateau.cells.size for plateau in again.plateaus)
    assert max(done) == (steps, steps)
    assert len(done) == steps
    other = dossier(VOTE, BARS, RULES, seed=6, scenarios=30, counts=FEW, threads=3)
    assert (other.bootstrap.sharpe != found.bootstrap.sharpe).any()
    assert other.sharpe == found.sharpe


def test_more_scenarios_begin_with_the_same(found):
    more = Examined(VOTE, BARS, RULES, 5, 2)
    spread, table = more.scenarios(40)
    np.testing.assert_array_equal(spread.sharpe[:30], found.scenarios.sharpe)
    np.testing.assert_array_equal(table.shocks[:30], found.scenarios.shocks)


def test_every_question_is_answered(found):
    assert found.names == ("crossing", "channel", "turn_of_month")
    assert found.returns.shape == (500,)
    assert [len(spread.sharpe) for spread in found.spreads] == [150, 150, 150, 6, 6, 30]
    for spread in found.spreads:
        assert spread.fan.shape == (len(LEVELS), len(spread.fan_at))
        assert (np.diff(spread.fan, axis=0) >= 0.0).all()
        assert (spread.fan[:, 0] == 1.0).all()
        assert (spread.drawdown >= 0.0).all()
    assert [one.member for one in found.neighbourhoods] == ["the vote", "crossing", "channel", "turn_of_month"]
    assert found.neighbourhoods[0].own == pytest.approx(found.sharpe)
    assert all(one.low <= one.median for one in found.neighbourhoods)
    assert found.latency.sharpe[0] == pytest.approx(found.sharpe)
    assert found.costs.sharpe[1] == pytest.approx(found.sharpe)
    assert (np.diff(found.costs.annual_return) < 0.0).all()
    assert 0.1 <= found.random_entry.p <= 1.0
    assert found.failure_rate == found.scenarios.failed.mean()
    assert [check.gate for check in found.checks] == [
        "scenario_sharpe_low", "scenario_interval_low", "scenario_failure_rate", "robustness",
    ]  # fmt: skip
    assert found.notes == ()


def test_plateaus_hold_the_member_itself(found):
    run = rerun([VOTE[0]], BARS, RULES)
    plateau = found.plateaus[0]
    assert (plateau.member, plateau.x, plateau.y) == ("crossing", "fast", "slow")
    row, column = np.flatnonzero(plateau.ys == 20.0)[0], np.flatnonzero(plateau.xs == 5.0)[0]
    sharpe = run.returns.mean() / run.returns.std(ddof=1) * np.sqrt(252.0)
    assert plateau.cells[row, column] == pytest.approx(sharpe)
    assert plateau.own == (5.0, 20.0)
    assert plateau.cells.shape == (len(plateau.ys), len(plateau.xs))


@fold(state=State(last=float))
def bare(state, bar, params):
    """Follow the last change."""
    change = bar.close - state.last
    state.last = bar.close
    return math.tanh(change)


@fold(state=State(bars=int), ends=Integer(10, 20, default=15))
def fading(state, bar, params):
    """Fail after some bars."""
    state.bars = state.bars + 1
    return 1.0 if state.bars < params.ends else math.nan


def test_a_single_member_is_its_own_vote():
    one = Examined([VOTE[0]], BARS, RULES, 1, 1).neighbourhoods(3)
    assert [near.member for near in one] == ["crossing"]


def test_a_member_without_parameters_has_no_neighbours():
    plain = Member(bare, {}, "bare")
    alone = dossier([plain], BARS, RULES, seed=1, scenarios=2, counts=FEW)
    assert alone.neighbourhoods == ()
    assert alone.plateaus == ()
    two = Examined([plain, VOTE[0]], BARS, RULES, 1, 1).neighbourhoods(3)
    assert [near.member for near in two] == ["the vote", "crossing"]


def test_a_member_that_fails_is_told_and_one_parameter_makes_a_line():
    found = dossier([Member(fading, {}, "fading")], BARS, RULES, seed=1, scenarios=2, counts=FEW)
    assert any("Bars at which a member failed: fading" in note for note in found.notes)
    (plateau,) = found.plateaus
    assert (plateau.x, plateau.y, plateau.cells.shape) == ("ends", "", (1, len(plateau.xs)))
    assert plateau.own == (15.0, 0.0)


def test_the_score_is_the_sum_of_its_parts_each_in_its_range():
    sharpe, drawdown = np.array([0.5, 1.0, 1.5, 2.0]), np.array([0.1, 0.1, 0.1, 0.2])
    score = score_of(sharpe, drawdown)
    assert score.quartile == pytest.approx(0.875 / 1.5)
    assert score.steadiness == pytest.approx(1.0 - sharpe.std() / 1.25)
    assert score.drawdown == pytest.approx(1.0 - 0.125 / 0.3)
    assert score.sign == 1.0
    assert score.total == pytest.approx(0.35 * score.quartile + 0.25 * score.steadiness + 0.25 * score.drawdown + 0.15)
    best, worst = score_of(np.full(9, 5.0), np.zeros(9)), score_of(np.full(9, -5.0), np.full(9, 0.9))
    assert (best.total, worst.total) == (pytest.approx(1.0), 0.0)
    wild = score_of(np.array([-9.0, 10.0]), np.zeros(2))
    assert wild.steadiness == 0.0


def test_thresholds_are_told_in_words():
    sharpe, drawdown = np.array([-0.5, 1.0, 1.5, 2.0]), np.array([0.1, 0.4, 0.1, 0.2])
    failed = failures_of(sharpe, drawdown)
    assert failed.tolist() == [True, True, False, False]
    low, interval, rate, total = checks_of(sharpe, failed, score_of(sharpe, drawdown))
    assert not low.passed
    assert not interval.passed
    assert rate.found == 0.5
    assert "50 % of the scenarios fail" in rate.words
    assert not total.passed
    good = checks_of(np.full(9, 3.0), np.zeros(9, bool), score_of(np.full(9, 3.0), np.zeros(9)))
    assert all(check.passed for check in good)


def test_break_even_is_what_leaves_nothing():
    scores_of = Examined(VOTE[:1], BARS, RULES, 1, 1).scores
    bps = break_even_bps(scores_of, VOTE[:1], BARS, RULES)
    assert 5.0 < bps < 5000.0
    for factor, sign in ((0.98, 1), (1.03, -1)):
        free = changed(RULES, costs=Costs(slippage_bps=bps * factor))
        run = rerun_scores(scores_of, VOTE[:1], BARS, free)
        assert np.sign(run.equity[-1] - RULES.account.cash) == sign
    assert paid_bps(rerun(VOTE[:1], BARS, RULES)) == pytest.approx(7.0, abs=0.01)


def test_what_earns_nothing_breaks_even_at_nothing():
    up = random_walk(300, seed=1, drift=3.0)
    held = np.ones((300, 1, 1))
    one = [member("crossing")]
    assert break_even_bps(held, one, up, RULES) == 5000.0
    assert break_even_bps(-held, one, up, RULES) == 0.0
    silent = held * np.nan
    assert np.isnan(break_even_bps(silent, one, up, RULES))
    assert np.isnan(paid_bps(rerun_scores(silent, one, up, RULES)))


def test_a_multiple_of_costs_takes_quotes_along():
    rows = BARS.rows.copy()
    rows["bid_open"], rows["ask_open"] = rows["open"] * 0.999, rows["open"] * 1.001
    quoted = dataclasses.replace(BARS, rows=rows)
    rules = Rules(costs=Costs(slippage="half_spread"))
    curve = cost_curve(Examined(VOTE, quoted, rules, 1, 1).scores, VOTE, quoted, rules, ratios_of(quoted))
    assert (np.diff(curve.annual_return) < 0.0).all()
    assert curve.paid_bps == pytest.approx(10.0, abs=0.1)
    held = times_costs(Rules(costs=Costs(borrow_annual_frac=0.02, margin_annual_frac=6.0)), 2.0).costs
    assert (held.borrow_annual_frac, held.margin_annual_frac) == (0.04, 10.0)


def test_rules_that_the_compiled_path_does_not_take_are_examined_too():
    tiers = (FeeTier(taker_frac=0.001),)
    rules = Rules(costs=Costs(schedules=(FeeSchedule(venue="generic", tiers=tiers),)))
    bars = planted_market(150, 1, seed=3)
    few = Counts(bootstrap=10, prices=1, neighbours=1, random=1)
    found = dossier(VOTE[:1], bars, rules, seed=1, scenarios=2, counts=few, threads=1)
    plain = rerun(VOTE[:1], bars, Rules(costs=Costs(fee_frac=0.001)))
    np.testing.assert_array_equal(found.returns, plain.returns)


def test_what_never_trades_is_told():
    bars = random_walk(120, 1, seed=1)
    rules = Rules(limits=Limits(gross_frac_max=1e-9))
    few = Counts(bootstrap=10, prices=1, neighbours=1, random=1)
    found = dossier([member("crossing", slow=250)], bars, rules, seed=1, scenarios=3, counts=few)
    assert found.sharpe == 0.0
    assert found.random_entry is None
    assert found.score.total <= 0.4
    assert any("never traded" in note for note in found.notes)
    assert any("neither fee nor slippage" in note for note in found.notes)
    assert any("never moved" in note for note in found.notes)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"members": []}, ParameterError, "no members"),
        ({"scenarios": 0}, ParameterError, "at least 1 scenario"),
        ({"seed": -1}, ParameterError, "seed of 0 or more"),
        ({"bars": BARS.slice(0, 50)}, DataError, "at least 100"),
        ({"members": [VOTE[0]] * 11}, SettingsError, "1 to 10"),
    ],
)
def test_what_cannot_be_examined_is_refused(change, error, words):
    given = {"members": VOTE, "bars": BARS, "rules": RULES, "seed": 1, "scenarios": 1} | change
    with pytest.raises(error, match=words):
        dossier(given.pop("members"), given.pop("bars"), given.pop("rules"), **given)
    with pytest.raises(ParameterError, match="at least 1"):
        Counts(prices=0)


def test_late_orders_fill_between_open_and_close():
    scores = Examined(VOTE, BARS, RULES, 1, 1).scores
    prompt, late = (rerun_scores(scores, VOTE, BARS, Rules(), part) for part in (0.0, 0.5))
    assert len(prompt.fills) == len(late.fills) > 10
    rows = BARS.rows[late.fills["bar"], late.fills["symbol"]]
    middle = np.sqrt(rows["open"] * rows["close"])
    assert late.fills["price"] == pytest.approx(middle, abs=1e-5)
    whole = rerun_scores(scores, VOTE, BARS, Rules(), 2.0)
    assert (whole.fills["bar"][:5] == prompt.fills["bar"][:5] + 2).all()
