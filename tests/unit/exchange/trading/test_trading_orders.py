"""Submit, fill, cancel: what becomes of orders, positions and cash."""

import msgspec
import pytest

from tenfold.exchange.refusal import Refusal
from tenfold.exchange.wire import parse_time

KEYS = [
    "id",
    "client_order_id",
    "created_at",
    "updated_at",
    "submitted_at",
    "filled_at",
    "expired_at",
    "expires_at",
    "canceled_at",
    "failed_at",
    "replaced_at",
    "replaced_by",
    "replaces",
    "asset_id",
    "symbol",
    "asset_class",
    "notional",
    "qty",
    "filled_qty",
    "filled_avg_price",
    "order_class",
    "order_type",
    "type",
    "side",
    "position_intent",
    "time_in_force",
    "limit_price",
    "stop_price",
    "status",
    "extended_hours",
    "legs",
    "trail_percent",
    "trail_price",
    "hwm",
    "ratio_qty",
]


def test_an_order_shows_every_key(desk):
    order = desk.submit()
    assert list(order.wire()) == KEYS
    assert list(order.wire(stream=True))[-1] == "cancel_requested_at"
    msgspec.json.encode(order.wire())


def test_a_market_order_is_new_and_fills(desk):
    order = desk.submit(client_order_id="mine")
    assert desk.names() == ["pending_new", "new"]
    assert (order.status, order.wire()["qty"], order.wire()["position_intent"]) == ("new", "10", "buy_to_open")
    desk.fill(order, "100.5", "4")
    desk.fill(order, "101.5")
    partial, full = desk.take()
    assert (partial.event, partial.price, partial.qty, partial.position_qty) == ("partial_fill", "100.5", "4", "4")
    assert (full.event, full.qty, full.position_qty) == ("fill", "6", "10")
    assert partial.execution_id != full.execution_id
    shown = full.order
    assert (shown["status"], shown["filled_qty"], shown["filled_avg_price"]) == ("filled", "10", "101.1")
    assert shown["filled_at"] is not None
    view = desk.view()
    assert view["cash"] == "98989"
    assert view["equity"] == "99989"
    position = desk.position()
    assert (position["qty"], position["avg_entry_price"], position["cost_basis"], position["unrealized_pl"]) == (
        "10", "101.1", "1011", "-11",
    )  # fmt: skip
    assert position["usd"]["market_value"] == "1000"
    assert desk.trading.order_by_client_id("one", "mine", desk.now) is order
    assert desk.orders() == []
    assert desk.orders(status="all") == [order]


def test_what_fills_at_once_fills_after_new(desk):
    desk.venue.at_once = "100"
    order = desk.submit()
    assert desk.names() == ["pending_new", "new", "fill"]
    assert order.status == "filled"


def test_the_answer_is_what_the_order_was_before_a_venue_knew_of_it(desk):
    desk.venue.at_once = "100"
    order = desk.submit(order_class="bracket", take_profit={"limit_price": "110"}, stop_loss={"stop_price": "90"})
    shown = desk.answer.wire()
    assert (shown["status"], shown["filled_qty"], order.status) == ("pending_new", "0", "filled")
    assert [leg["status"] for leg in shown["legs"]] == ["held", "held"]
    desk.venue.at_once = None
    desk.replace(desk.submit(symbol="MSFT", type="limit", limit_price="90"), limit_price="91")
    assert desk.answer.wire()["status"] == "pending_new"


def test_cancel(desk):
    order = desk.submit(type="limit", limit_price="90")
    desk.take()
    desk.cancel(order)
    (update,) = desk.take()
    assert (update.event, order.status) == ("canceled", "canceled")
    assert update.order["canceled_at"] is not None
    assert update.order["cancel_requested_at"] is not None
    assert not desk.venue.tickets
    with pytest.raises(Refusal) as refused:
        desk.cancel(order)
    assert (refused.value.status, refused.value.body["code"]) == (422, 42210000)


def test_unknown_orders(desk):
    for order_id, status, code in (("x", 422, 40010001), ("61e69015-8549-4bfd-b9c3-01e75843f47d", 404, 40410000)):
        with pytest.raises(Refusal) as refused:
            desk.trading.order("one", order_id, desk.now)
        assert (refused.value.status, refused.value.body["code"]) == (status, code)
    for name in ("", "nobody"):
        with pytest.raises(Refusal):
            desk.trading.order_by_client_id("one", name, desk.now)


def test_an_order_of_another_account_is_not_found(desk):
    order = desk.submit()
    with pytest.raises(Refusal):
        desk.trading.order("two", order.id, desk.now)


def test_a_client_order_id_is_used_once_for_ever(desk):
    desk.cancel(desk.submit(client_order_id="a"))
    with pytest.raises(Refusal) as refused:
        desk.submit(client_order_id="a")
    assert (refused.value.status, refused.value.body) == (
        422, {"code": 40010001, "message": "client_order_id must be unique"},
    )  # fmt: skip
    with pytest.raises(Refusal, match="128 characters"):
        desk.submit(client_order_id="a" * 129)


def test_the_venue_ends_an_order(desk):
    for status, stamp in (("canceled", "canceled_at"), ("expired", "expired_at"), ("rejected", "failed_at")):
        order = desk.submit()
        desk.take()
        desk.end(order, status)
        (update,) = desk.take()
        assert update.event == order.status == status
        assert update.order[stamp] is not None


def test_an_immediate_order_that_filled_in_part_is_canceled(desk):
    order = desk.submit(type="limit", limit_price="100", time_in_force="ioc")
    desk.fill(order, "100", "3")
    desk.end(order, "canceled")
    assert desk.names()[-2:] == ["partial_fill", "canceled"]
    assert order.filled_qty == 3 * 10**9


def test_after_hours_an_order_waits_for_the_session(desk):
    desk.now = parse_time("2026-11-20T17:00:00-05:00")
    order = desk.submit()
    assert order.status == "accepted"
    assert desk.names() == ["accepted"]
    assert not desk.venue.tickets
    opening = desk.trading.next_due_ns()
    assert opening == parse_time("2026-11-23T09:30:00-05:00")
    desk.edge("post")
    assert order.status == "accepted"
    desk.trading.on_time(opening)
    assert desk.names() == ["new"]
    assert desk.venue.tickets[order.id].ts_ns == opening
    assert order.wire()["expires_at"] == "2026-11-23T21:00:00Z"


def test_a_waiting_order_is_canceled_and_never_sent(desk):
    desk.now = parse_time("2026-11-20T17:00:00-05:00")
    order = desk.submit()
    desk.cancel(order)
    desk.trading.on_time(parse_time("2026-11-23T09:30:00-05:00"))
    assert not desk.venue.tickets
    assert order.status == "canceled"


def test_an_event_at_the_open_releases_what_waited(desk):
    desk.now = parse_time("2026-11-20T08:00:00-05:00")
    early = desk.submit(type="limit", limit_price="90", extended_hours=True)
    assert early.status == "new"
    order = desk.submit()
    assert set(desk.venue.tickets) == {early.id}
    desk.edge("open")
    assert set(desk.venue.tickets) == {early.id, order.id}


def test_at_night_an_extended_order_waits_for_four_o_clock(desk):
    desk.now = parse_time("2026-11-20T02:00:00-05:00")
    desk.submit(type="limit", limit_price="90", extended_hours=True)
    assert desk.trading.next_due_ns() == parse_time("2026-11-20T04:00:00-05:00")
    desk.now = parse_time("2026-11-20T21:00:00-05:00")
    order = desk.submit(type="limit", limit_price="90", extended_hours=True)
    assert order.expires_ns == parse_time("2026-11-23T20:00:00-05:00")


def test_the_day_ends_what_was_for_the_day(desk):
    day = desk.submit(type="limit", limit_price="90")
    gtc = desk.submit(type="limit", limit_price="90", time_in_force="gtc")
    long = desk.submit(type="limit", limit_price="90", extended_hours=True)
    close = desk.submit(type="limit", limit_price="90", time_in_force="cls")
    desk.edge("close")
    assert [one.status for one in (day, gtc, long, close)] == ["expired", "new", "new", "new"]
    desk.edge("post")
    assert [one.status for one in (day, gtc, long, close)] == ["expired", "new", "expired", "expired"]
    desk.run(91 * 86400)
    assert gtc.status == "expired"


def test_crypto_trades_around_the_clock(desk):
    desk.now = parse_time("2026-11-21T03:00:00-05:00")
    order = desk.submit(symbol="BTC/USD", qty="0.5", time_in_force="gtc")
    assert order.status == "new"
    desk.fill(order, "100")
    assert desk.position("BTCUSD")["symbol"] == "BTCUSD"
    desk.edge("close", desk.sessions.day_of(parse_time("2026-11-23T12:00:00-05:00")))
    assert desk.view()["cash"] == "99950"


def test_dollars_are_spent_as_far_as_they_go(desk):
    order = desk.submit(qty=None, notional="1000")
    assert (order.wire()["qty"], order.wire()["notional"]) == (None, "1000")
    desk.fill(order, "80")
    assert (order.status, order.wire()["filled_qty"]) == ("filled", "12.5")
    assert desk.view()["cash"] == "99000"


def test_orders_are_found_by_query(desk):
    one = desk.submit(type="limit", limit_price="90")
    two = desk.submit(symbol="MSFT", type="limit", limit_price="90")
    desk.now += 10**9
    three = desk.submit(type="limit", limit_price="80")
    desk.cancel(two)
    assert desk.orders() == [three, one]
    assert desk.orders(ascending=True, limit=1) == [one]
    assert desk.orders(status="closed") == [two]
    assert desk.orders(status="all", symbols=("MSFT",)) == [two]
    assert desk.orders(status="all", side=-1) == []
    assert desk.orders(status="all", asset_class="crypto") == []
    assert desk.orders(status="all", after_ns=two.submitted_ns) == [three]
    assert desk.orders(status="all", until_ns=two.submitted_ns) == [one]
    with pytest.raises(Refusal):
        desk.orders(limit=501)


def test_cancel_all(desk):
    orders = [desk.submit(type="limit", limit_price="90") for _ in range(3)]
    orders[0].status = "pending_replace"
    answers = desk.trading.cancel_all("one", desk.now)
    assert [answer["status"] for answer in answers] == [500, 200, 200]
    assert answers[0]["body"]["code"] == 50010000
    assert [one.status for one in orders] == ["pending_replace", "canceled", "canceled"]


def test_positions_are_closed(desk):
    desk.hold()
    desk.hold("MSFT", "8")
    half = desk.trading.close("one", "AAPL", desk.now, percentage=50 * 10**9)
    assert (half.qty, half.side, half.intent) == (5 * 10**9, -1, "sell_to_close")
    assert desk.position()["qty_available"] == "5"
    with pytest.raises(Refusal) as refused:
        desk.trading.close("one", "AAPL", desk.now)
    assert refused.value.body == {
        "code": 40310000,
        "message": "insufficient qty available for order (requested: 10, available: 5)",
        "symbol": "AAPL",
        "existing_qty": "10",
        "held_for_orders": "5",
        "available": "5",
    }
    first, second = desk.trading.close_all("one", False, desk.now)
    assert (first["status"], second["status"], second["body"]["symbol"]) == (403, 200, "MSFT")
    first, second = desk.trading.close_all("one", True, desk.now)
    assert (first["status"], second["status"]) == (200, 200)
    assert [one["symbol"] for one in desk.trading.positions("one", desk.now)] == ["AAPL", "MSFT"]


@pytest.mark.parametrize("asked", [{"qty": 1, "percentage": 1}, {"percentage": 101 * 10**9}, {"percentage": 1}])
def test_a_position_is_not_closed_by_nonsense(desk, asked):
    desk.hold("HARD")
    with pytest.raises(Refusal):
        desk.trading.close("one", "HARD", desk.now, **asked)
    with pytest.raises(Refusal) as refused:
        desk.trading.close("one", "MSFT", desk.now)
    assert refused.value.body == {"code": 40410000, "message": "position does not exist"}


def test_a_short_position_is_held_and_covered(desk):
    order = desk.submit(side="sell")
    assert order.intent == "sell_to_open"
    desk.fill(order, "100")
    position = desk.position()
    assert (position["side"], position["qty"], position["market_value"]) == ("short", "-10", "-1000")
    cover = desk.trading.close("one", "AAPL", desk.now)
    desk.fill(cover, "90")
    assert desk.view()["cash"] == "100100"
    assert desk.trading.positions("one", desk.now) == []


def test_configurations(desk):
    assert desk.trading.configurations("one", desk.now)["max_margin_multiplier"] == "4"
    changed = desk.trading.configure(
        "one", {"no_shorting": True, "max_margin_multiplier": 2, "pdt_check": None, "x": 1}, desk.now
    )
    assert (changed["no_shorting"], changed["max_margin_multiplier"]) == (True, "2")
    odd = [{"max_margin_multiplier": one} for one in ("3", 3, True, 10**400, [], {})]
    for bad in (*odd, {"suspend_trade": "yes"}, {"trade_confirm_email": "some"}):
        with pytest.raises(Refusal) as refused:
            desk.trading.configure("one", bad, desk.now)
        assert refused.value.status == 400
    desk.trading.configure("one", {"suspend_trade": True}, desk.now)
    with pytest.raises(Refusal, match="rejected by user request"):
        desk.submit()


def test_an_outside_order_appears(desk):
    desk.trading.outside("one", desk.now)
    (order,) = desk.orders()
    assert (order.kind, order.limit) == ("limit", 50 * 10**9)
    assert desk.names() == ["pending_new", "new"]


def test_an_outside_order_needs_a_price_and_an_account_that_may(make_desk):
    desk = make_desk()
    desk.trading.configure("one", {"suspend_trade": True}, desk.now)
    desk.trading.outside("one", desk.now)
    desk.trading.configure("one", {"suspend_trade": False}, desk.now)
    desk.latest.__init__()
    desk.trading.outside("one", desk.now)
    assert desk.orders(status="all") == []


def test_dollars_need_a_price(desk):
    desk.latest.__init__()
    with pytest.raises(Refusal, match="no price"):
        desk.submit(qty=None, notional="100")


def test_what_the_venue_says_of_an_order_that_ended_counts_for_nothing(desk):
    order = desk.submit()
    desk.venue.fill(order, "100")
    desk.cancel(order)
    desk.settle()
    assert order.filled_qty == 0


def test_a_venue_due_time_is_the_exchanges(desk):
    desk.venue.next_due_ns = lambda: desk.now + 5
    assert desk.trading.next_due_ns() == desk.now + 5
    desk.trading.on_time(desk.now + 5)


@pytest.mark.parametrize(
    "fault", ["cancel_rejected", "partial_then_cancel", "fill_after_cancel", "replace_loses_to_fill"]
)
@pytest.mark.parametrize("tif", ["gtc", "cls"])
def test_nothing_trades_beside_a_cancel_or_a_change_while_it_cannot(desk, fault, tif):
    order = desk.submit(type="limit", limit_price="100", time_in_force=tif)
    if tif == "gtc":
        desk.edge("close")
    desk.fault(fault)
    if fault == "replace_loses_to_fill":
        order = desk.replace(order, limit_price="99")
    desk.cancel(order)
    desk.run(1)
    assert (order.status, order.filled_qty) == ("canceled", 0)
