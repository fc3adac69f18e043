"""Obey Ctrl-C, SIGTERM and SIGHUP within a second, whatever is under way."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from tenfold.app.cli.output import write_error

INTERRUPTED = 130
TERMINATED = 143
HUNG_UP = 129
GRACE_S = 0.7


class Terminated(KeyboardInterrupt):
    """Say that SIGTERM came, which ends a command as Ctrl-C does."""


class HungUp(KeyboardInterrupt):
    """Say that SIGHUP came since the terminal was closed: whoever reads a log of it is told as others are."""


_RAISED: dict[int, type[KeyboardInterrupt]] = {signal.SIGTERM: Terminated, signal.SIGHUP: HungUp}
_TOLD = {Terminated: ("terminated", TERMINATED), HungUp: ("hung up", HUNG_UP)}


def tell_stopped(stop: KeyboardInterrupt, as_json: bool) -> int:
    """Write the one line of a stop, with what the work that it ended has noted on it, and return the exit code."""
    what, code = _TOLD.get(type(stop), ("interrupted", INTERRUPTED))
    with suppress(OSError):  # nobody may read it any more
        write_error(
            "; ".join([what, *getattr(stop, "__notes__", ["nothing half written is left behind"])]), code, as_json
        )
    return code


@contextmanager
def obeyed(as_json: bool, grace_s: float = GRACE_S) -> Iterator[None]:
    """Raise KeyboardInterrupt at Ctrl-C, SIGTERM or SIGHUP, and leave the process where the block has not ended by the end of the grace.

    Python loses an interrupt that falls into a callback of a library, and cannot stop a compiler in another thread.
    Leaving is safe: files come into their place whole or not at all. What somebody else answers, or ignores, stays so.
    """
    usual: dict[signal.Signals, Any] = {
        signal.SIGINT: signal.default_int_handler,
        **dict.fromkeys((signal.SIGTERM, signal.SIGHUP), signal.SIG_DFL),
    }
    ours = [number for number, handler in usual.items() if _in_main_thread() and signal.getsignal(number) is handler]
    last: threading.Timer | None = None

    def interrupt(number: int, frame: Any) -> None:
        nonlocal last
        stop = _RAISED.get(number, KeyboardInterrupt)()
        if last is None:
            last = threading.Timer(grace_s, _leave, (stop, as_json))
            last.daemon = True
            last.start()
        raise stop

    for number in ours:
        signal.signal(number, interrupt)
    try:
        yield
    finally:
        if last is not None:
            last.cancel()
        for number in ours:
            signal.signal(number, usual[number])


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


def _leave(stop: KeyboardInterrupt, as_json: bool) -> None:
    code = INTERRUPTED
    try:
        code = tell_stopped(stop, as_json)
        sys.stderr.flush()
    finally:  # also where the terminal has gone
        os._exit(code)
