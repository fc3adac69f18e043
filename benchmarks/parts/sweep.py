"""Compare the sweep of a grid with vectorbt and with a kernel written by hand in C."""

import os
import subprocess
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from claim import Claim
from environments import ENVIRONMENTS, PeerMissingError, python_of
from trial import PYTHON, WORKERS, Measured, TrialError, interleave, summary, work

from parts.size import Size, market_of, rows_of

TITLE = "Sweep"
COLUMNS = (100, 25)
"""Columns that vectorbt simulates at a time: a plain width, and one of those at which it was fastest (1 to 200 tried)."""

STATISTICS = ("final_equity", "sharpe", "max_drawdown", "orders")
TOLERANCE = 1e-6
EXPLAINED = 20
"""Rows that may differ at most for exact ties to be looked for: more of them have another cause."""


def measure(size: Size) -> dict[str, Any]:
    """Return figures and claims of the sweep."""
    strategies = len(size.grid["fast"]) * len(size.grid["slow"])
    job = {"market": market_of(size.sweep_bars), **size.grid}
    contestants: dict[str, Callable[[], Measured]] = {"tenfold": _contestant(PYTHON, "tenfold", job, times=3)}
    missing = []
    try:
        contestants["c"] = _contestant(PYTHON, "kernel", {**job, "library": built_kernel()}, times=5, name="c")
    except TrialError as error:
        missing.append(str(error))
    try:
        python = python_of("vectorbt")
        for columns in COLUMNS:
            name = f"vectorbt_{columns}"
            contestants[name] = _contestant(python, "vectorbt", {**job, "columns": columns}, times=1, name=name)
    except PeerMissingError as error:
        missing.append(str(error))
    taken = summary(interleave(contestants, size.repeats), ("wall_s", "cpu_s", "peak_bytes"))
    work_done = size.sweep_bars * strategies
    for figures in taken.values():
        figures["strategy_bars_a_second"] = work_done / figures["wall_s"]
        figures["strategy_bars_a_cpu_second"] = work_done / figures["cpu_s"]
    agreement = {name: differences(name, job) for name in taken if name != "tenfold"}
    return {
        "settings": {"bars": size.sweep_bars, "strategies": strategies, "clock": "wall, all cores"},
        "figures": taken,
        "agreement": agreement,
        "missing": missing,
        "claims": [claim.record() for claim in _claims(taken, agreement)],
    }


def _contestant(python: str, script: str, job: dict[str, Any], times: int, name: str = "") -> Callable[[], Measured]:
    rows = str(rows_of(f"sweep-{name or script}"))
    return partial(work, python, f"{script}_sweep", {**job, "times": times, "rows": rows})


def built_kernel() -> str:
    """Compile kernel.c for this machine and return the library."""
    library = ENVIRONMENTS / "kernel.so"
    compiler = os.environ.get("CC", "gcc")
    flags = ("-O3", "-march=native", "-fopenmp", "-shared", "-fPIC")
    command = [compiler, *flags, "-o", str(library), str(WORKERS / "kernel.c"), "-lm"]
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True)
    except OSError as error:
        raise TrialError(f"no C compiler: {compiler}: {error.strerror}") from None
    if done.returncode:
        raise TrialError(f"kernel.c does not compile: {done.stderr.strip()[-300:]}")
    return str(library)


def differences(peer: str, job: dict[str, Any]) -> dict[str, Any]:
    """Return in how many rows Tenfold and a peer differ by more than the tolerance, and why."""
    ours, theirs = np.load(rows_of("sweep-tenfold")), np.load(rows_of(f"sweep-{peer}"))
    apart = {}
    for name in STATISTICS:
        scale = np.maximum(np.abs(theirs[name]), 1e-12)
        apart[name] = np.abs(ours[name] - theirs[name]) / scale
    differing = np.flatnonzero(np.max(list(apart.values()), axis=0) > TOLERANCE)
    points = [(fast, slow) for fast in job["fast"] for slow in job["slow"]]
    equal = np.setdiff1d(np.arange(len(points)), differing)
    explained = []
    if 0 < len(differing) <= EXPLAINED:
        doubtful = {"market": job["market"], "points": [points[index] for index in differing]}
        explained = work(PYTHON, "tenfold_ties", doubtful)["rows"]
    excused = sum(row["rounded_ties"] > 0 and row["elsewhere"] == 0 for row in explained)
    return {
        "rows": len(points),
        "equal": len(equal),
        "largest_difference": {name: float(values[equal].max(initial=0.0)) for name, values in apart.items()},
        "differing": explained,
        "unexplained": len(differing) - excused,
    }


def _claims(taken: dict[str, Measured], agreement: dict[str, Any]) -> list[Claim]:
    ours = taken["tenfold"]
    claims = []
    for columns in COLUMNS:
        peer = taken.get(f"vectorbt_{columns}")
        if peer:
            what = f"sweep against vectorbt, {columns} columns at a time"
            note = (
                "among the fastest widths for vectorbt"
                if columns == COLUMNS[-1]
                else "a plain width; slower for vectorbt, and it takes more memory"
            )
            claims.append(Claim(what, peer["wall_s"] / ours["wall_s"], "times", limit=120.0, note=note))
    if "c" in taken:
        ratio = taken["c"]["wall_s"] / ours["wall_s"]
        note = "more than 0.5 is the aim"
        claims.append(Claim("sweep against the C kernel", ratio, "of its speed", limit=0.4, note=note))
        ratio = taken["c"]["cpu_s"] / ours["cpu_s"]
        note = "both keep all cores busy; less disturbed by other work on the machine"
        claims.append(Claim("the same by processor time", ratio, "of its speed", note=note))
    for name, found in agreement.items():
        note = f"{found['equal']:,} of {found['rows']:,} equal to {TOLERANCE:g}"
        claims.append(Claim(f"rows that differ from {name.replace('_', ', ')} for another reason than an exact tie",
                            float(found["unexplained"]), "rows", "at most", 0.0, note))  # fmt: skip
    return claims
