"""A study from Python: what it takes, what it hands back, and what it refuses in one line."""

import numpy as np
import polars as pl
import pytest

import tenfold
from studies import make_study, study_bars
from tenfold import Rules, Study, bars_from_arrays, study
from tenfold.app.ensemble_file import load_ensemble
from tenfold.app.study import families_of, gates_in
from tenfold.app.synthetic import KINDS, synthetic_bars
from tenfold.domain.errors import DataError, ParameterError, SettingsError, StrategyError, UnknownNameError
from tenfold.domain.upkeep import Upkeep
from tenfold.registry import STRATEGIES
from tenfold.research.gates import Gates

FEW = ["crossing", "channel", "cloud"]


class Always:
    name = "always"

    def on_bar(self, window):
        return 1.0


@pytest.fixture(scope="module")
def bars():
    return study_bars()


def test_a_study_from_end_to_end(tmp_path):
    done = []
    bars = synthetic_bars("trend", 2520, 3, seed=4)
    gates = Gates(dsr_min=None, correlation_max=0.9)
    found = study(
        bars,
        FEW,
        gates=gates,
        trials=60,
        windows=3,
        workers=1,
        progress=lambda done_, total: done.append((done_, total)),
    )
    assert done
    assert found.result.gates == gates
    assert found.approved == all(found.gates["passed"])
    assert isinstance(found.members, pl.DataFrame)
    assert repr(found).startswith(found.verdict())
    files = found.save(tmp_path / "out")
    assert set(files) == {"report", "study", "ensemble"}
    ensemble = load_ensemble(files["ensemble"])
    assert ensemble.approved == found.approved
    assert ensemble.created.endswith("Z")
    assert len(ensemble.ledger_head) == 64
    assert [one.fold.name for one in ensemble.members] == found.members["family"].to_list()


def test_a_study_without_members_saves_no_ensemble(bars, tmp_path):
    found = Study(make_study(bars, approved=False, members=0, candidates=0), bars, Rules())
    assert set(found.save(tmp_path)) == {"report", "study"}
    assert len(found.members) == 0
    assert "member " not in repr(found)


def test_families_are_the_shipped_ones_or_those_given(tmp_path):
    assert len(families_of(None)) == len(STRATEGIES.table)
    assert [fold.name for fold in families_of(["crossing", "channel", "crossing"])] == ["crossing", "channel"]
    with pytest.raises(ParameterError, match=r"expected a list such as \['crossing'\]"):
        families_of("crossing")
    with pytest.raises(StrategyError, match="is no function declared by @fold"):
        families_of([Always()])


def test_gates_come_from_a_file_or_as_they_are(tmp_path):
    path = tmp_path / "gates.toml"
    path.write_text('dsr_min = "off"\nmembers_min = 3\n')
    assert gates_in(path) == gates_in(str(path)) == Gates(dsr_min=None, members_min=3)
    assert gates_in(None) == Gates()
    path.write_text('dsr_min = "of"\n')
    with pytest.raises(SettingsError, match=r"gates\.toml: dsr_min is 'of', expected a number"):
        gates_in(path)
    path.write_text("members_min = 11\n")
    with pytest.raises(SettingsError, match="members_min is 11"):
        gates_in(path)


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"trials": 10}, ParameterError, "trials are 10"),
        ({"windows": 99}, ParameterError, "windows are 99"),
        ({"scenarios": 3}, ParameterError, "scenarios are 3, expected 0, or 6 to 100,000"),
        ({"workers": 5000}, SettingsError, "workers are 5000"),
        ({"families": []}, SettingsError, "no family of strategies can be searched: none was given"),
        ({"rules": 5}, SettingsError, "rules are a int"),
        ({"regimes": "moon"}, Exception, "moon"),
    ],
)
def test_what_cannot_be_studied_is_one_line(bars, options, error, said):
    with pytest.raises(error, match=said) as raised:
        study(bars, **{"families": ["crossing"], **options})
    assert "\n" not in str(raised.value)


def test_bars_that_are_none_or_unusable():
    with pytest.raises(DataError, match="bars are a int"):
        study(5)
    nothing = np.full((400, 1), np.nan)
    days = np.arange(400, dtype=np.int64) * 86_400_000_000_000
    with pytest.raises(DataError):
        study(bars_from_arrays(["A"], days, nothing, nothing, nothing, nothing, period_ns=days[1]), ["crossing"])


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_synthetic_market_is_labelled_and_named(kind):
    bars = synthetic_bars(kind, 300, 4, seed=7)
    assert bars.label.startswith("synthetic")
    assert bars.symbols[0] == f"{kind.upper()}7.1"
    assert len(bars) == 300


def test_synthetic_markets_of_no_kind_or_size():
    with pytest.raises(UnknownNameError, match="did you mean noise"):
        synthetic_bars("nois")
    with pytest.raises(ParameterError, match="expected 2 to 100,000"):
        synthetic_bars("noise", 1)


def test_the_names_are_public():
    assert {"study", "Study"} <= set(tenfold.__all__)


def test_members_are_weighed_by_the_skill_that_they_have_shown():
    bars = synthetic_bars("trend", 2520, 3, seed=4)
    options = {"gates": Gates(correlation_max=1.0), "trials": 60, "windows": 3}
    weighed = study(bars, FEW, upkeep=Upkeep(weights="skill", rate=2.0), **options).result
    equal = study(bars, FEW, **options).result
    assert all(one.weight == 1.0 for one in equal.members)
    assert sum(one.weight for one in weighed.members) == pytest.approx(len(weighed.members))
    assert weighed.digest != equal.digest
