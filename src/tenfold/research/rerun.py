"""Trade the same voters again: under other bars, other rules, or with orders that arrive late."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from tenfold.backtesting.backtest import Given, run_backtest
from tenfold.backtesting.compiled import run_compiled
from tenfold.backtesting.compiles import compiles
from tenfold.backtesting.run import Run
from tenfold.backtesting.scoring import Member, score_members
from tenfold.domain.bars import Bars
from tenfold.domain.rules import Rules

Scores = NDArray[np.float64]
Result = TypeVar("Result")

_OPENS: Final = ("bid_open", "ask_open")


def rerun(members: Sequence[Member], bars: Bars, rules: Rules, bars_late: float = 0.0) -> Run:
    """Return the run of the vote of members over bars."""
    return rerun_scores(score_members(members, bars)[0], members, bars, rules, bars_late)


def rerun_scores(scores: Scores, members: Sequence[Member], bars: Bars, rules: Rules, bars_late: float = 0.0) -> Run:
    """Return the run of scores (T, S, K) of members; orders arrive `bars_late` bars late.

    Whole bars of lateness are scores that come later. The part of a bar that is left moves the open, at which orders fill,
    towards the close: to where the bar is expected to be then (the mean of a Brownian bridge in logarithms). Strategies have seen
    the bars as they were.
    """
    if bars_late > 0.0:
        scores, bars = _late(scores, int(bars_late)), _opened_late(bars, bars_late - int(bars_late))
    names, weights = [member.name for member in members], [member.weight for member in members]
    if compiles([member.fold for member in members], rules, bars):
        return run_compiled(bars, rules, names, weights, np.ascontiguousarray(scores), dict.fromkeys(names, 0))
    voters = [Given(scores[:, :, place], name, weights[place]) for place, name in enumerate(names)]
    return run_backtest(voters, bars, rules)


def _late(scores: Scores, whole: int) -> Scores:
    if whole == 0:
        return scores
    later = np.full_like(scores, np.nan)
    later[whole:] = scores[: max(len(scores) - whole, 0)]
    return later


def _opened_late(bars: Bars, part: float) -> Bars:
    if part == 0.0:
        return bars
    rows, usable = bars.rows.copy(), bars.usable
    opens = bars.rows["open"][usable]
    moved = np.exp((1.0 - part) * np.log(opens) + part * np.log(bars.rows["close"][usable]))
    rows["open"][usable] = np.clip(moved, bars.rows["low"][usable], bars.rows["high"][usable])
    for name in _OPENS:
        rows[name][usable] = bars.rows[name][usable] * (moved / opens)
    return replace(bars, rows=rows)


def in_threads(work: Callable[[int], Result], count: int, threads: int, report: Callable[[], None]) -> list[Result]:
    """Return `work(0)` to `work(count - 1)` in this order, whichever thread did which; `report()` is called after each."""

    def done(number: int) -> Result:
        found = work(number)
        report()
        return found

    if threads < 2:
        return [done(number) for number in range(count)]
    pool = ThreadPoolExecutor(threads)
    try:
        return list(pool.map(done, range(count)))
    finally:
        pool.shutdown(cancel_futures=True)  # an interrupt does not wait for what has not begun
