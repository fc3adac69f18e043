"""Refuse entries where the market is shut, paused, or not seen well enough."""

from tenfold.risk.rules.finding import Finding


def halted(is_halted: bool) -> Finding | None:
    """Refuse while trading is halted or paused (15c3-5(c)(2); the limit up-limit down plan)."""
    return Finding("halted", 1.0, 0.0) if is_halted else None


def closed(is_open: bool) -> Finding | None:
    """Refuse outside the session (15c3-5(c)(2))."""
    return None if is_open else Finding("session", 0.0, 1.0)


def unfit(is_fit: bool) -> Finding | None:
    """Refuse where the data of the symbol cannot be traded on (RTS 6 Art. 15, market data that do not make sense)."""
    return None if is_fit else Finding("unfit_data", 0.0, 1.0)


def reconciling(underway: bool) -> Finding | None:
    """Refuse while what the venue has is compared with what we know (RTS 6 Art. 17)."""
    return Finding("reconciling", 1.0, 0.0) if underway else None
