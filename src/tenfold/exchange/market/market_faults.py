"""Let a market misbehave: halts, price bands, crossed and locked quotes, bars and prints that are changed later.

How it works
------------
Events pass through in the order of time; each is an occasion of the faults that concern it. What follows from one later (a bar
sent again, the end of a halt) waits here and is told between the events of its time. So what comes out does not depend on the steps
in which the events are asked for.
"""

import heapq
from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from tenfold.domain.market import Bar, Flag, Quote, Trade
from tenfold.domain.units import NS_PER_MINUTE, NS_PER_SECOND
from tenfold.exchange.events import Bust, Correction, LateBar, MarketEvent, PriceBands, Status
from tenfold.exchange.faults import Faults
from tenfold.exchange.market.candle import candle_of
from tenfold.exchange.market.event_order import order_of
from tenfold.exchange.pairs import is_pair
from tenfold.exchange.price_steps import price_step

NAMES: Final = frozenset(
    {"late_bar", "trade_correction", "trade_cancel", "crossed_quote", "locked_quote", "halt", "price_bands"}
)
"""What changes the market itself; a `sequence_gap` only hides it."""

_LATE_NS: Final = 30 * NS_PER_SECOND
_CHANGED_NS: Final = 5 * NS_PER_SECOND
_LIMIT_STATE_NS: Final = 15 * NS_PER_SECOND
_PAUSE_NS: Final = 5 * NS_PER_MINUTE
_LATE_SIZE: Final = 100.0
_NARROW: Final = 0.005
_WIDE: Final = 0.05
_AT_END: Final = 1 << 30  # behind every kind of event of its moment


def is_hidden(event: MarketEvent, faults: Faults) -> bool:
    """Say whether clients do not get to see an event: the fault `sequence_gap`."""
    if "sequence_gap" not in faults.switches:
        return False
    return isinstance(event, Bar | Quote | Trade) and faults.strikes("sequence_gap")


class MarketFaults:
    """Change the events of a market as its faults say, and hold what is to follow."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._waiting: list[tuple[int, int, int, MarketEvent]] = []
        self._count = 0
        self._halts: dict[str, int] = {}  # by symbol, since when
        self._limits: set[str] = set()  # symbols whose price bands have closed in

    def next_ns(self) -> int | None:
        """Return when something that waits here happens."""
        return self._waiting[0][0] if self._waiting else None

    def through(self, events: Sequence[MarketEvent], until_ns: int) -> list[MarketEvent]:
        """Return what becomes of the events up to a moment, and what has waited for it."""
        if not self._waiting and not self._halts and NAMES.isdisjoint(self._faults.switches):
            return [*events]
        made: list[MarketEvent] = []
        for event in events:
            self._release(order_of(event), made)
            self._live(event, made)
        self._release((until_ns, _AT_END), made)
        return made

    def _release(self, order: tuple[int, int], made: list[MarketEvent]) -> None:
        while self._waiting and self._waiting[0][:2] < order:
            event = heapq.heappop(self._waiting)[3]
            if isinstance(event, Status):
                if event.halted:
                    self._halts[event.symbol] = event.ts_ns
                else:
                    self._halts.pop(event.symbol, None)
                    self._limits.discard(event.symbol)
            made.append(event)

    def _wait(self, event: MarketEvent) -> None:
        self._count += 1
        heapq.heappush(self._waiting, (*order_of(event), self._count, event))

    def _live(self, event: MarketEvent, made: list[MarketEvent]) -> None:
        if isinstance(event, Quote):
            made.append(self._quote(event))
            return
        if not isinstance(event, Bar | Trade):
            made.append(event)
            return
        halt_ns = self._halts.get(event.symbol)
        if halt_ns is not None and (isinstance(event, Trade) or event.open_ns >= halt_ns):
            return
        made.append(event)
        if isinstance(event, Trade):
            self._trade(event)
        elif event.ts_ns - event.open_ns == NS_PER_MINUTE and self._faults.strikes("late_bar"):
            self._wait(LateBar(ts_ns=event.ts_ns + _LATE_NS, bar=_with_late_print(event)))
        if halt_ns is None and not is_pair(event.symbol):
            self._stop(event, made)

    def _quote(self, quote: Quote) -> Quote:
        # The flag says that nothing may be traded on it.
        flags = quote.flags | int(Flag.CROSSED)
        if self._faults.strikes("crossed_quote"):
            return replace(quote, bid=round(quote.ask + price_step(quote.ask), 9), flags=flags)
        if self._faults.strikes("locked_quote"):
            return replace(quote, bid=quote.ask, flags=flags)
        return quote

    def _trade(self, trade: Trade) -> None:
        ts_ns = trade.ts_ns + _CHANGED_NS
        if self._faults.strikes("trade_correction"):
            corrected = replace(trade, price=round(trade.price + price_step(trade.price), 9))
            self._wait(Correction(ts_ns=ts_ns, symbol=trade.symbol, original=trade, corrected=corrected))
        elif self._faults.strikes("trade_cancel"):
            self._wait(Bust(ts_ns=ts_ns, symbol=trade.symbol, original=trade))

    def _stop(self, event: Bar | Trade, made: list[MarketEvent]) -> None:
        symbol, ts_ns = event.symbol, event.ts_ns
        if self._faults.strikes("halt"):
            made.append(_halted(symbol, ts_ns, "H", "Trading Halt", "T1", "News Pending"))
            self._halts[symbol] = ts_ns
            self._wait(_resumed(symbol, ts_ns + round(self._faults.value("halt") * NS_PER_SECOND)))
        elif symbol not in self._limits and self._faults.strikes("price_bands"):
            price = event.price if isinstance(event, Trade) else event.close
            self._limits.add(symbol)
            made.append(_bands(symbol, ts_ns, price, _NARROW))
            pause_ns = ts_ns + _LIMIT_STATE_NS
            pause = _halted(symbol, pause_ns, "P", "Volatility Trading Pause", "LUDP", "Volatility Trading Pause")
            self._wait(pause)
            self._wait(_resumed(symbol, pause_ns + _PAUSE_NS))
            self._wait(_bands(symbol, pause_ns + _PAUSE_NS, price, _WIDE))


def _with_late_print(bar: Bar) -> Bar:
    """Return a bar with one more print, a step above its high."""
    candle = candle_of(bar)
    price = round(bar.high + price_step(bar.high), 9)
    volume = candle.volume + _LATE_SIZE
    vwap = (candle.vwap * candle.volume + price * _LATE_SIZE) / volume
    return replace(bar, high=price, volume=volume, extra=(candle.trades + 1.0, vwap))


def _bands(symbol: str, ts_ns: int, price: float, frac: float) -> PriceBands:
    return PriceBands(
        ts_ns=ts_ns, symbol=symbol, up=round(price * (1.0 + frac), 2), down=round(price * (1.0 - frac), 2)
    )


def _halted(symbol: str, ts_ns: int, code: str, message: str, reason: str, reason_message: str) -> Status:
    return Status(
        ts_ns=ts_ns, symbol=symbol, code=code, message=message, reason_code=reason, reason_message=reason_message
    )


def _resumed(symbol: str, ts_ns: int) -> Status:
    return Status(ts_ns=ts_ns, symbol=symbol, code="T", message="Trading Resumption")
