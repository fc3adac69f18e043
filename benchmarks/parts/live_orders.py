"""Measure our client of Alpaca beside Alpaca's own: orders over sockets, and frames as they are read."""

from functools import partial
from typing import Any

from claim import Claim
from trial import PYTHON, interleave, summary, work

from parts.size import Size

TITLE = "Client of Alpaca"
TIMES_MIN = 3.0
MESSAGES_A_SECOND = 20_000


def measure(size: Size) -> dict[str, Any]:
    """Return figures and claims; both clients send to an exchange in a process of its own, and to one that answers at once."""
    job = {"orders": size.live_orders}
    contestants = {
        "tenfold": partial(work, PYTHON, "tenfold_live_orders", job),
        "alpaca_py": partial(work, PYTHON, "alpaca_live_orders", job),
    }
    keys = ("wall_s", "p50_us", "p99_us", "instant_p50_us", "instant_p99_us", "client_cpu_us", "quote_us", "update_us")
    taken = summary(interleave(contestants, min(size.repeats, 3)), keys)
    flow = {"rate": MESSAGES_A_SECOND, "seconds": size.exchange[0]}
    taken |= summary(
        interleave({"stream": partial(work, PYTHON, "tenfold_live_stream", flow)}, min(size.repeats, 3)),
        ("messages_a_second", "missing", "p50_ms", "p99_ms", "client_cpu_share"),
    )
    heard = taken["stream"]
    ours, theirs = taken["tenfold"], taken["alpaca_py"]
    note = f"{size.live_orders} limit orders one after another over a kept connection"
    claims = [
        Claim("orders sent against alpaca-py, median round trip to a venue that answers at once", theirs["instant_p50_us"] / ours["instant_p50_us"],
              "times", limit=TIMES_MIN, note=f"{note}; {ours['instant_p50_us']:.0f} and {theirs['instant_p50_us']:.0f} microseconds"),
        Claim("the same to our exchange, whose own time is part of both", theirs["p50_us"] / ours["p50_us"], "times",
              note=f"{ours['p50_us']:.0f} and {theirs['p50_us']:.0f} microseconds"),
        Claim("processor time of the client an order, against alpaca-py", theirs["client_cpu_us"] / ours["client_cpu_us"], "times",
              limit=TIMES_MIN, note=f"{ours['client_cpu_us']:.0f} and {theirs['client_cpu_us']:.0f} microseconds"),
        Claim("an update of an order read, against alpaca-py", theirs["update_us"] / ours["update_us"], "times", limit=1.0,
              note=f"{ours['update_us']:.1f} and {theirs['update_us']:.1f} microseconds, JSON to a report"),
        Claim("a quote read, against alpaca-py", theirs["quote_us"] / ours["quote_us"], "times", limit=1.0,
              note=f"{ours['quote_us']:.2f} and {theirs['quote_us']:.2f} microseconds, MessagePack in frames of 100 to a value"),
        Claim("market data messages a second, from the socket to values", heard["messages_a_second"], "",
              limit=MESSAGES_A_SECOND * 0.99, note=f"{heard['client_cpu_share']:.0%} of one core; "
              f"age {heard['p50_ms']:.2f} ms at the median, {heard['p99_ms']:.2f} ms at the 99th percentile"),
        Claim("market data messages that were missing", heard["missing"], "", "at most", 0.0, note="each symbol quotes at even steps"),
    ]  # fmt: skip
    return {
        "settings": {"orders": size.live_orders, "clock": "wall seconds"},
        "figures": taken,
        "missing": [],
        "claims": [claim.record() for claim in claims],
    }
