"""Answer when the market is open."""

from functools import lru_cache
from typing import Final, Literal

import msgspec

from tenfold.exchange.api.query import Day, Nothing
from tenfold.exchange.api.route import Call, Route, answer
from tenfold.exchange.api.served import Served
from tenfold.exchange.messages import Response
from tenfold.exchange.sessions import Sessions
from tenfold.exchange.wire import parse_day, rfc3339

_FIRST: Final = parse_day("1970-01-01")
_LAST: Final = parse_day("2029-12-31")
_SETTLED_AFTER_DAYS_MAX: Final = 14


class CalendarAsked(msgspec.Struct, frozen=True):
    """Choose days, both included; `date_type` says whether they are those of trading or of settlement."""

    start: Day | None = None
    end: Day | None = None
    date_type: Literal["TRADING", "SETTLEMENT"] = "TRADING"


def get_clock(exchange: Served, call: Call, _: Nothing) -> Response:
    """Answer the replayed time, and when the market opens and closes next."""
    now_ns = exchange.trading.told_ns(call.ts_ns)
    sessions = exchange.sessions
    return answer(
        {
            "timestamp": rfc3339(now_ns),
            "is_open": sessions.is_open(now_ns),
            "next_open": rfc3339(sessions.next_open(now_ns)),
            "next_close": rfc3339(sessions.next_close(now_ns)),
        }
    )


def get_calendar(exchange: Served, _: Call, asked: CalendarAsked) -> Response:
    """Answer the sessions of some days, 1970 to 2029."""
    first = _FIRST if asked.start is None else max(asked.start, _FIRST)
    last = _LAST if asked.end is None else min(asked.end, _LAST)
    return _calendar(exchange.sessions, first, last, asked.date_type)


@lru_cache(maxsize=16)
def _calendar(sessions: Sessions, first: int, last: int, date_type: str) -> Response:
    """Answer the sessions of some days; kept, since sixty years of them take a third of a second."""
    if date_type == "TRADING":
        return answer(sessions.rows(first, last))
    rows = sessions.rows(first - _SETTLED_AFTER_DAYS_MAX, last)
    return answer([row for row in rows if first <= parse_day(row["settlement_date"]) <= last])


ROUTES: Final = (
    Route("GET", "/v2/clock", get_clock, "Get the market clock"),
    Route("GET", "/v2/calendar", get_calendar, "Get the market calendar", CalendarAsked, shape="array"),
)
