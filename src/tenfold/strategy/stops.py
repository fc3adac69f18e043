"""Stay with a move until its stop is hit."""

import math

from tenfold.indicators import Integer, Real, Sar, State, Supertrend, fold, sar, supertrend


@fold(step=Real(0.005, 0.05, default=0.02), step_max=Real(0.05, 0.4, default=0.2), state=State(stop=Sar))
def parabolic(state, bar, params):
    """Long above the parabolic stop, short below it: always in the market, and turned by the stop alone.

    J. Welles Wilder, New Concepts in Technical Trading Systems (1978).
    """
    if math.isnan(sar(state.stop, bar.high, bar.low, params.step, params.step_max)):
        return math.nan
    return state.stop.side


@fold(
    length=Integer(5, 40, default=10),
    width=Real(1.0, 5.0, default=3.0),
    near=Real(0.2, 2.0, default=0.5),
    state=State(band=Supertrend),
)
def band_rider(state, bar, params):
    """Follow the side of the Supertrend, in full near its band where the stop is close, less the further away.

    O. Seban, Tout le monde mérite d'être riche (2008): enter on the way back to the band, not far from it.
    """
    line, side = supertrend(state.band, bar.high, bar.low, bar.close, params.length, params.width)
    if math.isnan(line):
        return math.nan
    spread = state.band.atr.mean.value
    if spread <= 0.0:
        return 0.0
    return side / (1.0 + params.near * abs(bar.close - line) / spread)
