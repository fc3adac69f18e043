"""Run work on an event loop of its own, also where one runs already, as in a notebook."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def run_alone(
    work: Callable[[], Coroutine[Any, Any, T]], loop_factory: "Callable[[], asyncio.AbstractEventLoop] | None" = None
) -> T:
    """Return what work returns; where a loop runs in this thread it has a thread of its own, and an interrupt here cancels it."""
    if not _loop_runs():
        return _run(work, loop_factory)
    begun: Future[tuple[asyncio.AbstractEventLoop, asyncio.Task[Any] | None]] = Future()

    interrupted = threading.Event()

    async def cancellable() -> T:
        begun.set_result((asyncio.get_running_loop(), asyncio.current_task()))
        if interrupted.is_set():
            raise asyncio.CancelledError
        return await work()

    with ThreadPoolExecutor(max_workers=1) as pool:
        pool.submit(int).result()  # a thread that an interrupt meets as it starts is not waited for
        try:
            return pool.submit(_run, cancellable, loop_factory).result()
        except KeyboardInterrupt:
            interrupted.set()
            if begun.done():
                loop, task = begun.result()
                if task is not None:
                    loop.call_soon_threadsafe(task.cancel)
            raise


def _run(
    work: Callable[[], Coroutine[Any, Any, T]], loop_factory: "Callable[[], asyncio.AbstractEventLoop] | None"
) -> T:
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        return runner.run(work())


def _loop_runs() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
