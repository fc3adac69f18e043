"""Measure the test of many strategies against their benchmark with arch."""

import noise
import numpy as np
import task
from arch.bootstrap import StepM


def main() -> None:
    job = task.read()
    losses = -noise.returns(job["bars"], job["strategies"])
    benchmark = np.zeros(job["bars"])
    found = None

    def act() -> None:
        nonlocal found
        found = StepM(benchmark, losses, reps=job["resamples"], block_size=int(job["block"]), seed=1)
        found.compute()

    times, _ = task.timed(act)
    task.answer(**times, consistent=float(found.spa.pvalues["consistent"]))


main()
