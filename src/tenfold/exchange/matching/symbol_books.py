"""Keep the books of one symbol at all its venues in step with what was recorded.

How it works. The last quotes, or the levels of recorded depth, are always known. Books are laid out from them when an order of
a client needs them, and put away when none does, so that a symbol that nobody trades costs next to nothing. A quote or print
that names no venue is divided by the venues' shares; one of a venue that is not among them makes it one.
"""

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from tenfold.domain.market import Quote, Trade
from tenfold.exchange.events import Depth, Kind
from tenfold.exchange.market.bare_prints import quote_around
from tenfold.exchange.matching.nbbo import Nbbo
from tenfold.exchange.matching.venue_book import VenueBook
from tenfold.exchange.matching.venues import CODES, Venue, split
from tenfold.exchange.orders_to_match import NANO
from tenfold.exchange.wire import nano_of
from tenfold.market.depth_book import ASK, BID, DepthBook
from tenfold.simulation.book import Level
from tenfold.simulation.book_events import Traded
from tenfold.simulation.queue_position import BehindShare

_EVERY: Final = 1 << 31
_ROUND_LOT: Final = 100 * NANO  # size of a quote that names none
_OTHER: Final = Venue(name="", taker_fee=3_000_000, maker_fee=-2_000_000, latency_ns=250_000)
"""Terms of a venue that is known from the data alone."""

Met = list[tuple[int, Traded]]
"""Trades of clients' orders with recorded liquidity, each with its place among the venues."""


class SymbolBooks:
    """Hold the books, and what they are laid out from.

    Parameters
    ----------
    share : which share of what is cancelled stood behind an order of a client
    levels : the recorded ones, in step with the events
    kind : what is recorded of the symbol; where it is prints alone, each stands for a quote of a tick to either side

    Attributes
    ----------
    venues : those of the symbol, and what else the data name
    places : their books, in the same order; empty while there is no need of them
    last : price of the last print that stood inside the quote, 0 before the first
    deep : whether whole depth is recorded, not the best prices alone
    """

    def __init__(self, venues: Sequence[Venue], kind: Kind, share: BehindShare, levels: DepthBook) -> None:
        self.venues = list(venues)
        self.places: list[VenueBook] = []
        self.last = 0
        self.deep = kind == "depth"
        self._bare = kind == "trades"
        self._divided = tuple(venues)
        self._share = share
        self._nbbo = Nbbo()
        self._levels = levels

    def best(self, side: int) -> int:
        """Return the best displayed price of a side, 0 where there is none; the orders of clients count where books are laid out."""
        if not self.places:
            return self._nbbo.best(side)
        found = [level.price for place in self.places if (level := place.best(side)) is not None]
        return (max(found) if side > 0 else min(found)) if found else 0

    def quoted(self, side: int) -> int:
        """Return the recorded best price of a side; 0 where none is known, or depth is."""
        return self._nbbo.best(side)

    def electing(self, quote: Quote) -> tuple[int, int]:
        """Return the bid and offer that elect stops: the recorded best prices, over depth the quote of its top."""
        if not self.deep:
            return self.quoted(1), self.quoted(-1)
        return (nano_of(quote.bid), nano_of(quote.ask)) if quote.bid < quote.ask else (0, 0)

    def displayed(self, side: int, venue: str, levels_max: int) -> list[Sequence[Level]]:
        """Return the best levels of a side at each place, of one venue alone where it is named."""
        return [place.displayed(side, levels_max) if venue in {"", place.venue.name} else () for place in self.places]

    def is_locked(self, place: int, number: int, side: int, limit: int | None) -> bool:
        """Say whether another venue displays what an order that is the first of its own could take."""
        quoted = self.quoted(-side)
        if len(self.places) == 1 or limit is None or quoted == 0 or side * (limit - quoted) < 0:
            return False
        offer = self.best(-side)
        is_within = offer > 0 and side * (limit - offer) >= 0
        return is_within and self.places[place].book.queue_ahead(number) == 0

    # laid out or put away

    def lay_out(self) -> None:
        """Lay the books out from what was recorded last."""
        if self.places:
            return
        self.places = [VenueBook(venue, self._share) for venue in self.venues]
        self.catch_up()

    def catch_up(self) -> Met:
        """Bring the books to what was recorded last."""
        if not self.places:
            return []
        if self.deep:
            levels = [(side, *level) for side in (BID, ASK) for level in self._levels.levels(side, _EVERY)]
            return [(0, event) for event in self.places[0].depth(levels, snapshot=True)]
        return [met for quote in list(self._nbbo.quotes.values()) for met in self._lay_quote(quote)]

    def put_away(self) -> None:
        """Let go of the books, which no order is in."""
        self.places = []

    def forget(self) -> None:
        """Forget what was recorded: the day is over, or prices were adjusted."""
        self._nbbo.clear()
        self._levels.snapshot(self._levels.last_id, ())
        self.last = 0
        self.places = []

    # what was recorded

    def on_quote(self, quote: Quote, *, still: bool = False) -> Met:
        """Take a quote; while the symbol stands still, for later alone."""
        if self.deep or not self._nbbo.update(quote) or still or not self.places:
            return []
        return self._lay_quote(quote)

    def on_trade(self, trade: Trade, *, still: bool = False) -> Met | None:
        """Take a print; None where it stands outside the quote, and so tells nothing."""
        price, size = nano_of(trade.price), nano_of(trade.size)
        if not (self.deep or self._bare or self._nbbo.contains(price)):
            return None
        self.last = price
        found: Met = []
        if self.places and not still:
            bid, ask = self._nbbo.bid, self._nbbo.ask
            side = 1 if ask and price >= ask else (-1 if bid and price <= bid else 0)
            for place, part in self._parts(trade.venue, size):
                found += [(place, event) for event in self.places[place].print(side, price, part)]
        if self._bare:
            found += self.on_quote(quote_around(trade), still=still)
        return found

    def on_depth(self, depth: Depth, *, still: bool = False) -> Met:
        """Take changes of levels, which are recorded already."""
        if still or not self.places:
            return []
        return [(0, event) for event in self.places[0].depth(depth.levels, depth.snapshot)]

    def _lay_quote(self, quote: Quote) -> Met:
        bid, ask = nano_of(quote.bid), nano_of(quote.ask)
        bids = self._parts(quote.venue, nano_of(quote.bid_size) or _ROUND_LOT)
        asks = self._parts(quote.venue, nano_of(quote.ask_size) or _ROUND_LOT)
        found: Met = []
        for (place, bid_qty), (_, ask_qty) in zip(bids, asks, strict=True):
            found += [(place, event) for event in self.places[place].quote(bid, bid_qty, ask, ask_qty)]
        return found

    def _parts(self, venue: str, qty: int) -> list[tuple[int, int]]:
        """Return how much of a recorded quantity is at which place."""
        if venue:
            return [(self._place(CODES.get(venue, venue)), qty)]
        return list(enumerate(split(qty, self._divided)))

    def _place(self, name: str) -> int:
        for place, venue in enumerate(self.venues):
            if venue.name == name:
                return place
        venue = replace(_OTHER, name=name)
        self.venues.append(venue)
        self.places.append(VenueBook(venue, self._share))
        return len(self.venues) - 1
