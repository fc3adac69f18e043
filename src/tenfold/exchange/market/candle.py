"""Hold a bar as clients see it: with the number of its trades and their average price."""

import math
from typing import NamedTuple

from tenfold.domain.market import Bar


class Candle(NamedTuple):
    """Hold a bar over [ts_ns, end_ns): `trades` prints of `volume` shares at the average price `vwap`."""

    ts_ns: int
    end_ns: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    trades: int
    vwap: float


def candle_of(bar: Bar) -> Candle:
    """Return a bar as clients see it.

    Bars that are made of trades hold their number and average price in `extra`. Of others both are estimates: a trade for each 100
    shares, at the mean of high, low and close.
    """
    volume = bar.volume if bar.volume > 0.0 else 0.0  # NaN where the source has none
    if len(bar.extra) == 2:
        trades, vwap = int(bar.extra[0]), bar.extra[1]
    else:
        trades, vwap = math.ceil(volume / 100.0), (bar.high + bar.low + bar.close) / 3.0
    return Candle(bar.open_ns, bar.ts_ns, bar.open, bar.high, bar.low, bar.close, volume, trades, vwap)


def merged(one: Candle, later: Candle) -> Candle:
    """Return the bar over two bars of which the second follows the first."""
    volume = one.volume + later.volume
    traded = one.vwap * one.volume + later.vwap * later.volume
    vwap = traded / volume if volume > 0.0 else later.vwap
    high = one.high if one.high >= later.high else later.high
    low = one.low if one.low <= later.low else later.low
    return Candle(one.ts_ns, later.end_ns, one.open, high, low, later.close, volume, one.trades + later.trades, vwap)
