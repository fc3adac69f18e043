"""Follow the volume: it goes where the informed are."""

import math

from tenfold.indicators import Integer, MoneyFlow, Obv, Real, State, Variance, clip, fold, money_flow, obv, zscore


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
