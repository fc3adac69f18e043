"""A strategy in a file of its own: try `tenfold check examples/my_crossing.py`."""

from tenfold.indicators import Ema, Integer, State, ema, fold, sign


@fold(fast=Integer(5, 60), slow=Integer(20, 250), state=State(fast=Ema, slow=Ema))
def my_crossing(state, bar, params):
    """Long while the fast exponential mean of the close is above the slow one, short below."""
    return sign(ema(state.fast, bar.close, params.fast) - ema(state.slow, bar.close, params.slow))
