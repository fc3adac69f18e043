"""Run folds over bars: the score pass, and the sweep that fuses it with the portfolio.

How it works. A score pass turns bars into scores and knows only the fold. `screen` alternates score pass and
`portfolio.run` over tiles of bars, so that the memory of a sweep is the states and books of its strategies, whatever
the number of bars. Four strategies are scored side by side: their recurrences do not wait for each other.
"""

import math
from typing import Any

from tenfold.kernels import portfolio
from tenfold.kernels.jit import fold_step, panel_step, rest_step
from tenfold.kernels.records import Single

UNUSABLE = 7  # domain.market.UNUSABLE
LEADING = 0  # health: bars before the first score, missing ones included
FAILED = 1  # health: bars without a score after the first

trade = portfolio.run  # compiled once, apart from every family of strategies


def abstained(raw: float, health: Any, moment: int) -> float:
    """Return what stands for a score outside [-1, 1]: its sign, or NaN, counted as a failure after the first score."""
    if math.isfinite(raw):
        return 1.0 if raw > 0.0 else -1.0
    if health[LEADING] == moment:
        health[LEADING] += 1
    else:
        health[FAILED] += 1
    return math.nan


def absent(health: Any, moment: int) -> float:
    """Return NaN for a symbol without a bar: no failure."""
    if health[LEADING] == moment:
        health[LEADING] += 1
    return math.nan


def score_symbols(states: Any, bars: Any, params: Any, health: Any, scores: Any, member: int, offset: int) -> None:
    """Fold one strategy over each symbol's bars.

    Parameters
    ----------
    states : (S,) records, advanced in place
    bars : (T, S) records of `BAR`
    params : (1,) record
    health : (S, 2) int64, advanced in place
    scores : (T, S, K) float64, column `member` written; NaN where the strategy abstains or has no usable bar
    offset : number of row 0 on the time axis
    """
    for index in range(bars.shape[1]):
        for moment in range(bars.shape[0]):
            if bars[moment, index].flags & UNUSABLE:
                scores[moment, index, member] = absent(health[index], offset + moment)
            else:
                raw = fold_step(states[index], bars[moment, index], params[0])
                if -1.0 <= raw <= 1.0:
                    scores[moment, index, member] = raw
                else:
                    scores[moment, index, member] = abstained(raw, health[index], offset + moment)


def score_panel(
    states: Any, bars: Any, params: Any, health: Any, row: Any, scores: Any, member: int, offset: int
) -> None:
    """Fold one panel strategy over the bars of all symbols, as `score_symbols`; `row` (S,) float64 is scratch."""
    for moment in range(bars.shape[0]):
        for index in range(bars.shape[1]):
            row[index] = math.nan
        panel_step(states, bars[moment], params[0], row)
        for index in range(bars.shape[1]):
            if bars[moment, index].flags & UNUSABLE:
                scores[moment, index, member] = absent(health[index], offset + moment)
            elif -1.0 <= row[index] <= 1.0:
                scores[moment, index, member] = row[index]
            else:
                scores[moment, index, member] = abstained(row[index], health[index], offset + moment)


def score_lanes(states: Any, bars: Any, params: Any, health: Any, flat: Any, first: int, offset: int) -> None:
    """Fold four strategies over one symbol side by side into `flat` (4, >= T).

    The scores are written as they come and looked at afterwards, in one pass a strategy.
    """
    for moment in range(bars.shape[0]):
        if bars[moment, 0].flags & UNUSABLE:
            for lane in range(4):
                flat[lane, moment] = math.nan
        else:
            for lane in range(4):
                flat[lane, moment] = fold_step(states[first + lane, 0], bars[moment, 0], params[first + lane])
    for lane in range(4):
        if outside(flat[lane, : bars.shape[0]]):
            settle(bars, health[first + lane, 0], flat[lane], offset)


def outside(scores: Any) -> int:
    """Return 1 where a score does not lie in [-1, 1], without a branch a score."""
    found = 0
    for moment in range(len(scores)):
        found |= 1 - int(scores[moment] >= -1.0) * int(scores[moment] <= 1.0)
    return found


def settle(bars: Any, health: Any, scores: Any, offset: int) -> None:
    """Clip what lies outside [-1, 1] and count what is no number."""
    for moment in range(bars.shape[0]):
        raw = scores[moment]
        if bars[moment, 0].flags & UNUSABLE:
            scores[moment] = absent(health, offset + moment)
        elif not -1.0 <= raw <= 1.0:
            scores[moment] = abstained(raw, health, offset + moment)


def screen(
    states: Any, params: Any, health: Any, books: Any, symbols: Any, rules: Any, terms: Any, weights: Any, bars: Any,
    marks: Any, line: Any, scores: Any, flat: Any, casts: Any, words: Any, equities: Any, changes: Any, start: int,
    stop: int, tile: int, out: Any,
) -> None:  # fmt: skip
    """Trade K strategies of one family, each alone, over bars [start, stop) of (T, S), a tile at a time.

    `states` (K, S), `health` (K, S, 2), `params` and `books` (K,), `symbols` (K, S); `scores` (4, tile, S, 1) and its flat view
    `flat` (4, tile * S), `casts` and `words` as in `Single`,
    `equities` (tile + 1) int64 and `changes` (tile) float64 are overwritten. `out` has no rows: only the books are kept.
    """
    count = len(params)
    for begin in range(start, stop, tile):
        end = begin + tile if begin + tile < stop else stop
        part = bars[begin:end]
        for first in range(0, count, 4):
            lanes = 4 if count - first >= 4 else count - first
            if lanes == 4 and bars.shape[1] == 1:
                score_lanes(states, part, params, health, flat, first, begin)
            else:
                for lane in range(lanes):
                    one = first + lane
                    score_symbols(states[one], part, params[one : one + 1], health[one], scores[lane], 0, begin)
            for lane in range(lanes):
                one = first + lane
                single = Single(line, flat[lane], casts, words)
                if not books[one].error:
                    trade(books[one : one + 1], symbols[one], rules, terms, weights, bars, marks, single, scores[lane], begin,
                          begin, end, equities, changes, out)  # fmt: skip


def screen_panel(
    states: Any, params: Any, health: Any, books: Any, symbols: Any, rules: Any, terms: Any, weights: Any, bars: Any,
    marks: Any, line: Any, scores: Any, flat: Any, casts: Any, words: Any, equities: Any, changes: Any, start: int,
    stop: int, tile: int, out: Any, row: Any,
) -> None:  # fmt: skip
    """Trade K panel strategies of one family, each alone; as `screen`, with `row` (S,) as scratch."""
    for begin in range(start, stop, tile):
        end = begin + tile if begin + tile < stop else stop
        part = bars[begin:end]
        single = Single(line, flat[0], casts, words)
        for one in range(len(params)):
            score_panel(states[one], part, params[one : one + 1], health[one], row, scores[0], 0, begin)
            if not books[one].error:
                trade(books[one : one + 1], symbols[one], rules, terms, weights, bars, marks, single, scores[0], begin, begin,
                      end, equities, changes, out)  # fmt: skip


def trade_scores(
    books: Any, symbols: Any, rules: Any, terms: Any, weights: Any, bars: Any, marks: Any, line: Any, scores: Any,
    flat: Any, casts: Any, words: Any, start: int, stop: int, equities: Any, out: Any,
) -> None:  # fmt: skip
    """Trade K strategies, each alone, over bars [start, stop) whose scores are there, and keep the return of each bar.

    As `screen` for one tile, of whatever families: `scores` (K, tile, S, 1) and its view `flat` (K, tile * S). Where equity
    does not move nothing is written to `out.returns`, which is zero before.
    """
    for one in range(len(books)):
        if not books[one].error:
            single = Single(line, flat[one], casts, words)
            trade(books[one : one + 1], symbols[one], rules, terms, weights, bars, marks, single, scores[one], start, start,
                  stop, equities, out.returns[one, start:stop], out)  # fmt: skip


def fold_values(states: Any, bars: Any, params: Any, values: Any) -> None:
    """Fold one shared call over bars (T, S), for each of U sets of parameters.

    `states` (U, S) advance in place; `values` (U, >= T * S), symbols side by side, is written where the symbol has a
    usable bar.
    """
    count = bars.shape[1]
    for one in range(len(params)):
        for index in range(count):
            for moment in range(bars.shape[0]):
                if not bars[moment, index].flags & UNUSABLE:
                    values[one, moment * count + index] = fold_step(
                        states[one, index], bars[moment, index], params[one]
                    )


def rest_line(
    state: Any, bars: Any, params: Any, health: Any, flat: Any, values: Any, rows: Any, offset: int, complete: bool
) -> None:
    """Score a strategy over one symbol from the values of its shared calls, into `flat` (>= T,).

    Where every bar is usable the loop has no branch, and becomes vector instructions for a rest without a state.
    """
    count = bars.shape[0]
    line = flat[:count]
    given_0 = values[rows[0], :count]
    given_1 = values[rows[1], :count]
    given_2 = values[rows[2], :count]
    given_3 = values[rows[3], :count]
    if complete:
        for moment in range(len(line)):
            line[moment] = rest_step(state, bars[moment, 0], params, given_0[moment], given_1[moment], given_2[moment],
                                     given_3[moment])  # fmt: skip
    else:
        for moment in range(len(line)):
            if bars[moment, 0].flags & UNUSABLE:
                line[moment] = math.nan
            else:
                line[moment] = rest_step(state, bars[moment, 0], params, given_0[moment], given_1[moment],
                                         given_2[moment], given_3[moment])  # fmt: skip
    if outside(line):
        settle(bars, health, flat, offset)


def rest_symbols(
    states: Any, bars: Any, params: Any, health: Any, scores: Any, values: Any, rows: Any, offset: int
) -> None:
    """Score a strategy over several symbols from the values of its shared calls, into `scores` (>= T, S, 1)."""
    count = bars.shape[1]
    for index in range(count):
        for moment in range(bars.shape[0]):
            place = moment * count + index
            if bars[moment, index].flags & UNUSABLE:
                scores[moment, index, 0] = absent(health[index], offset + moment)
            else:
                raw = rest_step(states[index], bars[moment, index], params, values[rows[0], place],
                                values[rows[1], place], values[rows[2], place], values[rows[3], place])  # fmt: skip
                if -1.0 <= raw <= 1.0:
                    scores[moment, index, 0] = raw
                else:
                    scores[moment, index, 0] = abstained(raw, health[index], offset + moment)


def screen_rest(
    states: Any, params: Any, health: Any, books: Any, symbols: Any, rules: Any, terms: Any, weights: Any, bars: Any,
    marks: Any, line: Any, scores: Any, flat: Any, casts: Any, words: Any, equities: Any, changes: Any, start: int,
    stop: int, out: Any, values: Any, rows: Any, complete: bool,
) -> None:  # fmt: skip
    """Trade K strategies over bars [start, stop), reading the values of their shared calls.

    As `screen` for one tile; `values` (U, tile * S) and `rows` (K, 4): the row of `values` for each call.
    """
    part = bars[start:stop]
    for one in range(len(params)):
        if part.shape[1] == 1:
            rest_line(states[one, 0], part, params[one], health[one, 0], flat[0], values, rows[one], start, complete)
        else:
            rest_symbols(states[one], part, params[one], health[one], scores[0], values, rows[one], start)
        if not books[one].error:
            single = Single(line, flat[0], casts, words)
            trade(books[one : one + 1], symbols[one], rules, terms, weights, bars, marks, single, scores[0], start, start,
                  stop, equities, changes, out)  # fmt: skip
