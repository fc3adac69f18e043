"""Measure the examination of a vote of ten: its scenarios alone, and everything."""

from collections.abc import Callable
from functools import partial
from typing import Any

from claim import Claim
from trial import PYTHON, Measured, interleave, summary, work

from parts.size import Size

TITLE = "Robustness"
SYMBOLS = 6


def measure(size: Size) -> dict[str, Any]:
    """Return figures and claims of a dossier."""
    bars, scenarios = size.robustness
    job = {"bars": bars, "symbols": SYMBOLS, "scenarios": scenarios}
    contestants: dict[str, Callable[[], Measured]] = {
        "scenarios": partial(work, PYTHON, "tenfold_robustness", {**job, "whole": False}),
        "dossier": partial(work, PYTHON, "tenfold_robustness", {**job, "whole": True}),
    }
    taken = summary(interleave(contestants, min(size.repeats, 3)), ("wall_s", "cpu_s", "peak_bytes", "paths"))
    what = f"of a vote of ten over {bars:,} bars of {SYMBOLS} symbols"
    return {
        "settings": {**job, "members": 10, "clock": "wall, all cores"},
        "figures": taken,
        "missing": [],
        "claims": [
            claim.record()
            for claim in (
                Claim(f"{scenarios:,} scenarios {what}", taken["scenarios"]["wall_s"], "s", "below", 20.0),
                Claim(f"the whole dossier {what}", taken["dossier"]["wall_s"], "s"),
            )
        ],
    }
