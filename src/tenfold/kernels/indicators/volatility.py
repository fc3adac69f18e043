"""Estimate volatility from the open, high, low and close of bars, one bar at a time.

Volatilities are fractions a bar: times the root of the bars a year they are annual.
"""

import math
from typing import Any, Final

from tenfold.kernels.indicators.averages import Ema, Mean, ema, mean
from tenfold.kernels.indicators.dispersion import Variance, sample_variance
from tenfold.kernels.indicators.extremes import Highest, highest
from tenfold.kernels.indicators.oscillators import Delay, roc
from tenfold.kernels.indicators.ranges import atr
from tenfold.kernels.layout import layout

RangeMean: Final = layout("RangeMean", mean=Mean)
ChaikinVolatility: Final = layout("ChaikinVolatility", mean=Ema, past=Delay)
MassIndex: Final = layout("MassIndex", first=Ema, second=Ema, total=Mean)
YangZhang: Final = layout("YangZhang", count=int, close=float, gap=Variance, body=Variance, path=Mean)
Ulcer: Final = layout("Ulcer", high=Highest, mean=Mean)


def natr(state: Any, high: float, low: float, close: float, length: int) -> float:
    """Return the average true range in percent of the close; the record is an `Atr`. Warm after length + 1 bars."""
    spread = atr(state, high, low, close, length)
    return 0.0 if close == 0.0 else 100.0 * (spread / close)


def average_range(state: Any, high: float, low: float, length: int) -> float:
    """Return the mean of high less low; the record is a `RangeMean`. Warm after length bars."""
    return mean(state.mean, high - low, length)


def chaikin_volatility(state: Any, high: float, low: float, length: int, change: int) -> float:
    """Return the change in percent over `change` bars of the exponential mean of high less low.

    M. Chaikin, as in R. Colby, The Encyclopedia of Technical Market Indicators (2003). Warm after length + change bars.
    """
    spread = ema(state.mean, high - low, length)
    if math.isnan(spread):
        return math.nan
    return roc(state.past, spread, change)


def mass_index(state: Any, high: float, low: float, fast: int, slow: int) -> float:
    """Return the sum over `slow` bars of the mean range over its own mean: above 27 a bulge that precedes turns.

    D. Dorsey, The Mass Index, Stocks & Commodities 10:6 (1992), with 9 and 25 bars. Warm after 2 * fast + slow - 2 bars.
    """
    first = ema(state.first, high - low, fast)
    if math.isnan(first):
        return math.nan
    second = ema(state.second, first, fast)
    if math.isnan(second):
        return math.nan
    return slow * mean(state.total, 1.0 if second == 0.0 else first / second, slow)


def parkinson(state: Any, high: float, low: float, length: int) -> float:
    """Return the volatility from ranges alone: sqrt(mean of log(high / low)^2 / (4 log 2)); a `RangeMean`.

    M. Parkinson, The Extreme Value Method for Estimating the Variance of the Rate of Return, Journal of Business 53:1
    (1980). Warm after length bars.
    """
    spread = math.log(high / low)
    return math.sqrt(max(mean(state.mean, spread * spread, length), 0.0) / (4.0 * math.log(2.0)))


def garman_klass(state: Any, open: float, high: float, low: float, close: float, length: int) -> float:
    """Return the volatility from ranges and bodies, for a market without drift or gaps; a `RangeMean`.

    M. Garman and M. Klass, On the Estimation of Security Price Volatilities from Historical Data, Journal of Business
    53:1 (1980). Warm after length bars.
    """
    spread, body = math.log(high / low), math.log(close / open)
    square = 0.5 * spread * spread - (2.0 * math.log(2.0) - 1.0) * body * body
    return _root(mean(state.mean, square, length))


def rogers_satchell(state: Any, open: float, high: float, low: float, close: float, length: int) -> float:
    """Return the volatility from ranges and bodies, whatever the drift; a `RangeMean`.

    L. Rogers and S. Satchell, Estimating Variance from High, Low and Closing Prices, Annals of Applied Probability 1:4
    (1991). Warm after length bars.
    """
    return _root(mean(state.mean, _drift_free(open, high, low, close), length))


def yang_zhang(state: Any, open: float, high: float, low: float, close: float, length: int) -> float:
    """Return the volatility from gaps, bodies and ranges, whatever the drift; length from 2 up.

    D. Yang and Q. Zhang, Drift Independent Volatility Estimation Based on High, Low, Open and Close Prices, Journal of
    Business 73:3 (2000). Warm after length + 1 bars.
    """
    previous = state.close
    state.close = close
    if state.count == 0:
        state.count = 1
        return math.nan
    gap = sample_variance(state.gap, math.log(open / previous), length)
    body = sample_variance(state.body, math.log(close / open), length)
    path = mean(state.path, _drift_free(open, high, low, close), length)
    if math.isnan(gap):
        return math.nan
    share = 0.34 / (1.34 + (length + 1.0) / (length - 1.0))
    return _root(gap + share * body + (1.0 - share) * path)


def _drift_free(open: float, high: float, low: float, close: float) -> float:
    return math.log(high / close) * math.log(high / open) + math.log(low / close) * math.log(low / open)


def _root(square: float) -> float:
    """Return the root, 0 of what rounding made negative; NaN stays NaN."""
    if square < 0.0:
        return 0.0
    return math.sqrt(square)


def ulcer(state: Any, x: float, length: int) -> float:
    """Return the root mean square of the drawdowns in percent from the high of the last `length` values.

    P. Martin and B. McCann, The Investor's Guide to Fidelity Funds (1989). Warm after 2 * length - 1 values.
    """
    top = highest(state.high, x, length)
    if math.isnan(top):
        return math.nan
    down = 0.0 if top == 0.0 else 100.0 * (x / top - 1.0)
    return _root(mean(state.mean, down * down, length))
