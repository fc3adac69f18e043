"""Find a seed for each planted bug anew where its seed does not find it any more, and write them down for the test.

    python tests/simulation/planted_seeds.py                       all of them, the likeliest seeds first
    python tests/simulation/planted_seeds.py --only IdsAlone --tries 200

The exit status is 1 where no seed was found for a bug.
"""

import argparse
import json
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from draws import draw  # noqa: E402
from planted_bugs import BUGS  # noqa: E402
from shrinking import failure_of  # noqa: E402

SEEDS = 2000
"""Each planted bug has to be found within so many seeds."""
FILE = HERE / "planted_seeds.json"
CHEAP_S, HITS = 2.0, 3
"""Processor time that a seed of the test may take; where it is more, the cheapest of so many is kept."""


def known():
    """Return the seeds that find each bug, by its name."""
    return json.loads(FILE.read_text())


def likely(bug, tries):
    """Return the seeds in which a bug is likeliest to show."""
    return [one.seed for one in sorted(map(draw, range(SEEDS)), key=bug.promise, reverse=True)[:tries]]


def tried(bug, seed):
    """Return what a seed says of a bug, None where it does not find it, and the processor time that it took."""
    begin_s = time.process_time()
    error, _ = failure_of(draw(seed), bug())
    if isinstance(error, TypeError | AttributeError):
        raise error  # the piece has changed that the bug is planted in
    return error, time.process_time() - begin_s


def found(bug, seeds):
    """Return (seed, error) of the first of some seeds that finds a bug, None where none does."""
    for seed in seeds:
        error, _ = tried(bug, seed)
        if error is not None:
            return seed, error
    return None


def search(bug, seed, tries):
    """Return seed, what it says and its processor time: the known one, else the cheapest of some of the likely ones."""
    hits = []
    for one in [*([] if seed is None else [seed]), *likely(bug, tries)]:
        error, cpu_s = tried(bug, one)
        if error is not None and (
            one == seed or failure_of(draw(one))[0] is None
        ):  # else it is not the bug that it finds
            hits.append((cpu_s, one, str(error)))
            if one == seed or cpu_s <= CHEAP_S or len(hits) == HITS:
                break
    return min(hits, default=None)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--tries", type=int, default=40)
    options = parser.parse_args()
    seeds, lost = known() if FILE.exists() else {}, []
    tried(BUGS[0], 0)  # what is compiled at the first call is no seed's
    for bug in BUGS:
        name = bug.__name__
        if options.only and name not in options.only:
            continue
        best = search(bug, seeds.get(name), options.tries)
        if best is None:
            lost.append(name)
            print(f"{name}: no seed finds it", flush=True)  # noqa: T201
            continue
        print(f"{name}: seed {best[1]}, {best[0]:.1f} s: {best[2][:160]}", flush=True)  # noqa: T201
        seeds[name] = best[1]
        FILE.write_text(json.dumps(dict(sorted(seeds.items())), indent=1) + "\n")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
