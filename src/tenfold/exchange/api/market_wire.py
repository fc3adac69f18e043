"""Show bars, quotes, trades and auctions as REST does: stocks with venues and conditions, coins without."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from tenfold.domain.market import Quote, Trade
from tenfold.exchange.events import Auction
from tenfold.exchange.market.candle import Candle
from tenfold.exchange.market.latest import Latest
from tenfold.exchange.market_fields import CONDITIONS, QUOTE_CONDITIONS, TAPE, print_id, venue_code, whole
from tenfold.exchange.sessions import local_day, local_moment
from tenfold.exchange.wire import day_text, rfc3339
from tenfold.market.depth_book import DepthBook

T = TypeVar("T")
Show = Callable[[T], dict[str, Any]]


def bar_wire(candle: Candle) -> dict[str, Any]:
    """Return a bar, stamped at its start."""
    return {
        "t": rfc3339(candle.ts_ns),
        "o": whole(candle.open),
        "h": whole(candle.high),
        "l": whole(candle.low),
        "c": whole(candle.close),
        "v": whole(round(candle.volume, 9)),
        "n": candle.trades,
        "vw": whole(round(candle.vwap, 6)),
    }


def quote_wire(quote: Quote) -> dict[str, Any]:
    """Return the quote of a stock."""
    venue = venue_code(quote.venue)
    return {
        "t": rfc3339(quote.ts_ns),
        "ax": venue,
        "ap": whole(quote.ask),
        "as": whole(quote.ask_size),
        "bx": venue,
        "bp": whole(quote.bid),
        "bs": whole(quote.bid_size),
        "c": QUOTE_CONDITIONS,
        "z": TAPE,
    }


def trade_wire(trade: Trade) -> dict[str, Any]:
    """Return the print of a stock."""
    return {
        "t": rfc3339(trade.ts_ns),
        "x": venue_code(trade.venue),
        "p": whole(trade.price),
        "s": whole(trade.size),
        "c": CONDITIONS,
        "i": print_id(trade),
        "z": TAPE,
    }


def coin_quote_wire(quote: Quote) -> dict[str, Any]:
    """Return the quote of a coin."""
    return {
        "t": rfc3339(quote.ts_ns),
        "bp": whole(quote.bid),
        "bs": whole(quote.bid_size),
        "ap": whole(quote.ask),
        "as": whole(quote.ask_size),
    }


def coin_trade_wire(trade: Trade) -> dict[str, Any]:
    """Return the print of a coin; the side that took is not in the data."""
    return {
        "t": rfc3339(trade.ts_ns),
        "p": whole(trade.price),
        "s": whole(trade.size),
        "tks": "-",
        "i": print_id(trade),
    }


def auctions_wire(auctions: Iterable[Auction]) -> list[dict[str, Any]]:
    """Return auctions by New York date: each as the print that crossed it, and as the official price."""
    days: dict[int, dict[str, Any]] = {}
    for auction in auctions:
        day = local_day(auction.ts_ns)
        shown = days.setdefault(day, {"d": day_text(day), "o": [], "c": []})
        key, conditions = ("o", "OQ") if auction.kind == "open" else ("c", "6M")
        for condition in conditions:
            shown[key].append(
                {
                    "t": rfc3339(auction.ts_ns),
                    "x": venue_code("NASDAQ"),
                    "p": whole(auction.price),
                    "s": whole(auction.size),
                    "c": condition,
                }
            )
    return list(days.values())


def at_midnight(candle: Candle, zone: str) -> Candle:
    """Return the bar of a day, stamped at its local midnight."""
    return candle._replace(ts_ns=local_moment(local_day(candle.ts_ns, zone), 0, zone))


def day_wire(candle: Candle, zone: str) -> dict[str, Any]:
    """Return the bar of a day as it is shown."""
    return bar_wire(at_midnight(candle, zone))


def snapshot_wire(latest: Latest, symbol: str, zone: str, trade: Show[Trade], quote: Show[Quote]) -> dict[str, Any]:
    """Return what was seen last of a symbol whose days are those of a zone; keys of what was never seen are left out."""
    shown = {
        "latestTrade": _shown(latest.trade(symbol), trade),
        "latestQuote": _shown(latest.quote(symbol), quote),
        "minuteBar": _shown(latest.minute(symbol), bar_wire),
        "dailyBar": _shown(latest.daily(symbol), lambda candle: day_wire(candle, zone)),
        "prevDailyBar": _shown(latest.previous(symbol), lambda candle: day_wire(candle, zone)),
    }
    return {key: value for key, value in shown.items() if value is not None}


def _shown(item: T | None, show: Show[T]) -> dict[str, Any] | None:
    return None if item is None else show(item)


def book_wire(book: DepthBook, ts_ns: int, levels: int) -> dict[str, Any]:
    """Return the best price levels of both sides."""
    sides = {
        key: [{"p": whole(price), "s": whole(size)} for price, size in book.levels(side, levels)]
        for key, side in (("b", 1), ("a", -1))
    }
    return {"t": rfc3339(ts_ns), **sides}
