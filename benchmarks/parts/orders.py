"""Compare how fast limit orders are sent, moved, cancelled and filled event by event, with NautilusTrader."""

from functools import partial
from typing import Any

from claim import Claim
from environments import PeerMissingError, python_of
from trial import PYTHON, interleave, summary, work

from parts.size import Size, market_of

TITLE = "Orders"
EACH = 5
"""New orders a bar; `workers/flow.py` has them."""
COUNTS = ("orders", "replaces", "cancels", "fills")


def measure(size: Size) -> dict[str, Any]:
    """Return figures and claims of the orders."""
    bars = size.orders // EACH
    job = {"market": market_of(size.sweep_bars), "bars": bars}
    contestants = {"tenfold_event": partial(work, PYTHON, "tenfold_orders", job)}
    missing = []
    try:
        contestants["nautilus"] = partial(work, python_of("nautilus"), "nautilus_orders", job)
    except PeerMissingError as error:
        missing.append(str(error))
    taken = summary(interleave(contestants, min(size.repeats, 3)), ("wall_s", "cpu_s", "peak_bytes", *COUNTS))
    for figures in taken.values():
        for name in COUNTS:
            figures[name] = int(figures[name])
        figures["commands_a_second"] = sum(figures[name] for name in COUNTS[:3]) / figures["cpu_s"]
    ours = taken["tenfold_event"]
    claims = []
    if "nautilus" in taken:
        theirs = taken["nautilus"]
        note = (
            f"{ours['replaces']:,} replaces and {ours['cancels']:,} cancels here, "
            f"{theirs['replaces']:,} and {theirs['cancels']:,} there"
        )
        ratio = theirs["cpu_s"] / ours["cpu_s"]
        claims.append(
            Claim(f"{ours['orders']:,} limit orders against NautilusTrader", ratio, "times", limit=1.0, note=note)
        )
    return {
        "settings": {"bars": bars, "orders": ours["orders"], "replaces": ours["replaces"],
                     "cancels": ours["cancels"],
                     "clock": "processor seconds, all threads"},
        "figures": taken,
        "missing": missing,
        "claims": [claim.record() for claim in claims],
    }  # fmt: skip
