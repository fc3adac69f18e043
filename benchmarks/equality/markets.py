"""Hold the bars that every platform trades: real ones where they are, else seeded twins of the same shape."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.bars import Bars, bars_from_arrays
from tenfold.domain.instrument import Instrument

FINE = 1e-12
"""A tick far below what any price here has, since the peers have none."""


@dataclass(frozen=True)
class Market:
    """Hold one symbol: four arrays of shape (T,), and how it is quoted."""

    name: str
    open: NDArray[np.float64]
    high: NDArray[np.float64]
    low: NDArray[np.float64]
    close: NDArray[np.float64]
    period_s: int
    currency: str = "USD"

    def bars(self) -> Bars:
        """Return it as Tenfold reads it."""
        step = self.period_s * 1_000_000_000
        stamps = 1_104_537_600_000_000_000 + step * np.arange(1, len(self.close) + 1)
        terms = Instrument(symbol=self.name, currency=self.currency, tick_size=FINE)
        prices = (self.open, self.high, self.low, self.close)
        return bars_from_arrays([self.name], stamps, *prices, period_ns=step, instruments=[terms])


DAY, HOUR, MINUTES = 86_400, 3_600, 300
SETS = {
    "GOOG": ("equity_daily_goog_2004_2013", DAY, "USD"),
    "EURUSD": ("fx_hour_eurusd_2017_2018", HOUR, "USD"),
    "CAT": ("equity_daily_djia_2006_2017", DAY, "USD"),
    "BA": ("equity_daily_djia_2006_2017", DAY, "USD"),
    "XOM": ("equity_daily_djia_2006_2017", DAY, "USD"),
    "ETH/BTC": ("crypto_5m", MINUTES, "BTC"),
    "ZEC/BTC": ("crypto_5m", MINUTES, "BTC"),
}
TWINS = {
    "GOOG": (300.0, 2, 0.020, 0.008),
    "EURUSD": (1.15, 5, 0.004, 0.0005),
    "CAT": (80.0, 2, 0.017, 0.006),
    "BA": (100.0, 2, 0.016, 0.006),
    "XOM": (81.0, 2, 0.015, 0.006),
    "ETH/BTC": (0.09, 8, 0.012, 0.002),
    "ZEC/BTC": (0.044, 8, 0.015, 0.003),
}
"""First price, decimals, and the standard deviation of a bar and of the gap before it."""


def folder() -> Path | None:
    """Return the folder of real data, None where there is none."""
    named = os.environ.get("TENFOLD_REFERENCE_DATA", "")
    return Path(named) if named and Path(named).is_dir() else None


def real(name: str, where: Path, count: int = 5_000) -> Market:
    """Return up to `count` real bars; a row that contradicts itself is left out for every platform alike."""
    import polars as pl

    file, period_s, currency = SETS[name]
    frame = pl.read_parquet(where / f"{file}.parquet").filter(pl.col("symbol") == name).sort("ts")
    first, high, low, last = (frame[column].to_numpy() for column in ("open", "high", "low", "close"))
    with np.errstate(invalid="ignore"):
        whole = (low > 0.0) & (low <= np.minimum(first, last)) & (high >= np.maximum(first, last))
    arrays = [np.ascontiguousarray(values[whole][:count]) for values in (first, high, low, last)]
    return Market(name, *arrays, period_s, currency)


def twin(name: str, count: int = 300) -> Market:
    """Return seeded bars that move, gap and round as the real ones do."""
    start, decimals, spread, gap = TWINS[name]
    random = np.random.default_rng(sum(map(ord, name)))
    moves = random.normal(0.0, spread, count)
    last = start * np.exp(np.cumsum(moves + random.normal(0.0, gap, count)))
    first = last * np.exp(-moves)
    high = np.maximum(first, last) * np.exp(np.abs(random.normal(0.0, spread / 2, count)))
    low = np.minimum(first, last) * np.exp(-np.abs(random.normal(0.0, spread / 2, count)))
    _, period_s, currency = SETS[name]
    return Market(name, *(np.round(values, decimals) for values in (first, high, low, last)), period_s, currency)
