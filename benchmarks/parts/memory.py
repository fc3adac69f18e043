"""Measure what a strategy of a sweep costs in memory, and that bars add nothing to it."""

from functools import partial
from typing import Any

from claim import Claim
from trial import PYTHON, interleave, summary, work

from parts.size import Size, grid, market_of

TITLE = "Memory"
ALLOWANCE = 1_000
"""Bytes a strategy beside its state."""


def measure(size: Size) -> dict[str, Any]:
    """Return the growth of memory by bars and strategies, and what one strategy more costs."""
    contestants = {}
    for bars in size.memory_bars:
        for strategies in size.memory_strategies:
            job = {"market": market_of(bars), **grid(strategies // 50, 50)}
            contestants[f"{bars}_bars_{strategies}_strategies"] = partial(work, PYTHON, "tenfold_memory", job)
    taken = summary(interleave(contestants, min(size.repeats, 3)), ("grown_bytes", "state_bytes", "bars_bytes"))
    state = next(iter(taken.values()))["state_bytes"]
    few, many = size.memory_strategies
    claims = []
    for bars in size.memory_bars:
        low, high = (taken[f"{bars}_bars_{count}_strategies"]["grown_bytes"] for count in (few, many))
        each = (high - low) / (many - few)
        note = f"the sweep of {few:,} takes {low / 1e6:.1f} MB, that of {many:,} {high / 1e6:.1f} MB"
        claims.append(Claim(f"memory of one strategy more over {bars:,} bars", each, "bytes", "at most",
                            state + ALLOWANCE, note))  # fmt: skip
    return {
        "settings": {
            "state_bytes": state,
            "allowance_bytes": ALLOWANCE,
            "clock": "peak resident memory over that before",
        },
        "figures": taken,
        "missing": [],
        "claims": [claim.record() for claim in claims],
    }
