"""Time frames: what is one, and where their intervals begin."""

from datetime import UTC, datetime

import numpy as np
import pytest

from tenfold.domain.units import NS_PER_DAY, NS_PER_MINUTE, NS_PER_SECOND
from tenfold.exchange.market.timeframe import TimeFrame, parse_timeframe


def ns(text):
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * NS_PER_SECOND


@pytest.mark.parametrize(
    ("text", "count", "unit"),
    [
        ("1Min", 1, "Min"), ("59T", 59, "Min"), ("23Hour", 23, "Hour"), ("2H", 2, "Hour"), ("1Day", 1, "Day"), ("1D", 1, "Day"),
        ("1Week", 1, "Week"), ("1W", 1, "Week"), ("3Month", 3, "Month"), ("12M", 12, "Month"),
    ],
)  # fmt: skip
def test_time_frames(text, count, unit):
    assert parse_timeframe(text) == TimeFrame(count, unit)


@pytest.mark.parametrize(
    "text", ["", "Min", "0Min", "60Min", "24Hour", "2Day", "2Week", "5Month", "1min", "1 Min", "-1Min", "1Minute"]
)
def test_what_is_no_time_frame(text):
    with pytest.raises(ValueError, match=f"invalid timeframe: {text}$"):
        parse_timeframe(text)


@pytest.mark.parametrize(
    ("text", "moment", "start"),
    [
        ("1Min", "2025-07-01T13:31:59", "2025-07-01T13:31:00"),
        ("15Min", "2025-07-01T13:44:59", "2025-07-01T13:30:00"),
        ("1Hour", "2025-07-01T13:44:59", "2025-07-01T13:00:00"),
        ("4Hour", "2025-07-01T13:44:59", "2025-07-01T12:00:00"),  # 08:00 in New York
        ("4Hour", "2025-01-02T14:44:59", "2025-01-02T13:00:00"),  # the same in winter
        ("1Day", "2025-07-01T13:44:59", "2025-07-01T04:00:00"),
        ("1Day", "2025-07-02T03:59:59", "2025-07-01T04:00:00"),
        ("1Day", "2025-01-02T14:44:59", "2025-01-02T05:00:00"),
        ("1Week", "2025-07-04T13:44:59", "2025-06-30T04:00:00"),
        ("1Month", "2025-07-31T13:44:59", "2025-07-01T04:00:00"),
        ("3Month", "2025-06-30T13:44:59", "2025-04-01T04:00:00"),
        ("6Month", "2025-12-30T14:44:59", "2025-07-01T04:00:00"),
        ("12Month", "2025-12-30T14:44:59", "2025-01-01T05:00:00"),
    ],
)
def test_where_intervals_begin(text, moment, start):
    assert parse_timeframe(text).starts(np.array([ns(moment)]), "America/New_York").tolist() == [ns(start)]


def test_days_of_another_zone():
    starts = parse_timeframe("1Day").starts(np.array([ns("2025-07-01T00:00:00"), ns("2025-07-01T23:59:59")]), "UTC")
    assert starts.tolist() == [ns("2025-07-01T00:00:00")] * 2


def test_lengths():
    assert parse_timeframe("5Min").least_ns == 5 * NS_PER_MINUTE
    assert parse_timeframe("1Month").least_ns == 28 * NS_PER_DAY
    assert parse_timeframe("1Month").most_ns > 31 * NS_PER_DAY
    assert parse_timeframe("1Month").of_spans
    assert not parse_timeframe("1Day").of_spans
    assert parse_timeframe("1Day").of_days
    assert not parse_timeframe("23Hour").of_days
