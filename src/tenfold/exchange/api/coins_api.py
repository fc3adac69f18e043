"""Answer the market data of coins: history in pages, what was seen last, and the price levels where the data have them."""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from tenfold.exchange.api.market_kinds import BARS, COIN_QUOTES, COIN_TRADES, Kind, bars_of
from tenfold.exchange.api.market_reading import (
    Window,
    check_place,
    check_timeframe,
    span_of,
    symbols_of,
)
from tenfold.exchange.api.market_wire import bar_wire, book_wire, coin_quote_wire, coin_trade_wire, snapshot_wire
from tenfold.exchange.api.paging import Fetch, page
from tenfold.exchange.api.route import Call, Route, answer
from tenfold.exchange.api.served import Served
from tenfold.exchange.messages import Response

_PREFIX: Final = "/v1beta3/crypto/{loc}"
_BAD: Final = (400,)
_LEVELS: Final = 100


class CoinsWindow(Window, frozen=True, kw_only=True):
    """Choose a stretch of the history of some coins."""

    symbols: tuple[str, ...]


class CoinBarsWindow(CoinsWindow, frozen=True, kw_only=True):
    """Choose bars of some coins."""

    timeframe: str


class CoinsAsked(msgspec.Struct, frozen=True):
    """Choose coins of which the latest is told."""

    symbols: tuple[str, ...]


def _page(
    exchange: Served, call: Call, asked: CoinsWindow, key: str, fetch: Fetch, show: Callable[[Any], Any]
) -> Response:
    """Answer a page of points."""
    check_place(call)
    symbols = symbols_of(exchange, asked.symbols, "crypto")
    found, token = page(symbols, span_of(asked, call, "UTC"), call.ts_ns, fetch)
    shown = {symbol: [show(point) for point in points] for symbol, points in found.items()}
    return answer({key: shown, "next_page_token": token})


def list_coin_bars(exchange: Served, call: Call, asked: CoinBarsWindow) -> Response:
    """Answer bars of some coins."""
    check_timeframe(asked.timeframe)
    return _page(exchange, call, asked, "bars", bars_of(exchange, asked.timeframe), bar_wire)


def _ticks(kind: Kind) -> Callable[[Served, Call, CoinsWindow], Response]:
    """Return what answers quotes or trades of some coins."""

    def handler(exchange: Served, call: Call, asked: CoinsWindow) -> Response:
        return _page(exchange, call, asked, kind.many, kind.fetch(exchange), kind.show)

    return handler


def _latest(kind: Kind) -> Callable[[Served, Call, CoinsAsked], Response]:
    """Return what answers the last quotes, trades or bars of some coins."""

    def handler(exchange: Served, call: Call, asked: CoinsAsked) -> Response:
        check_place(call)
        seen = {symbol: kind.last(exchange, symbol) for symbol in symbols_of(exchange, asked.symbols, "crypto")}
        return answer({kind.many: {symbol: kind.show(point) for symbol, point in seen.items() if point is not None}})

    return handler


def list_order_books(exchange: Served, call: Call, asked: CoinsAsked) -> Response:
    """Answer the price levels of some coins; of one without recorded levels its best bid and offer."""
    check_place(call)
    books = {}
    for symbol in symbols_of(exchange, asked.symbols, "crypto"):
        book, quote = exchange.latest.book(symbol), exchange.latest.quote(symbol)
        if book is not None:
            books[symbol] = book_wire(book, call.ts_ns, _LEVELS)
        elif quote is not None:
            shown = coin_quote_wire(quote)
            sides = {"b": [{"p": shown["bp"], "s": shown["bs"]}], "a": [{"p": shown["ap"], "s": shown["as"]}]}
            books[symbol] = {"t": shown["t"], **sides}
    return answer({"orderbooks": books})


def list_coin_snapshots(exchange: Served, call: Call, asked: CoinsAsked) -> Response:
    """Answer last trade, quote and bars of some coins."""
    check_place(call)
    symbols = symbols_of(exchange, asked.symbols, "crypto")
    found = {
        symbol: snapshot_wire(exchange.latest, symbol, "UTC", coin_trade_wire, coin_quote_wire) for symbol in symbols
    }
    return answer({"snapshots": {symbol: shown for symbol, shown in found.items() if shown}})


ROUTES: Final[tuple[Route[Any], ...]] = (
    Route("GET", f"{_PREFIX}/bars", list_coin_bars, "List bars of coins", CoinBarsWindow, refusals=_BAD),
    *(
        Route("GET", f"{_PREFIX}/{kind.many}", _ticks(kind), f"List {kind.many} of coins", CoinsWindow, refusals=_BAD)
        for kind in (COIN_QUOTES, COIN_TRADES)
    ),
    *(
        Route(
            "GET",
            f"{_PREFIX}/latest/{kind.many}",
            _latest(kind),
            f"Get the last {kind.many} of coins",
            CoinsAsked,
            refusals=_BAD,
        )
        for kind in (BARS, COIN_QUOTES, COIN_TRADES)
    ),
    Route(
        "GET", f"{_PREFIX}/latest/orderbooks", list_order_books, "Get price levels of coins", CoinsAsked, refusals=_BAD
    ),
    Route("GET", f"{_PREFIX}/snapshots", list_coin_snapshots, "Get snapshots of coins", CoinsAsked, refusals=_BAD),
)
