"""Run contestants in turn, each in a process of its own, and keep what they measured."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from typing import Any

from environments import ENVIRONMENTS, HERE
from source import SOURCE

WORKERS = HERE / "workers"
CACHE = ENVIRONMENTS / "cache"
Measured = dict[str, Any]


class TrialError(Exception):
    """A contestant failed; the text is the end of what it wrote."""


def environment(cache: Path = CACHE) -> dict[str, str]:
    """Return the variables of a contestant: machine code and data of Tenfold in folders of the benchmarks."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TENFOLD_")}
    if SOURCE.exported is not None:
        kept["PYTHONPATH"] = str(SOURCE.exported)
    return {**kept, "TENFOLD_CACHE": str(cache), "TENFOLD_HOME": str(ENVIRONMENTS / "home"), "PYTHONWARNINGS": "ignore"}


def work(python: str, script: str, job: Mapping[str, Any], cache: Path = CACHE) -> Measured:
    """Return what one worker measured, with the seconds that its whole process took and the load before it."""
    load = os.getloadavg()[0]
    seconds, written = whole([python, str(WORKERS / f"{script}.py"), json.dumps(job)], cache)
    measured: Measured = json.loads(written.splitlines()[-1])
    return {**measured, "process_s": seconds, "load": load}


def whole(command: list[str], cache: Path = CACHE) -> tuple[float, str]:
    """Return the wall seconds of a whole process and what it wrote."""
    start = time.perf_counter()
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, env=environment(cache), cwd=ENVIRONMENTS
    )
    seconds = time.perf_counter() - start
    if done.returncode:
        raise TrialError(f"{' '.join(command)[:200]} failed:\n{done.stderr[-2000:]}")
    return seconds, done.stdout


def interleave(contestants: Mapping[str, Callable[[], Measured]], repeats: int) -> dict[str, list[Measured]]:
    """Return `repeats` measurements of each contestant, taken A B C A B C, so that all meet the same machine."""
    taken: dict[str, list[Measured]] = {name: [] for name in contestants}
    for number in range(repeats):
        for name, measure in contestants.items():
            taken[name].append(measure())
            seconds = taken[name][-1].get("wall_s", taken[name][-1]["process_s"])
            print(f"  {number + 1}/{repeats} {name}: {seconds:.3f} s", flush=True)
    return taken


def middle(measurements: list[Measured], key: str) -> float:
    """Return the median of one figure."""
    return float(median(one[key] for one in measurements))


def summary(taken: Mapping[str, list[Measured]], keys: tuple[str, ...]) -> dict[str, Measured]:
    """Return by contestant the medians of some figures, and every measurement of them."""
    return {
        name: {key: middle(rows, key) for key in keys}
        | {"all": [{key: row[key] for key in (*keys, "load")} for row in rows]}
        for name, rows in taken.items()
    }


PYTHON = sys.executable
"""The project's own Python: it runs Tenfold and the loader of the C kernel."""
