"""Each fault of orders and of the broker strikes, and the books stay whole."""

import pytest

from tenfold.exchange.fault_names import FAULTS
from tenfold.exchange.orders_to_match import NANO
from tenfold.exchange.refusal import Refusal

TESTED = {
    "partial_then_cancel", "fill_after_cancel", "cancel_rejected", "replace_loses_to_fill", "replace_rejected", "replace_original_qty",
    "pending_cancel_stuck", "pending_replace_stuck", "overfill", "trade_bust", "trade_correct", "async_reject", "done_for_day", "oco_both_fill",
    "bracket_parent_canceled", "refusal_races_fill", "restated", "manual_trade", "ioc_expired", "random_partial", "rare_states",
    "restart", "restart_with_loss", "stale_reads", "unsorted_activities", "paging_ties", "order_not_found_yet", "clock_skew",
}  # fmt: skip


def limit(desk, **asked):
    return desk.submit(**{"type": "limit", "limit_price": "100", **asked})


@pytest.fixture(autouse=True)
def books_are_whole(desk):
    """After each test: cash is what the activities moved, and positions are what executions sum up to."""
    desk.view()
    yield
    moved = sold = 0.0
    for _, what in desk.trading._b.accounts["one"].activities:
        if what["activity_type"] == "FILL":
            signed = float(what["qty"]) * (1 if what["side"] == "buy" else -1)
            moved -= signed * float(what["price"])
            sold += signed
        else:
            moved += float(what["net_amount"])
    assert float(desk.view()["cash"]) == pytest.approx(moved)
    assert sum(float(one["qty"]) for one in desk.trading.positions("one", desk.now)) == pytest.approx(sold)


def test_every_fault_of_orders_and_broker_is_tested():
    assert {name for name, fault in FAULTS.items() if fault.where in {"order", "broker"}} == TESTED


def test_partial_then_cancel(desk):
    order = limit(desk)
    desk.fault("partial_then_cancel")
    desk.take()
    desk.cancel(order)
    assert desk.names() == ["partial_fill", "canceled"]
    assert 0 < order.filled_qty < 10 * NANO
    assert desk.position()["qty_available"] == desk.position()["qty"]


def test_fill_after_cancel(desk):
    order = limit(desk)
    desk.fault("fill_after_cancel")
    desk.take()
    desk.cancel(order)
    assert order.status == "canceled"
    desk.run(1)
    canceled, fill = desk.take()
    assert (canceled.event, fill.event, fill.order["status"], fill.qty) == ("canceled", "fill", "filled", "10")
    assert desk.orders() == []


def test_a_fill_after_the_end_of_the_session(desk):
    order = limit(desk, time_in_force="day")
    desk.fault("fill_after_cancel")
    desk.take()
    desk.end(order, "expired")
    assert order.status == "expired"
    desk.run(1)
    expired, fill = desk.take()
    assert (expired.event, fill.event, order.filled_qty > 0) == ("expired", "partial_fill", True)
    assert desk.orders() == []


def test_cancel_rejected(desk):
    order = limit(desk)
    desk.fault("cancel_rejected")
    desk.take()
    desk.cancel(order)
    assert desk.names() == ["pending_cancel", "fill", "order_cancel_rejected"]
    assert order.status == "filled"


def test_pending_cancel_stuck(desk):
    order = limit(desk)
    desk.fault("pending_cancel_stuck", value=30.0)
    desk.cancel(order)
    assert order.status == "pending_cancel"
    desk.cancel(order)  # nothing changes by asking again
    desk.fill(order, "100", "4")
    assert order.status == "pending_cancel"
    with pytest.raises(Refusal):
        desk.replace(order, limit_price="99")
    desk.run(31)
    assert desk.names() == ["pending_new", "new", "pending_cancel", "partial_fill", "canceled"]


def test_a_stuck_cancel_loses_to_a_fill(desk):
    order = limit(desk)
    desk.fault("pending_cancel_stuck")
    desk.cancel(order)
    desk.fill(order, "100")
    desk.run(100)
    assert order.status == "filled"
    assert desk.names()[-1] == "fill"


def test_replace_loses_to_fill(desk):
    order = limit(desk)
    desk.fault("replace_loses_to_fill")
    desk.take()
    successor = desk.replace(order, limit_price="99")
    assert desk.events() == [("pending_replace", order.id), ("fill", order.id), ("rejected", successor.id)]
    assert (order.status, successor.status) == ("filled", "rejected")
    assert desk.orders() == []


def test_replace_rejected(desk):
    order = limit(desk)
    desk.fault("replace_rejected")
    desk.take()
    successor = desk.replace(order, limit_price="99")
    assert desk.events() == [
        ("pending_replace", order.id), ("order_replace_rejected", order.id), ("rejected", successor.id),
    ]  # fmt: skip
    assert order.status == "new"
    assert desk.orders() == [order]
    desk.fill(order, "100")
    assert order.status == "filled"


def pending_replace(desk):
    order = limit(desk)
    desk.fault("pending_replace_stuck", value=30.0)
    desk.take()
    return order, desk.replace(order, limit_price="99")


def test_pending_replace_stuck(desk):
    order, successor = pending_replace(desk)
    assert (order.status, successor.status) == ("pending_replace", "pending_new")
    with pytest.raises(Refusal):
        desk.cancel(order)
    desk.fill(order, "100", "4")
    desk.run(31)
    assert desk.events() == [
        ("pending_replace", order.id), ("partial_fill", order.id), ("replaced", order.id), ("new", successor.id),
    ]  # fmt: skip
    assert successor.qty == 6 * NANO
    assert desk.orders() == [successor]


def test_a_stuck_replace_loses_to_a_fill(desk):
    order, successor = pending_replace(desk)
    desk.fill(order, "100")
    desk.run(31)
    assert (order.status, successor.status) == ("filled", "rejected")
    assert desk.orders() == []


def test_a_successor_that_was_cancelled_takes_no_place(desk):
    order, successor = pending_replace(desk)
    desk.cancel(successor)
    desk.run(31)
    assert (order.status, successor.status) == ("new", "canceled")
    assert desk.orders() == [order]


@pytest.mark.parametrize(("struck", "qty"), [(False, 6), (True, 10)])
def test_replace_original_qty(desk, struck, qty):
    order = limit(desk)
    desk.fill(order, "100", "4")
    if struck:
        desk.fault("replace_original_qty")
    assert desk.replace(order, limit_price="99").qty == qty * NANO


def test_overfill(desk):
    order = limit(desk, qty="30")
    desk.fault("overfill")
    desk.fill(order, "100", "10")
    assert order.filled_qty == 10 * NANO
    desk.fill(order, "100")
    assert order.filled_qty == 32 * NANO
    assert desk.take()[-1].order["status"] == "filled"
    small = limit(desk, qty="1")
    desk.fill(small, "100")
    assert small.filled_qty == 2 * NANO


def test_trade_bust(desk):
    order = limit(desk)
    desk.fault("trade_bust", limit=1)
    desk.fill(order, "100")
    fill = desk.take()[-1]
    desk.run(2)
    (bust,) = desk.take()
    assert (bust.event, bust.execution_id, bust.qty, bust.position_qty) == ("trade_bust", fill.execution_id, "10", "0")
    assert bust.order["filled_qty"] == "0"
    assert desk.view()["cash"] == "100000"


def test_what_a_bust_frees_of_a_working_order_stands_again(desk):
    order = limit(desk)
    desk.fault("trade_bust", limit=1)
    desk.fill(order, "100", qty="4")
    desk.run(2)
    assert desk.names()[-1] == "trade_bust"
    assert (order.live, order.leaves, sum(order.tickets.values())) == (True, 10 * NANO, 10 * NANO)
    desk.fill(order, "100")
    desk.fill(order, "100")
    assert (order.status, order.filled_qty) == ("filled", 10 * NANO)


def test_trade_correct(desk):
    order = limit(desk)
    desk.fault("trade_correct")
    desk.fill(order, "100")
    desk.take()
    desk.run(2)
    (correct,) = desk.take()
    assert (correct.event, correct.price, correct.order["filled_avg_price"]) == ("trade_correct", "100.01", "100.01")
    assert desk.view()["cash"] == "98999.9"
    assert desk.position()["avg_entry_price"] == "100.01"


def test_async_reject(desk):
    desk.fault("async_reject", limit=1)
    order = limit(desk)
    assert order.status == "accepted"
    desk.run(1)
    assert desk.names() == ["accepted", "rejected"]
    assert order.wire()["failed_at"] is not None
    desk.fault("async_reject", limit=1)
    order = limit(desk)
    desk.cancel(order)
    desk.run(1)
    assert order.status == "canceled"


def test_done_for_day(desk):
    order = limit(desk, time_in_force="gtc", limit_price="90")
    desk.fault("done_for_day")
    desk.take()
    desk.edge("close")
    assert order.status == "done_for_day"
    desk.edge("open", desk.sessions.next_session(desk.sessions.day_of(desk.now)).day)
    assert desk.names() == ["done_for_day", "new"]


def test_oco_both_fill(desk):
    desk.hold()
    head = limit(
        desk, side="sell", order_class="oco", limit_price=None, take_profit={"limit_price": "110"},
        stop_loss={"stop_price": "90"},
    )  # fmt: skip
    desk.fault("oco_both_fill")
    desk.take()
    desk.fill(head, "110")
    assert [event for event, _ in desk.events()] == ["fill", "new", "fill"]
    assert desk.position()["qty"] == "-10"


def test_bracket_parent_canceled(desk):
    order = limit(desk, order_class="bracket", take_profit={"limit_price": "110"}, stop_loss={"stop_price": "90"})
    desk.fault("bracket_parent_canceled")
    desk.fill(order, "100", "4")
    assert [one.status for one in order.family] == ["canceled"] * 3
    assert desk.position()["qty"] == "4"


def test_refusal_races_fill(desk):
    desk.hold(qty="3800")
    desk.fault("refusal_races_fill")
    desk.fill(desk.submit(qty="3800", side="sell"), "100")
    with pytest.raises(Refusal, match="insufficient buying power"):
        desk.submit(symbol="MSFT", qty="3700")
    desk.run(2)
    desk.submit(symbol="MSFT", qty="3700")


def test_restated(desk):
    order = limit(desk, time_in_force="gtc", limit_price="90")
    desk.fault("restated")
    desk.take()
    desk.edge("open", desk.sessions.next_session(desk.sessions.day_of(desk.now)).day)
    (update,) = desk.take()
    assert (update.event, update.order["qty"], update.order["limit_price"]) == ("restated", "20", "45")
    (ticket,) = desk.venue.tickets.values()
    assert (ticket.qty, ticket.limit) == (20 * NANO, 45 * NANO)
    desk.fill(order, "45")
    assert order.status == "filled"


def test_manual_trade(desk):
    desk.fault("manual_trade", limit=1)
    order = desk.submit(symbol="MSFT")
    (mine, theirs) = desk.orders(ascending=True)
    assert (mine, theirs.symbol, theirs.qty) == (order, "AAPL", NANO)


def test_ioc_expired(desk):
    desk.fault("ioc_expired")
    order = limit(desk, time_in_force="ioc")
    desk.end(order, "canceled")
    assert order.status == "expired"
    day = limit(desk)
    desk.end(day, "canceled")
    assert day.status == "canceled"


def test_random_partial(desk):
    order = desk.submit()
    desk.fault("random_partial", limit=1)
    desk.fill(order, "100")
    assert order.status == "partially_filled"
    assert desk.names()[-1] == "partial_fill"
    (ticket,) = desk.venue.tickets.values()
    assert ticket.qty == order.leaves > 0
    desk.fill(order, "101")
    assert (order.status, order.filled_qty) == ("filled", 10 * NANO)


def test_a_random_part_that_stands_twice_at_the_venue_is_canceled_whole(desk):
    order = limit(desk)
    desk.fault("random_partial", limit=1)
    desk.fill(order, "100", "6")
    assert len(desk.venue.tickets) == 2
    successor = desk.replace(order, limit_price="99")
    assert [ticket.qty for ticket in desk.venue.tickets.values()] == [successor.qty]
    desk.cancel(successor)
    assert not desk.venue.tickets


def test_what_an_auction_filled_in_part_is_over_with_it(desk):
    order = desk.submit(type="limit", limit_price="101", time_in_force="cls")
    desk.edge("close")
    desk.fault("random_partial", limit=1)
    desk.take()
    desk.fill(order, "100")
    assert desk.names() == ["partial_fill", "canceled"]
    assert (order.status, bool(desk.venue.tickets)) == ("canceled", False)


def test_an_order_for_an_auction_that_is_suspended_until_it_is_over_ends_with_that(desk):
    desk.fault("rare_states", value=5 * 3600.0)
    order, seen = None, set()
    while "suspended" not in seen:
        order = desk.submit(type="limit", limit_price="99", time_in_force="cls")
        seen.add(order.status)
    desk.edge("close")
    desk.take()
    desk.run(2 * 3600)
    assert (order.status, bool(desk.venue.tickets)) == ("canceled", False)


def test_one_share_has_no_part(desk):
    desk.fault("random_partial")
    order = desk.submit(qty="1")
    desk.fill(order, "100")
    assert order.status == "filled"


def test_rare_states(desk):
    desk.fault("rare_states", value=30.0)
    seen = set()
    while seen != {"suspended", "stopped"}:
        order = desk.submit(type="limit", limit_price="99")
        seen.add(order.status)
        assert not desk.venue.tickets
        desk.take()
        state = order.status
        desk.run(31)
        assert desk.names() == (["new"] if state == "suspended" else ["fill"])
        assert bool(desk.venue.tickets) == (state == "suspended")
        desk.trading.cancel_all("one", desk.now)
    desk.fault("rare_states", value=30.0)
    canceled = desk.submit(type="limit", limit_price="99")
    desk.cancel(canceled)
    desk.run(31)
    assert canceled.status == "canceled"


def test_a_day_that_is_done_is_calculated(desk):
    order = limit(desk, time_in_force="gtc", limit_price="90")
    desk.fill(order, "90", "4")
    for name in ("done_for_day", "rare_states"):
        desk.fault(name)
    desk.take()
    desk.edge("close")
    desk.edge("post")
    assert order.status == "calculated"
    desk.edge("open", desk.sessions.next_session(desk.sessions.day_of(desk.now)).day)
    assert desk.names() == ["done_for_day", "calculated", "new"]
    assert order.status == "partially_filled"
