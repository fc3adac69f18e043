"""Orders travel as decimal strings, come back in our units, and an answer proves no more than it says."""

import json

import msgspec
import pytest

from tenfold.adapters.alpaca.activities import ActivityBody, executions, flows
from tenfold.adapters.alpaca.http_reply import Reply
from tenfold.adapters.alpaca.moments import moment_ns
from tenfold.adapters.alpaca.orders import OrderBody, encode_amend, encode_place, venue_order
from tenfold.adapters.alpaca.outcomes import is_taken, outcome_of
from tenfold.adapters.alpaca.quantities import Quantities
from tenfold.domain.errors import OrderError, VenueError
from tenfold.domain.instrument import Instrument
from tenfold.domain.order import Order, OrderStatus, OrderType, Side
from tenfold.execution.reports import Amend, Outcome, Place

LOTS = Quantities([Instrument(symbol="AAPL"), Instrument(symbol="BTC/USD", lot_size=1e-6)])
BASE = {"order_id": "run-1-7", "ts_ns": 1, "symbol": "AAPL", "side": Side.SELL, "qty": 3}


def sent(**terms):
    partner = terms.pop("partner", None)
    return json.loads(encode_place(Place(order=Order(**{**BASE, **terms}), partner=partner), LOTS))


def asked(**more):
    return {"symbol": "AAPL", "qty": "3", "side": "sell", "client_order_id": "run-1-7", **more}


@pytest.mark.parametrize(
    ("terms", "travels"),
    [
        ({"tif": "day"}, {"type": "market", "time_in_force": "day"}),
        ({"type": OrderType.MARKET_ON_OPEN}, {"type": "market", "time_in_force": "opg"}),
        ({"type": OrderType.MARKET_ON_CLOSE}, {"type": "market", "time_in_force": "cls"}),
        ({"type": OrderType.LIMIT, "limit_price": 0.1 + 0.2, "tif": "ioc"},
         {"type": "limit", "time_in_force": "ioc", "limit_price": "0.3"}),
        ({"type": OrderType.STOP, "stop_price": 1e-7}, {"type": "stop", "time_in_force": "gtc", "stop_price": "0.0000001"}),
        ({"type": OrderType.STOP_LIMIT, "stop_price": 5.0, "limit_price": 4.5},
         {"type": "stop_limit", "time_in_force": "gtc", "stop_price": "5.0", "limit_price": "4.5"}),
        ({"type": OrderType.TRAILING_STOP, "trail": 1.5}, {"type": "trailing_stop", "time_in_force": "gtc", "trail_price": "1.5"}),
        ({"type": OrderType.TRAILING_STOP, "trail_frac": 0.07},
         {"type": "trailing_stop", "time_in_force": "gtc", "trail_percent": "7"}),
    ],
)  # fmt: skip
def test_orders_as_they_travel(terms, travels):
    assert sent(**terms) == asked(**travels)


def test_coins_travel_in_fractions():
    assert sent(symbol="BTC/USD", qty=1_500_000)["qty"] == "1.5"


def test_two_exits_travel_as_one():
    stop = Order(
        **{**BASE, "order_id": "run-1-8", "type": OrderType.STOP_LIMIT, "stop_price": 90.0, "limit_price": 89.5}
    )
    travels = sent(type=OrderType.LIMIT, limit_price=110.0, partner=stop)
    assert travels == asked(
        type="limit", time_in_force="gtc", limit_price="110.0", order_class="oco",
        take_profit={"limit_price": "110.0"}, stop_loss={"stop_price": "90.0", "limit_price": "89.5"},
    )  # fmt: skip
    for terms in (
        {"type": OrderType.MARKET, "partner": stop},
        {"type": OrderType.LIMIT, "limit_price": 1.0, "partner": Order(**BASE)},
    ):
        with pytest.raises(OrderError, match="are a limit and a stop: run-1-7"):
            sent(**terms)


@pytest.mark.parametrize(
    "terms",
    [{"tif": "gtd", "expire_ns": 9}, {"type": OrderType.LIMIT_IF_TOUCHED, "limit_price": 5.0, "stop_price": 5.0}],
)
def test_what_the_venue_does_not_have(terms):
    with pytest.raises(OrderError, match=r"Alpaca has no .* order that is .*: run-1-7"):
        sent(**terms)


def test_changes_as_they_travel():
    amend = Amend(venue_id="v", order_id="a", successor_id="b", symbol="AAPL", limit_price=5.25, stop_price=5.0)
    assert json.loads(encode_amend(amend)) == {"client_order_id": "b", "limit_price": "5.25", "stop_price": "5.0"}
    trail = Amend(venue_id="v", order_id="a", successor_id="b", symbol="AAPL", trail_frac=0.005)
    assert json.loads(encode_amend(trail)) == {"client_order_id": "b", "trail": "0.5"}


def body(**more):
    shown = {
        "id": "v", "client_order_id": "run-1-7", "symbol": "AAPL", "side": "buy", "qty": "10", "filled_qty": "0", "status": "new",
        "type": "limit", "time_in_force": "day", "limit_price": "5.25", "submitted_at": "1970-01-01T00:00:01Z",
        "updated_at": "1970-01-01T00:00:02Z",
    }  # fmt: skip
    return msgspec.convert({**shown, **more}, OrderBody)


@pytest.mark.parametrize(
    ("word", "filled", "status"),
    [
        ("new", "0", "accepted"), ("pending_new", "0", "accepted"), ("held", "0", "accepted"), ("done_for_day", "4", "partially_filled"),
        ("partially_filled", "4", "partially_filled"), ("filled", "10", "filled"), ("canceled", "4", "canceled"),
        ("expired", "0", "expired"), ("rejected", "0", "rejected"), ("replaced", "4", "replaced"),
        ("pending_cancel", "4", "pending_cancel"), ("pending_replace", "0", "pending_replace"), ("moonshot", "0", "unknown"),
    ],
)  # fmt: skip
def test_states(word, filled, status):
    seen = venue_order(body(status=word, filled_qty=filled), LOTS)
    assert (seen.status, seen.state, seen.filled) == (OrderStatus(status), word, int(filled))


def test_an_order_as_it_is_seen():
    leg = msgspec.to_builtins(body(id="leg", client_order_id="x", type="stop", limit_price=None, stop_price="4.5"))
    seen = venue_order(
        body(legs=[leg], filled_qty="4", filled_avg_price="5.2", replaces="u", replaced_by="w", asset_class="us"), LOTS
    )
    assert (seen.average, seen.updated_ns, seen.replaces, seen.replaced_by) == (5.2, 2_000_000_000, "u", "w")
    assert seen.order == Order(
        order_id="run-1-7", ts_ns=1_000_000_000, symbol="AAPL", side=Side.BUY, qty=10, type=OrderType.LIMIT, tif="day", limit_price=5.25
    )  # fmt: skip
    assert (seen.legs[0].venue_id, seen.legs[0].order.stop_price) == ("leg", 4.5)


def test_terms_that_are_not_ours():
    assert venue_order(body(type="market", limit_price=None, qty=None, notional="100", filled_qty="3"), LOTS).qty == 3
    for other in (
        {"qty": None},
        {"time_in_force": "gtx"},
        {"type": "pegged"},
        {"submitted_at": None},
        {"limit_price": None},
    ):
        assert venue_order(body(**other), LOTS).order is None
    percent = venue_order(body(type="trailing_stop", limit_price=None, trail_percent="7", stop_price="4"), LOTS)
    assert percent.order.trail_frac == 0.07
    for parts in ({"qty": "0.5"}, {"qty": None, "notional": "100"}):  # another's, and for us not in what is traded here
        assert venue_order(body(**parts), LOTS).symbol == "AAPL in parts"
    with pytest.raises(VenueError, match=r"0.5 AAPL, which is no whole number of lots of 1.0: trade away what is less"):
        venue_order(body(filled_qty="0.5"), LOTS)


def reply(status, text="", request_id="r1"):
    return Reply(status, {"x-request-id": request_id} if request_id else {}, text.encode(), True)


DUPLICATE = '{"code":40010001,"message":"client_order_id must be unique"}'
REASON = '{"code":40310000,"message":"insufficient buying power","buying_power":"1"}'


@pytest.mark.parametrize(
    ("asked", "answer", "outcome", "code"),
    [
        ("place", reply(200, "{}"), "ack", 0), ("withdraw", reply(204), "ack", 0), ("place", reply(403, REASON), "refused", 40310000),
        ("place", reply(422, DUPLICATE), "unknown", 40010001), ("amend", reply(422, DUPLICATE), "unknown", 40010001),
        ("place", reply(422, '{"message":"client order id already exists"}'), "unknown", 422),
        ("place", reply(422, '{"code":40010001,"message":"client_order_id must be no more than 48 characters"}'), "refused", 40010001),
        ("place", reply(429, '{"code":42910000,"message":"rate limit exceeded"}'), "refused", 42910000),
        ("place", reply(403, "<html>denied"), "unknown", 403), ("place", reply(403, REASON[:20]), "unknown", 403),
        ("place", reply(403, "[]"), "unknown", 403), ("place", reply(500, REASON), "unknown", 40310000),
        ("place", reply(408, REASON), "unknown", 40310000), ("place", reply(302, ""), "unknown", 302),
        ("withdraw", reply(422, '{"code":42210000,"message":"order is already filled"}'), "refused", 42210000),
        ("look_up", reply(404, '{"code":40410000,"message":"order not found"}'), "refused", 40410000),
        ("look_up", reply(404, "<html>"), "unknown", 404), ("look_up", reply(403, REASON), "unknown", 40310000),
        ("look_up", reply(404, '{"code":40410000,"message":"endpoint not found"}'), "unknown", 40410000),
        ("look_up", reply(404, '{"code":40410000,"message":"account not found for 662d0fac"}'), "unknown", 40410000),
        ("look_up", reply(404, '{"code":40410000,"message":"order not found for account-1-2"}'), "refused", 40410000),
        ("look_up", reply(404, '{"message":"no Route matched with those values"}'), "unknown", 404),
        ("look_up", reply(429, '{"message":"rate limit exceeded"}', ""), "unknown", 429),
    ],
)  # fmt: skip
def test_what_an_answer_proves(asked, answer, outcome, code):
    found, number, text = outcome_of(asked, answer)
    assert (found, number) == (Outcome(outcome), code)
    assert "r1" in text or not answer.headers


def test_a_name_that_is_taken_is_that_of_an_order_that_is_there():
    answers = [
        reply(422, DUPLICATE),
        reply(200, DUPLICATE),
        reply(500, DUPLICATE),
        reply(403, REASON),
        reply(422, "<html>"),
    ]
    assert [is_taken("place", one) for one in answers] == [True, False, False, False, False]
    assert not is_taken("look_up", answers[0])


def activity(stamp, kind="fill", id="e1", **more):
    shown = {
        "activity_type": "FILL", "id": f"2026030514300{stamp}::{id}", "type": kind, "transaction_time": f"2026-03-05T14:30:0{stamp[0]}Z",
        "price": "5", "qty": "2", "side": "buy", "symbol": "AAPL", "order_id": "v", "cum_qty": "2",
    }  # fmt: skip
    return msgspec.convert({**shown, **more}, ActivityBody)


def test_executions_and_what_takes_them_back():
    first = activity("0000")
    bust = activity("1000", "trade_bust", side="sell")
    later = activity("2000", "partial_fill", "e2", cum_qty=None)
    taken = activity("3000", "trade_bust", "e2", side="sell")
    instead = activity("3000", "trade_correct", "e9", price="5.01")
    alone = activity("4000", "trade_correct", "e7")
    found = executions([alone, instead, taken, later, bust, first], {"v": "run-1-7"}, LOTS)
    assert [(one.kind, one.execution_id, one.price, one.side) for one in found] == [
        ("fill", "e1", 5.0, "buy"), ("bust", "e1", 5.0, "buy"), ("fill", "e2", 5.0, "buy"), ("bust", "e2", 5.0, "buy"),
        ("correct", "e9", 5.01, "buy"), ("correct", "e7", 5.0, "buy"),
    ]  # fmt: skip
    assert [one.cumulative for one in found[:3]] == [2, 2, None]
    assert found[0].order_id == "run-1-7"
    assert executions([activity("0000", order_id="w")], {"v": "run-1-7"}, LOTS)[0].order_id == ""


@pytest.mark.parametrize("qty", ["-2", -2.0])
def test_what_is_taken_back_may_be_told_as_fewer_of_its_own_side(qty):
    (found,) = executions([activity("1000", "trade_bust", "e3", qty=qty, cum_qty="0")], {"v": "run-1-7"}, LOTS)
    assert (found.kind, found.qty, found.side, found.cumulative) == ("bust", 2, "buy", 0)
    with pytest.raises(VenueError, match="expected more than zero"):
        executions([activity("1000", qty="-2")], {}, LOTS)


@pytest.mark.parametrize(
    ("told", "units"),
    [
        ({"side": "buy", "qty": "0.37", "price": "500.10"}, -185_037_000),
        ({"side": "sell_short", "qty": "2", "price": "10"}, 20_000_000),
        ({"side": "sell", "qty": "2", "price": "10", "type": "trade_bust"}, 20_000_000),
        ({"side": "buy", "qty": "-2", "price": "10", "type": "trade_bust"}, 20_000_000),
        ({"side": "buy", "qty": "2", "price": "10", "type": "trade_bust"}, -20_000_000),
        ({"side": "buy", "qty": "1", "price": "1.25", "symbol": "SPY261218C00200000"}, -125_000_000),
        ({"side": "buy", "qty": "0.5", "price": "3000", "symbol": "ETH/USD"}, -1_500_000_000),
        ({"side": "buy", "qty": "0.5", "price": "3000", "symbol": "ETH/USDT"}, None),
        ({"side": "buy", "qty": "1", "price": None}, None),
    ],
)
def test_trades_in_what_is_not_traded_here_move_cash_from_outside(told, units):
    one = {"activity_type": "FILL", "id": "20260305120000000::f", "symbol": "SPY", "type": "fill", **told}
    found = [(one.kind, one.units) for one in flows([msgspec.convert(one, ActivityBody)], LOTS, "USD")]
    assert found == ([] if units is None else [("deposit", units)])
    cash = msgspec.convert({"activity_type": "CSW", "id": "20260305000000000::w", "net_amount": "-7"}, ActivityBody)
    assert [(one.kind, one.units) for one in flows([cash], LOTS, "USD")] == [("deposit", -7_000_000)]


@pytest.mark.parametrize(
    ("symbol", "kind"),
    [("SPY", "deposit"), ("SPY261218C00200000", "deposit"), ("AAPL", "DIV"), ("", "DIV"), (None, "DIV")],
)
def test_what_is_paid_for_what_is_not_traded_here_came_from_outside(symbol, kind):
    paid = {"activity_type": "DIV", "id": "20260305000000000::d", "net_amount": "2500", "symbol": symbol}
    (flow,) = flows([msgspec.convert(paid, ActivityBody)], LOTS, "USD")
    assert (flow.kind, flow.units, flow.shares) == (kind, 2_500_000_000, False)


def test_what_is_not_traded_here_is_read_whatever_it_is():
    spread = {"id": "m", "status": "new", "symbol": None, "side": "", "qty": "1", "filled_avg_price": "-1.25", "type": "limit",
              "legs": [{"id": "l", "status": "new", "symbol": "SPY261218C00200000", "side": "sell", "qty": "1"}]}  # fmt: skip
    found = venue_order(msgspec.convert(spread, OrderBody), LOTS)
    assert (found.symbol, found.qty, found.order, found.legs[0].side) == ("", 1, None, Side.SELL)
    part = {"id": "p", "status": "filled", "symbol": "SPY", "side": "buy", "qty": "0.37", "filled_qty": "0.37"}
    assert venue_order(msgspec.convert(part, OrderBody), LOTS).filled == 0
    fill = {
        "activity_type": "FILL",
        "id": "20260305120000000::f",
        "symbol": "SPY",
        "transaction_time": "2026-03-05T12:00:00Z",
        "qty": "0.37",
    }
    assert executions([msgspec.convert(fill, ActivityBody)], {}, LOTS)[0].qty == 0
    with pytest.raises(VenueError, match="expected buy or sell"):
        venue_order(
            msgspec.convert({**part, "symbol": "AAPL", "side": None, "qty": "1", "filled_qty": "1"}, OrderBody), LOTS
        )


def test_flows_of_cash():
    paid = msgspec.convert(
        {"activity_type": "DIV", "id": "20260305000000000::d", "net_amount": "1.5", "symbol": "BTCUSD"}, ActivityBody
    )
    split = msgspec.convert({"activity_type": "SPLIT", "id": "20260304000000000::s"}, ActivityBody)
    moved, flow = flows([paid, split, activity("0000")], LOTS, "USD")
    assert (moved.kind, moved.units, moved.shares) == ("SPLIT", 0, True)
    assert (flow.kind, flow.units, flow.symbol, flow.flow_id) == ("DIV", 1_500_000, "BTC/USD", "20260305000000000::d")
    assert not flow.shares
    assert flow.ts_ns == moment_ns("2026-03-05T05:00:00Z")  # ids begin with the time of New York
    assert msgspec.convert({"activity_type": "FEE", "id": "20260703093000123::f"}, ActivityBody).stamp_ns == moment_ns(
        "2026-07-03T13:30:00.123Z"
    )
    with pytest.raises(VenueError, match="does not begin with its moment"):
        _ = msgspec.convert({"activity_type": "DIV", "id": "d"}, ActivityBody).stamp_ns
    for stamp in ("20261305000000000", "00010101000000000"):
        with pytest.raises(VenueError, match="the venue tells of time"):
            _ = msgspec.convert({"activity_type": "DIV", "id": f"{stamp}::d"}, ActivityBody).stamp_ns


@pytest.mark.parametrize(
    ("kind", "amount", "shares"),
    [
        ("REO", "0", True),
        ("REO", "12.5", True),
        ("DIV", "0", True),
        ("DIV", None, True),
        ("DIV", "1.5", False),
        ("FEE", "0", False),
    ],
)
def test_a_reorganisation_and_a_dividend_that_is_not_paid_in_cash_may_move_shares(kind, amount, shares):
    one = {"activity_type": kind, "id": "20260305000000000::m", "net_amount": amount, "symbol": "AAPL", "qty": "5"}
    (flow,) = flows([msgspec.convert(one, ActivityBody)], LOTS, "USD")
    assert (flow.kind, flow.shares) == (kind, shares)
