"""Let the orders of one symbol trade in the books of its venues, against recorded liquidity and against each other.

How it works. An order that is not a stop, or is elected, is worked in rounds: what is displayed within its limit is taken over
all venues by parts that arrive together; then it ends, rests, or waits for the next quote. It waits where there was
no quote yet, and where the last was within its limit and is bought up: what lies behind is not known.
"""

from collections.abc import Callable, Sequence
from typing import Final, Literal

from tenfold.domain.market import Quote, Trade
from tenfold.domain.units import NS_PER_MINUTE
from tenfold.exchange.events import Auction, Depth, Edge, PriceBands, Status
from tenfold.exchange.matching.auction_times import CLOSING, OPENING, AuctionTimes
from tenfold.exchange.matching.crossing import at_official_price, with_the_displayed
from tenfold.exchange.matching.live import Live, is_same_but_for_size
from tenfold.exchange.matching.lives import Lives
from tenfold.exchange.matching.planning import next_round
from tenfold.exchange.matching.symbol_books import Met, SymbolBooks
from tenfold.exchange.matching.venue_book import LEVELS
from tenfold.exchange.matching.venues import Venue
from tenfold.exchange.orders_to_match import End, Ended, Execution, Outcome, Ticket
from tenfold.exchange.wire import nano_of
from tenfold.simulation.book import Level
from tenfold.simulation.book_events import Added, BookEvent, Canceled, Rejected, Traded

_LOWEST: Final = 1
_HIGHEST: Final = 1 << 59
_AT_WORK: Final = ("flying", "taking", "resting")
_PATIENCE_NS: Final = NS_PER_MINUTE  # books stay laid out so long after the last order

Shown = tuple[list[Level], list[Level]]
"""Bids and offers."""

Phase = Literal["pre", "open", "close", "post"]
"""Which edge of the day was the last."""


class SymbolMarket:
    """Hold the live orders of a symbol.

    Parameters
    ----------
    books : those of the symbol at all its venues
    report : takes what becomes of orders
    fly : takes an order that is on its way, to be handed to `arrive` when it is due

    Attributes
    ----------
    lives : those that are not done
    """

    def __init__(
        self,
        books: SymbolBooks,
        report: Callable[[Outcome], None],
        fly: Callable[["SymbolMarket", Live], None],
    ) -> None:
        self.lives = Lives()
        self._books = books
        self._always_open = all(venue.always_open for venue in books.venues)
        self._phase: Phase = "open"
        self._halted = False
        self._down, self._up = _LOWEST, _HIGHEST
        self._printed = False
        self._report = report
        self._fly = fly
        self._busy_ns = 0
        self._closed_ns = 0
        self._auctions = AuctionTimes()
        self._at_close: Shown | None = (
            None  # what was displayed at the close, where an order waits for it and its symbol trades
        )

    # orders

    def submit(self, live: Live, ts_ns: int) -> None:
        """Take an order."""
        self.lives.add(live)
        self._begin(live, ts_ns)

    def cancel(self, order_id: str) -> None:
        """Take an order away, without a report."""
        self._remove(self.lives[order_id])

    def amend(self, old_id: str, live: Live, ts_ns: int) -> None:
        """Put an order in the place of another; where only the quantity falls it keeps its place in the queue."""
        old = self.lives[old_id]
        if (
            old.state in {"resting", "stop", "auction"}
            and live.left <= old.left
            and is_same_but_for_size(live.ticket, old.ticket)
        ):
            if old.state == "resting" and live.left < old.left:
                self._books.places[old.place].book.amend(old.number, qty=live.left)
            self.lives.rename(old, live.ticket)
            old.left = live.left
            return
        self.cancel(old_id)
        live.inherit(old)
        self.submit(live, ts_ns)

    def arrive(self, live: Live, ts_ns: int) -> None:
        """Let an order that was on its way arrive."""
        if live.state == "flying" and live.due_ns == ts_ns:
            self.lives.turn(live, "taking")
            self._land(live, ts_ns)

    # the market

    def on_quote(self, quote: Quote) -> None:
        """Live through a quote."""
        self._met(self._books.on_quote(quote, still=self._halted), quote.ts_ns)
        if self.lives and not self._printed and not self._halted:
            self._elect(*self._books.electing(quote), quote.ts_ns)
        self._go_on(quote.ts_ns)

    def on_trade(self, trade: Trade) -> None:
        """Live through a print: it takes from the queues, and elects stops."""
        met = self._books.on_trade(trade, still=self._halted)
        if met is None:
            return
        self._printed = True
        self._met(met, trade.ts_ns)
        if self.lives and not self._halted:
            self._elect(self._books.last, self._books.last, trade.ts_ns)
        self._go_on(trade.ts_ns)

    def on_depth(self, depth: Depth) -> None:
        """Live through changes of levels."""
        self._met(self._books.on_depth(depth, still=self._halted), depth.ts_ns)
        self._go_on(depth.ts_ns)

    def on_auction(self, auction: Auction) -> None:
        """Fill what waits for an auction at its official price, and end what is left; of a symbol that is halted all of it."""
        tif = OPENING if auction.kind == "open" else CLOSING
        self._auctions.told(tif)
        waiting, price = self._waiting(tif), nano_of(auction.price)
        fills = [] if self._halted else at_official_price(waiting, price, nano_of(auction.size))
        self._cross(waiting, price, fills, auction.ts_ns)

    def on_edge(self, edge: Edge) -> None:
        """Live through the edge of a part of the day: orders expire, rest over night, and come back."""
        if self._always_open:
            return
        self._phase = edge.kind
        self._auctions.on_edge(edge)
        if edge.kind == "close":
            self._closed_ns = edge.ts_ns
            self._at_close = self._shown() if self._waiting(CLOSING) and not self._halted else None
        elif edge.kind == "post":
            self._cross_overdue(edge.ts_ns)
        for live in self.lives:
            if live.state == "done":  # gone with its group
                continue
            if self._is_over(live.ticket, edge):
                self._end(live, edge.ts_ns, "expired")
            elif live.state not in {"idle", "auction"} and not self._open_to(live.ticket):
                self._set_aside(live)
        if edge.kind in {"pre", "post"}:
            self._books.forget()
        self._wake(edge.ts_ns)

    def _is_over(self, ticket: Ticket, edge: Edge) -> bool:
        """Say whether an order does not outlive an edge; the closing auction may be told after the close."""
        if edge.kind == "close":
            return ticket.tif in {"day", "opg"} and not ticket.extended_hours and ticket.ts_ns < edge.ts_ns
        if edge.kind == "post":
            extended = ticket.tif == "day" and ticket.extended_hours and ticket.ts_ns < edge.ts_ns
            return extended or (ticket.tif == "cls" and ticket.ts_ns < self._closed_ns)
        return False

    def on_status(self, status: Status) -> None:
        """Halt, or resume with everything that waited."""
        self._halted = status.halted
        if not status.halted:
            self._met(self._books.catch_up(), status.ts_ns)
            self._wake(status.ts_ns)
            self._go_on(status.ts_ns)

    def on_bands(self, bands: PriceBands) -> None:
        """Take the prices beyond which nothing trades."""
        self._down, self._up = nano_of(bands.down), nano_of(bands.up)

    def on_adjustment(self, ts_ns: int) -> None:
        """Forget prices that a split has made wrong."""
        for live in self.lives.of(*_AT_WORK):
            self._set_aside(live)
        self._books.forget()
        self._wake(ts_ns)

    # auctions

    def _waiting(self, tif: str) -> list[Live]:
        return [live for live in self.lives.of("auction") if live.ticket.tif == tif]

    def _shown(self) -> Shown:
        """Return what is displayed, over all venues."""
        self._books.lay_out()
        bids, asks = (self._books.displayed(side, "", LEVELS) for side in (1, -1))
        return [level for levels in bids for level in levels], [level for levels in asks for level in levels]

    def _cross_overdue(self, ts_ns: int) -> None:
        """Cross what waits for an auction of which nothing was told with what is displayed, or was at the close."""
        for tif, edge_ns in self._auctions.overdue(ts_ns):
            waiting = [live for live in self._waiting(tif) if live.ticket.ts_ns <= edge_ns]
            shown = self._at_close if tif == CLOSING else self._shown() if waiting else None
            shown = None if self._halted else shown
            crossed = with_the_displayed(waiting, *shown, self._books.last) if waiting and shown else None
            price, fills = crossed if crossed is not None else (0, [])
            self._cross(waiting, price, fills, ts_ns)

    def _cross(self, waiting: Sequence[Live], price: int, fills: Sequence[tuple[Live, int]], ts_ns: int) -> None:
        for live, qty in fills:
            if live.state == "auction":  # else it went with its group
                self._fill(live, min(qty, live.left), price, ts_ns, None, maker=False)
        for live in waiting:
            if live.state == "auction":
                self._end(live, ts_ns, "canceled")

    # hours

    def _open_to(self, ticket: Ticket) -> bool:
        if self._always_open or self._phase == "open":
            return True
        return ticket.extended_hours and self._phase != "post"

    def _begin(self, live: Live, ts_ns: int) -> None:
        """Put an order where it belongs: into its auction, before its hours or its election, or to the venues."""
        ticket = live.ticket
        if ticket.tif in {"opg", "cls"}:
            self.lives.turn(live, "auction")
        elif self._halted or not self._open_to(ticket):
            self.lives.turn(live, "idle")
            if live.at_once:
                self._end(live, ts_ns, "canceled")
        elif live.waits:
            self.lives.turn(live, "stop")
            if live.trail(self._books.last or self._books.best(-ticket.side)) or live.best:
                self._report(live.trailed())
        else:
            self._work(live, ts_ns)

    def _wake(self, ts_ns: int) -> None:
        for live in self.lives.of("idle"):
            if live.state == "idle" and not self._halted and self._open_to(live.ticket):
                self._begin(live, ts_ns)

    def _elect(self, bid: int, ask: int, ts_ns: int) -> None:
        """Elect the stops that a print reaches, or a bid for sales and an offer for purchases; move those that trail."""
        for live in self.lives.of("stop"):
            price = ask if live.ticket.side > 0 else bid
            if live.state != "stop" or price == 0:
                continue
            if live.elect(price):
                self._work(live, ts_ns)
            elif live.trail(price):
                self._report(live.trailed())

    # an order at work

    def _work(self, live: Live, ts_ns: int) -> None:
        """Send an order to the venues, one round after the other, until there is nothing to take for it."""
        self._books.lay_out()
        self._busy_ns = ts_ns
        self.lives.turn(live, "taking")
        while live.state == "taking" and live.left > 0:
            planned = next_round(live, self._books, self._down, self._up)
            if planned.over:
                self._end(live, ts_ns, "canceled")
            if not planned.children:
                return
            live.children, live.rests = planned.children, planned.rests
            delay_ns = max(self._books.venues[child.place].latency_ns for child in planned.children)
            if delay_ns:
                live.due_ns = ts_ns + delay_ns
                self.lives.turn(live, "flying")
                self._fly(self, live)
                return
            self._deliver(live, ts_ns)

    def _land(self, live: Live, ts_ns: int) -> None:
        """Let the parts of an order arrive, and go on with what they left."""
        if self._halted:
            self._set_aside(live)
            return
        self._books.lay_out()
        self._deliver(live, ts_ns)
        if live.state == "taking" and live.left > 0:
            self._work(live, ts_ns)

    def _deliver(self, live: Live, ts_ns: int) -> None:
        """Let parts arrive at their venues: what takes is immediate or cancelled there, what rests is added."""
        ticket, children = live.ticket, live.children
        if ticket.tif == "fok":  # what was displayed when it was sent may be gone
            children = next_round(live, self._books, self._down, self._up).children
        for child in children:
            events = self._books.places[child.place].entered().add(
                live.number, ticket.side, child.price, min(child.qty, live.left), owner=live.owner,
                display=ticket.display, tif="rest" if live.rests else "ioc",
            )  # fmt: skip
            self._settle(live, child.place, events, ts_ns)
            if live.state == "done":
                return
        if live.at_once:
            self._end(live, ts_ns, "canceled")

    def _settle(self, live: Live, place: int, events: Sequence[BookEvent], ts_ns: int) -> None:
        """Report what became of a part of an order at a venue."""
        for event in events:
            if isinstance(event, Traded):
                self._met([(place, event)], ts_ns)
            elif isinstance(event, Canceled) and event.reason == "self_match":
                self._end(live, ts_ns, "canceled")
            elif isinstance(event, Rejected):
                self._end(live, ts_ns, "rejected")
            elif isinstance(event, Added) and live.state != "done":
                live.place = place
                self.lives.turn(live, "resting")
                self._books.places[place].guests.add(live.number)

    def _met(self, met: Met, ts_ns: int) -> None:
        """Report the trades of orders at their places."""
        for place, event in met:
            for number, maker in ((event.maker_id, True), (event.taker_id, False)):
                live = self.lives.by_number.get(number)
                if live is not None:
                    self._fill(live, event.qty, event.price, ts_ns, self._books.venues[place], maker=maker)

    def _go_on(self, ts_ns: int) -> None:
        """Let orders take what an event brought within their limits; put the books away where nobody needs them."""
        self._cross_overdue(ts_ns)
        if self._halted or not self._books.places:
            return
        for live in self.lives.of("resting", "taking"):
            if live.state == "resting" and self._books.is_locked(live.place, live.number, live.ticket.side, live.limit):
                self._withdraw(live)
                self._work(live, ts_ns)
            elif live.state == "taking":
                self._work(live, ts_ns)
        if self.lives.any_of(*_AT_WORK):
            self._busy_ns = ts_ns
        elif ts_ns - self._busy_ns > _PATIENCE_NS:
            self._books.put_away()

    # what becomes of orders

    def _fill(self, live: Live, qty: int, price: int, ts_ns: int, venue: Venue | None, *, maker: bool) -> None:
        """Report an execution, and take it off the others of the group; venues charge those that chose them."""
        ticket = live.ticket
        live.left -= qty
        charged = venue is not None and (self._always_open or bool(ticket.destination))
        fee = venue.fee(qty, price, maker=maker) if venue is not None and charged else 0
        name = "" if venue is None else venue.name
        self._report(
            Execution(order_id=ticket.order_id, ts_ns=ts_ns, qty=qty, price=price, maker=maker, venue=name, fee=fee)
        )
        if live.left == 0 and live.lowered:  # the others of its group filled the rest
            self._end(live, ts_ns, "canceled")
        elif live.left == 0:
            self._remove(live)
        for other in self.lives.beside(live) if ticket.group else ():
            self._lower(other, qty if live.left else other.left, ts_ns)

    def _lower(self, live: Live, qty: int, ts_ns: int) -> None:
        """Take off an order what another of its group filled."""
        if qty >= live.left:
            self._end(live, ts_ns, "canceled")
            return
        live.left -= qty
        live.lowered = True
        if live.state == "resting":
            self._books.places[live.place].book.cancel(live.number, qty)

    def _end(self, live: Live, ts_ns: int, status: End) -> None:
        self._remove(live)
        self._report(Ended(order_id=live.ticket.order_id, ts_ns=ts_ns, status=status))

    def _remove(self, live: Live) -> None:
        self._withdraw(live)
        self.lives.remove(live)

    def _set_aside(self, live: Live) -> None:
        self._withdraw(live)
        self.lives.turn(live, "idle")

    def _withdraw(self, live: Live) -> None:
        """Take an order out of the book where it rests."""
        if live.state == "resting":
            place = self._books.places[live.place]
            place.book.cancel(live.number)
            place.guests.discard(live.number)
