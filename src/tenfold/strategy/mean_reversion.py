"""Fade moves that went too far too fast."""

import math

from tenfold.indicators import (
    Delay,
    HalfLife,
    Integer,
    Mean,
    Real,
    Rsi,
    State,
    Variance,
    VarianceRatio,
    clip,
    delayed,
    fold,
    half_life,
    mean,
    rsi,
    sign,
    variance_ratio,
    zscore,
)


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


@fold(
    length=Integer(20, 120, default=60),
    slowest=Real(3.0, 40.0, default=15.0),
    entry=Real(0.3, 2.0, default=0.8),
    state=State(pull=HalfLife, spread=Variance),
)
def elastic(state, bar, params):
    """Fade the distance from the mean while it has been shrinking by half within `slowest` bars.

    E. Chan, Algorithmic Trading (2013): the half-life of a mean-reverting price says whether and how long to wait.
    """
    level = math.log(bar.close)
    life = half_life(state.pull, level, params.length)
    apart = zscore(state.spread, level, params.length)
    if math.isnan(life) or math.isnan(apart):
        return math.nan
    if life <= 0.0 or life > params.slowest or abs(apart) < params.entry:
        return 0.0
    return clip(-apart / 2.0)


@fold(
    steps=Integer(2, 10, default=5),
    length=Integer(40, 250, default=120),
    margin=Real(0.0, 0.3, default=0.05),
    state=State(ratio=VarianceRatio, past=Delay),
)
def regime(state, bar, params):
    """Follow the last move while moves go on, fade it while they come back, by the ratio of variances.

    A. Lo and C. MacKinlay, Stock Market Prices Do Not Follow Random Walks: Evidence from a Simple Specification Test,
    Review of Financial Studies 1:1 (1988). Abstains within `margin` of a random walk.
    """
    level = math.log(bar.close)
    ratio = variance_ratio(state.ratio, level, params.steps, params.length)
    move = level - delayed(state.past, level, params.steps)
    if math.isnan(ratio) or math.isnan(move):
        return math.nan
    if abs(ratio - 1.0) < params.margin:
        return 0.0
    return sign(move) * clip(3.0 * (ratio - 1.0))
