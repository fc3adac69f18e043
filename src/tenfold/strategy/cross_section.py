"""Rank symbols against each other."""

import math

from tenfold.indicators import (
    Delay,
    EwmVariance,
    Integer,
    Mean,
    Real,
    State,
    Variance,
    clip,
    delayed,
    ewm_volatility,
    mean,
    panel_fold,
    variance,
)


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


def score_of_place(states, i, share):
    """Return the score of symbol i by its place: 1 highest, -1 lowest, half at the edge of the share, 0 between."""
    if math.isnan(states[i].change):
        return math.nan
    place = place_among(states, i)
    if place >= 1.0 - share and place > 0.5:
        return 0.5 + 0.5 * (place - 1.0 + share) / share
    if place <= share and place < 0.5:
        return -0.5 - 0.5 * (share - place) / share
    return 0.0


def take_changes(states, bars):
    """Put the change of each symbol's log close into its state, NaN where it has none; return their mean.

    With fewer than three of them there is no market to compare with, and the mean is NaN.
    """
    total, count = 0.0, 0.0
    for i in range(len(bars)):
        states[i].change = math.nan
        if not bars[i].flags & 7:
            level = math.log(bars[i].close)
            if states[i].started == 1:
                states[i].change = level - states[i].level
                total += states[i].change
                count += 1.0
            states[i].started = 1
            states[i].level = level
    return total / count if count >= 3.0 else math.nan


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
        scores[i] = score_of_place(states, i, params.share)


@panel_fold(
    length=Integer(20, 250, default=120),
    full_at=Real(0.5, 4.0, default=1.5),
    state=State(spread=Variance, started=int, level=float, change=float),
)
def residual_momentum(states, bars, params, scores):
    """Follow what rose or fell against the average of all symbols steadily: the mean of that in units of its error.

    D. Blitz, J. Huij and M. Martens, Residual Momentum, Journal of Empirical Finance 18:3 (2011). Full size where the mean
    lies `full_at` standard errors from zero; with fewer than three symbols everybody abstains.
    """
    market = take_changes(states, bars)
    for i in range(len(bars)):
        scores[i] = math.nan
        if math.isnan(states[i].change):
            continue
        if math.isnan(market):
            scores[i] = 0.0 if states[i].spread.count >= params.length else math.nan
            continue
        square = variance(states[i].spread, states[i].change - market, params.length)
        if square > 1e-16:
            error = math.sqrt(square / params.length)
            scores[i] = clip(states[i].spread.mean / (error * params.full_at))
        elif not math.isnan(square):
            scores[i] = 0.0


@panel_fold(
    length=Integer(1, 15, default=5),
    full_at=Real(0.5, 3.0, default=1.5),
    state=State(recent=Mean, started=int, level=float, change=float),
)
def short_reversal(states, bars, params, scores):
    """Buy what lost most against the average of all symbols over `length` bars, sell what gained most.

    B. Lehmann, Fads, Martingales, and Market Efficiency, Quarterly Journal of Economics 105:1 (1990). Full size at `full_at`
    times the mean distance; with fewer than three symbols everybody abstains.
    """
    market = take_changes(states, bars)
    total, count = 0.0, 0.0
    for i in range(len(bars)):
        if not math.isnan(states[i].change) and not math.isnan(market):
            states[i].change = mean(states[i].recent, states[i].change - market, params.length)
            if not math.isnan(states[i].change):
                total += abs(states[i].change)
                count += 1.0
    for i in range(len(bars)):
        scores[i] = states[i].change * 0.0
        if states[i].recent.count < params.length:
            scores[i] = math.nan
        elif total > 1e-12:
            scores[i] = clip(-states[i].change * count / (total * params.full_at))


@panel_fold(
    length=Integer(10, 120, default=40),
    share=Real(0.1, 0.5, default=0.4),
    state=State(risk=EwmVariance, started=int, level=float, change=float),
)
def low_volatility(states, bars, params, scores):
    """Long the `share` of symbols that moved least, short the `share` that moved most.

    D. Blitz and P. van Vliet, The Volatility Effect: Lower Risk without Lower Return, Journal of Portfolio Management 34:1
    (2007). Sizes and absences are those of `relative_strength`.
    """
    take_changes(states, bars)
    for i in range(len(bars)):
        if not math.isnan(states[i].change):
            states[i].change = -ewm_volatility(states[i].risk, states[i].change, params.length)
    for i in range(len(bars)):
        scores[i] = score_of_place(states, i, params.share)


@panel_fold(
    length=Integer(20, 250, default=100),
    threshold=Real(0.0, 0.6, default=0.2),
    state=State(trend=Mean),
)
def breadth(states, bars, params, scores):
    """Long everything while most symbols are above their mean, short while most are below; abstain between.

    The score is the share above less the share below, 0 within `threshold`. M. Zweig, Winning on Wall Street (1986).
    """
    total, count = 0.0, 0.0
    for i in range(len(bars)):
        scores[i] = math.nan
        if not bars[i].flags & 7:
            level = mean(states[i].trend, bars[i].close, params.length)
            if not math.isnan(level):
                scores[i] = 0.0
                total += 1.0 if bars[i].close > level else (-1.0 if bars[i].close < level else 0.0)
                count += 1.0
    if count > 0.0 and abs(total) > params.threshold * count:
        for i in range(len(bars)):
            scores[i] += total / count
