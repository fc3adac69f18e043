"""Name what happens in an order book; prices and quantities are integers of whatever unit the book is kept in."""

from typing import Final, Literal

import msgspec

CancelReason = Literal["asked", "self_match", "unfilled", "killed", "full"]
RejectReason = Literal["unknown", "duplicate", "would_trade", "invalid"]
Amendment = Literal["moved", "kept", "refreshed"]


class Added(msgspec.Struct, frozen=True, gc=False):
    """Say that an order rests now, with `qty` left, of which `shown` can be seen."""

    order_id: int
    side: int
    price: int
    qty: int
    shown: int


class Traded(msgspec.Struct, frozen=True, gc=False):
    """Say that an incoming order, the taker, traded with one that rested, the maker, at its price; `side` is the taker's."""

    maker_id: int
    taker_id: int
    side: int
    price: int
    qty: int
    maker_left: int
    taker_left: int


class Canceled(msgspec.Struct, frozen=True, gc=False):
    """Say that `qty` of an order was taken off, and `left` remains; a market order has price 0.

    `reason`: "asked"; "self_match" with an order of the same owner; "unfilled", what nobody took of a market or ioc order;
    "killed", a fok order that could not fill whole; "full", its level held all that can be counted.
    """

    order_id: int
    side: int
    price: int
    qty: int
    left: int
    reason: CancelReason


class Amended(msgspec.Struct, frozen=True, gc=False):
    """Say that an order has this price and `qty` left now, of which `shown` can be seen.

    `place`: "kept", it stays where it stood; "moved", it arrives anew (and may trade next); "refreshed", the peak of
    an iceberg was filled up, at the end of the queue.
    """

    order_id: int
    side: int
    price: int
    qty: int
    shown: int
    place: Amendment


class Rejected(msgspec.Struct, frozen=True, gc=False):
    """Say that nothing came of an operation.

    `reason`: "unknown" order; "duplicate" id of one that rests; "would_trade" though it is post-only; "invalid" side, price or
    quantity.
    """

    order_id: int
    reason: RejectReason


BookEvent = Added | Traded | Canceled | Amended | Rejected

_CANCELED: Final[tuple[CancelReason, ...]] = ("asked", "self_match", "unfilled", "killed", "full")
_REJECTED: Final[tuple[RejectReason, ...]] = ("unknown", "duplicate", "would_trade", "invalid")
_AMENDED: Final[tuple[Amendment, ...]] = ("moved", "kept", "refreshed")


def event_of(row: tuple[int, ...]) -> BookEvent:
    """Return the event that a row of `book_arrays.EVENT` holds."""
    kind, order_id, other_id, side, price, qty, left, detail = row
    if kind == 2:
        return Traded(order_id, other_id, side, price, qty, left, detail)
    if kind == 1:
        return Added(order_id, side, price, qty, left)
    if kind == 3:
        return Canceled(order_id, side, price, qty, left, _CANCELED[detail])
    if kind == 4:
        return Amended(order_id, side, price, qty, left, _AMENDED[detail])
    return Rejected(order_id, _REJECTED[detail])
