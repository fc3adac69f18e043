"""Recognise candlestick patterns, one bar at a time: +1 bullish, -1 bearish, 0 none, in between for a weaker form.

How it works. What is long, short or near is judged against the mean of the ten (near: five) candles before, as
TA-Lib does with its default settings; a pattern that TA-Lib has equals its CDL function over 100. Every pattern folds
over a `Candles` record of its own.

S. Nison, Japanese Candlestick Charting Techniques (1991).
"""

import math
from typing import Any, Final

from tenfold.kernels.indicators.averages import Mean, mean
from tenfold.kernels.layout import layout

Candle: Final = layout(
    "Candle", open=float, high=float, low=float, close=float, body=float, top=float, bottom=float, upper=float,
    lower=float, body_usual=float, range_usual=float, near_usual=float,
)  # fmt: skip
Candles: Final = layout(
    "Candles", count=int, body=Mean(10), range=Mean(10), near=Mean(5), body_next=float, range_next=float,
    near_next=float, now=Candle, last=Candle, before=Candle,
)  # fmt: skip


def _copy(target: Any, source: Any) -> None:
    target.open, target.high, target.low, target.close = source.open, source.high, source.low, source.close
    target.body, target.top, target.bottom = source.body, source.top, source.bottom
    target.upper, target.lower = source.upper, source.lower
    target.body_usual, target.range_usual = source.body_usual, source.range_usual
    target.near_usual = source.near_usual


def _show(state: Any, open: float, high: float, low: float, close: float) -> int:
    """Take a candle in and return how many there were, up to fourteen."""
    _copy(state.before, state.last)
    _copy(state.last, state.now)
    now = state.now
    now.open, now.high, now.low, now.close = open, high, low, close
    now.body = abs(close - open)
    now.top, now.bottom = max(open, close), min(open, close)
    now.upper, now.lower = high - now.top, now.bottom - low
    now.body_usual, now.range_usual, now.near_usual = state.body_next, state.range_next, state.near_next
    state.body_next = mean(state.body, now.body, 10)
    state.range_next = mean(state.range, high - low, 10)
    state.near_next = mean(state.near, high - low, 5)
    state.count += state.count < 14
    return state.count


def _side(candle: Any) -> float:
    """Return +1 for a white candle, which closed no lower than it opened, -1 for a black one."""
    return 1.0 if candle.close >= candle.open else -1.0


def _found(is_there: bool, score: float) -> float:
    return score if is_there else 0.0


def doji(state: Any, open: float, high: float, low: float, close: float) -> float:
    """Return 1 where open and close are nearly the same: a body of no more than a tenth of the usual range.

    Warm after 11 bars.
    """
    if _show(state, open, high, low, close) < 11:
        return math.nan
    return _found(state.now.body <= 0.1 * state.now.range_usual, 1.0)


def dragonfly_doji(state: Any, open: float, high: float, low: float, close: float) -> float:
    """Return 1 for a doji at the top of its range. Warm after 11 bars."""
    if _show(state, open, high, low, close) < 11:
        return math.nan
    short = 0.1 * state.now.range_usual
    return _found(state.now.body <= short and state.now.upper < short and state.now.lower > short, 1.0)


def gravestone_doji(state: Any, open: float, high: float, low: float, close: float) -> float:
    """Return 1 for a doji at the bottom of its range. Warm after 11 bars."""
    if _show(state, open, high, low, close) < 11:
        return math.nan
    short = 0.1 * state.now.range_usual
    return _found(state.now.body <= short and state.now.lower < short and state.now.upper > short, 1.0)


def marubozu(state: Any, open: float, high: float, low: float, close: float) -> float:
    """Return the side of a long candle without shadows. Warm after 11 bars."""
    if _show(state, open, high, low, close) < 11:
        return math.nan
    now, short = state.now, 0.1 * state.now.range_usual
    return _found(now.body > now.body_usual and now.upper < short and now.lower < short, _side(now))


def spinning_top(state: Any, open: float, high: float, low: float, close: float) -> float:
    """Return the side of a short candle whose shadows are both longer than its body. Warm after 11 bars."""
    if _show(state, open, high, low, close) < 11:
        return math.nan
    now = state.now
    return _found(now.body < now.body_usual and now.upper > now.body and now.lower > now.body, _side(now))


def _hangs(state: Any) -> bool:
    """Say whether the candle is short with a long lower and hardly an upper shadow."""
    now = state.now
    return bool(now.body < now.body_usual and now.lower > now.body and now.upper < 0.1 * now.range_usual)


def _stands(state: Any) -> bool:
    """Say whether the candle is short with a long upper and hardly a lower shadow."""
    now = state.now
    return bool(now.body < now.body_usual and now.upper > now.body and now.lower < 0.1 * now.range_usual)


def hammer(state: Any, open: float, high: float, low: float, close: float) -> float:
    """Return 1 for a short body at the top of a long lower shadow, near the low before. Warm after 12 bars."""
    if _show(state, open, high, low, close) < 12:
        return math.nan
    last = state.last
    return _found(_hangs(state) and state.now.bottom <= last.low + 0.2 * last.near_usual, 1.0)


def hanging_man(state: Any, open: float, high: float, low: float, close: float) -> float:
    """Return -1 for the candle of a hammer near the high before. Warm after 12 bars."""
    if _show(state, open, high, low, close) < 12:
        return math.nan
    last = state.last
    return _found(_hangs(state) and state.now.bottom >= last.high - 0.2 * last.near_usual, -1.0)


def inverted_hammer(state: Any, open: float, high: float, low: float, close: float) -> float:
    """Return 1 for a short body below a long upper shadow, gapped down from the body before. Warm after 12 bars."""
    if _show(state, open, high, low, close) < 12:
        return math.nan
    return _found(_stands(state) and state.now.top < state.last.bottom, 1.0)


def shooting_star(state: Any, open: float, high: float, low: float, close: float) -> float:
    """Return -1 for a short body below a long upper shadow, gapped up from the body before. Warm after 12 bars."""
    if _show(state, open, high, low, close) < 12:
        return math.nan
    return _found(_stands(state) and state.now.bottom > state.last.top, -1.0)


def _engulfs(last: Any, now: Any) -> float:
    """Return the side of a body around the one before of the other side, 0.8 of it where they share an end."""
    if _side(last) == _side(now):
        return 0.0
    if (now.top >= last.top and now.bottom < last.bottom) or (now.top > last.top and now.bottom <= last.bottom):
        return _side(now) * (1.0 if now.top != last.top and now.bottom != last.bottom else 0.8)
    return 0.0


def engulfing(state: Any, open: float, high: float, low: float, close: float) -> float:
    """Return the side of a body around the body before of the other side, 0.8 where they share an end.

    Warm after 3 bars.
    """
    if _show(state, open, high, low, close) < 3:
        return math.nan
    return _engulfs(state.last, state.now)


def three_outside(state: Any, open: float, high: float, low: float, close: float) -> float:
    """Return the side of an engulfing candle that the next close confirms. Warm after 4 bars."""
    if _show(state, open, high, low, close) < 4:
        return math.nan
    side = _engulfs(state.before, state.last)
    return _found(abs(side) == 1.0 and side * (close - state.last.close) > 0.0, side)


def harami(state: Any, open: float, high: float, low: float, close: float) -> float:
    """Return the side against a long body that holds a short one, 0.8 where they share an end. Warm after 12 bars."""
    if _show(state, open, high, low, close) < 12:
        return math.nan
    now, last = state.now, state.last
    if not (last.body > last.body_usual and now.body <= now.body_usual):
        return 0.0
    if now.top < last.top and now.bottom > last.bottom:
        return -_side(last)
    return _found(now.top <= last.top and now.bottom >= last.bottom, -0.8 * _side(last))


def piercing(state: Any, open: float, high: float, low: float, close: float) -> float:
    """Return 1 for a long white body from below the low of a long black one to above its middle. Warm after 12 bars."""
    if _show(state, open, high, low, close) < 12:
        return math.nan
    now, last = state.now, state.last
    long = _side(last) < 0.0 and last.body > last.body_usual and _side(now) > 0.0 and now.body > now.body_usual
    return _found(long and open < last.low and last.close + 0.5 * last.body < close < last.open, 1.0)


def dark_cloud(state: Any, open: float, high: float, low: float, close: float) -> float:
    """Return -1 for a black body from above the high of a long white one to below its middle. Warm after 12 bars."""
    if _show(state, open, high, low, close) < 12:
        return math.nan
    now, last = state.now, state.last
    long = _side(last) > 0.0 and last.body > last.body_usual and _side(now) < 0.0
    return _found(long and open > last.high and last.open < close < last.close - 0.5 * last.body, -1.0)


def _star(state: Any, side: float) -> bool:
    """Say whether a long candle against `side` and a short one gapped away are followed by one that turns."""
    before, last, now = state.before, state.last, state.now
    bodies = before.body > before.body_usual and last.body <= last.body_usual and now.body > now.body_usual
    away = last.top < before.bottom if side > 0.0 else last.bottom > before.top
    deep = side * (now.close - before.close) > 0.3 * before.body
    return bool(bodies and away and deep and _side(before) == -side and _side(now) == side)


def morning_star(state: Any, open: float, high: float, low: float, close: float) -> float:
    """Return 1 for a long black body, a short one gapped below, and a white one back into the first. Warm after 13 bars."""
    if _show(state, open, high, low, close) < 13:
        return math.nan
    return _found(_star(state, 1.0), 1.0)


def evening_star(state: Any, open: float, high: float, low: float, close: float) -> float:
    """Return -1 for a long white body, a short one gapped above, and a black one back into the first. Warm after 13 bars."""
    if _show(state, open, high, low, close) < 13:
        return math.nan
    return _found(_star(state, -1.0), -1.0)


def inside_bar(state: Any, open: float, high: float, low: float, close: float) -> float:
    """Return 1 where the bar lies within the one before. T. Crabel, Day Trading with Short Term Price Patterns (1990).

    Warm after 2 bars.
    """
    if _show(state, open, high, low, close) < 2:
        return math.nan
    return _found(high < state.last.high and low > state.last.low, 1.0)


def outside_bar(state: Any, open: float, high: float, low: float, close: float) -> float:
    """Return the side of a bar that exceeds the one before at both ends; source as for `inside_bar`.

    Warm after 2 bars.
    """
    if _show(state, open, high, low, close) < 2:
        return math.nan
    return _found(high > state.last.high and low < state.last.low, _side(state.now))
