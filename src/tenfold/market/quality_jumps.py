"""Find moves of the price that are no market: outliers, unadjusted splits, mixed adjustment, phantom dividends."""

from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.units import NS_PER_DAY
from tenfold.market.adjustment import action_factors, near_ratio, split_distance
from tenfold.market.series import Series

Mask = NDArray[np.bool_]
_BLOCK: Final = 100
_MOVES_MIN: Final = 10
_MAD_TO_SIGMA: Final = 1.4826
_OUTLIER_SIGMAS: Final = 12.0
_OUTLIER_MOVE_MIN: Final = 0.01
_OUTLIER_DAILY_MOVE_MIN: Final = 0.10
_TAKEN_BACK: Final = 0.3
_SPLIT_NARROW: Final = 0.025  # distance of the open for 3:2 and 2:3, which a bad day comes near to
_SPLIT_OPEN: Final = 0.045  # for 2:1
_SPLIT_WIDE: Final = 0.12  # for 5:2 and beyond, which no day comes near to
_SMALL_RATIO: Final = 0.46
_LARGE_RATIO: Final = 0.8
_SPLIT_CLOSE_TOLERANCE: Final = 0.08
_SPLIT_CLOSE_MAX: Final = 0.15
_SPLIT_VOLUME_MAX: Final = 3.0
_VOLUME_ROWS: Final = 20
_STRETCH_MAX: Final = 504
_SPLIT_MOVE_MIN: Final = 0.36  # log(1.43): below 3:2, above all but crashes
_SPLIT_SIGMAS: Final = 6.0
_DIVIDEND_IMPLAUSIBLE: Final = 0.25
_DIVIDEND_VISIBLE: Final = 0.03
_PERSISTS: Final = 5
_WEEK: Final = 7


def usual_move(close: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the scale of a usual log move around each row, (N,): 1.4826 * median of |log return| by blocks.

    Each block of 100 rows takes the largest of its own, its neighbours' and half the whole set's, so that
    quiet spells do not make ordinary moves look wild.
    """
    moves = np.abs(np.diff(np.log(close)))
    count = max(1, -(-len(moves) // _BLOCK))
    padded = np.full(count * _BLOCK, np.nan)
    padded[: len(moves)] = moves
    padded = np.where(padded > 0.0, padded, np.nan)
    whole = float(np.nanmedian(padded)) if np.isfinite(padded).sum() >= _MOVES_MIN else 0.0
    blocks = np.full(count, whole)
    for b in range(count):
        part = padded[b * _BLOCK : (b + 1) * _BLOCK]
        if np.isfinite(part).sum() >= _MOVES_MIN:
            blocks[b] = np.nanmedian(part)
    widest = blocks.copy()
    widest[1:] = np.maximum(widest[1:], blocks[:-1])
    widest[:-1] = np.maximum(widest[:-1], blocks[1:])
    scale = np.maximum(widest, 0.5 * whole) * _MAD_TO_SIGMA
    return np.asarray(np.repeat(scale, _BLOCK)[np.minimum(np.arange(len(close)), len(moves) - 1)], np.float64)


def find_jumps(series: Series) -> tuple[dict[str, Mask], list[str]]:
    """Return masks of outlier, split and mixed over usable rows in order of time, and notes."""
    rows = series.rows
    close = rows["close"]
    scale = usual_move(close)
    move = np.zeros(len(rows))
    move[1:] = np.diff(np.log(close))
    least = _OUTLIER_DAILY_MOVE_MIN if series.period_ns >= NS_PER_DAY else _OUTLIER_MOVE_MIN
    limit = np.maximum(_OUTLIER_SIGMAS * scale, least)
    outlier = _spikes(move, limit) | _tails(rows, 2.0 * limit)
    ratio = _split_jumps(rows, move, scale)
    jumped = np.isfinite(ratio)
    explained, contradicted = _explained(series, ratio)
    split = jumped & ~explained & ~outlier
    split[1:] &= ~outlier[:-1]
    mixed = contradicted | _odd_columns(rows)
    for first, last in _pairs(ratio, split):
        mixed[first:last] = True  # a stretch with another adjustment
        split[[first, last]] = False
    notes = []
    if (jumped & explained).any():
        notes.append(f"{int((jumped & explained).sum())} jumps are splits that the factors explain")
    return {"outlier": outlier, "split": split, "mixed": mixed}, notes


def _spikes(move: NDArray[np.float64], limit: NDArray[np.float64]) -> Mask:
    """Find closes that jump by more than a limit (N,) of log moves and come back with the next bar."""
    back = np.zeros(len(move))
    back[:-1] = move[1:]
    smaller = np.minimum(np.abs(move), np.abs(back))
    return np.asarray((smaller > limit) & (move * back < 0.0) & (np.abs(move + back) < _TAKEN_BACK * smaller), bool)


def _tails(rows: NDArray[np.void], limit: NDArray[np.float64]) -> Mask:
    """Find highs and lows farther than a limit (N,) from the bar's body, which no neighbour reaches."""
    top = np.maximum(rows["open"], rows["close"])
    bottom = np.minimum(rows["open"], rows["close"])
    high, low = np.log(rows["high"] / top), np.log(bottom / rows["low"])
    high_near = np.maximum(_shift(rows["high"], 1), _shift(rows["high"], -1))
    low_near = np.minimum(_shift(rows["low"], 1), _shift(rows["low"], -1))
    up = (high > limit) & (np.log(rows["high"] / high_near) > 0.5 * limit)
    return np.asarray(up | ((low > limit) & (np.log(low_near / rows["low"]) > 0.5 * limit)), bool)


def _shift(values: NDArray[np.float64], by: int) -> NDArray[np.float64]:
    """Return the neighbour's value, the row's own at the ends."""
    moved = values.copy()
    if by > 0:
        moved[by:] = values[:-by]
    else:
        moved[:by] = values[-by:]
    return moved


def _split_jumps(rows: NDArray[np.void], move: NDArray[np.float64], scale: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return new shares for one old share where a jump looks like a split, else NaN. Shape (N,).

    Open and close must both lie near a simple ratio of the close before (a crash goes on during the day),
    the move must be far from usual, the level must last, and volume must not tell of news.
    """
    ratio = np.full(len(move), np.nan)
    wild = np.abs(move) > np.maximum(_SPLIT_MOVE_MIN, _SPLIT_SIGMAS * scale)
    wild[0] = False
    at = np.flatnonzero(wild)
    before, opened, close = rows["close"][at - 1], rows["open"][at], rows["close"][at]
    by_open = near_ratio(before / opened, _SPLIT_WIDE)
    by_close = near_ratio(before / close, np.clip(2.5 * scale[at], _SPLIT_CLOSE_TOLERANCE, _SPLIT_CLOSE_MAX))
    size = np.abs(np.log(by_open))
    limit = np.where(size < _SMALL_RATIO, _SPLIT_NARROW, np.where(size < _LARGE_RATIO, _SPLIT_OPEN, _SPLIT_WIDE))
    near = (np.abs(np.log(before / opened / by_open)) <= limit) & (np.abs(by_open - by_close) < 1e-9)
    for index, shares in zip(at[near].tolist(), by_close[near].tolist(), strict=True):
        later = rows["close"][index + 1 : index + _PERSISTS]
        lasting = bool((np.abs(np.log(later / rows["close"][index])) < 0.5 * abs(move[index])).all())
        if lasting and not _news(rows["volume"], index, shares):
            ratio[index] = shares
    return ratio


def _news(volume: NDArray[np.float64], at: int, ratio: float) -> bool:
    """Say whether volume rose beyond what a split brings: a split multiplies it by about its ratio."""
    before = volume[max(0, at - _VOLUME_ROWS) : at]
    before = before[np.isfinite(before) & (before > 0.0)]
    if len(before) < 5 or not np.isfinite(volume[at]):
        return False
    return bool(volume[at] / np.median(before) > _SPLIT_VOLUME_MAX * max(ratio, 1.0 / ratio))


def _explained(series: Series, ratio: NDArray[np.float64]) -> tuple[Mask, Mask]:
    """Return (jumps that a known split explains, rows where a known split did not move the price)."""
    explained = np.zeros(len(ratio), bool)
    contradicted = explained.copy()
    rows = series.rows
    for action in series.actions[series.actions["split"] != 1.0]:
        at = int(np.searchsorted(rows["session"], action["day"]))
        if at >= len(rows) or at == 0:
            continue
        away, still = split_distance(rows, at, float(action["split"]))
        explained[at] = explained[at] or away < 0.5
        contradicted[at] = contradicted[at] or (series.adjustment == "raw" and away >= 0.5 and still < 0.5)
    return explained, contradicted


def _pairs(ratio: NDArray[np.float64], split: Mask) -> list[tuple[int, int]]:
    """Return each unexplained jump with its inverse, where that follows within two years of days."""
    at = np.flatnonzero(split)
    return [
        (a, b) for a, b in pairwise(at.tolist()) if abs(np.log(ratio[a] * ratio[b])) < 1e-9 and b - a <= _STRETCH_MAX
    ]


def _odd_columns(rows: NDArray[np.void]) -> Mask:
    """Mark rows whose close lies outside [low, high] by a simple ratio: one column adjusted, the others not."""
    middle = np.sqrt(rows["low"] * rows["high"])
    away = np.abs(np.log(rows["close"] / middle))
    outside = (rows["close"] > rows["high"]) | (rows["close"] < rows["low"])
    return np.asarray(outside & (away > _SPLIT_MOVE_MIN) & (away > 3.0 * np.log(rows["high"] / rows["low"])), bool)


def find_dividends(series: Series) -> Mask:
    """Mark ex-dates whose dividend the price does not show, or that pay an implausible share of it.

    A dividend of 3 % or more of the close before, and beyond two usual moves, must show as a drop of at
    least a third of it from that close to the ex-date's open or close. One of nearly the same size within a
    week of another is the same dividend booked twice.
    """
    rows = series.rows
    mask = np.zeros(len(rows), bool)
    actions = series.actions[series.actions["dividend"] != 0.0]
    if len(actions) == 0:
        return mask
    split, paid = action_factors(series, actions)
    scale = usual_move(rows["close"])
    at = np.searchsorted(rows["session"], actions["day"])
    for index, row in enumerate(at.tolist()):
        if row == 0 or row >= len(rows):
            continue
        share = 1.0 - float(paid[index])
        if share < 0.0 or share >= _DIVIDEND_IMPLAUSIBLE:
            mask[row] = True
        elif share >= _DIVIDEND_VISIBLE and share > 2.0 * float(scale[row]):
            before = float(rows["close"][row - 1]) * float(split[index])
            drop = 1.0 - min(float(rows["open"][row]), float(rows["close"][row])) / before
            days = int(actions["day"][index] - actions["day"][index - 1]) if index else _WEEK
            repeated = days < _WEEK and abs(share - 1.0 + float(paid[index - 1])) < 0.2 * share
            mask[row] = repeated or drop < share / 3.0
    return mask
