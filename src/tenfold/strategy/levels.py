"""Judge the price by the levels that it has drawn before."""

import math

from tenfold.indicators import (
    Highest,
    Ichimoku,
    Integer,
    Real,
    State,
    Swings,
    clip,
    fold,
    highest,
    ichimoku,
    swings,
)


@fold(
    fast=Integer(5, 15, default=9),
    base=Integer(15, 40, default=26),
    slow=Integer(30, 90, default=52),
    state=State(cloud=Ichimoku),
)
def cloud(state, bar, params):
    """Long above the cloud with the conversion line above the base line, short below with it beneath; else abstain.

    G. Hosoda (1969), in N. Elliott, Ichimoku Charts (2007).
    """
    conversion, base, first, second = ichimoku(state.cloud, bar.high, bar.low, params.fast, params.base, params.slow)
    if math.isnan(second):
        return math.nan
    if bar.close > max(first, second) and conversion > base:
        return 1.0
    if bar.close < min(first, second) and conversion < base:
        return -1.0
    return 0.0


@fold(
    length=Integer(60, 300, default=252),
    depth=Real(0.05, 0.5, default=0.2),
    state=State(high=Highest),
)
def near_high(state, bar, params):
    """Long near the high of `length` bars, short where the price lies `depth` and more below it.

    T. George and C. Hwang, The 52-Week High and Momentum Investing, Journal of Finance 59:5 (2004). The score falls in a
    straight line from 1 at the high to -1 at a loss of `depth`.
    """
    top = highest(state.high, bar.high, params.length)
    if math.isnan(top):
        return math.nan
    return clip(1.0 - 2.0 * (1.0 - bar.close / top) / params.depth)


@fold(
    length=Integer(2, 10, default=3),
    state=State(turns=Swings(21), top=float, bottom=float, last_top=float, last_bottom=float),
)
def swing_structure(state, bar, params):
    """Long after a higher swing high and a higher swing low, short after lower ones; else abstain.

    C. Dow's definition of a trend: R. Rhea, The Dow Theory (1932). A swing is known `length` bars later.
    """
    top, bottom = swings(state.turns, bar.high, bar.low, params.length)
    if top > 0.0 and top != state.top:
        state.last_top, state.top = state.top, top
    if bottom > 0.0 and bottom != state.bottom:
        state.last_bottom, state.bottom = state.bottom, bottom
    if state.turns.count < 2 * params.length + 1:
        return math.nan
    if state.last_top <= 0.0 or state.last_bottom <= 0.0:
        return 0.0
    if state.top > state.last_top and state.bottom > state.last_bottom:
        return 1.0
    if state.top < state.last_top and state.bottom < state.last_bottom:
        return -1.0
    return 0.0
