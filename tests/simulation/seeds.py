"""Run seeds of the simulation, and go on where it was interrupted.

    python tests/simulation/seeds.py                                   those of this revision, which `make test` runs, one on each core
    python tests/simulation/seeds.py --first 0 --count 1000            others
    python tests/simulation/seeds.py --count 100000 --record FILE      leaves out what the file has; a line per seed
    python tests/simulation/seeds.py --first 17 --count 1 --trace      one seed, with all that it did
    python tests/simulation/seeds.py --count 1000 --record FILE --reached tests/simulation/reached.json

The exit status is 1 where an invariant does not hold. A record is known by the code that it was made with, that which is simulated and that which checks it: other code begins anew.
"""

import argparse
import gc
import json
import os
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from draws import draw  # noqa: E402
from fresh_seeds import COUNT, code_digest, fresh_seeds  # noqa: E402
from shrinking import failure_of, shrunk, told  # noqa: E402

CHUNK = 20
WORLDS = 4
"""A world is many rings of objects: garbage is looked for after so many."""


def settle_in():
    """Look for garbage less often, and not among what was imported: a worker calls it once."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def judged(seeds):
    """Return the rows of some seeds."""
    rows = []
    for place, seed in enumerate(seeds):
        if place % WORLDS == 0:
            gc.collect()
        begin = time.process_time()
        error, world = failure_of(draw(seed))
        text = "" if error is None else f"{type(error).__name__}: {error}"
        rows.append(
            {"seed": seed, "error": text, "cpu_s": round(time.process_time() - begin, 3), "count": dict(world.count)}
        )
    return rows


def known(path, code):
    """Return the rows of a record by seed; a line that was cut off by a kill is left out."""
    found = {}
    for line in path.read_text().splitlines() if path is not None and path.exists() else ():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if row["code"] == code:
            found[row["seed"]] = row
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--first", type=int, default=fresh_seeds()[0])
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--record", type=Path)
    parser.add_argument("--reached", type=Path)
    parser.add_argument("--trace", action="store_true")
    options = parser.parse_args()
    if options.trace:
        return trace(options.first)
    code = code_digest()
    rows = known(options.record, code)
    wanted = [seed for seed in range(options.first, options.first + options.count) if seed not in rows]
    print(f"{options.count - len(wanted)} seeds are known, {len(wanted)} to go", flush=True)  # noqa: T201
    chunks = [wanted[at : at + CHUNK] for at in range(0, len(wanted), CHUNK)]
    if options.record is not None:
        options.record.parent.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(options.processes, initializer=settle_in) as pool:
        for done in as_completed([pool.submit(judged, chunk) for chunk in chunks]):
            for row in done.result():
                rows[row["seed"]] = row
                if row["error"]:
                    print(f"seed {row['seed']}: {row['error'][:300]}", flush=True)  # noqa: T201
                if options.record is not None:
                    with options.record.open("a") as stream:
                        stream.write(json.dumps({"code": code, **row}) + "\n")
                        os.fsync(stream.fileno())
    if options.reached is not None:
        write_reached(options.reached, list(rows.values()))
    return summary(list(rows.values()))


def write_reached(path, rows):
    """Write in how many seeds each thing was reached, and how often in all: the figures that a test reads."""
    total, seeds = Counter(), Counter()
    for row in rows:
        total.update(row["count"])
        seeds.update(name for name, times in row["count"].items() if times)
    count = {name: [seeds[name], total[name]] for name in sorted(seeds)}
    path.write_text(json.dumps({"seeds": len(rows), "count": count}, indent=0) + "\n")


def summary(rows):
    """Print what was reached, and return the exit status."""
    total = Counter()
    for row in rows:
        total.update(row["count"])
    failed = sorted(row["seed"] for row in rows if row["error"])
    for name in sorted(total):
        print(f"{total[name]:12,} {name}")  # noqa: T201
    each_s = sum(row["cpu_s"] for row in rows) / max(len(rows), 1)
    print(f"{len(rows):,} seeds, {each_s:.2f} s of processor time each, {len(failed)} failed: {failed[:20]}")  # noqa: T201
    return 1 if failed else 0


def trace(seed):
    """Run one seed, and tell everything, or the smallest world in which it fails."""
    drawn, error, world = shrunk(draw(seed))
    if error is not None:
        print(told(drawn, error, world))  # noqa: T201
        return 1
    for at, text in world.trace:
        print(f"{at:10.3f} {text}")  # noqa: T201
    return summary([{"seed": seed, "error": "", "cpu_s": 0.0, "count": dict(world.count)}])


if __name__ == "__main__":
    sys.exit(main())
