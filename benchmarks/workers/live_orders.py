"""Say what both clients do: the orders they send, and the messages they read."""

import json
import time

import msgspec

SYMBOLS = ("AAPL", "MSFT", "NVDA", "SPY")
UPDATE = {
    "stream": "trade_updates",
    "data": {
        "event": "fill",
        "execution_id": "2f63ea93-423d-4169-b3f6-3fdafc10c418",
        "timestamp": "2026-11-20T15:11:20.123456789Z",
        "price": "179.08",
        "qty": "100",
        "position_qty": "100",
        "order": {
            "id": "61e69015-8549-4bfd-b9c3-01e75843f47d",
            "client_order_id": "paper-3-000012345",
            "created_at": "2026-11-20T15:11:20.0Z",
            "updated_at": "2026-11-20T15:11:20.123456789Z",
            "submitted_at": "2026-11-20T15:11:20.0Z",
            "filled_at": "2026-11-20T15:11:20.123456789Z",
            "expired_at": None,
            "expires_at": None,
            "canceled_at": None,
            "failed_at": None,
            "replaced_at": None,
            "replaced_by": None,
            "replaces": None,
            "asset_id": "b0b6dd9d-8b9b-48a9-ba46-b9d54906e415",
            "symbol": "AAPL",
            "asset_class": "us_equity",
            "notional": None,
            "qty": "100",
            "filled_qty": "100",
            "filled_avg_price": "179.08",
            "order_class": "",
            "order_type": "limit",
            "type": "limit",
            "side": "buy",
            "position_intent": "buy_to_open",
            "time_in_force": "day",
            "limit_price": "179.10",
            "stop_price": None,
            "status": "filled",
            "extended_hours": False,
            "legs": None,
            "trail_percent": None,
            "trail_price": None,
            "hwm": None,
            "ratio_qty": None,
        },
    },
}
A_FRAME = 100
"""Quotes in a frame."""


def frame() -> bytes:
    """Return a frame of quotes."""
    moment = msgspec.msgpack.Ext(-1, (123_456_789 << 34 | 1_795_185_000).to_bytes(8, "big"))
    quote = {
        "T": "q",
        "bx": "V",
        "bp": 179.05,
        "bs": 3,
        "ax": "V",
        "ap": 179.1,
        "as": 4,
        "c": ["R"],
        "t": moment,
        "z": "C",
    }
    return msgspec.msgpack.encode([{**quote, "S": SYMBOLS[number % 4]} for number in range(A_FRAME)])


def update() -> bytes:
    """Return an update of an order."""
    return json.dumps(UPDATE).encode()


def price(number: int) -> float:
    """Return the limit of an order: half of them rest, half of them fill at once."""
    return 50.0 if number % 2 == 0 else 200.0


def microseconds(act, each: int) -> float:
    """Return the least time of a message, in microseconds, over some thousand calls."""
    best = float("inf")
    for _ in range(30):
        begin = time.perf_counter_ns()
        for _ in range(100):
            act()
        best = min(best, (time.perf_counter_ns() - begin) / 100 / each / 1000)
    return best
