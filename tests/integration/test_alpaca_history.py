"""The official clients of market data, over real sockets: every method, and pages that join without a gap."""

import inspect
from datetime import timedelta

import pytest

from official_client import coin_client, serving, stock_client, trading_client

from alpaca.data import requests as ask  # isort: skip -- after the client, which quiets it
from alpaca.data.timeframe import TimeFrame, TimeFrameUnit  # isort: skip


@pytest.fixture(scope="module")
def exchange():
    with serving() as one:
        one.call(lambda: one.exchange.advance(one.exchange.now_ns + 2 * 3_600 * 10**9))
        yield one


@pytest.fixture(scope="module")
def now(exchange):
    with trading_client(exchange) as client:
        return client.get_clock().timestamp


def of(kind, now, symbols, **more):
    return kind(symbol_or_symbols=symbols, start=now - timedelta(minutes=30), end=now, **more)


def test_stocks(exchange, now):
    with stock_client(exchange) as client:
        both = ["AAPL", "MSFT"]
        bars = client.get_stock_bars(of(ask.StockBarsRequest, now, both, timeframe=TimeFrame.Minute)).data
        assert set(bars) == set(both)
        assert 28 <= len(bars["AAPL"]) <= 31
        assert all(one.low <= one.open <= one.high for one in bars["MSFT"])
        larger = TimeFrame(5, TimeFrameUnit.Minute)
        fives = client.get_stock_bars(of(ask.StockBarsRequest, now, "AAPL", timeframe=larger)).data["AAPL"]
        assert 5 <= len(fives) <= 7
        quotes = client.get_stock_quotes(of(ask.StockQuotesRequest, now, both, limit=200)).data
        assert sum(len(one) for one in quotes.values()) == 200
        trades = client.get_stock_trades(of(ask.StockTradesRequest, now, "AAPL")).data["AAPL"]
        assert [one.timestamp for one in trades] == sorted(one.timestamp for one in trades)
        for method, kind in (
            (client.get_stock_latest_trade, ask.StockLatestTradeRequest),
            (client.get_stock_latest_quote, ask.StockLatestQuoteRequest),
            (client.get_stock_latest_bar, ask.StockLatestBarRequest),
            (client.get_stock_snapshot, ask.StockSnapshotRequest),
        ):
            assert set(method(kind(symbol_or_symbols=both))) == set(both)
        called = {"get_stock_bars", "get_stock_quotes", "get_stock_trades", "get_stock_latest_trade",
                  "get_stock_latest_quote", "get_stock_latest_bar", "get_stock_snapshot"}  # fmt: skip
        assert called == methods(client)


def test_pages_join_without_a_gap(exchange, now):
    with stock_client(exchange) as client:
        wanted = of(ask.StockTradesRequest, now, ["AAPL", "MSFT"]).to_request_fields()
        wanted["symbols"] = "AAPL,MSFT"
        wanted.pop("symbol_or_symbols", None)
        whole = client.get("/stocks/trades", {**wanted, "limit": 10_000})
        paged, token = {}, None
        while True:
            page = client.get("/stocks/trades", {**wanted, "limit": 97, **({"page_token": token} if token else {})})
            for symbol, some in page["trades"].items():
                paged.setdefault(symbol, []).extend(some)
            token = page["next_page_token"]
            if token is None:
                break
        assert paged == whole["trades"]


def test_coins(exchange, now):
    with coin_client(exchange) as client:
        pair = "BTC/USD"
        bars = client.get_crypto_bars(of(ask.CryptoBarsRequest, now, pair, timeframe=TimeFrame.Minute)).data[pair]
        assert len(bars) >= 28
        assert client.get_crypto_quotes(of(ask.CryptoQuoteRequest, now, pair)).data[pair]
        assert client.get_crypto_trades(of(ask.CryptoTradesRequest, now, pair)).data[pair]
        for method, kind in (
            (client.get_crypto_latest_trade, ask.CryptoLatestTradeRequest),
            (client.get_crypto_latest_quote, ask.CryptoLatestQuoteRequest),
            (client.get_crypto_latest_bar, ask.CryptoLatestBarRequest),
            (client.get_crypto_latest_orderbook, ask.CryptoLatestOrderbookRequest),
            (client.get_crypto_snapshot, ask.CryptoSnapshotRequest),
        ):
            assert set(method(kind(symbol_or_symbols=pair))) == {pair}
        called = {"get_crypto_bars", "get_crypto_quotes", "get_crypto_trades", "get_crypto_latest_trade",
                  "get_crypto_latest_quote", "get_crypto_latest_bar", "get_crypto_latest_orderbook",
                  "get_crypto_snapshot"}  # fmt: skip
        assert called == methods(client)


def methods(client):
    """Return the names of a client's own methods."""
    shared = {"get", "post", "put", "patch", "delete", "response_wrapper"}
    found = {name for name, _ in inspect.getmembers(type(client), inspect.isfunction) if not name.startswith("_")}
    return found - shared
