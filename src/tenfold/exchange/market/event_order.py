"""Order the events of one moment."""

from typing import Final

from tenfold.domain.market import Bar, Quote, Trade
from tenfold.exchange.events import (
    Auction,
    Bust,
    Corporate,
    Correction,
    Depth,
    Edge,
    LateBar,
    MarketEvent,
    PriceBands,
    Status,
)

RANKS: Final[dict[type, int]] = {
    Bar: 0, Corporate: 1, Auction: 2, Edge: 3, Status: 4, PriceBands: 5, Depth: 6, Quote: 7, Trade: 8, Correction: 9, Bust: 10,
    LateBar: 11,
}  # fmt: skip
"""Order of the events of one moment."""


def order_of(event: MarketEvent) -> tuple[int, int]:
    """Return what events are sorted by."""
    return event.ts_ns, RANKS[type(event)]


def earlier(one: int | None, other: int | None) -> int | None:
    """Return the earlier of two moments, either of which may never come."""
    if one is None or other is None:
        return one if other is None else other
    return one if one <= other else other
