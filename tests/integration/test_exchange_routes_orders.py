"""Advanced instructions, auctions and families of orders over the books of venues, from the request to the update."""

from datetime import UTC, datetime, timedelta

import pytest

from exchange_scenes import Client
from tenfold.app.exchange_prepared import prepare_exchange
from tenfold.exchange.settings import ExchangeSettings
from tenfold.exchange.wire import parse_time


@pytest.fixture
def client():
    client = Client(prepare_exchange(ExchangeSettings(seed=3, symbols=("AAPL",)), synthetic=True).exchange)
    client.wait(30)
    return client


def fills(client):
    return [
        (float(one.qty), float(one.price), one.ts_ns)
        for one in client.told
        if getattr(one, "event", "").endswith("fill")
    ]


def test_an_order_reaches_its_venue_in_its_time_and_pays_it_with_the_day(client):
    before = client.exchange.now_ns
    assert client.order(qty=50, advanced_instructions={"algorithm": "DMA", "destination": "IEX"})[0] == 200
    client.wait(60)
    assert sum(qty for qty, _, _ in fills(client)) == 50
    assert fills(client)[0][2] == before + 550_000
    client.wait(12 * 3600)
    fees = [one["net_amount"] for one in client.get("/v2/account/activities") if one["activity_type"] == "FEE"]
    assert fees == ["-0.05"]  # 50 shares at 0.09 cents, and rounded to a cent


def test_twap_trades_a_slice_a_minute_until_its_end(client):
    end = datetime.fromtimestamp(client.exchange.now_ns // 10**9, UTC) + timedelta(minutes=4)
    body = {"algorithm": "TWAP", "end_time": end.isoformat().replace("+00:00", "Z")}
    began = client.exchange.now_ns
    assert client.order(qty=40, advanced_instructions=body)[0] == 200
    client.wait(300)
    by_minute = {}
    for qty, _, ts_ns in fills(client):
        minute = (ts_ns - began) // (60 * 10**9)
        by_minute[minute] = by_minute.get(minute, 0) + qty
    assert by_minute == {0: 10, 1: 10, 2: 10, 3: 10}


def test_participation_holds_a_slice_back(client):
    body = {"algorithm": "VWAP", "max_percentage": "0.001"}
    assert client.order(qty=1000, advanced_instructions=body)[0] == 200
    client.wait(600)
    volume = sum(one.size for one in client.told if type(one).__name__ == "Trade")
    filled = sum(qty for qty, _, _ in fills(client))
    assert 0 < filled <= 0.001 * volume


def test_an_order_for_the_close_gets_the_official_price(client):
    status, order = client.order(qty=30, time_in_force="cls")
    assert status == 200
    client.wait(7 * 3600)
    official = next(one for one in client.told if type(one).__name__ == "Auction" and one.kind == "close")
    (price,) = {price for _, price, _ in fills(client)}
    shown = client.get(f"/v2/orders/{order['id']}")
    assert (price, shown["status"], shown["filled_qty"]) == (pytest.approx(official.price), "filled", "30")
    assert parse_time(shown["filled_at"]) >= official.ts_ns


def test_a_bracket_lives_in_the_books(client):
    price = client.price()
    legs = {"limit_price": f"{price * 1.002:.2f}"}, {"stop_price": f"{price * 0.998:.2f}"}
    _, entry = client.order(qty=20, order_class="bracket", take_profit=legs[0], stop_loss=legs[1])
    client.wait(4 * 3600)
    family = client.get(f"/v2/orders/{entry['id']}", nested=True)
    assert family["status"] == "filled"
    assert sorted(leg["status"] for leg in family["legs"]) == ["canceled", "filled"]
    assert client.get("/v2/positions") == []
