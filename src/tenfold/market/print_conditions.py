"""Say what a print counts for in a bar, by the conditions that the tape gives it."""

from functools import lru_cache
from typing import Final

VOLUME_ONLY: Final = frozenset("CGHINPRUVWZ47")
"""Cash, bunched sold, price variation, odd lot, next day, prior reference price, seller, extended hours out of sequence, contingent, average price,
sold out of sequence, derivatively priced, qualified contingent: as Alpaca builds its minutes."""

_AVERAGE: Final = "B"
_NASDAQ: Final = "@"
"""What Nasdaq's tape calls a regular sale: there "B" is a bunched trade, on the other tapes an average price."""

LATE: Final = frozenset("GLPUZ")
"""Bunched sold, sold last, prior reference price, sold out of sequence: traded some time before they are told, and stamped as they are."""

NOTHING: Final = frozenset("MQ9")
"""Official close, official open, corrected consolidated close: they repeat what other prints have told."""


@lru_cache(maxsize=4096)
def counts(conditions: str) -> tuple[bool, bool]:
    """Return whether a print counts for the prices and for the volume of its minute.

    After Alpaca's table of how minutes are aggregated, by those of the consolidated tapes (UTP and CTA, sale conditions): the strictest of several
    conditions decides. Prints of the extended hours ("T") count, since minutes outside the session consist of them.
    """
    if not NOTHING.isdisjoint(conditions):
        return False, False
    averaged = _AVERAGE in conditions and _NASDAQ not in conditions
    return VOLUME_ONLY.isdisjoint(conditions) and not averaged, True
