"""Every call that writes fails, tears, is killed or loses power in turn, and what was acknowledged is there."""

import json
import os
import shutil
import subprocess
import sys

import pytest


@pytest.fixture
def library(root, tmp_path):
    """Return the library that breaks the disk, built here; or skip where there is no compiler."""
    compiler = os.environ.get("CC") or shutil.which("cc")
    if compiler is None or sys.platform != "linux":
        pytest.skip("needs Linux and a C compiler, to break the disk under a process")
    built = tmp_path / "disk_faults.so"
    source = root / "tests" / "disk_faults.c"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", built, source, "-ldl"], check=True)
    return built


def trials(root, library, place, step):
    """Return what was tried by what broke, once nothing is found to be wrong."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    found = subprocess.run(
        [sys.executable, root / "tests" / "disk_trials.py", library, place, str(step)],
        env={**environment, "LD_PRELOAD": str(library)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    told = json.loads(found.stdout)
    assert told["wrong"] == []
    assert found.stderr == ""
    return told["trials"]


@pytest.mark.soak
def test_what_was_acknowledged_survives_every_fault_of_a_disk(root, library, tmp_path, soak):
    tried = trials(root, library, tmp_path, 1 if soak else 19)
    assert len(tried) == 12
    assert min(tried.values()) >= 4


@pytest.mark.soak
def test_what_was_acknowledged_survives_a_kill_at_every_message_to_a_server(root, library, postgres, soak):
    tried = trials(root, library, postgres, 1 if soak else 7)
    assert len(tried) == 3
    assert min(tried.values()) >= 5
