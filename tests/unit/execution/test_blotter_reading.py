"""What the venue tells, in whatever order: executions booked once, ends told when all is booked, others' orders adopted."""

import pytest
from msgspec.structs import replace

from both_sides import tracked, venue
from order_world import SECOND, World
from tenfold.domain.events import Adopted, CashFlow, Difference, OrderRestated, PositionRestated, Reconciled
from tenfold.domain.order import Fill, OrderStatus, Side
from tenfold.execution.reports import (
    Answered,
    Connected,
    Outcome,
    Place,
    Severed,
    Stock,
    Streamed,
    TakeStock,
    VenueOrder,
)


def fills(world, order):
    return [(r.qty, r.cumulative) for r in world.journal if isinstance(r, Fill) and r.order_id == order.order_id]


def told(world, kind):
    return [record for record in world.journal if isinstance(record, Difference) and record.kind == kind]


def test_doubled_messages_change_nothing(world, resting):
    world.venue.fill(venue(world, resting), 4)
    world.deliver_stream(fate="doubled")
    world.venue.fill(venue(world, resting), 2)
    world.deliver_stream(fate="renamed")
    assert fills(world, resting) == [(4, 4), (2, 6)]
    world.check_rest()


def test_executions_out_of_turn_are_each_booked_once(world, resting):
    for qty in (1, 2, 3):
        world.venue.fill(venue(world, resting), qty)
    for index in (2, 0, 0):
        world.deliver_stream(index)
    assert fills(world, resting) == [(3, 6), (1, 1), (2, 3)]
    assert tracked(world, resting).parts[0].covered == [(0, 6)]
    world.check_rest()


def test_a_fill_before_the_answer_to_its_order(world):
    order = world.submit(qty=10)
    world.pump()
    world.deliver_request()
    world.venue.fill(venue(world, order), 10)
    world.deliver_stream(1)
    assert tracked(world, order).status is OrderStatus.FILLED
    world.check_rest()


def test_an_end_is_told_once_all_that_filled_is_booked(world, resting):
    one = venue(world, resting)
    world.venue.fill(one, 4)
    world.deliver_stream(fate="lost")
    world.venue.end(one, "canceled")
    world.deliver_stream()
    assert tracked(world, resting).status is OrderStatus.ACCEPTED  # four lots are missing, and asked for
    assert world.blotter.next_due_ns() is not None
    world.pump()
    assert any(isinstance(request, TakeStock) for request in world.requests)
    world.run()
    assert (tracked(world, resting).status, fills(world, resting)) == (OrderStatus.CANCELED, [(4, 4)])
    world.check_rest()


def test_a_fill_after_the_cancel_is_booked(world, resting):
    one = venue(world, resting)
    world.venue.end(one, "canceled")
    world.run()
    world.bend(one)
    world.venue.fill(one, 3)
    world.run()
    assert (tracked(world, resting).status, fills(world, resting)) == (OrderStatus.CANCELED, [(3, 3)])
    world.check_rest()


def test_what_ended_stays_ended_whatever_is_told_again(world, resting):
    old = Streamed(ts_ns=world.now, event="new", order=world.venue.shown(venue(world, resting)))
    world.venue.fill(venue(world, resting), 10)
    world.run()
    world.interpret(replace(old, ts_ns=world.time()))
    assert tracked(world, resting).status is OrderStatus.FILLED


def test_an_order_that_is_accepted_and_then_rejected(world, resting):
    world.venue.end(venue(world, resting), "rejected")
    world.run()
    assert tracked(world, resting).status is OrderStatus.REJECTED


def test_more_than_was_ordered_is_booked_and_told(world, resting):
    one = venue(world, resting)
    world.bend(one)
    world.venue.fill(one, 12)
    world.run()
    assert [(record.ours, record.theirs) for record in told(world, "overfill")] == [(10, 12)]
    world.check_rest()


def test_a_state_that_nobody_knows_is_an_order_that_works(world, resting):
    one = world.venue.shown(venue(world, resting))
    world.interpret(
        Streamed(
            ts_ns=world.time(),
            event="odd",
            order=replace(one, status=OrderStatus.UNKNOWN, state="odd", updated_ns=world.now),
        )
    )
    assert tracked(world, resting).status is OrderStatus.ACCEPTED


def test_a_split_restates_an_order(world, resting):
    one = venue(world, resting)
    world.venue.fill(one, 4)
    world.run()
    world.bend(one)
    one.qty, one.filled = 20, 8
    world.venue.tell(one, "restated")
    world.run()
    (event,) = [record for record in world.journal if isinstance(record, OrderRestated)]
    assert (event.qty, event.filled, event.limit_price) == (20, 8, 10.0)
    assert (tracked(world, resting).order.qty, tracked(world, resting).filled) == (20, 8)


@pytest.mark.parametrize("ends", [True, False])
def test_a_split_restates_an_order_though_it_fills_before_anybody_is_told(world, resting, ends):
    one = venue(world, resting)
    world.venue.fill(one, 4)
    world.run()
    world.bend(one)
    one.qty, one.filled = 20, 8
    one.updated_ns = world.venue.tick()
    world.venue.fill(one, 2)
    world.venue.stream.clear()
    if ends:
        world.venue.end(one, "canceled")
        world.venue.stream.clear()
    world.run(14)
    (event,) = [record for record in world.journal if isinstance(record, OrderRestated)]
    assert (event.qty, event.filled) == (20, 8)
    assert tracked(world, resting).status is (OrderStatus.CANCELED if ends else OrderStatus.PARTIALLY_FILLED)
    world.cancel(resting)
    world.run(14)
    assert (tracked(world, resting).status, tracked(world, resting).filled) == (OrderStatus.CANCELED, 10)


@pytest.mark.parametrize("before", [0, 4])
@pytest.mark.parametrize("after", [12, 20])
def test_a_split_restates_an_order_that_fills_more_than_it_was_for_before_anybody_is_told(
    world, resting, before, after
):
    one = venue(world, resting)
    world.venue.fill(one, before)
    world.run()
    world.bend(one)
    one.qty, one.filled = 20, 2 * before
    world.venue.fill(one, after - one.filled)
    world.venue.stream.clear()
    world.run(14)
    (event,) = [record for record in world.journal if isinstance(record, OrderRestated)]
    assert (event.qty, event.filled) == (20, 2 * before)
    status = OrderStatus.FILLED if after == 20 else OrderStatus.PARTIALLY_FILLED
    assert (tracked(world, resting).status, tracked(world, resting).filled) == (status, after)


def test_a_change_by_other_hands_is_taken_up(world, resting):
    one = venue(world, resting)
    successor = world.venue.enter(tracked(world, resting).order, "by-hand", replaces=one.venue_id)
    one.state, one.replaced_by = "replaced", successor.venue_id
    world.venue.tell(one, "replaced")
    world.venue.tell(successor, "new")
    world.run()
    assert [(part.venue_id, part.status) for part in tracked(world, resting).parts] == [
        (one.venue_id, OrderStatus.REPLACED), (successor.venue_id, OrderStatus.ACCEPTED),
    ]  # fmt: skip
    world.venue.fill(successor, 10)
    world.run()
    assert tracked(world, resting).status is OrderStatus.FILLED


def test_a_change_by_other_hands_that_is_refused_takes_nothing_away(world, resting):
    one = venue(world, resting)
    successor = world.venue.enter(tracked(world, resting).order, "by-hand", replaces=one.venue_id)
    one.state, successor.state = "pending_replace", "accepted"
    world.venue.tell(one, "pending_replace")
    world.venue.tell(successor, "accepted")
    world.run()
    one.state, successor.state = "new", "rejected"
    world.venue.tell(successor, "rejected")
    world.venue.tell(one, "order_replace_rejected")
    world.run()
    assert [(part.venue_id, part.status) for part in tracked(world, resting).parts] == [
        (one.venue_id, OrderStatus.ACCEPTED)
    ]
    world.venue.fill(one, 10)
    world.run()
    assert tracked(world, resting).status is OrderStatus.FILLED


class Ahead(World):
    """Begin by a clock that is ahead of the venue's."""

    def start(self):
        self.now = max(self.now, 1_000 * SECOND)
        super().start()


def test_what_fills_right_after_the_start_is_found_where_our_clock_is_ahead():
    world = Ahead()
    world.connect()
    world.run()
    order = world.submit(qty=10)
    world.run()
    world.venue.fill(venue(world, order), 10)
    told = world.venue.activities[-1]
    world.venue.activities[-1] = replace(told, ts_ns=world.blotter.register.started_ns - 5 * SECOND)
    world.venue.stream.clear()
    world.run(14)
    assert tracked(world, order).status is OrderStatus.FILLED
    world.check_rest()


# others' orders, and the account


def test_an_account_is_taken_over_as_it_is():
    world = World()
    world.venue.lots["A"], world.venue.cash = 7, 5_000_000_000
    world.venue.pay(1_000_000)
    held = world.venue.outside("B", Side.BUY, 9, 4)
    world.connect()
    world.run()
    assert [(r.symbol, r.lots) for r in world.journal if isinstance(r, PositionRestated)] == [("A", 7), ("B", 4)]
    assert (
        sum(record.units for record in world.journal if isinstance(record, CashFlow))
        == world.venue.cash - 100_000_000_000
    )
    (adopted,) = [record for record in world.journal if isinstance(record, Adopted)]
    assert (adopted.order_id, adopted.qty, adopted.filled) == (held.order_id, 9, 4)
    world.venue.fill(held, 5)
    world.check_rest()


def test_orders_by_hand_are_adopted_with_their_executions(world):
    world.venue.outside("A", Side.SELL, 6, 6)
    world.venue.stream.clear()  # nobody tells; the next comparison finds it
    world.run(14)
    assert [record.symbol for record in world.journal if isinstance(record, Adopted)] == ["A"]
    assert world.blotter.reconciliation.lots["A"] == -6
    world.check_rest()


def test_an_order_by_hand_of_which_another_took_some_is_over_once_the_rest_has_filled(world):
    one = world.venue.outside("A", Side.SELL, 7, 0)
    world.run()
    one.qty = 5  # the other of its pair filled two, and that is not told
    world.venue.fill(one, 5)
    world.run(14)
    assert [order.order.order_id for order in world.blotter.working()] == []
    world.check_rest()


def test_an_order_of_this_run_without_a_record_is_a_stray_and_cancelled(world):
    order = replace(world.submit(), order_id="r-1-999")
    world.venue.place(Place(order=order))
    world.run()
    assert len(told(world, "stray")) == 1
    assert world.venue.by_client["r-1-999"].state == "canceled"


def test_orders_in_other_symbols_are_told_and_left_alone(world):
    world.venue.lots["C"] = 0
    one = world.venue.outside("C", Side.BUY, 5, 5)
    world.run()
    world.venue.tell(one, "fill")
    world.run()
    assert len(told(world, "foreign_symbol")) == 1
    assert not [record for record in world.journal if isinstance(record, Adopted)]


def test_a_name_that_another_order_has_is_not_ours(world):
    order = world.submit(qty=10)
    world.venue.enter(replace(order, qty=3), order.order_id)  # of an earlier run with the same name
    world.run(20)
    assert tracked(world, order).status is OrderStatus.REJECTED
    assert told(world, "id_reused")


def test_an_order_that_the_venue_forgot_is_told_and_given_up(world, resting):
    one = world.venue.by_client.pop(resting.order_id)
    del world.venue.orders[one.venue_id]
    world.run(40)
    assert len(told(world, "lost")) == 1
    assert tracked(world, resting).status is not OrderStatus.ACCEPTED


def test_a_difference_counts_once_two_answers_have_it(world):
    world.venue.lots["A"] += 3
    world.venue.cash += 20_000_000
    world.run(4)
    first = [
        (record.kind, record.symbol, record.theirs - record.ours)
        for record in world.journal
        if isinstance(record, Difference)
    ]
    assert first == []
    world.run(12)
    found = {
        (record.kind, record.symbol, record.theirs - record.ours)
        for record in world.journal
        if isinstance(record, Difference)
    }
    assert found == {("position", "A", 3), ("cash", "", 20_000_000)}


def test_flows_of_cash_are_booked_once(world):
    world.venue.pay(123)
    world.run(30)
    assert [record.units for record in world.journal if isinstance(record, CashFlow) and record.units] == [123]
    world.check_rest()


def test_stock_that_failed_in_part_settles_nothing(world):
    before = [record for record in world.journal if isinstance(record, Reconciled)]
    world.sever()
    world.connect()
    world.interpret(Stock(ts_ns=world.time(), orders=(), fills=(), positions={}, cash_units=None, complete=False))
    assert not world.blotter.ready
    assert [record for record in world.journal if isinstance(record, Reconciled)] == before
    world.run(20)
    assert world.blotter.ready


def test_why_stock_was_not_complete_is_told_once(world):
    stock = Stock(ts_ns=0, orders=(), fills=(), positions={}, cash_units=None, complete=False, text="half a share")
    for _ in range(2):
        world.interpret(replace(stock, ts_ns=world.time()))
    assert [record.text for record in told(world, "stock")] == ["half a share"]


def test_stock_from_before_the_last_connection_opens_nothing(world):
    world.sever()
    world.connect()
    world.pump()
    world.deliver_request()
    old = world.answers.pop()
    world.sever()
    world.connect()
    world.interpret(replace(old, ts_ns=world.time()))
    assert not world.blotter.ready
    world.run()
    assert world.blotter.ready


def test_an_answer_about_nothing_that_is_known_is_read_for_what_it_holds(world):
    one = world.venue.outside("A", Side.BUY, 3, 0)
    world.venue.stream.clear()
    found = world.venue.shown(one)
    world.interpret(Answered(ts_ns=world.time(), order_id="gone", asked="look_up", outcome=Outcome.ACK, found=found))
    world.interpret(Answered(ts_ns=world.time(), order_id="gone", asked="place", outcome=Outcome.REFUSED))
    assert [record.venue_id for record in world.journal if isinstance(record, Adopted)] == [one.venue_id]


def test_what_filled_and_ended_days_ago_is_forgotten(world, resting):
    world.venue.fill(venue(world, resting), 10)
    other = world.submit("B")
    world.run()
    world.time(450_000 * SECOND)
    world.run(4)
    assert resting.order_id not in world.blotter.register.orders
    assert other.order_id in world.blotter.register.orders
    old = VenueOrder(
        venue_id="v-old", order_id=resting.order_id, symbol="A", side=Side.BUY, qty=10, filled=0, status=OrderStatus.CANCELED,
        state="canceled",
    )  # fmt: skip
    assert world.blotter.interpret(Streamed(ts_ns=world.time(), event="canceled", order=old)) == []


def test_connected_and_severed_are_no_events(world):
    assert world.blotter.interpret(Severed(ts_ns=world.time())) == []
    assert not world.blotter.ready
    assert world.blotter.interpret(Connected(ts_ns=world.time())) == []
    assert not world.blotter.ready
    world.run()
    assert world.blotter.ready
