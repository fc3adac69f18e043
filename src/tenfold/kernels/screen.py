"""Run folds over bars: the score pass, and the sweep that fuses it with the portfolio.

How it works. A score pass turns bars into scores and knows only the fold. `screen` alternates score pass and
`portfolio.run` over tiles of bars, so that the memory of a sweep is the states and books of its strategies, whatever
the number of bars. Four strategies are scored side by side: their recurrences do not wait for each other.
"""

import math
from typing import Any

from tenfold.kernels import portfolio
from tenfold.kernels.jit import fold_step, panel_step

UNUSABLE = 7  # domain.market.UNUSABLE
COLD = 0  # health: no finite score so far; else 1 + number of failures

trade = portfolio.run  # compiled once, apart from every family of strategies


def checked(score: float, health: Any, index: int) -> float:
    """Return the score, clipped to [-1, 1]; not a number abstains, and counts as a failure once warm."""
    if -1.0 <= score <= 1.0:
        if health[index] == COLD:
            health[index] = 1
        return score
    if score > 1.0 and score < math.inf:
        return 1.0
    if score < -1.0 and score > -math.inf:
        return -1.0
    if health[index] != COLD or score == math.inf or score == -math.inf:
        health[index] = 2 if health[index] == COLD else health[index] + 1
    return math.nan


def score_symbols(states: Any, bars: Any, params: Any, health: Any, scores: Any, member: int) -> None:
    """Fold one strategy over each symbol's bars.

    Parameters
    ----------
    states : (S,) records, advanced in place
    bars : (T, S) records of `BAR`
    params : (1,) record
    health : (S,) int64, advanced in place
    scores : (T, S, K) float64, column `member` written; NaN where the strategy abstains or has no usable bar
    """
    for index in range(bars.shape[1]):
        for moment in range(bars.shape[0]):
            if bars[moment, index].flags & UNUSABLE:
                scores[moment, index, member] = math.nan
            else:
                raw = fold_step(states[index], bars[moment, index], params[0])
                scores[moment, index, member] = checked(raw, health, index)


def score_panel(states: Any, bars: Any, params: Any, health: Any, row: Any, scores: Any, member: int) -> None:
    """Fold one panel strategy over the bars of all symbols; `row` (S,) float64 is scratch."""
    for moment in range(bars.shape[0]):
        for index in range(bars.shape[1]):
            row[index] = math.nan
        panel_step(states, bars[moment], params[0], row)
        for index in range(bars.shape[1]):
            if bars[moment, index].flags & UNUSABLE:
                scores[moment, index, member] = math.nan
            else:
                scores[moment, index, member] = checked(row[index], health, index)


def score_lanes(states: Any, bars: Any, params: Any, health: Any, scores: Any, first: int) -> None:
    """Fold four strategies over one symbol side by side; `scores` (4, T, 1, 1)."""
    for moment in range(bars.shape[0]):
        if bars[moment, 0].flags & UNUSABLE:
            for lane in range(4):
                scores[lane, moment, 0, 0] = math.nan
        else:
            for lane in range(4):
                raw = fold_step(states[first + lane, 0], bars[moment, 0], params[first + lane])
                scores[lane, moment, 0, 0] = checked(raw, health[first + lane], 0)


def screen(
    states: Any, params: Any, health: Any, books: Any, symbols: Any, rules: Any, terms: Any, weights: Any, bars: Any,
    marks: Any, scores: Any, scratch: Any, tile: int, series: Any, lots_out: Any, direction_out: Any,
    agreement_out: Any, fills_out: Any, trips_out: Any,
) -> None:
    """Trade K strategies of one family, each alone, over bars (T, S).

    `states` and `health` (K, S), `params` and `books` (K,), `symbols` (K, S); `scores` (4, tile, S, 1) and `scratch`
    (2, tile + 1) are overwritten. The outputs have no rows: only the books are kept.
    """
    count = len(params)
    for start in range(0, bars.shape[0], tile):
        part = bars[start : start + tile]
        part_marks = marks[start : start + tile]
        length = part.shape[0]
        for first in range(0, count, 4):
            lanes = 4 if count - first >= 4 else count - first
            if lanes == 4 and bars.shape[1] == 1:
                score_lanes(states, part, params, health, scores, first)
            else:
                for lane in range(lanes):
                    one = first + lane
                    score_symbols(states[one], part, params[one : one + 1], health[one], scores[lane], 0)
            for lane in range(lanes):
                one = first + lane
                if not books[one].error:
                    trade(
                        books[one : one + 1], symbols[one], rules, terms, weights, part, part_marks, scores[lane], 0,
                        length, start, scratch, series, lots_out, direction_out, agreement_out, fills_out, trips_out,
                    )


def screen_panel(
    states: Any, params: Any, health: Any, books: Any, symbols: Any, rules: Any, terms: Any, weights: Any, bars: Any,
    marks: Any, scores: Any, row: Any, scratch: Any, tile: int, series: Any, lots_out: Any, direction_out: Any,
    agreement_out: Any, fills_out: Any, trips_out: Any,
) -> None:
    """Trade K panel strategies of one family, each alone; as `screen`, with `row` (S,) as scratch."""
    for start in range(0, bars.shape[0], tile):
        part = bars[start : start + tile]
        part_marks = marks[start : start + tile]
        length = part.shape[0]
        for one in range(len(params)):
            score_panel(states[one], part, params[one : one + 1], health[one], row, scores[0], 0)
            if not books[one].error:
                trade(
                    books[one : one + 1], symbols[one], rules, terms, weights, part, part_marks, scores[0], 0, length,
                    start, scratch, series, lots_out, direction_out, agreement_out, fills_out, trips_out,
                )
