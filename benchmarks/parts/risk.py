"""Measure what it takes to judge one order by every rule of the profile for real money."""

from functools import partial
from typing import Any

from claim import Claim
from trial import PYTHON, interleave, summary, work

from parts.size import Size

TITLE = "Risk"
KINDS = {"votes": "an order of the vote, sized and judged", "own": "an order of a strategy that works its own"}


def measure(size: Size) -> dict[str, Any]:
    """Return figures and claims of the risk chain."""
    keys = tuple(f"{kind}_{part}_us" for kind in KINDS for part in ("p50", "p99"))
    job = {"orders": size.orders}
    taken = summary(interleave({"tenfold": partial(work, PYTHON, "tenfold_risk", job)}, min(size.repeats, 3)), keys)
    claims = [
        Claim(f"risk: {what}", taken["tenfold"][f"{kind}_p50_us"], "microseconds", "below", 10.0)
        for kind, what in KINDS.items()
    ]
    return {
        "settings": {"orders": size.orders, "kinds": KINDS, "clock": "wall microseconds"},
        "figures": taken,
        "missing": [],
        "claims": [claim.record() for claim in claims],
    }
