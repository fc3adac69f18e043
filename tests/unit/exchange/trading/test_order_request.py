"""Bodies of orders: what is read, and what is refused."""

import msgspec
import pytest

from tenfold.exchange.orders_to_match import NANO
from tenfold.exchange.refusal import Refusal
from tenfold.exchange.trading.request import StopLoss, decode_order, decode_replace
from tenfold.exchange.wire import parse_time

MARKET = {"symbol": "AAPL", "qty": "1", "side": "buy", "type": "market", "time_in_force": "day"}


def decode(**changes):
    body = {name: value for name, value in {**MARKET, **changes}.items() if value is not None}
    return decode_order(msgspec.json.encode(body))


def test_an_order_is_read():
    asked = decode(
        type="stop_limit", limit_price=90.5, stop_price="91", qty=0.1 + 0.2, side="sell", extended_hours=False,
        client_order_id="c", position_intent="sell_to_close", unknown=[1],
    )  # fmt: skip
    assert (asked.side, asked.qty, asked.limit, asked.stop) == (-1, 3 * NANO // 10, 90_500_000_000, 91 * NANO)
    assert (asked.kind, asked.tif, asked.client_order_id, asked.intent) == ("stop_limit", "day", "c", "sell_to_close")


def test_an_oco_takes_its_limit_from_the_leg():
    asked = decode(
        type=None,
        order_class="oco",
        side="sell",
        take_profit={"limit_price": 110},
        stop_loss={"stop_price": "90", "limit_price": ""},
    )
    assert (asked.kind, asked.limit, asked.take_profit) == ("limit", 110 * NANO, 110 * NANO)
    assert asked.stop_loss == StopLoss(90 * NANO, None)


def test_instructions_are_read():
    asked = decode(
        advanced_instructions={
            "algorithm": "VWAP", "start_time": "2026-11-20T15:00:00Z", "end_time": "2026-11-20T16:00:00Z", "max_percentage": "0.25",
        }
    )  # fmt: skip
    assert asked.advanced.share_max == 0.25
    assert asked.advanced.start_ns == parse_time("2026-11-20T15:00:00Z")
    routed = decode(advanced_instructions={"destination": "IEX", "display_qty": "100"}).advanced
    assert (routed.algorithm, routed.destination, routed.display) == ("DMA", "IEX", 100 * NANO)


@pytest.mark.parametrize(
    ("changes", "status", "message"),
    [
        ({"symbol": None}, 422, "symbol is required"),
        ({"side": None}, 422, "side is required"),
        ({"side": "hold"}, 422, "invalid side"),
        ({"type": None}, 422, "type is required"),
        ({"type": "iceberg"}, 422, "invalid order type"),
        ({"time_in_force": None}, 422, "time_in_force is required"),
        ({"time_in_force": "gtx"}, 422, "invalid time_in_force"),
        ({"order_class": "mleg"}, 422, "options"),
        ({"legs": [{"symbol": "AAPL"}]}, 422, "options"),
        ({"order_class": "combo"}, 422, "invalid order_class"),
        ({"position_intent": "hold"}, 422, "invalid position_intent"),
        ({"qty": None}, 422, "qty or notional is required"),
        ({"notional": "5"}, 422, "only one of qty or notional is accepted"),
        ({"qty": "x"}, 422, "invalid qty"),
        ({"qty": "0"}, 422, "qty must be > 0"),
        ({"qty": "-1"}, 422, "qty must be > 0"),
        ({"qty": "0.1234567891"}, 422, "invalid qty"),
        ({"qty": True}, 422, "request body format"),
        ({"qty": None, "notional": "5.001"}, 422, "2 decimal places"),
        ({"qty": None, "notional": "5", "order_class": "oto", "stop_loss": {"stop_price": 1}}, 422, "simple orders"),
        ({"type": "limit"}, 422, "limit orders require limit price"),
        ({"type": "stop_limit", "limit_price": 1}, 422, "stop limit orders require stop price"),
        ({"limit_price": 1}, 422, "market orders must not have limit price"),
        ({"type": "limit", "limit_price": 1, "stop_price": 1}, 422, "must not have stop price"),
        ({"type": "trailing_stop"}, 422, "must specify one of"),
        ({"type": "trailing_stop", "trail_price": 1, "trail_percent": 1}, 422, "must specify one of"),
        ({"type": "trailing_stop", "trail_percent": 100}, 422, "trail_percent must be < 100"),
        ({"trail_price": 1}, 422, "must not have trail"),
        ({"take_profit": {"limit_price": 1}}, 422, "need order_class"),
        ({"order_class": "bracket", "take_profit": {}, "stop_loss": {"stop_price": 1}}, 422, "require take_profit"),
        ({"order_class": "bracket", "take_profit": {"limit_price": 1}}, 422, "require stop_loss"),
        ({"order_class": "bracket", "take_profit": {"limit_price": 1}, "stop_loss": {}}, 422, "stop_price is required"),
        ({"order_class": "oto"}, 422, "exactly one"),
        (
            {"order_class": "oco", "take_profit": {"limit_price": 1}, "stop_loss": {"stop_price": 1}},
            422,
            "limit orders",
        ),
        (
            {"type": "trailing_stop", "trail_price": 1, "order_class": "oto", "stop_loss": {"stop_price": 1}},
            422,
            "simple orders",
        ),
        ({"advanced_instructions": {"algorithm": "POV"}}, 422, "invalid advanced_instructions.algorithm"),
        ({"advanced_instructions": {"destination": "MARS"}}, 422, "invalid advanced_instructions.destination"),
        ({"advanced_instructions": {"algorithm": "VWAP", "max_percentage": 2}}, 422, "must be <= 1"),
        ({"advanced_instructions": {"algorithm": "VWAP", "destination": "IEX"}}, 422, "need algorithm DMA"),
        ({"advanced_instructions": {"max_percentage": "0.5"}}, 422, "need algorithm VWAP or TWAP"),
        (
            {"advanced_instructions": {"algorithm": "TWAP", "start_time": "soon"}},
            422,
            "invalid advanced_instructions.start_time",
        ),
        (
            {"advanced_instructions": {"algorithm": "TWAP", "start_time": "2026-01-02", "end_time": "2026-01-01"}},
            422,
            "before end_time",
        ),
    ],
)
def test_what_is_no_order_is_refused(changes, status, message):
    with pytest.raises(Refusal, match=message) as refused:
        decode(**changes)
    assert refused.value.status == status


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"time_in_force": "\xff"}', b'{"x":' * 50_000])
def test_what_is_no_json_is_refused(body):
    for decode_body in (decode_order, decode_replace):
        with pytest.raises(Refusal, match="request body format is invalid") as refused:
            decode_body(body)
        assert (refused.value.status, refused.value.body["code"]) == (400, 40010000)


def test_json_of_another_shape_is_refused():
    with pytest.raises(Refusal) as refused:
        decode_order(b"[]")
    assert (refused.value.status, refused.value.body["code"]) == (422, 40010001)


def test_a_replacement_is_read():
    asked = decode_replace(
        b'{"qty": 3, "limit_price": "4.5", "time_in_force": "gtc", "trail": null, "advanced_instructions": {"destination": "NYSE"}}'
    )
    assert (asked.qty, asked.limit, asked.tif, asked.trail) == (3 * NANO, 4_500_000_000, "gtc", None)
    assert asked.advanced.destination == "NYSE"
    with pytest.raises(Refusal, match="invalid time_in_force"):
        decode_replace(b'{"time_in_force": "x"}')
