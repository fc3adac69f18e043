"""Measure what a worker costs beside its work: threads, processes and a Ray cluster of this machine, and model many workers.

The model. With N chunks of c seconds, W workers that add o seconds to a chunk, and e processor seconds of this process to
hand a chunk out and take its result, a search takes

    start + load + max(N (c + o) / W, N e)

start and load happen on all workers at the same time. c, o, e, start and load are measured with one or two workers; o
includes what two workers on one machine take from each other, so it is too high for workers on machines of their own.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from claim import Claim
from trial import PYTHON, Measured, interleave, summary, work

from parts.size import Size

TITLE = "Scale"
KINDS = ("threads", "processes", "ray")
WORKERS = (1, 2)
FAMILIES = ("crossing", "channel", "elastic", "squeeze", "skip_month", "climax")
KEYS = ("wall_s", "alone_s", "start_s", "load_s", "hand_s", "chunks", "strategies")
MANY = 100
MILLION = 1_000_000


def measure(size: Size) -> dict[str, Any]:
    """Return figures and claims of each executor with one worker and with two."""
    bars, symbols, chunks = size.scale
    job = {"bars": bars, "symbols": symbols, "chunks": chunks, "families": FAMILIES}
    contestants: dict[str, Callable[[], Measured]] = {
        f"{kind}_{workers}": partial(work, PYTHON, "tenfold_scale", {**job, "kind": kind, "workers": workers})
        for kind in KINDS
        for workers in WORKERS
    }
    taken = summary(interleave(contestants, min(size.repeats, 3)), KEYS)
    for name, figures in taken.items():
        figures.update(costs(figures, int(name.rpartition("_")[2])))
        figures.update({f"million_{workers}_s": modelled(figures, workers) for workers in (*WORKERS, MANY)})
    return {
        "settings": {**job, "many": MANY, "trials": MILLION, "clock": "wall"},
        "figures": taken,
        "missing": [],
        "claims": [claim.record() for claim in claims(taken)],
    }


def costs(figures: Measured, workers: int) -> Measured:
    """Return seconds of a chunk by itself, and those that a worker adds to it."""
    chunk = figures["alone_s"] / figures["chunks"]
    return {"chunk_s": chunk, "added_s": workers * figures["wall_s"] / figures["chunks"] - chunk}


def modelled(figures: Measured, workers: int) -> float:
    """Return the seconds of a million evaluations with so many workers."""
    chunks = MILLION * figures["chunks"] / figures["strategies"]
    busy = chunks * (figures["chunk_s"] + max(figures["added_s"], 0.0)) / workers
    return float(figures["start_s"] + figures["load_s"] + max(busy, chunks * figures["hand_s"]))


def claims(taken: dict[str, Measured]) -> list[Claim]:
    """Return what is told: nothing is promised of another machine."""
    lines = []
    for kind in KINDS:
        one, two = (taken[f"{kind}_{workers}"] for workers in WORKERS)
        lines.append(
            Claim(f"{kind}: speed of 2 workers beside 1", one["wall_s"] / two["wall_s"], "times",
                  note=f"a chunk takes {1e3 * one['chunk_s']:.1f} ms, a worker adds {1e3 * one['added_s']:.1f} ms, two {1e3 * two['added_s']:.1f} ms")
        )  # fmt: skip
    ray = taken["ray_2"]
    lines.append(
        Claim(f"{MILLION:,} evaluations on {MANY} Ray workers, modelled", ray[f"million_{MANY}_s"], "s",
              note=f"handing out alone takes {1e3 * ray['hand_s']:.1f} ms a chunk")
    )  # fmt: skip
    return lines
