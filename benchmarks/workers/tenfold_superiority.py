"""Measure the test of many strategies against their benchmark with Tenfold."""

import noise
import task

from tenfold.research.superiority import superiority


def main() -> None:
    job = task.read()
    excess = noise.returns(job["bars"], job["strategies"]).T.copy()
    superiority(excess[:2, :100], resamples=5)  # loads the machine code
    found = None

    def act() -> None:
        nonlocal found
        found = superiority(excess, resamples=job["resamples"], block=job["block"])

    grown = task.peak_of(act)
    times, _ = task.timed(act, job["times"])
    task.answer(**times, grown_bytes=grown, consistent=found.consistent)


main()
