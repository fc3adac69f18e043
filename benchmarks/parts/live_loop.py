"""Measure the live loop: from the bytes of market data to the bytes of an order, the journal's sync apart."""

from functools import partial
from typing import Any

from claim import Claim
from trial import PYTHON, interleave, summary, work

from parts.size import Size

TITLE = "Live loop"
STRATEGIES = 10
MESSAGES_A_SECOND = 20_000


def measure(size: Size) -> dict[str, Any]:
    """Return figures and claims: ten strategies vote over one symbol, and over ten."""
    minutes = max(600, size.live_orders // 2)
    contestants = {
        f"symbols_{symbols}": partial(work, PYTHON, "tenfold_live_loop", {"minutes": minutes, "symbols": symbols})
        for symbols in (1, 10)
    }
    keys = ("wall_s", "orders", "p50_us", "p99_us", "worst_us", "sync_p50_us", "sync_p99_us")
    taken = summary(interleave(contestants, min(size.repeats, 3)), keys)
    flow = {"rate": MESSAGES_A_SECOND, "seconds": 3 * size.exchange[0] + 5}
    taken |= summary(
        interleave({"feed": partial(work, PYTHON, "tenfold_live_feed", flow)}, 1),
        ("messages_a_second", "missing", "late_ms", "score", "client_cpu_share"),
    )
    feed = taken["feed"]
    one, ten = taken["symbols_1"], taken["symbols_10"]
    note = (
        f"{STRATEGIES} strategies, feeds, vote, limits, blotter, encoding and the write to a socket; without the sync"
    )
    claims = [
        Claim("market data in to order bytes out, one symbol, median", one["p50_us"], "µs", "below", 300.0, note=note),
        Claim("market data in to order bytes out, one symbol, 99th percentile", one["p99_us"], "µs", "below", 2000.0, note=note),
        Claim("the same, ten symbols that close together, median", ten["p50_us"], "µs", note="until the first of their orders"),
        Claim("a sync of the journal in SQLite, median", one["sync_p50_us"], "µs", note=f"99th percentile {one['sync_p99_us'] / 1e3:.1f} ms"),
        Claim("market data messages a second through the live feed, sustained", feed["messages_a_second"], "",
              limit=MESSAGES_A_SECOND * 0.99, note=f"{flow['seconds']} s, from the socket through quality and minutes; {feed['client_cpu_share']:.0%} of one core"),
        Claim("market data messages that the live feed dropped", feed["missing"], "", "at most", 0.0, note="each symbol quotes at even steps"),
    ]  # fmt: skip
    return {
        "settings": {"minutes": minutes, "strategies": STRATEGIES, "flow": flow, "clock": "wall seconds"},
        "figures": taken,
        "missing": [],
        "claims": [claim.record() for claim in claims],
    }
