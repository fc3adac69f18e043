"""What a fold reaches is collected, refused or hashed."""

import math
from math import tanh

import numpy as np
import pytest

from tenfold.domain.errors import ParameterError, StrategyError
from tenfold.indicators import Integer, Mean, Real, State, fold, layout, mean, panel_fold, window, window_int
from tenfold.kernels.fold import FOLDS
from tenfold.kernels.layout import as_records
from tenfold.kernels.source import place, source_of

WEIGHTS = (0.25, 0.75)
LIMIT = 1.0


def bounded(x):
    """Return x within the limit."""
    return LIMIT if x > LIMIT else x


@fold(length=Integer(2, 50), weight=Real(0.1, 1.0), state=State(mean=Mean, flags=int))
def example(state, bar, params):
    """Use a constant, a tuple, a function, a member of math and attributes that look like other names."""
    state.flags += bar.flags
    level = mean(state.mean, bar.close, params.length)
    return tanh(bounded(math.sqrt(bar.close) - level) * WEIGHTS[0] * params.weight)


def test_functions_and_defaults_are_known():
    assert [function.__name__ for function in example.functions] == ["bounded", "mean", "example"]
    assert example.defaults == {"length": 10, "weight": 0.55}
    assert repr(example) == "Fold(example: length, weight)"
    assert FOLDS[example.source_hash] is example
    assert example.state_dtype["mean"]["values"].shape == (50,)


def test_parameters_are_validated():
    assert example.params({"length": 3})["length"][0] == 3
    with pytest.raises(ParameterError, match="no parameter lenght"):
        example.accept({"lenght": 3})
    with pytest.raises(ParameterError, match="expected 2 to 50"):
        example.accept({"length": 51})


def test_it_may_be_called_as_plain_python():
    states, params = as_records(example.states(1)), as_records(example.params())
    bar = as_records(np.zeros(1, [("close", "f8"), ("flags", "u4")]))
    assert math.isnan(example(states[0], bar[0], params[0]))
    assert states[0].flags == 0


def test_records_find_fields_before_attributes_of_numpy():
    record = as_records(
        np.zeros(2, layout("R", flags=int, size=float, mean=Mean, values=window, at=window_int).dtype(3))
    )
    record[0].size = 2.5
    record[0].mean.total = 3.0
    record[0].values[1] = 4.0
    assert (record[0].size, record[0].mean.total, record[0].values[1], record[1].size) == (2.5, 3.0, 4.0, 0.0)
    assert record.dtype.names == ("flags", "size", "mean", "values", "at")
    with pytest.raises(AttributeError, match="record has no field sice, expected one of: flags, size"):
        record[0].sice = 1.0
    with pytest.raises(AttributeError):
        record[0].sice  # noqa: B018


def test_the_hash_follows_the_source_and_not_the_comments():
    def declare(docstring, factor):
        def inner(state, bar, params):
            return factor * bar.close

        inner.__doc__ = docstring
        return fold()(inner)

    assert declare("a", 1.0).source_hash == declare("b", 1.0).source_hash
    assert declare("a", 1.0).source_hash != declare("a", 2.0).source_hash


def test_closures_over_what_changes_are_refused():
    seen = {}

    def inner(state, bar, params):
        return seen[0]

    with pytest.raises(StrategyError, match="uses the global seen, a dict"):
        fold()(inner)


def test_a_panel_writes_and_returns_nothing():
    def returns(states, bars, params, scores):
        return scores[0]

    with pytest.raises(StrategyError, match=r"returns returns a value; a panel writes into scores\[i\]"):
        panel_fold()(returns)

    def misspelt(states, bars, params, scores):
        scores[0] = bars[0].colse

    with pytest.raises(StrategyError, match=r"bars has no field colse; did you mean bars.close\?"):
        panel_fold()(misspelt)

    def spoils(states, bars, params, scores):
        for bar in bars:
            bar.close = 1.0

    with pytest.raises(StrategyError, match="spoils writes into bar"):
        panel_fold()(spoils)

    def measures(states, bars, params, scores):
        scores[0] = 1.0 * bars.shape[0]

    assert panel_fold()(measures).panel

    def wrong(states, bars, params):
        states[0].last = 1.0

    with pytest.raises(StrategyError, match=r"takes 3 arguments, expected \(states, bars, params, scores\)"):
        panel_fold()(wrong)


def test_every_way_to_alias_a_bar_is_followed():
    def tuple_alias(state, bar, params):
        one, _ = bar, 1.0
        one.close = 2.0
        return 0.0

    def walrus(state, bar, params):
        (_one := bar).close = 2.0
        return 0.0

    def choice(state, bar, params):
        (bar or state).close = 2.0
        return 0.0

    def annotated(state, bar, params):
        one: object = bar
        one.close = 2.0
        return 0.0

    for planted in (tuple_alias, walrus, choice, annotated):
        with pytest.raises(StrategyError, match=f"{planted.__name__} writes into"):
            fold()(planted)


def test_writing_into_the_own_state_through_a_function_is_fine():
    def remember(state, x):
        state.last = x
        return x * 0.0

    def keeps(state, bar, params):
        if bar.close > 1.0:
            return remember(state, bar.close)
        if bar.close > 0.5:
            return 0.5
        return -0.5

    assert fold(state=State(last=float))(keeps).name == "keeps"


def test_a_loop_without_end_needs_no_return_behind_it():
    def loops(state, bar, params):
        while True:
            return 0.0

    assert fold()(loops).name == "loops"


def test_source_that_cannot_be_read_is_refused():
    scope = {}
    exec("def made(state, bar, params):\n    return 0.0\n", scope)  # noqa: S102
    with pytest.raises(StrategyError, match="the source of made cannot be read: put the strategy into a file"):
        fold()(scope["made"])


def test_places_are_relative_below_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert place(str(tmp_path / "a.py"), 3) == "a.py:3"
    assert place("/elsewhere/a.py", 3) == "/elsewhere/a.py:3"
    assert source_of(bounded).arguments == ("x",)


def test_state_fields_are_types_or_building_blocks():
    def still(state, bar, params):
        return 0.0

    with pytest.raises(StrategyError, match="expected float, int, or a building block"):
        fold(state=State(x="f8"))(still)
    assert fold(state=State(values=window, mean=Mean(7)), n=Integer(1, 5))(still).state_dtype["mean"][
        "values"
    ].shape == (7,)
