"""Keep the book of one symbol at one venue: recorded liquidity and clients' orders in one queue."""

from collections.abc import Iterable
from typing import Final

from tenfold.exchange.matching.venues import Venue, unit_of
from tenfold.simulation.book import Level, OrderBook
from tenfold.simulation.book_events import Traded
from tenfold.simulation.depth_replay import Change, DepthReplay
from tenfold.simulation.queue_position import BehindShare

_ROOM: Final = 64
LEVELS: Final = 32
"""Levels that an order may take at once at one venue, the rest in a further round."""


class VenueBook:
    """Hold a book, and the replay that keeps recorded liquidity in it.

    While no order of a client rests here, what is recorded is kept for later: it is laid into the book when somebody looks.

    Attributes
    ----------
    guests : numbers of the clients' orders that rest here
    """

    __slots__ = ("_prints", "_quote", "book", "guests", "replay", "venue")

    def __init__(self, venue: Venue, share: BehindShare | None = None) -> None:
        self.venue = venue
        self.book = OrderBook("cancel_incoming", room=_ROOM)
        self.replay = DepthReplay(self.book, share)
        self.guests: set[int] = set()
        self._quote: tuple[int, int, int, int] | None = None
        self._prints: list[tuple[int, int, int]] = []  # since the last quote or change of levels

    # the record

    def quote(self, bid: int, bid_qty: int, ask: int, ask_qty: int) -> list[Traded]:
        """Take the best bid and offer; beside what is displayed there rests the venue's share of what is not."""
        self._quote = (bid, bid_qty, ask, ask_qty)
        self._prints.clear()
        return self._lay() if self.guests else []

    def print(self, side: int, price: int, qty: int) -> list[Traded]:
        """Take a print; `side` is the aggressor's, 0 where it is not known."""
        self._prints.append((side, price, qty))
        return self._lay() if self.guests else []

    def depth(self, levels: Iterable[Change], snapshot: bool) -> list[Traded]:
        """Take changes of levels, which hold what was printed before them."""
        self._prints.clear()
        return self.replay.on_depth(levels, snapshot)

    def entered(self) -> OrderBook:
        """Return the book for an order that arrives: what was recorded before must not meet it."""
        self._lay()
        return self.book

    def _lay(self) -> list[Traded]:
        """Lay what was recorded since somebody looked into the book."""
        met: list[Traded] = []
        if self._quote is not None:
            bid, bid_qty, ask, ask_qty = self._quote
            unit = unit_of(bid_qty, ask_qty)
            hidden = int((bid_qty + ask_qty) // 2 * self.venue.hidden_frac) // unit * unit
            met += self.replay.set_quote(bid, bid_qty, ask, ask_qty, hidden, keep=True)
        for side, price, qty in self._prints:
            met += self.replay.take(side, price, qty)
        self._quote = None
        self._prints.clear()
        return met

    # what is displayed

    def best(self, side: int) -> Level | None:
        """Return the best level of a side."""
        self._lay()
        return self.book.best(side)

    def displayed(self, side: int, levels_max: int) -> list[Level]:
        """Return the best levels of a side."""
        self._lay()
        return self.book.depth(side, levels_max)

    def ahead(self, side: int, price: int) -> int:
        """Return what is displayed at a price."""
        self._lay()
        level = self.book.level(side, price)
        return level.qty if level else 0


def warm() -> None:
    """Load the machine code of books, so that the first order need not wait for it."""
    place = VenueBook(Venue(name=""))
    place.book.add(1, 1, 1, 1)
    place.guests.add(1)
    place.quote(1, 1, 2, 1)
    place.book.queue_ahead(1)
    place.displayed(1, LEVELS)
    place.ahead(1, 1)
