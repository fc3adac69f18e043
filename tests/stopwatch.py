"""Measure how long a process takes for something, less what the machine kept it waiting for a core."""

import contextlib
import time
from pathlib import Path


class Stopwatch:
    """Run from now on; `process` is whose waiting does not count."""

    def __init__(self, process="self"):
        self.process = process
        self.began = time.monotonic()
        self.before = self._waited_ns()

    def taken_s(self):
        """Return the seconds since, without those in which the machine did other work."""
        return time.monotonic() - self.began - self.held_up_s()

    def held_up_s(self):
        """Return how long that of its threads which waited longest has waited for a core since; 0 where the machine does not tell."""
        return max((ns - self.before.get(thread, 0) for thread, ns in self._waited_ns().items()), default=0) / 1e9

    def _waited_ns(self):
        found = {}
        for path in Path(f"/proc/{self.process}/task").glob("*/schedstat"):
            with contextlib.suppress(OSError):  # a thread that ends meanwhile
                found[path.parent.name] = int(path.read_text().split()[1])
        return found
