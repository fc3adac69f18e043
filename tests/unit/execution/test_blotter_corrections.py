"""Executions that the venue takes back or corrects, under whatever names: the one that is meant is undone, and no other."""

import pytest
from msgspec.structs import replace

from both_sides import tracked, venue
from order_world import PACE, SECOND, World
from tenfold.domain.events import Busted, Difference, OrderRestated
from tenfold.domain.order import Fill, OrderStatus, Side
from tenfold.execution.reports import TakeStock


@pytest.mark.parametrize("streamed", [True, False])
@pytest.mark.parametrize("what", ["bust", "correct"])
def test_an_execution_that_is_taken_back_or_corrected(world, resting, what, streamed):
    one = venue(world, resting)
    world.venue.fill(one, 4)
    world.venue.fill(one, 6)
    world.run()
    world.bend(one)
    getattr(world.venue, what)(one)
    if not streamed:
        world.venue.stream.clear()
    world.run(14)
    assert len([record for record in world.journal if isinstance(record, Busted)]) == 1
    assert tracked(world, resting).filled == (4 if what == "bust" else 10)
    world.check_rest()


def test_an_execution_taken_back_under_another_name(world, resting):
    one = venue(world, resting)
    world.venue.fill(one, 4)
    world.run()
    world.bend(one)
    world.venue.bust(one)
    world.venue.activities[-1] = replace(world.venue.activities[-1], execution_id="another")
    world.run(14)
    (bust,) = [record for record in world.journal if isinstance(record, Busted)]
    assert (bust.fill_id, bust.bust_id) == (one_execution(world, resting), "another")
    world.check_rest()


@pytest.mark.parametrize("what", ["bust", "correct"])
def test_what_is_taken_back_as_the_run_begins_is_found_though_the_clock_of_the_venue_is_behind(world, resting, what):
    one = venue(world, resting)
    world.venue.fill(one, 10)
    world.run()
    world.bend(one)
    before = len(world.venue.activities)
    getattr(world.venue, what)(one)
    early_ns = world.blotter.register.started_ns // 2
    world.venue.activities[before:] = [replace(fill, ts_ns=early_ns) for fill in world.venue.activities[before:]]
    world.venue.stream.clear()
    world.run(14)
    assert len([record for record in world.journal if isinstance(record, Busted)]) == 1
    assert tracked(world, resting).filled == (0 if what == "bust" else 10)
    world.check_rest()


@pytest.mark.parametrize("less", [0, 3])
def test_an_execution_corrected_under_other_names(world, resting, less):
    one = venue(world, resting)
    world.venue.fill(one, 10)
    world.run()
    world.bend(one)
    world.venue.correct(one, less)
    world.venue.activities[-2:] = [
        replace(fill, execution_id=f"other-{n}", ts_ns=world.venue.now)
        for n, fill in enumerate(world.venue.activities[-2:])
    ]
    world.venue.stream.clear()
    world.run(14)
    told = [(r.qty, r.price, r.fill_id) for r in world.journal if isinstance(r, Fill)]
    assert told[1:] == [(10 - less, 10.1, "other-1")]
    world.check_rest()


def test_a_correction_that_comes_without_what_it_corrects_is_told_as_a_difference(world, resting):
    one = venue(world, resting)
    world.venue.fill(one, 10)
    world.run()
    world.bend(one)
    world.venue.correct(one)
    del world.venue.activities[-2]
    world.venue.stream.clear()
    world.run(30)
    told = [record for record in world.journal if isinstance(record, Difference)]
    assert {(record.kind, record.ours - record.theirs) for record in told} == {("cash", 10 * 100_000)}


def test_what_is_corrected_before_it_was_booked_takes_back_none_that_is_alike(world, resting):
    one = venue(world, resting)
    world.venue.fill(one, 4)
    world.run()
    world.bend(one)
    world.venue.correct(one)
    world.venue.fill(one, 3)
    world.run(14)
    asked = TakeStock(orders=(), since_ns=0, number=0)
    before = world.venue.stock(asked, world.time())
    world.venue.fill(one, 3)
    world.venue.correct(one)
    world.venue.stream.clear()
    world.interpret(replace(world.venue.stock(asked, world.time()), orders=before.orders))  # the list is read last
    assert tracked(world, resting).filled == 7
    world.run(14)
    assert tracked(world, resting).status is OrderStatus.FILLED
    world.check_rest()


def test_what_takes_back_an_execution_that_is_listed_and_was_not_booked_takes_back_no_other(world, resting):
    one = venue(world, resting)
    world.venue.fill(one, 2)
    world.bend(one)
    world.venue.correct(one, less=1)
    world.venue.stream.clear()  # nobody has heard of these
    world.venue.fill(one, 2)
    world.run(14)
    assert tracked(world, resting).filled == 3
    world.check_rest()


def test_what_takes_back_an_execution_that_was_not_booked_takes_back_none_that_the_list_has_not_got_yet(world, resting):
    one = venue(world, resting)
    world.venue.fill(one, 2)
    world.bend(one)
    world.venue.correct(one, less=1)
    world.venue.stream.clear()  # nobody has heard of these
    world.venue.fill(one, 1)
    world.venue.fill(one, 2)
    while world.venue.stream:
        world.deliver_stream()
    stock = world.venue.stock(TakeStock(orders=(), since_ns=0, number=0), world.time())
    world.interpret(replace(stock, fills=stock.fills[:-1]))
    world.run(14)
    assert tracked(world, resting).filled == 4
    world.check_rest()


@pytest.mark.parametrize("ended", [False, True])
def test_an_order_that_is_known_by_what_it_has_filled_is_taken_over_as_large_as_it_is(ended):
    world = World()
    one = world.venue.outside("A", Side.BUY, 7, 3)
    if ended:
        world.venue.end(one, "canceled")
    world.bracket()  # it cannot be said whether an order of another name is a leg of these
    world.crash()
    world.connect()
    world.pump()
    world.deliver_request(-1)
    world.deliver_answer()
    world.bend(one)
    world.venue.fill(one, 4)
    world.run(14)
    assert [record.qty for record in world.journal if isinstance(record, Fill)] == [4]
    assert not [record for record in world.journal if isinstance(record, OrderRestated)]
    world.check_rest()


@pytest.mark.parametrize("kept", [0, 2])
def test_what_was_taken_back_before_the_account_was_taken_over_is_not_waited_for(kept):
    world = World()
    one = world.venue.outside("A", Side.BUY, kept + 5, kept)
    world.venue.fill(one, 5)
    world.venue.bust(one)
    world.venue.stream.clear()
    world.connect()
    world.pump()
    stock = world.venue.stock(world.requests.pop(), world.time())
    world.interpret(replace(stock, orders=(world.venue.shown(one),)))  # as it is asked for by its execution
    world.run(14)
    assert not world.blotter._reader.gaps
    assert not world.blotter._reader.strangers
    assert world.blotter.reconciliation.lots == world.venue.lots


def test_what_had_filled_before_the_account_was_taken_over_is_not_booked_once_an_execution_was_taken_back():
    world = World()
    one = world.venue.outside("A", Side.BUY, 9, 3)
    world.connect()
    world.run()
    world.bend(one)
    world.venue.fill(one, 2)
    world.run()
    world.venue.bust(one)
    world.run(14)
    world.venue.fill(one, 4)
    world.run(14)
    assert world.blotter.register.orders[one.order_id].filled == 7
    world.check_rest()


@pytest.mark.parametrize("less", [0, 1])
def test_a_correction_of_what_had_filled_before_the_account_was_taken_over_is_not_booked_once_more_has_filled(less):
    world = World()
    one = world.venue.outside("A", Side.BUY, 9, 3)
    world.venue.correct(one, less)
    world.connect()
    world.run()
    world.bend(one)
    world.venue.fill(one, 6)
    world.venue.stream.clear()
    world.run(14)
    assert [record.qty for record in world.journal if isinstance(record, Fill)] == [6]
    assert not world.blotter._reader.gaps
    world.check_rest()


def test_a_correction_of_before_the_account_was_taken_over_is_not_booked_after_a_start():
    world = World()
    one = world.venue.outside("A", Side.BUY, 9, 3)
    world.venue.correct(one, less=1)
    world.connect()
    world.run()
    world.crash()
    world.bend(one)
    world.venue.fill(one, 7)
    world.venue.stream.clear()
    world.connect()
    world.run(14)
    assert [record.qty for record in world.journal if isinstance(record, Fill)] == [7]
    assert not [record for record in world.journal if isinstance(record, Busted)]
    world.check_rest()


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("qty", [2, 3, 5])
def test_what_had_filled_before_the_account_was_taken_over_is_taken_back_though_more_fills_in_its_place(qty, again):
    world = World()
    one = world.venue.outside("A", Side.BUY, 9, 3)
    world.connect()
    world.run()
    if again:
        world.crash()
    world.bend(one)
    world.venue.bust(one)
    world.venue.fill(one, qty)
    world.venue.stream.clear()
    world.connect()
    world.run(14)
    assert [record.qty for record in world.journal if isinstance(record, Busted)] == [3]
    assert [record.qty for record in world.journal if isinstance(record, Fill)] == [qty]
    assert not world.blotter._reader.gaps
    world.check_rest()


def test_what_had_filled_before_the_account_was_taken_over_is_taken_back_once_the_venue_does():
    world = World()
    one = world.venue.outside("A", Side.BUY, 9, 3)
    world.connect()
    world.run()
    world.bend(one)
    world.venue.bust(one)
    world.venue.stream.clear()
    world.run(14)
    assert [record.qty for record in world.journal if isinstance(record, Busted)] == [3]
    world.crash()
    world.connect()
    world.run(14)
    world.venue.fill(one, 5)
    world.run(14)
    assert world.blotter.register.orders[one.order_id].filled == 5
    assert not world.blotter._reader.gaps
    world.check_rest()


@pytest.mark.parametrize("at_once", [False, True])
def test_what_filled_long_before_a_start_and_the_account_was_taken_over_is_taken_back_too(at_once):
    world = World()
    one = world.venue.outside("A", Side.BUY, 9, 3)
    world.venue.activities.clear()  # it is not listed
    world.connect()
    world.run()
    world.time(100 * SECOND)
    world.run(14)
    world.crash()
    world.connect()
    world.run(14)
    world.bend(one)
    world.venue.bust(one)
    if at_once:
        world.venue.stream.clear()
    else:
        world.run(14)
    world.venue.fill(one, 5)
    world.run(14)
    assert [record.qty for record in world.journal if isinstance(record, Busted)] == [3]
    assert [record.qty for record in world.journal if isinstance(record, Fill)] == [5]
    assert not world.blotter._reader.gaps
    world.check_rest()


def test_an_order_ends_though_what_it_filled_was_taken_back_within_the_moment_of_its_end(world, resting):
    one = venue(world, resting)
    world.venue.fill(one, 4)
    world.run()
    world.venue.fill(one, 3)
    world.venue.stream.clear()
    world.venue.end(one, "canceled")
    moment_ns = one.updated_ns
    world.deliver_stream()
    assert tracked(world, resting).status is OrderStatus.PARTIALLY_FILLED  # the end waits for what has filled
    world.bend(one)
    world.venue.bust(one)
    one.updated_ns = moment_ns
    world.venue.stream.clear()
    world.run(20)
    assert tracked(world, resting).filled == 4
    assert tracked(world, resting).status is OrderStatus.CANCELED
    world.check_rest()


def test_an_execution_that_was_told_by_another_name_is_the_one_of_its_place_though_one_before_was_taken_back(
    world, resting
):
    one = venue(world, resting)
    world.bend(one)
    world.venue.fill(one, 1)
    world.venue.bust(one)
    world.venue.fill(one, 6)
    world.venue.stream.clear()  # nobody has heard of these
    world.venue.fill(one, 1)
    (last,) = world.venue.stream
    world.venue.stream[:] = [replace(last, fill=replace(last.fill, execution_id="noise"))]
    world.deliver_stream()
    world.venue.bust(one)
    world.venue.stream.clear()
    world.run(30)
    assert tracked(world, resting).filled == 6
    assert [record.fill_id for record in world.journal if isinstance(record, Busted)][-1] == "noise"
    world.check_rest()


@pytest.mark.parametrize("heard", [True, False])
@pytest.mark.parametrize("named", [True, False])
def test_what_fills_where_another_did_before_one_was_taken_back_is_new(world, resting, named, heard):
    one = venue(world, resting)
    world.blotter.follow(replace(PACE, overlap_s=5))
    world.bend(one)
    world.venue.fill(one, 4)
    world.venue.fill(one, 4)
    if not named:
        world.venue.stream[:] = [
            replace(told, fill=replace(told.fill, execution_id=f"noise-{number}"))
            for number, told in enumerate(world.venue.stream)
        ]
    world.run(200 if named else 8)  # so that the list has the two no more
    one.executions.reverse()
    world.venue.bust(one)
    world.run()
    world.venue.fill(one, 4)
    if not heard:
        world.venue.stream.clear()
    world.run(30)
    assert tracked(world, resting).filled == 8
    world.check_rest()


def test_an_execution_that_the_venue_counts_and_never_lists_is_told_as_a_difference(world, resting):
    one = venue(world, resting)
    world.venue.fill(one, 4)
    world.venue.activities.clear()
    world.venue.stream.clear()
    world.bend(one)
    world.run(60)
    told = [record for record in world.journal if isinstance(record, Difference) and record.kind == "executions"]
    assert told
    assert {(record.order_id, record.ours, record.theirs) for record in told} == {(resting.order_id, 0, 4)}


def one_execution(world, order):
    return next(iter(tracked(world, order).parts[0].executions))
