"""Time whole processes from a cold shell: import, help, and a first result with a warm cache; and the first compile."""

import json
import os
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from claim import Claim
from environments import PeerMissingError, python_of
from trial import CACHE, PYTHON, WORKERS, Measured, TrialError, interleave, summary, whole

from parts.size import CROSSING, Size, market_of

TITLE = "Start"
TENFOLD = str(Path(PYTHON).parent / "tenfold")
SAMPLE = "sp500-index"
COMPILES = 3


def measure(size: Size) -> dict[str, Any]:
    """Return figures and claims of the start."""
    job = {"market": market_of(size.sweep_bars), "params": CROSSING}
    sweep = {"market": market_of(size.sweep_bars), "what": "sweep", **size.grid}
    backtest = {**job, "what": "backtest"}
    once = str(WORKERS / "tenfold_once.py")
    commands = {
        "python": [PYTHON, "-c", "pass"],
        "import": [PYTHON, "-c", "import tenfold"],
        "help": [TENFOLD, "--help"],
        "backtest": [PYTHON, once, json.dumps(backtest)],
        "sweep": [PYTHON, once, json.dumps(sweep)],
        "backtest_command": [TENFOLD, "backtest", "crossing", "--sample", SAMPLE, "--no-save"],
        "sweep_command": [TENFOLD, "sweep", "crossing", "--sample", SAMPLE],
    }
    missing = []
    try:
        commands["vectorbt"] = [python_of("vectorbt"), str(WORKERS / "vectorbt_once.py"), json.dumps(job)]
    except PeerMissingError as error:
        missing.append(str(error))
    contestants = {}
    for name, command in commands.items():
        try:
            whole(command)  # compiles, and warms the cache of machine code and that of the file system
            contestants[name] = partial(_timed, command)
        except TrialError as error:
            missing.append(str(error).strip().splitlines()[-1])
    taken = summary(interleave(contestants, size.repeats), ("process_s",))
    first = summary(
        interleave(
            {name: partial(_first, commands[name]) for name in ("backtest", "sweep")}, min(size.repeats, COMPILES)
        ),
        ("process_s",),
    )
    return {
        "settings": {"bars": size.sweep_bars, "clock": "wall seconds of the whole process", "sample": SAMPLE},
        "figures": {**taken, **{f"{name}_compiling": figures for name, figures in first.items()}},
        "missing": missing,
        "claims": [claim.record() for claim in _claims(taken, first)],
    }


def _timed(command: list[str], cache: Path = CACHE) -> Measured:
    load = os.getloadavg()[0]
    return {"process_s": whole(command, cache)[0], "load": load}


def _first(command: list[str]) -> Measured:
    with tempfile.TemporaryDirectory() as empty:
        return _timed(command, Path(empty))


def _claims(taken: dict[str, Measured], first: dict[str, Measured]) -> list[Claim]:
    promised: dict[str, tuple[str, float | None, str]] = {
        "import": ("`import tenfold`", 0.15, ""),
        "help": ("`tenfold --help`", 0.3, ""),
        "backtest": ("a backtest of 100,000 bars from a cold shell", 2.0, "a user's strategy, warm cache"),
        "sweep": ("a sweep of 1,000 strategies from a cold shell", 2.0, "a user's strategy, warm cache"),
        "backtest_command": ("`tenfold backtest crossing --sample`", 2.0, "daily sample data, warm cache"),
        "sweep_command": ("`tenfold sweep crossing --sample`", 2.0, "daily sample data, warm cache"),
        "vectorbt": ("a backtest with vectorbt from a cold shell", None, "warm cache of its own"),
        "python": ("Python alone", None, "part of every figure above"),
    }
    claims = [Claim(what, taken[name]["process_s"], "s", "below", limit, note)
              for name, (what, limit, note) in promised.items() if name in taken]  # fmt: skip
    for name, figures in first.items():
        claims.append(Claim(f"the first {name} ever, with compiling", figures["process_s"], "s", note="empty cache"))
    return claims
