"""Run replayed time along the clock of the server, faster or slower, as far as events allow."""

import math
import re
from typing import Final

from tenfold.domain.errors import SettingsError
from tenfold.domain.units import NS_PER_DAY, NS_PER_SECOND

_FACTOR_MAX: Final = 1e6
_END_NS: Final = 84_005 * NS_PER_DAY
"""2199-12-31, where time ends: what is left open for years at a high speed stays within 64 bits."""
_FACTOR: Final = re.compile(r"\d+(\.\d+)?x", re.ASCII)


def speed_of(text: str) -> float:
    """Return the factor of a speed such as "1x" or "60x", infinity for "max"; SettingsError for anything else."""
    if text == "max":
        return math.inf
    factor = float(text[:-1]) if _FACTOR.fullmatch(text) else 0.0
    if not 0.0 < factor <= _FACTOR_MAX:
        raise SettingsError(f"the speed is {text[:40]!r}, expected max or a factor such as 1x or 60x")
    return factor


class ReplayClock:
    """Tell replayed time from seconds of a steady clock, which every call is given.

    At an infinite speed time stands where the events have brought it; `reach` moves it on.

    Attributes
    ----------
    speed : replayed seconds in one second
    paused : whether time stands still
    """

    def __init__(self, start_ns: int, speed: float, now_s: float) -> None:
        self.speed = speed
        self.paused = False
        self._base_ns = start_ns
        self._base_s = now_s

    def now_ns(self, now_s: float) -> int:
        """Return the replayed time."""
        if self.paused or self.speed == math.inf:
            return self._base_ns
        return min(self._base_ns + round((now_s - self._base_s) * self.speed * NS_PER_SECOND), _END_NS)

    def wait_s(self, ts_ns: int, now_s: float) -> float:
        """Return the seconds until a replayed moment comes; 0 where it is past, infinity where time stands still."""
        left_ns = ts_ns - self.now_ns(now_s)
        if left_ns <= 0 or (self.speed == math.inf and not self.paused):
            return 0.0
        return math.inf if self.paused else left_ns / NS_PER_SECOND / self.speed

    def reach(self, ts_ns: int, now_s: float) -> None:
        """Move time on to a moment; it never goes back."""
        if ts_ns > self.now_ns(now_s):
            self._base_ns, self._base_s = ts_ns, now_s

    def set_speed(self, speed: float, now_s: float) -> None:
        """Go on at another speed from here."""
        self._base_ns, self._base_s = self.now_ns(now_s), now_s
        self.speed = speed

    def pause(self, now_s: float) -> None:
        """Stop time."""
        self._base_ns, self._base_s = self.now_ns(now_s), now_s
        self.paused = True

    def resume(self, now_s: float) -> None:
        """Let time go on."""
        self._base_s = now_s
        self.paused = False
