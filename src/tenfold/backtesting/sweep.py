"""Run one family over a grid of parameters, each alone, fused and on all cores."""

import itertools
import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tenfold.backtesting.backtest import check_fit
from tenfold.backtesting.compiled import ballots, money_overflow
from tenfold.backtesting.scoring import panel_rows
from tenfold.domain.bars import Bars
from tenfold.domain.errors import ParameterError
from tenfold.domain.records import FILL
from tenfold.domain.rules import Rules
from tenfold.domain.units import to_units
from tenfold.kernels import screen
from tenfold.kernels.compiling import compile_for
from tenfold.kernels.fold import Fold
from tenfold.kernels.jit import viewed
from tenfold.kernels.packing import fresh_book, fresh_symbols, is_quiet, pack_marks, pack_rules, pack_terms
from tenfold.kernels.records import BOOK, LANES, TRIP, Outputs

TILE: Final = 2048
CHUNK: Final = 64
"""Strategies that one thread takes at a time: their states and one tile of bars stay in the second-level cache."""

STATISTICS: Final = np.dtype(
    [
        ("final_units", "i8"),
        ("return_frac", "f8"),
        ("sharpe", "f8"),
        ("max_drawdown", "f8"),
        ("fills", "i8"),
        ("trades", "i8"),
        ("fee_units", "i8"),
        ("exposed_bars", "i8"),
        ("failures", "i8"),
    ],
    align=True,
)
"""One row a strategy: annual Sharpe ratio of simple bar returns (sample deviation), drawdown as a negative fraction."""


@dataclass(frozen=True, eq=False)
class Sweep:
    """Hold the statistics of K parameter sets of one family.

    `parameters` has one array (K,) a parameter, `statistics` is (K,) records of `STATISTICS`.
    """

    name: str
    parameters: dict[str, NDArray[Any]]
    statistics: NDArray[np.void]
    bars: Bars
    rules: Rules

    def __len__(self) -> int:
        return len(self.statistics)


def grid_of(fold: Fold, grid: Mapping[str, Iterable[Any]]) -> list[dict[str, int | float]]:
    """Return every combination of the values given, other parameters at their defaults."""
    if not grid:
        raise ParameterError(f"nothing to sweep: give values for one of {', '.join(fold.parameters)}")
    values = {name: list(chosen) for name, chosen in grid.items()}
    for name, chosen in values.items():
        if not chosen:
            raise ParameterError(f"parameter {name} has no values to sweep")
    return [fold.accept(dict(zip(values, point, strict=True))) for point in itertools.product(*values.values())]


def run_sweep(
    fold: Fold,
    points: list[dict[str, int | float]],
    bars: Bars,
    rules: Rules,
    *,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Sweep:
    """Trade each parameter set alone over bars and return its statistics.

    Memory is the states and books of the chunks under way, whatever the number of bars. `progress` is called
    with strategies done and in all. The rows equal `backtest` of the same parameters.
    """
    if not points:
        raise ParameterError("nothing to sweep: the grid is empty")
    params = np.zeros(len(points), fold.params_dtype)
    for name in fold.parameters:
        params[name] = [point[name] for point in points]
    books = np.zeros(len(points), BOOK)
    failures = np.zeros(len(points), np.int64)
    check_fit(bars, rules)
    job = _Job(fold, bars, rules)
    starts = range(0, len(points), CHUNK)
    workers = min(threads or os.cpu_count() or 1, len(starts))
    done = 0
    with ThreadPoolExecutor(workers) as pool:
        tasks = [
            (slice(start, start + CHUNK), pool.submit(job.trade, params[start : start + CHUNK])) for start in starts
        ]
        for where, task in tasks:
            books[where], failures[where] = task.result()
            done += len(books[where])
            if progress is not None:
                progress(done, len(points))
    if books["error"].any():
        raise money_overflow(bars, int(books["bars"][books["error"] > 0][0]))
    return Sweep(
        name=fold.name,
        parameters={name: params[name].copy() for name in fold.parameters},
        statistics=statistics(books, failures, to_units(rules.account.cash, bars.currency), bars.periods_per_year),
        bars=bars,
        rules=rules,
    )


def statistics(books: NDArray[np.void], failures: NDArray[np.int64], cash: int, periods: float) -> NDArray[np.void]:
    """Return the statistics of finished books."""
    table = np.zeros(len(books), STATISTICS)
    count = np.maximum(books["bars"], 1).astype(np.float64)
    sums, squares = np.zeros(len(books)), np.zeros(len(books))
    for lane in range(LANES):
        sums += books["sum_r"][:, lane]
        squares += books["sum_r2"][:, lane]
    average = sums / count
    # the sample deviation, as `metrics.performance` takes it
    deviation = np.sqrt(np.maximum(squares - count * average * average, 0.0) / np.maximum(count - 1.0, 1.0))
    table["final_units"] = books["equity"]
    table["return_frac"] = books["equity"] / cash - 1.0
    table["sharpe"] = np.divide(average, deviation, out=np.zeros(len(books)), where=deviation > 0) * np.sqrt(periods)
    fall = np.divide(books["high"] - books["low"], books["high"], out=np.zeros(len(books)), where=books["high"] > 0)
    table["max_drawdown"] = -np.maximum(books["max_drawdown"], fall)
    table["fills"] = books["fills"]
    table["trades"] = books["trades"]
    table["fee_units"] = books["fees"]
    table["exposed_bars"] = books["exposed"]
    table["failures"] = failures
    return table


class _Job:
    """Hold what all chunks of a sweep share; `trade` is safe in several threads."""

    def __init__(self, fold: Fold, bars: Bars, rules: Rules) -> None:
        self.fold = fold
        self.bars = bars
        self.rows = panel_rows(bars) if fold.panel else bars.rows
        self.marks = pack_marks(bars)
        self.rules = pack_rules(rules, bars.currency, bars.periods_per_year)
        self.rules["quiet"] = is_quiet(rules, bars, 1)
        self.terms = pack_terms(bars.instruments, rules, self.marks)
        self.book = fresh_book(rules.account.cash, bars.currency)
        self.kernel = compile_for(fold, screen.screen_panel if fold.panel else screen.screen)

    def trade(self, params: NDArray[np.void]) -> tuple[NDArray[np.void], NDArray[np.int64]]:
        count, symbols = len(params), len(self.bars.symbols)
        tile = min(TILE, len(self.bars))
        states = self.fold.states(count * symbols).reshape(count, symbols)
        health = np.zeros((count, symbols, 2), np.int64)
        books = np.repeat(self.book, count)
        held = fresh_symbols(count * symbols).reshape(count, symbols)
        scores = np.empty((4, tile, symbols, 1))
        row = (np.empty(symbols),) if self.fold.panel else ()
        out = Outputs(
            series=np.zeros((0, 4), np.int64),
            lots=np.zeros((0, symbols), np.int64),
            direction=np.zeros((0, symbols), np.int8),
            agreement=np.zeros((0, symbols), np.float32),
            fills=viewed(np.zeros(0, FILL)),
            trips=viewed(np.zeros(0, TRIP)),
        )
        self.kernel(viewed(states), viewed(params), health, viewed(books), viewed(held), viewed(self.rules),
                    viewed(self.terms), np.ones(1), viewed(self.rows), self.marks, self.marks.reshape(-1), scores, scores.reshape(4, -1), *ballots(tile), np.empty(tile + 1, np.int64), np.empty(tile), tile,
                    out, *row)  # fmt: skip
        return books, health[:, :, screen.FAILED].sum(1)
