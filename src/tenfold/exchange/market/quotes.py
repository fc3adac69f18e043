"""Make of the quotes of a source, part by part, the best bid and offer that the market shows."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import starmap
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.market import Flag, Quote
from tenfold.domain.units import NS_PER_MINUTE
from tenfold.exchange.events import MarketEvent
from tenfold.market.best_quote import BestQuote
from tenfold.market.builder import BarBuilder
from tenfold.market.ticks import Ticks

_CROSSED: Final = int(Flag.CROSSED)


def best_quotes(parts: Iterable[Ticks]) -> Iterator[Ticks]:
    """Yield two-sided quotes in the order of time, part by part.

    Quotes of several exchanges, or of one side, become the best of all; those that their source marks as suspicious are left out.
    One that comes late counts from its arrival.
    """
    standing: _Standing | None = None
    last = ("", 0.0, 0.0, 0.0, 0.0)
    reached = np.int64(-(1 << 62))
    for part in parts:
        ticks = _unmarked(part)
        if not len(ticks):
            continue
        ts_ns = np.maximum.accumulate(np.maximum(ticks.ts_ns, reached))
        reached = ts_ns[-1]
        bid, ask = (np.nan_to_num(ticks.numbers(name)) for name in ("bid", "ask"))
        sizes = [_numbers(ticks, name) for name in ("bid_size", "ask_size")]
        two_sided = bool(((bid > 0.0) & (ask > 0.0)).all())
        if standing is not None or "exchange" in ticks.columns or not two_sided:
            if standing is None:
                standing = _Standing()
                standing.update(*last)
            names = np.asarray(ticks.columns.get("exchange", np.full(len(ticks), "")), str)
            rows = zip(names.tolist(), bid.tolist(), ask.tolist(), *(one.tolist() for one in sizes), strict=True)
            bid, ask, *sizes = np.array(list(starmap(standing.update, rows))).T
        else:
            last = ("", float(bid[-1]), float(ask[-1]), float(sizes[0][-1]), float(sizes[1][-1]))
        kept = (bid > 0.0) & (ask > 0.0)
        # What is shown is no exchange's own quote.
        nobody = np.full(len(ticks), "")
        columns = {"bid": bid, "ask": ask, "bid_size": sizes[0], "ask_size": sizes[1], "exchange": nobody}
        yield Ticks(ticks.symbol, "quotes", ts_ns[kept], {name: values[kept] for name, values in columns.items()})


def quote_list(ticks: Ticks) -> list[Quote]:
    """Return the quotes of a part of `best_quotes`; where the bid is not below the ask they are marked as crossed."""
    columns = (ticks.columns[name].tolist() for name in ("bid", "ask", "bid_size", "ask_size", "exchange"))
    symbol = ticks.symbol
    return [
        Quote(
            ts_ns=ts_ns,
            symbol=symbol,
            bid=bid,
            ask=ask,
            bid_size=bid_size,
            ask_size=ask_size,
            venue=venue,
            flags=_CROSSED if bid >= ask else 0,
        )
        for ts_ns, bid, ask, bid_size, ask_size, venue in zip(ticks.ts_ns.tolist(), *columns, strict=True)
    ]


def quote_events(parts: Iterable[Ticks], bars: bool = False) -> Iterator[list[MarketEvent]]:
    """Yield the best bid and offer as it changes, and where there are no prints minute bars of the middle of both."""
    builder: BarBuilder | None = None
    last_ns = 0
    for part in best_quotes(parts):
        quotes = quote_list(part)
        if not bars:
            yield [*quotes]
            continue
        builder = builder or BarBuilder(part.symbol, NS_PER_MINUTE, "quotes")
        events: list[MarketEvent] = []
        for quote in quotes:
            last_ns = quote.ts_ns
            closed = builder.quote(last_ns, quote.bid, quote.ask)
            if closed is not None:
                events.append(closed)
            events.append(quote)
        yield events
    closed = None if builder is None else builder.advance(last_ns + NS_PER_MINUTE)
    if closed is not None:
        yield [closed]


def ticks_of_quotes(symbol: str, quotes: Sequence[Quote]) -> Ticks:
    """Return quotes as arrays."""
    names = ("bid", "ask", "bid_size", "ask_size")
    columns: dict[str, Any] = {name: np.array([getattr(quote, name) for quote in quotes], np.float64) for name in names}
    columns["exchange"] = np.array([quote.venue for quote in quotes], str)
    return Ticks(symbol, "quotes", np.array([quote.ts_ns for quote in quotes], np.int64), columns)


class _Standing:
    """Know price and size of each exchange's sides, and the sizes at the best of all."""

    def __init__(self) -> None:
        self._best = BestQuote()
        self._bids: dict[str, tuple[float, float]] = {}
        self._asks: dict[str, tuple[float, float]] = {}

    def update(
        self, exchange: str, bid: float, ask: float, bid_size: float, ask_size: float
    ) -> tuple[float, float, float, float]:
        """Return best bid and offer with their sizes; NaN prices for a side that no exchange shows."""
        if bid > 0.0:
            self._bids[exchange] = (bid, bid_size)
        if ask > 0.0:
            self._asks[exchange] = (ask, ask_size)
        best_bid, best_ask = self._best.update(exchange, bid, ask)
        return best_bid, best_ask, _size_at(self._bids, best_bid), _size_at(self._asks, best_ask)


def _size_at(sides: dict[str, tuple[float, float]], price: float) -> float:
    return sum(size for standing, size in sides.values() if standing == price)


def _unmarked(ticks: Ticks) -> Ticks:
    """Return the ticks that their source does not mark as suspicious."""
    if "suspicious" not in ticks.columns:
        return ticks
    kept = np.nan_to_num(ticks.numbers("suspicious")) == 0.0
    columns: dict[str, Any] = {name: values[kept] for name, values in ticks.columns.items()}
    return Ticks(ticks.symbol, ticks.kind, ticks.ts_ns[kept], columns)


def _numbers(ticks: Ticks, name: str) -> NDArray[np.float64]:
    if name not in ticks.columns:
        return np.zeros(len(ticks))
    return np.nan_to_num(ticks.numbers(name))
