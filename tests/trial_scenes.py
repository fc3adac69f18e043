"""Build markets and chunks of trials for the tests of the log."""

import numpy as np

from tenfold.backtesting.trials import fold_chunk, trial_data
from tenfold.domain.bars import bars_from_arrays
from tenfold.domain.rules import Rules
from tenfold.domain.units import NS_PER_DAY
from tenfold.strategy.trend import crossing

FIRST_DAY = 16_000


def days(count=400, *, first=FIRST_DAY, symbols=("AAA",), seed=0, left_out=()):
    """Return daily bars of random walks; the day `d` of a seed has the same prices whatever is cut off around it."""
    whole = np.random.default_rng(seed).normal(0.0002, 0.01, (3000, len(symbols)))
    close = 100 * np.exp(np.cumsum(whole, axis=0))
    kept = np.setdiff1d(np.arange(first, first + count), np.asarray(left_out, int))
    at = kept - FIRST_DAY
    prices = (close[at], close[at] * 1.01, close[at] * 0.99, close[at])
    return bars_from_arrays(list(symbols), (kept + 1) * NS_PER_DAY, *prices, period_ns=NS_PER_DAY)


def chunk_on(bars, fasts, *, rules=None, who="search", at_ns=0, seed=0, sketched=True):
    """Return a chunk of crossings with these fast lengths, and its market; the sketches are noise of the seed."""
    data = trial_data(bars)
    params = np.zeros(len(fasts), crossing.params_dtype)
    params["fast"], params["slow"] = fasts, 100
    rng = np.random.default_rng([seed, *fasts[:3]])
    sketches = rng.normal(0, 0.01, (len(fasts), data.blocks)).astype(np.float32) if sketched else None
    sharpes = rng.normal(0, 0.3, len(fasts))
    return fold_chunk(crossing, params, data, rules or Rules(), sharpes, sketches, who=who, at_ns=at_ns), data
