"""Trade what one to three bars look like."""

import math

from tenfold.indicators import (
    Atr,
    Candles,
    Integer,
    Lowest,
    Mean,
    Real,
    State,
    atr,
    clip,
    engulfing,
    evening_star,
    fold,
    hammer,
    lowest,
    mean,
    morning_star,
    shooting_star,
    sign,
)


@fold(
    length=Integer(5, 50, default=20),
    hold=Integer(1, 10, default=3),
    state=State(engulf=Candles, hammer=Candles, star=Candles, morning=Candles, evening=Candles, trend=Mean, left=int,
                side=float),
)  # fmt: skip
def candle_reversal(state, bar, params):
    """Buy bullish candles below the mean, sell bearish ones above it, for `hold` bars.

    S. Nison, Japanese Candlestick Charting Techniques (1991): engulfing bodies, hammers, shooting stars, morning and
    evening stars count where there is a move to reverse.
    """
    found = engulfing(state.engulf, bar.open, bar.high, bar.low, bar.close)
    found += hammer(state.hammer, bar.open, bar.high, bar.low, bar.close)
    found += shooting_star(state.star, bar.open, bar.high, bar.low, bar.close)
    found += morning_star(state.morning, bar.open, bar.high, bar.low, bar.close)
    found += evening_star(state.evening, bar.open, bar.high, bar.low, bar.close)
    apart = bar.close - mean(state.trend, bar.close, params.length)
    if math.isnan(found) or math.isnan(apart):
        return math.nan
    state.left = max(state.left - 1, 0)
    if found * apart < 0.0:
        state.left = params.hold
        state.side = sign(found)
    return state.side if state.left > 0 else 0.0


@fold(
    length=Integer(4, 20, default=7),
    hold=Integer(1, 15, default=5),
    state=State(narrow=Lowest, high=float, low=float, armed=int, left=int, side=float),
)
def narrow_range(state, bar, params):
    """Follow the first close outside the narrowest bar of the last `length`, for `hold` bars.

    T. Crabel, Day Trading with Short Term Price Patterns and Opening Range Breakout (1990): NR7.
    """
    spread = bar.high - bar.low
    least = lowest(state.narrow, spread, params.length)
    if math.isnan(least):
        return math.nan
    state.left = max(state.left - 1, 0)
    if state.armed == 1 and (bar.close > state.high or bar.close < state.low):
        state.side = 1.0 if bar.close > state.high else -1.0
        state.left = params.hold
        state.armed = 0
    if spread <= least and spread > 0.0:
        state.armed = 1
        state.high, state.low = bar.high, bar.low
    return state.side if state.left > 0 else 0.0


@fold(
    length=Integer(5, 30, default=14),
    factor=Real(0.1, 2.0, default=0.4),
    hold=Integer(1, 10, default=3),
    state=State(range=Atr, usual=float, close=float, target=float, left=int, side=float),
)
def gap_fade(state, bar, params):
    """Fade an opening gap of `factor` average true ranges that the bar did not fill, until it is filled.

    L. Connors and L. Raschke, Street Smarts (1995). After `hold` bars it is given up.
    """
    gap, usual, before = bar.open - state.close, state.usual, state.close
    state.usual = atr(state.range, bar.high, bar.low, bar.close, params.length)
    state.close = bar.close
    if math.isnan(state.usual) or math.isnan(usual) or before <= 0.0:
        return math.nan
    state.left = max(state.left - 1, 0)
    if (state.side > 0.0 and bar.high >= state.target) or (state.side < 0.0 and bar.low <= state.target):
        state.left = 0
    if usual > 0.0 and abs(gap) >= params.factor * usual:
        state.side, state.target = -sign(gap), before
        filled = bar.low <= before if gap > 0.0 else bar.high >= before
        state.left = 0 if filled else params.hold
    return clip(state.side) if state.left > 0 else 0.0
