"""An ensemble that trades: what is told before it does, and which members fall short of their record."""

import dataclasses

import pytest

import tenfold
from ladder_scenes import ensemble_file
from studies import study_bars
from tenfold.app.ensemble import Promise
from tenfold.app.ensemble_file import load_ensemble
from tenfold.app.live.judging import Judging
from tenfold.app.live.keeping_up import fallen, told_of
from tenfold.app.wiring import open_journal
from tenfold.domain.errors import SettingsError
from tenfold.domain.upkeep import Upkeep

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
    (line,) = fallen(promising(ensemble, 0.02), FEW, journal, "run")
    assert "fell short of its record on" in line
    assert "tenfold research --renew" in line
    assert fallen(promising(ensemble, 1e-6), FEW, journal, "run") == []
    assert fallen(promising(ensemble, 0.0), FEW, journal, "run") == []  # it promises nothing
    assert fallen(dataclasses.replace(ensemble, periods=98_280.0), FEW, journal, "run") == []
    kept = open_journal(journal, "run")
    try:
        assert "fell short" in Judging(journal, kept, promising(ensemble, 0.02), FEW).session_over()
    finally:
        kept.close()


def test_what_is_not_followed_while_it_trades_is_told_before(ensemble):
    assert told_of(ensemble, FEW, 252.0, money=True)[0].startswith(
        "members are held against their record after each session"
    )
    told = told_of(ensemble, Upkeep(weights="skill"), 98_280.0, money=False)
    assert "of the 3 members that trading with money needs" in told[0]
    assert "of bars of another length" in told[1]
    assert "live.weights = skill is not followed while it trades" in told[2]
    with pytest.raises(SettingsError, match=r"live\.members_min"):
        told_of(ensemble, Upkeep(), 252.0, money=True)
