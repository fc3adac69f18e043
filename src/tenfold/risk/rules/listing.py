"""Refuse what may not be traded at all, or not be sold short."""

from collections.abc import Container

from tenfold.risk.rules.finding import Finding


def restricted(symbol: str, listed: Container[str]) -> Finding | None:
    """Refuse a symbol of the restricted list (15c3-5(c)(2))."""
    return Finding("restricted", 1.0, 0.0) if symbol in listed else None


def unborrowable(shorts: bool, borrowable: bool) -> Finding | None:
    """Refuse a short sale of shares that cannot be borrowed (15c3-5(c)(2), Regulation SHO 203(b))."""
    return Finding("borrow", 1.0, 0.0) if shorts and not borrowable else None
