"""Keep within the requests that the venue allows, as its answers tell, with head-room for what must always get through."""

import math
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from enum import IntEnum
from functools import lru_cache
from typing import Final

from tenfold.domain.units import NS_PER_SECOND

_WINDOW_NS: Final = 60 * NS_PER_SECOND
_SAME_WINDOW_NS: Final = 2 * NS_PER_SECOND
"""The end of a window is told in whole seconds."""
_WAIT_S_MAX: Final = 60.0
"""No window is longer; what an answer says beyond is not believed, so that no odd header shuts the client up for good."""
_DIGITS_MAX: Final = 15
_DATE: Final = re.compile(
    r"([A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4}) ([01]\d|2[0-3]):([0-5]\d):([0-5]\d) GMT", re.ASCII
)
"""A date as HTTP prescribes it."""
_PATIENCE_S: Final = 1.0
"""How long to wait after a refusal that does not say how long."""


class Urgency(IntEnum):
    """Say how much of the budget a request must leave to others, in twentieths."""

    CANCEL = 0
    CLOSE = 1
    ORDER = 2
    READ = 4


class RateBudget:
    """Count requests against the limit of the current window; moments are of a steady clock.

    Before the venue has told a limit there is none. What is on its way counts as spent, since the venue may not have
    counted it yet.
    """

    def __init__(self) -> None:
        self._limit = 0
        self._left = 0
        self._reset_ns = 0
        self._closed_until_ns = 0
        self._flying = 0

    def wait_ns(self, now_ns: int, urgency: Urgency) -> int:
        """Return how long a request has to wait; 0 if it may go now."""
        if now_ns < self._closed_until_ns:
            return self._closed_until_ns - now_ns
        if not self._limit:
            return 0
        if now_ns >= self._reset_ns:  # those who waited for it go one after another, not all at once
            self._left, self._reset_ns = self._limit, now_ns + _WINDOW_NS
        kept = math.ceil(self._limit * urgency / 20)
        return 0 if self._left - self._flying > kept else self._reset_ns - now_ns

    def left(self) -> None:
        """Count a request that leaves."""
        self._flying += 1

    def unsent(self) -> None:
        """Count a request that did not leave after all."""
        self._flying -= 1

    def lost(self) -> None:
        """Count a request whose answer will not come: it was spent."""
        self._flying -= 1
        self._left -= 1

    def answered(self, now_ns: int, status: int, headers: Mapping[str, str]) -> None:
        """Take what an answer tells of the limit; answers may overtake each other within a window."""
        self._flying -= 1
        limit, left = _number(headers, "x-ratelimit-limit"), _number(headers, "x-ratelimit-remaining")
        wait_s = _seconds_left(headers)
        if status == 429:
            asked_s = _number(headers, "retry-after")  # it may be refused for a moment, long before the window ends
            patience_s = min(asked_s, _WAIT_S_MAX) if asked_s is not None else _PATIENCE_S if wait_s is None else wait_s
            self._closed_until_ns = max(self._closed_until_ns, now_ns + round(patience_s * NS_PER_SECOND))
        if limit is None or left is None:
            return
        reset_ns = now_ns + (_WINDOW_NS if wait_s is None else round(wait_s * NS_PER_SECOND))
        if abs(reset_ns - self._reset_ns) > _SAME_WINDOW_NS:
            self._left, self._reset_ns = left, reset_ns
        else:
            self._left = min(self._left, left)
        self._limit = limit


def _number(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(name, "")
    return int(text) if text.isdecimal() and len(text) <= _DIGITS_MAX else None


def _seconds_left(headers: Mapping[str, str]) -> float | None:
    """Return in how many seconds the window ends, by the venue's own clock; None where it does not say."""
    reset, date = _number(headers, "x-ratelimit-reset"), headers.get("date", "")
    if reset is not None and date:
        try:
            return min(max(0.0, reset - _seconds_of(date)), _WAIT_S_MAX)
        except (ValueError, OverflowError):
            return None
    wait = _number(headers, "retry-after")
    return None if wait is None else min(float(wait), _WAIT_S_MAX)


@lru_cache(maxsize=16)
def _seconds_of(date: str) -> float:
    """Return the seconds since 1970 of a header's date; many answers of a second have the same. ValueError where it is none."""
    found = _DATE.fullmatch(date)
    if found is None:
        return parsedate_to_datetime(date).timestamp()
    day, hour, minute, second = found.groups()
    return _midnight_s(day) + int(hour) * 3600 + int(minute) * 60 + int(second)


@lru_cache(maxsize=4)
def _midnight_s(day: str) -> float:
    """Return the seconds since 1970 at which a day begins, as a header's date names it; ValueError where there is no such day."""
    return parsedate_to_datetime(f"{day} 00:00:00 GMT").timestamp()
