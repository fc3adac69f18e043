"""Answer the market data of stocks: history in pages, and what was seen last."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, Literal

import msgspec

from tenfold.domain.session import NEW_YORK
from tenfold.domain.units import NS_PER_DAY
from tenfold.exchange.api.market_kinds import BARS, QUOTES, TRADES, Kind, auctions_of, bars_of
from tenfold.exchange.api.market_meta import CONDITIONS_BY_TAPE, VENUES
from tenfold.exchange.api.market_reading import (
    Feed,
    Window,
    check_timeframe,
    malformed,
    span_of,
    symbols_of,
    told_until,
)
from tenfold.exchange.api.market_wire import auctions_wire, bar_wire, quote_wire, snapshot_wire, trade_wire
from tenfold.exchange.api.paging import Fetch, page
from tenfold.exchange.api.query import Nothing
from tenfold.exchange.api.route import Call, Route, answer
from tenfold.exchange.api.served import Served
from tenfold.exchange.messages import Response
from tenfold.exchange.refusal import not_found

_PREFIX: Final = "/v2/stocks"
_BAD: Final = (400,)
_WEEK_NS: Final = 7 * NS_PER_DAY


class StockWindow(Window, frozen=True, kw_only=True):
    """Choose a stretch of the history of one stock; `asof` is the date on which the symbol had this name."""

    feed: Feed | None = None
    currency: str = "USD"
    asof: str | None = None


class StocksWindow(StockWindow, frozen=True, kw_only=True):
    """Choose a stretch of the history of some stocks."""

    symbols: tuple[str, ...]


class BarsWindow(StockWindow, frozen=True, kw_only=True):
    """Choose bars of one stock."""

    timeframe: str
    adjustment: Literal["raw", "split", "dividend", "all"] = "raw"


class ManyBarsWindow(BarsWindow, frozen=True, kw_only=True):
    """Choose bars of some stocks."""

    symbols: tuple[str, ...]


class FeedAsked(msgspec.Struct, frozen=True, kw_only=True):
    """Choose the feed of stocks."""

    feed: Feed | None = None
    currency: str = "USD"


class LatestAsked(FeedAsked, frozen=True, kw_only=True):
    """Choose stocks of which the latest is told."""

    symbols: tuple[str, ...]


class TapeAsked(msgspec.Struct, frozen=True):
    """Choose the tape whose letters are explained."""

    tape: Literal["A", "B", "C"]


Points = tuple[dict[str, list[Any]], str | None]


def _page(exchange: Served, call: Call, asked: StockWindow, names: Iterable[str], fetch: Fetch) -> Points:
    """Return a page of points."""
    span = span_of(asked, call)
    now_ns = told_until(exchange, call, asked, span.stop_ns - 1)
    symbols = symbols_of(exchange, names, "us_equity")
    return ({}, None) if now_ns is None else page(symbols, span, now_ns, fetch)


def _many(key: str, points: Points, show: Callable[[list[Any]], list[dict[str, Any]]]) -> Response:
    """Answer a page of several stocks."""
    found, token = points
    return answer({key: {symbol: show(items) for symbol, items in found.items()}, "next_page_token": token})


def _one(key: str, symbol: str, points: Points, show: Callable[[list[Any]], list[dict[str, Any]]]) -> Response:
    """Answer a page of one stock."""
    found, token = points
    return answer({key: show(found.get(symbol, [])), "symbol": symbol, "next_page_token": token})


def _all(show: Callable[[Any], dict[str, Any]]) -> Callable[[list[Any]], list[dict[str, Any]]]:
    return lambda items: [show(item) for item in items]


def _bars(exchange: Served, call: Call, asked: BarsWindow, names: Iterable[str]) -> Points:
    check_timeframe(asked.timeframe)
    return _page(exchange, call, asked, names, bars_of(exchange, asked.timeframe, asked.adjustment))


def list_bars(exchange: Served, call: Call, asked: ManyBarsWindow) -> Response:
    """Answer bars of some stocks."""
    return _many("bars", _bars(exchange, call, asked, asked.symbols), _all(bar_wire))


def list_bars_of(exchange: Served, call: Call, asked: BarsWindow) -> Response:
    """Answer bars of one stock."""
    symbol = call.path["symbol"]
    return _one("bars", symbol, _bars(exchange, call, asked, [symbol]), _all(bar_wire))


def _ticks(kind: Kind) -> Callable[[Served, Call, StocksWindow], Response]:
    """Return what answers quotes or trades of some stocks."""

    def handler(exchange: Served, call: Call, asked: StocksWindow) -> Response:
        points = _page(exchange, call, asked, asked.symbols, kind.fetch(exchange))
        return _many(kind.many, points, _all(kind.show))

    return handler


def _ticks_of(kind: Kind) -> Callable[[Served, Call, StockWindow], Response]:
    """Return what answers quotes or trades of one stock."""

    def handler(exchange: Served, call: Call, asked: StockWindow) -> Response:
        symbol = call.path["symbol"]
        points = _page(exchange, call, asked, [symbol], kind.fetch(exchange))
        return _one(kind.many, symbol, points, _all(kind.show))

    return handler


def list_auctions(exchange: Served, call: Call, asked: StocksWindow) -> Response:
    """Answer opening and closing auctions of some stocks."""
    return _many("auctions", _page(exchange, call, asked, asked.symbols, auctions_of(exchange)), auctions_wire)


def list_auctions_of(exchange: Served, call: Call, asked: StockWindow) -> Response:
    """Answer opening and closing auctions of one stock."""
    symbol = call.path["symbol"]
    return _one("auctions", symbol, _page(exchange, call, asked, [symbol], auctions_of(exchange)), auctions_wire)


def _last(exchange: Served, call: Call, asked: FeedAsked, kind: Kind, names: Iterable[str]) -> dict[str, Any]:
    """Return what a feed saw last of some stocks, by symbol; one that is late looks it up in the history."""
    now_ns = told_until(exchange, call, asked)
    found = {}
    for symbol in symbols_of(exchange, names, "us_equity"):
        if now_ns == call.ts_ns:
            point = kind.last(exchange, symbol)
        else:
            point = None if now_ns is None else _earlier(kind.fetch(exchange), symbol, now_ns)
        if point is not None:
            found[symbol] = kind.show(point)
    return found


def _earlier(fetch: Fetch, symbol: str, now_ns: int) -> Any:
    found = fetch(symbol, now_ns - _WEEK_NS, now_ns, now_ns, 1, True)
    return found[0] if found else None


def _latest(kind: Kind) -> Callable[[Served, Call, LatestAsked], Response]:
    """Return what answers the last quotes, trades or bars of some stocks."""

    def handler(exchange: Served, call: Call, asked: LatestAsked) -> Response:
        return answer({kind.many: _last(exchange, call, asked, kind, asked.symbols)})

    return handler


def _latest_of(kind: Kind) -> Callable[[Served, Call, FeedAsked], Response]:
    """Return what answers the last quote, trade or bar of one stock."""

    def handler(exchange: Served, call: Call, asked: FeedAsked) -> Response:
        symbol = call.path["symbol"]
        found = _last(exchange, call, asked, kind, [symbol])
        if symbol not in found:
            raise not_found(f"no {kind.one} found for {symbol}")
        return answer({"symbol": symbol, kind.one: found[symbol]})

    return handler


def _snapshots(exchange: Served, call: Call, asked: FeedAsked, names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return what is known of some stocks; nothing of one that nothing was seen of."""
    if told_until(exchange, call, asked) is None:
        return {}
    symbols = symbols_of(exchange, names, "us_equity")
    found = {symbol: snapshot_wire(exchange.latest, symbol, NEW_YORK, trade_wire, quote_wire) for symbol in symbols}
    return {symbol: shown for symbol, shown in found.items() if shown}


def list_snapshots(exchange: Served, call: Call, asked: LatestAsked) -> Response:
    """Answer last trade, quote and bars of some stocks."""
    return answer(_snapshots(exchange, call, asked, asked.symbols))


def get_snapshot(exchange: Served, call: Call, asked: FeedAsked) -> Response:
    """Answer last trade, quote and bars of one stock."""
    symbol = call.path["symbol"]
    found = _snapshots(exchange, call, asked, [symbol])
    if symbol not in found:
        raise not_found(f"no snapshot found for {symbol}")
    return answer({"symbol": symbol, **found[symbol]})


def list_venues(_: Served, __: Call, ___: Nothing) -> Response:
    """Answer the letters of the venues."""
    return answer(VENUES)


def list_conditions(_: Served, call: Call, asked: TapeAsked) -> Response:
    """Answer the letters of the conditions of a tape."""
    tapes = CONDITIONS_BY_TAPE.get(call.path["ticktype"])
    if tapes is None:
        raise malformed(f"invalid ticktype: {call.path['ticktype']}")
    return answer(tapes[asked.tape])


def _tick_routes(kind: Kind) -> Iterator[Route[Any]]:
    many, one = f"{_PREFIX}/{kind.many}", f"{_PREFIX}/{{symbol}}/{kind.many}"
    if kind is not BARS:
        yield Route("GET", many, _ticks(kind), f"List {kind.many} of stocks", StocksWindow, refusals=_BAD)
        yield Route("GET", one, _ticks_of(kind), f"List {kind.many} of a stock", StockWindow, refusals=_BAD)
    yield Route("GET", f"{many}/latest", _latest(kind), f"Get the last {kind.many}", LatestAsked, refusals=_BAD)
    yield Route("GET", f"{one}/latest", _latest_of(kind), f"Get the last {kind.one}", FeedAsked, refusals=(400, 404))


ROUTES: Final[tuple[Route[Any], ...]] = (
    Route("GET", f"{_PREFIX}/bars", list_bars, "List bars of stocks", ManyBarsWindow, refusals=_BAD),
    Route("GET", f"{_PREFIX}/{{symbol}}/bars", list_bars_of, "List bars of a stock", BarsWindow, refusals=_BAD),
    *(route for kind in (BARS, QUOTES, TRADES) for route in _tick_routes(kind)),
    Route("GET", f"{_PREFIX}/snapshots", list_snapshots, "Get snapshots of stocks", LatestAsked, refusals=_BAD),
    Route("GET", f"{_PREFIX}/{{symbol}}/snapshot", get_snapshot, "Get a snapshot", FeedAsked, refusals=(400, 404)),
    Route("GET", f"{_PREFIX}/auctions", list_auctions, "List auctions of stocks", StocksWindow, refusals=_BAD),
    Route(
        "GET",
        f"{_PREFIX}/{{symbol}}/auctions",
        list_auctions_of,
        "List auctions of a stock",
        StockWindow,
        refusals=_BAD,
    ),
    Route("GET", f"{_PREFIX}/meta/exchanges", list_venues, "Explain the letters of venues"),
    Route(
        "GET",
        f"{_PREFIX}/meta/conditions/{{ticktype}}",
        list_conditions,
        "Explain the letters of conditions",
        TapeAsked,
        refusals=_BAD,
    ),
)
