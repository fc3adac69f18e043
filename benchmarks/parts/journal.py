"""Measure what it takes until orders would survive a crash, beside a bare wait for the disk."""

from functools import partial
from typing import Any

from claim import Claim
from environments import ENVIRONMENTS
from trial import PYTHON, interleave, summary, work

from parts.size import Size

TITLE = "Journal"
GROUPS = (1, 10, 100)
STORES = {"sqlite": "SQLite", "postgres": "PostgreSQL"}


def measure(size: Size) -> dict[str, Any]:
    """Return figures and claims of the journal."""
    job = {"folder": str(ENVIRONMENTS / "journal"), "syncs": size.syncs}
    kept = [f"{store}_{group}_{part}_us" for store in STORES for group in GROUPS for part in ("p50", "p99")]
    keys = ("bare_p50_us", "bare_p99_us", *kept)
    taken = summary(interleave({"tenfold": partial(work, PYTHON, "tenfold_journal", job)}, min(size.repeats, 3)), keys)
    ours = taken["tenfold"]
    against = ours["sqlite_1_p50_us"] / ours["bare_p50_us"]
    together = ours["sqlite_100_p50_us"] / ours["sqlite_1_p50_us"]
    claims = [
        Claim("an order synced in SQLite against a bare page", against, "times", "at most", 4.0),
        Claim("a hundred orders in one sync against one order", together, "times", "at most", 10.0),
    ]
    return {
        "settings": {"syncs": size.syncs, "stores": STORES, "groups": GROUPS, "clock": "wall seconds"},
        "figures": taken,
        "missing": [],
        "claims": [claim.record() for claim in claims],
    }
