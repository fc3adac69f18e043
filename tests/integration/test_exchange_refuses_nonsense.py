"""Whatever the OpenAPI document allows, and much that it does not, ends in an answer of the kind that it names."""

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from exchange_scenes import Client
from tenfold.app.exchange import open_exchange
from tenfold.app.exchange_prepared import prepare_exchange
from tenfold.exchange.api.router import ROUTES
from tenfold.exchange.settings import ExchangeSettings, ServerSettings


def name_of(route):
    return f"{route.method} {route.path}"


CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture(scope="module")
def served():
    limits = ServerSettings(port=0, trading_requests_per_minute=0, data_requests_per_minute=0)
    choices = ExchangeSettings(symbols=("AAPL", "BTC/USD"), speed="60x", server=limits)
    with open_exchange(settings=choices, synthetic=True) as running:
        headers = {"APCA-API-KEY-ID": running.key, "APCA-API-SECRET-KEY": running.secret}
        with requests.Session() as session:
            session.headers.update(headers)
            document = session.get(f"{running.url}/openapi.json", timeout=10).json()
            yield running, schemathesis.openapi.from_dict(document), session


def asks(served, route, mode):
    """Ask many questions of one kind; every answer is one that the document names."""
    running, schema, session = served

    @given(schema[route.path][route.method].as_strategy(generation_mode=mode))
    @settings(max_examples=max(settings().max_examples // 2, 10), suppress_health_check=list(HealthCheck))
    def ask(case):
        response = case.call(base_url=running.url, session=session)
        case.validate_response(response, checks=CHECKS)

    ask()


@pytest.mark.parametrize("route", ROUTES, ids=name_of)
def test_no_question_breaks_it(served, route):
    asks(served, route, GenerationMode.POSITIVE)


@pytest.mark.parametrize("route", [route for route in ROUTES if not route.public], ids=name_of)
def test_no_nonsense_breaks_it(served, route):
    asks(served, route, GenerationMode.NEGATIVE)


NUMBERS = st.sampled_from(
    ["1", 1, 0, -1, "0.5", 0.1 + 0.2, "1e3", "1e400", "NaN", "", None, True, "0.0000000001", 10**30, "9" * 40, "600.123", 620, 650.5, "550"]
)  # fmt: skip
WORDS = st.sampled_from(
    ["", "simple", "bracket", "oco", "oto", "mleg", "buy", "sell", "day", "gtc", "ioc", "fok", "opg", "cls", None, 7]
)
BODY = st.fixed_dictionaries(
    {},
    optional={
        "symbol": st.sampled_from(["AAPL", "BTC/USD", "BTCUSD", "aapl", "NONE", "", None, 1]),
        "side": st.sampled_from(["buy", "sell", "hold", None]),
        "type": st.sampled_from(["market", "limit", "stop", "stop_limit", "trailing_stop", "pegged"]),
        "time_in_force": WORDS,
        "order_class": WORDS,
        "extended_hours": st.sampled_from([True, False, "True", None]),
        "client_order_id": st.sampled_from(["mine", "x" * 129, "", "\u0000", "é", 5]),
        "position_intent": st.sampled_from(["buy_to_open", "sell_to_close", "other"]),
        "take_profit": st.one_of(st.none(), st.fixed_dictionaries({}, optional={"limit_price": NUMBERS})),
        "stop_loss": st.one_of(
            st.none(), st.fixed_dictionaries({}, optional={"limit_price": NUMBERS, "stop_price": NUMBERS})
        ),
        "advanced_instructions": st.fixed_dictionaries(
            {},
            optional={
                "algorithm": st.sampled_from(["DMA", "VWAP", "TWAP", "x"]),
                "destination": st.sampled_from(["NYSE", "IEX", "MARS"]),
                "display_qty": NUMBERS,
                "max_percentage": NUMBERS,
                "start_time": st.sampled_from(["2024-03-04T15:00:00Z", "soon"]),
                "end_time": st.sampled_from(["2024-03-04T16:00:00-05:00", ""]),
            },
        ),
        **dict.fromkeys(
            ("qty", "notional", "limit_price", "stop_price", "trail_price", "trail_percent", "trail"), NUMBERS
        ),
    },
)


@pytest.fixture(scope="module")
def client():
    exchange = prepare_exchange(ExchangeSettings(symbols=("AAPL", "BTC/USD")), synthetic=True).exchange
    client = Client(exchange)
    exchange.advance(exchange.sessions.next_open(exchange.now_ns))
    client.wait(120)
    client.order("BTC/USD", "10", time_in_force="gtc")
    return client


@given(
    st.lists(
        st.tuples(st.sampled_from(["POST", "PATCH", "DELETE"]), BODY, st.integers(0, 3), NUMBERS),
        min_size=1,
        max_size=6,
    )
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_orders_that_nearly_make_sense_are_taken_or_refused(client, actions):
    for method, given_body, place, number in actions:
        known = client.get("/v2/orders", status="all", limit=4) or [{"id": "none"}]
        path = "/v2/orders" if method == "POST" else f"/v2/orders/{known[place % len(known)]['id']}"
        likely = {"symbol": "AAPL", "side": "buy", "type": "limit", "time_in_force": "day", "qty": number}
        body = {**likely, **given_body} if method == "POST" else given_body
        status, shown = client.ask(method, path, None if method == "DELETE" else body)
        assert status in {200, 204, 400, 403, 404, 422}, (body, shown)
        if status >= 400:
            assert str(shown["code"])[:3] in {"400", str(status)}
            assert shown["message"]
        assert client.ask("DELETE", "/v2/positions/AAPL", qty=number)[0] in {200, 403, 404, 422}
        client.wait(1.0)
