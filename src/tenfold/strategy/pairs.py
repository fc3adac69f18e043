"""Trade two symbols against each other."""

import math

from tenfold.indicators import Integer, Real, State, Variance, panel_fold, zscore


@panel_fold(
    length=Integer(20, 250, default=120),
    entry=Real(1.0, 3.0, default=2.0),
    exit=Real(0.0, 0.9, default=0.5),
    state=State(spread=Variance, side=float, known=int),
)
def pairs(states, bars, params, scores):
    """Sell the dearer and buy the cheaper of two symbols whose ratio left its mean by `entry` deviations.

    E. Gatev, W. Goetzmann and K. Rouwenhorst, Pairs Trading: Performance of a Relative-Value Arbitrage Rule, Review of
    Financial Studies 19:3 (2006). Symbols are paired in their order: first with second, third with fourth; an odd one out
    abstains. The side is kept until the ratio is back within `exit` deviations, and while one of the two has no bar.
    """
    for i in range(len(bars)):
        scores[i] = 0.0 if not bars[i].flags & 7 else math.nan
    for pair in range(len(bars) // 2):
        i, j = 2 * pair, 2 * pair + 1
        if not bars[i].flags & 7 and not bars[j].flags & 7:
            apart = zscore(states[i].spread, math.log(bars[i].close / bars[j].close), params.length)
            if apart >= params.entry:
                states[i].side = -1.0
            elif apart <= -params.entry:
                states[i].side = 1.0
            elif abs(apart) <= params.exit:
                states[i].side = 0.0
            states[i].known += not math.isnan(apart)
        else:
            states[i].known += 1  # alone there is nothing to trade, which is known at once
        side = states[i].side if states[i].known > 0 else math.nan
        scores[i] += side
        scores[j] -= side
