"""An ensemble on the command line: its own rules, what it was not approved for, and one line for each mistake."""

from dataclasses import replace

import pytest

from studies import make_study, study_bars
from tenfold.app.cli.program import main
from tenfold.app.ensemble_file import save_ensemble
from tenfold.domain.rules import Account, Rules
from tenfold.registry import STRATEGIES

RULES = Rules(account=Account(cash=50_000.0))


@pytest.fixture
def tenfold(capsys, tmp_path, monkeypatch):
    """Run a command in a folder of its own, an ensemble in it; return its exit code, output and errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    result = make_study(study_bars(), members=1, approved=False)
    fold = STRATEGIES.load("crossing")
    member = replace(result.members[0], family="crossing", values=fold.defaults, source_hash=fold.source_hash)
    save_ensemble(replace(result, members=(member,)), RULES, tmp_path / "ensemble.toml")

    def run(line):
        code = main(line.split())
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_a_backtest_takes_the_rules_that_were_tested(tenfold):
    code, out, err = tenfold("backtest ensemble.toml --sample us-indices SP500")
    assert code == 0
    assert "50,000.00" in out
    assert "warning: ensemble.toml was not approved" in err
    assert "1 of the 3 members" in err


def test_options_go_over_the_rules_that_were_tested(tenfold):
    code, out, _ = tenfold("backtest ensemble.toml --sample us-indices SP500 --set rules.account.cash=7000 --no-save")
    assert code == 0
    assert "7,000.00" in out
    code, _, _ = tenfold("backtest ensemble.toml --sample us-indices SP500 --limits live --no-save")
    assert code == 0


def test_paper_takes_the_rules_that_were_tested_and_says_that_the_symbols_are_others(tenfold):
    line = "paper ensemble.toml --sample us-indices SP500 --start 2018-11-01 --journal journal.db"
    code, out, err = tenfold(line)
    assert code == 0
    assert "50,000.00" in out
    assert "equity" in out
    assert "warning: ensemble.toml was studied on SYN1, SYN2, SYN3: nothing is known of how it does on SP500" in err
    for more in ("--set venue=lean", "--set rules.costs.fee_frac=0.01"):
        code, _, err = tenfold(f"{line} {more}")
        assert code == 2
        assert "has no effect here, expected none: conventions and costs are the venue's" in err


def test_a_symbol_without_a_bar_on_the_days_is_no_obstacle_on_paper(tenfold):
    days = "--start 2011-11-01 --end 2011-12-31"  # FB was not listed
    assert tenfold(f"paper crossing --sample us-large-caps AAPL FB {days} --journal journal.db")[0] == 0


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("backtest ensemble.toml --sample us-indices --venue lean", "a venue brings other rules"),
        ("backtest ensemble.toml --sample us-indices -p fast=3", "brings its own parameters and weights"),
        ("backtest ensemble.toml,crossing --sample us-indices", "votes alone"),
        ("backtest nothing.toml --sample us-indices", "there is no file nothing.toml"),
        ("backtest other.toml --sample us-indices", "is no ensemble"),
        ("sweep ensemble.toml --sample us-indices", "a sweep needs a function declared by @fold"),
        ("check ensemble.toml", "expected a function declared by @fold"),
    ],
)
def test_mistakes_end_in_one_line(tenfold, tmp_path, line, said):
    (tmp_path / "other.toml").write_text("a = 1\n")
    code, _, err = tenfold(line)
    assert code in {2, 3, 4}
    assert said in err
    assert len(err.strip().splitlines()) == 1
