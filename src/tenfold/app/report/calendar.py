"""Group returns by session, month and year."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tenfold.app.analysis import Analysis
from tenfold.domain.bars import periods_per_year
from tenfold.domain.units import NS_PER_DAY
from tenfold.metrics.performance import growth


@dataclass(frozen=True)
class Periods:
    """Hold consecutive groups of bars: where each begins, its year and month, and its compounded returns."""

    starts: NDArray[np.int64]
    years: NDArray[np.int64]
    months: NDArray[np.int64]
    returns: NDArray[np.float64]
    benchmark: NDArray[np.float64]


def grouped(analysis: Analysis, by: str) -> Periods:
    """Return the returns compounded by "session", "month" or "year" of each bar's session."""
    rows = analysis.run.bars.rows
    years, months = rows["year"][:, 0].astype(np.int64), rows["month"][:, 0].astype(np.int64)
    keys = {"session": rows["session"][:, 0].astype(np.int64), "month": years * 12 + months, "year": years}[by]
    starts = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))
    return Periods(
        starts=starts,
        years=years[starts],
        months=months[starts],
        returns=compounded(analysis.returns, starts),
        benchmark=compounded(analysis.benchmark, starts),
    )


def compounded(returns: NDArray[np.float64], starts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the compounded return of each group; after ruin 0."""
    ends = np.append(starts[1:], len(returns)) - 1
    wealth = growth(returns)[ends]
    before = np.concatenate(([1.0], wealth[:-1]))
    ratios: NDArray[np.float64] = np.divide(wealth, before, out=np.ones(len(wealth)), where=before > 0.0)
    return ratios - 1.0


@dataclass(frozen=True)
class Steps:
    """Hold the returns that rolling figures use: by session, or by bar where there are few sessions."""

    name: str
    returns: NDArray[np.float64]
    benchmark: NDArray[np.float64]
    ts_ns: NDArray[np.int64]
    period_ns: int
    periods: float
    window: int


def rolling_steps(analysis: Analysis) -> Steps:
    """Return sessions with a window of half a year at most, a quarter of them at least 20; bars where there are under 60."""
    bars = analysis.run.bars
    sessions = grouped(analysis, "session")
    ends = np.append(sessions.starts[1:], len(bars)) - 1
    count = len(sessions.starts)
    if count < 60:
        window = max(len(bars) // 4, 2)
        return Steps("bars", analysis.returns, analysis.benchmark, bars.ts_ns, bars.period_ns, analysis.periods, window)
    ts_ns = bars.ts_ns[ends]
    period_ns = max(NS_PER_DAY, bars.period_ns)
    periods = periods_per_year(ts_ns, period_ns)
    window = min(126, max(count // 4, 20))
    return Steps("sessions", sessions.returns, sessions.benchmark, ts_ns, period_ns, periods, window)
