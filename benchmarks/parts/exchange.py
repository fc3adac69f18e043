"""Measure the simulated exchange over sockets: orders, market data to our own client and to Alpaca's, a year at full speed."""

from functools import partial
from typing import Any

from claim import Claim
from trial import PYTHON, interleave, summary, work

from parts.size import Size

TITLE = "Simulated exchange"
ORDERS_A_SECOND = 500
MESSAGES_A_SECOND = 50_000
SYMBOLS = 10


def measure(size: Size) -> dict[str, Any]:
    """Return figures and claims of the exchange; it runs in a process of its own, its client in another."""
    seconds, days = size.exchange
    orders = {"rate": ORDERS_A_SECOND, "orders": ORDERS_A_SECOND * seconds}
    flow = {"rate": MESSAGES_A_SECOND, "seconds": seconds + 1}
    repeats = min(size.repeats, 3)
    latency, lag = ("p50_ms", "p99_ms", "worst_ms", "rate", "server_cpu_s"), ("p50_ms", "p99_ms", "worst_ms")
    taken = {
        **summary(interleave({"orders": partial(work, PYTHON, "tenfold_exchange_orders", orders)}, repeats), latency),
        **summary(
            interleave({"stream": partial(work, PYTHON, "tenfold_exchange_stream", flow)}, repeats),
            (*lag, "messages_a_second", "frame_max", "server_cpu_s"),
        ),
        **summary(
            interleave({"alpaca_py": partial(work, PYTHON, "alpaca_exchange_stream", {"seconds": seconds})}, repeats),
            ("messages_a_second",),
        ),
        **summary(
            interleave(
                {
                    "year": partial(work, PYTHON, "tenfold_exchange_year", {"days": days, "client": 0}),
                    "year_read": partial(work, PYTHON, "tenfold_exchange_year", {"days": days, "client": 1}),
                },
                repeats,
            ),
            ("wall_s", "bars", "server_cpu_s"),
        ),
    }
    sent, heard, year = taken["orders"], taken["stream"], taken["year_read"]
    ceiling = taken["alpaca_py"]["messages_a_second"]
    note = f"{ORDERS_A_SECOND} orders a second, half of them fill at once and half rest for half a second; keep-alive"
    read = f"{MESSAGES_A_SECOND:,} quotes a second in MessagePack, decoded into structs"
    claims = [
        Claim("REST order round trip, median", sent["p50_ms"], "ms", "below", 1.0, note=note),
        Claim("REST order round trip, 99th percentile", sent["p99_ms"], "ms", "below", 5.0, note=note),
        Claim("market data messages a second to our own client", heard["messages_a_second"], "",
              limit=MESSAGES_A_SECOND * 0.99, note=read),
        Claim("age of market data when decoded, 99th percentile", heard["p99_ms"], "ms", "below", 50.0, note=read),
        Claim("messages in one frame", heard["frame_max"], "", "at most", 100.0),
        Claim("messages a second that Alpaca's own client takes", ceiling, "", note="the exchange waits for it"),
        Claim(f"{days} days of minute bars, {SYMBOLS} symbols, at full speed, read by a client", year["wall_s"], "s",
              "below", 60.0, note=f"{int(year['bars']):,} bars; {taken['year']['wall_s']:.1f} s where nobody reads"),
    ]  # fmt: skip
    return {
        "settings": {"seconds": seconds, "days": days, "symbols": SYMBOLS, "clock": "wall seconds"},
        "figures": taken,
        "missing": [],
        "claims": [claim.record() for claim in claims],
    }
