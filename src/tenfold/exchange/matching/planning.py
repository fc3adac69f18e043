"""Plan the next round of an order: what it takes from which venues, or where it rests."""

from collections.abc import Sequence
from typing import NamedTuple

from tenfold.exchange.matching.live import Live
from tenfold.exchange.matching.routing import Child, resting_place, seeking_hidden, sweep
from tenfold.exchange.matching.symbol_books import SymbolBooks
from tenfold.exchange.matching.venue_book import LEVELS
from tenfold.exchange.price_steps import collared


class Round(NamedTuple):
    """Hold what goes to the venues; nothing where the order is over, or waits for the next quote."""

    children: Sequence[Child] = ()
    rests: bool = False
    over: bool = False


def next_round(live: Live, books: SymbolBooks, down: int, up: int) -> Round:
    """Return what to do for an order now, within the bands of its symbol.

    A price where nothing is displayed though the last quote was within it, or no quote is known, is no place to rest.
    """
    ticket, bound = live.ticket, worst_price(live, books, down, up)
    children = _taken(live, books, bound)
    if ticket.tif == "fok" and sum(child.qty for child in children) < live.left:
        return Round(over=True)
    if children:
        return Round(seeking_hidden(children, live.left))
    if live.at_once:
        return Round(over=True)
    quoted = books.quoted(-ticket.side)
    unknown = not books.deep and (quoted == 0 or ticket.side * (bound - quoted) >= 0)
    if live.takes_only or unknown:
        return Round()
    return Round([Child(_rest_at(live, books, bound), bound, live.left)], rests=True)


def _taken(live: Live, books: SymbolBooks, bound: int) -> Sequence[Child]:
    """Return what an order takes: deeper levels are looked at only where it does not come to an end at the best price."""
    ticket = live.ticket
    for levels_max in (1, LEVELS):
        levels = books.displayed(-ticket.side, ticket.destination, levels_max)
        children = sweep(books.venues, levels, ticket.side, live.left, bound)
        if sum(child.qty for child in children) == live.left and len({child.price for child in children}) == 1:
            break
    return children


def worst_price(live: Live, books: SymbolBooks, down: int, up: int) -> int:
    """Return the worst price that an order may pay now; 0 where a purchase at the market knows no offer."""
    if live.limit is None and live.ticket.side > 0:
        offer = books.best(-1)
        live.limit = collared(offer) if offer else None
    return min(live.limit or 0, up) if live.ticket.side > 0 else max(live.limit or 1, down)


def _rest_at(live: Live, books: SymbolBooks, price: int) -> int:
    for number, place in enumerate(books.places):
        if place.venue.name == live.ticket.destination:
            return number
    return resting_place(books.venues, [place.ahead(live.ticket.side, price) for place in books.places])
