"""Every indicator equals TA-Lib's, is warm when it says so, and forgets what has left its window."""

# ruff: noqa: S307 -- what is evaluated stands in docstrings and the table

import inspect
import math
import re

import numpy as np
import polars as pl
import pytest

from indicator_table import NAMES, TABLE, fold_over, from_table, made_up, talib_answer
from tenfold import indicators as it

DECLARATIONS = {"fold", "panel_fold", "layout", "window", "window_int"}
WITHOUT_RECORD = {"sign", "clip", "squash", "guarded_ratio", "balance_of_power"}
DECIDED_BY_DATA = {"pivots", "swings"}
"""When these are warm depends on sessions and on swings."""

FOR_EVER = {
    "ema", "wilder", "dema", "tema", "kama", "t3", "zlema", "trix", "macd", "apo", "ppo", "tsi", "ewm_variance",
    "ewm_volatility", "rsi", "cmo", "stochastic_rsi", "atr", "natr", "keltner", "dx", "adx", "adxr", "sar", "supertrend",
    "chaikin_volatility", "mass_index", "elder_ray", "obv", "vwap", "ad_line", "ad_oscillator", "force", "heikin_ashi",
    "price_volume_trend", "negative_volume", "positive_volume", "williams_flow", "swings", "pivots",
}  # fmt: skip
"""These remember their whole past, ever more faintly or as a sum; all others only a window."""


@pytest.fixture(scope="module")
def bars():
    return made_up()


@pytest.fixture(scope="module")
def spoken(bars):
    return {name: fold_over(name, bars) for name in TABLE}


def assert_equal(found, expected):
    np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", NAMES.answered)
def test_equals_talib_on_made_up_series(name, bars, spoken):
    assert_equal(spoken[name], talib_answer(name, bars))


@pytest.fixture(scope="module")
def google(reference_data):
    bars = from_table(pl.read_parquet(reference_data / "equity_daily_goog_2004_2013.parquet"))
    return bars, pl.read_parquet(reference_data / "indicators" / "talib_goog_dev.parquet")


@pytest.mark.parametrize("name", NAMES.answered)
def test_equals_talib_and_its_stored_answers_on_google(name, google):
    bars, answers = google
    found = fold_over(name, bars)
    assert_equal(found, talib_answer(name, bars))
    if TABLE[name].columns:
        assert_equal(found, np.stack([answers[column].to_numpy() for column in TABLE[name].columns.split(", ")]))


def stated_warm_up(name):
    """Return the bars after which the docstring says an indicator is warm, for the arguments of its case."""
    call = re.fullmatch(r"(\w+)\(state, (.*)\)", TABLE[name].call)
    function = getattr(it, call[1])
    text = " ".join(inspect.getdoc(function).split())
    stated = re.search(r"Warm after (.+?) (?:values?|bars?|pairs)\b", text)
    assert stated, f"{call[1]} does not state its warm-up"
    given = [eval(part, {}, {"bar": Anything()}) for part in split(call[2])]
    named = dict(zip(list(inspect.signature(function).parameters)[1:], given, strict=False))
    return eval(stated[1], {"max": max, "int": int, "sqrt": math.sqrt}, named)


class Anything:
    """Answer every attribute with a number."""

    def __getattr__(self, name):
        return 1.0


def split(arguments):
    """Split arguments at commas outside parentheses."""
    return re.split(r", (?![^(]*\))", arguments)


@pytest.mark.parametrize("name", sorted(set(TABLE) - DECIDED_BY_DATA - WITHOUT_RECORD))
def test_the_warm_up_stated_is_the_warm_up_needed(name, spoken):
    warm = stated_warm_up(name)
    assert np.isnan(spoken[name][0, : warm - 1]).all(), f"warm before {warm} bars"
    assert np.isfinite(np.where(np.isinf(spoken[name]), 0.0, spoken[name])[:, warm - 1 :]).all(), f"not after {warm}"


@pytest.mark.parametrize("name", [name for name in TABLE if name.split()[0] not in FOR_EVER | WITHOUT_RECORD])
def test_a_later_start_gives_the_same_once_warm(name, bars, spoken):
    start, warm = 333, stated_warm_up(name)
    later = fold_over(name, bars.slice(start))
    whole = spoken[name][:, start + warm - 1 :]
    np.testing.assert_allclose(later[:, warm - 1 :], whole, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", sorted(FOR_EVER - DECIDED_BY_DATA))
def test_what_remembers_for_ever_says_so_by_a_later_start(name, bars, spoken):
    later = fold_over(name, bars.slice(333))
    assert not np.array_equal(later, spoken[name][:, 333:], equal_nan=True)


def test_every_indicator_is_in_the_table():
    functions = {name for name in it.__all__ if name.islower()} - DECLARATIONS
    assert functions - {name.split()[0] for name in TABLE} == {"clip", "frame", "guarded_ratio", "sign", "squash"}
    assert len(functions) >= 60
