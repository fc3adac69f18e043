"""Trade on changes of volatility."""

import math

from tenfold.indicators import (
    Ema,
    EwmVariance,
    Integer,
    Keltner,
    MassIndex,
    PercentRank,
    Real,
    State,
    Variance,
    bollinger,
    ema,
    ewm_volatility,
    fold,
    keltner,
    mass_index,
    percent_rank,
    sign,
)


@fold(
    length=Integer(10, 60, default=20),
    ratio=Real(1.0, 2.5, default=1.5),
    hold=Integer(3, 40, default=10),
    state=State(bands=Variance, channel=Keltner, tight=int, left=int, side=float),
)
def squeeze(state, bar, params):
    """Follow the first move out of a squeeze: Bollinger bands that lay inside the Keltner channel open up again.

    J. Carter, Mastering the Trade (2005). The side is kept for `hold` bars, then the strategy abstains.
    """
    upper, middle, lower = bollinger(state.bands, bar.close, params.length, 2.0)
    high, _, low = keltner(state.channel, bar.high, bar.low, bar.close, params.length, params.length, params.ratio)
    if math.isnan(upper) or math.isnan(high):
        return math.nan
    if upper < high and lower > low:
        state.tight = 1
        state.left = 0
    elif state.tight == 1:
        state.tight = 0
        state.left = params.hold
        state.side = sign(bar.close - middle)
    elif state.left > 0:
        state.left -= 1
    return state.side if state.left > 0 else 0.0


@fold(
    length=Integer(5, 60, default=20),
    history=Integer(60, 300, default=252),
    state=State(risk=EwmVariance, rank=PercentRank, last=float),
)
def calm(state, bar, params):
    """Long while volatility is low against its own history, short while it is extreme; abstain between.

    A. Moreira and T. Muir, Volatility-Managed Portfolios, Journal of Finance 72:4 (2017).
    """
    level = math.log(bar.close)
    step = 0.0 if state.last == 0.0 else level - state.last
    state.last = level
    risk = ewm_volatility(state.risk, step, params.length)
    if math.isnan(risk):
        return math.nan
    rank = percent_rank(state.rank, risk, params.history)
    if math.isnan(rank):
        return math.nan
    if rank <= 50.0:
        return 1.0 - rank / 100.0
    if rank >= 90.0:
        return -(rank - 80.0) / 20.0
    return 0.0


@fold(
    fast=Integer(5, 15, default=9),
    slow=Integer(15, 40, default=25),
    bulge=Real(1.01, 1.08, default=1.03),
    hold=Integer(5, 30, default=15),
    state=State(mass=MassIndex, trend=Ema, last=float, armed=int, left=int, side=float),
)
def range_bulge(state, bar, params):
    """Turn against the short trend once its bars have widened and begin to narrow, for `hold` bars.

    D. Dorsey, The Mass Index, Stocks & Commodities 10:6 (1992): a mass index above 27 of 25 bars that falls below 26.5.
    Here `bulge` is the index over its length, and it is over at three quarters of what it exceeds 1 by.
    """
    mass = mass_index(state.mass, bar.high, bar.low, params.fast, params.slow) / params.slow
    level = ema(state.trend, bar.close, params.fast)
    slope = level - state.last
    state.last = level
    if math.isnan(mass):
        return math.nan
    state.left = max(state.left - 1, 0)
    if mass >= params.bulge:
        state.armed = 1
    elif state.armed == 1 and mass < 1.0 + 0.75 * (params.bulge - 1.0):
        state.armed = 0
        state.left = params.hold
        state.side = -sign(slope)
    return state.side if state.left > 0 else 0.0
