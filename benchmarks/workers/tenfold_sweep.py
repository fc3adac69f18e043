"""Sweep the crossing over a grid with Tenfold."""

import numpy as np
import task
import tenfold_market
from crossing import crossing

from tenfold import sweep

SESSION_YEAR_MINUTES = 365.0 * 24 * 60


def main() -> None:
    job = task.read()
    bars = tenfold_market.load(job["market"])
    grid = {"fast": job["fast"], "slow": job["slow"]}
    sweep(crossing, bars.slice(0, 5000), grid=grid, rules=tenfold_market.RULES)  # loads the machine code
    times, result = task.timed(lambda: sweep(crossing, bars, grid=grid, rules=tenfold_market.RULES), job["times"])
    rows = result.sweep.statistics
    count = len(bars)
    # To the conventions of the peers: a year of 365 days, and the sample deviation in place of that of the population.
    convert = np.sqrt(SESSION_YEAR_MINUTES / bars.periods_per_year) * np.sqrt((count - 1) / count)
    np.savez(
        job["rows"],
        final_equity=rows["final_units"] / 1e6,
        sharpe=rows["sharpe"] * convert,
        max_drawdown=rows["max_drawdown"],
        orders=rows["fills"],
    )
    task.answer(**times)


main()
