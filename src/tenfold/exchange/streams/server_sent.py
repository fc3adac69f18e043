"""Tell trade updates as server-sent events: the one channel that can be read again from where a client stopped."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping
from typing import Final, Literal, NamedTuple

import msgspec

from tenfold.domain.units import NS_PER_MILLI
from tenfold.exchange.messages import TradeUpdate
from tenfold.exchange.refusal import bad_parameter
from tenfold.exchange.streams.trade_updates import update_data
from tenfold.exchange.wire import Ids, parse_time, rfc3339, ulid_ms

HEARTBEAT: Final = b": heartbeat\n\n"
"""A line of comment, which keeps the connection alive."""
_KEPT: Final = 20_000
"""Updates that are kept of each account."""


class Told(NamedTuple):
    """Hold an update with its ULID, as the event that goes on the wire: a third of the memory of what it was made from."""

    event_id: str
    ts_ns: int
    account: str
    event: bytes


class UpdateHistory:
    """Keep the last updates of every account, with ids that sort as they happened."""

    def __init__(self, seed: int = 0, kept: int = _KEPT) -> None:
        self._ids = Ids(seed)
        self._kept = kept
        self._told: dict[str, list[Told]] = {}

    def add(self, update: TradeUpdate) -> Told:
        """Keep an update and return it with its id."""
        event_id = self._ids.ulid(update.ts_ns)
        told = Told(event_id, update.ts_ns, update.account, event_bytes(event_id, update))
        all_of = self._told.setdefault(update.account, [])
        all_of.append(told)
        if len(all_of) >= 2 * self._kept:
            del all_of[: -self._kept]
        return told

    def of(self, account: str, asked: "Span") -> list[Told]:
        """Return the updates of an account within a span, in order."""
        told = self._told.get(account, [])
        first = 0 if asked.since is None else bisect_left(told, asked.since, key=asked.key)
        last = len(told) if asked.until is None else bisect_right(told, asked.until, key=asked.key)
        return told[first:last]


class Span(NamedTuple):
    """Hold what a client asked for, by time (nanoseconds) or by id; both ends belong to it, None is open.

    Without a start only what happens from now on is told.
    """

    by: Literal["time", "id"]
    since: int | str | None
    until: int | str | None

    @property
    def key(self) -> Callable[[Told], int | str]:
        """Return what an update is compared by."""
        return _time_of if self.by == "time" else _id_of

    def ends_before(self, now_ns: int) -> bool:
        """Say whether nothing more can come into it."""
        if self.until is None:
            return False
        until = self.until if isinstance(self.until, int) else (ulid_ms(self.until) + 1) * NS_PER_MILLI - 1
        return until < now_ns

    def has(self, told: Told) -> bool:
        """Say whether an update lies before its end."""
        return self.until is None or self.key(told) <= self.until  # type: ignore[operator]


def read_span(query: Mapping[str, str]) -> Span:
    """Return the span of a query; Refusal where its parameters do not fit together."""
    unknown = set(query) - {"since", "until", "since_id", "until_id"}
    if unknown:
        raise bad_parameter(f"unknown parameter {min(unknown)}")
    times, ids = query.keys() & {"since", "until"}, query.keys() & {"since_id", "until_id"}
    if times and ids:
        raise bad_parameter("since and until cannot be used together with since_id and until_id")
    if ("until" in query and "since" not in query) or ("until_id" in query and "since_id" not in query):
        raise bad_parameter("until needs a since, until_id a since_id")
    span = _ids(query) if ids else _times(query)
    if span.since is not None and span.until is not None and span.since > span.until:  # type: ignore[operator]
        raise bad_parameter("since is after until")
    return span


def event_bytes(event_id: str, update: TradeUpdate) -> bytes:
    """Return an update as an event on the wire."""
    data = {"at": rfc3339(update.ts_ns), "event_id": event_id, **update_data(update)}
    return b"data: " + msgspec.json.encode(data) + b"\n\n"


def _times(query: Mapping[str, str]) -> Span:
    found: dict[str, int | None] = {"since": None, "until": None}
    for name in found:
        if name in query:
            try:
                found[name] = parse_time(query[name])
            except ValueError:
                raise bad_parameter(f"{name} is not a valid time") from None
    return Span("time", found["since"], found["until"])


def _ids(query: Mapping[str, str]) -> Span:
    for name in ("since_id", "until_id"):
        if name in query:
            try:
                ulid_ms(query[name])
            except ValueError:
                raise bad_parameter(f"{name} is not a valid ULID") from None
    return Span("id", query.get("since_id"), query.get("until_id"))


def _time_of(told: Told) -> int:
    return told.ts_ns


def _id_of(told: Told) -> str:
    return told.event_id
