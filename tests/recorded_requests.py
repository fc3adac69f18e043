"""Say for each recorded payload which request it answers, and where the answers here differ on purpose."""

import json
import re
from fnmatch import fnmatch

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
    "alpaca-py/test_option_routes/test_get_option_contract_1.json": "no option is listed, so none is found",
    "trade-api-go/alpaca_rest_test/TestDefaultDo_Error_1.json": "a made-up error of the client's own test",
    "trade-api-go/alpaca_rest_test/TestCancelAllPositions_2.json": "two keys of an order, as the client's own test shortened it",
    "*_Currency_*": "prices are in dollars alone",
    "alpaca-trade-api-python/test_rest/test_errors_1.json": "a code that Alpaca retired with its API v1",
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

ALLOWED = (
    ("openapi/*", "*: added", "documented in 2025-04, the API has grown since"),
    ("*", "$.next_page_token: missing", "a test of the client wrote it where the API has no pages: latest"),
    ("*", "*.u: missing", "updates of prints are told by the streams"),
    ("*Snapshot*", "*Bar.n: added", "recorded before bars had a number of trades"),
    ("*test_data_[34]*", "*Bar.n: added", "recorded before bars had a number of trades"),
    ("*Snapshot*", "*Bar.vw: added", "recorded before bars had an average price"),
    ("*test_data_[34]*", "*Bar.vw: added", "recorded before bars had an average price"),
    ("*", "*atestQuote.z: added", "recorded before quotes had a tape"),
    ("*TestLatestQuote_30*", "*.z: added", "recorded before quotes had a tape"),
    ("*test_data_2*", "$.quote.t: text is time", "the test of the client left out the offset"),
    ("*", "*.last_close_pct_change: missing", "of the broker's API alone"),
    ("*", "*.last_price: missing", "of the broker's API alone, a price of v1 elsewhere"),
    ("*", "*.margin_requirement_*: added", "newer than the recording"),
    ("*", "*.maintenance_margin_requirement: added", "newer than the recording"),
    ("*", "*.attributes: added", "newer than the recording"),
    ("*", "*.fractionable: added", "newer than the recording"),
    ("*", "*.daytrad*: missing", "removed from the API on 2026-07-06"),
    ("*", "*.pattern_day_trader: missing", "removed from the API on 2026-07-06"),
    ("*", "*.pdt_check: missing", "removed from the API on 2026-07-06"),
    ("*", "*.dtbp_check: missing", "removed from the API on 2026-07-06"),
    ("*", "$.options_*_level: decimal is number", "a test of the client writes a text where the API has a number"),
    ("*test_get_account_1*", "*: added", "the account of 2026 has more fields than that of the recording"),
    ("*TestGetAssetFromJSON*", "$.name: added", "the test of the client left it out"),
    ("*test_api_1*", "*: added", "the account of v1 had few fields"),
    ("*test_api_1*", "$.cash_withdrawable: missing", "of v1 alone"),
    ("*test_api_[23]*", "*.asset_class: missing", "v1 called it so, v2 calls it class"),
    ("*test_api_[23]*", "*: added", "the asset of v1 had few fields"),
    ("*test_chronos_2*", "*: added", "extended hours and the day of settlement are newer than the recording"),
    ("*test_positions_?.json", "*", "the position of v1 had other keys"),
    ("*test_orders_?.json", "*", "the order of v1 had other keys"),
    ("*", "*qty: number is decimal", "tests of the client write numbers where the API answers texts"),
    ("*", "*_price: number is decimal", "tests of the client write numbers where the API answers texts"),
    ("*", "*.commission: missing", "of the broker's API alone"),
    ("*", "*.position_intent: added", "newer than the recording"),
    ("*", "*.expires_at: added", "newer than the recording"),
    ("*", "*.ratio_qty: added", "newer than the recording"),
    ("*", "*.legs: added", "the test of the client left it out"),
    ("*test_get_orders_1*", "*.client_order_id: text is uuid", "a placeholder of the documentation"),
    ("*", "*.hwm: text is*", "a placeholder of the documentation"),
    ("*", "*.source: missing", "not documented, and null in the recording"),
    ("*", "*.subtag: missing", "not documented, and null in the recording"),
    ("*test_get_all_positions*", "*.qty_available: added", "newer than the recording"),
    ("*test_get_all_positions*", "*.asset_marginable: added", "newer than the recording"),
)
"""(file, difference, why it is allowed)."""


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
                    url += ("&" if "?" in url else "?") + "timeframe=1Min"
            for name, example in entry["example"].items() if url else ():
                asked = url.replace("{symbol}", "AAPL").replace("{type}", "quote" if "quote" in name else "trade")
                asked += "?tape=A" if "/conditions/" in asked else ""
                path, _, query = asked.format(**scene).partition("?")
                options = dict(part.split("=") for part in query.split("&") if part)
                recorded = example["value"] if isinstance(example, dict) and set(example) == {"value"} else example
                yield f"openapi/{document}{place}/{name}", method, path, options, recorded


def reason(name, difference):
    """Return why a difference of a file is allowed, None where it is not."""
    return next((why for file, pattern, why in ALLOWED if fnmatch(name, file) and fnmatch(difference, pattern)), None)


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
