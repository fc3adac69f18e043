"""Research as a user meets it: the verdict first, the evidence in files, and one line for each mistake."""

import json
import subprocess
import sys

import pytest

from tenfold.app.cli.program import main

FEW = "--families crossing,channel,cloud --windows 3 --trials 60"

STRATEGY = '''
from tenfold.indicators import Integer, Mean, State, fold, mean, sign

@fold(length=Integer(2, 200, default=5), state=State(mean=Mean))
def above(state, bar, params):
    """Long above the mean."""
    return sign(bar.close - mean(state.mean, bar.close, params.length))
'''

OBJECT = """
class Always:
    def on_bar(self, window):
        return 1.0
"""


@pytest.fixture
def tenfold(capsys, tmp_path, monkeypatch):
    """Run a command in a folder of its own; return its exit code, output and errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "own.py").write_text(STRATEGY)
    (tmp_path / "object.py").write_text(OBJECT)
    (tmp_path / "gates.toml").write_text('dsr_min = "off"\npbo_max = "off"\nmembers_min = 1\n')

    def run(line):
        code = main(line.split())
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_what_is_planted_is_found_and_trades(tenfold, tmp_path):
    code, out, err = tenfold(f"research --synthetic trend {FEW} --out found")
    assert code == 0, err
    assert out.startswith("Of ")
    assert "were approved" in out or "was approved" in out
    assert "ok      dsr_min" in out
    assert "searching 3 families on 5,040 bars of TREND0.1" in err
    assert {path.name for path in (tmp_path / "found").iterdir()} == {"ensemble.toml", "report.html", "study.json"}
    assert "SYNTHETIC" in (tmp_path / "found/report.html").read_text()[:200_000].upper()
    code, out, err = tenfold(f"research --synthetic trend {FEW} --out again --renew found/ensemble.toml")
    assert code == 0, err
    assert " stays: there is no candidate" in out
    assert not (tmp_path / "again/renewed.toml").exists()
    code, out, err = tenfold("backtest found/ensemble.toml --sample us-indices SP500 --no-save")
    assert code == 0, err
    assert "not approved" not in err


def test_noise_is_refused_in_words_and_that_is_no_error(tenfold, tmp_path):
    code, out, err = tenfold(f"research --synthetic noise {FEW}")
    assert code == 0, err
    assert out.startswith("Nothing survived: of ")
    assert (tmp_path / "research/report.html").is_file()
    ensemble = tmp_path / "research/ensemble.toml"
    assert not ensemble.exists() or "approved = false" in ensemble.read_text()


def test_the_same_again_counts_no_more_trials_and_finds_the_same(tenfold, tmp_path):
    line = f"research --synthetic garch {FEW} --json"
    first = json.loads(tenfold(f"{line} --out one --workers 1")[1])
    again = json.loads(tenfold(f"{line} --out two --workers 2")[1])
    assert first["odds"] == again["odds"]
    assert (tmp_path / "one/study.json").read_bytes() == (tmp_path / "two/study.json").read_bytes()
    more = json.loads(tenfold(f"{line} --out three --seed 0 --windows 4")[1])
    assert more["odds"]["trials"] >= first["odds"]["trials"]


def test_own_strategies_and_own_gates_take_part(tenfold, tmp_path):
    code, out, err = tenfold(
        "research --sample us-indices SP500 --families crossing --strategy own.py --gates gates.toml --trials 60 --windows 3 --json"
    )
    assert code == 0, err
    found = json.loads(out)
    assert "searching 2 families" in err
    assert not {"dsr_min", "pbo_max"} & {gate["gate"] for gate in found["gates"]}
    study = json.loads((tmp_path / "research/study.json").read_text())
    assert {name for name, _, _ in study["families_tried"]} == {"crossing", "above"}


def test_a_search_that_was_cut_off_goes_on(tenfold, tmp_path):
    line = "research --synthetic noise --families crossing,channel --trials 400 --windows 3 --out cut"
    program = [sys.executable, "-c", "import sys; from tenfold.__main__ import main; sys.exit(main(sys.argv[1:]))"]
    process = subprocess.Popen([*program, *line.split()], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
    kept = tmp_path / "cut/checkpoints"
    while process.poll() is None and not list(kept.glob("*/*")):
        pass
    process.kill()
    process.communicate()
    code, out, err = tenfold(f"{line} --resume --json")
    assert code == 0, err
    assert not kept.exists()
    assert json.loads(out)["odds"] == json.loads(tenfold(f"{line.replace('cut', 'whole')} --json")[1])["odds"]
    assert (tmp_path / "cut/study.json").read_bytes() == (tmp_path / "whole/study.json").read_bytes()


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("research NOPE", 2, "'NOPE' is not in the catalogue"),
        ("research --synthetic trnd", 2, "there is no synthetic market trnd; did you mean trend?"),
        ("research SPY --synthetic trend", 2, "leave out SPY"),
        ("research --synthetic trend --start 2015-01-01", 2, "leave out --start"),
        ("research --sample us-indices --gates nothing.toml", 2, "nothing.toml cannot be read"),
        ("research --sample us-indices --gates wrong.toml", 2, "wrong.toml: unknown key oos_sharp_min, did you mean oos_sharpe_min?"),
        ("research --sample us-indices --gates high.toml", 2, "dsr_min is 2.0, expected a number ≥ 0 and ≤ 1"),
        ("research --sample us-indices --renew gone.toml", 2, "there is no file gone.toml"),
        ("research --sample us-indices --renew gates.toml", 3, "gates.toml is no ensemble"),
        ("research --sample us-indices --gates own.py", 2, "own.py: this is not toml"),
        ("research --sample us-indices --families crosing", 2, "there is no strategy crosing; did you mean crossing?"),
        ("research --sample us-indices --families ,", 2, "--families names nothing"),
        ("research --sample us-indices --strategy gone.py", 2, "there is no file gone.py"),
        ("research --sample us-indices --strategy object.py", 4, "object.py is no function declared by @fold"),
        ("research --sample us-indices --trials 3", 2, "trials are 3, expected 50 to 10,000,000"),
        ("research --sample us-indices --windows 1", 2, "windows are 1, expected 2 to 50"),
        ("research --sample us-indices --workers 0", 2, "workers are 0, expected 1 to 1024"),
        ("research --sample us-indices --start 2018-12-01 --families crossing", 2, "bars are too few for 6 windows"),
        ("research --sample us-indices SP500 --families pairs", 2, "no family of strategies can be searched: compares symbols"),
    ],
)  # fmt: skip
def test_mistakes_end_in_one_line(tenfold, tmp_path, line, code, said):
    (tmp_path / "wrong.toml").write_text("oos_sharp_min = 1.0\n")
    (tmp_path / "high.toml").write_text("dsr_min = 2.0\n")
    left, out, err = tenfold(line)
    errors = [text for text in err.splitlines() if text.startswith("error: ")]
    assert (left, out, len(errors)) == (code, "", 1), err
    assert said in errors[0]
    assert not (tmp_path / "research").exists()
