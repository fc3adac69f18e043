"""Requests find their endpoint and their account, or are refused in Alpaca's words."""

import base64
import json
from types import SimpleNamespace

import msgspec
import pytest

from tenfold.exchange.api.assets import assets_of
from tenfold.exchange.api.query import Day, Moment, read_body, read_query
from tenfold.exchange.api.router import find, handle
from tenfold.exchange.messages import Request
from tenfold.exchange.refusal import Refusal, bad_parameter
from tenfold.exchange.settings import KEY, SECRET, ExchangeSettings
from tenfold.exchange.wire import Ids

SIGNED = {"apca-api-key-id": KEY, "apca-api-secret-key": SECRET}


@pytest.fixture
def exchange():
    return SimpleNamespace(settings=ExchangeSettings(), ids=Ids(1), assets=assets_of(["AAPL", "SPY", "BTC/USD"]))


def ask(served, path, method="GET", headers=SIGNED, **query):
    response = handle(served, Request(method, path, query, headers))
    return response.status, json.loads(response.body) if response.body else None, response.headers


def basic(pair):
    return {"authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


@pytest.mark.parametrize(
    "headers",
    [SIGNED, {"authorization": f"Bearer {KEY}:{SECRET}"}, basic(f"{KEY}:{SECRET}")],
    ids=["own", "bearer", "basic"],
)
def test_credentials_open_the_account(exchange, headers):
    assert ask(exchange, "/v2/assets/AAPL", headers=headers)[0] == 200


@pytest.mark.parametrize(
    "headers", [{}, {"authorization": "Basic !!"}, {"authorization": "Digest x"}], ids=["none", "broken", "unknown"]
)
def test_without_credentials_is_401(exchange, headers):
    assert ask(exchange, "/v2/assets/AAPL", headers=headers)[:2] == (
        401,
        {"code": 40110000, "message": "request is not authorized"},
    )


@pytest.mark.parametrize(
    "headers",
    [
        {**SIGNED, "apca-api-secret-key": "no"},
        {"apca-api-key-id": KEY},
        basic("a:b"),
        {"authorization": "Bearer token"},
    ],
)
def test_wrong_credentials_are_403(exchange, headers):
    assert ask(exchange, "/v2/assets/AAPL", headers=headers)[:2] == (403, {"code": 40310000, "message": "forbidden."})


def test_what_is_not_served_is_404_with_or_without_credentials(exchange):
    for headers in (SIGNED, {}):
        assert ask(exchange, "/v2/nothing", headers=headers)[:2] == (
            404,
            {"code": 40410000, "message": "endpoint not found."},
        )


def test_another_method_is_405_and_names_what_is_allowed(exchange):
    status, body, headers = ask(exchange, "/v2/assets/AAPL", method="PATCH")
    assert (status, body["code"], headers["Allow"]) == (405, 40510000, "GET")


def test_every_answer_has_an_id_of_its_own_that_the_seed_decides(exchange):
    paths = ["/v2/assets", "/v2/assets/NONE", "/v2/nothing"]
    seen = [ask(exchange, path)[2]["X-Request-ID"] for path in paths]
    exchange.ids = Ids(1)
    assert seen == [ask(exchange, path)[2]["X-Request-ID"] for path in paths]
    assert len(set(seen)) == 3
    assert all(len(one) == 32 for one in seen)


def test_assets_are_listed_and_filtered(exchange):
    assert [one["symbol"] for one in ask(exchange, "/v2/assets")[1]] == ["AAPL", "SPY"]
    assert [one["symbol"] for one in ask(exchange, "/v2/assets", asset_class="crypto")[1]] == ["BTC/USD"]
    assert [one["symbol"] for one in ask(exchange, "/v2/assets", exchange="ARCA")[1]] == ["SPY"]
    assert ask(exchange, "/v2/assets", status="inactive")[1] == []
    assert ask(exchange, "/v2/assets", attributes="ptp_no_exception,x")[1] == []
    assert ask(exchange, "/v2/assets", asset_class="bonds")[0] == 422


def test_an_asset_is_found_by_every_form_of_its_name(exchange):
    apple = exchange.assets["AAPL"]
    for name in ("AAPL", "aapl", "AAPL:NASDAQ", "AAPL:NASDAQ:us_equity", apple.id, apple.id.upper()):
        assert ask(exchange, f"/v2/assets/{name}")[1]["id"] == apple.id
    for name in ("BTC/USD", "BTCUSD", "btcusd", "BTC/USD:CRYPTO"):
        assert ask(exchange, f"/v2/assets/{name}")[1]["symbol"] == "BTC/USD"
    for name in ("MSFT", "AAPL:NYSE", "AAPL:NASDAQ:us_equity:x", "00000000-0000-4000-8000-000000000000"):
        assert ask(exchange, f"/v2/assets/{name}")[:2] == (
            404,
            {"code": 40410000, "message": f"asset not found for {name}"},
        )


def test_coins_have_increments_and_stocks_have_none(exchange):
    assert exchange.assets["BTC/USD"].wire()["min_order_size"] == "0.000000001"
    assert "min_order_size" not in exchange.assets["AAPL"].wire()
    assert assets_of(["BTCUSDT"])["BTCUSDT"].is_crypto
    assert not assets_of(["USD"])["USD"].is_crypto


class Asked(msgspec.Struct, frozen=True):
    side: str
    nested: bool = False
    feed: str | None = None
    symbols: tuple[str, ...] = ()
    limit: int = 50
    start: Moment | None = None
    day: Day | None = None


def test_queries_are_read_in_the_spellings_of_clients():
    query = {
        "side": "buy",
        "nested": "True",
        "symbols": "AAPL, MSFT,",
        "limit": "7",
        "start": "1970-01-01T00:00:01+00:00",
        "day": "1970-01-03",
        "feed": "",
        "what": "else",
    }
    assert read_query(Asked, query, bad_parameter) == Asked("buy", True, None, ("AAPL", "MSFT"), 7, 1_000_000_000, 2)


@pytest.mark.parametrize(
    "query",
    [{}, {"limit": "x"}, {"start": "soon"}, {"day": "2026-13-01"}, {"nested": "maybe"}, {"start": "9999999-01-01"}],
)
def test_bad_queries_are_refused(query):
    with pytest.raises(Refusal) as refused:
        read_query(Asked, ({"side": "buy"} if query else {}) | query, bad_parameter)
    assert refused.value.status == 422
    assert next(iter(query), "side") in str(refused.value)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"\xff", 400),
        (b'{"x": ' + b"[" * 100_000, 400),
        (b'{"side": 1}', 422),
        (b"", 422),
        (b'{"side": "buy"}', 0),
    ],
)
def test_bodies_are_read_or_refused(body, status):
    if not status:
        assert read_body(Asked, body, bad_parameter).side == "buy"
        return
    with pytest.raises(Refusal) as refused:
        read_body(Asked, body, bad_parameter)
    assert refused.value.status == status


def test_parts_of_a_path_vary():
    assert find("GET", "/v2/assets/BTC/USD")[1] == {"symbol_or_asset_id": "BTC/USD"}
    assert find("GET", "/v2/assets/BTC/USD/x") is None
    assert find("GET", "/v2/positions/AAPL/exercise") is None


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "0001-01-01", "9999-12-31", "9999-12-31T23:59:59-12:00"])
@pytest.mark.parametrize(
    ("path", "name", "query"),
    [
        ("/v2/account/activities", "date", {}),
        ("/v2/account/activities", "until", {}),
        ("/v2/account/portfolio/history", "end", {}),
        ("/v2/account/portfolio/history", "date_end", {}),
        ("/v2/calendar", "end", {"start": "2026-01-01"}),
        ("/v2/orders", "after", {}),
        ("/v2/stocks/AAPL/trades", "end", {"limit": "1"}),
        ("/v2/stocks/bars", "end", {"symbols": "AAPL", "timeframe": "1Day", "limit": "1"}),
    ],
)
def test_the_ends_of_time_are_answered(reader, path, name, query, moment):
    status, _ = reader.ask("GET", path, **query, **{name: moment})
    assert status in {200, 400, 422}
