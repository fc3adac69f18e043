"""Be a worker: take pieces of work from standard input, send results to standard output, end with whoever started it.

What the work prints goes to standard error.
"""

import os
import pickle
import shutil
import threading
from collections.abc import Callable
from functools import lru_cache, partial
from queue import SimpleQueue
from typing import Any, BinaryIO, Final

from tenfold.adapters.executors.frames import READY, WORK, Frame, receive, send
from tenfold.adapters.executors.outcome import outcome

_GRACE_S: Final = 0.5


def serve(folder: str) -> None:
    """Work until standard input ends, then remove the folder of shared values."""
    tasks = os.fdopen(os.dup(0), "rb")
    results = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    waiting: SimpleQueue[Frame | None] = SimpleQueue()
    ends = threading.Event()
    threading.Thread(target=_listen, args=(tasks, waiting, ends, folder), daemon=True).start()
    try:
        send(results, Frame(0, READY, b""))
        _work(waiting, results)
    except BrokenPipeError:
        pass  # whoever started it has gone
    ends.set()


def _listen(tasks: BinaryIO, waiting: "SimpleQueue[Frame | None]", ends: threading.Event, folder: str) -> None:
    """Take messages at once, so that nobody waits for this worker to read; leave where no more will come."""
    while (frame := receive(tasks)) is not None:
        waiting.put(frame)
    shutil.rmtree(folder, ignore_errors=True)  # the other end does so too, unless it was killed
    waiting.put(None)
    if not ends.wait(_GRACE_S):
        os._exit(1)  # in the middle of a piece that nobody wants any more


def _work(waiting: "SimpleQueue[Frame | None]", results: BinaryIO) -> None:
    """Run pieces in the order in which they come; the work of a round comes before its items."""
    work = b""
    while (frame := waiting.get()) is not None:
        if frame.number == WORK:
            work = frame.content
        else:
            send(results, Frame(frame.round, frame.number, outcome(partial(_run, work, frame.content))))


def _run(work: bytes, item: bytes) -> Any:
    return _loaded(work)(pickle.loads(item))  # noqa: S301 -- from whoever started this worker


@lru_cache(1)
def _loaded(work: bytes) -> Callable[[Any], Any]:
    return pickle.loads(work)  # type: ignore[no-any-return] # noqa: S301
