"""Hold the states of an order as one table, which is also its documentation."""

from collections.abc import Mapping
from typing import Final

from tenfold.domain.errors import InvariantError
from tenfold.domain.order import OrderStatus as S

_FILLS: Final = frozenset({S.PARTIALLY_FILLED, S.FILLED})
_ENDS: Final = frozenset({S.CANCELED, S.EXPIRED, S.REPLACED})
_PENDING: Final = frozenset({S.PENDING_CANCEL, S.PENDING_REPLACE})

MOVES: Final[Mapping[S, frozenset[S]]] = {
    S.SUBMITTED: _FILLS | _ENDS | _PENDING | {S.ACCEPTED, S.REJECTED, S.UNKNOWN, S.ABANDONED},
    S.ACCEPTED: _FILLS
    | _ENDS
    | _PENDING
    | {S.REJECTED, S.UNKNOWN},  # refused even now: a venue may accept first and look then
    S.PARTIALLY_FILLED: _FILLS | _ENDS | _PENDING | {S.UNKNOWN},
    # what was asked for may be refused, or be overtaken by a fill; then the order is what it was before
    S.PENDING_CANCEL: _FILLS | _ENDS | {S.ACCEPTED, S.REJECTED, S.PENDING_REPLACE, S.UNKNOWN},
    S.PENDING_REPLACE: _FILLS | _ENDS | {S.ACCEPTED, S.REJECTED, S.PENDING_CANCEL, S.UNKNOWN},
    S.UNKNOWN: _FILLS | _ENDS | _PENDING | {S.ACCEPTED, S.REJECTED, S.ABANDONED},
    # a fill may overtake the confirmation of a cancel; it is always booked
    S.CANCELED: _FILLS,
    S.EXPIRED: _FILLS,
    S.REPLACED: _FILLS,
    # given up on proof that the venue never had it; should it appear all the same, it is taken up
    S.ABANDONED: _FILLS | _ENDS | _PENDING | {S.ACCEPTED, S.REJECTED},
    S.REJECTED: _FILLS,  # what stood for it before it was refused on other terms
    S.FILLED: frozenset(),
}
"""The states that may follow each state."""

WORKING: Final = frozenset({S.SUBMITTED, S.ACCEPTED, S.PARTIALLY_FILLED, S.UNKNOWN}) | _PENDING
"""States in which an order may still fill, so that its exposure stays reserved."""


def moved(before: S, after: S) -> S:
    """Return the new state, or raise where the table has no such move; the same state again is no move."""
    if before is after and after is not S.PARTIALLY_FILLED:
        return after
    if after not in MOVES[before]:
        raise InvariantError(f"an order cannot go from {before} to {after}")
    return after


def taken_back(before: S, filled: int) -> S:
    """Return the state after an execution was taken back: an order of which nothing is `filled` any more is one that was accepted."""
    return S.ACCEPTED if before is S.PARTIALLY_FILLED and filled <= 0 else before
