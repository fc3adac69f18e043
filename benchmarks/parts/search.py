"""Measure a search: how many strategies are judged in every regime and window, how fast, in how much memory."""

from collections.abc import Callable
from functools import partial
from typing import Any

from claim import Claim
from trial import PYTHON, Measured, interleave, summary, work

from parts.size import Size

TITLE = "Search"
GIB = float(2**30)


def measure(size: Size) -> dict[str, Any]:
    """Return figures and claims of evaluations by all families."""
    few, many = size.search
    contestants: dict[str, Callable[[], Measured]] = {
        "six_symbols": partial(work, PYTHON, "tenfold_search", few),
        "many_strategies": partial(work, PYTHON, "tenfold_search", many),
    }
    taken = summary(interleave(contestants, min(size.repeats, 3)), ("wall_s", "cpu_s", "peak_bytes", "evaluated"))
    peak = max(figures["peak_bytes"] for figures in taken.values())
    rate = taken["many_strategies"]["evaluated"] * many["bars"] / taken["many_strategies"]["wall_s"]
    return {
        "settings": {"few": few, "many": many, "families": "all that ship", "clock": "wall, all cores"},
        "figures": taken,
        "missing": [],
        "claims": [
            claim.record()
            for claim in (
                Claim(f"{few['trials']:,} strategies, {few['bars']:,} bars, {few['symbols']} symbols, all regimes and windows",
                      taken["six_symbols"]["wall_s"], "s", "below", 5.0),
                Claim(f"{many['trials']:,} strategies, {many['bars']:,} bars", taken["many_strategies"]["wall_s"], "s",
                      "below", 60.0, note=f"{rate / 1e6:.0f} million strategy-bars a second"),
                Claim("peak memory of a search", peak / GIB, "GiB", "below", 2.0),
            )
        ],
    }  # fmt: skip
