"""Answer what concerns watchlists, by their id or by their name."""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from tenfold.exchange.api.assets import Asset
from tenfold.exchange.api.query import Nothing, read_body
from tenfold.exchange.api.route import NO_CONTENT, Call, Route, answer
from tenfold.exchange.api.served import Served
from tenfold.exchange.api.watchlists import NAME_LENGTH_MAX, Watchlist
from tenfold.exchange.messages import Response
from tenfold.exchange.refusal import bad_parameter, not_found

Name = Annotated[str, Meta(min_length=1, max_length=NAME_LENGTH_MAX)]


class NewWatchlist(msgspec.Struct, frozen=True):
    """Describe a list to make."""

    name: Name
    symbols: tuple[str, ...] | None = None


class ChangedWatchlist(msgspec.Struct, frozen=True):
    """Describe what of a list changes; what is absent stays."""

    name: Name | None = None
    symbols: tuple[str, ...] | None = None


class AddedSymbol(msgspec.Struct, frozen=True):
    """Name an asset to append."""

    symbol: str


class ByName(msgspec.Struct, frozen=True):
    """Name a list."""

    name: str


def _asset(exchange: Served, symbol: str) -> Asset:
    asset = exchange.assets.find(symbol)
    if asset is None:
        raise not_found(f"asset not found for {symbol}")
    return asset


def list_watchlists(exchange: Served, call: Call, _: Nothing) -> Response:
    """Answer all lists, without their assets."""
    return answer([one.wire(whole=False) for one in exchange.watchlists.of(call.account)])


def create_watchlist(exchange: Served, call: Call, _: Nothing) -> Response:
    """Make a list."""
    new = read_body(NewWatchlist, call.body, bad_parameter)
    assets = [_asset(exchange, symbol) for symbol in new.symbols or ()]
    account_id = exchange.trading.account_view(call.account, call.ts_ns)["id"]
    return answer(exchange.watchlists.create(call.account, account_id, new.name, assets, call.ts_ns).wire())


def _by_id(exchange: Served, call: Call) -> Watchlist:
    return exchange.watchlists.by_id(call.account, call.path["watchlist_id"])


def _change(exchange: Served, call: Call, one: Watchlist) -> Response:
    changed = read_body(ChangedWatchlist, call.body, bad_parameter)
    assets = None if changed.symbols is None else [_asset(exchange, symbol) for symbol in changed.symbols]
    return answer(exchange.watchlists.update(one, changed.name, assets, call.ts_ns).wire())


def _append(exchange: Served, call: Call, one: Watchlist) -> Response:
    added = read_body(AddedSymbol, call.body, bad_parameter)
    return answer(exchange.watchlists.add(one, _asset(exchange, added.symbol), call.ts_ns).wire())


def _delete(exchange: Served, one: Watchlist) -> Response:
    exchange.watchlists.delete(one)
    return NO_CONTENT


def get_watchlist(exchange: Served, call: Call, _: Nothing) -> Response:
    """Answer a list with its assets."""
    return answer(_by_id(exchange, call).wire())


def change_watchlist(exchange: Served, call: Call, _: Nothing) -> Response:
    """Change name, assets or both."""
    return _change(exchange, call, _by_id(exchange, call))


def append_to_watchlist(exchange: Served, call: Call, _: Nothing) -> Response:
    """Append an asset."""
    return _append(exchange, call, _by_id(exchange, call))


def delete_watchlist(exchange: Served, call: Call, _: Nothing) -> Response:
    """Delete a list."""
    return _delete(exchange, _by_id(exchange, call))


def remove_from_watchlist(exchange: Served, call: Call, _: Nothing) -> Response:
    """Take an asset away."""
    one = _by_id(exchange, call)
    return answer(exchange.watchlists.remove(one, _asset(exchange, call.path["symbol"]), call.ts_ns).wire())


def get_watchlist_by_name(exchange: Served, call: Call, asked: ByName) -> Response:
    """Answer a list by its name."""
    return answer(exchange.watchlists.by_name(call.account, asked.name).wire())


def change_watchlist_by_name(exchange: Served, call: Call, asked: ByName) -> Response:
    """Change a list by its name."""
    return _change(exchange, call, exchange.watchlists.by_name(call.account, asked.name))


def append_to_watchlist_by_name(exchange: Served, call: Call, asked: ByName) -> Response:
    """Append an asset to a list by its name."""
    return _append(exchange, call, exchange.watchlists.by_name(call.account, asked.name))


def delete_watchlist_by_name(exchange: Served, call: Call, asked: ByName) -> Response:
    """Delete a list by its name."""
    return _delete(exchange, exchange.watchlists.by_name(call.account, asked.name))


_ONE: Final = "/v2/watchlists/{watchlist_id}"
_NAMED: Final = "/v2/watchlists:by_name"
_WRONG: Final = (400, 404, 422)

ROUTES: Final = (
    Route("GET", "/v2/watchlists", list_watchlists, "List watchlists", shape="array"),
    Route("POST", "/v2/watchlists", create_watchlist, "Create a watchlist", body=NewWatchlist, refusals=_WRONG),
    Route("GET", _ONE, get_watchlist, "Get a watchlist", refusals=(404, 422)),
    Route("PUT", _ONE, change_watchlist, "Update a watchlist", body=ChangedWatchlist, refusals=_WRONG),
    Route("POST", _ONE, append_to_watchlist, "Add an asset to a watchlist", body=AddedSymbol, refusals=_WRONG),
    Route("DELETE", _ONE, delete_watchlist, "Delete a watchlist", status=204, refusals=(404, 422)),
    Route("DELETE", _ONE + "/{symbol}", remove_from_watchlist, "Remove an asset from a watchlist", refusals=(404, 422)),
    Route("GET", _NAMED, get_watchlist_by_name, "Get a watchlist by its name", ByName, refusals=(404, 422)),
    Route(
        "PUT",
        _NAMED,
        change_watchlist_by_name,
        "Update a watchlist by its name",
        ByName,
        ChangedWatchlist,
        refusals=_WRONG,
    ),
    Route(
        "POST",
        _NAMED,
        append_to_watchlist_by_name,
        "Add an asset to a watchlist by its name",
        ByName,
        AddedSymbol,
        refusals=_WRONG,
    ),
    Route(
        "DELETE",
        _NAMED,
        delete_watchlist_by_name,
        "Delete a watchlist by its name",
        ByName,
        status=204,
        refusals=(404, 422),
    ),
)
