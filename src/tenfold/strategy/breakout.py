"""Buy new highs, sell new lows."""

import math

from tenfold.indicators import Atr, Donchian, Integer, Real, State, atr, donchian, fold


@fold(
    entry=Integer(10, 120, default=55),
    exit=Integer(5, 60, default=20),
    state=State(
        entry=Donchian, exit=Donchian, upper=float, lower=float, exit_upper=float, exit_lower=float, side=float
    ),
)
def channel(state, bar, params):
    """Enter where the close leaves the channel of the previous `entry` bars; leave at the opposite side of `exit` bars.

    R. Donchian's rule as the Turtles traded it: C. Faith, Way of the Turtle (2007).
    """
    upper, lower = state.upper, state.lower
    exit_upper, exit_lower = state.exit_upper, state.exit_lower
    state.upper, _, state.lower = donchian(state.entry, bar.high, bar.low, params.entry)
    state.exit_upper, _, state.exit_lower = donchian(state.exit, bar.high, bar.low, params.exit)
    # Zero is the initial state: before the first channel there is none, which is no price of 0.
    if math.isnan(upper) or math.isnan(exit_upper) or upper <= 0.0 or exit_upper <= 0.0:
        return math.nan
    if bar.close > upper:
        state.side = 1.0
    elif bar.close < lower:
        state.side = -1.0
    elif (state.side > 0.0 and bar.close < exit_lower) or (state.side < 0.0 and bar.close > exit_upper):
        state.side = 0.0
    return state.side


@fold(
    length=Integer(3, 30, default=10),
    factor=Real(0.5, 2.5, default=1.0),
    hold=Integer(1, 10, default=3),
    state=State(range=Atr, usual=float, close=float, left=int, side=float),
)
def range_expansion(state, bar, params):
    """Follow a close that lies `factor` average true ranges from the one before, for `hold` bars.

    L. Williams, Long-Term Secrets to Short-Term Trading (1999): volatility breakout.
    """
    usual, before = state.usual, state.close
    state.usual = atr(state.range, bar.high, bar.low, bar.close, params.length)
    state.close = bar.close
    if math.isnan(state.usual) or math.isnan(usual) or before <= 0.0:
        return math.nan
    state.left = max(state.left - 1, 0)
    if usual > 0.0 and abs(bar.close - before) >= params.factor * usual:
        state.left = params.hold
        state.side = 1.0 if bar.close > before else -1.0
    return state.side if state.left > 0 else 0.0
