"""A study from end to end on small markets: what is there is found, and every number is what it says."""

import math
from dataclasses import replace

import msgspec
import numpy as np
import pytest

from tenfold.adapters.clock import FixedClock
from tenfold.adapters.executors.threads import ThreadExecutor
from tenfold.adapters.trials.memory import MemoryTrialLog
from tenfold.backtesting.backtest import run_backtest
from tenfold.backtesting.scoring import Member
from tenfold.domain.bars import Bars
from tenfold.domain.errors import SettingsError
from tenfold.domain.rules import Costs, Rules
from tenfold.market.planted import planted_market
from tenfold.market.synthetic import random_walk
from tenfold.metrics.performance import sharpe_ratio
from tenfold.registry import STRATEGIES
from tenfold.research.gates import Gates
from tenfold.research.result import StudyResult
from tenfold.research.search import Budget
from tenfold.research.settings import StudySettings
from tenfold.research.study import run_study

FAMILIES = ("crossing", "channel", "pullback", "elastic", "turn_of_month", "relative_strength")
RULES = Rules(costs=Costs(slippage_bps=1.0))
SETTINGS = StudySettings(budget=Budget(trials=240, seed=5), windows=3, resamples=100)


def study(bars: Bars, *, log=None, gates=None, settings=SETTINGS, **options) -> StudyResult:
    with ThreadExecutor(2) as executor:
        return run_study(
            bars,
            options.pop("rules", RULES),
            [STRATEGIES.load(name) for name in options.pop("families", FAMILIES)],
            gates=gates or Gates(),
            settings=settings,
            executor=executor,
            log=log if log is not None else MemoryTrialLog(),
            clock=FixedClock(0),
            **options,
        )


@pytest.fixture(scope="module")
def planted():
    return planted_market(3000, 1, seed=2, edge="trend", strength=0.12, span=20)


@pytest.fixture(scope="module")
def log():
    return MemoryTrialLog()


@pytest.fixture(scope="module")
def found(planted, log):
    return study(planted, log=log)


def test_a_strong_edge_is_approved(found):
    assert found.approved, [check.words for check in found.checks if not check.passed]
    assert all(check.passed for check in found.checks)
    assert {member.family for member in found.members} & {"crossing", "channel"}
    assert found.odds.dsr > 0.95
    assert found.odds.psr > 0.95
    assert len(found.odds.path_sharpes) == 9
    assert min(found.odds.path_sharpes) > 0.5


def test_noise_is_not():
    result = study(random_walk(2000, 1, seed=12, drift=0.0))
    assert not result.approved
    assert any(not check.passed for check in result.checks)


def test_what_is_out_of_sample_is_what_the_windows_earned(found):
    first = found.steps[0].test[0]
    assert np.isnan(found.oos[:first]).all()
    assert np.isfinite(found.oos[first:]).all()
    stretches = [found.oos[slice(*step.test)] for step in found.steps]
    assert np.array_equal(np.concatenate(stretches), found.oos[first:])
    for step, returns in zip(found.steps, stretches, strict=True):
        assert step.test_sharpe == pytest.approx(np.nan_to_num(sharpe_ratio(returns, found.periods)))
        assert 1 <= step.size == len(step.families)
        assert -1.0 <= step.tau <= 1.0
    gate = next(check for check in found.checks if check.gate == "oos_sharpe_min")
    assert gate.found == pytest.approx(sharpe_ratio(found.oos[first:], found.periods))


def test_members_trade_as_the_study_says(found, planted):
    for chosen in found.candidates:
        member = Member(STRATEGIES.load(chosen.family), chosen.values, "alone")
        run = run_backtest([member], planted, RULES)
        assert np.abs(run.returns - chosen.returns).max() < 1e-12
        assert chosen.sharpe == pytest.approx(sharpe_ratio(run.returns, found.periods), rel=1e-5)
        assert chosen.fitness == pytest.approx(chosen.sharpe * (1.0 - chosen.penalty) * chosen.consistency, rel=1e-6)
    voters = [Member(STRATEGIES.load(one.family), one.values, f"{n}") for n, one in enumerate(found.members)]
    vote = run_backtest(voters, planted, RULES)
    assert np.abs(vote.returns - found.whole).max() < 1e-12
    assert found.trades_share == pytest.approx((vote.direction != 0).any(axis=1).mean())


def test_candidates_stand_apart(found):
    count = len(found.candidates)
    assert 1 <= len(found.members) <= count <= 10
    assert found.correlation.shape == (count, count)
    for row in range(count):
        others = found.correlation[row, :row]
        penalty = found.candidates[row].penalty
        assert penalty == pytest.approx(max([0.0, *others.tolist()]), abs=1e-9)
        assert penalty <= 0.5
        assert found.candidates[row].consistency >= 0.5


def test_the_funnel_narrows(found):
    counts = [count for _, count in found.funnel]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] == found.odds.here == sum(count for _, count, _ in found.families_tried)
    assert ("relative_strength" in found.notes["left out"]) is True


def test_every_evaluation_is_counted_once(found, planted, log):
    assert found.odds.trials == found.odds.here
    again = study(planted, log=log)
    assert again.odds.trials == found.odds.trials
    other = study(planted, log=log, settings=replace(SETTINGS, budget=Budget(trials=240, seed=6)))
    assert other.odds.trials > found.odds.trials
    assert other.odds.effective >= found.odds.effective
    log.verify()


def test_a_shorter_history_does_not_lower_the_count(found, planted, log):
    rows = planted.rows[1:]
    shorter = Bars(rows=rows, instruments=planted.instruments, period_ns=planted.period_ns)
    result = study(shorter, log=log)
    assert result.odds.trials >= found.odds.trials + result.odds.here


def test_equal_seeds_give_equal_studies(found, planted):
    again = study(planted)
    assert again.digest == found.digest
    assert again.checks == found.checks
    assert np.array_equal(again.whole, found.whole)
    assert np.array_equal(again.train_sharpe, found.train_sharpe)


def test_an_interrupted_study_goes_on(planted, found):
    kept: dict[str, bytes] = {}

    class CutError(Exception):
        pass

    def cut(done, total):
        if done > 100:
            raise CutError

    with pytest.raises(CutError):
        study(planted, kept=kept, progress=cut)
    before = len(kept)
    assert before > 0
    done = study(planted, kept=kept)
    assert len(kept) > before
    assert done.checks == found.checks
    assert np.array_equal(done.whole, found.whole)


def test_the_future_does_not_change_the_first_test(planted, found):
    """What the first window trades in its test is decided by its train alone."""
    stop = found.steps[0].test[1]
    rows = planted.rows.copy()
    other = random_walk(3000, 1, seed=3).rows
    for name in ("open", "high", "low", "close"):
        rows[name][stop:] = other[name][stop:]
    changed = study(Bars(rows=rows, instruments=planted.instruments, period_ns=planted.period_ns))
    assert np.array_equal(changed.oos[:stop], found.oos[:stop], equal_nan=True)
    assert changed.steps[0].families == found.steps[0].families


def test_gates_can_be_left_out_or_raised(planted):
    quick = replace(SETTINGS, resamples=0)
    free = Gates(oos_sharpe_min=None, oos_psr_min=None, dsr_min=None, pbo_max=None, excess_min=None, quality_min=None)
    result = study(planted, gates=free, settings=quick)
    assert {check.gate for check in result.checks} == {"members_min", "consistency_min", "correlation_max"}
    assert math.isnan(result.odds.superiority_p)
    strict = study(planted, gates=msgspec.structs.replace(Gates(), dsr_min=1.0), settings=quick)
    assert not strict.approved
    assert strict.funnel[-1][1] == 0


def test_nothing_chosen_is_said_in_words():
    result = study(
        random_walk(1200, 1, seed=1, drift=0.0),
        families=("turn_of_month",),
        rules=Rules(costs=Costs(slippage_bps=500.0)),
    )
    assert not result.approved
    assert result.members == ()
    assert result.trades_share == 0.0
    failed = {check.gate: check for check in result.checks if not check.passed}
    assert "members_min" in failed
    assert "consistency_min" in failed
    assert failed["track_record"].words == "no length of record would prove it: it earned nothing"


def test_too_little_data_is_refused():
    with pytest.raises(SettingsError, match="too few"):
        study(random_walk(40, 1, seed=1))


def test_families_that_need_several_symbols_need_them():
    with pytest.raises(SettingsError, match="compares symbols"):
        study(random_walk(500, 1, seed=1), families=("relative_strength",))


def test_a_gate_can_ask_how_robust_the_members_are(planted, found):
    asked = replace(SETTINGS, resamples=0, scenarios=60)
    result = study(planted, gates=Gates(robustness_min=0.0), settings=asked)
    gate = next(check for check in result.checks if check.gate == "robustness_min")
    assert result.dossier is not None
    assert gate.found == result.dossier.score.total
    assert gate.passed
    assert found.dossier is None
