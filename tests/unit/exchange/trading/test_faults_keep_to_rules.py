"""What faults make of orders keeps to hours, halts and pairs."""

import pytest

from tenfold.exchange.events import Status
from tenfold.exchange.orders_to_match import NANO

EXITS = {"take_profit": {"limit_price": "110"}, "stop_loss": {"stop_price": "90"}}


@pytest.fixture
def pair(desk):
    desk.hold()
    head = desk.submit(side="sell", type="limit", order_class="oco", **EXITS)
    return head.family


def halted(desk, code):
    desk.event(Status(ts_ns=desk.now, symbol="AAPL", code=code, message="halt"))


def test_a_part_of_what_an_exit_traded_leaves_the_rest_of_the_pair(desk, pair):
    profit, loss = pair
    desk.fault("random_partial", limit=1)
    desk.venue.fill(profit, "110", ts_ns=desk.now)
    desk.venue.end(loss, "canceled", desk.now)  # the venue takes off the other all that it has executed
    desk.settle()
    assert 0 < profit.filled_qty < 10 * NANO
    assert [one.live for one in pair] == [True, True]
    assert [one.leaves for one in pair] == [10 * NANO - profit.filled_qty] * 2
    assert sorted(desk.venue.tickets) == sorted(ticket for one in pair for ticket in one.tickets)
    assert [ticket.qty for ticket in desk.venue.tickets.values()] == [profit.leaves] * 2
    desk.fill(profit, "110")
    assert [one.status for one in pair] == ["filled", "canceled"]


def test_the_smaller_of_a_pair_ends_where_a_part_takes_all_of_it(desk, pair):
    profit, loss = pair
    desk.replace(loss, qty="1")
    desk.fault("random_partial", limit=1)
    desk.fill(profit, "110")
    assert profit.filled_qty >= NANO
    assert [one.status for one in profit.family] == ["canceled", "canceled"]
    assert not desk.venue.tickets


def test_an_exit_of_a_pair_stands_once_though_an_execution_is_taken_back(desk, pair):
    profit, loss = pair
    desk.fault("trade_bust", limit=1)
    desk.fill(profit, "110", "4")
    desk.run(2)
    assert (profit.filled_qty, profit.leaves, loss.leaves) == (0, 10 * NANO, 6 * NANO)
    assert [ticket.qty for ticket in desk.venue.tickets.values()] == [10 * NANO, 10 * NANO]


def test_what_a_part_leaves_of_one_of_a_pair_that_stands_alone_stands_once(desk, pair):
    profit, loss = pair
    desk.trading._b.withdraw(loss, desk.now)  # as while it is suspended
    desk.fault("random_partial", limit=1)
    desk.fill(profit, "110", "9")
    assert 0 < profit.filled_qty < 9 * NANO
    assert [ticket.qty for ticket in desk.venue.tickets.values()] == [profit.leaves]


def test_a_pair_has_one_group_whichever_of_it_is_replaced(desk, pair):
    head = desk.replace(pair[0], limit_price="111")
    assert [ticket.group for ticket in desk.venue.tickets.values()] == [f"{pair[0].id} exits"] * 2
    desk.replace(head, limit_price="112")
    assert [ticket.group for ticket in desk.venue.tickets.values()] == [f"{pair[0].id} exits"] * 2


def test_an_order_ends_with_any_part_of_it(desk):
    order = desk.submit(type="limit", limit_price="100", time_in_force="ioc")
    desk.fault("random_partial", limit=1)
    desk.fill(order, "100", "6")
    first, second = desk.venue.tickets
    desk.venue.tickets = {second: desk.venue.tickets[second], first: desk.venue.tickets[first]}
    desk.end(order, "canceled")  # nothing was there for the rest of the execution, while others are under way
    assert (order.status, order.tickets, desk.venue.tickets) == ("canceled", {}, {})


def test_nothing_that_is_for_an_auction_or_beyond_the_close_is_stopped(desk):
    desk.fault("rare_states", value=30.0)
    closing = [desk.submit(type="limit", limit_price="99", time_in_force="cls") for _ in range(12)]
    assert {order.status for order in closing} == {"suspended"}
    desk.fault("rare_states", value=5 * 3600.0)
    late = [desk.submit(type="limit", limit_price="99", time_in_force="gtc") for _ in range(12)]
    assert {order.status for order in late} == {"suspended"}


def test_what_is_stopped_trades_once_a_halt_is_over(desk):
    desk.fault("rare_states", value=30.0)
    while (order := desk.submit(type="limit", limit_price="99")).status != "stopped":
        pass
    halted(desk, "H")
    desk.run(100)
    assert order.status == "stopped"
    halted(desk, "T")
    desk.run(100)
    assert order.status == "filled"


def test_no_cancel_meets_an_execution_in_a_halt(desk):
    order = desk.submit(type="limit", limit_price="99")
    halted(desk, "H")
    desk.fault("cancel_rejected")
    desk.cancel(order)
    assert order.status == "canceled"
