"""Make of the prints of a source, part by part, what happens on the tape: prints, minute bars, bars that a late print changes."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import numpy as np
from msgspec.structs import replace

from tenfold.domain.market import Bar, Trade
from tenfold.domain.units import NS_PER_DAY, NS_PER_MINUTE
from tenfold.exchange.events import LateBar, MarketEvent
from tenfold.market.builder import BarBuilder
from tenfold.market.ticks import Ticks

_AMENDABLE: Final = 120
"""Bars back that a late print may change."""


def tape(parts: Iterable[Ticks]) -> Iterator[Ticks]:
    """Yield usable prints in the order of their arrival, part by part.

    `late_ns` is the time of a print that arrived after its minute was over, 0 of others; `ts_ns` never falls.
    """
    reached = np.int64(-(1 << 62))
    for part in parts:
        price, size = part.numbers("price"), part.numbers("size")
        kept = np.isfinite(price) & np.isfinite(size) & (price > 0.0) & (size > 0.0)
        if "suspicious" in part.columns:
            kept &= np.nan_to_num(part.numbers("suspicious")) == 0.0
        if not kept.any():
            continue
        own_ns = part.ts_ns[kept]
        ts_ns = np.maximum.accumulate(np.maximum(own_ns, reached))
        reached = ts_ns[-1]
        late = own_ns // NS_PER_MINUTE < ts_ns // NS_PER_MINUTE
        names = part.columns.get("exchange")
        columns: dict[str, Any] = {
            "price": price[kept],
            "size": size[kept],
            "late_ns": np.where(late, own_ns, 0),
            "exchange": np.full(len(ts_ns), "") if names is None else np.asarray(names, str)[kept],
        }
        yield Ticks(part.symbol, "trades", ts_ns, columns)


def trade_list(ticks: Ticks) -> list[Trade]:
    """Return the prints of a part of `tape`."""
    columns = (ticks.columns[name].tolist() for name in ("price", "size", "exchange"))
    symbol = ticks.symbol
    return [
        Trade(ts_ns=ts_ns, symbol=symbol, price=price, size=size, venue=venue)
        for ts_ns, price, size, venue in zip(ticks.ts_ns.tolist(), *columns, strict=True)
    ]


class MinuteBars:
    """Build the minute bars of one symbol from its prints; each holds the number of its prints and their average price."""

    def __init__(self, symbol: str) -> None:
        self._builder = BarBuilder(symbol, NS_PER_MINUTE)
        self._count = 0
        self._worth = 0.0
        self._done: dict[int, Bar] = {}

    def add(self, trade: Trade) -> Bar | None:
        """Take a print; return the bar that it shows to have closed."""
        closed = self._closed(self._builder.trade(trade.ts_ns, trade.price, trade.size))
        self._count += 1
        self._worth += trade.price * trade.size
        return closed

    def advance(self, ts_ns: int) -> Bar | None:
        """Let time pass; return the bar that has closed by then."""
        return self._closed(self._builder.advance(ts_ns))

    def amend(self, trade: Trade, own_ns: int) -> LateBar | None:
        """Take a print that arrives after its minute; return the bar that it changes, None where there is none."""
        open_ns = own_ns // NS_PER_MINUTE * NS_PER_MINUTE
        bar = self._done.get(open_ns)
        if bar is None:
            return None
        volume = bar.volume + trade.size
        vwap = (bar.extra[1] * bar.volume + trade.price * trade.size) / volume
        amended = replace(
            bar,
            high=max(bar.high, trade.price),
            low=min(bar.low, trade.price),
            volume=volume,
            extra=(bar.extra[0] + 1.0, vwap),
        )
        self._done[open_ns] = amended
        return LateBar(ts_ns=trade.ts_ns, bar=amended)

    def _closed(self, bar: Bar | None) -> Bar | None:
        if bar is None:
            return None
        # Its place is that of the minute: how many bars came before depends on where one began to listen.
        place = bar.open_ns % NS_PER_DAY // NS_PER_MINUTE
        made = replace(bar, session_bar=place, extra=(float(self._count), self._worth / bar.volume))
        self._count, self._worth = 0, 0.0
        self._done[made.open_ns] = made
        if len(self._done) > _AMENDABLE:
            del self._done[next(iter(self._done))]
        return made


def trade_events(parts: Iterable[Ticks], bars: bool = True) -> Iterator[list[MarketEvent]]:
    """Yield prints, and the minute bars that they make, in the order of time."""
    minutes: MinuteBars | None = None
    last_ns = 0
    for part in tape(parts):
        prints = trade_list(part)
        last_ns = prints[-1].ts_ns
        if not bars:
            yield [*prints]
            continue
        minutes = minutes or MinuteBars(part.symbol)
        events: list[MarketEvent] = []
        for trade, late_ns in zip(prints, part.columns["late_ns"].tolist(), strict=True):
            if late_ns:
                closed, amended = minutes.advance(trade.ts_ns), minutes.amend(trade, late_ns)
            else:
                closed, amended = minutes.add(trade), None
            if closed is not None:
                events.append(closed)
            events.append(trade)
            if amended is not None:
                events.append(amended)
        yield events
    if minutes is not None:
        closed = minutes.advance(last_ns + NS_PER_MINUTE)
        if closed is not None:
            yield [closed]
