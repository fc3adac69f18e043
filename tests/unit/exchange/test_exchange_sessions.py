"""Sessions of New York: open and close, extended hours, daylight saving time, early closes, days beyond the calendar."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from tenfold.domain.session import Session
from tenfold.domain.units import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE, NS_PER_SECOND
from tenfold.exchange.sessions import Sessions, local_day, local_moment, offset_ns


def ns(text):
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * NS_PER_SECOND


def day(text):
    return (date.fromisoformat(text) - date(1970, 1, 1)).days


THANKSGIVING = [
    Session(day=day("2025-11-26"), open_ns=ns("2025-11-26T14:30"), close_ns=ns("2025-11-26T21:00")),
    Session(day=day("2025-11-28"), open_ns=ns("2025-11-28T14:30"), close_ns=ns("2025-11-28T18:00")),
    Session(day=day("2025-12-01"), open_ns=ns("2025-12-01T14:30"), close_ns=ns("2025-12-01T21:00")),
]


def test_the_clocks_change():
    assert offset_ns(ns("2025-03-09T06:59:59")) == -5 * 3600 * NS_PER_SECOND
    assert offset_ns(ns("2025-03-09T07:00:00")) == -4 * 3600 * NS_PER_SECOND
    assert local_moment(day("2025-03-07"), 570) == ns("2025-03-07T14:30")
    assert local_moment(day("2025-03-10"), 570) == ns("2025-03-10T13:30")
    assert local_moment(day("2025-03-09"), 0) == ns("2025-03-09T05:00")
    assert local_moment(day("2025-11-02"), 0) == ns("2025-11-02T04:00")
    assert local_moment(day("2025-11-02"), 240) == ns("2025-11-02T09:00")
    assert local_day(ns("2025-03-10T03:59:59")) == day("2025-03-09")
    assert local_day(ns("2025-03-10T04:00:00")) == day("2025-03-10")


def test_every_hour_has_the_offset_of_its_zone():
    zone, first = ZoneInfo("America/New_York"), ns("2025-01-01") // NS_PER_HOUR
    for hour in range(first, first + 2 * 8766):
        told = datetime.fromtimestamp(hour * 3600, UTC).astimezone(zone).utcoffset()
        assert offset_ns(hour * NS_PER_HOUR + 1) == told.total_seconds() * NS_PER_SECOND


@pytest.mark.parametrize(
    ("moment", "phase"),
    [
        ("2025-11-26T08:59:59", "closed"),
        ("2025-11-26T09:00:00", "pre"),
        ("2025-11-26T14:29:59", "pre"),
        ("2025-11-26T14:30:00", "open"),
        ("2025-11-26T20:59:59", "open"),
        ("2025-11-26T21:00:00", "post"),
        ("2025-11-27T00:59:59", "post"),
        ("2025-11-27T01:00:00", "closed"),
        ("2025-11-27T16:00:00", "closed"),  # a holiday
        ("2025-11-28T17:59:59", "open"),
        ("2025-11-28T18:00:00", "post"),  # closes early
        ("2025-11-28T21:59:59", "post"),
        ("2025-11-28T22:00:00", "closed"),
        ("2025-11-29T16:00:00", "closed"),
    ],
)
def test_phases(moment, phase):
    sessions = Sessions(THANKSGIVING)
    assert sessions.phase(ns(moment)) == phase
    assert sessions.is_open(ns(moment)) == (phase == "open")


def test_next_open_and_close():
    sessions = Sessions(THANKSGIVING)
    assert sessions.next_open(ns("2025-11-26T14:29:59")) == ns("2025-11-26T14:30")
    assert sessions.next_open(ns("2025-11-26T14:30:00")) == ns("2025-11-28T14:30")
    assert sessions.next_close(ns("2025-11-26T20:59:59")) == ns("2025-11-26T21:00")
    assert sessions.next_close(ns("2025-11-26T21:00:00")) == ns("2025-11-28T18:00")
    assert sessions.next_session(day("2025-11-26")).day == day("2025-11-28")
    assert sessions.previous_session(day("2025-11-28")).day == day("2025-11-26")


def test_beyond_the_calendar_working_days_count():
    sessions = Sessions(THANKSGIVING)
    assert sessions.session(day("2025-12-06")) is None
    assert sessions.session(day("2025-12-08")).open_ns == ns("2025-12-08T14:30")
    assert sessions.next_open(ns("2025-12-01T15:00")) == ns("2025-12-02T14:30")
    assert Sessions().is_open(ns("2025-07-01T13:30"))
    assert [one.day for one in Sessions().between(day("2025-11-28"), day("2025-12-01"))] == [
        day("2025-11-28"),
        day("2025-12-01"),
    ]


def test_extended_hours_begin_and_end_next():
    sessions = Sessions(THANKSGIVING)
    for clock, pre, post in (
        ("2025-11-26T08:59", "2025-11-26T09:00", "2025-11-27T01:00"),
        ("2025-11-26T09:00", "2025-11-28T09:00", "2025-11-27T01:00"),
        ("2025-11-27T01:00", "2025-11-28T09:00", "2025-11-28T22:00"),  # after an early close
    ):
        assert (sessions.next_pre(ns(clock)), sessions.next_post(ns(clock))) == (ns(pre), ns(post))


def test_edges_of_a_day():
    sessions = Sessions(THANKSGIVING)
    kinds = [(edge.kind, edge.ts_ns) for edge in sessions.edges(day("2025-11-28"))]
    assert kinds == [
        ("pre", ns("2025-11-28T09:00")),
        ("open", ns("2025-11-28T14:30")),
        ("close", ns("2025-11-28T18:00")),
        ("post", ns("2025-11-28T22:00")),
    ]
    assert sessions.edges(day("2025-11-27")) == ()
    assert sessions.edges(day("2025-11-26"))[3].ts_ns == ns("2025-11-27T01:00")


def test_calendar_rows():
    rows = Sessions(THANKSGIVING).rows(day("2025-11-26"), day("2025-11-28"))
    assert rows == [
        {
            "date": "2025-11-26", "open": "09:30", "close": "16:00", "session_open": "0400", "session_close": "2000",
            "settlement_date": "2025-11-28",
        },
        {
            "date": "2025-11-28", "open": "09:30", "close": "13:00", "session_open": "0400", "session_close": "1700",
            "settlement_date": "2025-12-01",
        },
    ]  # fmt: skip


def test_local_minutes():
    sessions = Sessions()
    assert sessions.minute_of(ns("2025-07-01T13:28:30")) == 9 * 60 + 28
    assert sessions.moment(day("2025-07-01"), 15 * 60 + 50) == ns("2025-07-01T19:50")


def test_a_market_that_never_closes():
    days = [Session(day=d, open_ns=d * NS_PER_DAY, close_ns=(d + 1) * NS_PER_DAY) for d in range(100, 103)]
    sessions = Sessions(days, zone="UTC")
    assert sessions.is_open(101 * NS_PER_DAY)
    assert [edge.ts_ns for edge in sessions.edges(101)] == [101 * NS_PER_DAY] * 2 + [102 * NS_PER_DAY] * 2
    assert sessions.phase(101 * NS_PER_DAY + 5 * NS_PER_MINUTE) == "open"
