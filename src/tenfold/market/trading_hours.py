"""Tell whether a market is open at a moment, from the sessions that are passed in."""

from bisect import bisect_right
from collections.abc import Sequence

from tenfold.domain.session import Session


class TradingHours:
    """Hold the sessions of a market in the order of time; without any it never closes.

    A session is open in [open, close). Outside the sessions that it was given the market is closed.
    """

    def __init__(self, sessions: Sequence[Session] | None) -> None:
        self.sessions = None if sessions is None else sorted(sessions, key=lambda session: session.open_ns)
        self._opens = [] if self.sessions is None else [session.open_ns for session in self.sessions]

    def session(self, ts_ns: int) -> Session | None:
        """Return the session that is open, None where there is none, or where the market never closes."""
        found = self._latest(ts_ns)
        return found if found is not None and ts_ns < found.close_ns else None

    def is_open(self, ts_ns: int) -> bool:
        """Say whether the market is open."""
        return self.sessions is None or self.session(ts_ns) is not None

    def following(self, session: Session) -> Session | None:
        """Return the session after another, None where none is known."""
        place = bisect_right(self._opens, session.open_ns)
        return self.sessions[place] if self.sessions and place < len(self.sessions) else None

    def next_open(self, ts_ns: int) -> int | None:
        """Return the first opening after a moment, None where none is known."""
        place = bisect_right(self._opens, ts_ns)
        return self._opens[place] if place < len(self._opens) else None

    def closing(self, start_ns: int, stop_ns: int) -> Session | None:
        """Return the last session that closes in (start, stop]."""
        found = self._latest(stop_ns)
        if found is None or not start_ns < found.close_ns <= stop_ns:
            return None
        return found

    def open_between(self, start_ns: int, stop_ns: int) -> int:
        """Return for how long the market was open in [start, stop)."""
        if self.sessions is None:
            return max(0, stop_ns - start_ns)
        total, place = 0, max(0, bisect_right(self._opens, start_ns) - 1)
        while place < len(self.sessions) and (session := self.sessions[place]).open_ns < stop_ns:
            total += max(0, min(stop_ns, session.close_ns) - max(start_ns, session.open_ns))
            place += 1
        return total

    def _latest(self, ts_ns: int) -> Session | None:
        """Return the last session that has opened."""
        place = bisect_right(self._opens, ts_ns) - 1
        return self.sessions[place] if self.sessions and place >= 0 else None
