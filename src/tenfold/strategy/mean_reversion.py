"""Fade moves that went too far too fast."""

import math

from tenfold.indicators import Integer, Mean, Real, Rsi, State, Variance, clip, fold, mean, rsi, zscore


@fold(
    length=Integer(2, 14, default=3),
    extreme=Real(5.0, 40.0, default=20.0),
    trend=Integer(50, 250, default=200),
    state=State(rsi=Rsi, trend=Mean),
)
def pullback(state, bar, params):
    """Buy a short RSI below `extreme` within a rising market, sell one above 100 - `extreme` within a falling one.

    L. Connors and C. Alvarez, Short Term Trading Strategies That Work (2008).
    """
    index = rsi(state.rsi, bar.close, params.length)
    centre = mean(state.trend, bar.close, params.trend)
    if math.isnan(centre) or math.isnan(index):
        return math.nan
    if bar.close > centre and index < params.extreme:
        return clip(0.5 + (params.extreme - index) / params.extreme)
    if bar.close < centre and index > 100.0 - params.extreme:
        return clip(-0.5 - (index - 100.0 + params.extreme) / params.extreme)
    return 0.0


@fold(
    length=Integer(5, 100, default=20),
    entry=Real(1.0, 3.0, default=2.0),
    state=State(bands=Variance, side=float),
)
def band_reversal(state, bar, params):
    """Fade a close outside the Bollinger bands until the price is back at the mean.

    J. Bollinger, Bollinger on Bollinger Bands (2001).
    """
    apart = zscore(state.bands, bar.close, params.length)
    if math.isnan(apart):
        return math.nan
    if apart >= params.entry:
        state.side = -1.0
    elif apart <= -params.entry:
        state.side = 1.0
    elif state.side * apart >= 0.0:
        state.side = 0.0
    return state.side
