"""Trade the calendar."""

import math

from tenfold.indicators import MONTH, Frame, Integer, Real, State, clip, fold, frame, layout, window

Months = layout("Months", returns=window, count=int, mean=float)


@fold(before=Integer(23, 28, default=26), after=Integer(1, 6, default=3), state=State(unused=int))
def turn_of_month(state, bar, params):
    """Long from day `before` of a month to day `after` of the next; abstain otherwise.

    J. Lakonishok and S. Smidt, Are Seasonal Anomalies Real? A Ninety-Year Perspective, Review of Financial
    Studies 1:4 (1988). Days of the calendar, not sessions: no later session needs to be known.
    """
    if bar.day >= params.before or bar.day <= params.after:
        return 1.0
    return 0.0


@fold(first=Integer(9, 12, default=11), last=Integer(3, 6, default=4), state=State(unused=int))
def winter(state, bar, params):
    """Long from month `first` to month `last` of the next year; abstain in summer.

    S. Bouman and B. Jacobsen, The Halloween Indicator, "Sell in May and Go Away": Another Puzzle, American Economic
    Review 92:5 (2002).
    """
    if bar.month >= params.first or bar.month <= params.last:
        return 1.0
    return 0.0


@fold(
    strength=Real(4.0, 40.0, default=15.0),
    weight=Real(0.1, 1.0, default=0.4),
    state=State(month=Frame, past=Months(13), close=float, last=int),
)
def same_month(state, bar, params):
    """Long in calendar months that beat the average month in the years before, short in those that fell behind.

    S. Heston and R. Sadka, Seasonality in the Cross-Section of Stock Returns, Journal of Financial Economics 87:2 (2008).
    Each year moves the memory of its month by `weight`; without a year of history there is no score.
    """
    if frame(state.month, bar, MONTH):
        if state.close > 0.0:
            change = math.log(state.month.close / state.close)
            share = params.weight if state.past.count >= 12 else 1.0
            state.past.returns[state.last] += (change - state.past.returns[state.last]) * share
            state.past.count += 1
            state.past.mean += (change - state.past.mean) / min(state.past.count, 60)
        state.close = state.month.close
    state.last = bar.month
    if state.past.count < 12:
        return math.nan
    return clip(params.strength * (state.past.returns[bar.month] - state.past.mean))
