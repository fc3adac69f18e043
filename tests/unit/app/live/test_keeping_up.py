"""An ensemble that trades: what is told before it does, and which members fall short of their record."""

import dataclasses

import pytest

import tenfold
from ladder_scenes import ensemble_file, on_stage
from studies import study_bars
from tenfold.app.ensemble import Promise
from tenfold.app.ensemble_file import load_ensemble
from tenfold.app.live.judging import Judging
from tenfold.app.live.keeping_up import Standing, standing_of, told_of
from tenfold.app.recorded_run import recorded_run
from tenfold.app.wiring import open_journal
from tenfold.backtesting.scoring import Member
from tenfold.domain.errors import SettingsError
from tenfold.domain.events import Weighed
from tenfold.domain.upkeep import Upkeep
from tenfold.registry import STRATEGIES

FEW = Upkeep(members_min=1)


@pytest.fixture(scope="module")
def ensemble(tmp_path_factory):
    return load_ensemble(ensemble_file(tmp_path_factory.mktemp("found") / "ensemble.toml"))


@pytest.fixture(scope="module")
def journal(ensemble, tmp_path_factory):
    """A journal with one run of the ensemble, 200 sessions beyond the study."""
    target = str(tmp_path_factory.mktemp("kept") / "journal.db")
    tenfold.backtest(str(ensemble.path), study_bars(1500).slice(1300), journal=target, name="run")
    return target


def promising(ensemble, mean):
    return dataclasses.replace(ensemble, promises=(Promise(mean, 0.01),))


def test_who_falls_short_of_its_record_is_named_and_who_keeps_it_is_not(ensemble, journal):
    (line,) = standing_of(promising(ensemble, 0.02), FEW, journal, "run").fallen
    assert "fell short of its record on" in line
    assert "tenfold research --renew" in line
    for other in (
        promising(ensemble, 1e-6),
        promising(ensemble, 0.0),  # it promises nothing
        dataclasses.replace(ensemble, periods=98_280.0),
    ):
        assert standing_of(other, FEW, journal, "run") == Standing()
    last = standing_of(promising(ensemble, 0.02), Upkeep(members_min=1, drifted="suspend"), journal, "run")
    assert (last.fallen, last.weights) == ((line,), None)  # nobody else would be left to vote
    kept = open_journal(journal, "run")
    try:
        text, standing = Judging(journal, kept, promising(ensemble, 0.02), FEW).session_over()
        assert "fell short" in text
        assert standing.fallen == (line,)
    finally:
        kept.close()


def test_a_canary_is_held_to_its_record_at_full_size(ensemble, journal):
    on_stage(journal, "run", "canary", "canary", share=0.1)
    told = [standing_of(promising(ensemble, 0.003), FEW, journal, name) for name in ("run", "canary")]
    assert told[0].fallen
    assert told[0] == told[1]


@pytest.fixture
def pair(ensemble, tmp_path):
    """Two members, the first of which promises more than anybody keeps, and the journal of a run of both."""
    target = str(tmp_path / "pair.db")
    tenfold.backtest(["crossing", "channel"], study_bars(1500).slice(1300), journal=target, name="run")
    return dataclasses.replace(ensemble, promises=(Promise(0.02, 0.01), Promise(1e-6, 0.01))), target


def told_to(target, weights):
    """Note in the journal that members vote by other weights."""
    kept = open_journal(target, "run")
    try:
        last = max(one.ts_ns for one in kept.records() if hasattr(one, "ts_ns"))
        kept.append([Weighed(ts_ns=last, weights=weights, reason="test")])
        kept.sync()
    finally:
        kept.close()


def test_who_falls_short_is_suspended_where_that_is_wanted_and_once(pair):
    two, target = pair
    assert standing_of(two, FEW, target, "run").weights is None  # told, and nothing else
    suspends = Upkeep(members_min=1, drifted="suspend")
    standing = standing_of(two, suspends, target, "run")
    assert standing.weights is not None
    assert standing.weights[0] == 0.0 < standing.weights[1]
    assert "and is suspended: `tenfold research --renew" in standing.fallen[0]
    assert standing.reason.endswith("; suspended: crossing")
    told_to(target, standing.weights)
    assert standing_of(two, suspends, target, "run").weights is None
    again = standing_of(two, FEW, target, "run")  # where it is no longer wanted, it votes again
    assert again.weights == (standing.weights[1],) * 2


def test_weights_follow_the_skill_that_was_shown(pair):
    two, target = pair
    standing = standing_of(two, Upkeep(members_min=1, weights="skill"), target, "run")
    assert standing.weights is not None
    assert sum(standing.weights) == pytest.approx(1.0)
    assert standing.weights[0] != standing.weights[1]
    assert standing.reason == "skill shown so far"
    told_to(target, standing.weights)
    kept = open_journal(target, "run")
    try:
        assert [one.weights for one in recorded_run(kept).heard if isinstance(one, Weighed)] == [standing.weights]
    finally:
        kept.close()


def test_what_is_not_followed_while_it_trades_is_told_before(ensemble):
    assert told_of(ensemble, FEW, 252.0, ensemble.symbols, money=True)[0].startswith(
        "members are held against their record after each session"
    )
    told = told_of(ensemble, Upkeep(weights="skill"), 98_280.0, ensemble.symbols, money=False)
    assert "of the 3 members that trading with money needs" in told[0]
    assert "studied on bars of which a year has 252, and of these it has 98,280 (--every)" in told[1]
    assert "of bars of another length" in told[2]
    assert "live.weights = skill is not followed: weights stay as" in told[3]
    told = told_of(
        ensemble, Upkeep(members_min=1, weights="skill", drifted="suspend"), 252.0, ensemble.symbols, money=False
    )
    assert "is suspended from the vote until it is renewed" in told[0]
    assert "weighed anew after each session" in told[1]
    with pytest.raises(SettingsError, match=r"live\.members_min"):
        told_of(ensemble, Upkeep(), 252.0, ensemble.symbols, money=True)


def test_other_symbols_than_those_of_the_study_are_told_before(ensemble):
    studied = ", ".join(ensemble.symbols)
    told = told_of(ensemble, FEW, 252.0, [ensemble.symbols[0], "XYZ"], money=False)
    assert told[0] == f"{ensemble.path} was studied on {studied}: nothing is known of how it does on XYZ"
    ensemble.check_symbols(["XYZ"])  # each of its members looks at one symbol


def test_a_study_of_prices_that_are_not_those_that_are_traded_is_told_before(ensemble):
    total, split = (dataclasses.replace(ensemble, adjustment=one) for one in ("total", "split"))
    (more,) = set(told_of(total, FEW, 252.0, total.symbols, money=True)) - set(
        told_of(split, FEW, 252.0, split.symbols, money=True)
    )
    assert "was studied on prices with dividends in them (--adjust total)" in more


def test_symbols_in_another_order_than_in_the_study_are_told_before(ensemble):
    first, second, third = ensemble.symbols
    assert ensemble.elsewhere(ensemble.symbols) == ensemble.elsewhere([first, third]) == []
    (told,) = ensemble.elsewhere([second, first, third])
    assert told.endswith("in this order: where limits leave too little for all, the first have it")


def test_members_that_compare_symbols_need_those_of_the_study(ensemble):
    fold = STRATEGIES.load("pairs")
    across = dataclasses.replace(ensemble, members=(*ensemble.members, Member(fold, fold.accept({}), "2_pairs")))
    assert not across.elsewhere(across.symbols)
    across.check_symbols(across.symbols[::-1])
    (told,) = across.elsewhere(across.symbols[::-1])
    assert "compares symbols with each other (2_pairs)" in told
    assert "in this order" in told
    with pytest.raises(
        SettingsError, match=f"without {across.symbols[1]}, {across.symbols[2]} it is not what was studied"
    ):
        across.check_symbols([across.symbols[0], "XYZ"])
