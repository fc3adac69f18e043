"""Hold the states of an order as one table, which is also its documentation."""

from collections.abc import Mapping
from typing import Final

from tenfold.domain.errors import InvariantError
from tenfold.domain.order import OrderStatus as S

MOVES: Final[Mapping[S, frozenset[S]]] = {
    S.SUBMITTED: frozenset({S.ACCEPTED, S.PARTIALLY_FILLED, S.FILLED, S.CANCELED, S.REJECTED, S.EXPIRED, S.UNKNOWN}),
    S.ACCEPTED: frozenset({S.PARTIALLY_FILLED, S.FILLED, S.CANCELED, S.EXPIRED, S.REJECTED, S.UNKNOWN}),
    S.PARTIALLY_FILLED: frozenset({S.PARTIALLY_FILLED, S.FILLED, S.CANCELED, S.EXPIRED, S.UNKNOWN}),
    S.UNKNOWN: frozenset({S.ACCEPTED, S.PARTIALLY_FILLED, S.FILLED, S.CANCELED, S.REJECTED, S.EXPIRED}),
    # a fill may overtake the confirmation of a cancel; it is always booked
    S.CANCELED: frozenset({S.PARTIALLY_FILLED, S.FILLED}),
    S.EXPIRED: frozenset({S.PARTIALLY_FILLED, S.FILLED}),
    S.FILLED: frozenset(),
    S.REJECTED: frozenset(),
}
"""The states that may follow each state."""

WORKING: Final = frozenset({S.SUBMITTED, S.ACCEPTED, S.PARTIALLY_FILLED, S.UNKNOWN})
"""States in which an order may still fill, so that its exposure stays reserved."""


def moved(before: S, after: S) -> S:
    """Return the new state, or raise where the table has no such move; the same state again is no move."""
    if before is after and after is not S.PARTIALLY_FILLED:
        return after
    if after not in MOVES[before]:
        raise InvariantError(f"an order cannot go from {before} to {after}")
    return after
