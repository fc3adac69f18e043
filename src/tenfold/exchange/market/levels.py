"""Turn recorded changes of price levels into events: the levels, and the best bid and offer that they make."""

from collections.abc import Iterable, Iterator

import numpy as np

from tenfold.domain.market import Quote
from tenfold.exchange.events import Depth, MarketEvent
from tenfold.exchange.market.quotes import ticks_of_quotes
from tenfold.market.depth_book import ASK, BID, DepthBook, Level
from tenfold.market.ticks import Ticks


def depth_events(parts: Iterable[Ticks], start_ns: int = 0) -> Iterator[list[MarketEvent]]:
    """Yield each update of the levels as one event, and a quote where the best bid and offer have changed.

    What came before the start is told by a snapshot with the first update from there on. Updates that a snapshot holds already are left
    out; those that came before it and follow it are part of it. Rows of one update stand together and may run over the end of a part.
    """
    book = _Followed(start_ns)
    held: list[Level] = []
    key: tuple[bool, int, int] | None = None
    ts_ns = reached = 0
    for part in parts:
        events: list[MarketEvent] = []
        for row_ns, row_key, level in _levels(part):
            if key is not None and row_key != key:
                events += book.take(part.symbol, ts_ns, key, held)
                held = []
            key = row_key
            ts_ns = reached = max(row_ns, reached)
            held.append(level)
        yield events
    if key is not None:
        yield book.take(part.symbol, ts_ns, key, held)


def quotes_of_depth(parts: Iterable[Ticks]) -> Iterator[Ticks]:
    """Yield the best bid and offer that recorded levels make, as arrays."""
    for events in depth_events(parts):
        quotes = [event for event in events if isinstance(event, Quote)]
        if quotes:
            yield ticks_of_quotes(quotes[0].symbol, quotes)


def _levels(part: Ticks) -> Iterator[tuple[int, tuple[bool, int, int], Level]]:
    """Yield (time, key of its update, level) of each row that has a side, a price and a quantity."""
    names = ("snapshot", "first_id", "last_id", "side", "price", "qty")
    columns = np.stack([part.numbers(name) for name in names])
    kept = np.isfinite(columns).all(axis=0)
    rows = zip(part.ts_ns[kept].tolist(), *columns[:, kept].tolist(), strict=True)
    for ts_ns, snapshot, first_id, last_id, side, price, qty in rows:
        yield ts_ns, (bool(snapshot), int(first_id), int(last_id)), (int(side), price, qty)


class _Followed:
    """Follow the book, to know which updates are in it and when its best prices change."""

    def __init__(self, start_ns: int) -> None:
        self._start_ns = start_ns
        self._untold = False
        self._book = DepthBook()
        self._best = (0.0, 0.0, 0.0, 0.0)

    def take(self, symbol: str, ts_ns: int, key: tuple[bool, int, int], levels: list[Level]) -> list[MarketEvent]:
        snapshot, first_id, last_id = key
        if snapshot:
            self._book.snapshot(last_id, levels)
            if self._book.last_id != last_id:  # updates that had come before it are in the book now
                levels, last_id = self._standing(), self._book.last_id
        elif not self._book.change(first_id, last_id, levels):
            return []
        if ts_ns < self._start_ns:
            self._untold = True
            return []
        if self._untold:
            snapshot, levels, self._untold = True, self._standing(), False
        made: list[MarketEvent] = [
            Depth(ts_ns=ts_ns, symbol=symbol, levels=tuple(levels), snapshot=snapshot, last_id=last_id)
        ]
        best = self._book.best()
        bid, bid_size, ask, ask_size = best
        if best != self._best and bid > 0.0 and ask > 0.0:
            self._best = best
            quote = Quote(ts_ns=ts_ns, symbol=symbol, bid=bid, ask=ask, bid_size=bid_size, ask_size=ask_size)
            made.append(quote)
        return made

    def _standing(self) -> list[Level]:
        every = 1 << 31
        return [(side, price, qty) for side in (BID, ASK) for price, qty in self._book.levels(side, every)]
