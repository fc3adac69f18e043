"""What is sent, sent again, looked for, cancelled and given up, race by race."""

import pytest

from both_sides import venue
from order_world import PACE, SECOND, World
from tenfold.domain.events import Difference
from tenfold.domain.order import Flatten, OrderStatus, OrderType, Side
from tenfold.execution.reports import Amend, LookUp, Place, TakeStock, Withdraw


def kinds(world):
    return [type(request) for request in world.sent if not isinstance(request, TakeStock)]


def status(world, order):
    return world.blotter.register.orders[order.order_id].status


def told(world, kind):
    return [record for record in world.journal if isinstance(record, Difference) and record.kind == kind]


def test_an_order_goes_out_once_and_rests(world):
    order = world.submit()
    world.run()
    assert kinds(world) == [Place]
    assert status(world, order) is OrderStatus.ACCEPTED
    world.check_rest()


def test_nothing_goes_out_before_stock_was_taken():
    world = World()
    order = world.submit()
    world.pump()
    assert world.sent == []
    world.connect()
    world.pump()
    assert [type(request) for request in world.sent] == [TakeStock]
    world.run()
    assert status(world, order) is OrderStatus.ACCEPTED


def test_while_the_stream_is_down_orders_wait_and_cancels_go(world):
    resting = world.submit()
    world.run()
    world.sever()
    world.sent.clear()
    waiting = world.submit("B")
    world.cancel(resting)
    world.pump()
    assert kinds(world) == [Withdraw]
    world.connect()
    world.run()
    assert (status(world, resting), status(world, waiting)) == (OrderStatus.CANCELED, OrderStatus.ACCEPTED)


def test_an_order_that_could_not_be_sent_in_time_is_told_as_rejected(world):
    world.sever()
    order = world.submit()
    world.pump()
    world.time(9 * SECOND)
    world.pump()
    world.connect()
    world.run()
    assert status(world, order) is OrderStatus.REJECTED
    assert Place not in kinds(world)


def test_a_cancel_before_it_was_sent_sends_nothing(world):
    order = world.submit()
    world.cancel(order)
    world.run()
    assert kinds(world) == []
    assert status(world, order) is OrderStatus.CANCELED


def test_an_order_waits_until_its_venue_takes_it():
    world = World(opens=lambda order, now_ns: max(now_ns, 60 * SECOND))
    world.connect()
    world.run(4)
    order = world.submit()
    world.pump()
    assert Place not in kinds(world)
    assert world.blotter.next_due_ns() is not None
    world.time(61 * SECOND - world.now)
    world.run()
    assert status(world, order) is OrderStatus.ACCEPTED


def test_without_an_answer_it_is_looked_for_and_found(world):
    order = world.submit()
    world.pump()
    world.deliver_request(fate="unanswered")
    world.venue.stream.clear()
    world.deliver_answer()
    assert status(world, order) is OrderStatus.UNKNOWN
    assert world.blotter.unknown == 1
    world.run()
    assert kinds(world) == [Place, LookUp]
    assert status(world, order) is OrderStatus.ACCEPTED


def test_what_never_arrived_goes_out_again_under_its_one_name(world):
    order = world.submit()
    world.pump()
    world.deliver_request(fate="lost")
    world.run(20)
    assert kinds(world).count(Place) == 2
    assert {request.order.order_id for request in world.sent if isinstance(request, Place)} == {order.order_id}
    assert status(world, order) is OrderStatus.ACCEPTED
    world.check_rest()


def test_what_was_to_go_out_again_while_the_stream_was_down_does_not_once_it_is_late(world):
    order = world.submit()
    world.pump()
    world.deliver_request(fate="lost")
    world.sever()
    world.run(14)
    assert world.blotter._agenda.errand(*world.blotter.register.find("", order.order_id), world.now).again
    world.time(9 * SECOND)
    world.connect()
    world.run(20)
    assert kinds(world).count(Place) == 1
    assert status(world, order) is OrderStatus.ABANDONED


def test_what_is_not_wanted_any_more_is_given_up_only_on_proof_and_taken_up_should_it_appear(world):
    order = world.submit()
    world.pump()
    world.deliver_request(fate="late")
    world.deliver_answer()
    late = world.requests.pop()
    world.cancel(order)
    world.run(20)
    assert status(world, order) is OrderStatus.ABANDONED
    world.requests.append(late)
    world.run()
    assert [record.kind for record in told(world, "revived")] == ["revived"]
    assert status(world, order) is OrderStatus.CANCELED
    assert not venue(world, order).live
    world.check_rest()


def test_a_refusal_ends_it(world):
    order = world.submit()
    world.venue.refusing = True
    world.run()
    assert kinds(world) == [Place]
    assert status(world, order) is OrderStatus.REJECTED


def test_a_refusal_of_what_was_sent_before_proves_nothing(world):
    order = world.submit()
    world.pump()
    world.deliver_request(fate="late")
    world.deliver_answer()
    late = world.requests.pop()
    world.pump()
    for _ in range(60):
        if kinds(world).count(Place) == 2:
            break
        world.deliver_request()
        world.deliver_answer()
        world.time(SECOND // 2)
        world.pump()
    world.venue.refusing = True
    world.deliver_request(next(n for n, request in enumerate(world.requests) if isinstance(request, Place)))
    world.deliver_answer()
    world.venue.refusing = False
    assert status(world, order) is OrderStatus.UNKNOWN
    world.requests.append(late)
    world.run(20)
    assert status(world, order) is OrderStatus.ACCEPTED
    world.check_rest()


def test_after_a_crash_it_is_looked_for_before_it_goes_out_again(world):
    order = world.submit()
    world.crash()
    world.connect()
    world.run(20)
    assert kinds(world) == [LookUp, Place] or kinds(world) == [Place]  # the comparison with the venue looks too
    assert status(world, order) is OrderStatus.ACCEPTED


def test_an_order_of_before_a_long_pause_is_not_sent_any_more(world):
    order = world.submit()
    world.time(30 * SECOND)
    world.crash()
    world.connect()
    world.run(20)
    assert Place not in kinds(world)
    assert status(world, order) is OrderStatus.ABANDONED


def test_a_cancel_that_meets_a_fill_tells_the_fill(world):
    order = world.submit()
    world.run()
    world.cancel(order)
    world.pump()
    world.deliver_request(at_venue="fills")
    world.run()
    assert status(world, order) is OrderStatus.FILLED
    world.check_rest()


def test_a_refused_cancel_is_looked_at_and_asked_again(world):
    order = world.submit()
    world.run()
    one = venue(world, order)
    one.state = "pending_replace"
    world.cancel(order)
    world.run(4)
    assert status(world, order) is not OrderStatus.CANCELED
    one.state = "new"
    world.run(20)
    assert kinds(world).count(Withdraw) >= 2
    assert status(world, order) is OrderStatus.CANCELED


def test_a_cancel_that_is_refused_without_end_is_asked_for_less_and_less(world):
    orders = [world.submit(), world.submit("B")]
    world.run()
    for order in orders:
        venue(world, order).state = "pending_replace"
        world.cancel(order)
    world.sent.clear()
    seconds = 120
    world.run(2 * seconds)
    pauses = seconds / PACE.look_max_s
    assert kinds(world).count(Withdraw) <= len(orders) * (pauses + 5)
    assert len(world.sent) <= 2 * len(orders) * (pauses + 5) + seconds / PACE.stock_s + 1


def test_a_cancel_that_stays_pending_is_told_once(world):
    order = world.submit()
    world.run()
    world.cancel(order)
    world.pump()
    world.deliver_request(at_venue="stuck")
    world.run(60)
    assert len(told(world, "stuck")) == 1
    assert status(world, order) is OrderStatus.PENDING_CANCEL
    assert kinds(world).count(Withdraw) == 1
    world.venue.end(venue(world, order), "canceled")
    world.run()
    assert status(world, order) is OrderStatus.CANCELED


def test_other_prices_are_changed_in_place(world):
    order = world.submit()
    world.run()
    world.replace(order, limit_price=9.0)
    world.run()
    assert kinds(world) == [Place, Amend]
    successor = world.venue.by_client[f"{order.order_id}.1"]
    assert (venue(world, order).state, successor.state) == ("replaced", "new")
    world.venue.fill(successor, 10)
    world.run()
    assert status(world, order) is OrderStatus.FILLED
    world.check_rest()


def test_other_prices_without_the_means_are_a_cancel_and_a_new_part():
    world = World(amends=False)
    world.connect()
    world.run()
    order = world.submit()
    world.run()
    world.replace(order, limit_price=9.0)
    world.run()
    assert kinds(world) == [Place, Withdraw, Place]
    assert status(world, order) is OrderStatus.ACCEPTED


def test_what_filled_in_part_is_never_changed_in_place_so_that_no_bug_makes_it_larger(world):
    order = world.submit(qty=10)
    world.run()
    world.venue.fill(venue(world, order), 3)
    world.run()
    world.venue.original_qty = True
    world.replace(order, limit_price=9.0)
    world.run()
    assert Amend not in kinds(world)
    assert world.venue.by_client[f"{order.order_id}.1"].qty == 7


def test_a_change_that_makes_it_larger_than_it_may_be_is_taken_back(world):
    order = world.submit(qty=10)
    world.run()
    world.replace(order, limit_price=9.0)
    world.pump()
    world.venue.original_qty = True
    world.venue.fill(venue(world, order), 4)  # meets the change on its way
    world.bent.add(order.order_id)
    world.deliver_request()
    world.venue.original_qty = False
    world.run(20)
    assert world.venue.by_client[f"{order.order_id}.1"].state == "canceled"
    assert world.venue.by_client[f"{order.order_id}.2"].qty == 6


@pytest.mark.parametrize("fate", ["fills", "partly"])
def test_a_change_that_loses_to_a_fill(world, fate):
    order = world.submit(qty=10)
    world.run()
    world.replace(order, limit_price=9.0)
    world.pump()
    world.deliver_request(at_venue=fate)
    world.run(20)
    assert status(world, order) is (OrderStatus.FILLED if fate == "fills" else OrderStatus.PARTIALLY_FILLED)
    world.check_rest()


def test_another_quantity_counts_what_has_filled(world):
    order = world.submit(qty=10)
    world.run()
    world.venue.fill(venue(world, order), 4)
    world.run()
    world.replace(order, qty=6)
    world.run()
    assert world.venue.by_client[f"{order.order_id}.1"].qty == 2
    world.replace(order, qty=4)
    world.run()
    assert status(world, order) is OrderStatus.CANCELED
    world.check_rest()


def test_a_new_order_waits_until_what_is_cancelled_in_the_symbol_has_gone(world):
    first = world.submit()
    world.run()
    world.cancel(first)
    second, elsewhere = world.submit(side=Side.SELL), world.submit("B")
    world.sent.clear()
    world.pump()
    assert [type(request) for request in world.sent] == [Withdraw, Place]
    assert world.sent[1].order.order_id == elsewhere.order_id
    world.run()
    assert status(world, second) is OrderStatus.ACCEPTED


def test_it_waits_for_that_after_a_crash_too(world):
    first = world.submit()
    world.run()
    one = venue(world, first)
    one.state = "pending_replace"  # so that it cannot be cancelled
    world.cancel(first)
    second = world.submit(side=Side.SELL)
    world.crash()
    world.connect()
    world.sent.clear()
    world.run(6)
    assert Place not in kinds(world)
    one.state = "new"
    world.run(20)
    assert status(world, second) is OrderStatus.ACCEPTED


def test_flatten_cancels_everything(world):
    orders = [world.submit(), world.submit("B", kind=OrderType.STOP)]
    world.run()
    world.keep(Flatten(ts_ns=world.time()))
    world.run()
    assert {status(world, order) for order in orders} == {OrderStatus.CANCELED}


def test_a_request_without_any_answer_counts_as_one_of_which_nobody_knows(world):
    order = world.submit()
    world.pump()
    world.requests.clear()  # an adapter that never answers
    world.run(40)
    assert status(world, order) is OrderStatus.ACCEPTED
    assert kinds(world).count(Place) == 2


def test_a_journal_of_reports_alone_leads_to_the_same_state(world):
    order = world.submit()
    world.run()
    world.venue.fill(venue(world, order), 10)
    world.run()
    world.check_replay()
    world.crash()
    assert status(world, order) is OrderStatus.FILLED
    assert world.blotter.reconciliation.lots["A"] == 10
