"""Backtest one crossing with Tenfold, from bars to a result, on the path asked for."""

import numpy as np
import task
import tenfold_market
from crossing import crossing

from tenfold import backtest


def main() -> None:
    job = task.read()
    bars = tenfold_market.load(job["market"])
    settings = {"params": job["params"], "rules": tenfold_market.RULES, "engine": job["engine"]}
    backtest(crossing, bars.slice(0, 2000), **settings)  # loads the machine code
    times, result = task.timed(lambda: backtest(crossing, bars, **settings), job["times"])
    run = result.run
    closed = run.trades[run.trades["open"] == 0]
    np.savez(
        job["rows"],
        entry_bar=closed["entry_bar"],
        exit_bar=closed["exit_bar"],
        entry_price=closed["entry_price"],
        exit_price=closed["exit_price"],
    )
    task.answer(**times, final_equity=float(run.equity[-1]), fills=len(run.fills), trades=len(closed))


main()
