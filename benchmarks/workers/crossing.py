"""Declare the strategy of the benchmarks as a user would, in a file of its own."""

from tenfold.indicators import Integer, Mean, State, fold, mean, sign


@fold(fast=Integer(5, 60), slow=Integer(20, 300), state=State(fast=Mean, slow=Mean))
def crossing(state, bar, params):
    """Long while the fast mean of the close is above the slow one."""
    return sign(mean(state.fast, bar.close, params.fast) - mean(state.slow, bar.close, params.slow))
