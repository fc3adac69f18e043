"""Name the kinds of market data: where each comes from, and how it is shown."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from tenfold.exchange.api.market_wire import bar_wire, coin_quote_wire, coin_trade_wire, quote_wire, trade_wire
from tenfold.exchange.api.paging import Fetch
from tenfold.exchange.api.served import Served


@dataclass(frozen=True)
class Kind:
    """Describe quotes or trades or bars.

    Attributes
    ----------
    many, one : their keys in answers
    fetch : what reads their history
    last : what was seen last
    show : a point as JSON
    """

    many: str
    one: str
    fetch: Callable[[Served], Fetch]
    last: Callable[[Served, str], Any]
    show: Callable[[Any], dict[str, Any]]


def bars_of(exchange: Served, timeframe: str = "1Min", adjustment: str = "raw") -> Fetch:
    """Return what reads the history of bars."""
    history = exchange.history

    def fetch(symbol: str, start_ns: int, stop_ns: int, now_ns: int, limit: int, descending: bool) -> list[Any]:
        where = (start_ns, stop_ns, now_ns)
        return history.bars(symbol, timeframe, *where, adjustment=adjustment, limit=limit, descending=descending)

    return fetch


def quotes_of(exchange: Served) -> Fetch:
    """Return what reads the history of quotes."""
    read = exchange.history.quotes
    return lambda symbol, start_ns, stop_ns, now_ns, limit, descending: read(
        symbol, start_ns, stop_ns, now_ns, limit=limit, descending=descending
    )


def trades_of(exchange: Served) -> Fetch:
    """Return what reads the history of prints."""
    read = exchange.history.trades
    return lambda symbol, start_ns, stop_ns, now_ns, limit, descending: read(
        symbol, start_ns, stop_ns, now_ns, limit=limit, descending=descending
    )


def auctions_of(exchange: Served) -> Fetch:
    """Return what reads the history of auctions."""
    read = exchange.history.auctions
    return lambda symbol, start_ns, stop_ns, now_ns, limit, descending: read(
        symbol, start_ns, stop_ns, now_ns, limit=limit, descending=descending
    )


def _last_minute(exchange: Served, symbol: str) -> Any:
    return exchange.latest.minute(symbol)


def _last_quote(exchange: Served, symbol: str) -> Any:
    return exchange.latest.quote(symbol)


def _last_trade(exchange: Served, symbol: str) -> Any:
    return exchange.latest.trade(symbol)


BARS: Final = Kind("bars", "bar", bars_of, _last_minute, bar_wire)
QUOTES: Final = Kind("quotes", "quote", quotes_of, _last_quote, quote_wire)
TRADES: Final = Kind("trades", "trade", trades_of, _last_trade, trade_wire)
COIN_QUOTES: Final = Kind("quotes", "quote", quotes_of, _last_quote, coin_quote_wire)
COIN_TRADES: Final = Kind("trades", "trade", trades_of, _last_trade, coin_trade_wire)
