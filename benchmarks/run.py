"""Run Tenfold and its peers side by side, judge what must hold, and write the page of the documentation.

    python benchmarks/run.py                  everything, median of 5; about twenty minutes
    python benchmarks/run.py --only sweep     one part; the other figures stay as they were
    python benchmarks/run.py --quick          see that everything runs; nothing is judged or kept
    python benchmarks/run.py --revision HEAD  what is committed, while the working tree is being edited

The exit status is 1 where something that must hold does not.
"""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from environments import ENVIRONMENTS, HERE, ROOT
from machine import machine, moment
from page import page
from parts import (
    backtest,
    book,
    equality,
    exchange,
    journal,
    live_loop,
    live_orders,
    memory,
    odds,
    orders,
    portfolio,
    risk,
    robustness,
    scale,
    search,
    start,
    sweep,
)
from parts.size import FULL, QUICK
from source import SOURCE
from trial import TrialError

PARTS = {
    "sweep": sweep,
    "backtest": backtest,
    "orders": orders,
    "portfolio": portfolio,
    "start": start,
    "memory": memory,
    "book": book,
    "exchange": exchange,
    "journal": journal,
    "risk": risk,
    "live_orders": live_orders,
    "live_loop": live_loop,
    "odds": odds,
    "search": search,
    "scale": scale,
    "robustness": robustness,
    "equality": equality,
}


def main() -> int:
    """Measure, write results.json and the page, and tell what does not hold."""
    parser = argparse.ArgumentParser(description="Tenfold beside its peers.")
    parser.add_argument("--only", choices=PARTS, action="append", help="measure one part alone; may be repeated")
    parser.add_argument("--quick", action="store_true", help="small and once, to see that everything runs")
    parser.add_argument("--revision", help="measure this revision, not the working tree")
    options = parser.parse_args()
    ENVIRONMENTS.mkdir(exist_ok=True)
    if options.revision:
        SOURCE.take(options.revision)
    kept = ENVIRONMENTS / "quick.json" if options.quick else HERE / "results.json"
    written = ENVIRONMENTS / "quick.md" if options.quick else ROOT / "docs" / "reference" / "benchmarks.md"
    results: dict[str, Any] = {"parts": {}}
    for name in options.only or PARTS:
        print(f"{name}: load {os.getloadavg()[0]:.2f}", flush=True)
        try:
            measured = {**moment(), **PARTS[name].measure(QUICK if options.quick else FULL)}
        except TrialError as error:
            print(f"error: {error}", file=sys.stderr)
            return 2
        if kept.exists():
            results = json.loads(kept.read_text())
        results["machine"] = machine()
        results["parts"][name] = measured
        save(kept, json.dumps(results, indent=1) + "\n")
        save(written, page(results, {name: part.TITLE for name, part in PARTS.items()}))
    return report(results, judged=not options.quick)


def save(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_text(text)
    part.replace(path)


def report(results: dict[str, Any], judged: bool) -> int:
    """Print every claim and return the exit status."""
    failed = 0
    for part in results["parts"].values():
        for claim in part["claims"]:
            limit = "" if claim["limit"] is None else f" ({claim['sense']} {claim['limit']:g})"
            verdict = {True: "yes", False: "NO", None: ""}[claim["met"]]
            failed += claim["met"] is False
            print(f"{claim['what']:<75} {claim['value']:>12.4g} {claim['unit']}{limit} {verdict}")
        for line in part["missing"]:
            print(f"not measured: {line}")
            failed += 1
    return int(judged and failed > 0)


if __name__ == "__main__":
    sys.exit(main())
