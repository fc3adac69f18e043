"""Say how much is measured: in full, or quickly to see that everything runs."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from environments import ENVIRONMENTS
from workers import market

CROSSING = {"fast": 20, "slow": 100}


@dataclass(frozen=True)
class Size:
    """Hold numbers of bars, strategies, orders and repeats."""

    repeats: int = 5
    sweep_bars: int = 100_000
    fast_values: int = 20
    slow_values: int = 50
    backtest_bars: int = 1_000_000
    orders: int = 100_000
    portfolio: tuple[int, int] = (500, 2_520)
    memory_bars: tuple[int, int] = (100_000, 1_000_000)
    memory_strategies: tuple[int, int] = (1_000, 4_000)
    bootstrap: tuple[int, int] = (1_260, 10_000)
    overfitting: tuple[int, int, int] = (5_000, 1_000, 50)
    search_bars: tuple[int, int] = (5_040, 2_500)
    search_trials: tuple[int, int] = (3_200, 1_000_000)
    robustness: tuple[int, int] = (2_520, 1_000)
    scale: tuple[int, int, int] = (5_040, 6, 8)
    book: int = 1_000_000
    exchange: tuple[int, int] = (20, 366)
    live_orders: int = 4_000
    queues: int = 2_000
    syncs: int = 2_000

    @property
    def search(self) -> tuple[dict[str, int], dict[str, int]]:
        """A search over six symbols, and one of many strategies over one."""
        few, many = zip(self.search_bars, self.search_trials, strict=True)
        return (
            {"bars": few[0], "symbols": 6, "trials": few[1]},
            {"bars": many[0], "symbols": 1, "trials": many[1]},
        )

    @property
    def grid(self) -> dict[str, list[int]]:
        """The grid of the sweep."""
        return grid(self.fast_values, self.slow_values)


FULL = Size()
QUICK = Size(
    repeats=1, sweep_bars=20_000, fast_values=5, slow_values=10, backtest_bars=20_000, orders=5_000,
    portfolio=(20, 500), memory_bars=(20_000, 100_000),
    memory_strategies=(250, 1_000), bootstrap=(250, 500), overfitting=(600, 50, 5),
    search_bars=(600, 300), search_trials=(300, 2_000), robustness=(300, 20), scale=(600, 2, 2), book=20_000, exchange=(2, 5), live_orders=100, queues=50, syncs=100,
)  # fmt: skip


def grid(fast: int, slow: int) -> dict[str, list[int]]:
    """Return so many windows of each mean, 5 to 50 and 60 to 300 bars."""
    return {
        "fast": np.linspace(5, 50, fast).astype(int).tolist(),
        "slow": np.linspace(60, 300, slow).astype(int).tolist(),
    }


def market_of(count: int) -> str:
    """Return the file of the common market of this length."""
    return str(market.path_of(ENVIRONMENTS / "markets", count))


def rows_of(name: str) -> Path:
    """Return where a contestant leaves what it found."""
    folder = ENVIRONMENTS / "rows"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{name}.npz"
