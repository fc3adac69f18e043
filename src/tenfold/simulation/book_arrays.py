"""Lay out the arrays of an order book, its operations and its events."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tenfold.kernels.book_levels import Book, enter_all
from tenfold.kernels.jit import compiled, viewed

OPERATION: Final = np.dtype(
    [
        ("kind", "i8"),  # kernels.book: ADD, MARKET, CANCEL, AMEND
        ("order_id", "i8"),
        ("owner", "i8"),  # 0 is nobody: it trades with everyone
        ("side", "i8"),  # +1 buys, -1 sells
        ("price", "i8"),  # 0 leaves it, in an amendment
        ("qty", "i8"),  # 0 leaves it in an amendment, and is all in a cancel
        ("peak", "i8"),  # what is shown of it: 0 all, -1 nothing
        ("tif", "i8"),  # kernels.book: REST, IOC, FOK
        ("post_only", "i8"),
        ("self_match", "i8"),  # kernels.book: CANCEL_RESTING, ...
        ("first", "i8"),  # rests before what stands at its price already
    ]
)

EVENT: Final = np.dtype(
    [
        ("kind", "i8"),  # kernels.book: ADDED, TRADED, CANCELED, AMENDED, REJECTED
        ("order_id", "i8"),  # of a trade: the order that rested
        ("other_id", "i8"),  # of a trade: the incoming order
        ("side", "i8"),  # of the order; of a trade: of the incoming order
        ("price", "i8"),
        ("qty", "i8"),
        ("left", "i8"),  # of the order; of what was added or amended: how much is shown
        ("detail", "i8"),  # of a trade: left of the incoming order; else why or how
    ]
)

_HEAD: Final = np.dtype(
    [
        ("depth", "i8", (2,)),  # levels of each side
        ("live", "i8"),  # resting orders
        ("orders_made", "i8"),
        ("order_free", "i8"),
        ("levels_made", "i8"),
        ("level_free", "i8"),
        ("busy", "i8"),  # the incoming order has not ended
        ("refused", "i8"),  # it met an order of its owner
        ("order_id", "i8"),
        ("owner", "i8"),
        ("side", "i8"),
        ("price", "i8"),
        ("limit", "i8"),
        ("left", "i8"),
        ("peak", "i8"),
        ("tif", "i8"),
        ("post_only", "i8"),
        ("self_match", "i8"),
        ("first", "i8"),
        ("amended", "i8"),
    ]
)

_ORDER: Final = np.dtype(
    [
        ("order_id", "i8"),
        ("owner", "i8"),
        ("side", "i8"),
        ("price", "i8"),
        ("shown", "i8"),
        ("hidden", "i8"),
        ("peak", "i8"),
        ("queue", "i8"),
        ("post_only", "i8"),
        ("level", "i8"),
        ("previous", "i8"),
        ("following", "i8"),
    ]
)

_LEVEL: Final = np.dtype(
    [
        ("price", "i8"),
        ("side", "i8"),
        ("shown", "i8"),
        ("hidden", "i8"),
        ("count", "i8", (2,)),
        ("first", "i8", (2,)),
        ("last", "i8", (2,)),
        ("following", "i8"),
    ]
)


def empty_book(orders: int, levels: int) -> Book:
    """Return a book with room for so many orders and prices, both powers of two."""
    return Book(
        viewed(np.zeros(1, _HEAD)),
        viewed(np.zeros(orders, _ORDER)),
        viewed(np.zeros(levels, _LEVEL)),
        np.zeros((2, levels), np.int64),
        np.zeros((2, levels), np.int64),
        np.zeros(2 * orders, np.int64),
    )


def grown(book: Book) -> Book:
    """Return a book that holds the same and has twice the room."""
    larger = empty_book(2 * len(book.orders), 2 * len(book.levels))
    larger.head[:] = book.head
    larger.orders[: len(book.orders)] = book.orders
    larger.levels[: len(book.levels)] = book.levels
    larger.keys[:, : book.keys.shape[1]] = book.keys
    larger.ranks[:, : book.ranks.shape[1]] = book.ranks
    compiled(enter_all)(larger)
    return larger


def operations(count: int) -> NDArray[Any]:
    """Return `count` operations to fill in, all zeros."""
    return np.zeros(count, OPERATION)
