"""Backtest a vote of ten families over many symbols of daily bars, compiled."""

import numpy as np
import task

from tenfold import backtest, bars_from_arrays
from tenfold.domain.bars import Bars

DAY_NS = 86_400_000_000_000


def universe(symbols: int, count: int) -> Bars:
    """Return seeded daily bars of business days, correlated through one market."""
    random = np.random.default_rng(10)
    common = random.normal(0.0003, 0.009, (count, 1))
    beta = random.uniform(0.4, 1.6, symbols)
    moves = beta * common + random.normal(0.0, 0.014, (count, symbols))
    close = 50.0 * np.exp(np.cumsum(moves, axis=0))
    first = close * np.exp(-moves * random.uniform(0.4, 1.0, (count, symbols)))
    reach = np.exp(np.abs(random.normal(0.0, 0.005, (count, symbols))))
    high, low = np.maximum(first, close) * reach, np.minimum(first, close) / reach
    days = np.arange(12_784, 12_784 + 2 * count)  # from 2005-01-01
    days = days[(days + 3) % 7 < 5][:count]
    names = [f"S{number:03}" for number in range(symbols)]
    volume = random.uniform(1e5, 1e6, (count, symbols))
    return bars_from_arrays(names, (days + 1) * DAY_NS, first, high, low, close, volume, period_ns=DAY_NS)


def main() -> None:
    job = task.read()
    bars = universe(job["symbols"], job["bars"])
    if job["warm"]:
        backtest(job["families"], bars.slice(0, 20), engine="compiled")
    times, result = task.timed(lambda: backtest(job["families"], bars, engine="compiled"))
    task.answer(**times, fills=len(result.run.fills), final_equity=float(result.run.equity[-1]))


main()
