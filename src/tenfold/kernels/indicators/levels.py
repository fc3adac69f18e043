"""Draw the levels that traders watch, one bar at a time."""

import math
from typing import Any, Final

from tenfold.kernels.indicators.extremes import Donchian, Highest, Lowest, donchian, highest, lowest
from tenfold.kernels.indicators.oscillators import Delay, delayed
from tenfold.kernels.layout import Window, layout

Midpoint: Final = layout("Midpoint", high=Highest, low=Lowest)
Ichimoku: Final = layout("Ichimoku", fast=Donchian, base=Donchian, slow=Donchian, first=Delay, second=Delay)
Pivots: Final = layout(
    "Pivots", session=int, sessions=int, high=float, low=float, close=float, pivot=float, range=float, top=float, bottom=float
)  # fmt: skip
Swings: Final = layout(
    "Swings", count=int, index=int, highs=Window("f8", extra=1), lows=Window("f8", extra=1), top=float, bottom=float
)
HeikinAshi: Final = layout("HeikinAshi", count=int, open=float, close=float)


def midpoint(state: Any, x: float, length: int) -> float:
    """Return the middle between the highest and lowest of the last `length` values. Warm after length values."""
    return 0.5 * (highest(state.high, x, length) + lowest(state.low, x, length))


def midprice(state: Any, high: float, low: float, length: int) -> float:
    """Return the middle between the highest high and the lowest low; the record is a `Midpoint`. Warm after length bars."""
    return 0.5 * (highest(state.high, high, length) + lowest(state.low, low, length))


def ichimoku(state: Any, high: float, low: float, fast: int, base: int, slow: int) -> tuple[float, float, float, float]:
    """Return (conversion, base line, leading span A, leading span B) as they stand at this bar.

    The spans are those drawn `base` bars ago. G. Hosoda (1969), in N. Elliott, Ichimoku Charts (2007), with 9, 26 and 52
    bars. All four are NaN until the last is warm. Warm after slow + base bars, slow being the longest.
    """
    _, conversion, _ = donchian(state.fast, high, low, fast)
    _, centre, _ = donchian(state.base, high, low, base)
    _, far, _ = donchian(state.slow, high, low, slow)
    if math.isnan(far):
        return math.nan, math.nan, math.nan, math.nan
    first = delayed(state.first, 0.5 * (conversion + centre), base)
    second = delayed(state.second, far, base)
    if math.isnan(second):
        return math.nan, math.nan, math.nan, math.nan
    return conversion, centre, first, second


def pivots(state: Any, high: float, low: float, close: float, session: int) -> tuple[float, float, float, float, float]:
    """Return (pivot, first resistance, first support, second resistance, second support) of the session before.

    The pivot is the mean of its high, low and close; the further levels lie its range, or twice the pivot less a
    side, away. J. Person, A Complete Guide to Technical Trading Tactics (2004). NaN in the first session.
    """
    if state.sessions == 0 or session != state.session:
        state.sessions += state.sessions < 2
        state.pivot = (state.high + state.low + state.close) / 3.0
        state.range = state.high - state.low
        state.top, state.bottom = state.high, state.low
        state.session = session
        state.high, state.low = high, low
    state.high, state.low = max(state.high, high), min(state.low, low)
    state.close = close
    if state.sessions < 2:
        return math.nan, math.nan, math.nan, math.nan, math.nan
    pivot = state.pivot
    return pivot, 2.0 * pivot - state.bottom, 2.0 * pivot - state.top, pivot + state.range, pivot - state.range


def swings(state: Any, high: float, low: float, length: int) -> tuple[float, float]:
    """Return (last swing high, last swing low): a high above, a low below the `length` bars on each side of it.

    A swing is known `length` bars later, never before, and stands until the next; NaN before the first.
    Its window holds 2 * length + 1 bars: give the record that much room, e.g. `Swings(11)`.
    B. Williams, Trading Chaos (1995), with 2 bars.
    """
    size = 2 * length + 1
    state.highs[state.index] = high
    state.lows[state.index] = low
    state.index = 0 if state.index + 1 == size else state.index + 1
    if state.count == 0:
        state.top, state.bottom = math.nan, math.nan
    state.count += state.count < size
    if state.count < size:
        return math.nan, math.nan
    at = state.index + length
    at = at - size if at >= size else at
    above, below = True, True
    for i in range(size):
        above = above and (i == at or state.highs[i] < state.highs[at])
        below = below and (i == at or state.lows[i] > state.lows[at])
    if above:
        state.top = state.highs[at]
    if below:
        state.bottom = state.lows[at]
    return state.top, state.bottom


def heikin_ashi(state: Any, open: float, high: float, low: float, close: float) -> tuple[float, float, float, float]:
    """Return (open, high, low, close) of the averaged candle: its open is the middle of the body before.

    M. Homma's averaged candles, as in D. Valcu, Using the Heikin-Ashi Technique, Stocks & Commodities 22:2 (2004).
    Warm after 1 bar.
    """
    middle = 0.25 * (open + high + low + close)
    start = 0.5 * (open + close) if state.count == 0 else 0.5 * (state.open + state.close)
    state.count = 1
    state.open, state.close = start, middle
    return start, max(high, start, middle), min(low, start, middle), middle
