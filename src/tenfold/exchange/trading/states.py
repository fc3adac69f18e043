"""List how the status of an order changes by what happens to it: the state machine is this table."""

from typing import Final, Literal

from tenfold.domain.errors import InvariantError

Status = Literal[
    "new", "partially_filled", "filled", "done_for_day", "canceled", "expired", "replaced", "pending_cancel", "pending_replace",
    "accepted", "pending_new", "rejected", "suspended", "stopped", "calculated", "held",
]  # fmt: skip

UNROUTED: Final[frozenset[Status]] = frozenset({"accepted", "pending_new", "held"})
"""Not at a venue yet."""
WORKING: Final[frozenset[Status]] = frozenset(
    {"new", "partially_filled", "suspended", "stopped", "done_for_day", "calculated"}
)
PENDING: Final[frozenset[Status]] = frozenset({"pending_cancel", "pending_replace"})
LIVE: Final[frozenset[Status]] = UNROUTED | WORKING | PENDING
TERMINAL: Final[frozenset[Status]] = frozenset({"filled", "canceled", "expired", "replaced", "rejected"})
CANCELABLE: Final[frozenset[Status]] = LIVE - {"pending_replace"}
REPLACEABLE: Final[frozenset[Status]] = frozenset({"new", "partially_filled", "held", "done_for_day"})

BEFORE: Final = "before"
"""Stands in the table for the status that an order had before it was pending."""
SAME: Final = "same"
"""Stands in the table for no change of status."""

TABLE: Final[dict[str, tuple[frozenset[Status], Status | Literal["before", "same"]]]] = {
    # event of the stream: (from which status, to which)
    "accepted": (frozenset({"pending_new", "accepted"}), "accepted"),
    "pending_new": (frozenset({"pending_new", "accepted", "held"}), "pending_new"),
    "new": (UNROUTED | {"done_for_day", "calculated", "suspended"}, "new"),
    "rejected": (UNROUTED | {"new"}, "rejected"),
    "partial_fill": (LIVE | {"canceled", "expired"}, "partially_filled"),
    "fill": (LIVE | {"canceled", "expired"}, "filled"),
    "pending_cancel": (CANCELABLE - {"pending_cancel"}, "pending_cancel"),
    "canceled": (LIVE, "canceled"),
    "order_cancel_rejected": (frozenset({"pending_cancel", "filled"}), BEFORE),
    "pending_replace": (WORKING | {"held"}, "pending_replace"),
    "replaced": (WORKING | {"held", "pending_replace"}, "replaced"),
    "order_replace_rejected": (frozenset({"pending_replace", "filled"}), BEFORE),
    "expired": (LIVE, "expired"),
    "done_for_day": (WORKING, "done_for_day"),
    "suspended": (WORKING, "suspended"),
    "stopped": (WORKING, "stopped"),
    "calculated": (frozenset({"done_for_day"}), "calculated"),
    "restated": (LIVE, SAME),
    "trade_bust": (LIVE | TERMINAL, SAME),
    "trade_correct": (LIVE | TERMINAL, SAME),
}


def after(status: str, event: str, before: str) -> str:
    """Return the status after an event, `before` being the one before the order was pending; InvariantError where it may not happen.

    A fill in part that comes after the end leaves the order ended, one that comes while a cancel or a replace is pending leaves it pending.
    """
    allowed, then = TABLE[event]
    if status not in allowed:
        raise InvariantError(f"an order that is {status} cannot have the event {event}")
    if then == SAME:
        return status
    if then == BEFORE:
        return before if status in PENDING else status
    if event == "partial_fill" and (status in TERMINAL or status in PENDING):
        return status
    return then
