"""Let Ctrl-C and SIGTERM end in order what runs on an event loop."""

import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def asked_to_stop() -> Iterator[asyncio.Event]:
    """Yield what the first Ctrl-C or SIGTERM sets; a second one interrupts. What is ignored, as in the background, stays so."""
    stop, loop, before = asyncio.Event(), asyncio.get_running_loop(), False

    def ask() -> None:
        nonlocal before
        if before:
            raise KeyboardInterrupt
        before = True
        stop.set()

    heard = (signal.SIGTERM, signal.SIGINT) if threading.current_thread() is threading.main_thread() else ()
    obeyed = [number for number in heard if signal.getsignal(number) is not signal.SIG_IGN]
    for number in obeyed:
        loop.add_signal_handler(number, ask)
    try:
        yield stop
    finally:
        for number in obeyed:
            loop.remove_signal_handler(number)
