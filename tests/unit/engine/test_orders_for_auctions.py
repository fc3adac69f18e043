"""What waits for an auction is not on its way out: a halt, a breaker or a passed stop sends the position to the market instead."""

import numpy as np
import pytest
from msgspec.structs import replace

from scenes import bars_of, rules
from tenfold.domain.events import Halt
from tenfold.domain.order import Cancel, Fill, OrderStatus, OrderUpdate, Submit
from tenfold.engine.exiting import ExitingEngine
from tenfold.engine.voters import GivenVoter
from tenfold.simulation.feed import BarFeed


def begun(prices, votes, order, **exits):
    """Return an engine that holds 100 shares at 50, and the bar sets that follow."""
    bars = bars_of(prices)
    voter = GivenVoter(np.array(votes, dtype=float)[:, None], "given", 1.0)
    chosen = rules(entry={"order": order}, exits=exits, account={"short": False})
    engine = ExitingEngine(chosen, bars.instruments, [voter], 252.0)
    events = BarFeed(bars).events()
    (entry,) = (one.order for one in engine.step(next(events)))
    engine.step(
        Fill(ts_ns=2, fill_id="f", order_id=entry.order_id, symbol="A", side=entry.side, qty=100, price=50.0, fee_units=0)
    )  # fmt: skip
    return engine, events


def sent(commands):
    return [(one.order.type, one.order.qty) for one in commands if isinstance(one, Submit)]


@pytest.mark.parametrize("order", ["moo", "moc"])
def test_a_halt_does_not_wait_for_the_auction_in_which_the_position_was_to_be_closed(order):
    engine, events = begun([50.0] * 3, [1.0, -1.0, -1.0], order)
    (closing,) = engine.step(next(events))
    assert (closing.order.type, closing.order.qty) == (order, 100)
    halted = engine.step(Halt(ts_ns=3, operator="ann", reason="drill"))
    assert [one.order_id for one in halted if isinstance(one, Cancel)] == [closing.order.order_id]
    assert sent(halted) == [("market", 100)]
    assert engine.step(next(events)) == []  # the market order is on its way


def test_a_stop_is_watched_while_an_order_for_the_close_is_in_the_way_of_its_own():
    engine, events = begun([50.0, 50.0, 44.0], [1.0, -1.0, -1.0], "moc", stop_frac=0.1)
    assert sent(engine.step(next(events))) == [("moc", 100)]
    assert sent(engine.step(next(events))) == [("market", 100)]


def test_what_is_halved_does_not_wait_either():
    engine, events = begun([50.0] * 2, [1.0, -1.0], "moc")
    assert sent(engine.step(next(events))) == [("moc", 100)]
    assert sent(engine._desk.withdraw(3)) == []  # what closes a position goes on
    assert sent(engine._desk.reduce(3)) == [("market", 100)]
    assert engine._desk.reduce(4) == []


@pytest.mark.parametrize("over", [True, False])
def test_what_is_to_close_in_the_opening_goes_to_the_market_where_exits_may_leave_only_as_the_venue_opens(over):
    engine, events = begun([50.0] * 3, [1.0, 0.0, 0.0], "moo", stop_frac=0.1)
    told = next(events)
    if not over:  # an hour of the day: the exits leave at once
        told = replace(told, bars=tuple(replace(bar, remaining_s=3600) for bar in told.bars))
    commands = engine.step(told)
    assert [type(one) for one in commands] == [Cancel, Submit]
    assert sent(commands) == [("market" if over else "moo", 100)]
    assert commands[1].closes
    halted = engine.step(Halt(ts_ns=3, operator="ann", reason="drill"))
    assert sent(halted) == ([] if over else [("market", 100)])  # it is on its way


def test_what_is_to_close_in_the_opening_waits_for_it_where_no_exits_are_in_its_way():
    engine, events = begun([50.0] * 2, [1.0, 0.0], "moo")
    assert sent(engine.step(next(events))) == [("moo", 100)]


@pytest.mark.parametrize("end", [OrderStatus.CANCELED, OrderStatus.EXPIRED])
def test_an_entry_that_its_auction_has_not_filled_is_ordered_again_however_the_venue_calls_its_end(end):
    bars = bars_of([50.0] * 2)
    engine = ExitingEngine(
        rules(entry={"order": "moo"}), bars.instruments, [GivenVoter(np.ones((2, 1)), "given", 1.0)], 252.0
    )
    events = BarFeed(bars).events()
    (entry,) = engine.step(next(events))
    engine.step(OrderUpdate(ts_ns=2, order_id=entry.order.order_id, symbol="A", status=end))
    assert sent(engine.step(next(events))) == [("moo", 100)]
