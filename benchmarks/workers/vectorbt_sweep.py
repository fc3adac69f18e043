"""Sweep the crossing over a grid with vectorbt: simulation, total return, Sharpe ratio, drawdown and orders.

Moving averages are computed once a window, and combinations are simulated some columns at a time: the whole matrix would
not fit into memory, and how many columns it takes at a time decides its speed.
"""

import itertools
from typing import Any

import market
import numpy as np
import task
import vectorbt as vbt


def trade(bars: dict[str, np.ndarray], points: list[tuple[int, int]], columns: int) -> dict[str, np.ndarray]:
    windows = sorted({window for point in points for window in point})
    means = vbt.MA.run(bars["close"], windows).ma.to_numpy()
    column = {window: index for index, window in enumerate(windows)}
    parts: list[dict[str, Any]] = []
    for start in range(0, len(points), columns):
        part = points[start : start + columns]
        above = means[:, [column[fast] for fast, _ in part]] > means[:, [column[slow] for _, slow in part]]
        enter = np.vstack([np.zeros((1, len(part)), bool), above[:-1]])  # seen at a close, filled at the next open
        portfolio = vbt.Portfolio.from_signals(
            bars["close"][:, None], enter, ~enter, price=bars["open"][:, None], size=10.0, fees=0.0005,
            init_cash=1_000_000.0, freq="1min",
        )  # fmt: skip
        parts.append(
            {
                "final_equity": (1.0 + portfolio.total_return()) * 1_000_000.0,
                "sharpe": portfolio.sharpe_ratio(),
                "max_drawdown": portfolio.max_drawdown(),
                "orders": portfolio.orders.count(),
            }
        )
    return {name: np.concatenate([np.atleast_1d(part[name]) for part in parts]) for name in parts[0]}


def main() -> None:
    job = task.read()
    bars = market.load(job["market"])
    points, columns = list(itertools.product(job["fast"], job["slow"])), job["columns"]
    trade(
        {name: values[:5000] for name, values in bars.items()}, points[:columns], columns
    )  # compiles, or loads what is cached
    times, rows = task.timed(lambda: trade(bars, points, columns), job["times"])
    np.savez(job["rows"], **rows)
    task.answer(**times)


main()
