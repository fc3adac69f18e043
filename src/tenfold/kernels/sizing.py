"""Size a position as a fraction of equity, and keep the running estimates that it needs."""

import math

QUANTITY = 0
FRACTION = 1
VOLATILITY = 2
KELLY = 3


def smoothed(estimate: float, value: float, count: int, window: int) -> float:
    """Return the running average after one more value: plain over the first `window`, then exponential.

    `count` is the number of values before this one; the weight of a new value is 1 / min(count + 1, window).
    """
    span = count + 1 if count + 1 < window else window
    return estimate + (value - estimate) / span


def true_range(high: float, low: float, before: float) -> float:
    """Return the range of a bar together with the close before it, 0 for none (Wilder 1978)."""
    top = before if before > high else high
    bottom = before if 0.0 < before < low else low
    return top - bottom


def exit_fraction(frac: float, multiple: float, average: float, close: float) -> float:
    """Return how far an exit stands, as a fraction of the price: `frac`, or a multiple of the average true range."""
    return multiple * average / close if multiple > 0.0 and close > 0.0 else frac


def target_fraction(
    method: int,
    fraction: float,
    cap: float,
    window: int,
    periods: float,
    symbols: int,
    count: int,
    variance: float,
    edge_count: int,
    edge: float,
) -> float:
    """Return the size of a position as a fraction of equity; 0 until the estimates have seen `window` bars.

    Fraction: as given, or where that is 0 an equal share for each symbol.
    Volatility: the annual target over the symbol's annual volatility, divided evenly over the symbols. Kelly:
    `fraction` * mean / variance of the vote's own returns on the symbol (Kelly 1956, continuous form), never negative.
    """
    if method == FRACTION:
        return fraction if fraction > 0.0 else 1.0 / symbols
    if count < window or variance <= 0.0:
        return 0.0
    if method == VOLATILITY:
        size = fraction / math.sqrt(variance * periods) / symbols
    else:
        size = fraction * edge / variance if edge_count >= window and edge > 0.0 else 0.0
    return size if size < cap else cap
