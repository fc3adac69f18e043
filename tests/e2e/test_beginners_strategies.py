"""Each mistake that a beginner makes in a strategy ends in one line: what was found, what was expected, what to do."""

import pytest

from tenfold.app.cli.program import main

HEAD = "from tenfold.indicators import Integer, Mean, Rsi, State, clip, fold, mean, sign\n"

REFUSED = {
    "forgets @fold": ("def s(state, bar, params):\n    return 0.5", "declares no strategy; write @fold(...) above"),
    "forgets the parentheses": ("@fold\ndef s(state, bar, params):\n    return 0.5", "without parentheses; write @fold()"),
    "returns nothing": ("@fold()\ndef s(state, bar, params):\n    x = bar.close", "add `return 0.0` (abstain) at its end"),
    "returns None": ("@fold()\ndef s(state, bar, params):\n    return None", "expected a score; return 0.0 to abstain"),
    "returns text": ("@fold()\ndef s(state, bar, params):\n    return 'buy'", "a fold works with numbers only"),
    "keeps a list in the state": (
        "@fold(state=State(closes=list))\ndef s(state, bar, params):\n    return 0.5",
        "a state field is <class 'list'>, expected float, int, or a building block such as Mean",
    ),
    "keeps a list outside": (
        "closes = []\n@fold()\ndef s(state, bar, params):\n    closes.append(bar.close)\n    return 0.5",
        "uses the global closes, a list: a fold may use only constants, functions and math",
    ),
    "calls pandas": (
        "import pandas as pd\n@fold()\ndef s(state, bar, params):\n    return pd.Series([bar.close]).mean()",
        "the module pandas: a fold takes numbers bar by bar, with math and the building blocks of tenfold.indicators",
    ),
    "calls NumPy": (
        "import numpy as np\n@fold()\ndef s(state, bar, params):\n    return np.sign(bar.close)",
        "the module numpy: a fold takes numbers bar by bar",
    ),
    "looks ahead with a shift": (
        "@fold()\ndef s(state, bar, params):\n    return sign(bar.close.shift(-1) - bar.close)",
        "bar.close is one number, that of the bar that just closed: there are no later ones",
    ),
    "looks back with an index": (
        "@fold()\ndef s(state, bar, params):\n    return sign(bar.close - bar.close[1])",
        "an earlier one is kept in the state, e.g. State(past=Delay)",
    ),
    "looks ahead through a table": (
        "from tenfold import sample_bars\nTABLE = sample_bars('us-indices')\n"
        "@fold()\ndef s(state, bar, params):\n    return sign(TABLE.rows['close'][0, 0] - bar.close)",
        "uses the global TABLE, a Bars: a fold may use only constants, functions and math",
    ),
    "writes a field as a key": (
        "@fold()\ndef s(state, bar, params):\n    return sign(bar['close'])",
        "uses bar['close']; write bar.close",
    ),
    "misspells a field": ("@fold()\ndef s(state, bar, params):\n    return bar.clsoe", "did you mean bar.close?"),
    "misspells a parameter": (
        "@fold(length=Integer(2, 9))\ndef s(state, bar, params):\n    return sign(params.lenght)",
        "params has no field lenght; did you mean params.length?",
    ),
    "misspells an indicator": (
        "@fold(state=State(m=Mean(9)))\ndef s(state, bar, params):\n    return sign(maen(state.m, bar.close, 9))",
        "uses the name maen, which is not defined; did you mean mean?",
    ),
    "imports what is not there": (
        "from tenfold.indicators import maen\n@fold()\ndef s(state, bar, params):\n    return 0.5",
        "tenfold.indicators has no maen; did you mean",
    ),
    "imports what is not installed": (
        "import nowhere_to_be_found\n@fold()\ndef s(state, bar, params):\n    return 0.5",
        "No module named 'nowhere_to_be_found'; install it, or leave it out of this file",
    ),
    "gives another indicator's record": (
        "@fold(state=State(m=Rsi(9)))\ndef s(state, bar, params):\n    return sign(mean(state.m, bar.close, 9))",
        "mean() is given a record of another building block",
    ),
    "leaves an argument out": (
        "@fold(state=State(m=Mean(9)))\ndef s(state, bar, params):\n    return sign(mean(state.m, bar.close))",
        "mean() missing 1 required positional argument: 'length'",
    ),
    "gives a number for a space": (
        "@fold(length=20)\ndef s(state, bar, params):\n    return 0.5",
        "parameter length is 20, expected Integer(low, high) or Real(low, high)",
    ),
    "forgets the state": ("@fold()\ndef s(bar, params):\n    return 0.5", "takes 2 arguments, expected (state, bar, params)"),
    "forgets to name a column": (
        "@fold()\ndef s(state, bar, params):\n    return sign(bar.sentiment)",
        'a column of your own needs @fold(columns=("sentiment",))',
    ),
    "prints": ("@fold()\ndef s(state, bar, params):\n    print(bar.close)\n    return 0.5", "print(): not available"),
    "uses a power": (
        "@fold()\ndef s(state, bar, params):\n    return clip(bar.close ** 2)",
        "uses **, which rounds differently when compiled; write x * x",
    ),
    "forgets a colon": ("@fold()\ndef s(state, bar, params)\n    return 0.5", "s.py:3: expected ':'"),
}  # fmt: skip


@pytest.fixture
def said(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))

    def run(*arguments):
        code = main(list(arguments))
        out, err = capsys.readouterr()
        return code, out, "\n".join(line for line in err.splitlines() if not line.startswith("compiling"))

    return run


@pytest.mark.parametrize("mistake", REFUSED)
@pytest.mark.parametrize("command", ["check", "backtest"])
def test_what_cannot_be_a_strategy_is_refused_in_one_line(said, tmp_path, command, mistake):
    text, expected = REFUSED[mistake]
    (tmp_path / "s.py").write_text(f"{HEAD}{text}\n")
    code, out, err = said(command, "s.py", *(["--sample", "us-indices"] if command == "backtest" else []))
    assert (code, out) == (4, "")
    assert expected in err
    assert err.startswith("error: ")
    assert "\n" not in err


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("return 1.0 / (bar.close - bar.close)", "s divides by zero; test the divisor first"),
        ("return clip((bar.close - bar.low) / (bar.high - bar.low))", "s divides by zero; test the divisor first"),
        ("return bar.close", "scores in range: score 100.878 of SYN1 at 2010-01-01 (bar 0), expected -1 to 1"),
        ("return math.nan", "no score at all on 2520 bars; give it more history or shorter lengths"),
        ("return 1.0 if bar.year > 2015 else -1.0", "it knows dates"),
    ],
)
def test_what_runs_and_is_wrong_fails_the_check_in_one_line(said, tmp_path, body, line):
    (tmp_path / "s.py").write_text(f"import math\n{HEAD}@fold()\ndef s(state, bar, params):\n    {body}\n")
    code, out, err = said("check", "s.py")
    assert (code, err) == (1, "")
    failed = [one for one in out.splitlines() if "FAIL" in one]
    assert any(line in one for one in failed), failed


def test_a_fold_over_a_further_column_is_checked_with_noise_and_refused_where_bars_lack_it(said, tmp_path):
    (tmp_path / "s.py").write_text(
        f'{HEAD}@fold(columns=("sentiment",))\ndef s(state, bar, params):\n    return clip(bar.sentiment)\n'
    )
    assert said("check", "s.py")[0] == 0
    code, _, err = said("check", "s.py", "--sample", "us-indices")
    assert (code, "s reads the column sentiment, which these bars do not have" in err) == (4, True)


IDLE = {
    "scores of zero": ("return 0.0", [], "every score was 0, which abstains, and a ballot needs a score of 0.2"),
    "scores below a ballot": ("return 0.1 * sign(bar.close - bar.open)", [], "the largest score was 0.1"),
    "shorts where none are allowed": ("return -1.0", ["rules.account.short=false"], "every vote was for short"),
    "lots too dear": ("return 1.0", ["rules.account.cash=50"], "one lot costs at least 1,114.11 USD and a position may be 50.00"),
    "limits out of reach": (
        "return 1.0",
        ["rules.entry.order=limit", "rules.entry.offset_frac=0.9"],
        "no limit of the entries was reached, 0.9 away from the close (rules.entry.offset_frac)",
    ),
    "a volume too small": ("return 1.0", ["rules.costs.participation_frac_max=1e-12"], "of a bar's volume is less than one lot"),
}  # fmt: skip


@pytest.mark.parametrize("why", IDLE)
def test_a_run_that_trades_nothing_says_why(said, tmp_path, why):
    body, rules, expected = IDLE[why]
    (tmp_path / "s.py").write_text(f"{HEAD}@fold()\ndef s(state, bar, params):\n    {body}\n")
    options = [word for rule in rules for word in ("--set", rule)]
    code, _, err = said("backtest", "s.py", "--sample", "us-indices", "NASDAQ", "--no-save", *options)
    assert code == 0
    assert err.startswith("warning: nothing was traded: ")
    assert expected in err
    assert "\n" not in err


def test_a_vote_that_never_agrees_and_a_warm_up_longer_than_the_data_are_told(said, tmp_path):
    (tmp_path / "up.py").write_text(f"{HEAD}@fold()\ndef up(state, bar, params):\n    return 1.0\n")
    (tmp_path / "down.py").write_text(f"{HEAD}@fold()\ndef down(state, bar, params):\n    return -1.0\n")
    _, _, err = said("backtest", "up.py,down.py", "--sample", "us-indices", "--no-save")
    assert "at most 50% of the weight ever agreed, and a vote needs all of the weight" in err
    _, _, err = said(
        "backtest", "crossing", "--sample", "us-indices", "--start", "2018-10-01", "-p", "slow=250", "--no-save"
    )
    assert "crossing had no score on any of 63 bars; give it more history or shorter lengths" in err


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("backtest crosing", "there is no strategy crosing; did you mean crossing?"),
        ("backtest mine", "there is no strategy mine; did you mean the file mine.py?"),
        ("backtest crossing SPX", "symbol 'SPX' is not in the catalogue"),
        ("backtest crossing -p fats=5", "strategy crossing has no parameter fats; did you mean fast?"),
        ("backtest crossing -p fast=five", "parameter fast is 'five', expected a number"),
        ("backtest crossing -p fast=500", "parameter fast is 500, expected 5 to 60"),
        ("backtest crossing --set rules.cost.fee_frac=0.1", "did you mean rules.costs.fee_frac?"),
        ("backtest crossing --set rules.costs.fee_frac=high", "is 'high', expected a number ≥ 0 and ≤ 1"),
        ("backtset crossing", "there is no command backtset, did you mean backtest?"),
        ("sweep crossing --sample us-indices -g fats=5", "did you mean fast?"),
        ("report nonesuch", "there is no run 'nonesuch'"),
        ("report", "no run is kept in"),
    ],
)
def test_a_typo_is_named_with_what_was_meant(said, tmp_path, line, expected):
    (tmp_path / "mine.py").write_text(HEAD)
    code, out, err = said(*line.split())
    assert (code, out) == (2, "")
    last = err.splitlines()[-1]
    assert last.startswith("error: ")
    assert expected in last


def test_a_symbol_without_data_is_found_in_a_sample(said):
    assert "or take it from a sample: --sample us-large-caps AAPL" in said("backtest", "crossing", "AAPL")[2]
    assert "sample" not in said("backtest", "crossing", "SPY")[2]
    assert said("backtest", "crossing", "us-indices", "--no-save")[0] == 0


def test_what_is_no_fold_can_be_run_and_neither_checked_nor_swept(said, tmp_path):
    (tmp_path / "mine.py").write_text("class Mine:\n    def on_event(self, event, view):\n        return []\n")
    code, _, err = said("check", "mine.py")
    assert (code, "is seen by running it, `tenfold backtest mine.py`" in err) == (4, True)
    code, _, err = said("sweep", "mine.py", "--sample", "us-indices")
    assert (code, "call backtest(...) for each of its values" in err) == (4, True)
    code, _, err = said("backtest", "mine.py", "--sample", "us-indices", "--no-save")
    assert (code, err) == (0, "warning: no order filled: the strategy sent none, or none of its prices was reached")
