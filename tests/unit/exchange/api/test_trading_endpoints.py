"""Orders, positions and the account over REST: status codes, spellings, and that queries arrive where they should."""

import pytest

from tenfold.exchange.wire import rfc3339

ORDER = """
id client_order_id created_at updated_at submitted_at filled_at expired_at expires_at canceled_at failed_at
replaced_at replaced_by replaces asset_id symbol asset_class notional qty filled_qty filled_avg_price order_class
order_type type side position_intent time_in_force limit_price stop_price status extended_hours legs trail_percent
trail_price hwm ratio_qty
"""
ACCOUNT = """
id account_number status currency cash equity last_equity buying_power regt_buying_power non_marginable_buying_power
options_buying_power initial_margin maintenance_margin last_maintenance_margin long_market_value short_market_value
multiplier sma accrued_fees pending_transfer_in pending_transfer_out portfolio_value shorting_enabled trading_blocked
transfers_blocked account_blocked trade_suspended_by_user crypto_status created_at
"""
POSITION = """
asset_id symbol exchange asset_class asset_marginable avg_entry_price qty qty_available side market_value cost_basis
unrealized_pl unrealized_plpc unrealized_intraday_pl unrealized_intraday_plpc current_price lastday_price change_today
usd
"""
FILL = """
id activity_type transaction_time type price qty side symbol leaves_qty cum_qty order_id order_status
"""
RETIRED = {"daytrade_count", "daytrading_buying_power", "pattern_day_trader", "pdt_check", "dtbp_check"}


def resting(client, symbol="AAPL", share=0.8, **more):
    """Return an order that waits below the market."""
    price = f"{client.price(symbol) * share:.2f}"
    tif = "gtc" if "/" in symbol else "day"
    status, order = client.order(symbol, 1, type="limit", limit_price=price, time_in_force=tif, **more)
    assert status == 200, order
    return order


def test_an_order_lives_and_ends(trader):
    order = resting(trader, client_order_id="mine")
    assert trader.get(f"/v2/orders/{order['id']}")["client_order_id"] == "mine"
    assert trader.get("/v2/orders:by_client_order_id", client_order_id="mine")["id"] == order["id"]
    status, successor = trader.ask("PATCH", f"/v2/orders/{order['id']}", {"qty": 3})
    assert (status, successor["replaces"], successor["qty"]) == (200, order["id"], "3")
    trader.wait(1)
    assert trader.ask("DELETE", f"/v2/orders/{successor['id']}") == (204, None)
    trader.wait(1)
    assert trader.get(f"/v2/orders/{successor['id']}")["status"] == "canceled"
    assert trader.ask("DELETE", f"/v2/orders/{successor['id']}")[0] == 422


def test_answers_have_alpacas_keys(trader):
    _, order = trader.order("AAPL", 1)
    trader.wait(5)
    assert set(order) == set(ORDER.split())
    account = trader.get("/v2/account")
    assert set(account) >= set(ACCOUNT.split())
    assert not RETIRED & (set(account) | set(trader.get("/v2/account/configurations")))
    assert set(trader.get("/v2/positions")[0]) == set(POSITION.split())
    (fill,) = trader.get("/v2/account/activities/FILL")
    assert sorted(fill) == sorted(FILL.split())


def test_orders_are_chosen(trader):
    first = resting(trader)
    trader.wait(10)
    second = resting(trader, "BTC/USD", share=0.7)
    trader.wait(10)
    _, third = trader.order("MSFT", 1)
    trader.wait(10)

    def ids(**query):
        return [one["id"] for one in trader.get("/v2/orders", **query)]

    assert ids() == [second["id"], first["id"]]
    assert ids(status="all", direction="asc") == [first["id"], second["id"], third["id"]]
    assert ids(status="CLOSED") == [third["id"]]
    assert ids(status="all", limit=1) == [third["id"]]
    assert ids(status="all", symbols="AAPL,MSFT") == [third["id"], first["id"]]
    assert ids(symbols="BTCUSD,NONE") == [second["id"]]
    assert ids(symbols="NONE") == []
    assert ids(side="sell") == []
    assert ids(asset_class="crypto") == [second["id"]]
    assert ids(after=first["submitted_at"]) == [second["id"]]
    assert ids(until=rfc3339(trader.exchange.now_ns - 25 * 10**9)) == [first["id"]]


@pytest.mark.parametrize("spelling", ["True", "true", "1"])
def test_legs_are_nested_in_any_spelling_of_true(trader, spelling):
    price = trader.price()
    _, order = trader.order(
        "AAPL",
        1,
        type="limit",
        limit_price=f"{price * 0.8:.2f}",
        order_class="bracket",
        take_profit={"limit_price": f"{price * 1.2:.2f}"},
        stop_loss={"stop_price": f"{price * 0.7:.2f}"},
    )
    (nested,) = trader.get("/v2/orders", nested=spelling)
    assert nested["id"] == order["id"]
    assert len(nested["legs"]) == 2
    assert len(trader.get("/v2/orders", nested="False")) == 3
    assert trader.get(f"/v2/orders/{order['id']}")["legs"] is None
    assert len(trader.get(f"/v2/orders/{order['id']}", nested=spelling)["legs"]) == 2


def test_all_orders_are_cancelled_at_once(trader):
    orders = {resting(trader)["id"], resting(trader, "MSFT")["id"]}
    status, answers = trader.ask("DELETE", "/v2/orders")
    assert status == 207
    assert {one["id"] for one in answers} == orders
    assert {one["status"] for one in answers} == {200}


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", "/v2/orders", {"symbol": "AAPL"}, 422, 40010001),
        ("GET", "/v2/orders/none", None, 422, 40010001),
        ("GET", "/v2/orders/00000000-0000-4000-8000-000000000000", None, 404, 40410000),
        ("PATCH", "/v2/orders/00000000-0000-4000-8000-000000000000", {"qty": 1}, 404, 40410000),
        ("DELETE", "/v2/orders/00000000-0000-4000-8000-000000000000", None, 404, 40410000),
        ("GET", "/v2/orders:by_client_order_id", None, 422, 40010001),
        ("GET", "/v2/positions/AAPL", None, 404, 40410000),
        ("DELETE", "/v2/positions/AAPL", None, 404, 40410000),
        ("POST", "/v2/positions/AAPL/exercise", None, 404, 40410000),
        ("PATCH", "/v2/account/configurations", {"no_shorting": "maybe"}, 400, None),
        ("PATCH", "/v2/account/configurations", [], 422, 40010001),
        ("GET", "/v2/account/activities/GIFT", None, 422, None),
        ("GET", "/v2/options/contracts/AAPL240621C00100000", None, 404, 40410000),
    ],
)
def test_refusals_have_the_status_and_the_code(trader, method, path, body, status, code):
    seen, shown = trader.ask(method, path, body)
    assert seen == status, shown
    assert code in {None, shown["code"]}
    assert shown["message"]


@pytest.mark.parametrize(
    "query",
    [{"status": "some"}, {"limit": 501}, {"limit": "x"}, {"after": "soon"}, {"direction": "up"}, {"side": "both"}],
)
def test_bad_queries_of_orders_are_422(trader, query):
    status, body = trader.ask("GET", "/v2/orders", **query)
    assert (status, body["code"]) == (422, 40010001)


def test_positions_are_shown_and_closed(trader):
    trader.order("AAPL", 4)
    trader.order("MSFT", 2)
    trader.wait(5)
    assert [one["symbol"] for one in trader.get("/v2/positions")] == ["AAPL", "MSFT"]
    asset = trader.exchange.assets["AAPL"].id
    assert trader.get(f"/v2/positions/{asset}")["qty"] == "4"
    status, order = trader.ask("DELETE", "/v2/positions/AAPL", percentage="25")
    assert (status, order["side"], order["qty"]) == (200, "sell", "1")
    trader.wait(5)
    assert trader.ask("DELETE", "/v2/positions/AAPL", qty="1.0")[1]["qty"] == "1"
    assert trader.ask("DELETE", "/v2/positions/MSFT", qty="1", percentage="1")[0] == 422
    trader.wait(5)
    status, closed = trader.ask("DELETE", "/v2/positions", cancel_orders="True")
    assert status == 207
    assert [(one["symbol"], one["status"]) for one in closed] == [("AAPL", 200), ("MSFT", 200)]
    trader.wait(5)
    assert trader.get("/v2/positions") == []


def test_activities_come_in_pages(trader):
    for _ in range(3):
        trader.order("AAPL", 1)
        trader.wait(5)
    whole = trader.get("/v2/account/activities/fill")
    assert len(whole) == 3
    assert trader.get("/v2/account/activities", activity_types="FILL,DIV") == whole
    first = trader.get("/v2/account/activities/FILL", page_size=2)
    rest = trader.get("/v2/account/activities/FILL", page_size=2, page_token=first[-1]["id"])
    assert (len(first), first + rest) == (2, whole)
    assert trader.get("/v2/account/activities/FILL", direction="asc") == whole[::-1]
    assert trader.get("/v2/account/activities", activity_types="FILL", date="2024-03-04") == whole
    assert trader.get("/v2/account/activities", until="2024-03-04") == []


def test_the_account_and_its_watchlists_have_one_id(trader):
    account = trader.get("/v2/account")
    _, one = trader.ask("POST", "/v2/watchlists", {"name": "mine"})
    assert one["account_id"] == account["id"]


def test_the_account_is_configured(trader):
    before = trader.get("/v2/account/configurations")
    status, after = trader.ask("PATCH", "/v2/account/configurations", {**before, "no_shorting": True})
    assert (status, after) == (200, {**before, "no_shorting": True})
    assert trader.get("/v2/account/configurations") == after


def test_the_portfolio_has_a_history(trader):
    trader.order("AAPL", 1)
    trader.wait(600)
    history = trader.get("/v2/account/portfolio/history", period="1D", timeframe="5Min")
    assert {"timestamp", "equity", "profit_loss", "profit_loss_pct", "base_value", "timeframe"} <= set(history)
    assert len(history["timestamp"]) == len(history["equity"]) > 0


def test_the_clock_and_the_calendar_tell_the_replayed_time(trader):
    clock = trader.get("/v2/clock")
    assert clock == {
        "timestamp": rfc3339(trader.exchange.now_ns),
        "is_open": True,
        "next_open": "2024-03-05T14:30:00Z",
        "next_close": "2024-03-04T21:00:00Z",
    }
    days = trader.get("/v2/calendar", start="2024-03-08", end="2024-03-11")
    assert [day["date"] for day in days] == ["2024-03-08", "2024-03-11"]
    assert days[0]["settlement_date"] == "2024-03-11"
    settled = trader.get("/v2/calendar", start="2024-03-11", end="2024-03-11", date_type="settlement")
    assert settled == days[:1]
    assert len(trader.get("/v2/calendar", start="2029-01-01")) > 200
    assert trader.get("/v2/calendar", start="2024-03-09", end="2024-03-01") == []
    assert trader.ask("GET", "/v2/calendar", start="soon")[0] == 422


def test_no_option_is_listed(trader):
    assert trader.get("/v2/options/contracts", underlying_symbols="AAPL", expiration_date_gte="2024-03-08") == {
        "option_contracts": [],
        "next_page_token": None,
    }
