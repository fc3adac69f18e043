"""What did not get to the venue goes out again under its one name, and is given up only on proof."""

import pytest

from order_world import SECOND
from tenfold.domain.events import Difference
from tenfold.domain.order import OrderStatus
from tenfold.execution.reports import Answered, LookUp, Outcome, Place, TakeStock


def kinds(world):
    return [type(request) for request in world.sent if not isinstance(request, TakeStock)]


def status(world, order):
    return world.blotter.register.orders[order.order_id].status


def answered(world, order, **more):
    """Return that an order was turned away."""
    return Answered(ts_ns=world.time(), order_id=order.order_id, asked="place", outcome=Outcome.REFUSED, **more)


def test_not_found_it_goes_out_again_at_once_and_is_taken_once_whichever_comes_first(world):
    order = world.submit()
    world.pump()
    world.deliver_request(fate="late")
    world.deliver_answer()
    late = world.requests.pop()
    world.run(5)
    assert kinds(world) == [Place, LookUp, Place]
    assert status(world, order) is OrderStatus.ACCEPTED
    world.requests.append(late)
    world.run(20)
    assert len(world.venue.orders) == 1
    world.check_rest()


def test_not_found_proves_nothing_while_it_may_be_on_its_way(world):
    order = world.submit()
    world.pump()
    world.deliver_request(fate="late")
    world.deliver_answer()
    late = world.requests.pop()
    world.cancel(order)
    world.run(5)
    assert kinds(world).count(Place) == 1
    assert status(world, order) is OrderStatus.UNKNOWN
    world.requests.append(late)
    world.run(20)
    assert status(world, order) is OrderStatus.CANCELED


def test_what_was_turned_away_for_a_reason_that_passes_goes_out_again_after_a_pause(world):
    order = world.submit()
    world.pump()
    world.requests.clear()
    world.interpret(answered(world, order, later=True))
    assert status(world, order) is OrderStatus.SUBMITTED
    world.pump()
    assert kinds(world) == [Place]
    world.run(4)
    assert kinds(world) == [Place, Place]
    assert status(world, order) is OrderStatus.ACCEPTED


def test_what_is_turned_away_until_it_is_late_is_not_sent_any_more(world):
    order = world.submit()
    for _ in range(60):
        world.pump()
        while world.requests:
            if isinstance(world.requests[0], Place):
                world.requests.pop(0)
                world.interpret(answered(world, order, later=True))
            else:
                world.deliver_request()
        while world.answers:
            world.deliver_answer()
        world.time(SECOND // 2)
    assert status(world, order) is OrderStatus.REJECTED
    assert 3 < kinds(world).count(Place) < 8
    assert LookUp not in kinds(world)
    other = world.submit()
    world.pump()
    world.requests.clear()
    world.cancel(other)
    world.interpret(answered(world, other, later=True))
    assert status(world, other) is OrderStatus.CANCELED


@pytest.mark.parametrize("is_told", [True, False])
def test_no_answer_to_what_was_asked_before_an_order_arrived_gives_it_up(world, is_told):
    order = world.submit()
    world.pump()
    world.deliver_request(fate="late")
    world.deliver_answer()
    late = world.requests.pop()
    world.cancel(order)
    world.time(SECOND)
    world.pump()
    world.blotter._agenda.take_stock(world.now)
    world.pump()
    assert [type(request) for request in world.requests] == [LookUp, TakeStock]
    world.deliver_request()
    world.deliver_request()
    world.requests.append(late)
    world.deliver_request()
    if is_told:
        world.deliver_stream()
    world.time(3 * SECOND)
    world.deliver_answer()
    world.deliver_answer()
    assert status(world, order) in {OrderStatus.ACCEPTED, OrderStatus.UNKNOWN}
    world.run(20)
    assert status(world, order) is OrderStatus.CANCELED
    assert not [record for record in world.journal if isinstance(record, Difference)]


def test_what_was_turned_away_and_taken_all_the_same_is_cancelled_though_its_first_fill_alone_tells_of_it(world):
    order = world.submit()
    world.pump()
    world.cancel(order)
    world.interpret(answered(world, order, text="no"))
    assert status(world, order) is OrderStatus.CANCELED
    world.deliver_request()  # the same once more, which is taken
    world.answers.clear()
    world.deliver_stream(fate="lost")
    there = world.venue.by_client[order.order_id]
    world.venue.fill(there, 4)
    world.deliver_stream()
    world.run(20)
    assert (there.state, there.filled) == ("canceled", 4)
    world.check_rest()


def test_what_fills_whole_though_it_was_refused_is_named_also_where_that_is_the_first_word_of_it(world):
    order = world.submit()
    world.pump()
    (request,) = world.requests
    world.venue.refusing = True
    world.run()
    world.venue.refusing = False
    world.act(request)
    world.venue.fill(world.venue.by_client[order.order_id], 10)
    while len(world.venue.stream) > 1:
        world.deliver_stream(fate="lost")
    world.run(20)
    assert [one.text for one in world.journal if isinstance(one, Difference)] == ["filled after it was rejected"]
    assert world.blotter.reconciliation.lots["A"] == 10
    world.check_rest()
