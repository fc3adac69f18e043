"""Whatever a notebook passes by mistake ends in one line that says what was expected."""

import datetime

import numpy as np
import pytest

from tenfold import Account, Limits, Rules, TenfoldError, backtest, load_bars, sweep
from tenfold.app.live.facade import paper
from tenfold.domain.errors import DataError, ParameterError, SettingsError, UnknownNameError
from tenfold.domain.parameters import Integer, Real
from tenfold.market.synthetic import random_walk


@pytest.fixture(scope="module")
def bars():
    return random_walk(300, 2, seed=3)


@pytest.mark.parametrize(
    ("given", "error", "text"),
    [
        ({"weights": ["a"]}, SettingsError, "weights are .*expected one positive number a strategy"),
        ({"weights": 1.0}, SettingsError, "weights are 1.0"),
        ({"weights": [1.0, 1.0]}, SettingsError, "2 weights for 1 strategies"),
        ({"params": 5}, ParameterError, "parameters are 5, expected values by name"),
        ({"params": "fast"}, ParameterError, "parameters are 'fast'"),
        ({"engine": "compild"}, SettingsError, "there is no engine compild; did you mean compiled"),
        ({"rules": {"cash": 1}}, SettingsError, "rules are a dict"),
        ({"rules": "lve"}, SettingsError, "did you mean live"),
    ],
)
def test_a_wrong_argument_is_named(bars, given, error, text):
    with pytest.raises(error, match=text):
        backtest("crossing", bars, **given)


@pytest.mark.parametrize("name", ["{}", "{}/a.py"])
def test_a_folder_in_the_place_of_a_strategy_is_a_wrong_name(bars, tmp_path, name):
    (tmp_path / "a.py").mkdir()
    with pytest.raises(UnknownNameError, match=r"is a folder, expected a file, e.g. my_strategy.py"):
        backtest(name.format(tmp_path), bars)


@pytest.mark.parametrize("trade", [backtest, paper])
def test_a_restricted_symbol_that_is_written_otherwise_is_refused_and_not_let_through(bars, trade):
    symbol = bars.symbols[0]
    for name in (symbol.lower(), f" {symbol}"):
        with pytest.raises(
            SettingsError, match=f"rules.limits.restricted has '{name}', and {symbol} is traded: write it like that"
        ):
            trade("crossing", bars, rules=Rules(limits=Limits(restricted=("OTHER", name))))


def test_parameters_that_nobody_would_read_are_refused(bars):
    with pytest.raises(ParameterError, match="params belong to a strategy, and scores have none"):
        backtest(scores=np.zeros(bars.rows.shape), bars=bars, params={"fast": 5})
    with pytest.raises(ParameterError, match="Silent is an object and takes no params, found length"):
        backtest(Silent(), bars, params={"length": 5})


class Silent:
    def on_bar(self, window):
        return np.full(window.rows.shape[1], np.nan)


@pytest.mark.parametrize("scores", [[["a"]], [[1.0], [1.0, 2.0]], np.ones((300, 2)) * 1j, [[None, {}]]])
def test_scores_that_are_no_numbers(bars, scores):
    with pytest.raises(DataError, match="scores are no array of numbers"):
        backtest(scores=scores, bars=bars)


def test_bars_are_missing_or_something_else(bars):
    for call in (lambda given: backtest("crossing", given), lambda given: sweep("crossing", given)):
        with pytest.raises(DataError, match="no bars were given"):
            call(None)
        with pytest.raises(DataError, match="bars are a str, expected Bars"):
            call("SPY")


def test_rules_are_validated_and_text_becomes_the_number_it_spells(bars):
    assert backtest("crossing", bars, rules=Rules(account=Account(cash="5000"))).run.rules.account.cash == 5000.0
    with pytest.raises(TenfoldError, match=r"account.cash is 0, expected a number > 0"):
        backtest("crossing", bars, rules=Rules(account=Account(cash=0)))


def test_one_symbol_is_selected_by_its_name(bars):
    assert bars.select(bars.symbols[1]).symbols == (bars.symbols[1],)


@pytest.mark.parametrize("value", [np.int64(10), np.int32(10), np.float32(10.0), 10.0])
def test_numbers_of_numpy_are_numbers(value):
    assert Integer(5, 60).accept("fast", value) == 10
    assert Real(5.0, 60.0).accept("fast", value) == 10.0


def test_a_sweep_takes_arrays_and_single_numbers_and_refuses_what_no_memory_holds(bars):
    assert len(sweep("crossing", bars, grid={"fast": 10, "slow": np.arange(20, 50, 10)})) == 3
    with pytest.raises(ParameterError, match="4,000,000 combinations, expected at most 1,000,000"):
        sweep("crossing", bars, grid={"fast": [10] * 2000, "slow": [50] * 2000})


def test_symbols_and_dates_of_another_type(tmp_path):
    with pytest.raises(ParameterError, match="symbols are None, expected texts"):
        load_bars(None, catalogue=tmp_path)
    with pytest.raises(ParameterError, match=r"symbols are .1., expected texts"):
        load_bars([1], catalogue=tmp_path)
    with pytest.raises(ParameterError, match=r"date 5\.5 is a float"):
        load_bars("SPY", start=5.5, catalogue=tmp_path)
    with pytest.raises(TenfoldError, match="SPY"):
        load_bars("SPY", start=datetime.date(2020, 1, 1), catalogue=tmp_path)


class Number:
    def __init__(self, score):
        self.score = score

    def on_bar(self, window):
        return self.score


def test_a_strategy_object_may_return_its_score_as_a_number(bars):
    assert len(backtest(Number(1.0), bars).run.fills) > 0
    assert backtest(Number(0.0), bars).run.fills.size == 0


@pytest.mark.parametrize(("score", "reason"), [(None, "TypeError"), ("long", "ValueError"), (5.0, "score 5.0")])
def test_a_strategy_object_that_fails_says_why_where_the_result_is_shown(bars, score, reason):
    result = backtest(Number(score), bars)
    assert "failures" in repr(result)
    assert reason in repr(result)
