"""Count the bars that a year of a market has which are yet to come."""

from collections.abc import Sequence
from typing import Final

from tenfold.app.journal_head import RunMarket
from tenfold.domain.instrument import Instrument
from tenfold.domain.units import NS_PER_DAY, NS_PER_MINUTE

DAYS_A_YEAR: Final = 252.0
_SESSION_MINUTES: Final = 390
_OPENS: Final = (810, 870)
"""Minutes from midnight UTC to the open, in summer and in winter."""


def market_of(
    instruments: Sequence[Instrument], period_ns: int, *, closes: bool, bare: bool, halves: bool = False
) -> RunMarket:
    """Return what a run depends on of a market; a `bare` one was begun before lengths were kept, and goes on with the minutes of a year by which it counts.

    Of days that are decided on before they close there are two `halves` each.
    """
    if bare and closes and period_ns < NS_PER_DAY:
        return RunMarket(tuple(instruments), DAYS_A_YEAR * _SESSION_MINUTES * NS_PER_MINUTE / period_ns)
    periods = _periods_a_year(period_ns // NS_PER_MINUTE) if closes else 365.25 * NS_PER_DAY / period_ns
    parts = 2.0 if halves and not bare else 1.0
    return RunMarket(tuple(instruments), parts * periods, length_ns=0 if bare else period_ns)


def _periods_a_year(minutes: int) -> float:
    """Return how many bars a year has as they are gathered: from midnight UTC on, so that a session begins and ends within one, and a day is one."""
    if minutes * NS_PER_MINUTE == NS_PER_DAY:
        return DAYS_A_YEAR
    counts = [-(-(opens + _SESSION_MINUTES) // minutes) - opens // minutes for opens in _OPENS]
    return DAYS_A_YEAR * sum(counts) / len(counts)
