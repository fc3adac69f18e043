"""Keep the book of one symbol at one venue: recorded liquidity and clients' orders in one queue."""

from typing import Final

from tenfold.exchange.matching.venues import Venue
from tenfold.simulation.book import Level, OrderBook
from tenfold.simulation.book_events import Traded
from tenfold.simulation.depth_replay import DepthReplay

_ROOM: Final = 64
_LEVELS: Final = 32  # that an order may take at once at one venue, the rest in a further round


class VenueBook:
    """Hold a book, and the replay that keeps recorded liquidity in it."""

    __slots__ = ("book", "replay", "venue")

    def __init__(self, venue: Venue) -> None:
        self.venue = venue
        self.book = OrderBook("cancel_incoming", room=_ROOM)
        self.replay = DepthReplay(self.book)

    def quote(self, bid: int, bid_qty: int, ask: int, ask_qty: int) -> list[Traded]:
        """Take the best bid and offer; beside what is displayed there rests the venue's share of what is not."""
        hidden = int((bid_qty + ask_qty) // 2 * self.venue.hidden_frac)
        return self.replay.set_quote(bid, bid_qty, ask, ask_qty, hidden, keep=True)

    def displayed(self, side: int) -> list[Level]:
        """Return the best levels of a side."""
        return self.book.depth(side, _LEVELS)

    def ahead(self, side: int, price: int) -> int:
        """Return what is displayed at a price."""
        level = self.book.level(side, price)
        return level.qty if level else 0


def warm() -> None:
    """Load the machine code of books, so that the first order need not wait for it."""
    place = VenueBook(Venue(name=""))
    place.quote(1, 1, 2, 1)
    place.book.add(1, 1, 1, 1)
    place.book.queue_ahead(1)
    place.displayed(1)
    place.ahead(1, 1)
