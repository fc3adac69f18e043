"""Decimal strings become lots, prices, money and moments exactly, and come back the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.msgpack import Ext

from tenfold.adapters.alpaca.moments import day_of, moment_ns, moment_text, packed_ns
from tenfold.adapters.alpaca.quantities import Quantities, decimal, money_units, price_of, price_text, side_of
from tenfold.domain.errors import VenueError
from tenfold.domain.instrument import Instrument
from tenfold.domain.order import Side
from tenfold.domain.units import MONEY_LIMIT

LOTS = Quantities(
    [Instrument(symbol="AAPL"), Instrument(symbol="MSFT", lot_size=0.001), Instrument(symbol="BTC/USD", lot_size=1e-6)]
)


@pytest.mark.parametrize(
    ("symbol", "text", "lots"),
    [
        ("AAPL", "12", 12), ("AAPL", "12.000", 12), ("AAPL", 12, 12), ("AAPL", "-3", -3), ("MSFT", "0.3", 300),
        ("MSFT", 0.1 + 0.2, None), ("BTC/USD", "0.000001", 1), ("OTHER", "7", 7), ("ETH/USD", "0.5", 500_000_000),
        ("AAPL", "1.00000000000000000000000000000001", None), ("BTC/USD", "9e17", None), ("OTHER", "0.37", 0), ("BTCUSD", "-1.5", -1), ("ETH/USD", "9e17", MONEY_LIMIT - 1),
        ("AAPL", "1e-9999999", None),
        ("AAPL", "0.5", None), ("AAPL", "nan", None), ("AAPL", "many", None), ("AAPL", None, None), ("AAPL", "1e400", None),
    ],
)  # fmt: skip
def test_lots(symbol, text, lots):
    if lots is None:
        with pytest.raises(VenueError, match="the venue tells of"):
            LOTS.lots(symbol, text)
    else:
        assert LOTS.lots(symbol, text) == lots


@pytest.mark.parametrize(
    ("symbol", "text", "lots", "beyond"),
    [
        ("AAPL", "10", 10, "0"), ("AAPL", "10.5", 10, "0.5"), ("AAPL", "-10.5", -10, "-0.5"), ("AAPL", 0.25, 0, "0.25"), ("MSFT", "0.3", 300, "0"),
        ("MSFT", "0.30047", 300, "0.00047"), ("OTHER", "7.5", 7, "0"), ("AAPL", "1.00000000000000000000000000000001", 1, "1e-32"),
    ],
)  # fmt: skip
def test_what_is_held_beyond_whole_lots_is_told_apart(symbol, text, lots, beyond):
    assert LOTS.held(symbol, text) == (lots, decimal(beyond))


@pytest.mark.parametrize(
    ("name", "amount", "symbol"),
    [
        ("AAPL", "3", "AAPL"), ("AAPL", "3.5", "AAPL in parts"), ("AAPL", None, "AAPL in parts"), ("BTCUSD", "0.5", "BTC/USD"), ("OTHER", "0.5", "OTHER"),
        ("OTHER", None, "OTHER"),
    ],
)  # fmt: skip
def test_an_order_for_parts_of_a_lot_goes_by_another_name(name, amount, symbol):
    assert LOTS.of_order(name, amount) == symbol


@given(st.sampled_from(["AAPL", "MSFT", "BTC/USD", "OTHER", "ETH/USD"]), st.integers(-(1 << 40), 1 << 40))
def test_lots_come_back(symbol, lots):
    text = LOTS.text(symbol, lots)
    assert "e" not in text.lower()
    assert LOTS.lots(symbol, text) == lots


@given(st.floats(1e-9, 1e9))
def test_prices_come_back(price):
    text = price_text(price)
    assert "e" not in text.lower()
    assert price_of(text) == round(price, 9)


def test_what_counting_in_binary_adds_is_not_sent():
    assert price_text(111.99000000000001) == "111.99"
    assert price_text(1e-9) == "0.000000001"


def test_money_sides_and_names():
    assert money_units("100000.123456", "USD") == 100_000_123_456
    assert money_units("-0.0000004", "USD") == 0
    assert [side_of(word) for word in ("buy", "sell", "sell_short")] == [Side.BUY, Side.SELL, Side.SELL]
    with pytest.raises(VenueError, match="'hold', expected buy or sell"):
        side_of("hold")
    assert price_of(None) == 0.0
    for wrong in ("nan", "inf", "many", "", "-5", "1e300", 10**400):
        with pytest.raises(VenueError, match="expected a price"):
            price_of(wrong)
    with pytest.raises(VenueError, match="beyond the range of exact money"):
        money_units("9e17", "USD")
    assert str(decimal(0.1)) == "0.1"
    assert LOTS.symbol("BTCUSD") == "BTC/USD"
    assert LOTS.symbol("AAPL") == "AAPL"


def test_executions_are_of_something():
    assert LOTS.executed("MSFT", "0.5", "12.5") == (500, 12.5)
    for amount, price in (("0", "1"), ("1", "0"), ("1", None), ("-1", "1")):
        with pytest.raises(VenueError, match=r"an execution of .* expected more than zero"):
            LOTS.executed("AAPL", amount, price)


def test_executions_are_such_as_can_be_booked():
    assert LOTS.executed("AAPL", "2147483647", "1000") == (2_147_483_647, 1000.0)
    for amount, price in (("2147483648", "1"), ("2147483647", "3000"), ("10", "9e11")):
        with pytest.raises(VenueError, match=r"an execution of .* beyond the range of exact money"):
            LOTS.executed("AAPL", amount, price)
    assert LOTS.executed("OTHER", "3000000000", "9e11") == (3_000_000_000, 0.0)


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("1970-01-01T00:00:00Z", 0), ("0001-01-01T00:00:00Z", 0), ("0001-01-01T00:00:00.000-04:00", 0), ("1970-01-01T00:00:01.5Z", 1_500_000_000), ("1970-01-01T01:00:00.000000001+01:00", 1),
        ("1969-12-31T19:00:00-05:00", 0), ("2026-11-20 14:30:00.123456789123z", 1_795_185_000_123_456_789), ("2026-11-20T14:30:00.12Z", 1_795_185_000_120_000_000),
    ],
)  # fmt: skip
def test_moments(text, ns):
    assert moment_ns(text) == ns


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-20",
        "2026-13-20T00:00:00Z",
        "2026-11-20T00:00:00",
        "yesterday",
        "2026-11-20T14:30:00.Z",
        "2026-11-20T14:30:00.1234567890ZZ",
        "2026-11-20T25:30:00.5Z",
        "9999-12-31T23:59:59Z",
        "1969-12-31T23:59:59Z",
    ],
)
def test_what_is_no_moment(text):
    with pytest.raises(VenueError, match="the venue tells of time"):
        moment_ns(text)


@given(st.integers(0, (1 << 62)))
def test_moments_come_back(ns):
    assert moment_ns(moment_text(ns)) == ns
    seconds, rest = divmod(ns, 10**9)
    assert packed_ns(Ext(-1, rest.to_bytes(4, "big") + seconds.to_bytes(8, "big", signed=True))) == ns
    if seconds < 1 << 34:
        assert packed_ns(Ext(-1, (rest << 34 | seconds).to_bytes(8, "big"))) == ns
    if seconds < 1 << 32:
        assert packed_ns(Ext(-1, seconds.to_bytes(4, "big"))) == seconds * 10**9


def test_days_and_other_extensions():
    assert day_of("1970-01-02") == 1
    with pytest.raises(VenueError, match="the venue tells of date"):
        day_of("1970-01-32")
    for wrong in (Ext(1, b"1234"), Ext(-1, b"123")):
        with pytest.raises(ValueError, match="timestamp"):
            packed_ns(wrong)
    for far in (bytes(4) + (1 << 40).to_bytes(8, "big"), ((1 << 34) - 1).to_bytes(8, "big")):
        with pytest.raises(ValueError, match="between 1970 and 2262"):
            packed_ns(Ext(-1, far))
