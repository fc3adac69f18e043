"""Refuse entries on what is too old, on a clock that is off, and beside orders of which nobody knows."""

from tenfold.domain.units import NS_PER_SECOND
from tenfold.risk.rules.finding import Finding


def stale(age_ns: int, seconds_max: float) -> Finding | None:
    """Refuse on a quote older than so many seconds (FIA, stale data; RTS 6 Art. 15)."""
    age = age_ns / NS_PER_SECOND
    return None if age <= seconds_max else Finding("stale", age, seconds_max)


def clock(offset_ns: int, seconds_max: float) -> Finding | None:
    """Refuse while this clock and the venue's are further apart (RTS 25 Art. 2; FINRA 4590)."""
    offset = abs(offset_ns) / NS_PER_SECOND
    return None if offset <= seconds_max else Finding("clock", offset, seconds_max)


def unknown(count: int, most: int) -> Finding | None:
    """Refuse beside more orders of unknown fate than allowed: each may have filled (15c3-5(c)(1)(i), all orders counted)."""
    return None if count <= most else Finding("unknown", float(count), float(most))
