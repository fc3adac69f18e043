"""Speak with the runner: a task comes as JSON in the first argument, the answer is the last line written."""

import asyncio
import json
import resource
import sys
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from statistics import median
from typing import Any


def read() -> dict[str, Any]:
    """Return the task."""
    task: dict[str, Any] = json.loads(sys.argv[1])
    return task


def answer(**values: Any) -> None:
    """Write the answer, with the peak of memory of this process."""
    peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({**values, "peak_bytes": peak_kib * 1024}))


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """Return what a coroutine comes to, on the loop that live trading runs on."""
    from tenfold.adapters.event_loop import loop_factory

    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        return runner.run(work)


def timed(act: Callable[[], Any], times: int = 1) -> tuple[dict[str, float], Any]:
    """Return the median wall and processor seconds of `times` calls, all threads counted, and the last outcome."""
    walls, processors, outcome = [], [], None
    for _ in range(times):
        wall, processor = time.perf_counter(), time.process_time()
        outcome = act()
        processors.append(time.process_time() - processor)
        walls.append(time.perf_counter() - wall)
    return {"wall_s": median(walls), "cpu_s": median(processors)}, outcome


def peak_of(act: Callable[[], Any]) -> int:
    """Return by how many bytes the memory of this process rose at most while `act` ran (Linux)."""
    Path("/proc/self/clear_refs").write_text("5")  # forgets the peak so far
    before = _status("VmHWM")
    act()
    return _status("VmHWM") - before


def _status(name: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"/proc/self/status has no {name}")
