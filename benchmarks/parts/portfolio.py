"""Time one backtest of many symbols and ten families on the compiled path."""

import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from claim import Claim
from trial import PYTHON, interleave, summary, work

from parts.size import Size

TITLE = "Portfolio"
FAMILIES = (
    "crossing", "convergence", "channel", "skip_month", "pullback", "squeeze", "turn_of_month", "relative_strength",
    "low_volatility", "accumulation",
)  # fmt: skip
SECONDS = 20.0


def measure(size: Size) -> dict[str, Any]:
    """Return the seconds of the backtest, with machine code from the cache and without."""
    symbols, bars = size.portfolio
    job = {"symbols": symbols, "bars": bars, "families": list(FAMILIES), "warm": True}
    measured = partial(work, PYTHON, "tenfold_portfolio", job)
    measured()  # compiles
    taken = summary(
        interleave({"tenfold_compiled": measured}, min(size.repeats, 3)), ("wall_s", "cpu_s", "peak_bytes", "fills")
    )
    with tempfile.TemporaryDirectory() as empty:
        first = work(PYTHON, "tenfold_portfolio", {**job, "warm": False}, Path(empty))
    figures = taken["tenfold_compiled"]
    figures["fills"], figures["first_s"] = int(figures["fills"]), first["process_s"]
    what = f"{symbols:,} symbols, {bars:,} days, ten families"
    claims = [
        Claim(what, figures["wall_s"], "s", "below", SECONDS, "machine code from the cache"),
        Claim(
            f"{what}, from a cold shell with an empty cache",
            first["process_s"],
            "s",
            note="compiles all ten and the portfolio",
        ),
    ]
    return {
        "settings": {"symbols": symbols, "bars": bars, "families": list(FAMILIES), "clock": "wall seconds"},
        "figures": taken,
        "missing": [],
        "claims": [claim.record() for claim in claims],
    }
