"""Make histories that never were, at the times of one that was."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.bars import BAR
from tenfold.domain.market import Flag
from tenfold.domain.units import NS_PER_DAY

HINDSIGHT: Final = Flag.OUTLIER | Flag.MIXED | Flag.STALE
"""Flags of a bar that only later bars can set: a fold that reads them looks ahead."""

_DAYS_OF_28_YEARS: Final = 28 * 365 + 7

PRICES: Final = ("open", "high", "low", "close", "bid", "ask", "bid_open", "ask_open")


def noise(rows: NDArray[np.void], factor: float, seed: int) -> NDArray[np.void]:
    """Return rows with other prices, volumes and flags at the same times."""
    random = np.random.default_rng(seed)
    made = rows.copy()
    close = np.where(np.isfinite(rows["close"]), rows["close"], 1.0) * factor
    close = np.maximum(close * np.exp(random.normal(0.0, 0.02, rows.shape)), 1e-6)
    made["open"] = close * np.exp(random.normal(0.0, 0.01, rows.shape))
    made["close"] = close
    made["high"] = np.maximum(made["open"], close) * 1.01
    made["low"] = np.minimum(made["open"], close) * 0.99
    for name, side in (("bid", 0.999), ("ask", 1.001), ("bid_open", 0.999), ("ask_open", 1.001)):
        made[name] = close * side
    made["volume"] = random.uniform(1.0, 1e6, rows.shape)
    for name in (rows.dtype.names or ())[len(BAR.names or ()) :]:
        made[name] = random.normal(0.0, 1.0, rows.shape)
    made["dividend"] = np.where(random.random(rows.shape) < 0.05, close * 0.01, 0.0)
    made["flags"] = np.where(random.random(rows.shape) < 0.05, np.uint32(int(Flag.MISSING)), np.uint32(0))
    return made


def flat(rows: NDArray[np.void]) -> NDArray[np.void]:
    """Return rows whose prices never move and in which nothing is traded."""
    made = rows.copy()
    for name in PRICES:
        made[name] = 100.0
    made["volume"] = 0.0
    return made


def silent(rows: NDArray[np.void]) -> NDArray[np.void]:
    """Return rows whose volume is not known, as in every FX market."""
    made = rows.copy()
    made["volume"] = np.nan
    return made


def halved(rows: NDArray[np.void]) -> NDArray[np.void]:
    """Return rows at half of every price: a power of two, so that ratios keep every bit."""
    made = rows.copy()
    for name in (*PRICES, "dividend"):
        made[name] *= 0.5
    return made


def doubted(rows: NDArray[np.void], seed: int) -> NDArray[np.void]:
    """Return rows in half of which the flags that only hindsight can set are the other way round."""
    made = rows.copy()
    chosen = np.random.default_rng(seed).random(rows.shape) < 0.5
    made["flags"] = np.where(chosen, rows["flags"] ^ np.uint32(int(HINDSIGHT)), rows["flags"])
    return made


def postponed(rows: NDArray[np.void]) -> NDArray[np.void]:
    """Return rows 28 years later, where weekdays, months and leap days are the same."""
    made = rows.copy()
    made["year"] += 28
    made["session"] += _DAYS_OF_28_YEARS
    for name in ("ts_ns", "open_ns"):
        made[name] += _DAYS_OF_28_YEARS * NS_PER_DAY
    return made
