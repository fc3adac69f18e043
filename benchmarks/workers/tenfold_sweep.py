"""Sweep the crossing over a grid with Tenfold."""

import numpy as np
import task
import tenfold_market
from crossing import crossing

from tenfold import sweep

YEAR_MINUTES = 365.0 * 24 * 60


def main() -> None:
    job = task.read()
    bars = tenfold_market.load(job["market"])
    grid = {"fast": job["fast"], "slow": job["slow"]}
    sweep(crossing, bars.slice(0, 5000), grid=grid, rules=tenfold_market.RULES)  # loads the machine code
    times, result = task.timed(lambda: sweep(crossing, bars, grid=grid, rules=tenfold_market.RULES), job["times"])
    rows = result.sweep.statistics
    convert = np.sqrt(YEAR_MINUTES / bars.periods_per_year)  # the peers' year has 365 days, Tenfold counts the bars
    np.savez(
        job["rows"],
        final_equity=rows["final_units"] / 1e6,
        sharpe=rows["sharpe"] * convert,
        max_drawdown=rows["max_drawdown"],
        orders=rows["fills"],
    )
    task.answer(**times)


main()
