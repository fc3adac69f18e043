"""Let Ctrl-C, SIGTERM and SIGHUP end in order what runs on an event loop."""

import asyncio
import signal
import threading
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final, TypeVar

UNBEGUN: Final = "no bar was traded yet: there is no report, and the run was not begun"
"""What a stop leaves of a run before it is in a journal."""

ONCE_S: Final = 0.3
"""Within which a signal that comes again is the same one: `timeout` sends it to the process, and to the group that it is in."""

T = TypeVar("T")


class Stop(asyncio.Event):
    """Be set where one is asked to stop; `number` is the signal that asked, 0 where none did."""

    number = 0


@contextmanager
def asked_to_stop() -> Iterator[Stop]:
    """Yield what the first Ctrl-C, SIGTERM or SIGHUP sets; a second one does what it did before. What is ignored, as in the background, stays so."""
    stop, loop = Stop(), asyncio.get_running_loop()
    asked_s = 0.0

    def ask(number: int, frame: Any) -> None:
        nonlocal asked_s
        if not stop.number:
            stop.number, asked_s = number, loop.time()
            loop.call_soon_threadsafe(stop.set)
            return
        if number == stop.number and loop.time() - asked_s < ONCE_S:
            return
        if callable(handler := before[signal.Signals(number)]):
            handler(number, frame)
        raise KeyboardInterrupt

    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    heard = numbers if threading.current_thread() is threading.main_thread() else ()
    before = {number: handler for number in heard if (handler := signal.getsignal(number)) is not signal.SIG_IGN}
    for number in before:
        signal.signal(number, ask)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


async def until_stopped(work: Coroutine[Any, Any, T], stop: asyncio.Event) -> T | None:
    """Return what work returns, None where one is asked to stop before it is done; raise what it fails of."""
    tasks = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return tasks[0].result() if tasks[0].done() else None
    finally:
        await ended(tasks)


async def ended(tasks: Iterable["asyncio.Future[Any]"]) -> None:
    """Cancel tasks, and wait until they have ended."""
    for one in tasks:
        one.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def stopped_within(stop: asyncio.Event, seconds: float | None) -> bool:
    """Say whether one is asked to stop within a time; for None it is waited for without end."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()
    return stop.is_set()


@contextmanager
def telling(left: Callable[[], str]) -> Iterator[None]:
    """Note on a stop that falls into the block what it leaves, unless somebody who knows better has noted it."""
    try:
        yield
    except KeyboardInterrupt as stopped:
        if not getattr(stopped, "__notes__", ()):
            stopped.add_note(left())
        raise


def obey(stop: Stop, text: str) -> None:
    """Do what the signal does that asked to stop, now that all is closed; what it raises is noted what it ended."""
    try:
        signal.raise_signal(stop.number)
    except KeyboardInterrupt as stopped:
        stopped.add_note(text)
        raise
