"""Whatever numbers and moments a venue tells: they are refused in one line, or they can be journaled, and read again."""

import json

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec.msgpack import Ext

from tenfold.adapters.alpaca.activities import ActivityBody, executions, flows
from tenfold.adapters.alpaca.moments import moment_ns, packed_ns
from tenfold.adapters.alpaca.orders import OrderBody, venue_order
from tenfold.adapters.alpaca.quantities import Quantities
from tenfold.adapters.alpaca.rate_budget import RateBudget, Urgency
from tenfold.codec import decode, encode
from tenfold.domain.errors import VenueError
from tenfold.domain.instrument import Instrument
from tenfold.domain.order import Fill, Order
from tenfold.execution.reports import VenueFill, VenueFlow, VenueOrder

LOTS = Quantities([Instrument(symbol="AAPL"), Instrument(symbol="BTC/USD", lot_size=1e-6)])
SYMBOLS = st.sampled_from(["AAPL", "BTC/USD", "BTCUSD", "ETH/USD", "OTHER", "", "X" * 40])
NUMBERS = st.one_of(
    st.none(),
    st.sampled_from(["", " ", "nan", "inf", "-0", "1e400", "1e-9999999", "0.1", "1_0", "-5", "0", "9" * 30, "0x10", "12", "٣"]),
    st.sampled_from(["1.00000000000000000000000000000001", 10**400, 1e300, -1, 0, 2**63]),
    st.integers(-10, 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=6),
)  # fmt: skip
MOMENTS = st.sampled_from(
    ["2026-11-20T14:30:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "1969-12-31T23:59:59.9Z", "", "2026"]
)
IDS = st.sampled_from(["20261120143000123::x", "20261399999999999::x", "x", "99991231235959999::x"])
ORDERS = st.fixed_dictionaries(
    {"id": st.just("v"), "symbol": SYMBOLS, "side": st.sampled_from(["buy", "sell", "?"]), "status": st.just("new")},
    optional={
        **dict.fromkeys(
            ["qty", "filled_qty", "filled_avg_price", "limit_price", "stop_price", "trail_price", "trail_percent"], NUMBERS
        ),
        **dict.fromkeys(["updated_at", "submitted_at", "created_at"], MOMENTS),
        "type": st.sampled_from(["limit", "trailing_stop", "stop"]),
        "time_in_force": st.just("gtc"),
    },
)  # fmt: skip
ACTIVITIES = st.fixed_dictionaries(
    {"id": IDS, "activity_type": st.sampled_from(["FILL", "DIV"]), "side": st.just("buy")},
    optional={
        **dict.fromkeys(["price", "qty", "cum_qty", "net_amount"], NUMBERS),
        "transaction_time": MOMENTS,
        "symbol": SYMBOLS,
    },
)


def told(type, body, read):
    """Return what a body tells, None where it is refused in one line as something that a venue cannot mean."""
    try:
        return read(msgspec.json.decode(json.dumps(body).encode(), type=type))
    except (VenueError, msgspec.DecodeError) as error:
        text = str(error)
    assert "\n" not in text
    assert len(text) < 300
    return None


def comes_back(type, value):
    assert decode(type, encode(value, "msgpack"), "msgpack") == value


@given(ORDERS)
def test_orders(body):
    order = told(OrderBody, body, lambda one: venue_order(one, LOTS))
    if order is not None:
        comes_back(VenueOrder, order)
        if order.order is not None:
            comes_back(Order, order.order)


@given(ACTIVITIES)
def test_executions_and_flows(body):
    for fill in told(ActivityBody, body, lambda one: executions([one], {}, LOTS)) or ():
        comes_back(VenueFill, fill)
        booked = {name: getattr(fill, name) for name in ("ts_ns", "order_id", "symbol", "side", "qty", "price")}
        comes_back(Fill, Fill(fill_id=fill.execution_id, fee_units=0, **booked))
    for flow in told(ActivityBody, body, lambda one: flows([one], LOTS, "USD")) or ():
        comes_back(VenueFlow, flow)


@given(st.one_of(MOMENTS, st.datetimes().map(lambda one: f"{one.isoformat()}Z"), st.text(max_size=30)))
def test_moments(text):
    try:
        ns = moment_ns(text)
    except VenueError as error:
        assert "the venue tells of time" in str(error)  # noqa: PT017 -- many texts are moments
        return
    assert 0 <= ns < 2**63


@given(st.integers(-2, 1), st.binary(max_size=13))
def test_packed_moments(code, raw):
    try:
        ns = packed_ns(Ext(code, raw))
    except ValueError as error:
        assert "timestamp" in str(error)  # noqa: PT017 -- many are moments
        return
    assert 0 <= ns < 2**63


HEADERS = st.one_of(
    st.sampled_from(["", "0", "1", "9" * 400, "-1", "nan", "1e9", "Sat, 21 Nov 2026 20:00:00 GMT"]),
    st.sampled_from(["Sat, 21 Nov 99999999999999 20:00:00 GMT", "21 Nov 2026", "٣"]),
    st.text(max_size=12),
)


@given(
    st.sampled_from([200, 429, 500]),
    st.dictionaries(
        st.sampled_from(["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "date", "retry-after"]), HEADERS
    ),
)  # fmt: skip
def test_no_header_shuts_the_client_up_for_longer_than_a_window(status, headers):
    budget = RateBudget()
    budget.left()
    budget.answered(0, status, headers)
    assert all(budget.wait_ns(1, urgency) <= 60_000_000_000 for urgency in Urgency)
