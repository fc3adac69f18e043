"""Watch how the venue answers: streams may stand, and nothing that is asked get through."""

from collections import deque
from collections.abc import Callable
from statistics import median
from typing import Final

from tenfold.domain.units import NS_PER_SECOND
from tenfold.execution.reports import Answered, Outcome, Stock

PATIENCE_NS: Final = 10 * NS_PER_SECOND
"""Time for which all that is asked about orders may fail before a person is told."""
LOOKS_MAX: Final = 2
"""Looks at the venue's clock and account that may fail in a row."""
_KEPT: Final = 100


class AnswerWatch:
    """Take what became of each request.

    Parameters
    ----------
    say, tell : get a line, `tell` one that a person should look at

    Attributes
    ----------
    count : requests that have ended
    """

    def __init__(self, say: Callable[[str], None], tell: Callable[[str], None]) -> None:
        self.count = 0
        self._say = say
        self._tell = tell
        self._answers_ms: deque[float] = deque(maxlen=_KEPT)
        self._failing_ns: int | None = None  # when the first of those was asked that have failed since one got through
        self._told = False
        self._looks = 0  # that have failed in a row

    def took(self, report: Answered | Stock, begin_ns: int, end_ns: int, *, wanted: bool) -> None:
        """Take the answer to a request about orders, with moments of a steady clock; `wanted` says whether it still is."""
        self.count += 1
        self._answers_ms.append((end_ns - begin_ns) / 1e6)
        if report.complete if isinstance(report, Stock) else report.outcome is not Outcome.UNKNOWN and not report.later:
            if self._told:
                self._say("the venue answers what is asked about orders again")
            self._failing_ns, self._told = None, False
            return
        if isinstance(report, Stock) or not wanted:  # an account that cannot be read is told elsewhere
            return
        if self._failing_ns is None:
            self._failing_ns = begin_ns
        if not self._told and end_ns - self._failing_ns >= PATIENCE_NS:
            self._told = True
            passed_s = (end_ns - self._failing_ns) / NS_PER_SECOND
            self._tell(
                f"nothing about orders gets through to the venue, or no answer back, for {passed_s:.0f} s, and it is tried again: {report.text}"
            )

    def looked(self, trouble: str = "") -> None:
        """Take how a look at the venue's clock and account went, "" where it went well."""
        if not trouble and self._looks >= LOOKS_MAX:
            self._say("the venue tells its time and what may be opened again")
        self._looks = self._looks + 1 if trouble else 0
        if self._looks == LOOKS_MAX:
            self._tell(
                f"the venue does not tell its time and what may be opened, what it told last is gone on with: {trouble}"
            )

    def line(self) -> str:
        """Return how many requests there were, and how fast they were answered."""
        if not self._answers_ms:
            return "not asked yet"
        return f"{self.count:,} requests, median {median(self._answers_ms):.1f} ms"
