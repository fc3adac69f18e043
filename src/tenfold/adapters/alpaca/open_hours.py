"""Know when the market is open, so that silence at night is none."""

from bisect import bisect_right
from collections.abc import Iterable

from tenfold.domain.session import Session


class OpenHours:
    """Hold the sessions of an exchange; without any, what trades around the clock is open always."""

    def __init__(self, sessions: Iterable[Session]) -> None:
        ordered = sorted(sessions, key=lambda one: one.open_ns)
        self._opens = [one.open_ns for one in ordered]
        self._closes = [one.close_ns for one in ordered]

    def open_at(self, ts_ns: int) -> bool:
        """Say whether the market is open at a moment."""
        if not self._opens:
            return True
        place = bisect_right(self._opens, ts_ns) - 1
        return place >= 0 and ts_ns < self._closes[place]
