"""Run a coroutine whatever the test's thread does: a browser's driver keeps a loop of its own running there."""

import asyncio
import contextlib
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")


def in_a_loop(coroutine: Coroutine[Any, Any, T]) -> T:
    """Return what a coroutine returns, run in a thread and loop of its own."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


def held_up_s() -> float:
    """Return how long threads of this process waited for a core so far, which is the machine's time, not ours; 0 where it is not told."""
    waited_ns = 0
    for path in Path("/proc/self/task").glob("*/schedstat"):
        with contextlib.suppress(OSError):  # a thread that ends meanwhile
            waited_ns += int(path.read_text().split()[1])
    return waited_ns / 1e9
