"""Know the last quote, trade and bars of each symbol, as of the events that have happened."""

from collections.abc import Callable
from typing import Any, Final

from msgspec.structs import replace

from tenfold.domain.market import Bar, Quote, Trade
from tenfold.exchange.events import Bust, Corporate, Correction, Depth, Edge, LateBar, MarketEvent
from tenfold.exchange.market.candle import Candle, candle_of, merged
from tenfold.exchange.market.depth_books import DepthBooks
from tenfold.exchange.pairs import is_pair
from tenfold.exchange.price_steps import price_step
from tenfold.exchange.wire import nano_of
from tenfold.market.depth_book import DepthBook

_BAR_PRICES: Final = ("open", "high", "low", "close", "bid", "ask", "bid_open", "ask_open")
_SIZE: Final = 100.0
"""Size of the quotes and trades that are told of a symbol of which there are bars alone: a round lot."""


class _Day:
    """Gather the bars of one day of one symbol into its daily bar so far, no sooner than somebody asks for it."""

    __slots__ = ("_bars", "_candle", "_taken", "add", "day")

    def __init__(self, day: int) -> None:
        self.day = day
        self._bars: list[Bar] = []
        self._candle: Candle | None = None
        self._taken = 0
        self.add = self._bars.append

    def replace(self, bar: Bar) -> None:
        for place, one in enumerate(self._bars):
            if one.ts_ns == bar.ts_ns:
                self._bars[place] = bar
                self._candle, self._taken = None, 0

    def candle(self) -> Candle | None:
        for bar in self._bars[self._taken :]:
            one = candle_of(bar)
            self._candle = one if self._candle is None else merged(self._candle, one)
        self._taken = len(self._bars)
        return self._candle


class Latest:
    """Hold what was last seen of each symbol.

    Of a symbol that has bars alone, quote and trade are those of its last bar's close. A day counts the bars of its regular
    session; of crypto all bars of a day in UTC.

    Attributes
    ----------
    levels : recorded price levels
    """

    def __init__(self) -> None:
        self._quotes: dict[str, Quote] = {}
        self._trades: dict[str, Trade] = {}
        self._trades_before: dict[str, Trade] = {}
        self._bars: dict[str, Bar] = {}
        self._days: dict[str, _Day] = {}
        self._days_before: dict[str, _Day] = {}
        self._primed: dict[str, Candle] = {}
        self.levels = DepthBooks()
        self._edge: Edge | None = None
        self._takes: dict[type, Callable[[Any], None]] = {
            Bar: self._bar,
            Quote: self._quote,
            Trade: self._trade,
            Depth: self.levels.on_depth,
            Edge: self._take_edge,
            Correction: self._correction,
            Bust: self._bust,
            LateBar: self._late_bar,
            Corporate: self._corporate,
        }

    def prime(self, symbol: str, previous: Candle) -> None:
        """Take the last daily bar before the replay began: what the symbol is worth until something happens."""
        self._primed[symbol] = previous

    def on_market(self, event: MarketEvent) -> None:
        """Take what happened."""
        take = self._takes.get(type(event))
        if take is not None:
            take(event)

    def quote(self, symbol: str) -> Quote | None:
        """Return the best bid and offer."""
        quote = self._quotes.get(symbol)
        bar = self._bars.get(symbol)
        return quote if quote is not None or bar is None else _quote_of(bar)

    def trade(self, symbol: str) -> Trade | None:
        """Return the last print."""
        trade = self._trades.get(symbol)
        bar = self._bars.get(symbol)
        if trade is not None or bar is None:
            return trade
        return Trade(ts_ns=bar.ts_ns, symbol=symbol, price=bar.close, size=_SIZE)

    def minute(self, symbol: str) -> Candle | None:
        """Return the last bar, of a minute or of a day as the data have it."""
        bar = self._bars.get(symbol)
        return None if bar is None else candle_of(bar)

    def daily(self, symbol: str) -> Candle | None:
        """Return the daily bar so far, that of the last session where the next has no bar yet."""
        day = self._days.get(symbol)
        return None if day is None else day.candle()

    def previous(self, symbol: str) -> Candle | None:
        """Return the daily bar before that of `daily`."""
        day = self._days_before.get(symbol)
        return self._primed.get(symbol) if day is None else day.candle()

    def book(self, symbol: str) -> DepthBook | None:
        """Return the price levels, where the data have them."""
        book = self.levels[symbol]
        return book if book.last_id else None

    def mark(self, symbol: str) -> int:
        """Return what the symbol is worth, in billionths: the last print or close, the middle of the quote before there is one.

        Before the first event it is the close of the day before the replay, and 0 where nothing is known.
        """
        bar, trade = self._bars.get(symbol), self._trades.get(symbol)
        if trade is not None and (bar is None or trade.ts_ns >= bar.ts_ns):
            return nano_of(trade.price)
        if bar is not None:
            return nano_of(bar.close)
        quote, previous = self._quotes.get(symbol), self._primed.get(symbol)
        if quote is not None:
            return nano_of(0.5 * (quote.bid + quote.ask))
        return nano_of(previous.close) if previous is not None else 0

    def _bar(self, bar: Bar) -> None:
        symbol = bar.symbol
        self._bars[symbol] = bar
        day = bar.session
        if self._edge is not None and not is_pair(symbol):
            if self._edge.kind != "open":
                return
            day = self._edge.day
        current = self._days.get(symbol)
        if current is None or current.day != day:
            if current is not None:
                self._days_before[symbol] = current
            current = self._days[symbol] = _Day(day)
        current.add(bar)

    def _quote(self, quote: Quote) -> None:
        self._quotes[quote.symbol] = quote

    def _trade(self, trade: Trade) -> None:
        before = self._trades.get(trade.symbol)
        if before is not None:
            self._trades_before[trade.symbol] = before
        self._trades[trade.symbol] = trade

    def _take_edge(self, edge: Edge) -> None:
        self._edge = edge

    def _correction(self, correction: Correction) -> None:
        if self._trades.get(correction.symbol) == correction.original:
            self._trades[correction.symbol] = correction.corrected

    def _bust(self, bust: Bust) -> None:
        if self._trades.get(bust.symbol) == bust.original:
            before = self._trades_before.pop(bust.symbol, None)
            if before is None:
                del self._trades[bust.symbol]
            else:
                self._trades[bust.symbol] = before

    def _late_bar(self, late: LateBar) -> None:
        bar = late.bar
        last = self._bars.get(bar.symbol)
        if last is not None and last.ts_ns == bar.ts_ns:
            self._bars[bar.symbol] = bar
        day = self._days.get(bar.symbol)
        if day is not None:
            day.replace(bar)

    def _corporate(self, action: Corporate) -> None:
        """Restate what was seen last as shares after a split, so that marks hold until the next print."""
        symbol, ratio = action.symbol, action.ratio
        if ratio == 1.0:
            return
        bar, quote, trade = self._bars.get(symbol), self._quotes.get(symbol), self._trades.get(symbol)
        if bar is not None:
            self._bars[symbol] = replace(bar, **{name: getattr(bar, name) / ratio for name in _BAR_PRICES})
        if quote is not None:
            self._quotes[symbol] = replace(quote, bid=quote.bid / ratio, ask=quote.ask / ratio)
        if trade is not None:
            self._trades[symbol] = replace(trade, price=trade.price / ratio)
        primed = self._primed.get(symbol)
        if primed is not None:
            changed = {name: getattr(primed, name) / ratio for name in ("open", "high", "low", "close", "vwap")}
            self._primed[symbol] = primed._replace(**changed)


def _quote_of(bar: Bar) -> Quote:
    """Return the quote at the close of a bar, a step to both sides of its price where the bar has none."""
    step = price_step(bar.close)
    bid = bar.bid if bar.bid > 0.0 else max(bar.close - step, 0.5 * bar.close)
    ask = bar.ask if bar.ask > 0.0 else bar.close + step
    return Quote(
        ts_ns=bar.ts_ns, symbol=bar.symbol, bid=round(bid, 9), ask=round(ask, 9), bid_size=_SIZE, ask_size=_SIZE
    )
