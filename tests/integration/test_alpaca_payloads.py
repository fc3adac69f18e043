"""Every recorded payload of Alpaca that has an endpoint here: the exchange's own answer looks the same."""

import json
from fnmatch import fnmatch
from itertools import count

import pytest

import recorded_requests
from exchange_scenes import Client
from paying_market import MONDAY, paying_exchange
from payload_shapes import differences, fractions, key_of
from tenfold.app.exchange_prepared import prepare_exchange
from tenfold.exchange.settings import ExchangeSettings
from tenfold.exchange.wire import day_text, rfc3339

SYMBOLS = ("AAPL", "TSLA", "SPY", "MSFT", "BTC/USD", "ETH/USD")
FRESH = count(1)
ANNOUNCED = "alpaca-py/test_corporate_announcements/test_get_announcements_1.json"
"""Needs a market in which something is announced."""


@pytest.fixture(scope="module")
def client():
    exchange = prepare_exchange(ExchangeSettings(symbols=SYMBOLS, seed=7), synthetic=True).exchange
    client = Client(exchange)
    exchange.advance(exchange.sessions.next_open(exchange.now_ns))
    client.wait(600)
    return client


def scene_of(client):
    """Return names of a state in which everything that was recorded can be asked for; orders of its own each time."""
    client.ask("DELETE", "/v2/orders")
    client.ask("DELETE", "/v2/positions")
    client.wait(60)
    _, filled = client.order("AAPL", 5)
    client.order("TSLA", 5)
    client.wait(60)
    price = f"{client.price('SPY') * 0.9:.2f}"
    status, order = client.order("SPY", 1, type="limit", limit_price=price)
    assert status == 200, order
    _, watchlist = client.ask("POST", "/v2/watchlists", {"name": f"list {next(FRESH)}", "symbols": ["AAPL", "TSLA"]})
    now_ns, day = client.exchange.now_ns, client.exchange.sessions.day_of(client.exchange.now_ns)
    return {
        "start": rfc3339(now_ns - 86_400 * 10**9 * 4),
        "now": rfc3339(now_ns),
        "since": day_text(day - 30),
        "yesterday": day_text(day - 1),
        "today": day_text(day),
        "order": order["id"],
        "client_order_id": order["client_order_id"],
        "filled": filled["id"],
        "asset": client.exchange.assets["AAPL"].id,
        "watchlist": watchlist["id"],
    }


def prepared(client, entry, method, body):
    """Bring about what the recording had: a list without the symbol that is added to it; a price below the market."""
    if entry["file"].endswith("test_watchlists_3.json"):
        client.ask("DELETE", f"{entry['path']}/TSLA")
    if body is not None and "limit_price" in body:
        body = {**body, "limit_price": round(client.price() * 0.8, 2)}
    return body


@pytest.mark.parametrize(
    ("recorded", "ours", "found"),
    [
        ({"a": [1]}, {"a": []}, {"$.a: list is empty"}),
        ({"a": {"b": 1}}, {"a": {}}, {"$.a: object is empty"}),
        ({"AAPL": {"p": 1.5}}, {}, {"$: object is empty"}),
        ({"a": "1.5"}, {"a": None}, {"$.a: decimal is null"}),
        ({"n": 3}, {"n": 3.5}, {"$.n: whole number is number"}),
        ({"p": 3}, {"p": 3.5}, set()),
        ({"x": 3.5}, {"x": 3}, set()),
        ({"n": 3}, {"n": True}, {"$.n: whole number is truth"}),
        ({"q": "3"}, {"q": 3}, {"$.q: decimal is whole number"}),
        ({"a": 1}, {"b": 1}, {"$.a: missing", "$.b: added"}),
        ([{"t": "2024-01-02"}], [{"t": "2024-01-02T00:00:00Z"}], {"$[].t: date is time"}),
    ],
)
def test_no_difference_of_shape_stays_unseen(recorded, ours, found):
    assert differences(recorded, ours, fractional={"p"}) == found


def compared(name, recorded, ours, fractional, used):
    """Return the differences that nothing allows; add what allowed the others to `used`."""
    rows = {one: recorded_requests.allowed(name, one) for one in differences(recorded, ours, fractional=fractional)}
    used |= {(row, key_of(one.partition(": ")[0])) for one, row in rows.items() if row}
    return sorted(one for one, row in rows.items() if row is None)


def unused(used, documented):
    """Return the allowed keys that no recording, or no documented example, needs."""
    rows = [row for row in recorded_requests.ALLOWED if row[0].startswith("openapi") == documented]
    return {(row, key) for row in rows if not fnmatch(ANNOUNCED, row[0]) for key in row[1].split()} - used


@pytest.fixture(scope="module")
def recordings(reference_data):
    return recorded_requests.read(reference_data / "alpaca_payloads")


def fractional_of(recordings, name):
    """Return the keys that are fractions of shares or dollars somewhere, coins and stocks apart."""
    coins = "rypto" in name
    return set().union(*(fractions(recorded) for entry, recorded in recordings if ("rypto" in entry["file"]) == coins))


def test_every_recorded_payload_looks_like_our_answer(client, recordings):
    wrong, asked, used = {}, 0, set()
    for entry, recorded in recordings:
        name = entry["file"]
        if recorded_requests.not_served(name) is not None or name == ANNOUNCED:
            continue
        method, path, query, body = recorded_requests.request_of(entry, scene_of(client))
        body = prepared(client, {**entry, "path": path}, method, body)
        status, ours = client.ask(method, path, body, **query)
        asked += 1
        found = compared(name, recorded, ours, fractional_of(recordings, name), used)
        if status >= 400 and (
            ours["code"] != recorded["code"] or recorded["message"] not in {ours["message"], "error"}
        ):
            found.append(f"refused as {ours}")
        if found or status != recorded_requests.status_of(entry):
            wrong[name] = (method, path, query, status, found)
    assert not wrong, json.dumps(wrong, indent=1)
    assert asked == 110
    assert not unused(used, documented=False), "no recording needs these"


def test_what_is_not_served_says_so(client):
    assert client.ask("GET", "/v2/options/contracts") == (200, {"option_contracts": [], "next_page_token": None})
    for path in ("/v1/account", "/v1beta1/news", "/v1beta1/options/bars", "/v1beta1/screener/stocks/most-actives",
                 "/v1/corporate-actions", "/v2/options/contracts/AAPL240304C00100000"):  # fmt: skip
        status, told = client.ask("GET", path)
        assert (status, told["code"]) == (404, 40410000), path


def test_every_documented_example_looks_like_our_answer(client, recordings, reference_data):
    wrong, asked, used = {}, 0, set()
    for name, method, path, query, recorded in recorded_requests.examples(
        reference_data / "alpaca_payloads", scene_of(client)
    ):
        status, ours = client.ask(method, path, **query)
        asked += 1
        ours = ours[0] if isinstance(ours, list) and isinstance(recorded, dict) else ours
        found = compared(name, recorded, ours, fractional_of(recordings, name), used)
        if found or status != (207 if method == "DELETE" else 200):
            wrong[name] = (path, status, found)
    assert not wrong, json.dumps(wrong, indent=1)
    assert asked == 30
    assert not unused(used, documented=True), "no example needs these"


def test_the_recorded_announcement_looks_like_ours(reference_data):
    client = Client(paying_exchange())
    client.exchange.advance(client.exchange.replay.next_ns() + 10 * 86_400 * 10**9)
    recorded = json.loads((reference_data / "alpaca_payloads" / ANNOUNCED).read_text())
    path, span = "/v2/corporate_actions/announcements", {"since": day_text(MONDAY), "until": day_text(MONDAY + 9)}
    ours = client.get(path, ca_types="dividend,split", **span)
    assert len(ours) == 2
    assert compared(ANNOUNCED, recorded, ours, frozenset(), set()) == []
