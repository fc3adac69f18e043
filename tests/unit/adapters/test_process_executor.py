"""Worker processes may die, and end with whoever started them, however that ends."""

import gc
import os
import pickle
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import pieces
from tenfold.adapters.executors.processes import ProcessExecutor
from tenfold.adapters.executors.sharing import load, save
from tenfold.domain.errors import InvariantError, WorldError

FOLDER = Path(pieces.__file__).parent

LONG = """
import pieces
from tenfold.adapters.executors.processes import ProcessExecutor

with ProcessExecutor(2) as executor:
    shared = executor.share([1, 2, 3])
    print(executor._folder, flush=True)
    for number in executor.map(pieces.slow, [0.2, 0.2, *[60.0] * 9]):
        print(number, flush=True)
"""


def ended(process_id):
    """Wait until a process is gone."""
    for _ in range(200):
        try:
            os.kill(process_id, 0)
        except ProcessLookupError:
            return True
        status = Path(f"/proc/{process_id}/stat")
        if status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        threading.Event().wait(0.05)
    return False


@pytest.mark.parametrize("times", [1, 2])
def test_a_piece_of_a_killed_worker_runs_again(tmp_path, times):
    with ProcessExecutor(2) as executor:
        found = list(executor.map(pieces.Fatal(tmp_path, 5, times), range(40)))
    assert found == [number * number for number in range(40)]
    assert len(list(tmp_path.iterdir())) == times


def test_a_piece_that_ends_every_worker_is_given_up(tmp_path):
    with ProcessExecutor(2) as executor:
        results = executor.map(pieces.Fatal(tmp_path, 2, 99), range(9))
        assert [next(results), next(results)] == [0, 1]
        with pytest.raises(WorldError, match="piece 3 of the work ended 3 workers \\(signal 9\\)"):
            next(results)
        assert list(executor.map(pieces.squared, [4])) == [16]


def test_a_worker_killed_from_outside_is_replaced():
    with ProcessExecutor(2) as executor:
        results = executor.map(pieces.slow, [0.05] * 40)
        first = next(results)
        os.kill(first, signal.SIGKILL)
        others = set(results)
    assert first not in others or len(others) > 1


def test_workers_that_cannot_start_are_told(monkeypatch):
    with ProcessExecutor(1) as executor:
        monkeypatch.setattr(sys, "path", ["/nowhere"])
        with pytest.raises(WorldError, match="workers end before they are ready \\(exit status 1\\)"):
            next(executor.map(pieces.squared, [1]))


def test_a_closed_executor_takes_no_work():
    executor = ProcessExecutor(1)
    executor.close()
    with pytest.raises(InvariantError, match="closed"):
        next(executor.map(pieces.squared, [1]))


def test_a_forgotten_executor_ends_its_workers():
    executor = ProcessExecutor(1)
    worker = next(executor.map(pieces.named, [1]))
    assert worker != os.getpid()
    folder = executor._folder
    del executor
    gc.collect()
    assert ended(worker)
    assert not folder.exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL, signal.SIGTERM])
def test_no_worker_outlives_who_started_it(number):
    environment = {**os.environ, "PYTHONPATH": str(FOLDER)}
    with subprocess.Popen(
        [sys.executable, "-c", f"import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n{LONG}"],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as running:  # fmt: skip
        folder = Path(running.stdout.readline().strip())
        workers = {int(running.stdout.readline()) for _ in range(2)}
        running.send_signal(number)
        assert running.wait(10) != 0
        assert all(map(ended, workers))
        for _ in range(100):  # after a kill the workers clean up
            if not folder.exists():
                break
            threading.Event().wait(0.05)
        assert not folder.exists()
        assert ("KeyboardInterrupt" in running.stderr.read()) == (number == signal.SIGINT)


def test_a_shared_value_that_nobody_holds_takes_no_room():
    with ProcessExecutor(1) as executor:
        shared = executor.share(np.zeros(10))
        assert len(list(executor._folder.iterdir())) == 1
        del shared
        gc.collect()
        assert not list(executor._folder.iterdir())


def test_arrays_are_mapped_and_cannot_be_written_to(tmp_path):
    kind = np.dtype([("a", "i1"), ("b", "f8")], align=True)
    value = {"records": np.array([(1, 2.5), (3, 4.5)], kind), "fortran": np.asfortranarray(np.eye(3)), "text": "x"}
    value["again"], value["strided"] = value["records"], np.arange(10)[::2]
    save(value, tmp_path / "value")
    found = load(str(tmp_path / "value"))
    for name in ("records", "fortran", "strided"):
        np.testing.assert_array_equal(found[name], value[name])
        assert found[name].dtype == value[name].dtype
    assert found["again"] is found["records"]
    assert found["records"].dtype.isalignedstruct
    assert not found["records"].flags.writeable
    assert found["records"].ctypes.data % 64 == 0
    assert load(str(tmp_path / "value")) is found


def test_what_is_shared_is_at_hand_here_and_small_on_its_way():
    with ProcessExecutor(1) as executor:
        value = np.zeros(100_000)
        shared = executor.share(value)
        assert shared() is value
        assert len(pickle.dumps(shared)) < 500
        np.testing.assert_array_equal(pickle.loads(pickle.dumps(shared))(), value)  # noqa: S301
