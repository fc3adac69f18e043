"""Read the clock of this machine: the only module that may."""

import sys
import time
from datetime import UTC, date, datetime


class SystemClock:
    """Tell the time of this machine."""

    def now_ns(self) -> int:
        """Return UTC nanoseconds since 1970."""
        return time.time_ns()

    def monotonic_ns(self) -> int:
        """Return nanoseconds that never run backwards, from an arbitrary start; on Linux the machine's sleep counts."""
        if sys.platform == "linux":
            return time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        return time.monotonic_ns()

    def today(self) -> date:
        """Return today's date in UTC."""
        return datetime.now(UTC).date()


def pause(seconds: float) -> None:
    """Let time pass."""
    time.sleep(max(0.0, seconds))


class FixedClock:
    """Stand at one moment until it is moved: for tests and for replay."""

    def __init__(self, ts_ns: int) -> None:
        self.ts_ns = ts_ns

    def now_ns(self) -> int:
        """Return the moment at which it stands."""
        return self.ts_ns

    def monotonic_ns(self) -> int:
        """Return the moment at which it stands."""
        return self.ts_ns

    def today(self) -> date:
        """Return the UTC date of the moment."""
        return datetime.fromtimestamp(self.ts_ns / 1e9, UTC).date()

    def advance(self, step_ns: int) -> None:
        """Move on by some nanoseconds, never back."""
        self.ts_ns += max(0, step_ns)
