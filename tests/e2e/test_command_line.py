"""The commands as a user meets them, in this process; the last tests start a fresh one."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tenfold.app.cli.program import main

STRATEGY = '''
from tenfold.indicators import Integer, Mean, State, fold, mean, sign

@fold(length=Integer(2, 50, default=5), state=State(mean=Mean))
def above(state, bar, params):
    """Long above the mean."""
    return sign(bar.close - mean(state.mean, bar.close, params.length))
'''


@pytest.fixture
def tenfold(capsys, tmp_path, monkeypatch):
    """Run a command in a folder of its own; return its exit code, output and errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    (tmp_path / "own.py").write_text(STRATEGY)

    def run(line):
        code = main(line.split())
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def prices(tenfold, tmp_path):
    """Import 400 days of a made-up price under the symbol ABC."""
    from datetime import date, timedelta

    lines, price, day = ["date,open,high,low,close,volume"], 100.0, date(2020, 1, 1)
    while len(lines) <= 400:
        day += timedelta(days=1)
        if day.weekday() < 5:
            after = price * (1.0 + 0.02 * ((len(lines) * 7919) % 13 - 6) / 6)
            top, bottom = max(price, after) * 1.001, min(price, after) * 0.999
            lines.append(f"{day},{price:.2f},{top:.2f},{bottom:.2f},{after:.2f},{1000 + len(lines)}")
            price = after
    (tmp_path / "abc.csv").write_text("\n".join(lines) + "\n")
    code, out, _ = tenfold("data import abc.csv --symbol ABC")
    assert code == 0
    assert "400 rows" in out


def test_the_tour_of_one_symbol(tenfold, prices, tmp_path):
    assert "ABC" in tenfold("data list")[1]
    code, out, err = tenfold("backtest own.py ABC -p length=10 --report one.html --name first")
    assert (code, "Sharpe ratio" in out, "is kept" in err) == (0, True, True)
    assert "<html" in (tmp_path / "one.html").read_text().lower()
    code, out, _ = tenfold("backtest own.py ABC --limits research --set rules.costs.fee_frac=0.001 --json")
    found = json.loads(out)
    assert (found["symbols"], found["engine"]) == (1, "compiled")
    runs = json.loads(tenfold("runs list --json")[1])
    assert len(runs) == 2
    code, _, err = tenfold(f"runs compare {runs[0]['run']} {runs[1]['run']} --report side.html")
    assert (code, err) == (0, "report: side.html\n")
    assert runs[0]["run"] in Path("side.html").read_text()
    code, out, _ = tenfold(f"runs compare {runs[0]['run']} {runs[1]['run']}")
    assert (code, "Sharpe ratio" in out) == (0, True)
    assert set(json.loads(tenfold(f"runs compare {runs[0]['run']} {runs[1]['run']} --json")[1])) == {
        r["run"] for r in runs
    }
    assert tenfold("report --open")[1] == "report: report.html\n"
    assert json.loads(tenfold("report first --format json --json")[1]) == {"report": "run.json", "opened": False}
    assert tenfold("report --format parquet -o tables")[0] == 0
    assert (tmp_path / "tables" / "equity.parquet").is_file()


def test_both_engines_say_the_same(tenfold, prices):
    answers = [
        json.loads(tenfold(f"backtest own.py ABC --engine {engine} --no-save --json")[1])
        for engine in ("compiled", "event")
    ]
    assert [answer.pop("engine") for answer in answers] == ["compiled", "event"]
    assert answers[0] == answers[1]
    assert tenfold("runs list")[1] == "no runs are kept yet\n"


def test_several_vote(tenfold, prices):
    found = json.loads(tenfold("backtest own.py,crossing,channel ABC --no-save --json")[1])
    assert found["members"] == 3


def test_data_commands(tenfold, prices):
    assert "quality" in tenfold("data check ABC --score-min 50")[1]
    assert tenfold("data check ABC --score-min 101")[0] == 1
    code, out, _ = tenfold("data show ABC --rows 2")
    assert (code, "2020-01-02" in out) == (0, True)
    assert json.loads(tenfold("data list --json")[1])["sets"][0]["symbol"] == "ABC"
    assert len(json.loads(tenfold("data check us-indices --json")[1])) == 2


def test_an_empty_catalogue_says_what_to_do(tenfold):
    assert "tenfold data import FILE" in tenfold("data list")[1]


def test_a_sample_with_dates_and_symbols_behind_options(tenfold):
    line = "backtest crossing --sample us-indices --start 2010-01-01 --end 2012-12-31 SP500 --no-save --json"
    found = json.loads(tenfold(line)[1])
    assert (found["symbols"], found["start"][:4], found["end"][:4]) == (1, "2010", "2012")


def test_without_a_symbol_a_sample_is_taken_and_named(tenfold):
    code, out, err = tenfold("backtest own.py --no-save --json")
    assert (code, json.loads(out)["symbols"], "taking the sample us-large-caps" in err) == (0, 5, True)


def test_sweep(tenfold, prices, tmp_path):
    code, out, _ = tenfold(
        "sweep crossing ABC -g fast=5:15:5 -g slow=20,40 --top 2 --heatmap heat.html --report sweep.html"
    )
    assert "Maps and surfaces" in (tmp_path / "sweep.html").read_text()
    assert (code, "6 combinations" in out) == (0, True)
    assert "plotly" in (tmp_path / "heat.html").read_text().lower()
    rows = json.loads(tenfold("sweep own.py ABC -g length=5:8 --sort total_return --json")[1])
    assert [row["total_return"] for row in rows] == sorted((row["total_return"] for row in rows), reverse=True)
    assert len(rows) == 4


def test_check(tenfold, prices, tmp_path):
    code, out, _ = tenfold("check own.py")
    assert (code, out.strip().splitlines()[-1].strip()) == (0, "passed")
    assert json.loads(tenfold("check own.py ABC --json")[1])["symbols"] == 1
    (tmp_path / "wide.py").write_text(STRATEGY.replace("return sign(", "return 3.0 * sign("))
    assert tenfold("check wide.py")[0] == 1


def test_strategies(tenfold):
    assert "crossing" in tenfold("strategies")[1]
    assert len(json.loads(tenfold("strategies --json")[1])) >= 10
    assert "geometric" not in tenfold("strategies crossing")[1]
    assert json.loads(tenfold("strategies own.py --json")[1])["parameters"][0]["default"] == 5
    assert "no parameters" not in tenfold("strategies own.py")[1]


def test_doctor(tenfold):
    code, out, _ = tenfold("doctor")
    assert (code, "numpy" in out, "clock" in out, "module kernels" in out) == (0, True, True, True)
    assert "tenfold.domain.errors" in json.loads(tenfold("doctor --modules --json")[1])["tenfold.codec"]
    assert "tenfold.codec " in tenfold("doctor --modules")[1]


def test_demo(tenfold, tmp_path):
    before_s = time.process_time()
    code, out, err = tenfold("demo -o demo.html --open --json")
    worked_s = time.process_time() - before_s
    found = json.loads(out)
    assert (code, found["summary"]["members"], found["summary"]["synthetic"]) == (0, 10, "no")
    assert found["seconds"] > 0.0
    assert worked_s < 150.0, "half a minute, more under coverage; other work of the machine does not count"
    assert "10 strategies vote" in err
    assert (tmp_path / "demo.html").stat().st_size > 100_000
    real, planted = found["real"], found["planted"]
    assert real["verdict"]
    assert planted["approved"]
    assert planted["fresh"]["sharpe_ratio"] > 0.5
    assert planted["fresh"]["synthetic"] == "yes"
    paper = found["paper"]
    assert (paper["other"], paper["differences"], paper["slippage_bps"]) == (0, {}, 0.0)
    assert paper["same"] > 100
    assert paper["equity"] == paper["equity_backtest"]
    assert {path.name for path in (tmp_path / "demo/planted").iterdir()} == {
        "paper.db",
        "report.html",
        "study.json",
        "ensemble.toml",
        "backtest.html",
    }
    for files in (real["files"], planted["files"]):
        assert all((tmp_path / path).stat().st_size > 1000 for path in files.values())


WRONG = [
    ("backtst", 2, "there is no command backtst, did you mean backtest?"),
    ("backtest", 2, "the following arguments are required: STRATEGY"),
    ("backtest crossing NOPE", 2, "'NOPE' is not in the catalogue"),
    ("backtest crosing --sample us-indices", 2, "there is no strategy crosing; did you mean crossing?"),
    ("backtest gone.py --sample us-indices", 2, "there is no file gone.py"),
    ("backtest crossing --sample us-indices -p fast=9999", 2, "parameter fast is 9999, expected 5 to 60"),
    ("backtest crossing --sample us-indices -p fast=x", 2, "parameter fast is 'x', expected a number"),
    ("backtest crossing --sample us-indices -p fast", 2, "expected NAME=VALUE"),
    ("backtest crossing --sample us-indices -p fats=20", 2, "fats"),
    ("backtest crossing --sample us-indices --set rules.costs.fee_fra=1", 2, "did you mean rules.costs.fee_frac?"),
    ("backtest crossing --sample us-indices --set rules.costs.fee_frac=nan", 2, "rules.costs.fee_frac"),
    ("backtest crossing --sample us-indices --engin event", 2, "unknown argument --engin, did you mean --engine?"),
    ("backtest crossing --sample us-indices --engine fast", 2, "there is no --engine fast"),
    ("backtest crossing --sample us-indices --start 2050-01-01", 3, "no bars"),
    ("backtest crossing --sample nope", 2, "nope"),
    ("sweep crossing --sample us-indices -g fast=9:5", 2, "nothing to try"),
    ("sweep crossing --sample us-indices -g fast=1:2:3:4", 2, "expected LOW:HIGH"),
    ("sweep crossing --sample us-indices -g fast=0:9:0.0000001", 2, "expected at most"),
    ("sweep crossing --sample us-indices -g fast=5,6 --sort nope", 2, "there is no column nope"),
    ("sweep crossing --sample us-indices -g fast=5,6 --heatmap h.html", 2, "give -g twice"),
    ("runs", 2, "required: ACTION"),
    ("runs lst", 2, "there is no action lst, did you mean list?"),
    ("runs compare one two", 2, "one"),
    ("report", 2, "no run is kept"),
    ("data import gone.csv", 3, "gone.csv is not there"),
    ("paper crossing --sample us-large-caps --report .", 5, "cannot be written: it is a folder"),
    ("paper crossing AAPL --follow --set alpaca.account=live", 2, "expected `tenfold live` with --stage live"),
    ("data show NOPE", 2, "NOPE"),
    ("strategies crosing", 2, "did you mean crossing?"),
    ("doctor extra", 2, "unrecognized arguments: extra"),
]


@pytest.mark.parametrize(("line", "code", "said"), WRONG, ids=[line for line, _, _ in WRONG])
def test_a_wrong_command_ends_in_one_line(tenfold, line, code, said):
    found, out, err = tenfold(line)
    lines = [one for one in err.splitlines() if not one.startswith("compiling ")]
    assert found == code
    assert out == ""
    assert len(lines) == 1
    assert lines[0].startswith("error: ")
    assert said in lines[0]


def test_paper_tells_programs_all_that_people_are_told(tenfold, tmp_path):
    line = "paper crossing --sample us-large-caps --start 2012-10-01 --json --journal j.db --report p.html"
    code, out, err = tenfold(line)
    assert code == 0, err
    [line] = out.splitlines()
    found = json.loads(line)
    assert (found["run"], found["journal"]) == ("run-1", "j.db")
    assert found["other"] == 0
    assert found["same"] == found["orders"]
    assert found["equity"] == pytest.approx(found["summary"]["final_equity"], abs=0.01)
    assert {check["gate"] for check in found["checks"]} >= {"days", "trades", "differences"}
    assert [f"warning: {one}" for one in found["warnings"]] == [
        one for one in err.splitlines() if one.startswith("warning")
    ]
    assert (tmp_path / "p.html").is_file()


def test_errors_as_json(tenfold):
    code, _, err = tenfold("backtst --json")
    assert (code, json.loads(err)["code"]) == (2, 2)


def test_help_teaches(tenfold, capsys):
    for line in ("", "--help"):
        try:
            code, out, _ = tenfold(line)
        except SystemExit as left:
            code, out = left.code, capsys.readouterr().out
        assert code == 0
        assert "Strategies:" in out
        assert "tenfold demo" in out
    for command in ("data", "backtest", "sweep", "research", "check", "report", "runs", "strategies", "doctor", "demo"):
        with pytest.raises(SystemExit) as left:
            main([command, "--help"])
        assert left.value.code == 0
        assert f"  tenfold {command}" in capsys.readouterr().out.partition("examples:")[2]


def test_the_bad_news_of_the_world(tenfold, prices, tmp_path):
    (tmp_path / "file").touch()
    code, _, err = tenfold("backtest own.py ABC --no-save --report file/one.html")
    assert (code, len([line for line in err.splitlines() if line.startswith("error:")])) == (5, 1)


def process(line):
    return subprocess.run([sys.executable, "-m", "tenfold", *line.split()], capture_output=True, text=True, check=True)


def test_a_fresh_process():
    answer = process("--version")
    assert answer.stdout.startswith("tenfold 0.")


def test_a_reader_that_goes_away():
    with subprocess.Popen(
        [sys.executable, "-m", "tenfold", "doctor", "--modules"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        running.stdout.close()
        assert running.stderr.read() == b""
        assert running.wait() == 141
