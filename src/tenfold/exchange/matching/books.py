"""Match orders in books: those of every venue of every symbol, filled with recorded liquidity."""

import heapq
from collections.abc import Callable, Mapping, Sequence
from itertools import count

from tenfold.domain.market import Quote, Trade
from tenfold.domain.rules import QueueModel
from tenfold.exchange.events import Auction, Corporate, Depth, Edge, Kind, MarketEvent, PriceBands, Status
from tenfold.exchange.market.depth_books import DepthBooks
from tenfold.exchange.matching.live import Live
from tenfold.exchange.matching.symbol_books import SymbolBooks
from tenfold.exchange.matching.symbol_market import SymbolMarket
from tenfold.exchange.matching.venue_book import warm
from tenfold.exchange.matching.venues import Venue, venues_of
from tenfold.exchange.orders_to_match import Ended, Outcome, Ticket
from tenfold.simulation.queue_position import QUEUE_MODELS


class BookMatching:
    """Match tickets in the books of venues; a `Matching`.

    Parameters
    ----------
    kinds : what is recorded of each symbol; those that have bars alone are not matched here
    venues : where a symbol trades
    queue_model : how books guess what cancels before an order
    levels : recorded price levels, which others may look at too
    """

    def __init__(
        self,
        kinds: Mapping[str, Kind],
        venues: Callable[[str], Sequence[Venue]] = venues_of,
        queue_model: QueueModel = "power_1",
        levels: DepthBooks | None = None,
    ) -> None:
        self._found: list[Outcome] = []
        self._levels = DepthBooks() if levels is None else levels
        self._markets = {
            symbol: SymbolMarket(
                SymbolBooks(venues(symbol), kind, QUEUE_MODELS[queue_model], self._levels[symbol]),
                self._tell,
                self._fly,
            )
            for symbol, kind in kinds.items()
            if kind != "bars"
        }
        if self._markets:
            warm()
        self._where: dict[str, SymbolMarket] = {}  # of every order so far that may live
        self._owners: dict[str, int] = {}
        self._numbers = count(1)
        self._flying: list[tuple[int, int, SymbolMarket, Live]] = []

    # Matching

    def submit(self, ticket: Ticket) -> list[Outcome]:
        """Take a ticket at its time, and return what comes of it at once."""
        market = self._markets.get(ticket.symbol)
        if market is None:
            return [Ended(order_id=ticket.order_id, ts_ns=ticket.ts_ns, status="rejected")]
        self._where[ticket.order_id] = market
        market.submit(self._live(ticket), ticket.ts_ns)
        return self._told()

    def cancel(self, order_id: str, ts_ns: int) -> bool:
        """Take an order away; False where it is not there any more."""
        market = self._where.get(order_id)
        if market is None:
            return False
        market.cancel(order_id)
        del self._where[order_id]
        return True

    def amend(self, ticket: Ticket, old_id: str) -> list[Outcome] | None:
        """Put a ticket in the place of an order; None where it is gone."""
        market = self._where.get(old_id)
        if market is None:
            return None
        self._where[ticket.order_id] = market
        del self._where[old_id]
        market.amend(old_id, self._live(ticket), ticket.ts_ns)
        return self._told()

    def on_market(self, event: MarketEvent) -> list[Outcome]:
        """Live through an event of the market, after what arrived before it."""
        self._arrive(event.ts_ns)
        if type(event) is Edge:
            for market in self._markets.values():
                market.on_edge(event)
            return self._told()
        market_of = self._markets.get(getattr(event, "symbol", ""))
        if market_of is not None:
            if type(event) is Depth:
                self._levels.on_depth(event)
            _play(market_of, event)
        return self._told()

    def on_time(self, ts_ns: int) -> list[Outcome]:
        """Let orders arrive that are due by a time."""
        self._arrive(ts_ns)
        return self._told()

    def next_due_ns(self) -> int | None:
        """Return when the next order arrives at its venues."""
        return self._flying[0][0] if self._flying else None

    # orders on their way

    def _fly(self, market: SymbolMarket, live: Live) -> None:
        heapq.heappush(self._flying, (live.due_ns, next(self._numbers), market, live))

    def _arrive(self, ts_ns: int) -> None:
        while self._flying and self._flying[0][0] <= ts_ns:
            due_ns, _, market, live = heapq.heappop(self._flying)
            market.arrive(live, due_ns)

    # outcomes

    def _live(self, ticket: Ticket) -> Live:
        owner = self._owners.setdefault(ticket.owner, len(self._owners) + 1)
        return Live(ticket, next(self._numbers), owner, ticket.qty)

    def _tell(self, outcome: Outcome) -> None:
        self._found.append(outcome)

    def _told(self) -> list[Outcome]:
        """Return what was reported, and forget the orders that are done."""
        found, self._found = self._found, []
        for outcome in found:
            market = self._where.get(outcome.order_id)
            if market is not None and outcome.order_id not in market.lives:
                del self._where[outcome.order_id]
        return found


def _play(market: SymbolMarket, event: MarketEvent) -> None:
    """Show an event to the market of its symbol; bars and what corrects the past move no book."""
    match event:
        case Quote():
            market.on_quote(event)
        case Trade():
            market.on_trade(event)
        case Depth():
            market.on_depth(event)
        case Auction():
            market.on_auction(event)
        case Status():
            market.on_status(event)
        case PriceBands():
            market.on_bands(event)
        case Corporate():
            market.on_adjustment(event.ts_ns)
