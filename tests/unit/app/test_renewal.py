"""A study on newer data replaces the worst member of an ensemble, or says why it does not."""

from dataclasses import replace

import numpy as np
import pytest

from studies import make_study
from tenfold import Rules, study
from tenfold.app.ensemble_file import load_ensemble, save_ensemble
from tenfold.app.renewal import renewal
from tenfold.app.study import Study
from tenfold.app.synthetic import synthetic_bars
from tenfold.backtesting.backtest import run_backtest
from tenfold.domain.upkeep import Upkeep
from tenfold.registry import STRATEGIES
from tenfold.research.gates import Gates

GATES = Gates(dsr_min=None, pbo_max=None, oos_psr_min=None, correlation_max=0.9)
MEMBERS = ("pullback", "turn_of_month")


@pytest.fixture(scope="module")
def bars():
    return synthetic_bars("trend", 2520, 3, seed=4)


@pytest.fixture(scope="module")
def found(bars, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TENFOLD_HOME", str(tmp_path_factory.mktemp("home")))
        return study(bars, ["cloud", "channel"], gates=GATES, trials=80, windows=3)


def ensemble_of(bars, tmp_path, names=MEMBERS, returns=None, end=1000, values=None):
    """Return an ensemble of shipped strategies at their defaults, made on the first bars."""
    early = bars.slice(0, end)
    result = make_study(early, members=len(names))
    members = tuple(
        replace(
            one,
            family=name,
            values=STRATEGIES.load(name).accept(values),
            source_hash=STRATEGIES.load(name).source_hash,
            weight=1.0,
            returns=one.returns if returns is None else returns,
        )
        for one, name in zip(result.members, names, strict=True)
    )
    return load_ensemble(save_ensemble(replace(result, members=members), Rules(), tmp_path / "old.toml"))


def test_the_worst_goes_where_a_fitter_one_passes(bars, found, tmp_path):
    assert found.approved
    old = ensemble_of(bars, tmp_path)
    renewed = renewal(old, found, Upkeep())
    assert renewed.change.leaves in {"1_pullback", "2_turn_of_month"}
    assert renewed.change.comes.endswith("of the study")
    families = [one.family for one in renewed.result.members]
    assert len(families) == 2
    assert len(set(families) & set(MEMBERS)) == 1
    assert renewed.result.approved
    path = found.save_ensemble(tmp_path / "new.toml", renewed.result, [], renewed.change.words)
    again = load_ensemble(path)
    assert again.verdict == renewed.change.words
    assert [one.fold.name for one in again.members] == families
    run = run_backtest(again.members, bars, found.rules)
    tested = np.isfinite(found.result.oos)
    shown = again.evidence["walk_forward"]
    assert shown["trades"] == np.count_nonzero(run.trades["entry_bar"] >= np.argmax(tested))
    assert again.evidence["research"]["trades"] == len(run.trades) != len(found.result.entries)
    assert renewed.result.oos[tested] == pytest.approx(run.returns[tested])
    assert shown["probabilistic_sharpe"] == again.odds.psr != found.result.odds.psr
    assert again.odds.dsr != found.result.odds.dsr


def test_a_study_that_failed_replaces_nobody(bars, found, tmp_path):
    failed = tuple(
        type(check)(**{name: getattr(check, name) for name in check.__struct_fields__} | {"passed": False})
        for check in found.result.checks
    )
    refused = Study(replace(found.result, checks=failed), found.bars, found.rules)
    renewed = renewal(ensemble_of(bars, tmp_path), refused, Upkeep())
    assert renewed.result is None
    assert "no candidate passes the gates" in renewed.change.words


def test_who_is_in_already_is_no_candidate(bars, found, tmp_path):
    only = Study(replace(found.result, members=found.result.members[:1]), found.bars, found.rules)
    best = only.result.members[0]
    old = ensemble_of(bars, tmp_path, (best.family,), values=best.values)
    assert "there is no candidate" in renewal(old, only, Upkeep()).change.words


def test_who_goes_together_with_those_that_stay_does_not_come(bars, found, tmp_path):
    best = found.result.members[0]
    only = Study(replace(found.result, members=(best,), gates=Gates(correlation_max=0.0)), found.bars, found.rules)
    old = ensemble_of(bars, tmp_path, ("channel", "turn_of_month"))
    assert renewal(old, only, Upkeep()).result is None


def test_who_fell_short_of_its_record_goes_first(bars, found, tmp_path):
    rich = np.where(np.arange(1000) % 2, 0.02, 0.0)
    old = ensemble_of(bars, tmp_path, ("channel", "pullback"), returns=rich)
    renewed = renewal(old, found, Upkeep(false_alarms_per_year=12.0))
    assert "was demoted" in renewed.change.words
