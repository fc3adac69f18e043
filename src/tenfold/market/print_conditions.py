"""Say what a print counts for in a bar, by the conditions that the tape gives it."""

from functools import lru_cache
from typing import Final

VOLUME_ONLY: Final = frozenset("CHINRUVW7")
"""Cash, price variation, odd lot, next day, seller, sold out of sequence, contingent, average price, qualified contingent."""

LATE: Final = frozenset("GLPUZ")
"""Bunched sold, sold last, prior reference price, sold out of sequence: traded some time before they are told, and stamped as they are."""

NOTHING: Final = frozenset("MQ9")
"""Official close, official open, corrected consolidated close: they repeat what other prints have told."""


@lru_cache(maxsize=4096)
def counts(conditions: str) -> tuple[bool, bool]:
    """Return whether a print counts for the prices and for the volume of its minute.

    After the tables of the consolidated tapes (UTP and CTA, sale conditions): the strictest of several conditions decides. Prints of the
    extended hours ("T") count, since minutes outside the session consist of them.
    """
    if not NOTHING.isdisjoint(conditions):
        return False, False
    return VOLUME_ONLY.isdisjoint(conditions), True
