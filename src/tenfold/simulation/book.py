"""Match orders by price, then by time: a limit order book of one symbol at one venue.

Prices and quantities are integers of any unit, ids of orders and owners integers of the caller. The same operations give the
same events, always. `kernels.book` is the core; here it is called one operation at a time, or many at once.
"""

import struct
from collections.abc import Callable
from functools import cache
from typing import Any, Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tenfold.kernels import book as kernel
from tenfold.kernels import book_views
from tenfold.kernels.book_levels import find, has_room
from tenfold.kernels.jit import bound, compiled, viewed
from tenfold.simulation.book_arrays import EVENT, OPERATION, empty_book, grown
from tenfold.simulation.book_events import BookEvent, event_of

SelfMatch = Literal["cancel_resting", "cancel_incoming", "decrement", "allow"]
Tif = Literal["rest", "ioc", "fok"]

BUY: Final = 1
SELL: Final = -1
_SELF_MATCH: Final[dict[str, int]] = {
    "cancel_resting": kernel.CANCEL_RESTING,
    "cancel_incoming": kernel.CANCEL_INCOMING,
    "decrement": kernel.DECREMENT,
    "allow": kernel.ALLOW,
}
_TIF: Final[dict[str, int]] = {"rest": kernel.REST, "ioc": kernel.IOC, "fok": kernel.FOK}
_EVENTS: Final = 256
_EVENTS_MANY: Final = 16_384
_ASKED: Final = struct.Struct(f"={OPERATION.itemsize // 8}q")
_HAPPENED: Final = struct.Struct(f"={EVENT.itemsize // 8}q")


class Level(NamedTuple):
    """Hold what is displayed at one price."""

    price: int
    qty: int
    orders: int


class Resting(NamedTuple):
    """Hold an order that rests: `qty` is left of it, of which `shown` can be seen."""

    order_id: int
    owner: int
    side: int
    price: int
    qty: int
    shown: int


class OrderBook:
    """Hold the orders of one symbol at one venue, and match what arrives.

    Parameters
    ----------
    self_match : what happens where two orders of one owner would trade: the one that rests is canceled, or what is left of the
        incoming one, or both are taken down by the smaller ("decrement"); "allow" lets them trade. Owner 0 is
        nobody: its orders trade with everyone's.
    room : orders that fit before the arrays grow
    """

    def __init__(self, self_match: SelfMatch = "cancel_resting", room: int = 256) -> None:
        size = 1 << max(room, 4).bit_length()
        self._book = empty_book(size, size)
        self._self_match = _SELF_MATCH[self_match]
        operation, self._events = np.zeros(1, OPERATION), np.zeros(_EVENTS, EVENT)
        self._asked, self._happened = operation.data.cast("B"), self._events.data.cast("B")
        self._operation, self._room = viewed(operation), viewed(self._events)
        self._queue = np.zeros((16, 4), np.int64)
        self._calls = _calls()

    def __len__(self) -> int:
        """Return how many orders rest."""
        return int(self._book.head["live"][0])

    def __contains__(self, order_id: int) -> bool:
        return bool(self._calls.find(self._book, order_id))

    # one operation

    def add(
        self,
        order_id: int,
        side: int,
        price: int,
        qty: int,
        *,
        owner: int = 0,
        display: int | None = None,
        tif: Tif = "rest",
        post_only: bool = False,
        first: bool = False,
    ) -> list[BookEvent]:
        """Take a limit order and return what comes of it.

        Parameters
        ----------
        order_id : of no order that rests
        side : +1 buys, -1 sells
        display : how much of it can be seen at a time, 0 for nothing; None for all
        tif : what does not trade at once rests, or is canceled ("ioc"); "fok" trades whole or not at all
        post_only : reject it where it would trade at once
        first : let it rest before everything at its price: liquidity that stood there unseen
        """
        peak = 0 if display is None else (display if display > 0 else -1)
        return self._act(kernel.ADD, order_id, owner, side, price, qty, peak, _TIF[tif], post_only, first)

    def market(self, order_id: int, side: int, qty: int, *, owner: int = 0, tif: Tif = "ioc") -> list[BookEvent]:
        """Trade at any price; what the book does not hold is canceled, and never rests."""
        return self._act(kernel.MARKET, order_id, owner, side, 0, qty, 0, _TIF[tif], False, False)

    def cancel(self, order_id: int, qty: int = 0) -> list[BookEvent]:
        """Take an order off, or `qty` of it; what is left keeps its place."""
        return self._act(kernel.CANCEL, order_id, 0, 0, 0, qty, 0, 0, False, False)

    def amend(self, order_id: int, *, price: int = 0, qty: int = 0) -> list[BookEvent]:
        """Change price or quantity left; 0 leaves them. The order keeps its place where only the quantity falls.

        Else it arrives anew, under its id: it may trade, and rests at the end of its queue. One that is post-only and would trade
        stays as it is.
        """
        return self._act(kernel.AMEND, order_id, 0, 0, price, qty, 0, 0, False, False)

    def _act(
        self, kind: int, order_id: int, owner: int, side: int, price: int, qty: int, peak: int, tif: int,
        post_only: bool, first: bool,
    ) -> list[BookEvent]:  # fmt: skip
        _ASKED.pack_into(
            self._asked, 0, kind, order_id, owner, side, price, qty, peak, tif, post_only, self._self_match, first
        )
        found: list[BookEvent] = []
        while True:
            done, written = self._calls.apply(self._book, self._operation, 0, self._room)
            for place in range(0, written * _HAPPENED.size, _HAPPENED.size):
                found.append(event_of(_HAPPENED.unpack_from(self._happened, place)))
            if done:
                return found
            self._grow()

    # many operations

    def apply(self, operations: NDArray[Any]) -> NDArray[Any]:
        """Apply operations in order, (N,) of `book_arrays.OPERATION`, and return their events, (E,) of `EVENT`."""
        asked, first, parts = viewed(operations), 0, []
        events = np.zeros(min(4 * len(operations) + _EVENTS, _EVENTS_MANY), EVENT)
        room = viewed(events)
        while True:
            first, written = self._calls.apply(self._book, asked, first, room)
            parts.append(events[:written].copy())
            if first == len(operations):
                return np.concatenate(parts)
            self._grow()

    def _grow(self) -> None:
        """Make room where a call stopped early; one that stopped for want of room for events goes on as it is."""
        if not self._book.head["busy"][0] and not compiled(has_room)(self._book):
            self._book = grown(self._book)

    # questions

    def best(self, side: int) -> Level | None:
        """Return the best displayed level of a side."""
        price, qty, orders = self._calls.best(self._book, side)
        return Level(price, qty, orders) if orders else None

    def depth(self, side: int, count: int) -> list[Level]:
        """Return the best displayed levels of a side, best first."""
        found = np.zeros((count, 3), np.int64)
        written = self._calls.depth(self._book, side, found)
        return [Level(*row) for row in found[:written].tolist()]

    def level(self, side: int, price: int) -> Level | None:
        """Return what is displayed at a price."""
        qty, orders = self._calls.level(self._book, side, price)
        return Level(price, qty, orders) if orders else None

    def queue(self, side: int, price: int) -> list[Resting]:
        """Return the displayed orders at a price as they trade."""
        count = self._calls.queue(self._book, side, price, self._queue)
        while count > len(self._queue):
            self._queue = np.zeros((2 * count, 4), np.int64)
            count = self._calls.queue(self._book, side, price, self._queue)
        if not count:
            return []
        rows = self._queue[:count].tolist()
        return [Resting(order, owner, side, price, qty, shown) for order, owner, qty, shown in rows]

    def queue_ahead(self, order_id: int) -> int:
        """Return how much at its price trades before an order does; KeyError where it does not rest."""
        ahead: int = self._calls.queue_ahead(self._book, order_id)
        if ahead < 0:
            raise KeyError(order_id)
        return ahead

    def order(self, order_id: int) -> Resting | None:
        """Return an order that rests."""
        slot = self._calls.find(self._book, order_id)
        if not slot:
            return None
        _, owner, side, price, shown, hidden, *_ = self._book.orders[slot].item()
        return Resting(order_id, owner, side, price, shown + hidden, shown)

    def orders(self) -> list[Resting]:
        """Return every order that rests, by id."""
        rows = self._book.orders
        held = np.asarray(rows)[rows["level"] > 0]
        names = ("order_id", "owner", "side", "price", "shown", "hidden")
        rows_of = zip(*(held[name].tolist() for name in names), strict=True)
        return sorted(
            Resting(order_id, owner, side, price, shown + hidden, shown)
            for order_id, owner, side, price, shown, hidden in rows_of
        )


class _Calls(NamedTuple):
    """Hold the machine code that is called for single operations."""

    apply: Callable[..., Any]
    best: Callable[..., Any]
    depth: Callable[..., Any]
    level: Callable[..., Any]
    queue: Callable[..., Any]
    find: Callable[..., Any]
    queue_ahead: Callable[..., Any]


@cache
def _calls() -> _Calls:
    """Load the kernels for arrays of these types, once a process."""
    book = empty_book(16, 16)
    given: dict[Any, tuple[Any, ...]] = {
        kernel.apply_all: (book, viewed(np.zeros(0, OPERATION)), 0, viewed(np.zeros(8, EVENT))),
        book_views.best: (book, BUY),
        book_views.depth: (book, BUY, np.zeros((1, 3), np.int64)),
        book_views.level: (book, BUY, 1),
        book_views.level_queue: (book, BUY, 1, np.zeros((16, 4), np.int64)),
        find: (book, 1),
        book_views.queue_ahead: (book, 1),
    }
    for function, arguments in given.items():
        compiled(function)(*arguments)
    return _Calls(*(bound(function, *arguments) for function, arguments in given.items()))
