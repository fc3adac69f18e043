"""Refuse what the venue would not let be opened."""

from tenfold.risk.rules.finding import Finding


def buying_power(adds: int, left: int) -> Finding | None:
    """Refuse an order that opens more than the venue's buying power, money units (15c3-5(c)(1)(i), credit threshold)."""
    return None if adds <= left else Finding("buying_power", float(adds), float(left))
