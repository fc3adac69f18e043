"""Trade the calendar."""

from tenfold.indicators import Integer, State, fold


@fold(before=Integer(23, 28, default=26), after=Integer(1, 6, default=3), state=State(unused=int))
def turn_of_month(state, bar, params):
    """Long from day `before` of a month to day `after` of the next; abstain otherwise.

    J. Lakonishok and S. Smidt, Are Seasonal Anomalies Real? A Ninety-Year Perspective, Review of Financial
    Studies 1:4 (1988). Days of the calendar, not sessions: no later session needs to be known.
    """
    if bar.day >= params.before or bar.day <= params.after:
        return 1.0
    return 0.0
