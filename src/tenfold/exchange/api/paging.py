"""Cut market data into pages: by symbol, then by time, with a token that says where the next one begins."""

import base64
import binascii
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from tenfold.exchange.wire import parse_time, rfc3339

Fetch = Callable[[str, int, int, int, int, bool], list[Any]]
"""Return points of a symbol in [start, stop) as of a moment, at most so many, the newest first where the last is true."""


class Cursor(NamedTuple):
    """Say what was given last: `given` items of a symbol at one moment, which others may share."""

    symbol: str
    ts_ns: int
    given: int

    def encode(self) -> str:
        """Return it as a token; opaque to clients, base64 of texts as Alpaca's."""
        return base64.b64encode(f"{self.symbol}|{rfc3339(self.ts_ns)}|{self.given}".encode()).decode()


def decode_cursor(token: str) -> Cursor:
    """Return what a token says; ValueError where it was not given out."""
    try:
        symbol, moment, given = base64.b64decode(token, validate=True).decode().split("|")
        cursor = Cursor(symbol, parse_time(moment), int(given))
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise ValueError(f"{token!r} is no page token") from None
    if cursor.given < 1 or cursor.given > 10**9:
        raise ValueError(f"{token!r} is no page token")
    return cursor


class Span(NamedTuple):
    """Choose points in [start, stop), UTC nanoseconds, at most `limit` of them over all symbols."""

    start_ns: int
    stop_ns: int
    limit: int
    descending: bool = False
    cursor: Cursor | None = None

    def of(self, symbol: str) -> tuple[int, int, int]:
        """Return start, stop and how many of the first points were given already."""
        if self.cursor is None or self.cursor.symbol != symbol:
            return self.start_ns, self.stop_ns, 0
        if self.descending:
            return self.start_ns, min(self.stop_ns, self.cursor.ts_ns + 1), self.cursor.given
        return max(self.start_ns, self.cursor.ts_ns), self.stop_ns, self.cursor.given


def page(symbols: Iterable[str], span: Span, now_ns: int, fetch: Fetch) -> tuple[dict[str, list[Any]], str | None]:
    """Return the points of one page by symbol, and the token of the next page, None after the last."""
    found: dict[str, list[Any]] = {}
    left, last = span.limit, span.cursor
    for symbol in sorted(set(symbols)):
        if span.cursor is not None and symbol < span.cursor.symbol:
            continue
        start_ns, stop_ns, skipped = span.of(symbol)
        points = fetch(symbol, start_ns, stop_ns, now_ns, skipped + left + 1, span.descending)[skipped:]
        taken = points[:left]
        if taken:
            found[symbol] = taken
            left -= len(taken)
            last = _after(symbol, taken, span.cursor)
        if len(points) > len(taken) and last is not None:
            return found, last.encode()
    return found, None


def _after(symbol: str, taken: list[Any], before: Cursor | None) -> Cursor:
    """Return the cursor behind the last point: how many of its moment were given, on the page before too."""
    ts_ns = taken[-1].ts_ns
    given = 0
    for point in reversed(taken):
        if point.ts_ns != ts_ns:
            break
        given += 1
    if before is not None and given == len(taken) and (symbol, ts_ns) == (before.symbol, before.ts_ns):
        given += before.given
    return Cursor(symbol, ts_ns, given)
