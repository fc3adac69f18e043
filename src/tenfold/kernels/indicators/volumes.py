"""Weigh prices with volume, one bar at a time.

A volume of NaN (FX) poisons these sums: a fold asks `math.isnan(bar.volume)` first and abstains.
"""

import math
from typing import Any, Final

from tenfold.kernels.layout import layout, window

Obv: Final = layout("Obv", count=int, close=float, total=float)
Mfi: Final = layout("Mfi", count=int, index=int, price=float, rise=float, fall=float, flows=window)
Vwap: Final = layout("Vwap", session=int, money=float, volume=float)
MoneyFlow: Final = layout("MoneyFlow", count=int, index=int, flow=float, volume=float, flows=window, volumes=window)


def obv(state: Any, close: float, volume: float) -> float:
    """Return the on-balance volume: the volume of rising bars minus that of falling bars.

    J. Granville, New Key to Stock Market Profits (1963). Starts from the first bar's volume, as TA-Lib does.
    Warm after 1 bar.
    """
    if state.count == 0 or close > state.close:
        state.total += volume
    elif close < state.close:
        state.total -= volume
    state.count = 1
    state.close = close
    return state.total


def mfi(state: Any, high: float, low: float, close: float, volume: float, length: int) -> float:
    """Return the money flow index in [0, 100]: an RSI over price times volume; 50 where no money flowed.

    G. Quong and A. Soudack, Volume-weighted RSI: Money Flow, Stocks & Commodities 7:3 (1989).
    Warm after length + 1 bars.
    """
    price = (high + low + close) / 3.0
    change = price - state.price
    state.price = price
    if state.count == 0:
        state.count = 1
        return math.nan
    flow = price * volume if change > 0.0 else (-price * volume if change < 0.0 else 0.0)
    oldest = state.flows[state.index]
    state.flows[state.index] = flow
    state.index += 1
    state.rise += max(flow, 0.0) - max(oldest, 0.0)
    state.fall += max(-flow, 0.0) - max(-oldest, 0.0)
    if state.index == length:
        state.index = 0
        _flows_afresh(state, length)
    if state.count < length:
        state.count += 1
        return math.nan
    total = state.rise + state.fall
    if total <= 0.0:
        return 50.0
    return 100.0 * (state.rise / total)


def _flows_afresh(state: Any, length: int) -> None:
    state.rise = 0.0
    state.fall = 0.0
    for i in range(length):
        state.rise += max(state.flows[i], 0.0)
        state.fall += max(-state.flows[i], 0.0)


def vwap(state: Any, price: float, volume: float, session: int) -> float:
    """Return the volume-weighted average price since the session began; the price itself before any volume.

    Warm after 1 bar.
    """
    if session != state.session:
        state.session = session
        state.money = 0.0
        state.volume = 0.0
    state.money += price * volume
    state.volume += volume
    if state.volume <= 0.0:
        return price
    return state.money / state.volume


def money_flow(state: Any, high: float, low: float, close: float, volume: float, length: int) -> float:
    """Return Chaikin's money flow in [-1, 1]: volume weighted by where in its range each bar closed.

    Warm after length bars.
    """
    place = 0.0
    if high > low:
        place = ((close - low) - (high - close)) / (high - low)
    flow = place * volume
    index = state.index
    state.flow += flow - state.flows[index]
    state.volume += volume - state.volumes[index]
    state.flows[index] = flow
    state.volumes[index] = volume
    state.index = index + 1
    if state.index == length:
        state.index = 0
        state.flow = 0.0
        state.volume = 0.0
        for i in range(length):
            state.flow += state.flows[i]
            state.volume += state.volumes[i]
    if state.count < length - 1:
        state.count += 1
        return math.nan
    if state.volume <= 0.0:
        return 0.0
    return state.flow / state.volume
