"""Bound what is at risk: cut a position's notional, and say when a breaker trips."""

import math

NOTHING = 0
POSITION = 1
GROSS = 2
LEVERAGE = 3
NET = 4
MARGIN = 5
CONCENTRATION = 6
POSITIONS = 7  # from here on limits keep new risk out, and leave what is held
CORRELATION = 8
ORDER = 9
COLLAR = 10

DAILY_LOSS = 1
DRAWDOWN = 2
MAINTENANCE = 3
RUIN = 4
HALT = 5
LOSSES = 6
SLIPPAGE = 7
REJECTS = 8
QUALITY = 9
DIFFERENCES = 10

OPEN = 0  # what a breaker does, each step together with those before
STOPPED = 1  # nothing is opened
CANCELED = 2  # what works to open is cancelled
REDUCED = 3  # half of each position is closed
FLAT = 4  # all of it


def bounded(
    notional: float, equity: float, others: float, position_frac: float, gross_frac: float, leverage: float
) -> tuple[float, int]:
    """Return the notional allowed and the rule that cut it; limits of 0 are not set, `leverage` always is.

    `others` is the gross value committed to all other symbols, working orders included.
    """
    allowed = notional
    rule = NOTHING
    if position_frac > 0.0 and allowed > position_frac * equity:
        allowed = position_frac * equity
        rule = POSITION
    if gross_frac > 0.0 and allowed > gross_frac * equity - others:
        allowed = gross_frac * equity - others
        rule = GROSS
    if allowed > leverage * equity - others:
        allowed = leverage * equity - others
        rule = LEVERAGE
    if allowed < 0.0:
        allowed = 0.0
    return allowed, rule


def bounded_beside(
    notional: float, side: int, held: float, equity: float, gross: float, net: float, squares: float, count: int,
    correlation: float, net_frac: float, margin_frac: float, concentration: float, positions: int, correlation_max: float,
) -> tuple[float, int]:  # fmt: skip
    """Return the notional allowed on one side beside all other positions, and the rule that cut it; limits of 0 are not set.

    `held` is what is held on that side already. Of the other symbols, working orders included: `gross` and signed `net`
    value, `squares` of the values added up, `count` of positions, and mean `correlation` with them. How many there are and
    how alike they are keeps new risk out and leaves what is held.
    """
    allowed = notional
    rule = NOTHING
    if net_frac > 0.0 and allowed > net_frac * equity - side * net:
        allowed = net_frac * equity - side * net
        rule = NET
    if margin_frac > 0.0 and allowed > equity / margin_frac - gross:
        allowed = equity / margin_frac - gross
        rule = MARGIN
    if concentration > 0.0:
        room = concentration * equity * equity - squares
        most = math.sqrt(room) if room > 0.0 and equity > 0.0 else 0.0
        if allowed > most:
            allowed = most
            rule = CONCENTRATION
    if positions > 0 and count >= positions and allowed > held:
        allowed = held
        rule = POSITIONS
    if correlation_max > 0.0 and count > 0 and not correlation <= correlation_max and allowed > held:
        allowed = held
        rule = CORRELATION
    if allowed < 0.0:
        allowed = 0.0
    return allowed, rule


def kept_lots(side: int, lots: int, pending: int) -> int:
    """Return the lots that are held on a side and are not on their way out."""
    held = side * lots
    stays = side * (lots + pending)
    least = held if held < stays else stays
    return least if least > 0 else 0


def order_most(notional: float, unit: float, lots: int) -> int:
    """Return the most lots of one order by value (0 is no limit) and by number (0 no limit, negative none), or -1 for any."""
    most = -1
    if lots != 0:
        most = lots if lots > 0 else 0
    if notional > 0.0:
        worth = notional / unit
        if most < 0 or worth < float(most):
            most = math.floor(worth) if worth < 2147483648.0 else 2147483648
    return most


def order_cut(target: int, held: int, most: int) -> int:
    """Return the lots of a target that one order of `most` lots can come to; what closes is never cut.

    `held` are the lots on the target's side, negative where the position is on the other one.
    """
    reach = held + most if held + most > 0 else 0
    return target if target <= reach else reach


def beyond_collar(price: float, reference: float, frac_max: float) -> bool:
    """Say whether a price is further than a fraction from its reference; what is no number is."""
    return not abs(price - reference) <= frac_max * reference


def loss_frac(now: float, before: float) -> float:
    """Return the loss from `before` to `now` as a fraction of `before`."""
    return 0.0 if before <= 0.0 else (before - now) / before


def breaker(
    equity: float,
    day_start: float,
    peak: float,
    gross: float,
    daily_loss: float,
    drawdown: float,
    maintenance: float,
) -> int:
    """Return the breaker that trips, or 0; limits of 0 are not set, and what is no number trips."""
    if not equity > 0.0:
        return RUIN
    if maintenance > 0.0 and not equity >= maintenance * gross:
        return MAINTENANCE
    if daily_loss > 0.0 and not loss_frac(equity, day_start) < daily_loss:
        return DAILY_LOSS
    if drawdown > 0.0 and not loss_frac(equity, peak) < drawdown:
        return DRAWDOWN
    return NOTHING


def step_of(used: float, stop: float, cancel: float, reduce: float, flatten: float) -> int:
    """Return what a breaker does once so much of its limit is used; what is no number does all."""
    if not used < flatten:
        return FLAT
    if not used < reduce:
        return REDUCED
    if not used < cancel:
        return CANCELED
    return OPEN if used < stop else STOPPED
