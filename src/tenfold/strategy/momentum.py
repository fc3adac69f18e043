"""Buy what has risen over months, leaving out the last one."""

import math

from tenfold.indicators import (
    Delay,
    Integer,
    Mean,
    Real,
    State,
    Variance,
    clip,
    delayed,
    fold,
    mean,
    sample_deviation,
    sign,
)


@fold(
    length=Integer(60, 300, default=252),
    skip=Integer(1, 40, default=21),
    full_at=Real(0.25, 3.0, default=1.0),
    state=State(now=Delay, then=Delay(300), spread=Variance(300), last=float),
)
def skip_month(state, bar, params):
    """Take the return from `length` to `skip` bars ago in units of its own volatility; full size at `full_at`.

    N. Jegadeesh and S. Titman, Returns to Buying Winners and Selling Losers, Journal of Finance 48:1 (1993);
    T. Moskowitz, Y. Ooi and L. Pedersen, Time Series Momentum, Journal of Financial Economics 104:2 (2012).
    """
    level = math.log(bar.close)
    step = 0.0 if state.last == 0.0 else level - state.last
    state.last = level
    now = delayed(state.now, level, params.skip)
    then = delayed(state.then, level, params.length)
    risk = sample_deviation(state.spread, step, params.length) * math.sqrt(float(params.length - params.skip))
    if math.isnan(then) or math.isnan(now) or math.isnan(risk):
        return math.nan
    if risk <= 0.0:
        return 0.0
    return clip((now - then) / (risk * params.full_at))


@fold(
    length=Integer(20, 250, default=120),
    strength=Real(2.0, 12.0, default=6.0),
    state=State(past=Delay, days=Mean, last=float),
)
def steady_climb(state, bar, params):
    """Follow a move that came in many small steps; abstain from one that came in a few jumps.

    Z. Da, U. Gurun and M. Warachka, Frog in the Pan: Continuous Information and Momentum, Review of Financial Studies
    27:7 (2014). The score is the share of rising less that of falling bars where the whole move agrees with it.
    """
    level = math.log(bar.close)
    step = 0.0 if state.last == 0.0 else level - state.last
    state.last = level
    move = level - delayed(state.past, level, params.length)
    balance = mean(state.days, sign(step), params.length)
    if math.isnan(move):
        return math.nan
    return clip(params.strength * balance) if move * balance > 0.0 else 0.0
