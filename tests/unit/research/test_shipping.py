"""A fold that travels to another process is the very same fold there, whatever the user's file needs besides."""

import pickle
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from tenfold.domain.bars import bars_from_arrays
from tenfold.domain.errors import SettingsError
from tenfold.domain.units import NS_PER_DAY
from tenfold.kernels import probe
from tenfold.kernels.compiling import compile_for
from tenfold.kernels.fold import FOLDS
from tenfold.kernels.source import source_of
from tenfold.registry import STRATEGIES
from tenfold.research.shipping import Member, pack, unpack
from tenfold.strategy.source import load_strategy

NEIGHBOUR = """
import math
SHARE = 0.25
def damped(x, share=SHARE, floor=-1.0):
    '''Return less of x.'''
    return max(math.tanh(x) * share, floor)
"""
USER = """
import json, nowhere_else
from math import sqrt
from neighbour import damped as less
from tenfold.indicators import *

LIMIT = 0.5
NAMES = (1, 2.5, None)

def scaled(x: float, by: json.JSONDecoder = None) -> float:
    return x / sqrt(LIMIT)

def made(scale):
    @fold(
        n=Integer(2, 9),
        state=State(it=Mean, last=float),
    )
    def mine(state: json.JSONDecoder, bar, params) -> "float":
        \"\"\"Say something.\"\"\"
        state.last = mean(state.it, bar.close, params.n)  # a comment
        half = 0.5 * LIMIT
        return less(scaled(bar.close / state.last - 1.0) * scale) + half * 0.0

    return mine

first = made(10.0)
"""


@pytest.fixture
def user_fold(tmp_path, monkeypatch):
    (tmp_path / "nowhere_else.py").write_text("")
    (tmp_path / "neighbour.py").write_text(NEIGHBOUR)
    (tmp_path / "user.py").write_text(USER)
    return load_strategy(tmp_path / "user.py")


@pytest.fixture
def elsewhere(monkeypatch):
    """Forget the folds of this process, as if it were another one."""

    def forget(fold):
        monkeypatch.delitem(FOLDS, fold.source_hash)

    return forget


def scores(fold, values=None):
    close = 100.0 * np.exp(np.cumsum(np.random.default_rng(3).normal(0.0, 0.02, 80)))
    bars = bars_from_arrays(["A"], np.arange(1, 81) * NS_PER_DAY, close, close, close, close, period_ns=NS_PER_DAY)
    found = np.empty(bars.rows.shape)
    compile_for(fold, probe.probe_symbols)(fold.states(1), bars.rows, fold.params(values), found)
    return found


def test_a_users_fold_is_made_again_without_its_file(user_fold, elsewhere, tmp_path):
    expected = scores(user_fold, {"n": 3})
    for path in tmp_path.glob("*.py"):
        path.write_text("edited = True")
    raw = pickle.dumps(pack(user_fold))
    assert len(raw) < 4096
    assert b"nowhere_else" not in raw
    elsewhere(user_fold)
    for path in tmp_path.glob("*.py"):
        path.unlink()
    again = unpack(pickle.loads(raw))  # noqa: S301 -- made above
    assert again is not user_fold
    assert again.params_dtype == user_fold.params_dtype
    assert again.params_dtype.isalignedstruct
    assert again.state_dtype.isalignedstruct
    assert (again.name, again.doc, again.defaults) == (user_fold.name, "Say something.", user_fold.defaults)
    np.testing.assert_array_equal(scores(again, {"n": 3}), expected)
    source = source_of(again.function)  # a message about it leads to the line of the user's file
    line = next(number for number, text in enumerate(USER.splitlines(), 1) if "return less" in text)
    assert source.at(source.node.body[-1]).endswith(f"user.py:{line}")


def test_it_is_the_same_in_a_process_that_never_saw_the_file(user_fold, tmp_path):
    (tmp_path / "parcel").write_bytes(pickle.dumps((pack(user_fold), pack(STRATEGIES.load("crossing")))))
    code = (
        "import pickle, sys\nfrom tenfold.research.shipping import unpack\n"
        "folds = [unpack(one) for one in pickle.load(open('parcel', 'rb'))]\n"
        "print(*(fold.source_hash for fold in folds))\n"
        "assert 'nowhere_else' not in sys.modules and 'neighbour' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], cwd=tmp_path, check=True, capture_output=True, text=True)
    assert done.stdout.split() == [user_fold.source_hash, STRATEGIES.load("crossing").source_hash]


@pytest.mark.parametrize("name", STRATEGIES.names())
def test_every_strategy_of_the_package_travels_as_a_name(name):
    fold = STRATEGIES.load(name)
    parcel = pack(fold)
    assert isinstance(parcel.content, Member)
    assert unpack(pickle.loads(pickle.dumps(parcel))) is fold  # noqa: S301


def test_a_strategy_of_the_package_is_found_by_its_name(elsewhere):
    fold = STRATEGIES.load("crossing")
    parcel = pack(fold)
    elsewhere(fold)
    assert unpack(parcel) is fold


def test_a_panel_of_a_user_travels_too(tmp_path, elsewhere):
    (tmp_path / "panel.py").write_text(
        "from tenfold.indicators import *\n"
        "def one(x):\n    return 1.0 if x > 0.0 else -1.0\n"
        "@panel_fold(n=Real(0.0, 1.0), columns=('mood',))\n"
        "def wide(states, bars, params, scores):\n"
        "    for i in range(len(bars)):\n        scores[i] = one(bars[i].mood - params.n)\n"
    )
    fold = load_strategy(tmp_path / "panel.py")
    parcel = pack(fold)
    elsewhere(fold)
    again = unpack(parcel)
    assert again.panel
    assert again.columns == ("mood",)
    assert again.source_hash == fold.source_hash


def test_other_kernels_are_refused(user_fold):
    with pytest.raises(SettingsError, match="mine came from another build of Tenfold"):
        unpack(replace(pack(user_fold), build="another"))


def test_another_source_under_the_name_is_refused(user_fold, elsewhere):
    for fold in (user_fold, STRATEGIES.load("crossing")):
        with pytest.raises(SettingsError, match="is another one here"):
            unpack(replace(pack(fold), source_hash="another"))
    parcel = pack(STRATEGIES.load("crossing"))
    for member in (replace(parcel.content, module="tenfold.gone"), replace(parcel.content, name="gone")):
        with pytest.raises(SettingsError, match="is another one here"):
            unpack(replace(parcel, source_hash="another", content=member))


def test_what_the_lines_of_a_file_show_is_kept_for_several_folds(tmp_path, elsewhere):
    body = "from tenfold.indicators import *\n" + "".join(
        f"@fold()\ndef number_{i}(state, bar, params):\n    return {i}.0 / 10.0\n" for i in range(3)
    )
    (tmp_path / "many.py").write_text(body)
    folds = [load_strategy(f"{tmp_path}/many.py:number_{i}") for i in (2, 0, 1)]
    parcels = [pack(fold) for fold in folds]
    (tmp_path / "many.py").unlink()
    for fold in folds:
        elsewhere(fold)
    assert [unpack(parcel).source_hash for parcel in parcels] == [fold.source_hash for fold in folds]
