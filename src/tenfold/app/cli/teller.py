"""Tell people what goes on from a thread of its own: who reads may stand still, or be gone, and nothing waits for them."""

import threading
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from typing import Any, Final

_KEPT: Final = 1000
"""Lines that wait for somebody who takes them; then the oldest go."""
_PATIENCE_S: Final = 2.0
"""Time that is waited at the end for what is still to be told."""

Writers = tuple[Callable[[str], None], Callable[[Any], None]]
"""What writes a line, and what draws a screen."""


class Teller:
    """Write each line, and of what is to be drawn the newest, as soon as somebody takes it.

    `opened` gives both as long as it is open; it is entered and left in the thread.
    """

    def __init__(self, opened: Callable[[], AbstractContextManager[Writers]]) -> None:
        self._opened = opened
        self._lines: deque[str] = deque(maxlen=_KEPT)
        self._newest: Any = None
        self._over = False
        self._woken = threading.Event()
        self._thread = threading.Thread(target=self._run, name="teller", daemon=True)
        self._thread.start()

    def say(self, text: str) -> None:
        """Take a line."""
        self._lines.append(text)
        self._woken.set()

    def draw(self, what: Any) -> None:
        """Take what is to be drawn in the place of what was."""
        self._newest = what
        self._woken.set()

    def close(self) -> None:
        """Let what was taken be told, for a while, and end."""
        self._over = True
        self._woken.set()
        self._thread.join(_PATIENCE_S)

    def _run(self) -> None:
        with suppress(OSError), self._opened() as (say, draw):
            while not (self._over and not self._woken.is_set()):
                self._woken.wait()
                self._woken.clear()
                while self._lines:
                    with suppress(Exception):  # it is full, knows no such letter, or nobody reads it any more
                        say(self._lines.popleft())
                newest, self._newest = self._newest, None
                if newest is not None:
                    with suppress(Exception):
                        draw(newest)
