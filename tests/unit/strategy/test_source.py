"""A user's file is loaded, or refused in one line that names the file and the line."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tenfold.domain.bars import bars_from_arrays
from tenfold.domain.errors import StrategyError, UnknownNameError, UserError
from tenfold.domain.units import NS_PER_DAY
from tenfold.kernels import probe
from tenfold.kernels.compiling import compile_for
from tenfold.strategy.source import load_strategy

HEAD = "import math\nfrom tenfold.indicators import *\n"
PLAIN = """
@fold(fast=Integer(5, 60), slow=Integer(20, 250), state=State(fast=Mean, slow=Mean))
def mine(state, bar, params):
    return sign(mean(state.fast, bar.close, params.fast) - mean(state.slow, bar.close, params.slow))
"""


def write(folder, body, name="user.py", head=HEAD):
    path = folder / name
    path.write_text(head + body)
    return path


def body(*lines, declared="n=Integer(2, 9), state=State(it=Mean, last=float)"):
    return f"@fold({declared})\ndef mine(state, bar, params):\n" + "".join(f"    {line}\n" for line in lines)


def run(fold):
    close = np.linspace(1.0, 2.0, 30)
    bars = bars_from_arrays(["A"], np.arange(1, 31) * NS_PER_DAY, close, close, close, close, period_ns=NS_PER_DAY)
    scores = np.empty(bars.rows.shape)
    compile_for(fold, probe.probe_symbols)(fold.states(1), bars.rows, fold.params(), scores)
    return scores


def test_the_only_strategy_of_a_file_needs_no_name(tmp_path):
    path = write(tmp_path, PLAIN)
    assert load_strategy(path).name == "mine"
    assert load_strategy(f"{path}:mine").name == "mine"


def test_an_edited_file_is_read_again(tmp_path):
    first = load_strategy(write(tmp_path, body("return 1.0")))
    second = load_strategy(write(tmp_path, body("return -1.0")))
    assert first.source_hash != second.source_hash
    assert run(first)[0] == 1.0
    assert run(second)[0] == -1.0


def test_nothing_is_left_among_the_imported_modules(tmp_path):
    write(tmp_path, "def half(x):\n    return 0.5 * x\n", name="neighbour_of_user.py")
    path = write(tmp_path, body("return half(1.0)"), head="from neighbour_of_user import half\n" + HEAD)
    before, folders = set(sys.modules), list(sys.path)
    assert run(load_strategy(path))[0] == 0.5
    assert not [name for name in set(sys.modules) - before if "user" in name]
    assert sys.path == folders
    assert not (tmp_path / "__pycache__").exists()


def test_imported_strategies_are_not_those_of_the_file(tmp_path):
    path = write(tmp_path, "from tenfold.strategy.trend import crossing\n" + body("return 0.0"))
    assert load_strategy(path).name == "mine"


REFUSED_ON_LOADING = {
    "no strategy": ("x = 1\n", "declares no strategy; write @fold"),
    "several": (PLAIN + PLAIN.replace("mine", "other"), "declares 2 strategies (mine, other); say which"),
    "syntax": ("def mine(state, bar, params)\n    return 1\n", "user.py:3: expected ':'"),
    "arguments": ("@fold()\ndef mine(bar):\n    return 1.0\n", "takes 1 arguments, expected (state, bar, params)"),
    "wrong parameter": ("@fold(n=5)\ndef mine(s, b, p):\n    return 1.0\n", "parameter n is 5, expected Integer("),
    "unknown parameter": (body("return 1.0 * params.m"), "user.py:5: params has no field m; expected one of: n"),
    "misspelt parameter": (
        PLAIN.replace("params.fast", "params.fats"),
        "user.py:6: params has no field fats; did you mean params.fast?",
    ),
    "misspelt bar": (body("return bar.colse"), "bar has no field colse; did you mean bar.close?"),
    "misspelt state": (body("state.lsat = 1.0", "return 0.0"), "state has no field lsat; did you mean state.last?"),
    "list comprehension": (body("x = [i for i in range(3)]", "return 0.0"), "user.py:5: mine uses a comprehension"),
    "dict": (body("x = {}", "return 0.0"), "uses a list, dict or set; keep values in the state"),
    "string formatting": (body("x = f'{bar.close}'", "return 0.0"), "uses string formatting"),
    "text": (body("x = 'up'", "return 0.0"), "user.py:5: mine uses text"),
    "print": (body("print(bar.close)", "return 0.0"), "user.py:5: mine uses print(): not available inside a fold"),
    "power": (body("return bar.close ** 2"), "uses **, which rounds differently when compiled"),
    "try": (body("try:", "    return 0.0", "except ValueError:", "    return 1.0"), "uses an exception or context"),
    "nested": (body("def inner():", "    return 1.0", "return inner()"), "uses a definition inside a function"),
    "import inside": (body("import math as m", "return 0.0"), "uses an import; import at the top"),
    "global": (body("global total", "total = 1.0", "return 0.0"), "uses a global name for writing"),
    "math": (body("return math.sin(bar.close)"), "user.py:5: math.sin is not available inside a fold"),
    "math function": (
        "from math import sin\n" + body("return sin(bar.close)"),
        "user.py:6: math.sin is not available inside a fold",
    ),
    "returns nothing": (
        body("if bar.close > 1.0:", "    return 1.0"),
        "mine can end without a score; add `return 0.0`",
    ),
    "returns None": (body("if bar.close > 1.0:", "    return", "return 0.0"), "user.py:6: mine returns None"),
    "returns a pair": (body("return 1.0, 2.0"), "mine returns several values, expected one score"),
    "returns a test": (body("return bar.close > bar.open"), "mine returns True or False, expected one score"),
    "numpy": ("import numpy as np\n" + body("return np.mean(bar.close)"), "uses the global np, the module numpy"),
    "pandas": ("import polars as pl\n" + body("return pl.Series(bar.close)[0]"), "the module polars"),
    "mutable global": ("seen = [0]\n" + body("return seen[0]"), "user.py:6: mine uses the global seen, a list"),
    "missing module": ("import no_such_module\n" + PLAIN, "user.py:3: No module named 'no_such_module'; install it"),
    "undefined": (body("return undefined_name"), "user.py:5: mine uses the name undefined_name, which is not defined"),
    "capacity": (
        "@fold(state=State(it=Mean))\ndef mine(state, bar, params):\n    return 0.0\n",
        "write e.g. it=Mean(100)",
    ),
    "recursion": (
        "def again(x):\n    return again(x)\n" + body("return again(1.0)"),
        "again calls itself: a fold may not recurse",
    ),
    "fails on loading": ("1 / 0\n", "user.py:3: ZeroDivisionError: division by zero"),
    "leaves": ("raise SystemExit\n", "user.py:3: SystemExit"),
    "above a class": ("@fold()\nclass mine:\n    pass\n", "expected a function (def)"),
    "lambda": ("mine = fold()(lambda state, bar, params: 0.0)\n", "a fold is made of plain functions (def)"),
    "bad space": ("@fold(n=Integer(9, 2))\ndef mine(s, b, p):\n    return 1.0\n", "Integer(9, 2): low is above high"),
    "writes into the bar": (
        body("bar.close = 1.0", "return 0.0"),
        "user.py:5: mine writes into bar, which belongs to everybody",
    ),
    "writes into params": (body("params.n += 1", "return 0.0"), "user.py:5: mine writes into params"),
    "writes by another name": (body("b = bar", "b.close = 1.0", "return 0.0"), "user.py:6: mine writes into b"),
    "writes by a function": (
        "def spoil(record, x):\n    record.close = x\n    return x\n" + body("return spoil(bar, 1.0)"),
        "user.py:4: spoil writes into record",
    ),
    "writes by keyword": (
        "def spoil(x, record):\n    record.close = x\n    return x\n" + body("return spoil(1.0, record=bar)"),
        "user.py:4: spoil writes into record",
    ),
    "writes one of two": (
        body("(bar if bar.close > 1.0 else bar).close = 1.0", "return 0.0"),
        "mine writes into bar",
    ),
}


@pytest.mark.parametrize("case", REFUSED_ON_LOADING)
def test_a_beginners_mistake_ends_in_one_line(case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text, expected = REFUSED_ON_LOADING[case]
    path = write(tmp_path, text)
    with pytest.raises(StrategyError) as caught:
        load_strategy(path)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "user.py" in str(caught.value)


REFUSED_BEFORE_COMPILING = {
    "past the window": (
        body("return mean(state.it, bar.close, 2 * params.n) * 0.0"),
        "user.py:5: mine reads or writes past the end of bars or of a window",
    ),
    "no number": (
        "def nothing(x):\n    y = x\n" + body("return nothing(1.0)"),
        "mine returns no number, expected one score",
    ),
    "unknown field deeper down": (
        "def of(record):\n    return record.fats\n" + body("return of(params)"),
        "no attribute 'fats'",
    ),
    "wrong call": (body("return mean(state.it, bar.close)"), "user.py:5: mine fails: mean() missing 1 required"),
}

REFUSED_BY_THE_COMPILER = {
    "two kinds": (
        body("x = 1.0", "if bar.volume < -1.0:", "    x = (1.0, 2.0)", "return x"),
        "user.py:8: x is a number and several values by turns, expected one kind of number on every path",
    ),
    "unsupported call": (
        body("if bar.volume < -1.0:", "    return len(bar.close)", "return 0.0"),
        "user.py:6: len cannot be applied to these values inside a fold",
    ),
    "unknown field on a path not taken": (
        "def of(record):\n    return record.fats\n"
        + body("if bar.volume < -1.0:", "    return of(params)", "return 0.0"),
        "user.py:4: record has no field fats",
    ),
}


@pytest.mark.parametrize("case", REFUSED_BEFORE_COMPILING)
def test_a_fold_is_tried_before_it_is_compiled(case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text, expected = REFUSED_BEFORE_COMPILING[case]
    fold = load_strategy(write(tmp_path, text))
    with pytest.raises(StrategyError) as caught:
        run(fold)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("case", REFUSED_BY_THE_COMPILER)
def test_what_the_compiler_says_is_translated(case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text, expected = REFUSED_BY_THE_COMPILER[case]
    fold = load_strategy(write(tmp_path, text))
    with pytest.raises(StrategyError) as caught:
        run(fold)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_unknown_files_and_names(tmp_path):
    with pytest.raises(UnknownNameError, match="there is no file"):
        load_strategy(tmp_path / "absent.py")
    path = write(tmp_path, PLAIN)
    with pytest.raises(UnknownNameError, match="has no strategy yours, expected one of: mine"):
        load_strategy(f"{path}:yours")
    (tmp_path / "notes.txt").write_text("")
    with pytest.raises(StrategyError, match=r"notes.txt is no Python file"):
        load_strategy(tmp_path / "notes.txt")
    (tmp_path / "bytes.py").write_bytes(b"x = '\xff'\n")
    with pytest.raises(UserError, match=r"bytes.py"):
        load_strategy(tmp_path / "bytes.py")


SECOND_PROCESS = """
import sys
import numpy as np
from tenfold.domain.bars import bars_from_arrays
from tenfold.kernels import probe
from tenfold.kernels.announce import announcing
from tenfold.kernels.compiling import compile_for
from tenfold.strategy.source import load_strategy
fold = load_strategy(sys.argv[1])
close = np.linspace(1.0, 2.0, 30)
bars = bars_from_arrays(["A"], np.arange(1, 31), close, close, close, close, period_ns=1)
with announcing(lambda name: print("compiling", name)):
    compile_for(fold, probe.probe_symbols)(fold.states(1), bars.rows, fold.params(), np.empty((30, 1)))
"""


def test_the_first_compile_is_announced_and_the_second_process_has_it_cached(tmp_path):
    path = write(tmp_path, PLAIN)
    environment = {"TENFOLD_CACHE": str(tmp_path / "cache"), "PATH": "", "HOME": str(tmp_path)}
    said = [
        subprocess.run(
            [sys.executable, "-c", SECOND_PROCESS, str(path)],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for _ in range(2)
    ]
    assert said == ["compiling mine\n", ""]


def test_the_example_loads():
    example = Path(__file__).parents[3] / "examples" / "my_crossing.py"
    assert load_strategy(example).name == "my_crossing"


def test_a_class_that_works_its_own_orders(tmp_path):
    file = tmp_path / "own.py"
    file.write_text("class Quiet:\n    def on_event(self, event, view):\n        return []\n")
    assert type(load_strategy(file)).__name__ == "Quiet"
    file.write_text(file.read_text() + "\none = Quiet()\n")
    assert load_strategy(f"{file}:one").on_event(None, None) == []


@pytest.mark.parametrize(
    ("made", "fails"),
    [
        ("def __init__(self, size):\n        self.size = size", r"Kind\(\) fails.*make an object of it in the file"),
        ("def __init__(self):\n        raise SystemExit('no model')", r"own.py:3: Kind\(\) fails: no model"),
    ],
)
def test_a_class_that_cannot_be_made_without_arguments_or_ends_the_process(tmp_path, made, fails):
    file = tmp_path / "own.py"
    file.write_text(f"class Kind:\n    {made}\n\n    def on_bar(self, window):\n        return 0.0\n")
    with pytest.raises(StrategyError, match=fails):
        load_strategy(file)


def test_each_strategy_has_the_package_of_its_own_folder_fresh_and_others_stay(tmp_path):
    for name, score in (("a", 1.0), ("b", -1.0)):
        package = tmp_path / name / "helpers_of_a_test"
        package.mkdir(parents=True)
        (package / "__init__.py").write_text("import wave\n")
        (package / "signals.py").write_text(f"SCORE = {score}\nSEEN = []\n")
        (tmp_path / name / "mine.py").write_text(
            "from helpers_of_a_test.signals import SCORE, SEEN\n\nclass Mine:\n    seen = SEEN\n"
            "    def on_bar(self, window):\n        return SCORE\n"
        )
    first, second, again = (load_strategy(tmp_path / name / "mine.py") for name in "aba")
    assert [one.on_bar(None) for one in (first, second, again)] == [1.0, -1.0, 1.0]
    assert first.seen is not again.seen
    assert not [name for name in sys.modules if name.startswith("helpers_of_a_test")]
    assert "wave" in sys.modules
