"""A study on a Ray cluster comes to the very bytes of one in threads or processes, whatever dies meanwhile."""

import os
import signal
import subprocess
import sys

import pytest

import pieces
from ray_cluster import ray_cluster
from tenfold.adapters.executors.ray import RayExecutor
from tenfold.app import wiring
from tenfold.app.study_file import study_json
from tenfold.domain.errors import SettingsError, WorldError
from tenfold.domain.rules import Rules
from tenfold.market.synthetic import regime_market
from tenfold.registry import STRATEGIES
from tenfold.research.gates import Gates
from tenfold.research.search import Budget
from tenfold.research.settings import StudySettings
from tenfold.research.study import run_study
from tenfold.strategy.source import load_strategy

NEIGHBOUR = "def damped(x):\n    return 0.5 * x\n"
USER = """
from damping import damped
from tenfold.indicators import Integer, Mean, State, fold, mean, sign

@fold(length=Integer(5, 80), state=State(it=Mean))
def mine(state, bar, params):
    return damped(sign(bar.close - mean(state.it, bar.close, params.length)))
"""


@pytest.fixture(scope="module")
def cluster():
    with ray_cluster(0, 1, 1) as running:
        yield running


@pytest.fixture
def studied(tmp_path, monkeypatch):
    """Return what runs one study on an executor, each with a log of trials of its own, and gives its bytes."""
    folder = tmp_path / "strategies"
    folder.mkdir()
    (folder / "damping.py").write_text(NEIGHBOUR)
    (folder / "user.py").write_text(USER)
    families = [STRATEGIES.load("crossing"), STRATEGIES.load("winter"), load_strategy(folder / "user.py")]
    for path in folder.iterdir():
        path.unlink()  # a worker on another machine has no copy of it
    bars = regime_market(700, 2, seed=5)
    settings = StudySettings(budget=Budget(trials=300, seed=11), windows=2)

    def run(name, executor, progress=None):
        monkeypatch.setenv("TENFOLD_HOME", str(tmp_path / name))
        with executor:
            result = run_study(
                bars, Rules(), families, gates=Gates(), settings=settings, executor=executor,
                log=wiring.trial_log(), clock=wiring.clock(), progress=progress,
            )  # fmt: skip
        return study_json(result)

    return run


def test_every_executor_comes_to_the_same_bytes(studied, cluster):
    expected = studied("one", wiring.executor(workers=1))
    assert b'"mine"' in expected
    assert studied("three", wiring.executor(workers=3)) == expected
    assert studied("processes", wiring.executor(workers=2, processes=True)) == expected
    killed = []

    def kill(done, total):
        if done > total // 4 and not killed:
            killed.append(workers[0])
            os.kill(workers[0], signal.SIGKILL)

    executor = wiring.executor(ray=cluster.address)
    workers = [*set(executor.map(pieces.named, range(8)))]
    assert studied("ray", executor, kill) == expected
    assert killed


def test_a_lost_node_loses_no_result(cluster):
    with RayExecutor(cluster.address) as executor:
        shared = executor.share({"base": range(10)})
        results = executor.map(pieces.Summed(shared), [0.05] * 60)
        found = [next(results)]
        cluster.lose_a_node()
        found.extend(results)
    assert found == [45] * 60


def test_a_piece_that_ends_every_worker_is_given_up(cluster, tmp_path):
    with RayExecutor(cluster.address, tries=1) as executor:
        results = executor.map(pieces.Fatal(tmp_path, 1, 99), range(3))
        assert next(results) == 0
        with pytest.raises(WorldError, match="was lost 1 times on the Ray cluster"):
            next(results)


def test_a_process_that_is_on_a_cluster_joins_no_other(cluster):
    with RayExecutor(cluster.address) as executor:
        with pytest.raises(SettingsError, match=f"no Ray cluster can be joined at {cluster.address}: Maybe you called"):
            RayExecutor(cluster.address)
        assert list(executor.map(pieces.squared, [3])) == [9]


@pytest.mark.parametrize("address", ["127.0.0.2:9", "ray://127.0.0.2:9"])
def test_nobody_answers(address):
    with pytest.raises(SettingsError, match=f"no Ray cluster answers at {address}: "):
        RayExecutor(address)


@pytest.mark.parametrize("address", ["auto", "host", "host:99999", ":1", "host:port"])
def test_what_is_no_address(address):
    with pytest.raises(SettingsError, match="is no address of a Ray cluster, expected HOST:PORT"):
        RayExecutor(address)


def test_without_ray_the_extra_is_named():
    code = (
        "import sys\nsys.modules['ray'] = None\n"
        "from tenfold.adapters.executors.ray import RayExecutor\n"
        "from tenfold.domain.errors import SettingsError\n"
        "try:\n    RayExecutor('127.0.0.2:9')\nexcept SettingsError as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "a Ray cluster needs the package ray: pip install 'tenfold[ray]'\n"
