"""An ensemble comes back as it was saved, trades as it was tested, and is refused once anything about it was changed."""

import json
import re
from dataclasses import replace

import msgspec
import numpy as np
import pytest

from studies import make_study, study_bars
from tenfold import backtest
from tenfold.app.ensemble_file import load_ensemble, save_ensemble
from tenfold.domain.errors import DataError, ParameterError, StrategyError, TenfoldError, UnknownNameError
from tenfold.domain.rules import Account, Costs, Rules
from tenfold.domain.upkeep import Upkeep
from tenfold.registry import STRATEGIES
from tenfold.strategy.source import load_strategy

RULES = Rules(account=Account(cash=50_000.0), costs=Costs(fee_frac=0.0002))
SHIPPED = {"crossing": {"fast": 10, "slow": 60}, "channel": {}, "pullback": {}}

OWN = """\
from my_numbers import LEVEL
from tenfold.indicators import Integer, Mean, State, fold, mean, sign


@fold(length=Integer(5, 250, default=100), state=State(mean=Mean))
def above(state, bar, params):
    \"\"\"Long above the mean.\"\"\"
    return sign(bar.close - LEVEL * mean(state.mean, bar.close, params.length))
"""


@pytest.fixture(scope="module")
def bars():
    return study_bars()


def study(bars, folds=None, **changes):
    """Return a study whose members are real folds with their values."""
    chosen = folds or [(STRATEGIES.load(name), values) for name, values in SHIPPED.items()]
    result = make_study(bars, members=len(chosen))
    members = tuple(
        replace(
            member,
            family=fold.name,
            values=fold.accept(values),
            source_hash=fold.source_hash,
            weight=1.0 / (number + 1),
        )
        for number, (member, (fold, values)) in enumerate(zip(result.members, chosen, strict=True))
    )
    return replace(result, members=members, **changes)


def test_it_comes_back_as_it_was(bars, tmp_path):
    result = study(bars)
    path = save_ensemble(
        result,
        RULES,
        tmp_path / "ensemble.toml",
        created="2026-01-01",
        verdict="good",
        ledger_head="ab",
        adjustment="split",
    )
    found = load_ensemble(path)
    assert found.adjustment == "split"
    assert [(one.fold.name, one.values, one.weight) for one in found.members] == [
        (one.family, one.values, one.weight) for one in result.members
    ]
    assert found.weights == (1.0, 0.5, 1 / 3)
    assert [one.name for one in found.members] == ["1_crossing", "2_channel", "3_pullback"]
    assert (found.rules, found.gates, found.checks, found.odds) == (RULES, result.gates, result.checks, result.odds)
    assert (found.digest, found.ledger_head, found.end_ns) == (result.digest, "ab", int(bars.ts_ns[-1]))
    assert (found.approved, found.verdict, found.created) == (True, "good", "2026-01-01")
    assert found.obstacles(Upkeep()) == []


def test_values_that_are_not_finite_and_gates_that_are_off_come_back(bars, tmp_path):
    gates = msgspec.structs.replace(make_study(bars).gates, dsr_min=None, pbo_max=None)
    odds = replace(make_study(bars).odds, superiority_p=float("nan"), track_record_min=float("inf"))
    path = save_ensemble(study(bars, gates=gates, odds=odds), RULES, tmp_path / "e.toml")
    found = load_ensemble(path)
    assert found.gates == gates
    assert np.isnan(found.odds.superiority_p)
    assert np.isinf(found.odds.track_record_min)


def test_the_backtest_takes_its_members_weights_and_rules(bars, tmp_path):
    path = save_ensemble(study(bars), RULES, tmp_path / "ensemble.toml")
    folds = [(STRATEGIES.load(name), values) for name, values in SHIPPED.items()]
    expected = backtest(
        [fold for fold, _ in folds],
        bars,
        params=[values for _, values in folds],
        weights=[1.0, 0.5, 1 / 3],
        rules=RULES,
    )
    for given in (str(path), path, [path], load_ensemble(path)):
        result = backtest(given, bars)
        assert (result.run.equity_units == expected.run.equity_units).all()
        assert result.run.rules == RULES
    assert backtest(path, bars, rules=Rules()).run.rules == Rules()
    assert result.run.notes["ensemble"]["approved"] is True
    assert any("100% of these bars were known to the research" in said for said in result.warnings())
    kept = result.save("kept")
    assert kept


def test_the_vote_of_an_ensemble_stands_alone(bars, tmp_path):
    path = save_ensemble(study(bars), RULES, tmp_path / "ensemble.toml")
    with pytest.raises(StrategyError, match="votes alone"):
        backtest([path, "crossing"], bars)
    with pytest.raises(ParameterError, match="its own parameters and weights"):
        backtest(path, bars, weights=[1.0, 1.0, 1.0])
    with pytest.raises(ParameterError, match="its own parameters and weights"):
        backtest(path, bars, params={"fast": 5})


def test_what_was_not_approved_says_so(bars, tmp_path):
    result = study(
        bars, [(STRATEGIES.load("crossing"), {})], approved=False, checks=make_study(bars, approved=False).checks
    )
    path = save_ensemble(result, RULES, tmp_path / "ensemble.toml")
    found = load_ensemble(path)
    assert not found.approved
    said = " ".join(found.obstacles(Upkeep()))
    assert "was not approved (oos_sharpe_min, dsr_min, pbo_max, track_record): it may be studied, not traded" in said
    assert "1 of the 3 members" in said
    assert len(found.obstacles(Upkeep(members_min=1))) == 1
    assert any("not approved" in text for text in backtest(path, bars).warnings())


def test_a_member_that_stops_earning_is_named(bars, tmp_path):
    result = study(bars, [(STRATEGIES.load("crossing"), {"fast": 5, "slow": 20})])
    rich = np.where(np.arange(len(bars)) % 2, 0.02, 0.0)
    member = replace(result.members[0], returns=rich)
    fresh = study_bars(2600)
    path = save_ensemble(replace(result, members=(member,)), RULES, tmp_path / "ensemble.toml")
    said = backtest(path, fresh).warnings()
    assert any(
        re.search(r"1_crossing fell short of its record and would have been demoted on 201\d-", text) for text in said
    )
    assert any("50% of these bars were known" in text for text in said)


def test_a_record_that_promises_nothing_is_not_watched(bars, tmp_path):
    result = study(bars, [(STRATEGIES.load("crossing"), {})])
    poor = replace(result.members[0], returns=np.zeros(len(bars)))
    path = save_ensemble(replace(result, members=(poor,)), RULES, tmp_path / "ensemble.toml")
    assert load_ensemble(path).watch(Upkeep()) == [None]
    assert not any("fell short" in text for text in backtest(path, study_bars(2600)).warnings())


@pytest.mark.parametrize(
    ("found", "put", "said"),
    [
        ("weight = 1.0", "weight = 9.0", "was changed since it was signed"),
        ("cash = 50000.0", "cash = 50000.01", "was changed since it was signed"),
        ("approved = true", "approved = false", "was changed since it was signed"),
        ("format = 1", "format = 2", "has format 2, expected 1"),
        ("fast = 10", "fast = 10\nextra = 1", "was changed since it was signed"),
        ("[signature]", "[nothing]", "has no format or no signature"),
        ("format = 1", "format == 1", "this is not toml"),
    ],
)
def test_a_changed_file_is_refused(bars, tmp_path, found, put, said):
    path = save_ensemble(study(bars), RULES, tmp_path / "ensemble.toml")
    text = path.read_text()
    assert found in text
    path.write_text(text.replace(found, put, 1))
    with pytest.raises(DataError, match=said) as error:
        load_ensemble(path)
    assert "\n" not in str(error.value)


def test_layout_and_comments_are_no_change(bars, tmp_path):
    path = save_ensemble(study(bars), RULES, tmp_path / "ensemble.toml")
    path.write_bytes(b"# mine\r\n" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert load_ensemble(path).approved


def test_another_key_is_told_from_a_changed_file(bars, tmp_path, monkeypatch):
    path = save_ensemble(study(bars), RULES, tmp_path / "ensemble.toml")
    monkeypatch.setenv("TENFOLD_SIGNING_KEY", "k" * 32)
    with pytest.raises(DataError, match="signed with another key") as error:
        load_ensemble(path)
    assert "k" * 32 not in str(error.value)


def test_an_ensemble_that_is_not_there_or_has_no_members(bars, tmp_path):
    with pytest.raises(UnknownNameError, match="there is no file"):
        load_ensemble(tmp_path / "ensemble.toml")
    with pytest.raises(UnknownNameError, match="there is no file"):
        backtest(str(tmp_path / "ensemble.toml"), bars)
    with pytest.raises(DataError, match="found no members"):
        save_ensemble(make_study(bars, members=0), RULES, tmp_path / "ensemble.toml")
    assert not list(tmp_path.iterdir())


def test_a_shipped_strategy_that_is_another_now_is_refused(bars, tmp_path, monkeypatch):
    path = save_ensemble(study(bars), RULES, tmp_path / "ensemble.toml")
    monkeypatch.setitem(STRATEGIES.places, "channel", STRATEGIES.place("pullback"))
    monkeypatch.setitem(STRATEGIES.table, "channel", STRATEGIES.place("pullback"))
    with pytest.raises(StrategyError, match="strategy channel is not the one"):
        load_ensemble(path)


def test_evidence_that_was_changed_is_refused_and_may_stay_behind(bars, tmp_path):
    report = tmp_path / "study.json"
    report.write_text(json.dumps({"dsr": 0.96}))
    path = save_ensemble(study(bars), RULES, tmp_path / "ensemble.toml", dossier=[report])
    assert load_ensemble(path).approved
    report.write_text(json.dumps({"dsr": 0.99}))
    with pytest.raises(DataError, match=r"study\.json was changed"):
        load_ensemble(path)
    report.unlink()
    assert load_ensemble(path).approved


@pytest.fixture
def own(tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "my_numbers.py").write_text("LEVEL = 1.001\n")
    (folder / "above.py").write_text(OWN)
    return folder / "above.py"


@pytest.fixture
def path(own, bars, tmp_path):
    result = study(bars, [(load_strategy(own), {"length": 50})])
    return save_ensemble(result, RULES, tmp_path / "ensemble.toml")


def test_the_file_carries_the_source_and_its_neighbours(path, own, bars):
    text = path.read_text()
    assert "return sign(bar.close" in text  # readable, line by line
    assert "LEVEL = 1.001" in text
    assert backtest(path, bars).run.members == ("1_above",)


def test_it_trades_where_the_file_is_gone(path, own, bars, home):
    expected = backtest(path, bars).run.equity_units
    for file in own.parent.iterdir():
        file.unlink()
    for _ in range(2):  # the second finds what the first put there
        assert (backtest(path, bars).run.equity_units == expected).all()
    assert len(list((home / "sources").rglob("*.py"))) == 2


@pytest.mark.parametrize(("name", "text"), [("above.py", OWN + "\n# later\n"), ("my_numbers.py", "LEVEL = 1.1\n")])
def test_an_edited_file_is_refused(path, own, bars, name, text):
    (own.parent / name).write_text(text)
    with pytest.raises(StrategyError, match=r"above\.py was changed since .*ensemble\.toml was made"):
        load_ensemble(path)


def test_a_strategy_of_the_running_script_cannot_be_saved(bars, own, tmp_path, monkeypatch):
    fold = load_strategy(own)
    monkeypatch.setattr(fold.function, "__module__", "__main__")
    with pytest.raises(StrategyError, match="above stands in the script that is running"):
        save_ensemble(study(bars, [(fold, {})]), RULES, tmp_path / "e.toml")


def test_a_strategy_without_a_file_cannot_be_saved(bars, own, tmp_path):
    result = study(bars, [(load_strategy(own), {"length": 50})])
    own.unlink()
    with pytest.raises(StrategyError, match="the source of above is in no file"):
        save_ensemble(result, RULES, tmp_path / "e.toml")
    unknown = replace(result, members=(replace(result.members[0], source_hash="0" * 20),))
    with pytest.raises(TenfoldError, match="in no file"):
        save_ensemble(unknown, RULES, tmp_path / "e.toml")
