"""Follow trends: what has been rising goes on rising."""

import math

from tenfold.indicators import (
    Adx,
    Integer,
    Macd,
    Mean,
    Real,
    Regression,
    State,
    Variance,
    adx,
    clip,
    deviation,
    fold,
    macd,
    mean,
    regression,
    sign,
)


@fold(fast=Integer(5, 60), slow=Integer(20, 250), state=State(fast=Mean, slow=Mean))
def crossing(state, bar, params):
    """Long while the fast mean of the close is above the slow one, short below.

    W. Brock, J. Lakonishok and B. LeBaron, Simple Technical Trading Rules and the Stochastic Properties of Stock
    Returns, Journal of Finance 47:5 (1992).
    """
    return sign(mean(state.fast, bar.close, params.fast) - mean(state.slow, bar.close, params.slow))


@fold(
    fast=Integer(5, 30, default=12),
    slow=Integer(20, 90, default=26),
    signal=Integer(3, 30, default=9),
    state=State(macd=Macd),
)
def convergence(state, bar, params):
    """Long while MACD is above zero and above its signal line, short while below both; abstain between.

    G. Appel, Technical Analysis: Power Tools for Active Investors (2005).
    """
    fast = min(params.fast, params.slow)
    line, _, histogram = macd(state.macd, bar.close, fast, params.slow, params.signal)
    if line > 0.0 and histogram > 0.0:
        return 1.0
    if line < 0.0 and histogram < 0.0:
        return -1.0
    return histogram * 0.0


@fold(length=Integer(7, 40, default=14), threshold=Real(10.0, 35.0, default=20.0), state=State(adx=Adx))
def directional(state, bar, params):
    """Follow the stronger directional indicator, the harder the stronger the trend; abstain while there is none.

    J. Welles Wilder, New Concepts in Technical Trading Systems (1978): no trend below an ADX of 20 to 25.
    """
    index, up, down = adx(state.adx, bar.high, bar.low, bar.close, params.length)
    if index < params.threshold:
        return 0.0
    return sign(up - down) * clip(0.5 + (index - params.threshold) / 40.0)


@fold(
    length=Integer(20, 200, default=90),
    strength=Real(0.2, 3.0, default=1.0),
    state=State(line=Regression(200), spread=Variance(200)),
)
def regression_slope(state, bar, params):
    """Follow the slope of the least-squares line through log closes where the line explains most of their spread.

    A. Clenow, Stocks on the Move (2015) ranks by exponential regression slope times its R squared; here one symbol
    is judged against itself: the score is R squared with the slope's sign, 0 below an R squared of 1/4.
    """
    level = math.log(bar.close)
    slope, _ = regression(state.line, level, params.length)
    spread = deviation(state.spread, level, params.length)
    if math.isnan(slope):
        return math.nan
    if spread <= 1e-9:  # the rounding of a price that stands still is no trend
        return 0.0
    # The deviation of a straight line of n points is slope * sqrt((n^2 - 1) / 12), so this ratio is the correlation.
    ratio = slope * math.sqrt((params.length * params.length - 1.0) / 12.0) / spread
    explained = ratio * ratio
    if explained < 0.25:
        return 0.0
    return clip(sign(ratio) * explained * params.strength)
