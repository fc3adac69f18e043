"""Choose by what is known of a symbol whether bars or a book match its orders."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from msgspec.structs import replace

from tenfold.domain.instrument import Instrument
from tenfold.domain.rules import QueueModel
from tenfold.exchange.events import Edge, Kind, MarketEvent
from tenfold.exchange.market.depth_books import DepthBooks
from tenfold.exchange.matching.bars import BarMatching
from tenfold.exchange.matching.books import BookMatching
from tenfold.exchange.matching.slicing import SlicedMatching
from tenfold.exchange.matching.venues import Venue, venues_of
from tenfold.exchange.orders_to_match import Matching, Outcome, Ticket
from tenfold.exchange.sessions import Sessions

_WHOLE: Final = 1e-9  # every billionth of a share can be traded


class ChosenMatching:
    """Hand the orders and events of each symbol to one of two matchers; a `Matching`."""

    def __init__(self, kinds: Mapping[str, Kind], bars: Matching, books: Matching) -> None:
        self._by_bars = {symbol for symbol, kind in kinds.items() if kind == "bars"}
        self._bars = bars
        self._books = books
        self._both = (bars, books)

    def submit(self, ticket: Ticket) -> list[Outcome]:
        """Take a ticket where its symbol is matched."""
        return self._of(ticket.symbol).submit(ticket)

    def cancel(self, order_id: str, ts_ns: int) -> bool:
        """Take an order away; False where it is not there any more."""
        return any(matching.cancel(order_id, ts_ns) for matching in self._both)

    def amend(self, ticket: Ticket, old_id: str) -> list[Outcome] | None:
        """Put a ticket in the place of an order; None where it is gone."""
        return self._of(ticket.symbol).amend(ticket, old_id)

    def on_market(self, event: MarketEvent) -> list[Outcome]:
        """Live through an event: the edges of the day in both, all else where its symbol is matched."""
        if type(event) is Edge:
            return [outcome for matching in self._both for outcome in matching.on_market(event)]
        return self._of(getattr(event, "symbol", "")).on_market(event)

    def on_time(self, ts_ns: int) -> list[Outcome]:
        """Do what was due by a time."""
        return [outcome for matching in self._both for outcome in matching.on_time(ts_ns)]

    def next_due_ns(self) -> int | None:
        """Return when something is due next."""
        books_ns, bars_ns = self._books.next_due_ns(), self._bars.next_due_ns()
        return books_ns if bars_ns is None or (books_ns is not None and books_ns < bars_ns) else bars_ns

    def _of(self, symbol: str) -> Matching:
        return self._bars if symbol in self._by_bars else self._books


def chosen_matching(
    kinds: Mapping[str, Kind],
    sessions: Sessions,
    instruments: Sequence[Instrument] = (),
    venues: Callable[[str], Sequence[Venue]] = venues_of,
    queue_model: QueueModel = "power_1",
    levels: DepthBooks | None = None,
) -> Matching:
    """Return the matcher of an exchange.

    Parameters
    ----------
    kinds : what is known of each symbol: bars are matched by the desk of the backtest, all else in books; without bars there is nothing
        to choose
    instruments : ticks of symbols that have bars; what is not among them has the finest
    queue_model : how books guess what cancels before an order
    levels : recorded price levels, which others may look at too
    """
    known = {instrument.symbol: instrument for instrument in instruments}
    bars = [
        replace(known.get(symbol, Instrument(symbol=symbol)), lot_size=_WHOLE)
        for symbol, kind in kinds.items()
        if kind == "bars"
    ]
    books = BookMatching(kinds, venues, queue_model, levels)
    chosen = ChosenMatching(kinds, BarMatching(bars), books) if bars else books
    return SlicedMatching(chosen, kinds, sessions)
