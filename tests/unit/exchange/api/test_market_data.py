"""Market data of stocks and coins: pages, feeds, what was seen last, and what is refused."""

import base64

import pytest

from exchange_markets import OPEN_NS, depth
from exchange_scenes import Client
from tenfold.exchange.event_log import EventLog
from tenfold.exchange.opening import MarketData, open_market
from tenfold.exchange.settings import ExchangeSettings
from tenfold.exchange.wire import parse_time, rfc3339

BAR = {"t", "o", "h", "l", "c", "v", "n", "vw"}
STOCK_QUOTE = {"t", "ax", "ap", "as", "bx", "bp", "bs", "c", "z"}
STOCK_TRADE = {"t", "x", "p", "s", "c", "i", "z"}
COIN_QUOTE = {"t", "bp", "bs", "ap", "as"}
COIN_TRADE = {"t", "p", "s", "tks", "i"}
SNAPSHOT = {"latestTrade", "latestQuote", "minuteBar", "dailyBar", "prevDailyBar"}
STOCKS, COINS = "/v2/stocks", "/v1beta3/crypto/us"


def pages(client, path, key, **query):
    """Return all points of a symbol list, page by page."""
    joined, token, count = {}, None, 0
    while True:
        body = client.get(path, **query, **({"page_token": token} if token else {}))
        for symbol, points in body[key].items():
            joined.setdefault(symbol, []).extend(points)
        token, count = body["next_page_token"], count + 1
        if token is None:
            return joined, count


@pytest.mark.parametrize("sort", ["asc", "desc"])
@pytest.mark.parametrize(
    ("path", "key", "symbols"),
    [
        (f"{STOCKS}/bars", "bars", "MSFT,AAPL"),
        (f"{STOCKS}/quotes", "quotes", "MSFT,AAPL"),
        (f"{STOCKS}/trades", "trades", "MSFT,AAPL"),
        (f"{COINS}/bars", "bars", "ETH/USD,BTC/USD"),
        (f"{COINS}/quotes", "quotes", "ETH/USD,BTC/USD"),
        (f"{COINS}/trades", "trades", "ETH/USD,BTC/USD"),
    ],
)
def test_pages_are_the_whole(reader, path, key, symbols, sort):
    start = rfc3339(reader.exchange.now_ns - 900 * 10**9)
    asked = {"symbols": symbols, "start": start, "sort": sort} | ({"timeframe": "1Min"} if key == "bars" else {})
    whole, one = pages(reader, path, key, limit=10_000, **asked)
    parts, several = pages(reader, path, key, limit=37 if key != "bars" else 4, **asked)
    assert whole == parts
    assert (one, several > 2) == (1, True)
    assert list(whole) == sorted(symbols.split(","))
    for points in whole.values():
        moments = [parse_time(point["t"]) for point in points]
        assert moments == sorted(moments, reverse=sort == "desc")
        assert max(moments) <= reader.exchange.now_ns


@pytest.mark.parametrize(
    ("path", "key", "keys"),
    [
        (f"{STOCKS}/AAPL/bars?timeframe=1Min", "bars", BAR),
        (f"{STOCKS}/AAPL/quotes", "quotes", STOCK_QUOTE),
        (f"{STOCKS}/AAPL/trades", "trades", STOCK_TRADE),
        (f"{STOCKS}/AAPL/auctions", "auctions", {"d", "o", "c"}),
    ],
)
def test_one_stock_is_told_as_a_list(reader, path, key, keys):
    path, _, query = path.partition("?")
    body = reader.get(path, limit=2, **dict(part.split("=") for part in query.split("&") if part))
    assert set(body) == {key, "symbol", "next_page_token"}
    assert body["symbol"] == "AAPL"
    assert set(body[key][0]) == keys


def test_what_was_seen_last_is_told_of_stocks(reader):
    for kind, one, keys in (("bars", "bar", BAR), ("quotes", "quote", STOCK_QUOTE), ("trades", "trade", STOCK_TRADE)):
        many = reader.get(f"{STOCKS}/{kind}/latest", symbols="AAPL,NONE")
        assert set(many[kind]) == {"AAPL"}
        assert set(many[kind]["AAPL"]) == keys
        assert reader.get(f"{STOCKS}/AAPL/{kind}/latest") == {"symbol": "AAPL", one: many[kind]["AAPL"]}
        assert reader.ask("GET", f"{STOCKS}/NONE/{kind}/latest")[0] == 404


def test_what_was_seen_last_is_told_of_coins(reader):
    for kind, keys in (("bars", BAR), ("quotes", COIN_QUOTE), ("trades", COIN_TRADE)):
        many = reader.get(f"{COINS}/latest/{kind}", symbols="BTC/USD,AAPL")
        assert set(many[kind]) == {"BTC/USD"}
        assert set(many[kind]["BTC/USD"]) == keys
    books = reader.get(f"{COINS}/latest/orderbooks", symbols="BTC/USD")["orderbooks"]
    assert set(books["BTC/USD"]) == {"t", "b", "a"}
    assert books["BTC/USD"]["b"][0]["p"] < books["BTC/USD"]["a"][0]["p"]


def test_snapshots_hold_everything_that_is_known(reader):
    many = reader.get(f"{STOCKS}/snapshots", symbols="AAPL,MSFT,NONE")
    assert set(many) == {"AAPL", "MSFT"}
    assert set(many["AAPL"]) == SNAPSHOT
    assert reader.get(f"{STOCKS}/AAPL/snapshot") == {"symbol": "AAPL", **many["AAPL"]}
    assert reader.ask("GET", f"{STOCKS}/NONE/snapshot")[0] == 404
    coins = reader.get(f"{COINS}/snapshots", symbols="BTC/USD")["snapshots"]
    assert set(coins["BTC/USD"]) == SNAPSHOT
    assert many["AAPL"]["dailyBar"]["t"] == "2024-03-04T05:00:00Z"
    assert coins["BTC/USD"]["dailyBar"]["t"] == "2024-03-04T00:00:00Z"


def test_days_and_hours_are_made_of_minutes(reader):
    asked = {"symbols": "AAPL", "start": "2024-03-04T14:30:00Z"}
    minutes = reader.get(f"{STOCKS}/bars", timeframe="1Min", **asked)["bars"]["AAPL"]
    (hour, *_) = reader.get(f"{STOCKS}/bars", timeframe="5Min", **asked)["bars"]["AAPL"]
    assert hour["v"] == sum(bar["v"] for bar in minutes[:5])
    assert (hour["o"], hour["c"]) == (minutes[0]["o"], minutes[4]["c"])
    days = reader.get(f"{STOCKS}/bars", timeframe="1Day", symbols="AAPL", start="2024-02-26", end="2024-02-27")
    assert [bar["t"] for bar in days["bars"]["AAPL"]] == ["2024-02-26T05:00:00Z", "2024-02-27T05:00:00Z"]


def test_auctions_are_told_by_day(reader):
    (day,) = reader.get(f"{STOCKS}/auctions", symbols="AAPL")["auctions"]["AAPL"]
    assert (day["d"], [one["c"] for one in day["o"]], day["c"]) == ("2024-03-04", ["O", "Q"], [])
    assert set(day["o"][0]) == {"t", "x", "p", "s", "c"}


def test_letters_are_explained(reader):
    assert reader.get(f"{STOCKS}/meta/exchanges")["V"] == "IEX"
    assert reader.get(f"{STOCKS}/meta/conditions/trade", tape="C")["@"] == "Regular Sale"
    assert reader.get(f"{STOCKS}/meta/conditions/quote", tape="A")["R"] == "Regular Two Sided Open"
    assert reader.ask("GET", f"{STOCKS}/meta/conditions/bars", tape="A")[0] == 400
    assert reader.ask("GET", f"{STOCKS}/meta/conditions/trade", tape="D")[0] == 400


def test_nothing_is_told_of_the_future(reader):
    body = reader.get(f"{STOCKS}/bars", symbols="AAPL", timeframe="1Min", start="2024-03-04", end="2030-01-01")
    ends = [parse_time(bar["t"]) + 60 * 10**9 for bar in body["bars"]["AAPL"]]
    assert max(ends) <= reader.exchange.now_ns
    later = rfc3339(reader.exchange.now_ns + 10**9)
    assert reader.get(f"{STOCKS}/trades", symbols="AAPL", start=later)["trades"] == {}


def test_a_feed_with_a_delay_tells_what_was_then(reader):
    latest = reader.get(f"{STOCKS}/trades/latest", symbols="AAPL", feed="delayed_sip")["trades"]["AAPL"]
    assert parse_time(latest["t"]) <= reader.exchange.now_ns - 900 * 10**9
    late = reader.get(f"{STOCKS}/quotes", symbols="AAPL", feed="delayed_sip", sort="desc", limit=1, start="2024-03-01")
    assert parse_time(late["quotes"]["AAPL"][0]["t"]) <= reader.exchange.now_ns - 900 * 10**9


@pytest.mark.parametrize("feed", ["otc", "boats", "overnight"])
def test_feeds_without_our_symbols_are_empty(reader, feed):
    assert reader.get(f"{STOCKS}/trades", symbols="AAPL", feed=feed)["trades"] == {}
    assert reader.get(f"{STOCKS}/trades/latest", symbols="AAPL", feed=feed)["trades"] == {}
    assert reader.get(f"{STOCKS}/snapshots", symbols="AAPL", feed=feed) == {}


def test_recent_sip_data_need_a_subscription(poor_reader):
    refused = (403, {"code": 40310000, "message": "subscription does not permit querying recent SIP data"})
    assert poor_reader.ask("GET", f"{STOCKS}/trades", symbols="AAPL", feed="sip") == refused
    assert poor_reader.ask("GET", f"{STOCKS}/trades/latest", symbols="AAPL", feed="SIP") == refused
    assert poor_reader.ask("GET", f"{STOCKS}/trades", symbols="AAPL")[0] == 200
    old = {"start": "2024-03-01", "end": "2024-03-02"}
    assert poor_reader.ask("GET", f"{STOCKS}/trades", symbols="AAPL", feed="sip", limit=1, **old)[0] == 200


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"symbols": "AAPL"},
        {"symbols": "aapl", "timeframe": "1Min"},
        {"symbols": "$", "timeframe": "1Min"},
        {"symbols": "AAPL", "timeframe": "60Min"},
        {"symbols": "AAPL", "timeframe": "2Day"},
        {"symbols": "AAPL", "timeframe": "1Min", "limit": "10001"},
        {"symbols": "AAPL", "timeframe": "1Min", "limit": "0"},
        {"symbols": "AAPL", "timeframe": "1Min", "start": "soon"},
        {"symbols": "AAPL", "timeframe": "1Min", "end": "2024-02-31"},
        {"symbols": "AAPL", "timeframe": "1Min", "start": "2024-03-02", "end": "2024-03-01"},
        {"symbols": "AAPL", "timeframe": "1Min", "page_token": "x"},
        {"symbols": "AAPL", "timeframe": "1Min", "sort": "up"},
        {"symbols": "AAPL", "timeframe": "1Min", "adjustment": "none"},
        {"symbols": "AAPL", "timeframe": "1Min", "feed": "cta"},
        {"symbols": "AAPL", "timeframe": "1Min", "currency": "JPY"},
    ],
)
def test_bad_questions_are_400(reader, query):
    status, body = reader.ask("GET", f"{STOCKS}/bars", **query)
    assert (status, body["code"]) == (400, 40010000)


def test_coins_are_traded_in_some_places(reader):
    for path in ("bars", "trades", "latest/quotes", "latest/orderbooks", "snapshots"):
        status, body = reader.ask("GET", f"/v1beta3/crypto/mars/{path}", symbols="BTC/USD", timeframe="1Min")
        assert (status, body["message"]) == (400, "invalid location: mars")
    assert reader.get("/v1beta3/crypto/eu-1/latest/trades", symbols="BTC/USD")["trades"]
    assert reader.ask("GET", f"{COINS}/bars", symbols="BTC/USD", timeframe="x")[0] == 400


def test_stocks_are_no_coins_and_coins_no_stocks(reader):
    assert reader.get(f"{STOCKS}/trades/latest", symbols="BTC/USD")["trades"] == {}
    assert reader.get(f"{COINS}/latest/trades", symbols="AAPL")["trades"] == {}


def test_a_token_is_opaque_base64(reader):
    token = reader.get(f"{STOCKS}/trades", symbols="AAPL", limit=1, start="2024-03-04")["next_page_token"]
    assert base64.b64decode(token, validate=True)


def test_recorded_levels_are_told_as_they_stand():
    levels = [(0, 1, 1, 1, 1, 99.0, 2.0), (0, 1, 1, 1, -1, 101.0, 3.0), (0, 1, 1, 1, 1, 98.5, 1.0)]
    change = (5, 0, 2, 2, 1, 99.0, 0.5)
    recorded = depth([*levels, change], "BTC/USD")
    data = MarketData(
        symbols=("BTC/USD",),
        span_ns=(OPEN_NS, OPEN_NS + 10**10),
        ticks={("BTC/USD", "depth"): lambda: iter([recorded])},
    )
    client = Client(open_market(ExchangeSettings(), data, (), EventLog()))
    client.wait(6.0)
    book = client.get(f"{COINS}/latest/orderbooks", symbols="BTC/USD")["orderbooks"]["BTC/USD"]
    assert book == {
        "t": rfc3339(client.exchange.now_ns),
        "b": [{"p": 99, "s": 0.5}, {"p": 98.5, "s": 1}],
        "a": [{"p": 101, "s": 3}],
    }
