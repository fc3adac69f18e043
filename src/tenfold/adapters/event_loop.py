"""Choose the loop that sockets are served by: uvloop where it is installed, else asyncio's own."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """Return what makes a new event loop, the fastest there is."""
    try:
        import uvloop  # noqa: PLC0415 -- it is an extra
    except ImportError:
        return asyncio.new_event_loop
    made: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return made


def run(work: Coroutine[Any, Any, T]) -> T:
    """Return what a coroutine comes to, run on the fastest loop there is."""
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        return runner.run(work)
