"""Refuse prices that are far from the market; a market order has none."""

from tenfold.kernels.bounds import beyond_collar
from tenfold.risk.rules.finding import Finding


def collar(price: float, reference: float, frac_max: float) -> Finding | None:
    """Refuse a price further than a fraction from the reference (15c3-5(c)(1)(ii); RTS 6 Art. 15(1)(a), price collars)."""
    if not beyond_collar(price, reference, frac_max):
        return None
    return Finding("collar", abs(price - reference) / reference if reference > 0.0 else price, frac_max)


def band(price: float, low: float, high: float) -> Finding | None:
    """Refuse a price outside the limit up-limit down bands; bounds of 0 are not set, and outside of what is no number is every price."""
    if high != 0.0 and not price <= high:
        return Finding("band", price, high)
    if low != 0.0 and not price >= low:
        return Finding("band", price, low)
    return None
