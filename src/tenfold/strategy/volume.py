"""Follow the volume: it goes where the informed are."""

import math

from tenfold.indicators import (
    Ema,
    Integer,
    MoneyFlow,
    Obv,
    Real,
    RelativeVolume,
    State,
    Variance,
    VolumeTrend,
    clip,
    ema,
    fold,
    money_flow,
    negative_volume,
    obv,
    relative_volume,
    sign,
    zscore,
)


@fold(
    length=Integer(10, 120, default=40),
    threshold=Real(0.0, 2.0, default=0.5),
    state=State(balance=Obv, spread=Variance),
)
def balance(state, bar, params):
    """Follow on-balance volume where it stands `threshold` deviations off its mean; abstain without volume.

    J. Granville, New Key to Stock Market Profits (1963).
    """
    if math.isnan(bar.volume):
        return 0.0
    apart = zscore(state.spread, obv(state.balance, bar.close, bar.volume), params.length)
    if math.isnan(apart):
        return math.nan
    if abs(apart) < params.threshold:
        return 0.0
    return clip(apart / 2.0)


@fold(
    length=Integer(10, 60, default=21),
    threshold=Real(0.0, 0.3, default=0.05),
    state=State(flow=MoneyFlow),
)
def accumulation(state, bar, params):
    """Follow Chaikin's money flow: closes near the high on volume are buying; abstain without volume.

    M. Chaikin's oscillator as in R. Colby, The Encyclopedia of Technical Market Indicators (2003).
    """
    if math.isnan(bar.volume):
        return 0.0
    flow = money_flow(state.flow, bar.high, bar.low, bar.close, bar.volume, params.length)
    if math.isnan(flow):
        return math.nan
    if abs(flow) < params.threshold:
        return 0.0
    return clip(4.0 * flow)


@fold(
    length=Integer(50, 300, default=255),
    state=State(quiet=VolumeTrend, mean=Ema),
)
def quiet_money(state, bar, params):
    """Long while the index of days of falling volume is above its mean, short below; abstain without volume.

    N. Fosback, Stock Market Logic (1976): the informed trade on quiet days.
    """
    if math.isnan(bar.volume):
        return 0.0
    index = negative_volume(state.quiet, bar.close, bar.volume)
    return sign(index - ema(state.mean, index, params.length))


@fold(
    length=Integer(10, 60, default=20),
    factor=Real(1.2, 3.0, default=1.7),
    hold=Integer(1, 10, default=3),
    state=State(usual=RelativeVolume, last=float, left=int, side=float),
)
def climax(state, bar, params):
    """Fade the move of a bar with `factor` times the usual volume, for `hold` bars; abstain without volume.

    J. Campbell, S. Grossman and J. Wang, Trading Volume and Serial Correlation in Stock Returns, Quarterly Journal of
    Economics 108:4 (1993): moves on heavy volume come back.
    """
    if math.isnan(bar.volume):
        return 0.0
    busy = relative_volume(state.usual, bar.volume, params.length)
    move = bar.close - state.last
    state.last = bar.close
    if math.isnan(busy):
        return math.nan
    state.left = max(state.left - 1, 0)
    if busy >= params.factor and move != 0.0:
        state.left = params.hold
        state.side = -sign(move)
    return state.side if state.left > 0 else 0.0
