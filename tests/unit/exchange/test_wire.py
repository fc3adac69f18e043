"""What travels: numbers, times, ids."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold.exchange import wire
from tenfold.exchange.orders_to_match import NANO


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1", NANO),
        ("0.000000001", 1),
        (0.1 + 0.2, 300_000_000),
        (7, 7 * NANO),
        ("-1.5", -NANO * 3 // 2),
        ("1e2", 100 * NANO),
    ],
)
def test_numbers_are_read(value, expected):
    assert wire.nano(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        "",
        "x",
        "NaN",
        "inf",
        "0.0000000001",
        "1.0000000000000000000000000000001",
        "1e-9999999",
        "1e40",
        "9" * 30,
        True,
        float("nan"),
        5e9,
    ],
)
def test_what_is_no_number_is_refused(value):
    with pytest.raises(ValueError, match=r"number|places|large"):
        wire.nano(value)


@given(st.integers(-(2**61), 2**61))
def test_a_number_comes_back(value):
    assert wire.nano(wire.decimal_text(value)) == value


def test_numbers_are_written():
    assert [wire.decimal_text(v) for v in (0, NANO, -NANO // 2, 1)] == ["0", "1", "-0.5", "0.000000001"]
    assert wire.decimal_text_of(None) is None
    assert wire.nano_of(0.1) == 100_000_000
    assert wire.number(1_500_000_000) == 1.5


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("1970-01-01", 0),
        ("1970-01-01T00:00:01Z", NANO),
        ("1970-01-01T00:00:00.000000001Z", 1),
        ("1970-01-01T01:00:00+01:00", 0),
        ("1970-01-01T01:00:00 01:00", 0),
        ("1969-12-31T19:00:00-0500", 0),
        ("1970-01-01 00:00", 0),
        ("0001-01-01T00:00:00+14:00", -25_567 * 86_400 * NANO),
        ("9999-12-31T23:59:59-12:00", 84_005 * 86_400 * NANO),
    ],
)
def test_times_are_read(text, ns):
    assert wire.parse_time(text) == ns


@pytest.mark.parametrize(
    "text", ["", "now", "2026-02-30", "2026-01-01T25:00:00Z", "2026-01-01T00:00:61Z", "2026-01-01T00:00:00+99:00"]
)
def test_what_is_no_time_is_refused(text):
    with pytest.raises(ValueError, match="no time"):
        wire.parse_time(text)


@given(st.integers(0, 2**61))
def test_a_time_comes_back(ns):
    assert wire.parse_time(wire.rfc3339(ns)) == ns
    assert wire.rfc3339_of(None) is None
    assert wire.rfc3339_of(ns) == wire.rfc3339(ns)


def test_a_day_comes_back():
    assert wire.day_text(wire.parse_day("2026-11-20")) == "2026-11-20"
    assert [wire.day_text(wire.parse_day(text)) for text in ("0001-01-01", "9999-12-31")] == [
        "1900-01-01",
        "2199-12-31",
    ]


def test_ids_repeat_by_seed_and_are_uuids():
    one, same, other = wire.Ids(1), wire.Ids(1), wire.Ids(2)
    first = one.uuid("order")
    assert uuid.UUID(first).version == 4
    assert wire.is_uuid(first)
    assert not wire.is_uuid("abc")
    assert same.uuid("order") == first != other.uuid("order")
    assert one.uuid("order") != first != one.uuid("execution")


def test_ulids_sort_by_call():
    ids = wire.Ids(3)
    times = [5, 5, 1_000_000, 999, 2_000_000_000]
    got = [ids.ulid(t) for t in times]
    assert got == sorted(got)
    assert len(set(got)) == len(got)
    assert {len(one) for one in got} == {26}
    assert wire.ulid_ms(got[-1]) == 2000
    with pytest.raises(ValueError, match="ULID"):
        wire.ulid_ms("u")
