"""What a stranger does wrong on the command line ends in one clear line and the documented exit code."""

import json

import pytest

from tenfold.app.cli.program import main

PRICES = "date,open,high,low,close,volume\n" + "\n".join(
    f"2020-01-{day:02d},{day},{day + 1},{day - 0.5},{day + 0.5},100" for day in range(1, 31)
)


@pytest.fixture
def said(capsys, tmp_path, monkeypatch):
    """Return a function that runs a command in a folder of its own and gives exit code, output and errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TENFOLD_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "abc.csv").write_text(PRICES)

    def run(*arguments):
        code = main(list(arguments))
        out, err = capsys.readouterr()
        return code, out, "\n".join(line for line in err.splitlines() if not line.startswith("compiling"))

    return run


@pytest.mark.parametrize(
    ("line", "code", "text"),
    [
        ("backtest crossing --sample us-large-cap", 2, "there is no sample us-large-cap; did you mean us-large-caps?"),
        ("backtest crossing --sample us-large-caps AAPLE", 2, "did you mean AAPL?"),
        ("backtest crossing --sample us-large-caps --start 2020-01-01", 3, "they run from 2000-03-01 to 2013-03-01"),
        ("backtest crossing --sample us-large-caps --period 1m", 3, "has daily bars, not 1m"),
        ("backtest crossing ABC --set rules.account.cash=1e13", 2, "beyond the range of exact money"),
        ("backtest crossing ABC --set home=/x", 2, "home is not set for one command alone: give TENFOLD_HOME"),
        ("backtest crossing,calm ABC -p fast=10", 2, "is of no strategy of the vote; write e.g. crossing.fast"),
        ("backtest crossing,calm ABC -p crossing.fst=10", 2, "strategy crossing has no parameter fst"),
        ("sweep crossing ABC -g fast=5 --top -3", 2, "--top is -3, expected 0 or more rows"),
        ("sweep crossing ABC -g fast=5 --set engine=event", 2, "a sweep is always compiled, with equal results"),
        ("sweep crossing ABC -g fast=5,6 -g slow=20,30 --sort fast --heatmap h.html", 2, "shows a statistic, found"),
        ("backtest crossing ABC --limits live --set rules.limits.gross_frac_max=1", 2, "profile live sets every limit"),
        ("backtest crossing ABC --set rules.sizing.quantity=5", 2, "it needs --set rules.sizing.method=quantity"),
        ("backtest crossing ABC --no-save --name first", 2, "--name names nothing"),
        ("check crossing --adjust raw", 2, "--adjust needs a symbol"),
        ("data check ABC --score-min nan", 2, "--score-min is nan, expected a score"),
        ("backtest", 2, "the following arguments are required: STRATEGY; see"),
        ("check crossing --start 2020-01-01", 2, "--start needs a symbol"),
        ("data import abc.csv --tz Mars/Olympus", 3, "time zone 'Mars/Olympus' is not known"),
        ("backtest bare.py ABC", 4, "bare stands below @fold without parentheses; write @fold()"),
        ("backtest given.py ABC", 4, "@fold takes parameters by name"),
    ],
)
def test_one_line_and_its_code(said, tmp_path, line, code, text):
    said("data", "import", "abc.csv", "--symbol", "ABC")
    head = "from tenfold.indicators import Integer, fold\n"
    (tmp_path / "bare.py").write_text(f"{head}@fold\ndef bare(state, bar, params):\n    return 0.5\n")
    (tmp_path / "given.py").write_text(f"{head}@fold(Integer(2, 9))\ndef given(state, bar, params):\n    return 0.5\n")
    found, out, err = said(*line.split())
    assert (found, out) == (code, "")
    assert text in err
    assert err.startswith("error: ")
    assert err.count("\n") == 0
    found, out, err = said(*line.split(), "--json")
    assert (found, out) == (code, "")
    assert json.loads(err)["code"] == code


def test_a_sweep_refuses_the_event_path_wherever_it_was_asked_for(said, tmp_path, monkeypatch):
    (tmp_path / "tenfold.toml").write_text("engine = 'event'\n")
    line = ("sweep", "crossing", "--sample", "us-indices", "-g", "fast=5")
    assert "a sweep is always compiled" in said(*line)[2]
    assert said(*line, "--set", "engine=auto")[0] == 0
    (tmp_path / "tenfold.toml").unlink()
    monkeypatch.setenv("TENFOLD_ENGINE", "event")
    assert "a sweep is always compiled" in said(*line)[2]


def test_top_cuts_what_programs_read_too(said):
    line = ("sweep", "crossing", "--sample", "us-indices", "-g", "fast=5:20", "--json")
    assert len(json.loads(said(*line)[1])) == 16
    assert len(json.loads(said(*line, "--top", "3")[1])) == 3


def test_without_a_symbol_a_sample_is_taken_and_said(said, tmp_path):
    (tmp_path / "own.py").write_text(
        "from tenfold.indicators import Integer, Mean, State, fold, mean, sign\n"
        "@fold(length=Integer(2, 50, default=5), state=State(mean=Mean))\n"
        "def above(state, bar, params):\n"
        "    return sign(bar.close - mean(state.mean, bar.close, params.length))\n"
    )
    code, out, err = said("backtest", "own.py", "--no-save", "--json")
    assert (code, json.loads(out)["symbols"]) == (0, 5)
    assert "no symbol is given: taking the sample us-large-caps" in err


def test_symbols_of_two_periods_need_one_and_the_option_is_there(said, tmp_path):
    minutes = "\n".join(f"2020-01-02 14:{minute:02d},1,1,1,1,5" for minute in range(60))
    (tmp_path / "minutes.csv").write_text(f"time,open,high,low,close,volume\n{minutes}\n")
    said("data", "import", "abc.csv", "--symbol", "ABC")
    said("data", "import", "minutes.csv", "--symbol", "XYZ")
    code, _, err = said("backtest", "crossing", "ABC", "XYZ")
    assert (code, "state one, e.g. --period 1d" in err) == (3, True)
    code, _, err = said("backtest", "crossing", "XYZ", "--period", "1d")
    assert (code, "expected one of 1m" in err) == (2, True)
    assert said("backtest", "crossing", "XYZ", "--period", "1m", "--calendar", "XNYS", "--adjust", "raw")[0] == 0


def test_a_strategy_that_never_had_a_score_is_told(said):
    said("data", "import", "abc.csv", "--symbol", "ABC")
    code, _, err = said("backtest", "crossing", "ABC", "--no-save")
    assert code == 0
    assert "warning: crossing had no score on any of 30 bars; give it more history" in err


def test_one_damaged_file_does_not_hide_the_others(said, tmp_path):
    for symbol in ("ABC", "DEF"):
        said("data", "import", "abc.csv", "--symbol", symbol, "--calendar", "XNYS")
    (tmp_path / "home/catalogue/bars/DEF/1d.parquet").write_text("junk")
    for path in (tmp_path / "home/catalogue/sessions").iterdir():
        path.write_text("junk")
    code, out, err = said("data", "list", "--json")
    found = json.loads(out)
    assert (code, [one["symbol"] for one in found["sets"]], len(found["damaged"])) == (0, ["ABC"], 1)
    assert "DEF/1d.parquet is damaged; import the set again" in err
    assert said("data", "check", "ABC")[0] == 0
    code, _, err = said("data", "check", "DEF")
    assert (code, "damaged" in err) == (3, True)


def test_symbols_that_all_want_the_whole_account_are_told(said):
    code, _, err = said("backtest", "crossing", "--no-save", "--set", "rules.sizing.fraction=1")
    assert code == 0
    assert "warning: 5 symbols ask for 1 of the equity each" in err
    assert "rules.sizing.fraction=0.2 gives each a part" in err
    _, _, err = said("backtest", "crossing", "--no-save", "--set", "rules.sizing.fraction=0.2")
    assert "ask for" not in err


def test_a_result_is_shown_even_where_it_cannot_be_kept(said, tmp_path):
    said("data", "import", "abc.csv", "--symbol", "ABC")
    (tmp_path / "home/runs").write_text("no folder")
    code, out, err = said("backtest", "crossing", "ABC", "--json")
    assert (code, json.loads(out)["bars"]) == (5, 30)
    assert "the run cannot be kept" in err


def test_a_vote_takes_parameters_of_its_members(said):
    code, out, _ = said("backtest", "crossing,calm", "--no-save", "--json")
    assert code == 0
    code, other, _ = said("backtest", "crossing,calm", "--no-save", "--json", "-p", "crossing.fast=10")
    assert code == 0
    assert json.loads(out)["final_equity"] != json.loads(other)["final_equity"]


def test_prices_quoted_in_bitcoin_are_filled_as_they_are(said, tmp_path):
    from tenfold import Account, Rules, backtest, load_bars

    rows = "\n".join(f"2020-01-{day:02d},0.00259{day:03d},0.0027,0.0025,0.00259{day:03d},100" for day in range(1, 31))
    (tmp_path / "btc.csv").write_text(f"date,open,high,low,close,volume\n{rows}\n")
    said("data", "import", "btc.csv", "--symbol", "ETC/BTC", "--currency", "BTC")
    bars = load_bars("ETC/BTC")
    run = backtest(scores=[[1.0]] * 30, bars=bars, rules=Rules(account=Account(cash=1.0))).run
    assert run.fills["price"].tolist() == [0.00259002]
    assert run.fills["slippage_units"].tolist() == [0]
