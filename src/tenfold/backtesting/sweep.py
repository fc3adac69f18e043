"""Run one family over a grid of parameters, each alone, fused and on all cores."""

import itertools
import math
import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tenfold.backtesting.backtest import check_fit
from tenfold.backtesting.compiled import ballots, money_overflow
from tenfold.backtesting.compiles import obstacles
from tenfold.backtesting.scoring import check_columns, panel_rows
from tenfold.domain.bars import Bars
from tenfold.domain.errors import ParameterError, SettingsError
from tenfold.domain.records import FILL
from tenfold.domain.rules import Rules
from tenfold.domain.units import to_units
from tenfold.kernels import screen
from tenfold.kernels.compiling import compile_for
from tenfold.kernels.fold import Fold
from tenfold.kernels.jit import compiled, viewed
from tenfold.kernels.packing import fresh_book, fresh_symbols, is_quiet, pack_marks, pack_rules, pack_terms
from tenfold.kernels.records import BOOK, LANES, TRIP, Outputs
from tenfold.kernels.sharing import CALLS_MAX, Shared, shared

TILE: Final = 2048
CHUNK: Final = 64
"""Strategies that one thread takes at a time: their states and one tile of bars stay in the second-level cache."""

SHARED_TILE: Final = 1024
SHARED_CHUNK: Final = 512
COMBINATIONS_MAX: Final = 1_000_000
STRETCH: Final = 4_000_000
"""Bars times symbols times strategies that a thread takes before it looks whether the sweep was given up."""

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
    values = {name: _listed(chosen) for name, chosen in grid.items()}
    for name, chosen in values.items():
        if not chosen:
            raise ParameterError(f"parameter {name} has no values to sweep")
    count = math.prod(len(chosen) for chosen in values.values())
    if count > COMBINATIONS_MAX:
        raise ParameterError(
            f"the grid has {count:,} combinations, expected at most {COMBINATIONS_MAX:,}: widen its steps"
        )
    return [fold.accept(dict(zip(values, point, strict=True))) for point in itertools.product(*values.values())]


def _listed(values: Any) -> list[Any]:
    """Return the values of one parameter; a single number stands for itself."""
    return list(values) if isinstance(values, Iterable) and not isinstance(values, str) else [values]


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
    if threads is not None and threads < 1:
        raise ParameterError(f"threads is {threads}, expected 1 or more, or nothing for all cores")
    params = np.zeros(len(points), fold.params_dtype)
    for name in fold.parameters:
        params[name] = [point[name] for point in points]
    books = np.zeros(len(points), BOOK)
    failures = np.zeros(len(points), np.int64)
    check_fit(bars, rules)
    check_columns(fold, bars)
    if reasons := obstacles([fold], rules):
        raise SettingsError(f"a sweep takes the compiled path, which does not apply: {'; '.join(reasons)}")
    workers = threads or os.cpu_count() or 1
    job = _job(fold, params, bars, rules)
    size = job.chunk(len(points), workers)
    starts = range(0, len(points), size)
    workers = min(workers, len(starts))
    done = 0
    with ThreadPoolExecutor(workers) as pool:  # leaving it waits for the threads
        try:
            pool.submit(
                job.trade, params[:0], 1
            ).result()  # compiles once; in a thread, since compilers lose interrupts
            parts = [slice(start, start + size) for start in starts]
            tasks = [pool.submit(job.trade, params[where]) for where in parts]
            for where, task in zip(parts, tasks, strict=True):
                books[where], failures[where] = task.result()
                done += len(books[where])
                if progress is not None:
                    progress(done, len(points))
        except BaseException:  # an interrupt must wait neither for the chunks under way nor for those that wait
            job.given_up = True
            pool.shutdown(wait=False, cancel_futures=True)
            raise
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
    table["max_drawdown"] = 0.0 - np.maximum(books["max_drawdown"], fall)  # no fall is 0, not -0
    table["fills"] = books["fills"]
    table["trades"] = books["trades"]
    table["fee_units"] = books["fees"]
    table["exposed_bars"] = books["exposed"]
    table["failures"] = failures
    return table


def _job(fold: Fold, params: NDArray[np.void], bars: Bars, rules: Rules) -> "_Job":
    """Return the work of a sweep: with shared calls where they save at least half of the calls."""
    apart = shared(fold)
    if apart is not None:
        distinct = sum(len(np.unique(call.params(params))) for call in apart.calls)
        if 2 * distinct <= len(params) * len(apart.calls):
            return _SharedJob(fold, apart, bars, rules)
    return _Job(fold, bars, rules)


class _Room:
    """Hold what one thread needs for K strategies of S symbols, a tile of bars at a time."""

    def __init__(self, job: "_Job", count: int, tile: int) -> None:
        symbols = len(job.bars.symbols)
        self.health = np.zeros((count, symbols, 2), np.int64)
        self.books = np.repeat(job.book, count)
        held = fresh_symbols(count * symbols).reshape(count, symbols)
        scores = np.empty((4, tile, symbols, 1))
        out = Outputs(
            series=np.zeros((0, 4), np.int64),
            lots=np.zeros((0, symbols), np.int64),
            direction=np.zeros((0, symbols), np.int8),
            agreement=np.zeros((0, symbols), np.float32),
            fills=viewed(np.zeros(0, FILL)),
            trips=viewed(np.zeros(0, TRIP)),
        )
        self.account = (self.health, viewed(self.books), viewed(held), viewed(job.rules), viewed(job.terms), np.ones(1))
        self.market = (viewed(job.rows), job.marks, job.marks.reshape(-1))
        self.scratch = (scores, scores.reshape(4, -1), *ballots(tile), np.empty(tile + 1, np.int64), np.empty(tile))
        self.out = out

    def result(self) -> tuple[NDArray[np.void], NDArray[np.int64]]:
        """Return the finished books and how often each strategy failed."""
        return self.books, self.health[:, :, screen.FAILED].sum(1)


class _Job:
    """Hold what all chunks of a sweep have in common; `trade` is safe in several threads.

    Once `given_up`, chunks under way end within a stretch, and their books mean nothing.
    """

    given_up = False

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

    def chunk(self, count: int, workers: int) -> int:
        """Return how many strategies a thread takes at a time."""
        return CHUNK

    def trade(self, params: NDArray[np.void], length: int | None = None) -> tuple[NDArray[np.void], NDArray[np.int64]]:
        """Trade strategies over all bars, or the first `length`, and return their books and failures."""
        length = len(self.bars) if length is None else length
        count, symbols = len(params), len(self.bars.symbols)
        tile = min(TILE, len(self.bars))
        room = _Room(self, count, tile)
        states = self.fold.states(count * symbols).reshape(count, symbols)
        row = (np.empty(symbols),) if self.fold.panel else ()
        stretch = max(STRETCH // (max(count, 1) * symbols * tile), 1) * tile
        for start in range(0, length, stretch):
            if self.given_up:
                break
            stop = min(start + stretch, length)
            self.kernel(viewed(states), viewed(params), *room.account, *room.market, *room.scratch, start, stop, tile,
                        room.out, *row)  # fmt: skip
        return room.result()


class _SharedJob(_Job):
    """Compute what strategies share once a chunk, then trade each on the values."""

    def __init__(self, fold: Fold, apart: Shared, bars: Bars, rules: Rules) -> None:
        super().__init__(fold, bars, rules)
        self.apart = apart
        self.values_of = compiled(screen.fold_values)
        self.rest = compiled(screen.screen_rest)

    def chunk(self, count: int, workers: int) -> int:
        """Return larger chunks, since what is shared is computed once for each."""
        return min(SHARED_CHUNK, max(CHUNK, -(-count // workers)))

    def trade(self, params: NDArray[np.void], length: int | None = None) -> tuple[NDArray[np.void], NDArray[np.int64]]:
        """Trade strategies over all bars, or the first `length`, and return their books and failures."""
        length = len(self.bars) if length is None else length
        count, symbols = len(params), len(self.bars.symbols)
        tile = min(SHARED_TILE, len(self.bars))
        room = _Room(self, count, tile)
        calls, rows = self._calls(params)
        values = np.full((sum(len(given) for _, given in calls), tile * symbols), np.nan)
        places = np.cumsum([0, *(len(given) for _, given in calls)])
        states = np.zeros((count, symbols), self.apart.rest.state_dtype)
        rest = self.apart.rest.params(params)
        for start in range(0, length, tile):
            if self.given_up:
                break
            stop = min(start + tile, length)
            part = viewed(self.rows[start:stop])
            for (kept, given), place in zip(calls, places, strict=False):
                self.values_of(viewed(kept), part, viewed(given), values[place : place + len(given)])
            self.rest(viewed(states), viewed(rest), *room.account, *room.market, *room.scratch, start, stop, room.out,
                      values, rows, self.bars.complete)  # fmt: skip
        return room.result()

    def _calls(
        self, params: NDArray[np.void]
    ) -> tuple[list[tuple[NDArray[np.void], NDArray[np.void]]], NDArray[np.int64]]:
        """Return states and distinct parameters of each shared call, and the row of each strategy's value, (K, 4)."""
        rows = np.zeros((len(params), CALLS_MAX), np.int64)
        calls = []
        place = 0
        for number, call in enumerate(self.apart.calls):
            distinct, which = np.unique(call.params(params), return_inverse=True)
            rows[:, number] = place + which.reshape(-1)
            calls.append((np.zeros((len(distinct), len(self.bars.symbols)), call.state_dtype), distinct))
            place += len(distinct)
        return calls, rows
