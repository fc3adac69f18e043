"""Say it where nothing goes on any more because a strategy does not return: nobody else could, since everything waits for it."""

import asyncio
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

from tenfold.app.wiring import clock
from tenfold.domain.units import NS_PER_SECOND

PATIENCE_S: Final = 10.0
"""Time for which a strategy may think before a person is told."""
_ASKING: Final = frozenset({"tenfold.engine.voters", "tenfold.engine.trader"})
_OURS: Final = ("tenfold.", "numba.", "numpy.")


@contextmanager
def stalls_told(say: Callable[[str], None], patience_s: float = PATIENCE_S) -> Iterator[None]:
    """Watch the event loop of this thread while the block runs, from another thread; each time it stalls in a strategy is said once."""
    watch = _Watch(say, patience_s)
    beating = asyncio.ensure_future(watch.beat())
    watching = threading.Thread(target=watch.look, name="stall watch", daemon=True)
    watching.start()
    try:
        yield
    finally:
        watch.over.set()
        beating.cancel()
        watching.join()


class _Watch:
    """Hold when the loop was last seen to go on."""

    def __init__(self, say: Callable[[str], None], patience_s: float) -> None:
        self.over = threading.Event()
        self._say = say
        self._patience_s = patience_s
        self._pause_s = patience_s / 10.0
        self._thread = threading.get_ident()
        self._clock = clock()
        self._last_ns = self._clock.monotonic_ns()
        self._told = False

    async def beat(self) -> None:
        """Show that the loop goes on, until the task is cancelled."""
        while True:
            if self._told:
                self._told = False
                self._say("the strategy has returned, trading goes on")
            self._last_ns = self._clock.monotonic_ns()
            await asyncio.sleep(self._pause_s)

    def look(self) -> None:
        """Look from time to time whether it does, and say it where it does not."""
        while not self.over.wait(self._pause_s):
            stalled_s = (self._clock.monotonic_ns() - self._last_ns) / NS_PER_SECOND
            if self._told or stalled_s < self._patience_s:
                continue
            if place := _strategy_place(sys._current_frames().get(self._thread)):
                self._told = True
                self._say(
                    f"ALARM a strategy does not return, for {stalled_s:.0f} s now ({place}): until it does nothing is sent and no halt is heard; "
                    "orders and positions stay at the venue as they are. Ctrl-C twice ends it; close what is open at the venue where it has to be"
                )


def _strategy_place(frame: FrameType | None) -> str:
    """Return where a strategy is at work, as file and line of what the engine asked; "" where no strategy is asked."""
    asked: FrameType | None = None
    while frame is not None:
        name = frame.f_globals.get("__name__", "")
        if name in _ASKING:
            return "" if asked is None else f"{asked.f_code.co_filename}, line {asked.f_lineno}"
        asked = None if name.startswith(_OURS) else frame
        frame = frame.f_back
    return ""
