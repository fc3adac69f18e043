"""Measure by how much a sweep with Tenfold raises the memory of its process."""

import task
import tenfold_market
from crossing import crossing

from tenfold import sweep


def main() -> None:
    job = task.read()
    bars = tenfold_market.load(job["market"])
    small = {"fast": [5, 10], "slow": [60, 70]}
    sweep(crossing, bars.slice(0, 5000), grid=small, rules=tenfold_market.RULES)  # loads the machine code
    grid = {"fast": job["fast"], "slow": job["slow"]}
    grown = task.peak_of(lambda: sweep(crossing, bars, grid=grid, rules=tenfold_market.RULES))
    task.answer(grown_bytes=grown, state_bytes=crossing.state_dtype.itemsize, bars_bytes=bars.rows.nbytes)


main()
