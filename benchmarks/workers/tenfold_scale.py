"""Evaluate chunks of a search on an executor: how long it takes to start, to load, and for each chunk."""

import sys
from contextlib import ExitStack
from pathlib import Path

import task

sys.path.append(str(Path(__file__).parents[2] / "tests"))

from ray_cluster import ray_cluster
from tenfold.app import wiring
from tenfold.backtesting.splits import walk_forward
from tenfold.domain.rules import Rules
from tenfold.market.synthetic import random_walk
from tenfold.registry import STRATEGIES
from tenfold.research.regimes import regimes_of
from tenfold.research.search import Chunk, Evaluate
from tenfold.research.space import even_points, params_at
from tenfold.research.testbed import CHUNK, Testbed

EMPTY = 2_000


def main() -> None:
    job = task.read()
    bars = random_walk(job["bars"], job["symbols"], seed=1)
    folds = tuple(STRATEGIES.load(name) for name in job["families"])
    windows = walk_forward(job["bars"], purge=21)
    testbed = Testbed(bars, Rules(), folds, regimes_of("trend_volatility", bars), windows)
    chunks = [
        Chunk(family, params_at(fold, even_points(fold, CHUNK, seed)))
        for seed in range(job["chunks"])
        for family, fold in enumerate(folds)
    ]
    for chunk in chunks[: len(folds)]:
        testbed.evaluate(chunk.family, chunk.params)  # compiles, or loads what is compiled
    alone, _ = task.timed(lambda: [testbed.evaluate(chunk.family, chunk.params) for chunk in chunks])
    with ExitStack() as stack:
        workers = job["workers"]
        address = stack.enter_context(ray_cluster(workers)).address if job["kind"] == "ray" else None
        held = {}

        def start() -> None:
            made = wiring.executor(workers, ray=address, processes=job["kind"] == "processes")
            held["executor"] = stack.enter_context(made)
            list(made.map(len, [b""] * workers))

        started, _ = task.timed(start)
        executor = held["executor"]
        evaluate = Evaluate(executor.share(testbed))
        loaded, _ = task.timed(lambda: list(executor.map(evaluate, chunks[: 2 * workers])))
        list(executor.map(evaluate, chunks))  # every worker has every family by now
        taken, found = task.timed(lambda: list(executor.map(evaluate, chunks)))
        empty, _ = task.timed(lambda: list(executor.map(len, [b""] * EMPTY)))
    task.answer(
        **taken,
        chunks=len(chunks),
        strategies=sum(map(len, found)),
        alone_s=alone["wall_s"],
        start_s=started["wall_s"],
        load_s=loaded["wall_s"],
        hand_s=empty["cpu_s"] / EMPTY,
    )


main()
