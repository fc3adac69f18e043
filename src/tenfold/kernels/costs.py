"""Price a fill: slippage on the price, then the fee in money units."""

import math

from tenfold.kernels.records import MONEY_LIMIT

FIXED = 0
HALF_SPREAD = 1
VOLUME_SHARE = 2
SQUARE_ROOT = 3

_TICKS_MAX = 9e15  # whole numbers beyond are no longer exact in float64
_IMPACT_MAX = 0.99  # a sale never fills below 1 % of the price


def fee_units(lots: int, unit: int, fee_frac: float, fee_per_lot: float, fee_minimum: float) -> int:
    """Return the fee of a fill of `lots` > 0 lots worth `unit` each, in money units, rounded to the nearest.

    `fee_per_lot` and `fee_minimum` are in money units; a minimum of 0 is none, so that a negative fee is paid out.
    """
    fee = float(lots * unit) * fee_frac + float(lots) * fee_per_lot
    if fee < fee_minimum and fee_minimum > 0.0:
        fee = fee_minimum
    if fee > MONEY_LIMIT:  # an integer that 64 bits can hold, and the account's check refuses
        fee = MONEY_LIMIT
    return math.floor(fee + 0.5)


def snapped(price: float, tick: float) -> float:
    """Return the nearest multiple of the tick, at least one tick; a price of too many ticks to count stays as it is."""
    if not price / tick < _TICKS_MAX:
        return price
    ticks = math.floor(price / tick + 0.5)
    if ticks < 1:
        ticks = 1
    return ticks * tick


def slipped(
    side: int, price: float, model: int, slippage_frac: float, impact: float, size: float, volume: float,
    bid: float, ask: float, range_frac: float,
) -> float:  # fmt: skip
    """Return the price after slippage; `side` is +1 for a buy, -1 for a sale.

    `size` is what fills and `volume` what the bar traded, both in shares; `bid` and `ask` are the quote at the bar's open
    (NaN without). The volume share model is zipline's: impact times the squared share of volume. The square root model is
    impact * volatility * sqrt(share), with `range_frac`, the bar's range over its open, for volatility (Almgren, Thum,
    Hauptmann and Li 2005; measured at 1/2 by Sato and Kanazawa 2024).
    """
    if model == FIXED:
        return price * (1.0 + side * slippage_frac)
    if model == HALF_SPREAD:
        if bid > 0.0 and ask >= bid:
            return price + side * (ask - bid) * 0.5
        return price * (1.0 + side * slippage_frac)
    share = size / volume if volume > 0.0 else 0.0
    moved = impact * range_frac * math.sqrt(share) if model == SQUARE_ROOT else impact * share * share
    if moved > _IMPACT_MAX:
        moved = _IMPACT_MAX
    return price * (1.0 + side * moved)
