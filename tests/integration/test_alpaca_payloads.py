"""Every recorded payload of Alpaca that has an endpoint here: the exchange's own answer looks the same."""

import json
from itertools import count

import pytest

import recorded_requests
from exchange_scenes import Client
from paying_market import MONDAY, paying_exchange
from payload_shapes import differences
from tenfold.app.exchange import prepare_exchange
from tenfold.exchange.settings import ExchangeSettings
from tenfold.exchange.wire import day_text, rfc3339

SYMBOLS = ("AAPL", "TSLA", "SPY", "MSFT", "BTC/USD", "ETH/USD")
FRESH = count(1)


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


def test_every_recorded_payload_looks_like_our_answer(client, reference_data):
    wrong, asked, used = {}, 0, set()
    for entry, recorded in recorded_requests.read(reference_data / "alpaca_payloads"):
        name = entry["file"]
        if recorded_requests.not_served(name) is not None:
            continue
        if "announcements" in name:
            continue
        method, path, query, body = recorded_requests.request_of(entry, scene_of(client))
        body = prepared(client, {**entry, "path": path}, method, body)
        status, ours = client.ask(method, path, body, **query)
        asked += 1
        expected = {"200": (200, 207)}.get(entry.get("status"), (200, 207, 403, 422))
        if status not in expected:
            wrong[name] = (method, path, query, status, ours)
            continue
        found = {one: recorded_requests.reason(name, one) for one in differences(recorded, ours)}
        used |= {why for why in found.values() if why}
        if not_allowed := sorted(one for one, why in found.items() if why is None):
            wrong[name] = (method, path, query, not_allowed)
    assert not wrong, json.dumps(wrong, indent=1)
    assert asked > 100
    unused = {why for file, _, why in recorded_requests.ALLOWED if not file.startswith("openapi")} - used
    assert not unused, f"no recording needs these differences: {unused}"


def test_every_documented_example_looks_like_our_answer(client, reference_data):
    wrong, asked = {}, 0
    for name, method, path, query, recorded in recorded_requests.examples(
        reference_data / "alpaca_payloads", scene_of(client)
    ):
        status, ours = client.ask(method, path, **query)
        asked += 1
        assert status in {200, 207}, (name, path, ours)
        ours = ours[0] if isinstance(ours, list) and isinstance(recorded, dict) else ours
        found = [one for one in differences(recorded, ours) if recorded_requests.reason(name, one) is None]
        if found:
            wrong[name] = (path, sorted(found))
    assert not wrong, json.dumps(wrong, indent=1)
    assert asked > 25


def test_the_recorded_announcement_looks_like_ours(reference_data):
    client = Client(paying_exchange())
    client.exchange.advance(client.exchange.replay.next_ns() + 10 * 86_400 * 10**9)
    name = "alpaca-py/test_corporate_announcements/test_get_announcements_1.json"
    recorded = json.loads((reference_data / "alpaca_payloads" / name).read_text())
    path, span = "/v2/corporate_actions/announcements", {"since": day_text(MONDAY), "until": day_text(MONDAY + 9)}
    ours = client.get(path, ca_types="dividend,split", **span)
    assert len(ours) == 2
    found = differences(recorded, ours)
    assert not [one for one in found if recorded_requests.reason(name, one) is None]
