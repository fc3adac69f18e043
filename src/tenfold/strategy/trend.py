"""Follow trends."""

from tenfold.indicators import Integer, Mean, State, fold, mean, sign


@fold(fast=Integer(5, 60), slow=Integer(20, 250), state=State(fast=Mean, slow=Mean))
def crossing(state, bar, params):
    """Long while the fast mean of the close is above the slow one, short below."""
    return sign(mean(state.fast, bar.close, params.fast) - mean(state.slow, bar.close, params.slow))
