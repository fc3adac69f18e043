"""Compare how strategies are searched: even points alone, mutation of the best, and MAP-Elites of pyribs.

    python benchmarks/elites.py              4 markets of each planted edge, noise, real data; goes on where it was interrupted
    python benchmarks/elites.py --first 50   other markets of the same kinds, other seeds on the real data
    python benchmarks/elites.py --table      print the tables from what was measured, and measure nothing

Every search has 2,000 evaluations and the same seed on the same market; walk, selection and vote are those of a study. They
differ in how mutations are chosen, and are judged by annual Sharpe ratios net of costs: of the vote out of sample, window
by window, and of the final ensemble on 20 fresh years of the same generator. Differences are paired market by market;
seeds on one set of real data are averaged before, since they are one market.

Said before anything was measured: MAP-Elites stays if, over planted and real markets, its mean difference to mutation is above its
standard error out of sample, and not below its standard error on fresh years.
"""

import argparse
import hashlib
import json
import os
import sys
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from environments import ENVIRONMENTS, python_of

Row = dict[str, Any]

MEASURES = {"oos": "out of sample", "excess": "out of sample, beside the market's share", "fresh": "on fresh years"}
GROUPS = {
    "planted 1.0": ("planted 1.0",),
    "planted 1.5": ("planted 1.5",),
    "real": ("real",),
    "planted and real": ("planted 1.0", "planted 1.5", "real"),
    "noise": ("noise",),
}
TOLD = ("train", "fittest", "picked", "members", "evaluations", "search_s", "study_s")


def begin() -> None:
    """Find pyribs behind all that the project has, one thread a process."""
    lib = Path(python_of("elites")).parent.parent / "lib"
    sys.path.append(str(next(lib.glob("python*")) / "site-packages"))
    os.environ["OPENBLAS_NUM_THREADS"] = "1"


def code_digest() -> str:
    """Return a hash of the code that searches and judges: results of other code are not mixed with these."""
    import searching.judging

    import tenfold.research.search

    folders = (Path(tenfold.research.search.__file__).parent.parent, Path(searching.judging.__file__).parent)
    parts = ("research", "kernels", "strategy", "market", "backtesting", "ensemble")
    sources = [path for part in parts for path in sorted((folders[0] / part).glob("*.py"))]
    digest = hashlib.sha256()
    for path in (*sources, *sorted(folders[1].glob("*.py"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def load(path: Path) -> list[Row]:
    """Return what was measured."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def measure(path: Path, each: int, first: int, processes: int) -> None:
    """Compare the searches on the markets that are missing, and add a line for each search."""
    from searching.judging import compare
    from searching.markets import markets

    known = {row["market"] for row in load(path)}
    missing = [one for one in markets(each, first) if one.key not in known]
    print(f"{len(known)} markets are known, {len(missing)} to go: {path}", flush=True)
    spawned = get_context("spawn")  # the samples are read in threads, which a fork would lose
    with ProcessPoolExecutor(processes, spawned, begin) as pool, path.open("a") as stream:
        for done, future in enumerate(as_completed([pool.submit(compare, one) for one in missing]), 1):
            rows = future.result()
            stream.write("".join(json.dumps(row) + "\n" for row in rows))
            stream.flush()
            print(f"{done}/{len(missing)} {rows[0]['market']}: {[round(row['oos'], 2) for row in rows]}", flush=True)


def values(rows: list[Row], groups: tuple[str, ...], search: str, measure: str) -> dict[str, float]:
    """Return a measure by unit, seeds averaged."""
    found = defaultdict(list)
    for row in rows:
        if row["search"] == search and row["group"] in groups and row[measure] is not None:
            found[f"{row['group']}, {row['unit']}"].append(row[measure])
    return {unit: float(np.mean(some)) for unit, some in found.items()}


def tables(rows: list[Row]) -> Iterator[str]:
    """Yield tables in Markdown: means of each search, then paired differences with their standard errors."""
    searches = list(dict.fromkeys(row["search"] for row in rows))
    others = [one for one in searches if one != "mutation"]
    for measure, words in MEASURES.items():
        yield f"\nSharpe ratio {words}\n"
        heads = [*searches, *(f"{one} less mutation" for one in others)]
        yield f"| markets | n | {' | '.join(heads)} |"
        yield f"|---|{'---:|' * (len(heads) + 1)}"
        for name, groups in GROUPS.items():
            by = {search: values(rows, groups, search, measure) for search in searches}
            units = list(by["mutation"])
            if not units:
                continue
            cells = [f"{np.mean(list(by[search].values())):.3f}" for search in searches]
            for search in others:
                apart = np.array([by[search][unit] - by["mutation"][unit] for unit in units])
                cells.append(f"{apart.mean():+.3f} ± {apart.std(ddof=1) / np.sqrt(len(apart)):.3f}")
            yield f"| {name} | {len(units)} | {' | '.join(cells)} |"
    yield f"\n| all markets, mean | {' | '.join(searches)} |"
    yield f"|---|{'---:|' * len(searches)}"
    for told in TOLD:
        cells = [f"{np.mean([row[told] for row in rows if row['search'] == search]):.3f}" for search in searches]
        yield f"| {told} | {' | '.join(cells)} |"


def main() -> int:
    """Measure what is missing and print the tables."""
    parser = argparse.ArgumentParser(description="Compare how strategies are searched.")
    parser.add_argument("--each", type=int, default=4, help="markets of each planted edge and Sharpe ratio")
    parser.add_argument("--first", type=int, default=0, help="number of the first market of each kind")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--table", action="store_true", help="measure nothing")
    parser.add_argument("--results", type=Path, help="raw values, in place of those of the code as it stands")
    options = parser.parse_args()
    begin()
    folder = ENVIRONMENTS / "searching"
    folder.mkdir(parents=True, exist_ok=True)
    path = options.results or folder / f"{code_digest()}.jsonl"
    if not options.table:
        measure(path, options.each, options.first, options.processes)
    print("\n".join(tables(load(path))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
