"""Watch the larger bars, trade the smaller ones."""

import math

from tenfold.indicators import WEEK, Ema, Frame, Integer, Real, State, Stochastic, clip, ema, fold, frame, stochastic


@fold(
    trend=Integer(5, 26, default=13),
    length=Integer(3, 21, default=5),
    extreme=Real(10.0, 45.0, default=30.0),
    state=State(week=Frame, trend=Ema, level=float, slope=float, wave=Stochastic),
)
def triple_screen(state, bar, params):
    """Buy the dips of days while the exponential mean of weekly closes rises, sell rallies while it falls.

    A. Elder, Trading for a Living (1993). A week closes with the first bar of the next one; until then the trend is
    that of the week before.
    """
    if frame(state.week, bar, WEEK):
        level = ema(state.trend, state.week.close, params.trend)
        state.slope = level - state.level
        state.level = level
    index, _ = stochastic(state.wave, bar.high, bar.low, bar.close, params.length, 3, 3)
    if state.week.bars <= params.trend or math.isnan(index):
        return math.nan
    if state.slope > 0.0 and index < params.extreme:
        return clip(0.5 + (params.extreme - index) / params.extreme)
    if state.slope < 0.0 and index > 100.0 - params.extreme:
        return clip(-0.5 - (index - 100.0 + params.extreme) / params.extreme)
    return 0.0
