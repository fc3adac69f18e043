"""Rank symbols against each other."""

import math

from tenfold.indicators import Delay, Integer, Real, State, delayed, panel_fold


def place_among(states, i):
    """Return where symbol i stands among all that changed, 0 lowest to 1 highest; ties share a place."""
    below, others = 0.0, 0.0
    for j in range(len(states)):
        if j != i and not math.isnan(states[j].change):
            others += 1.0
            if states[j].change < states[i].change:
                below += 1.0
            elif states[j].change == states[i].change:
                below += 0.5
    if others < 2.0:
        return 0.5
    return below / others


@panel_fold(
    length=Integer(20, 300, default=126),
    share=Real(0.1, 0.5, default=0.3),
    state=State(past=Delay, change=float),
)
def relative_strength(states, bars, params, scores):
    """Long the `share` of symbols that rose most over `length` bars, short the `share` that rose least.

    N. Jegadeesh and S. Titman, Returns to Buying Winners and Selling Losers, Journal of Finance 48:1 (1993).
    Full size at the ends of the ranking, half at the edge of the share; a symbol without a bar is left out, and
    with fewer than three symbols everybody abstains.
    """
    for i in range(len(bars)):
        states[i].change = math.nan
        if not bars[i].flags & 7:
            past = delayed(states[i].past, bars[i].close, params.length)
            if past > 0.0:
                states[i].change = bars[i].close / past - 1.0
    for i in range(len(bars)):
        if math.isnan(states[i].change):
            scores[i] = math.nan
            continue
        place = place_among(states, i)
        scores[i] = 0.0
        if place >= 1.0 - params.share and place > 0.5:
            scores[i] = 0.5 + 0.5 * (place - 1.0 + params.share) / params.share
        elif place <= params.share and place < 0.5:
            scores[i] = -0.5 - 0.5 * (params.share - place) / params.share
