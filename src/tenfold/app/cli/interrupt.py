"""Obey Ctrl-C within a second, whatever is under way."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tenfold.app.cli.output import write_error

INTERRUPTED = 130
GRACE_S = 0.7


def tell_interrupted(as_json: bool) -> None:
    """Write the one line of an interrupt."""
    write_error("interrupted; nothing half written is left behind", INTERRUPTED, as_json)


@contextmanager
def obeyed(as_json: bool, grace_s: float = GRACE_S) -> Iterator[None]:
    """Raise KeyboardInterrupt at Ctrl-C, and leave the process where the block has not ended by the end of the grace.

    Python loses an interrupt that falls into a callback of a library, and cannot stop a compiler in another thread.
    Leaving is safe: files come into their place whole or not at all.
    """
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler or not _in_main_thread():
        yield  # somebody else answers interrupts
        return
    last = threading.Timer(grace_s, _leave, (as_json,))
    last.daemon = True

    def interrupt(number: int, frame: Any) -> None:
        if last.ident is None:
            last.start()
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        last.cancel()
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


def _leave(as_json: bool) -> None:
    tell_interrupted(as_json)
    sys.stderr.flush()
    os._exit(INTERRUPTED)
