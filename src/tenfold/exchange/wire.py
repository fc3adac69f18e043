"""Write and read what travels: decimal strings, RFC 3339 times, UUIDs and ULIDs."""

import hashlib
import re
import zlib
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Final

from tenfold.domain.units import NS_PER_DAY, NS_PER_MILLI, NS_PER_MINUTE, NS_PER_SECOND
from tenfold.exchange.orders_to_match import NANO

PLACES: Final = 9
"""Decimal places that a number may have."""

_LARGEST: Final = 2**62
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_DAY: Final = -25_567  # 1900-01-01
_LAST_DAY: Final = 84_005  # 2199-12-31
_TIME: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9})\d*)?)?(Z|z|[+-]\d\d:?\d\d)?)?", re.ASCII
)
_CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS: Final = tuple(one + other for one in _CROCKFORD for other in _CROCKFORD)


def nano(value: str | float) -> int:
    """Return a number in billionths.

    A JSON number is a float's repr and is rounded to nine places; a string must have no more than nine. ValueError where it is no
    finite number, has more places, or does not fit in 64 bits.
    """
    if isinstance(value, bool):
        raise ValueError(f"{value} is no number")
    try:
        number = Decimal(value if isinstance(value, str) else repr(value))
    except InvalidOperation:
        raise ValueError(f"{value!r} is no number") from None
    if not number.is_finite() or number.adjusted() > PLACES + 1:
        raise ValueError(f"{value!r} is no number that can be held")
    scaled = number * NANO
    whole = round(scaled) if isinstance(value, float) else int(scaled)
    if isinstance(value, str) and Decimal(whole).scaleb(-PLACES) != number:  # `scaled` holds 28 digits
        raise ValueError(f"{value!r} has more than {PLACES} decimal places")
    if abs(whole) >= _LARGEST:
        raise ValueError(f"{value!r} is too large")
    return whole


def nano_of(value: float) -> int:
    """Return a price or a size of the market data in billionths, rounded to the nearest."""
    return round(value * NANO)


def number(value: int) -> float:
    """Return billionths as a float."""
    return value / NANO


@lru_cache(maxsize=4096)
def decimal_text(value: int) -> str:
    """Return billionths as the shortest decimal string."""
    whole, rest = divmod(abs(value), NANO)
    sign = "-" if value < 0 else ""
    return f"{sign}{whole}.{rest:09d}".rstrip("0") if rest else f"{sign}{whole}"


@lru_cache(maxsize=4096)
def decimal_text_of(value: int | None) -> str | None:
    """Return billionths as the shortest decimal string, and None as None."""
    return None if value is None else decimal_text(value)


@lru_cache(maxsize=4096)
def _second(seconds: int) -> str:
    day, second = divmod(seconds, 86_400)
    return f"{day_text(day)}T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"


@lru_cache(maxsize=4096)
def rfc3339(ts_ns: int) -> str:
    """Return UTC nanoseconds as Alpaca writes them: as many decimals as it takes, and Z."""
    seconds, rest = divmod(ts_ns, NS_PER_SECOND)
    text = _second(seconds)
    return f"{text}.{rest:09d}".rstrip("0") + "Z" if rest else text + "Z"


@lru_cache(maxsize=4096)
def rfc3339_of(ts_ns: int | None) -> str | None:
    """Return UTC nanoseconds as Alpaca writes them, and None as None."""
    return None if ts_ns is None else rfc3339(ts_ns)


@lru_cache(maxsize=1024)
def parse_time(text: str) -> int:
    """Return UTC nanoseconds of a date or an RFC 3339 time; ValueError for anything else.

    Any offset and up to nine decimals are read, a space may stand for the T and for the plus of an offset in a query; a time without an offset
    counts as UTC. What lies before 1900 or after 2199 counts as the border: clients write 0001-01-01 for "from the beginning".
    """
    found = _TIME.fullmatch(text.strip()) or _TIME.fullmatch(re.sub(r" (\d\d:?\d\d)$", r"+\1", text.strip()))
    if found is None:
        raise ValueError(f"{text!r} is no time such as 2026-11-20T14:30:00Z")
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    try:
        moment = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    except ValueError as error:
        raise ValueError(f"{text!r} is no time: {error}") from None
    if second > 60:
        raise ValueError(f"{text!r} is no time: second {second}")
    ns = ((moment - _EPOCH) // timedelta(seconds=1)) * NS_PER_SECOND + int((found[7] or "").ljust(9, "0"))
    return min(max(ns - _east_ns(text, found[8]), _FIRST_DAY * NS_PER_DAY), _LAST_DAY * NS_PER_DAY)


def _east_ns(text: str, offset: str | None) -> int:
    """Return how far a local time is ahead of UTC."""
    if offset is None or offset in "Zz":
        return 0
    hours, minutes = int(offset[1:3]), int(offset[-2:])
    if hours > 23 or minutes > 59:
        raise ValueError(f"{text!r} is no time: offset {offset}")
    east = (hours * 60 + minutes) * NS_PER_MINUTE
    return east if offset[0] == "+" else -east


def parse_day(text: str) -> int:
    """Return the days since 1970-01-01 of a date, of one beyond 1900 to 2199 those of the border; ValueError for anything else."""
    return min(max((date.fromisoformat(text.strip()) - date(1970, 1, 1)).days, _FIRST_DAY), _LAST_DAY)


@lru_cache(maxsize=64)
def day_text(day: int) -> str:
    """Return days since 1970-01-01 as a date."""
    return (date(1970, 1, 1) + timedelta(days=day)).isoformat()


def named_uuid(name: str) -> str:
    """Return a UUID, in the form of version 4, that depends on the name alone."""
    text = hashlib.blake2b(name.encode(), digest_size=16).hexdigest()
    variant = _VARIANTS[int(text[16], 16) % 4]
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{variant}{text[17:20]}-{text[20:]}"


_VARIANTS: Final = "89ab"  # what the digit behind the third dash may be: its first two bits are 10
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}")


def is_uuid(text: str) -> bool:
    """Say whether a text has the form of a UUID."""
    return _UUID.fullmatch(text) is not None


class Ids:
    """Give out ids by seed and count: the same calls in the same order give the same ids."""

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed
        self._counts: dict[str, int] = {}
        self._ulid = (0, 0)

    def uuid(self, kind: str) -> str:
        """Return the next UUID of a kind ("order", "execution", ...); the kinds do not move each other."""
        count = self._counts[kind] = self._counts.get(kind, 0) + 1
        return named_uuid(f"{self.seed} {kind} {count}")

    def ulid(self, ts_ns: int) -> str:
        """Return the next ULID: it sorts by time, and within a millisecond by order of the calls."""
        ms = max(ts_ns // NS_PER_MILLI, self._ulid[0])
        count = self._ulid[1] + 1 if ms == self._ulid[0] else 0
        self._ulid = (ms, count)
        bits = ms << 80 | count << 48 | zlib.crc32(f"{self.seed} ulid {ms} {count}".encode())
        return "".join([_PAIRS[bits >> shift & 1023] for shift in range(120, -1, -10)])


def ulid_ms(text: str) -> int:
    """Return the milliseconds of a ULID; ValueError where it is none."""
    if len(text) != 26 or any(letter not in _CROCKFORD for letter in text.upper()):
        raise ValueError(f"{text!r} is no ULID")
    ms = 0
    for letter in text.upper()[:10]:
        ms = ms * 32 + _CROCKFORD.index(letter)
    return ms
