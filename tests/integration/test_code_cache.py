"""Machine code that is damaged, foreign or cannot be written costs time and nothing else."""

import subprocess
import sys

import pytest

SCORES = """
import numpy as np
from tenfold.kernels.announce import announcing
from tenfold.kernels.code_cache import cache_folder
from tenfold.kernels.jit import compiled
from tenfold.kernels.screen import outside

with announcing(lambda name: print("compiled", name)):
    print("found", compiled(outside)(np.array([0.5, 2.0])))
print("folder", cache_folder())
"""


@pytest.fixture
def run(tmp_path):
    """Return a function that runs the kernel in a fresh process and gives the lines it wrote."""

    def start(cache):
        environment = {"TENFOLD_CACHE": str(cache), "PATH": "", "HOME": str(tmp_path), "TMPDIR": str(tmp_path)}
        done = subprocess.run(
            [sys.executable, "-c", SCORES], capture_output=True, text=True, env=environment, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout.splitlines()

    return start


def damage_all(folder, pattern, change):
    files = list(folder.rglob(pattern))
    assert files
    for path in files:
        path.write_bytes(change(path.read_bytes()))


@pytest.mark.parametrize("pattern", ["*.nbi", "*.nbc"])
@pytest.mark.parametrize(
    "change",
    [lambda old: b"garbage\n", lambda old: b"", lambda old: old[: len(old) // 2]],
    ids=["other", "empty", "cut"],
)
def test_damaged_machine_code_is_compiled_again(run, tmp_path, pattern, change):
    cold, warm = run(tmp_path / "cache"), run(tmp_path / "cache")
    assert cold[:2] == ["compiled outside", "found 1"]
    assert warm[0] == "found 1"
    damage_all(tmp_path / "cache", pattern, change)
    assert run(tmp_path / "cache") == cold
    assert run(tmp_path / "cache") == warm


def test_code_of_other_types_under_this_key_is_compiled_again(tmp_path, monkeypatch):
    import numba
    import numpy as np
    from numba.core.registry import cpu_target

    from tenfold.kernels.code_cache import forgive

    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))  # empty, so that it compiles
    twice = forgive(numba.njit(cache=True)(double))
    assert twice(2.0) == 4.0
    whole, real = (numba.int64,), (numba.float64,)
    kept = twice._cache
    assert kept.load_overload(real, cpu_target.target_context).signature.args == real
    kept._index_key = lambda sig, codegen: "one key for all"
    kept.save_overload(real, twice.overloads[real])
    assert kept.load_overload(whole, cpu_target.target_context) is None
    assert twice(np.int64(3)) == 6


def double(x):
    return x + x


def test_a_folder_that_cannot_be_written_is_replaced_by_a_private_one(run, tmp_path):
    (tmp_path / "file").write_text("no folder")
    first = run(tmp_path / "file")
    assert first[:2] == ["compiled outside", "found 1"]
    assert first[2].startswith(f"folder {tmp_path}/tenfold-kernels-")
    assert not list(tmp_path.glob("tenfold-kernels-*"))
