"""What the asset, the hour and the account do not allow."""

import pytest

from tenfold.exchange.orders_to_match import NANO
from tenfold.exchange.refusal import Refusal
from tenfold.exchange.wire import parse_time


def refused(desk, message, status=None, **asked):
    with pytest.raises(Refusal, match=message) as caught:
        desk.submit(**asked)
    if status is not None:
        assert caught.value.status == status
    return caught.value.body


def limit(price, **more):
    return {"type": "limit", "limit_price": price, **more}


@pytest.mark.parametrize(
    ("asked", "message", "status"),
    [
        ({"symbol": "NONE"}, 'asset "NONE" not found', 422),
        ({"symbol": "GONE"}, "not tradable", 422),
        (
            limit("290.123"),
            r"invalid limit_price 290.123. sub-penny increment does not fulfill minimum pricing criteria",
            422,
        ),
        (limit("0.12345"), "sub-penny", 422),
        ({"type": "stop", "stop_price": "290.123"}, "invalid stop_price", 422),
        ({"qty": "0.5", "time_in_force": "gtc"}, "fractional orders must be DAY", 422),
        ({"qty": "0.5", "type": "trailing_stop", "trail_price": "1"}, "fractional orders must be simple", 422),
        ({"qty": "0.5", "symbol": "HARD"}, "not fractionable", 403),
        ({"qty": None, "notional": "0.5"}, "minimal amount of order 1", 403),
        ({"qty": "0.5", "side": "sell"}, "cannot be sold short", 403),
        ({"extended_hours": True}, "DAY limit orders", 422),
        ({"extended_hours": True, **limit("100", time_in_force="gtc")}, "DAY limit orders", 422),
        ({"type": "trailing_stop", "trail_price": "1", "time_in_force": "ioc"}, "day or gtc", 422),
        ({"type": "stop", "stop_price": "101", "time_in_force": "cls"}, "market or limit", 422),
        ({"symbol": "HARD", "side": "sell"}, "not easy to borrow", 403),
        ({"symbol": "LONG", "side": "sell"}, "cannot be sold short", 403),
        ({"position_intent": "buy_to_close"}, "inferred: buy_to_open, specified: buy_to_close", 422),
        ({"qty": "5000"}, "insufficient buying power", 403),
        ({"qty": "4000", "side": "sell"}, "insufficient buying power", 403),
        (limit("5000", qty="90"), "insufficient buying power", 403),
        ({"type": "stop", "stop_price": "200", "qty": "1960"}, "insufficient buying power", 403),
        (
            {"symbol": "BTC/USD", "type": "stop", "stop_price": "1", "time_in_force": "gtc"},
            "invalid order type for crypto",
            422,
        ),
        ({"symbol": "BTC/USD"}, "invalid crypto time_in_force", 422),
        (
            {"symbol": "BTC/USD", "time_in_force": "gtc", "order_class": "oto", "stop_loss": {"stop_price": "1"}},
            "crypto orders must be simple",
            422,
        ),
        ({"symbol": "BTC/USD", "extended_hours": True, **limit("100", time_in_force="gtc")}, "extended hours", 422),
        ({"symbol": "BTC/USD", **limit("100.25", time_in_force="gtc")}, "sub-penny", 422),
        ({"symbol": "BTC/USD", "time_in_force": "gtc", "qty": "0.00001"}, "minimal qty of order 0.0001", 403),
        ({"symbol": "BTC/USD", "time_in_force": "gtc", "qty": "0.00015"}, "multiple of", 422),
        ({"symbol": "BTC/USD", "time_in_force": "gtc", "qty": "0.001"}, "minimal amount of order 1", 403),
        ({"symbol": "BTC/USD", "time_in_force": "gtc", "side": "sell"}, "insufficient balance for BTC", 403),
        ({"symbol": "BTC/USD", "time_in_force": "gtc", "qty": "2000"}, "insufficient balance for USD", 403),
    ],
)
def test_refused(desk, asked, message, status):
    refused(desk, message, status, **asked)
    assert desk.orders(status="all") == []


def test_the_refusal_of_buying_power_says_how_much(desk):
    assert refused(desk, "insufficient", **limit("100", qty="4001")) == {
        "code": 40310000, "message": "insufficient buying power", "buying_power": "400000", "cost_basis": "400100",
    }  # fmt: skip


def test_open_orders_reserve_what_they_may_cost(desk):
    order = desk.submit(**limit("100", qty="3000"))
    assert desk.view()["buying_power"] == "100000"
    refused(desk, "insufficient buying power", symbol="MSFT", **limit("100", qty="1001"))
    desk.fill(order, "100", "1000")
    assert desk.view()["buying_power"] == "100000"
    desk.cancel(order)
    assert desk.view()["buying_power"] == "300000"
    assert desk.view()["regt_buying_power"] == "100000"
    coin = desk.submit(symbol="BTC/USD", **limit("100", qty="500", time_in_force="gtc"))
    assert desk.view()["buying_power"] == "100000"
    desk.fill(coin, "100")
    view = desk.view()
    assert (view["buying_power"], view["non_marginable_buying_power"], view["initial_margin"]) == (
        "100000",
        "25000",
        "100000",
    )


def test_sales_and_covers_free_nothing_before_they_fill(desk):
    desk.hold(qty="1000")
    before = desk.view()["buying_power"]
    order = desk.submit(side="sell", qty="1000", **limit("100"))
    assert desk.view()["buying_power"] == before
    desk.fill(order, "100")
    assert desk.view()["buying_power"] == "400000"


def test_a_position_does_not_flip(desk):
    desk.hold()
    body = refused(desk, "insufficient qty available", side="sell", qty="11")
    assert (body["existing_qty"], body["available"], body["held_for_orders"]) == ("10", "10", "0")
    desk.hold("MSFT", side="sell")
    refused(desk, "insufficient qty available", symbol="MSFT", qty="11")


def test_short_sales_are_switched_off(make_desk):
    for desk in (make_desk(shorting=False), make_desk(multiplier=1)):
        refused(desk, "account is not allowed to short", 403, side="sell")
        assert desk.view()["shorting_enabled"] is False
    desk = make_desk()
    desk.trading.configure("one", {"no_shorting": True}, desk.now)
    refused(desk, "account is not allowed to short", side="sell")
    desk.trading.configure("one", {"fractional_trading": False}, desk.now)
    refused(desk, "fractional shares", qty="0.5")


def test_without_margin_cash_is_what_can_be_spent(make_desk):
    desk = make_desk(multiplier=1)
    assert desk.view()["multiplier"] == "1"
    refused(desk, "insufficient buying power", **limit("100", qty="1001"))
    desk.submit(**limit("100", qty="1000"))


@pytest.mark.parametrize(
    ("resting", "asked", "clash"),
    [
        (limit("110", side="sell"), limit("110"), "opposite side limit order exists"),
        (limit("110", side="sell"), limit("109"), None),
        (limit("110", side="sell"), {}, "opposite side market/stop order exists"),
        ({"type": "stop", "stop_price": "90", "side": "sell"}, limit("80"), "opposite side market/stop order exists"),
        (limit("110", side="sell"), {"symbol": "MSFT"}, None),
    ],
)
def test_orders_do_not_trade_with_each_other(desk, resting, asked, clash):
    desk.hold(qty="20")
    order = desk.submit(**resting)
    if clash is None:
        desk.submit(**asked)
        return
    body = refused(desk, "potential wash trade detected. use complex orders", 403, **asked)
    assert (body["reject_reason"], body["existing_order_id"]) == (clash, order.id)


@pytest.mark.parametrize(
    ("resting", "asked", "message"),
    [
        (limit("90"), limit("110", side="sell"), "cannot open a short sell while a long buy order is open"),
        (limit("110", side="sell"), limit("90"), "cannot open a long buy while a short sell order is open"),
    ],
)
def test_orders_open_on_one_side_alone(desk, resting, asked, message):
    first = desk.submit(**resting)
    refused(desk, message, 403, **asked)
    desk.submit(symbol="MSFT", **asked)
    desk.submit(**resting)
    desk.cancel(first)
    refused(desk, message, 403, **asked)
    desk.cancel(desk.orders(symbols=("AAPL",))[0])
    desk.submit(**asked)


def test_orders_that_close_stand_beside_those_that_open(desk):
    desk.hold()
    desk.submit(**limit("110", side="sell"))
    desk.submit(**limit("90"))
    desk.hold("MSFT", side="sell")
    desk.submit(symbol="MSFT", **limit("90"))
    desk.submit(symbol="MSFT", **limit("110", side="sell"))


@pytest.mark.parametrize(
    ("clock", "tif", "taken"),
    [("09:27", "opg", True), ("09:28", "opg", False), ("18:59", "opg", False), ("19:00", "opg", True), ("15:49", "cls", True),
     ("15:50", "cls", False), ("20:00", "cls", True)],
)  # fmt: skip
def test_auctions_take_orders_in_time(desk, clock, tif, taken):
    desk.now = parse_time(f"2026-11-20T{clock}:00-05:00")
    if taken:
        order = desk.submit(time_in_force=tif)
        assert order.id in desk.venue.tickets
        assert order.status == ("new" if "09:30" <= clock < "16:00" else "accepted")
        assert order.expires_ns is not None
        return
    refused(desk, "not accepted between", 422, time_in_force=tif)


def test_on_a_day_without_a_session_auctions_take_orders(desk):
    desk.now = parse_time("2026-11-21T12:00:00-05:00")
    desk.submit(time_in_force="opg")


def test_an_account_beyond_its_margin_may_only_close(desk):
    desk.hold(qty="3800")
    desk.trade("AAPL", 60.0)
    desk.quote("AAPL", 59.99, 60.01)
    desk.now += 120 * NANO
    desk.trade("AAPL", 60.0)
    assert float(desk.view()["equity"]) < 0
    refused(desk, "restricted to closing", symbol="MSFT", qty="1")
    desk.submit(side="sell", qty="100")
    desk.now += 120 * NANO
    desk.trade("AAPL", 200.0)
    desk.submit(symbol="MSFT", qty="1")


def test_the_margin_rule_is_a_switch(make_desk):
    desk = make_desk(intraday_margin=False)
    desk.hold(qty="3800")
    desk.trade("AAPL", 81.0)
    desk.now += 120 * NANO
    desk.trade("AAPL", 81.0)
    refused(desk, "positions exceed the allowed multiple", symbol="MSFT", qty="1")


def test_day_trades_are_counted_where_the_rule_is_on(make_desk):
    desk = make_desk(day_trader_rule=True)
    assert desk.view()["multiplier"] == "4"
    for _ in range(4):
        desk.hold()
        desk.fill(desk.submit(side="sell"), "100")
    desk.trading._b.accounts["one"].cash = 20_000 * NANO
    assert desk.view()["multiplier"] == "2"
    desk.hold(qty="10")
    body = refused(desk, "pattern day trading", 403, side="sell")
    assert body["code"] == 40310100
    next_day = desk.sessions.next_session(desk.sessions.day_of(desk.now)).day
    desk.edge("open", next_day)
    desk.submit(side="sell")
