"""Trade the same orders on peers and on Tenfold in one process, and compare every trade."""

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from claim import Claim
from environments import HERE, ROOT, PeerMissingError, python_of
from source import SOURCE
from trial import TrialError, environment

from parts.size import Size

TITLE = "Equal trades"
SCENES = HERE / "equality"
STRATEGIES = 12
EQUITY = 1e-7


def measure(size: Size | None = None) -> dict[str, Any]:
    """Return how many strategies were traded alike, by platform, and the claims that follow."""
    missing: list[str] = []
    record: dict[str, Any] = {"scenes": [], "differences": []}
    try:
        record = recorded()
    except PeerMissingError as error:
        missing.append(str(error))
    if not any(one["source"] == "real" for one in record["scenes"]):
        missing.append("strategies on real data: TENFOLD_REFERENCE_DATA names no folder of reference market data")
    told = ("scene", "symbol", "peer", "source", "bars", "trips", "differing", "price", "equity")
    scenes = [{name: one[name] for name in told} for one in record["scenes"]]
    claims = [claim for peer in ("backtesting.py", "vectorbt") for claim in _claims(peer, scenes)] if scenes else []
    return {
        "settings": {"clock": "none: nothing is timed"},
        "figures": {},
        "scenes": scenes,
        "differences": record["differences"],
        "missing": missing,
        "claims": [claim.record() for claim in claims],
    }


def recorded() -> dict[str, Any]:
    """Run the tests of `equality` in the environment of the peers and return all that they saw."""
    python = python_of("equality")
    with tempfile.TemporaryDirectory() as folder:
        record = Path(folder) / "record.json"
        variables = environment() | {
            "EQUALITY_RECORD": str(record),
            "PYTHONPATH": str(SOURCE.exported or ROOT / "src"),
            "TENFOLD_REFERENCE_DATA": os.environ.get("TENFOLD_REFERENCE_DATA", ""),
        }
        command = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, f"--rootdir={SCENES}"]
        done = subprocess.run(
            [*command, str(SCENES)], check=False, capture_output=True, text=True, env=variables, cwd=folder
        )
        if done.returncode or not record.exists():
            raise TrialError(f"trades or equity differ:\n{done.stdout[-3000:]}{done.stderr[-1000:]}")
        found: dict[str, Any] = json.loads(record.read_text())
    return found


def _claims(peer: str, scenes: list[dict[str, Any]]) -> list[Claim]:
    mine = [one for one in scenes if one["peer"] == peer]
    real = [one for one in mine if one["source"] == "real"]
    trips = sum(one["trips"] for one in mine)
    worst = max((one["equity"] for one in mine), default=0.0)
    note = f"{trips:,} round trips, prices at most {max((one['price'] for one in mine), default=0.0):.0e} apart"
    equal = sum(one["differing"] == 0 and one["equity"] <= EQUITY for one in real)
    return [
        Claim(f"strategies on real data that trade as in {peer}", float(equal), "", limit=float(STRATEGIES)),
        Claim(f"trades that differ from {peer}", float(sum(one["differing"] for one in mine)), "trades", "at most", 0.0, note),
        Claim(f"final equity beside {peer}, largest relative difference", worst, "", "at most", EQUITY),
    ]  # fmt: skip
