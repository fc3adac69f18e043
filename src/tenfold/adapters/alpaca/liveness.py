"""Judge by what comes over a connection whether it is alive: moments in, a fault out.

How it works. Four things tell a dead connection that looks open. A ping without an answer: it is half-open. A question in the
stream's own language without an answer: the venue's side is mute, even at night. No market data although the market is open:
the venue answers, but what it should send has stopped. And market data that come later and later: it is slow. How late they are is
counted from the earliest that any ever were, so that neither the two clocks nor the speed of a replay matter. One odd stamp far ahead
does not count; and where a connection was slow from its first word on, the next one counts anew: a clock was set, or its venue is so late.
"""

import math
from typing import NamedTuple

from tenfold.domain.units import NS_PER_SECOND


class LivenessLimits(NamedTuple):
    """Hold how long what may take, in seconds.

    Attributes
    ----------
    ask_s : between two pings, and between two questions
    answer_s : until a ping and a question are answered
    silence_s : without market data while the market is open
    lag_s : age of market data beyond the earliest; beyond it for `answer_s` it is slow
    """

    ask_s: float = 5.0
    answer_s: float = 5.0
    silence_s: float = 30.0
    lag_s: float = 10.0


class Liveness:
    """Hold the signs of life of one connection; moments are of a steady clock.

    Parameters
    ----------
    earliest_ns : least difference between clock and market data that was ever seen, None before there were any

    Attributes
    ----------
    earliest_ns : the same by now
    """

    def __init__(self, limits: LivenessLimits, now_ns: int, earliest_ns: int | None = None) -> None:
        self.earliest_ns = earliest_ns
        self._limits = limits
        self._asked_ns: dict[str, int] = {}
        self._heard_ns = now_ns
        self._expecting_ns: int | None = None
        self._lag_ns = 0
        self._odd = False  # whether the latest stamp was far ahead of all before
        self._was_fresh = False
        self._fresh_ns = now_ns
        self._next_ns = now_ns + round(limits.ask_s * NS_PER_SECOND)

    def due(self, now_ns: int) -> bool:
        """Say whether it is time for a ping and a question."""
        if now_ns < self._next_ns:
            return False
        self._next_ns = now_ns + round(self._limits.ask_s * NS_PER_SECOND)
        return True

    def asked(self, what: str, now_ns: int) -> None:
        """Note that a "ping" or a "question" was sent; an earlier one without an answer counts on."""
        self._asked_ns.setdefault(what, now_ns)

    @property
    def onward_ns(self) -> int | None:
        """What the next connection counts from."""
        slow = self._lag_ns > self._limits.lag_s * NS_PER_SECOND
        return None if slow and not self._was_fresh else self.earliest_ns

    def answered(self, what: str) -> None:
        """Note the answer."""
        self._asked_ns.pop(what, None)

    def heard(self, now_ns: int, newest_ns: int | None) -> None:
        """Note market data, with the venue's moment of the newest where it has one."""
        self._heard_ns = now_ns
        if newest_ns is None:
            return
        age_ns, limit_ns = now_ns - newest_ns, self._limits.lag_s * NS_PER_SECOND
        self._odd = not self._odd and self.earliest_ns is not None and age_ns < self.earliest_ns - limit_ns
        if self._odd:
            return
        self.earliest_ns = age_ns if self.earliest_ns is None else min(age_ns, self.earliest_ns)
        self._lag_ns = age_ns - self.earliest_ns
        if self._lag_ns <= limit_ns:
            self._was_fresh, self._fresh_ns = True, now_ns

    def excuse(self, stalled_ns: int) -> None:
        """Let a time not count in which this process itself stood still: what came meanwhile is yet to be read."""
        self._asked_ns = {what: since_ns + stalled_ns for what, since_ns in self._asked_ns.items()}
        self._heard_ns += stalled_ns
        self._fresh_ns += stalled_ns
        if self._expecting_ns is not None:
            self._expecting_ns += stalled_ns

    def fault(self, now_ns: int, expecting: bool) -> str:
        """Return what is wrong, "" where nothing is; `expecting` says whether market data should come now."""
        for what, since_ns in self._asked_ns.items():
            waited_s = (now_ns - since_ns) / NS_PER_SECOND
            if waited_s > self._limits.answer_s:
                kind = "half-open" if what == "ping" else "mute"
                return f"the stream is {kind}: no answer to a {what} for {waited_s:.1f} s"
        lag_s = self._lag_ns / NS_PER_SECOND
        if lag_s > self._limits.lag_s and now_ns - self._fresh_ns > self._limits.answer_s * NS_PER_SECOND:
            return f"the stream is slow: market data come {lag_s:.1f} s late"
        if not expecting:
            self._expecting_ns = None
            return ""
        self._expecting_ns = now_ns if self._expecting_ns is None else self._expecting_ns
        silent_s = (now_ns - max(self._heard_ns, self._expecting_ns)) / NS_PER_SECOND
        if silent_s > self._limits.silence_s:
            return f"the stream is mute: no market data for {math.floor(silent_s)} s while the market is open"
        return ""
