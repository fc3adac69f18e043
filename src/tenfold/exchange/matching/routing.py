"""Decide where an order trades: the best price first over all venues, so that none is traded through, then where it rests."""

from collections.abc import Sequence
from typing import NamedTuple

from tenfold.exchange.matching.venues import Venue, unit_of
from tenfold.simulation.book import Level


class Child(NamedTuple):
    """Hold a part of an order that goes to one venue, by its place among the venues, at a limit."""

    place: int
    price: int
    qty: int


def sweep(
    venues: Sequence[Venue], displayed: Sequence[Sequence[Level]], side: int, qty: int, limit: int
) -> list[Child]:
    """Return what to send where, to take what is displayed within a limit: best prices first, of equal ones the cheapest fee.

    `displayed` is the opposite side of each venue, best first. A venue is sent one part, at the worst of the prices that
    are taken there: every better price anywhere is taken too, so nothing is traded through (Rule 611 of Regulation NMS).
    For displayed quantities this is the cheapest there is, since the cost of each further share only rises.
    """
    offers = sorted(
        (side * level.price, venue.fee(level.qty, level.price, maker=False) / level.qty, place, level)
        for place, (venue, levels) in enumerate(zip(venues, displayed, strict=True))
        for level in levels
        if side * (limit - level.price) >= 0
    )
    unit = unit_of(qty)
    parts: dict[int, Child] = {}
    for _, _, place, level in offers:
        size = min(level.qty, qty) // unit * unit
        if size <= 0:
            continue  # what is left of a share, or nothing is to be had any more
        qty -= size
        before = parts[place].qty if place in parts else 0
        parts[place] = Child(place, level.price, before + size)
    return list(parts.values())


def seeking_hidden(children: Sequence[Child], qty: int) -> list[Child]:
    """Return the parts with what is displayed nowhere spread over them: it may meet what is hidden at their prices.

    By what each takes of the displayed quantity; the sum is `qty`, so nothing can be filled twice.
    """
    displayed = sum(child.qty for child in children)
    unit = unit_of(qty, displayed)
    parts = [
        child._replace(qty=child.qty + (qty - displayed) * child.qty // displayed // unit * unit) for child in children
    ]
    left = qty - sum(child.qty for child in parts)
    return [parts[0]._replace(qty=parts[0].qty + left), *parts[1:]] if parts else []


def resting_place(venues: Sequence[Venue], ahead: Sequence[int]) -> int:
    """Return the place where an order that rests is likely to trade first.

    `ahead` is what is displayed there at its price: it is gone the sooner the more of the volume the venue has. Of equal ones
    the busier venue, then the better rebate.
    """

    def rank(place: int) -> tuple[float, float, int]:
        venue = venues[place]
        share = max(venue.share, 1e-9)
        return (ahead[place] / share, -venue.share, venue.maker_fee)

    return min(range(len(venues)), key=rank)
