"""Run one family over a grid of parameters, each alone, fused and on all cores."""

import itertools
import math
import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tenfold.backtesting.backtest import check_fit
from tenfold.backtesting.compiled import money_overflow
from tenfold.backtesting.compiles import obstacles
from tenfold.backtesting.job import Job, Marks, job_for
from tenfold.backtesting.scoring import check_columns
from tenfold.backtesting.trials import Record, SweepTrials, unrecorded
from tenfold.domain.bars import Bars
from tenfold.domain.errors import ParameterError, SettingsError
from tenfold.domain.rules import Rules
from tenfold.domain.units import to_units
from tenfold.kernels.fold import Fold
from tenfold.kernels.records import BOOK, LANES

COMBINATIONS_MAX: Final = 1_000_000

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
    notes: dict[str, Any] = field(default_factory=dict)

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
    record: Record = unrecorded,
) -> Sweep:
    """Trade each parameter set alone over bars and return its statistics.

    Memory is the states and books of the chunks under way, whatever the number of bars. `progress` is called
    with strategies done and in all, `record` with what was evaluated, a few hundred at a time. The rows equal `backtest` of
    the same parameters.
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
    if reasons := obstacles([fold], rules, bars):
        raise SettingsError(f"a sweep takes the compiled path, which does not apply: {'; '.join(reasons)}")
    workers = threads or os.cpu_count() or 1
    job = job_for(fold, params, bars, rules)
    size = job.chunk(len(points), workers)
    starts = range(0, len(points), size)
    workers = min(workers, len(starts))
    done, cash = 0, to_units(rules.account.cash, bars.currency)
    trials = SweepTrials(fold, params, bars, rules, record)
    with ThreadPoolExecutor(workers) as pool:  # leaving it waits for the threads
        try:
            pool.submit(
                job.trade, params[:0], 1
            ).result()  # compiles once; in a thread, since compilers lose interrupts
            parts = [slice(start, start + size) for start in starts]
            tasks = [_submitted(pool, job, params[where], trials.marks(where)) for where in parts]
            for where, (task, marks) in zip(parts, tasks, strict=True):
                books[where], failures[where] = task.result()
                done += len(books[where])
                found = statistics(books[where], failures[where], cash, bars.periods_per_year)
                trials.done(where, found["sharpe"], marks)
                if progress is not None:
                    progress(done, len(points))
        except BaseException:  # an interrupt must wait neither for the chunks under way nor for those that wait
            job.given_up = True
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        finally:
            trials.flush()
    if books["error"].any():
        raise money_overflow(bars, int(books["bars"][books["error"] > 0][0]))
    return Sweep(
        name=fold.name,
        parameters={name: params[name].copy() for name in fold.parameters},
        statistics=statistics(books, failures, cash, bars.periods_per_year),
        bars=bars,
        rules=rules,
    )


def _submitted(
    pool: ThreadPoolExecutor, job: Job, params: NDArray[np.void], marks: Marks | None
) -> tuple[Future[tuple[NDArray[np.void], NDArray[np.int64]]], Marks | None]:
    """Return a part of the work under way, and what it takes note of."""
    return pool.submit(job.trade, params, None, marks), marks


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
