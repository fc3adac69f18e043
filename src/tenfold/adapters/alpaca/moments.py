"""Turn the venue's times into UTC nanoseconds, and back."""

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from msgspec.msgpack import Ext

from tenfold.domain.errors import VenueError
from tenfold.domain.session import NEW_YORK
from tenfold.domain.units import NS_PER_MILLI, NS_PER_SECOND

_TIME: Final = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?(Z|z|[+-]\d\d:\d\d)", re.ASCII)
_PLACES: Final = 9
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS_MASK: Final = (1 << 34) - 1
_LIMIT_NS: Final = 1 << 63
_NEVER: Final = "0001-01-01T00:00:00"
"""How a server written in Go says that something has not happened."""


@lru_cache(maxsize=4096)
def moment_ns(text: str) -> int:
    """Return UTC nanoseconds of an RFC 3339 time, 0 where it says never; VenueError for anything else.

    An order names the same few moments each time that it is told.
    """
    whole, rest = text[:19], text[20:-1]
    if text[-1:] == "Z" and (text[19:20] == "Z" or (text[19:20] == "." and rest.isdecimal() and len(rest) <= _PLACES)):
        return _second_ns(whole) + (int(rest) * 10 ** (_PLACES - len(rest)) if rest else 0)
    return _any_moment_ns(text)


@lru_cache(maxsize=1024)
def _second_ns(text: str) -> int:
    """Return UTC nanoseconds of a whole second; those of one second come many at a time."""
    return _any_moment_ns(f"{text}Z")


def _any_moment_ns(text: str) -> int:
    if text.startswith(_NEVER):
        return 0
    found = _TIME.fullmatch(text)
    if found is None:
        raise VenueError(f"the venue tells of time {text[:40]!r}, expected RFC 3339")
    day, clock, rest, offset = found.groups()
    try:
        moment = datetime.fromisoformat(f"{day}T{clock}{'+00:00' if offset in 'Zz' else offset}")
    except ValueError as error:
        raise VenueError(f"the venue tells of time {text[:40]!r}: {error}") from None
    ts_ns = (moment - _EPOCH) // timedelta(seconds=1) * NS_PER_SECOND + (int(rest.ljust(9, "0")) if rest else 0)
    if not 0 <= ts_ns < _LIMIT_NS:
        raise VenueError(f"the venue tells of time {text[:40]!r}, expected 1970 to 2262")
    return ts_ns


@lru_cache(maxsize=256)
def moment_text(ts_ns: int) -> str:
    """Return UTC nanoseconds as RFC 3339."""
    seconds, rest = divmod(ts_ns, NS_PER_SECOND)
    return f"{(_EPOCH + timedelta(seconds=seconds)).isoformat()[:19]}.{rest:09d}Z"


def stamp_ns(text: str) -> int:
    """Return UTC nanoseconds of 17 digits from the year to the millisecond in the time of New York; VenueError for anything else."""
    try:
        moment = datetime.strptime(f"{text}000", "%Y%m%d%H%M%S%f").replace(tzinfo=ZoneInfo(NEW_YORK))
    except ValueError as error:
        raise VenueError(f"the venue tells of time {text[:40]!r}: {error}") from None
    ts_ns = (moment - _EPOCH) // timedelta(milliseconds=1) * NS_PER_MILLI
    if not 0 <= ts_ns < _LIMIT_NS:
        raise VenueError(f"the venue tells of time {text[:40]!r}, expected 1970 to 2262")
    return ts_ns


def packed_ns(moment: Ext) -> int:
    """Return UTC nanoseconds of MessagePack's timestamp: 4, 8 or 12 bytes; ValueError for anything else."""
    raw = bytes(moment.data)
    if moment.code != -1:
        raise ValueError(f"an extension of type {moment.code} is no timestamp")
    if len(raw) == 8:
        value = int.from_bytes(raw, "big")
        ts_ns = (value & _SECONDS_MASK) * NS_PER_SECOND + (value >> 34)
    elif len(raw) == 4:
        ts_ns = int.from_bytes(raw, "big") * NS_PER_SECOND
    elif len(raw) == 12:
        ts_ns = int.from_bytes(raw[4:], "big", signed=True) * NS_PER_SECOND + int.from_bytes(raw[:4], "big")
    else:
        raise ValueError(f"a timestamp has {len(raw)} bytes, expected 4, 8 or 12")
    if not 0 <= ts_ns < _LIMIT_NS:
        raise ValueError(f"a timestamp of {ts_ns} ns is not between 1970 and 2262")
    return ts_ns


def day_of(text: str) -> int:
    """Return days since 1970-01-01 of a date; VenueError for anything else."""
    try:
        return (date.fromisoformat(text) - _EPOCH.date()).days
    except ValueError:
        raise VenueError(f"the venue tells of date {text[:40]!r}, expected YYYY-MM-DD") from None
