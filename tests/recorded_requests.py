"""Say for each recorded payload which request it answers, and where the answers here differ on purpose."""

import json
import re
from fnmatch import fnmatch

from payload_shapes import key_of

STOCKS = "AAPL,TSLA"
COINS = "BTC/USD,ETH/USD"

NOT_SERVED = {
    "*/test_historical_option_data/*": "options have no market data here",
    "trade-api-go/marketdata_options_test/*": "options have no market data here",
    "*news*": "there is no news",
    "*GetNews*": "there is no news",
    "alpaca-trade-api-python/test_rest/test_data_5.json": "there is no news",
    "alpaca-py/test_corporate_actions/*": "corporate actions are told by the trading API's announcements",
    "*GetCorporateActions*": "corporate actions are told by the trading API's announcements",
    "alpaca-py/test_screener/*": "there is no screener",
    "*CryptoPerp*": "there are no perpetual futures",
    "*FixedIncome*": "there are no bonds",
    "*GetUSTreasuries*": "there are no bonds",
    "*GetUSCorporates*": "there are no bonds",
    "alpaca-py/websocket/*": "messages of the streams, which have a test of their own",
    "alpaca-py/test_option_routes/*": "no option is listed, so none is found",
    "trade-api-go/alpaca_rest_test/TestDefaultDo_Error_1.json": "a made-up error of the client's own test",
    "trade-api-go/alpaca_rest_test/TestCancelAllPositions_2.json": "two keys of an order, as the client's own test shortened it",
    "*_Currency_*": "prices are in dollars alone",
    "alpaca-trade-api-python/test_rest/test_errors_1.json": "a code that Alpaca retired with its API v1",
    "alpaca-trade-api-python/test_rest/test_api_1.json": "the account of the retired API v1",
    "alpaca-trade-api-python/test_rest/test_orders_*": "the order of the retired API v1",
    "alpaca-trade-api-python/test_rest/test_positions_*": "the position of the retired API v1",
    "alpaca-trade-api-python/test_rest/test_timeframe_*": "an empty object, as the client's own test shortened it",
}
"""Files of what is not served, and why."""

_BARS = {"symbols": STOCKS, "timeframe": "1Min"}
_COIN_BARS = {"symbols": COINS, "timeframe": "1Min"}
_DATA = "/v2/stocks"
_COIN = "/v1beta3/crypto/us"

GO = {
    "TestDefaultDo": (f"{_DATA}/bars/latest", {"symbols": "SPY"}),
    "TestGetTrades": (f"{_DATA}/trades", {"symbols": "AAPL"}),
    "TestGetMultiTrades": (f"{_DATA}/trades", {"symbols": STOCKS}),
    "TestGetQuotes": (f"{_DATA}/quotes", {"symbols": "AAPL"}),
    "TestGetMultiQuotes": (f"{_DATA}/quotes", {"symbols": STOCKS}),
    "TestGetAuctions": (f"{_DATA}/auctions", {"symbols": "AAPL"}),
    "TestGetMultiAuctions": (f"{_DATA}/auctions", {"symbols": STOCKS}),
    "TestGetBars": (f"{_DATA}/bars", _BARS),
    "TestGetMultiBars": (f"{_DATA}/bars", _BARS),
    "TestLatestBar": (f"{_DATA}/bars/latest", {"symbols": STOCKS}),
    "TestLatestTrade": (f"{_DATA}/trades/latest", {"symbols": STOCKS}),
    "TestLatestQuote": (f"{_DATA}/quotes/latest", {"symbols": STOCKS}),
    "TestSnapshot": (f"{_DATA}/snapshots", {"symbols": STOCKS}),
    "TestGetCryptoTrades": (f"{_COIN}/trades", {"symbols": COINS}),
    "TestGetCryptoMultiTrades": (f"{_COIN}/trades", {"symbols": COINS}),
    "TestCryptoQuotes": (f"{_COIN}/quotes", {"symbols": COINS}),
    "TestGetCryptoBars": (f"{_COIN}/bars", _COIN_BARS),
    "TestGetCryptoMultiBars": (f"{_COIN}/bars", _COIN_BARS),
    "TestLatestCryptoBar": (f"{_COIN}/latest/bars", {"symbols": COINS}),
    "TestLatestCryptoTrade": (f"{_COIN}/latest/trades", {"symbols": COINS}),
    "TestLatestCryptoQuote": (f"{_COIN}/latest/quotes", {"symbols": COINS}),
    "TestCryptoSnapshot": (f"{_COIN}/snapshots", {"symbols": COINS}),
    "TestLatestCryptoSnapshot": (f"{_COIN}/snapshots", {"symbols": COINS}),
    "TestGetAssetFromJSON": ("/v2/assets/AAPL", {}),
}
"""Request of each test of the Go client, whose payloads are recorded without one."""

_MARKET = {"symbol": "AAPL", "qty": 1, "side": "buy", "type": "market", "time_in_force": "day"}
_LIMIT = {**_MARKET, "type": "limit", "limit_price": 300}
BODIES = {
    "test_limit_order_1": _LIMIT,
    "test_order_position_intent_1": {**_LIMIT, "position_intent": "buy_to_open"},
    "test_order_position_intent_2": {**_LIMIT, "position_intent": "buy_to_open"},
    "test_replace_order_1": {"qty": 2},
    "test_errors_2": {key: value for key, value in _MARKET.items() if key != "qty"},
    "test_errors_3": {**_MARKET, "notional": 1},
    "test_errors_4": _LIMIT,
    "test_errors_5": {"qty": 0.5},
    "test_watchlists_3": {"symbol": "TSLA"},
}
"""Body of each request that has one; a market order where none is named."""

_TERMS = "borrow_status maintenance_margin_requirement margin_requirement_long margin_requirement_short"
_ROUTES = "alpaca-py/test_*_routes/test_"
_REST = "alpaca-trade-api-python/test_rest/test_"
_DOCUMENT = "openapi/trading/components/schemas/"
_NEWER, _GROWN = "newer than the recording", "documented in 2025-04, newer in the API"
_BROKERS = "of the broker's API alone"
_REMOVED = "removed from the API on 2026-07-06"
_OF_A_TEST = "a test of the client writes a number where the API answers a text"
_PLACEHOLDER = "the documentation fills in what no order has at once"

ALLOWED = (
    # accounts
    (f"{_ROUTES}get_account_1*", "daytrade_count daytrading_buying_power pattern_day_trader", "missing", _REMOVED),
    (f"{_ROUTES}get_account_1*", "crypto_status pending_transfer_in pending_transfer_out position_market_value", "added", _NEWER),
    (f"{_ROUTES}get_account_1*", "options_approved_level options_trading_level", "decimal is whole number",
     "a test of the client writes a text where the API answers a number"),
    (f"{_ROUTES}get_account_configurations_1*", "dtbp_check pdt_check", "missing", _REMOVED),
    (f"{_DOCUMENT}Account/*", "daytrade_count daytrading_buying_power pattern_day_trader", "missing", _REMOVED),
    (f"{_DOCUMENT}Account/*", "accrued_fees crypto_status non_marginable_buying_power options_approved_level options_buying_power "
     "options_trading_level pending_transfer_in pending_transfer_out position_market_value", "added", _GROWN),
    (f"{_DOCUMENT}AccountConfigurations/*", "dtbp_check pdt_check", "missing", _REMOVED),
    (f"{_DOCUMENT}AccountConfigurations/*", "max_options_trading_level ptp_no_exception_entry", "added", _GROWN),
    # assets, calendar, watchlists
    (f"{_ROUTES}get*_asset*", "attributes", "list is empty", "no attribute applies: there are no options and no overnight session"),
    (f"{_ROUTES}get*_asset*", "last_close_pct_change last_price", "missing", _BROKERS),
    (f"{_ROUTES}get*_asset*", _TERMS, "added", _NEWER),
    (f"{_REST}api_[23]*", "asset_class", "missing", "v1 called it so, v2 calls it class"),
    (f"{_REST}api_[23]*", f"attributes class easy_to_borrow fractionable marginable shortable {_TERMS}", "added", _NEWER),
    (f"{_REST}watchlists_*", f"attributes fractionable {_TERMS}", "added", _NEWER),
    ("trade-api-go/*/TestGetAssetFromJSON*", f"attributes {_TERMS}", "added", _NEWER),
    ("trade-api-go/*/TestGetAssetFromJSON*", "name", "added", "the test of the client left it out"),
    (f"{_REST}chronos_2*", "session_open session_close settlement_date", "added", _NEWER),
    (f"{_DOCUMENT}Assets/*", f"attributes {_TERMS}", "added", _GROWN),
    (f"{_DOCUMENT}Watchlist/*", f"attributes {_TERMS}", "added", _GROWN),
    (f"{_DOCUMENT}Calendar/*", "settlement_date", "added", _GROWN),
    # orders
    (f"{_ROUTES}*order*", "expires_at ratio_qty", "added", _NEWER),
    (f"{_ROUTES}*order*", "commission", "missing", _BROKERS),
    (f"{_ROUTES}*order*", "qty filled_qty limit_price", "whole number is decimal", _OF_A_TEST),
    (f"{_ROUTES}get_orders_1*", "position_intent", "added", _NEWER),
    (f"{_ROUTES}get_orders_1*", "legs", "added", "the test of the client left it out"),
    (f"{_ROUTES}get_orders_1*", "canceled_at expired_at failed_at filled_at replaced_at", "time is null", _PLACEHOLDER),
    (f"{_ROUTES}get_orders_1*", "replaced_by replaces", "uuid is null", _PLACEHOLDER),
    (f"{_ROUTES}get_orders_1*", "filled_avg_price", "whole number is null", _PLACEHOLDER),
    (f"{_ROUTES}get_orders_1*", "hwm", "text is null", _PLACEHOLDER),
    (f"{_ROUTES}get_orders_1*", "client_order_id", "text is uuid", _PLACEHOLDER),
    (f"{_REST}errors_4*", "expires_at position_intent ratio_qty", "added", _NEWER),
    (f"{_DOCUMENT}Order/*", "expires_at position_intent ratio_qty", "added", _GROWN),
    (f"{_DOCUMENT}Order/*", "notional", "decimal is null", _PLACEHOLDER),
    # positions
    (f"{_ROUTES}get_all_positions_1*", "asset_marginable qty_available", "added", _NEWER),
    (f"{_ROUTES}close_*", "expires_at ratio_qty", "added", _NEWER),
    (f"{_ROUTES}close_position_*", "commission", "missing", _BROKERS),
    (f"{_ROUTES}close_position_*", "notional", "decimal is null", "an order that closes is of shares; the test of the client writes both"),
    (f"{_ROUTES}close_all_positions_1*", "source subtag", "missing", "not documented, and null in the recording"),
    (f"{_DOCUMENT}Position/*", "asset_marginable usd", "added", _GROWN),
    ("alpaca-py/test_corporate_announcements/*", "declaration_date", "date is null", "the data do not say when it was declared"),
    # market data
    ("alpaca-py/*/test_crypto_latest_bar_1*", "next_page_token", "missing", "a test of the client wrote it where the API has no pages"),
    ("trade-api-go/*/TestGetTrades_Update_7*", "u", "missing", "updates of prints are told by the streams"),
    ("trade-api-go/*/TestSnapshot_32*", "n vw", "added", "recorded before bars had them"),
    (f"{_REST}data_[34]*", "n vw", "added", "recorded before bars had them"),
    (f"{_REST}data_[34]*", "z", "added", "recorded before quotes had a tape"),
    ("trade-api-go/*/TestSnapshot*", "z", "added", "recorded before quotes had a tape"),
    ("trade-api-go/*/TestLatestQuote_30*", "z", "added", "recorded before quotes had a tape"),
    (f"{_REST}data_2*", "t", "text is time", "the test of the client left out the offset"),
    ("openapi/data/paths//v2/stocks/*/bars/*", "n vw", "added", "documented before bars had them"),
    ("openapi/data/paths//v2/stocks/*snapshot/*", "n vw", "added", "documented before bars had them"),
    ("openapi/data/paths//v2/stocks/*snapshot/*", "z", "added", "documented before quotes had a tape"),
)  # fmt: skip
"""(files, keys, what differs, why it is allowed)."""


_ONE_ORDER = "/v2/orders/{order}"
EXAMPLES = {
    "Account": ("GET", "/v2/account"),
    "AccountConfigurations": ("GET", "/v2/account/configurations"),
    "TradingActivities": ("GET", "/v2/account/activities/FILL"),
    "Order": ("GET", _ONE_ORDER),
    "Assets": ("GET", "/v2/assets/AAPL"),
    "Position": ("GET", "/v2/positions/AAPL"),
    "Watchlist": ("GET", "/v2/watchlists/{watchlist}"),
    "Calendar": ("GET", "/v2/calendar?start={today}&end={today}"),
    "Clock": ("GET", "/v2/clock"),
    "CanceledOrderResponse": ("DELETE", "/v2/orders"),
    "ExchangesResponse": ("GET", "/v2/stocks/meta/exchanges"),
}
"""Request of each example of a schema in the OpenAPI documents; those of market data's schemas repeat those of its paths."""


def examples(folder, scene):
    """Yield (name, method, path, query, recorded) of each example in Alpaca's OpenAPI documents that something here answers."""
    for document in ("trading", "data"):
        for entry in json.loads((folder / "openapi" / f"{document}.examples.json").read_text()):
            place = entry["pointer"]
            method, url = EXAMPLES.get(place.rpartition("/")[2], ("", "")) if "/schemas/" in place else ("", "")
            if place.startswith(("/paths//v2/stocks/", "/paths//v2/watchlists")):
                method, url = "GET", place.removeprefix("/paths/").partition("/get/")[0]
                if "/{symbol}/" not in url and "/meta/" not in url and "watchlists" not in url:
                    url += f"?symbols={STOCKS}"
                if url.partition("?")[0].endswith("/bars"):
                    url += ("&" if "?" in url else "?") + "timeframe=1Min&limit=2"
            for name, example in entry["example"].items() if url else ():
                asked = url.replace("{symbol}", "AAPL").replace("{type}", "quote" if "quote" in name else "trade")
                asked += "?tape=A" if "/conditions/" in asked else ""
                path, _, query = asked.format(**scene).partition("?")
                options = dict(part.split("=") for part in query.split("&") if part)
                recorded = example["value"] if isinstance(example, dict) and set(example) == {"value"} else example
                yield f"openapi/{document}{place}/{name}", method, path, options, recorded


def allowed(name, difference):
    """Return the row that allows a difference of a file, None where none does."""
    place, _, what = difference.partition(": ")
    key = key_of(place)
    return next((row for row in ALLOWED if what == row[2] and key in row[1].split() and fnmatch(name, row[0])), None)


def status_of(entry):
    """Return the status that is answered to a recorded request: the recording's, where it tells one."""
    if entry["file"].endswith("TestCancelAllPositions_3.json"):
        return 422
    several = entry.get("method") == "DELETE" and entry["url"].rstrip("'").endswith(("/orders", "/positions"))
    return 207 if several else int(entry.get("status", "200"))


def not_served(name):
    """Return why nothing here answers what was recorded, None where something does."""
    return next((why for pattern, why in NOT_SERVED.items() if fnmatch(name, pattern)), None)


def request_of(entry, scene):
    """Return (method, path, query, body) of a recorded payload, with the names of the scene in place of its own."""
    name = entry["file"]
    if name.startswith("trade-api-go/"):
        if name.endswith("TestCancelAllPositions_3.json"):
            return "DELETE", f"/v2/orders/{scene['filled']}", {}, None
        test = re.sub(r"s?(_[A-Za-z]+)?_\d+\.json", "", name.rpartition("/")[2])
        path, query = GO.get(test) or GO[test + "s"]
        if "Auction" in test:  # of whole days, which have both
            return "GET", path, {**query, "start": scene["since"], "end": scene["yesterday"], "limit": "10"}, None
        return "GET", path, {**query, "start": scene["start"], "limit": "2"}, None
    url = entry["url"].replace("'.format(", "").strip("f'").replace("' + '", "")
    path, _, query = re.sub(r"^(https?://[^/]+|\{BaseURL[^}]*\})", "", url).partition("?")
    path = _filled(path.replace("/v1/", "/v2/"), name, scene).removesuffix(")")
    asked = dict(part.partition("=")[::2] for part in query.split("&") if part)
    asked = {key: _filled(value, name, scene, key).removesuffix(")") for key, value in asked.items()}
    if asked.get("limit") == "10000":
        asked["limit"] = "2"
    test = name.rpartition("/")[2].removesuffix(".json")
    body = BODIES.get(test, _MARKET if entry["method"] == "POST" else None)
    return entry["method"], path, asked, body


def _filled(text, name, scene, key=""):
    """Return a part of a URL with values in place of its variables."""
    nothing = "empty" in name or "not_found" in name
    coins = "crypto" in name
    values = {
        "symbols": "XXXX" if nothing else COINS if coins else STOCKS,
        "start": scene["start"],
        "end": scene["now"],
        "timeframe": "1Min" if coins or "bars" not in name else "1Day",
        "limit": "2",
        "ca_types": "dividend",
        "since": scene["since"],
        "until": scene["today"],
        "attributes": "",
    }
    if name.endswith("chronos_2.json"):
        values["start"] = scene["today"]
    if key in values and ("{" in text or key in {"symbols", "attributes", "start", "end"}):
        return values[key]
    for pattern, value in (
        (r"\{order_id\}", scene["order"]),
        (r"orders/\{\}order\.id", f"orders/{scene['order']}"),
        (r"orders/\{\}order_id", f"orders/{scene['order']}"),
        (r"\{client_id\}|\{\}client_order_id", scene["client_order_id"]),
        (r"watchlists/\{\}watchlist_id", f"watchlists/{scene['watchlist']}"),
        (r"watchlists/\{\}/\{\}watchlist_id, symbol", f"watchlists/{scene['watchlist']}/TSLA"),
        (r"\{asset_id\}|\{\}asset_id", scene["asset"]),
        (r"\{symbol\}", "AAPL"),
    ):
        text = re.sub(pattern, value, text)
    return text


def read(folder):
    """Return the entries of the index with what was recorded, but for the OpenAPI documents."""
    entries = json.loads((folder / "index.json").read_text())
    kept = [entry for entry in entries if not entry["file"].startswith("openapi/")]
    return [(entry, json.loads((folder / entry["file"]).read_text())) for entry in kept]
