"""Count the requests of each key, and refuse those beyond its limit."""

import math
from typing import Final, NamedTuple

WINDOW_S: Final = 60.0
_KEYS_MAX: Final = 1_000
"""Keys that are counted before those whose time is over are forgotten."""


class Allowance(NamedTuple):
    """Hold what a key may still ask; `reset_s` seconds from now until it may ask everything again."""

    limit: int
    remaining: int
    reset_s: float
    allowed: bool

    def headers(self, now_ns: int) -> dict[str, str]:
        """Return the headers of an answer at a replayed moment; nothing where there is no limit."""
        if not self.limit:
            return {}
        reset = now_ns // 1_000_000_000 + math.ceil(self.reset_s)
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(reset),
        }


class RateLimit:
    """Allow each key so many requests in a minute that begins with the first of them.

    Parameters
    ----------
    per_minute : of each key; 0 sets no limit
    """

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._windows: dict[str, tuple[float, int]] = {}

    def ask(self, key: str, now_s: float) -> Allowance:
        """Count a request at a moment of a steady clock."""
        if not self._per_minute:
            return Allowance(0, 0, 0.0, True)
        begin, count = self._windows.get(key, (now_s, 0))
        if now_s - begin >= WINDOW_S:
            begin, count = now_s, 0
        if key not in self._windows and len(self._windows) >= _KEYS_MAX:
            self._forget(now_s)
        allowed = count < self._per_minute
        self._windows[key] = (begin, count + allowed)
        return Allowance(self._per_minute, self._per_minute - count - allowed, begin + WINDOW_S - now_s, allowed)

    def _forget(self, now_s: float) -> None:
        """Forget the keys whose minute is over; all, where somebody makes keys up."""
        self._windows = {key: one for key, one in self._windows.items() if now_s - one[0] < WINDOW_S}
        if len(self._windows) >= _KEYS_MAX:
            self._windows.clear()
