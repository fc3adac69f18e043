"""From which moment orders for the auctions are taken."""

from datetime import UTC, datetime

import pytest

from tenfold.app.live.venue_hours import VenueHours
from tenfold.domain.order import Order, OrderType, Side
from tenfold.domain.session import Session


def at(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 10**9


HOURS = VenueHours(
    [
        Session(day=20_409, open_ns=at("2025-11-17T14:30"), close_ns=at("2025-11-17T21:00")),
        Session(day=20_420, open_ns=at("2025-11-28T14:30"), close_ns=at("2025-11-28T18:00")),  # a half day
    ]
)


def order(**terms):
    return Order(order_id="r-1-1", ts_ns=1, symbol="SPY", side=Side.BUY, qty=1, **terms)


@pytest.mark.parametrize(
    ("now", "terms", "taken"),
    [
        ("2025-11-17T14:27", {"tif": "opg"}, "2025-11-17T14:27"),
        ("2025-11-17T14:28", {"tif": "opg"}, "2025-11-18T00:00"),
        ("2025-11-17T21:00", {"tif": "opg"}, "2025-11-18T00:00"),
        ("2025-11-18T00:00", {"tif": "opg"}, "2025-11-18T00:00"),
        ("2025-11-17T20:49", {"tif": "cls"}, "2025-11-17T20:49"),
        ("2025-11-17T20:50", {"tif": "cls"}, "2025-11-18T00:00"),
        ("2025-11-28T17:50", {"tif": "cls"}, "2025-11-29T00:00"),
        ("2025-11-17T21:00", {"type": OrderType.MARKET_ON_OPEN, "tif": "opg"}, "2025-11-18T00:00"),
        ("2025-11-17T21:00", {"tif": "day"}, "2025-11-17T21:00"),
        ("2025-11-10T21:00", {"tif": "opg"}, "2025-11-10T21:00"),
    ],
)
def test_when_an_order_is_taken(now, terms, taken):
    assert HOURS.taken_ns(order(**terms), at(now)) == at(taken)


def test_without_sessions_everything_is_taken_at_once():
    assert VenueHours([]).taken_ns(order(tif="opg"), 7) == 7
