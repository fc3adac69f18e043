"""A fold is tried, compiled and announced; what the compiler says is translated."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from tenfold import backtest
from tenfold.domain.bars import bars_from_arrays
from tenfold.domain.errors import StrategyError
from tenfold.indicators import Integer, Mean, State, fold, mean, panel_fold
from tenfold.kernels import probe
from tenfold.kernels.announce import announcing, listen
from tenfold.kernels.compiling import compile_for
from tenfold.kernels.diagnosis import explain
from tenfold.kernels.fold import MARK
from tenfold.kernels.jit import bound, compiled, viewed
from tenfold.kernels.trial import run_plain, try_fold
from tenfold.market.synthetic import random_walk


@fold(n=Integer(2, 9), state=State(it=Mean))
def announced_example(state, bar, params):
    """Abstain."""
    return mean(state.it, bar.close, params.n) * 0.0


@fold(n=Integer(2, 9), state=State(it=Mean(3)))
def overruns(state, bar, params):
    """Use a window that is too small."""
    return mean(state.it, bar.close, params.n) * 0.0


@fold(n=Integer(1, 9), state=State(last=float))
def careless(state, bar, params):
    """Divide by zero at one corner of the space, and leave the domain of a root at another."""
    return math.sqrt(params.n - 2.0) / (params.n - 9.0)


@fold(n=Integer(2, 700), state=State(it=Mean(600)))
def overruns_late(state, bar, params):
    """Use a long window that is too small."""
    return mean(state.it, bar.close, params.n) * 0.0


@panel_fold()
def even(states, bars, params, scores):
    """Give every symbol half."""
    for i in range(len(bars)):
        scores[i] = 0.5


@panel_fold()
def fourth(states, bars, params, scores):
    """Follow the fourth symbol."""
    for i in range(len(bars)):
        scores[i] = 1.0 if bars[3].close > bars[3].open else -1.0


def close_of(rows, number):
    return rows[number, 0].close


def rows(count=12):
    close = np.linspace(1.0, 2.0, count)
    return bars_from_arrays(["A"], np.arange(1, count + 1), close, close, close, close, period_ns=1).rows


def test_compiling_is_announced_once_and_only_within_the_block(tmp_path):
    said = []
    scores = np.empty((12, 1))
    with announcing(said.append):
        for _ in range(2):
            compile_for(announced_example, probe.probe_symbols)(
                announced_example.states(1), rows(), announced_example.params(), scores
            )
    assert said in ([], ["announced_example"])
    assert (scores[4:] == 0.0).all()


def test_the_same_kernel_of_a_fold_is_made_once():
    assert compile_for(even, probe.probe_panel) is compile_for(even, probe.probe_panel)
    scores = np.empty((12, 1))
    compile_for(even, probe.probe_panel)(even.states(1), rows(), even.params(), scores)
    assert (scores == 0.5).all()
    assert (run_plain(even, rows(), {}) == 0.5).all()


def test_an_overrun_is_found_before_compiling():
    line = overruns.function.__code__.co_firstlineno + 3
    with pytest.raises(StrategyError, match=rf"test_compiling.py:{line}: overruns reads or writes past the end"):
        try_fold(overruns)
    with pytest.raises(StrategyError, match="past the end"):
        compile_for(overruns, probe.probe_symbols)


def test_a_panel_is_tried_on_as_many_symbols_as_it_will_rank():
    line = fourth.function.__code__.co_firstlineno + 4
    for symbols in (1, 3):
        with pytest.raises(StrategyError, match=rf"test_compiling.py:{line}: fourth reads .* has len\(bars\) symbols"):
            compile_for(fourth, probe.probe_panel, symbols)
    assert compile_for(fourth, probe.probe_panel, 4) is compile_for(fourth, probe.probe_panel, 50)
    with pytest.raises(StrategyError, match="fourth reads"):
        backtest(fourth, random_walk(30, 3, seed=1))
    assert backtest(fourth, random_walk(30, 4, seed=1)).run.failures == {"fourth": 0}


def test_a_long_window_comes_round_as_well():
    with pytest.raises(StrategyError, match="index 600 is out of bounds"):
        try_fold(overruns_late)


def test_values_are_not_judged_before_compiling():
    try_fold(careless)
    with pytest.raises(StrategyError, match=r"careless has no value here \(math domain error\); test the argument"):
        run_plain(careless, rows(), {"n": 1})


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Unknown attribute 'it2' of type Record(x)", "there is no field it2"),
        ("Cannot unify float64 and none for '$12.3', defined at", "what it returns is a number and None by turns"),
        ("Cannot unify array(x) and int64 for 'y.2', defined", "y is something else and a whole number by turns"),
        ("NameError: name 'colour'", "the name colour is not available inside a fold"),
        (
            "Failed in nopython mode pipeline\n\nThe reason is odd",
            "announced_example cannot be compiled: The reason is odd",
        ),
        ("", "announced_example cannot be compiled: no reason given"),
    ],
)
def test_what_numba_says_becomes_one_line(said, expected):
    text = str(explain(Exception(said), announced_example))
    assert text.startswith("tests/unit/kernels/test_compiling.py:") or "test_compiling.py:" in text
    assert expected in text
    assert "\n" not in text


def test_the_place_is_the_last_one_in_the_file_of_the_fold():
    file = announced_example.function.__code__.co_filename
    said = f'odd\nFile "{file}", line 19:\nFile "/elsewhere.py", line 3:\n'
    assert "test_compiling.py:19: " in str(explain(Exception(said), announced_example))


def test_only_the_outermost_compile_of_a_fold_is_announced():
    heard, said = {}, []
    listen(SimpleNamespace(Listener=object, register=heard.setdefault))
    listener = heard["numba:compile"]
    mark = MARK + announced_example.source_hash
    kinds = (SimpleNamespace(dtype=SimpleNamespace(fields={"n": 1, mark: 2})), SimpleNamespace(fields=None))
    kernel = SimpleNamespace(py_func=probe.probe_symbols)
    for args in (kinds, kinds[1:]):
        event = SimpleNamespace(data={"dispatcher": kernel, "args": args})
        with announcing(said.append):
            listener.on_start(event)
            listener.on_start(event)
            listener.on_end(event)
            listener.on_end(event)
        listener.on_start(event)
        listener.on_end(event)
    assert said == ["announced_example", "probe_symbols"]


def test_records_that_promise_no_alignment_do_not_keep_those_that_do_from_their_code():
    """To NumPy the two are equal, and Numba runs one by the code of the other."""
    table = rows()
    fields = table.dtype.fields
    loose = table.astype(
        np.dtype(
            {
                "names": list(fields),
                "formats": [one[0] for one in fields.values()],
                "offsets": [one[1] for one in fields.values()],
                "itemsize": table.dtype.itemsize,
            }
        )
    )
    assert loose.dtype == table.dtype
    assert not loose.dtype.isalignedstruct
    found = compiled(close_of)(viewed(loose), 3), bound(close_of, table, 3)(viewed(table), 3)
    assert found == (table[3, 0]["close"],) * 2
