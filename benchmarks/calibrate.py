"""Measure how often a study approves noise, and how often it finds what is there.

    python benchmarks/calibrate.py                     500 markets, two at a time; goes on where it was interrupted
    python benchmarks/calibrate.py --first 60          a fair sample of them
    python benchmarks/calibrate.py --seeds 100000      other markets of the same kinds: thresholds are chosen on these
    python benchmarks/calibrate.py --summarise         write the page from what was measured, and measure nothing

Raw values are appended market by market to `benchmarks/.env/calibration/`, in a file that is known by the code it was
measured with. The summary is `benchmarks/calibration.json`, and the page made from it `docs/reference/calibration.md`.
The exit status is 1 where something that must hold does not.
"""

import argparse
import ast
import hashlib
import json
import os
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from calibration.judging import judge
from calibration.markets import Market, markets
from calibration.page import POWER_MIN, page, summary
from calibration.picture import picture
from calibration.rates import by_group
from machine import moment
from source import SOURCE

from tenfold.registry import STRATEGIES
from tenfold.research.gates import Gates

HERE = Path(__file__).parent
ROOT = HERE.parent
FOLDER = HERE / ".env" / "calibration"
KEPT = HERE / "calibration.json"
WRITING = ("calibration.page", "calibration.picture", "calibration.rates")
THRESHOLDS = "tenfold.research.gates"
"""Left out of what results are known by: raw values do not depend on thresholds, but for the two that choose."""


def code_digest() -> str:
    """Return a hash of the code that a study runs: results of other code are not mixed with these."""
    for name in STRATEGIES.table:
        STRATEGIES.load(name)
    digest = hashlib.sha256(repr((Gates().correlation_max, Gates().consistency_min)).encode())
    for name, module in sorted(sys.modules.items()):
        if name.split(".")[0] in ("tenfold", "calibration") and name not in (THRESHOLDS, *WRITING) and module.__file__:
            digest.update(ast.dump(ast.parse(Path(module.__file__).read_bytes())).encode())
    return digest.hexdigest()[:12]


def load(path: Path) -> dict[str, dict[str, Any]]:
    """Return what was measured, by market; a line that was cut off by a kill is left out."""
    found = {}
    for line in path.read_text().splitlines() if path.exists() else ():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        found[row["market"]] = row
    return found


def append(path: Path, row: dict[str, Any]) -> None:
    """Add one line in one write, and have it on the disk."""
    with path.open("ab", buffering=0) as stream:
        broken = stream.tell() and not path.read_bytes().endswith(b"\n")
        stream.write((b"\n" if broken else b"") + json.dumps(row).encode() + b"\n")
        os.fsync(stream.fileno())


def measure(wanted: list[Market], path: Path, processes: int) -> None:
    """Judge the markets that are missing."""
    known = load(path)
    missing = [one for one in wanted if one.key not in known]
    print(f"{len(known)} markets are known, {len(missing)} to go: {path}", flush=True)
    revision = SOURCE.describe()
    compile_for(missing)
    with ProcessPoolExecutor(processes) as pool:
        running = {pool.submit(judge, one): one for one in missing}
        for done, future in enumerate(as_completed(running), 1):
            row = {**future.result(), "revision": revision}
            append(path, row)
            print(f"{done}/{len(missing)} {row['market']}: {told(row)}", flush=True)


def compile_for(missing: list[Market]) -> None:
    """Judge one market of each width, so that what is compiled lies on the disk before a market is timed."""
    for symbols in sorted({one.symbols for one in missing}):
        judge(next(one for one in missing if one.symbols == symbols))


def told(row: dict[str, Any]) -> str:
    """Return a market's outcome in a line."""
    outcome = "approved" if row["approved"] else f"fell at {', '.join(row['failed']) or 'no member'}"
    return f"out of sample {row['oos_sharpe']:+.2f}, psr {row['oos_psr']:.3f}, dsr {row['dsr']:.3f}; {outcome}; {row['seconds']:.1f} s"


def main() -> int:
    """Measure what is missing and write the summary."""
    parser = argparse.ArgumentParser(description="Calibrate the gates of a study.")
    parser.add_argument("--first", type=int, help="so many markets, a fair sample")
    parser.add_argument("--seeds", type=int, default=0, help="added to every seed; 0 are the published markets")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--summarise", action="store_true", help="measure nothing")
    parser.add_argument("--results", type=Path, help="raw values, in place of those of the code as it stands")
    options = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = options.results or FOLDER / f"{code_digest()}-{options.seeds}.jsonl"
    wanted = markets(options.seeds)[: options.first]
    if not options.summarise:
        measure(wanted, path, options.processes)
    known = load(path)
    rows = [known[one.key] for one in wanted if one.key in known]
    for group, found in by_group(rows, Gates()).items():
        print(f"{group}: {found['approved']} of {found['of']} approved, {found['low']:.1%} to {found['high']:.1%}")
    if len(rows) < len(markets()) or options.seeds:
        print("not every market of the published seeds: the page stays as it was")
        return 0
    return publish(rows)


def publish(rows: list[dict[str, Any]]) -> int:
    """Write summary, page and picture; return 1 where something that must hold does not."""
    revisions = sorted({str(row["revision"]) for row in rows})
    figures = summary(rows, Gates(), {**moment(), "revision": ", ".join(revisions)})
    write(KEPT, json.dumps(figures, indent=1) + "\n")
    write(ROOT / "docs" / "reference" / "calibration.md", page(figures))
    write(
        ROOT / "docs" / "images" / "calibration.svg",
        picture(figures["curves"], figures["around"]["dsr_min"], figures["rates"], POWER_MIN),
    )
    missed = [one for one in figures["claims"] if not one["met"]]
    for one in missed:
        print(f"does not hold: {one['what']} is {one['value']:.3g}, must be {one['sense']} {one['limit']:g}")
    return 1 if missed else 0


def write(path: Path, text: str) -> None:
    """Replace a file at once."""
    part = path.with_suffix(path.suffix + ".part")
    part.write_text(text)
    part.replace(path)


if __name__ == "__main__":
    sys.exit(main())
