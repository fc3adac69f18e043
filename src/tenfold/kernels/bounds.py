"""Bound what is at risk: cut a position's notional, and say when a breaker trips."""

NOTHING = 0
POSITION = 1
GROSS = 2
LEVERAGE = 3

DAILY_LOSS = 1
DRAWDOWN = 2
MAINTENANCE = 3
RUIN = 4
HALT = 5


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


def loss_frac(now: float, before: float) -> float:
    """Return the loss from `before` to `now` as a fraction of `before`."""
    return (before - now) / before if before > 0.0 else 0.0


def breaker(
    equity: float,
    day_start: float,
    peak: float,
    gross: float,
    daily_loss: float,
    drawdown: float,
    maintenance: float,
) -> int:
    """Return the breaker that trips, or 0; limits of 0 are not set."""
    if equity <= 0.0:
        return RUIN
    if maintenance > 0.0 and equity < maintenance * gross:
        return MAINTENANCE
    if daily_loss > 0.0 and loss_frac(equity, day_start) >= daily_loss:
        return DAILY_LOSS
    if drawdown > 0.0 and loss_frac(equity, peak) >= drawdown:
        return DRAWDOWN
    return NOTHING
