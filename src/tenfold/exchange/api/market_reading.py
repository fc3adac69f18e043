"""Read what market data is asked for, and fetch it: of stocks or of coins, and nothing that has not happened yet."""

import re
from collections.abc import Iterable
from typing import Annotated, Final, Literal, Protocol, TypeVar

import msgspec
from msgspec import Meta

from tenfold.domain.session import NEW_YORK
from tenfold.domain.units import NS_PER_MINUTE
from tenfold.exchange.api.assets import AssetClass
from tenfold.exchange.api.paging import Span, decode_cursor
from tenfold.exchange.api.route import Call
from tenfold.exchange.api.served import Served
from tenfold.exchange.market.timeframe import parse_timeframe
from tenfold.exchange.refusal import FORBIDDEN, MALFORMED, Refusal
from tenfold.exchange.sessions import local_day, local_moment
from tenfold.exchange.wire import parse_day, parse_time

T = TypeVar("T")
Feed = Literal["sip", "iex", "delayed_sip", "otc", "boats", "overnight"]
Time = Annotated[str, Meta(description="RFC 3339, or a date", examples=["2026-11-20T14:30:00Z"])]

SYMBOLS_MAX: Final = 10_000

_BEHIND_NS: Final = 15 * NS_PER_MINUTE
"""What a feed without a subscription is behind."""
_EMPTY: Final = frozenset({"otc", "boats", "overnight"})
_SYMBOL: Final = re.compile(r"[A-Z0-9][A-Z0-9.\-]{0,31}(?:/[A-Z0-9]{1,16})?")
_PLACES: Final = ("us", "us-1", "us-2", "eu-1")


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """Choose a stretch of time and a page of it."""

    start: Time | None = None
    end: Time | None = None
    limit: Annotated[int, Meta(ge=1, le=10_000)] = 1000
    sort: Literal["asc", "desc"] = "asc"
    page_token: str | None = None


class FeedChosen(Protocol):
    """Say which feed of stocks is asked."""

    @property
    def feed(self) -> Feed | None:
        """Which one; None is the best there is."""

    @property
    def currency(self) -> str:
        """What prices are in."""


def malformed(message: str) -> Refusal:
    """Return the answer to a parameter of market data that makes no sense."""
    return Refusal(400, MALFORMED, message)


def symbols_of(exchange: Served, names: Iterable[str], asset_class: AssetClass) -> list[str]:
    """Return the symbols that are known among those asked for; Refusal for what can be no symbol."""
    found = []
    for name in names:
        if _SYMBOL.fullmatch(name) is None:
            raise malformed(f"invalid symbol: {name}")
        asset = exchange.assets.get(name)
        if asset is not None and asset.asset_class == asset_class:
            found.append(name)
    return found


def span_of(window: Window, call: Call, zone: str = NEW_YORK) -> Span:
    """Return what a window means at a moment: from the start of the day to now where nothing is said, the end included."""
    start_ns = _moment("start", window.start, zone)
    end_ns = _moment("end", window.end, zone)
    if start_ns is None:
        start_ns = local_moment(local_day(call.ts_ns if end_ns is None else min(end_ns, call.ts_ns), zone), 0, zone)
    end_ns = call.ts_ns if end_ns is None else end_ns
    if end_ns < start_ns and window.start is not None and window.end is not None:
        raise malformed("end should not be before start")
    try:
        cursor = decode_cursor(window.page_token) if window.page_token else None
    except ValueError:
        raise malformed(f"invalid page_token: {window.page_token}") from None
    return Span(start_ns, end_ns + 1, window.limit, window.sort == "desc", cursor)


def told_until(exchange: Served, call: Call, asked: FeedChosen, end_ns: int | None = None) -> int | None:
    """Return up to when a feed tells at a moment, None where it has nothing; Refusal without its subscription.

    `end_ns` is the last moment asked for, None for now.
    """
    if asked.currency.upper() != "USD":
        raise malformed(f"invalid currency: {asked.currency}")
    if asked.feed in _EMPTY:
        return None
    late_ns = call.ts_ns - _BEHIND_NS
    if asked.feed == "delayed_sip":
        return late_ns
    if asked.feed == "sip" and not exchange.settings.server.paid_feeds and (end_ns is None or end_ns > late_ns):
        raise Refusal(403, FORBIDDEN, "subscription does not permit querying recent SIP data")
    return call.ts_ns


def check_timeframe(text: str) -> None:
    """Refuse what is no time frame of bars."""
    try:
        parse_timeframe(text)
    except ValueError:
        raise malformed(f"invalid timeframe: {text}") from None


def check_place(call: Call) -> None:
    """Refuse a place where no coins are traded."""
    if call.path["loc"] not in _PLACES:
        raise malformed(f"invalid location: {call.path['loc']}")


def _moment(name: str, text: str | None, zone: str) -> int | None:
    """Return UTC nanoseconds; a date is its midnight in a zone."""
    if not text:
        return None
    try:
        return local_moment(parse_day(text), 0, zone) if len(text) == len("2026-11-20") else parse_time(text)
    except (ValueError, OverflowError):
        raise malformed(f"invalid {name}: {text}") from None
