"""An engine that puts the exits of its positions to rest at the venue."""

import numpy as np
import pytest
from msgspec.structs import replace

from scenes import bars_of, rules
from tenfold.domain.errors import SettingsError
from tenfold.domain.events import Adopted, Busted, Halt, LeaseLost, Started
from tenfold.domain.market import BarSet
from tenfold.domain.order import Cancel, Fill, OrderStatus, OrderType, OrderUpdate, Reason, Side, Submit
from tenfold.engine.exiting import ExitingEngine
from tenfold.engine.voters import GivenVoter
from tenfold.execution.ids import named
from tenfold.simulation.feed import BarFeed


class Scene:
    """Drive one engine by hand over prices."""

    def __init__(self, votes, prices=(50.0,) * 8, trader=None, **sections):
        bars = bars_of(list(prices))
        scores = np.array([*votes, *[votes[-1]] * (len(bars) - len(votes))], float)[:, None]
        voters = [GivenVoter(scores, "given", 1.0)] if trader is None else []
        self.engine = ExitingEngine(rules(**sections), bars.instruments, voters, 252.0, trader)
        self.moments = iter(BarFeed(bars).events())

    def bar(self):
        return self.engine.step(next(self.moments))

    def fill(self, order, price=50.0):
        return self.engine.step(
            Fill(
                ts_ns=2,
                fill_id=f"f-{order.order_id}",
                order_id=order.order_id,
                symbol="A",
                side=order.side,
                qty=order.qty,
                price=price,
                fee_units=0,
            )
        )

    def update(self, order, status):
        return self.engine.step(OrderUpdate(ts_ns=2, order_id=order.order_id, symbol="A", status=status))


def orders(commands):
    return [command.order for command in commands if isinstance(command, Submit)]


STOP = {"exits": {"stop_frac": 0.1}}


def test_a_filled_entry_brings_its_stop():
    scene = Scene([1], **STOP)
    (entry,) = orders(scene.bar())
    (stop,) = orders(scene.fill(entry))
    assert (stop.order_id, stop.qty, stop.stop_price) == (f"{entry.order_id}x1", 100, 45.0)
    assert scene.update(stop, OrderStatus.ACCEPTED) == []
    assert scene.engine.symbols["A"].pending == 0  # it rests, it was not triggered
    assert scene.bar() == []


def test_an_exit_that_fills_blocks_the_same_direction():
    scene = Scene([1], **STOP)
    (entry,) = orders(scene.bar())
    (stop,) = orders(scene.fill(entry))
    assert scene.fill(stop, 45.0) == []
    assert scene.engine.symbols["A"].stopped
    assert scene.bar() == []


def test_another_vote_takes_the_stop_back_before_it_orders():
    scene = Scene([1, 0], **STOP)
    (entry,) = orders(scene.bar())
    (stop,) = orders(scene.fill(entry))
    cancel, leave = scene.bar()
    assert isinstance(cancel, Cancel)
    assert (cancel.order_id, leave.order.qty, leave.closes) == (stop.order_id, 100, True)
    assert scene.fill(leave.order) == []


def test_a_refused_order_gives_the_position_its_stop_back():
    scene = Scene([1, 0], **STOP)
    (entry,) = orders(scene.bar())
    scene.fill(entry)
    _, leave = scene.bar()
    (stop,) = orders(scene.update(leave.order, OrderStatus.REJECTED))
    assert (stop.qty, named(stop.order_id).exit) == (100, "x2")


def test_a_stop_that_others_cancel_comes_back_though_no_bar_is_told():
    scene = Scene([1], **STOP)
    (entry,) = orders(scene.bar())
    (stop,) = orders(scene.fill(entry))
    silent = replace(next(scene.moments), bars=(), missing=("A",))
    assert orders(scene.engine.step(silent)) == []  # it rests
    assert scene.update(stop, OrderStatus.CANCELED) == []
    (again,) = orders(scene.engine.step(silent))
    assert (again.qty, again.stop_price, named(again.order_id).exit) == (100, 45.0, "x2")


def test_a_trailing_stop_follows_the_bars():
    scene = Scene([1], prices=[50.0, 60.0, 60.0], exits={"trail_frac": 0.1})
    (entry,) = orders(scene.bar())
    scene.fill(entry)
    (moved,) = scene.bar()
    assert moved.stop_price == 54.0


def test_a_fill_taken_back_changes_what_the_stop_covers():
    scene = Scene([1], **STOP)
    (entry,) = orders(scene.bar())
    (stop,) = orders(scene.fill(entry))
    bust = Busted(
        ts_ns=3, fill_id="f", order_id=entry.order_id, symbol="A", side=entry.side, qty=40, price=50.0, fee_units=0
    )
    cancel, again = scene.engine.step(bust)
    assert (cancel.order_id, again.order.qty) == (stop.order_id, 60)


def test_what_a_cancelled_order_fills_is_put_right():
    scene = Scene([1, 0])
    (entry,) = orders(scene.bar())
    assert [type(command) for command in scene.bar()] == [Cancel]
    (back,) = orders(scene.fill(entry))
    assert (back.side.value, back.qty) == ("sell", 100)
    assert scene.fill(back) == []
    assert scene.engine.ledger.position("A").lots == 0


def test_what_it_fills_is_taken_off_the_order_in_its_place():
    scene = Scene([1, -1])
    (entry,) = orders(scene.bar())
    _, turn = scene.bar()
    assert turn.order.qty == 100
    cancel, again = scene.fill(entry)
    assert (cancel.order_id, again.order.side.value, again.order.qty) == (turn.order.order_id, "sell", 200)
    scene.update(turn.order, OrderStatus.CANCELED)
    scene.fill(again.order)
    assert scene.engine.ledger.position("A").lots == -100


def test_a_run_whose_orders_a_venue_could_not_name_does_not_begin():
    started = Started(ts_ns=0, run="r" * 40, epoch=1, config_hash="", code_hash="")
    with pytest.raises(SettingsError, match="shorter name"):
        Scene([1]).engine.step(started)


def test_without_the_lease_nothing_rests():
    scene = Scene([1], **STOP)
    (entry,) = orders(scene.bar())
    scene.engine.step(LeaseLost(ts_ns=1, epoch=2))
    assert scene.fill(entry) == []


def fill_of(order, qty, price=50.0, name="p"):
    return Fill(
        ts_ns=2, fill_id=f"{name}-{order.order_id}", order_id=order.order_id, symbol="A", side=order.side, qty=qty, price=price,
        fee_units=0,
    )  # fmt: skip


PAIR = {"exits": {"stop_frac": 0.1, "target_frac": 0.2}}


def test_what_has_filled_of_an_entry_is_protected_at_once():
    scene = Scene([1], **PAIR)
    (entry,) = orders(scene.bar())
    target, stop = orders(scene.engine.step(fill_of(entry, 30)))
    assert (target.qty, target.limit_price, stop.qty, stop.stop_price) == (30, 60.0, 30, 45.0)
    larger = scene.engine.step(fill_of(entry, 20, name="q"))
    assert [(one.order_id, one.qty) for one in larger] == [(target.order_id, 50), (stop.order_id, 50)]


def test_an_exit_that_fires_while_the_entry_works_ends_that_too():
    scene = Scene([1], **PAIR)
    (entry,) = orders(scene.bar())
    _, stop = orders(scene.engine.step(fill_of(entry, 30)))
    (cancel,) = scene.engine.step(fill_of(stop, 30, 45.0))
    assert cancel.order_id == entry.order_id
    (late,) = orders(scene.engine.step(fill_of(entry, 5, name="late")))
    assert (late.side.value, late.qty) == ("sell", 5)
    scene.fill(late)
    assert scene.bar() == []  # only another direction enters again


def test_a_lone_stop_that_is_passed_while_the_entry_works_leaves_at_the_market():
    scene = Scene([1], prices=[50.0, 50.0, 44.0, 44.0], **STOP)
    (entry,) = orders(scene.bar())
    assert orders(scene.engine.step(fill_of(entry, 30))) == []
    assert scene.bar() == []
    cancel, leave = scene.bar()
    assert (cancel.order_id, leave.order.qty, leave.order.reason, leave.closes) == (
        entry.order_id,
        30,
        Reason.STOP,
        True,
    )


def test_what_opens_may_open_and_what_leaves_does_no_more():
    scene = Scene([1, 0], **STOP)
    (enter,) = scene.bar()
    stop = scene.fill(enter.order)[-1]
    _, leave = scene.bar()
    assert [one.closes for one in (enter, stop, leave)] == [False, True, True]


class Leaving:
    """Buy once with a stop attached, then sell it all."""

    def __init__(self):
        self.bars = 0

    def on_event(self, event, view):
        if not isinstance(event, BarSet):
            return []
        self.bars += 1
        if self.bars == 1:
            return [view.submit("A", "buy", 10, stop_frac=0.1)]
        return [view.submit("A", "sell", 10)] if self.bars == 2 else []


def test_what_a_strategy_sells_while_its_stop_leaves_turns_nothing_round():
    scene = Scene([1], trader=Leaving())
    (bought,) = orders(scene.bar())
    (stop,) = orders(scene.fill(bought))
    cancel, leave = scene.bar()
    assert (cancel.order_id, leave.order.qty, leave.closes) == (stop.order_id, 10, True)


class Once:
    """Buy once, with a stop attached."""

    def __init__(self):
        self.done = False

    def on_event(self, event, view):
        if self.done:
            return []
        self.done = True
        return [view.submit("A", "buy", 10, stop_frac=0.1), view.submit("A", "buy", 5, "limit", limit_price=1.0)]


def test_a_strategy_that_works_its_own_orders_gets_its_exits_once_nothing_else_works():
    scene = Scene([1], trader=Once())
    bought, resting = orders(scene.bar())
    assert orders(scene.fill(bought)) == []
    (stop,) = orders(scene.update(resting, OrderStatus.CANCELED))
    assert (stop.qty, stop.stop_price) == (10, 45.0)


class Offering:
    """Buy once with a stop attached, and offer it at once for more."""

    def __init__(self):
        self.done = False

    def on_event(self, event, view):
        if self.done:
            return []
        self.done = True
        return [view.submit("A", "buy", 10, stop_frac=0.1), view.submit("A", "sell", 10, "limit", limit_price=60.0)]


def test_where_a_strategys_own_order_is_in_the_way_of_a_stop_it_goes_first_once_the_stop_is_passed():
    falls = (44.0, 44.0, 43.0, 44.0)
    scene = Scene([1], (50.0, 50.0, falls, falls, 50.0), trader=Offering())
    bought, offered = orders(scene.bar())
    assert scene.fill(bought) == []  # the venue takes no stop beside the offer
    assert scene.bar() == []
    cancel, leave = scene.bar()
    assert isinstance(cancel, Cancel)
    assert (cancel.order_id, leave.order.qty, leave.order.reason, leave.closes) == (
        offered.order_id,
        10,
        Reason.STOP,
        True,
    )
    assert scene.bar() == []


def bust_of(order, qty):
    return Busted(
        ts_ns=3, fill_id="f", order_id=order.order_id, symbol="A", side=order.side, qty=qty, price=50.0, fee_units=0
    )


def test_a_fill_that_is_corrected_leaves_nothing_pending():
    scene = Scene([1], **STOP)
    (entry,) = orders(scene.bar())
    scene.fill(entry)
    scene.engine.step(bust_of(entry, 40))
    commands = scene.engine.step(fill_of(entry, 40, 50.01))
    assert scene.engine.symbols["A"].pending == 0
    assert commands[-1].qty == 100  # its stop covers all of it again, and does not wait for an order that has ended


def test_a_correction_of_an_order_that_works_leaves_as_much_to_fill_as_before():
    scene = Scene([1], **STOP)
    (entry,) = orders(scene.bar())
    scene.engine.step(fill_of(entry, 60))
    scene.engine.step(bust_of(entry, 60))
    assert scene.engine.symbols["A"].pending == 100
    scene.engine.step(fill_of(entry, 60, 50.01))
    assert scene.engine.symbols["A"].pending == 40


def test_more_than_was_ordered_leaves_nothing_pending():
    scene = Scene([1], **STOP)
    (entry,) = orders(scene.bar())
    scene.engine.step(fill_of(entry, 103))
    assert scene.engine.symbols["A"].pending == 0


def test_a_correction_of_an_order_that_was_cancelled_is_nothing_to_put_right():
    scene = Scene([1, 0])
    (entry,) = orders(scene.bar())
    scene.engine.step(fill_of(entry, 60))
    scene.bar()  # what is left is cancelled, and what is held is sold
    scene.update(entry, OrderStatus.CANCELED)
    assert scene.engine.step(bust_of(entry, 60)) == []
    assert scene.engine.step(fill_of(entry, 60, 50.01)) == []


def test_what_closes_is_for_no_more_than_is_held_where_an_exit_and_the_entry_both_fill_late():
    scene = Scene([1, 0], matching={"crosses_zero": False}, **PAIR)
    (entry,) = orders(scene.bar())
    _, stop = orders(scene.engine.step(fill_of(entry, 60)))
    (leave,) = orders(scene.bar())
    scene.engine.step(fill_of(stop, 20))  # its cancel is on its way
    commands = scene.engine.step(fill_of(entry, 10, name="late"))
    assert isinstance(commands[0], Cancel)
    assert commands[0].order_id == leave.order_id
    assert (commands[1].order.qty, commands[1].closes) == (50, True)


def test_what_leaves_at_the_market_goes_on_once_the_venue_has_it():
    scene = Scene([1], **PAIR)
    (entry,) = orders(scene.bar())
    target, stop = orders(scene.fill(entry))
    assert scene.update(target, OrderStatus.REJECTED) == []
    (leave,) = orders(scene.update(stop, OrderStatus.REJECTED))
    assert leave.type is OrderType.MARKET
    assert scene.update(leave, OrderStatus.ACCEPTED) == []
    scene.fill(leave, 45.0)
    assert scene.bar() == []  # an exit has fired


def test_what_leaves_at_the_market_is_given_no_other_size_instead():
    scene = Scene([1], (50.0, 40.0), sizing={"method": "fraction", "fraction": 0.5, "rebalance_frac": 0.01}, **PAIR)
    (entry,) = orders(scene.bar())
    _, stop = orders(scene.fill(entry))
    assert len(orders(scene.update(stop, OrderStatus.REJECTED))) == 1
    assert scene.bar() == []


def test_an_exit_that_fills_after_another_took_its_place_ends_the_position_all_the_same():
    scene = Scene([1], sizing={"rebalance_frac": 0.01}, **PAIR)
    (entry,) = orders(scene.bar())
    scene.engine.step(fill_of(entry, 30))
    old = scene.engine._exits._held["A"].working["x"]
    scene.engine.step(fill_of(entry, 70, 51.0, name="q"))  # at another price: its exits are others
    scene.update(entry, OrderStatus.FILLED)
    stop = replace(entry, order_id=old, side=Side.SELL, qty=100, reason=Reason.STOP)
    assert old not in scene.engine._exits._held["A"].working.values()
    scene.engine.step(replace(fill_of(stop, 100, 45.0), reason=Reason.STOP))
    assert scene.bar() == []


@pytest.mark.parametrize(
    "end", [OrderStatus.ABANDONED, OrderStatus.CANCELED, OrderStatus.REJECTED, OrderStatus.EXPIRED]
)
def test_what_is_to_close_is_ordered_again_however_its_order_ended(end):
    scene = Scene([1, 0], **STOP)
    (entry,) = orders(scene.bar())
    scene.fill(entry)
    _, leave = scene.bar()
    scene.engine.step(fill_of(leave.order, 40))
    scene.update(leave.order, end)
    again = orders(scene.bar())[-1]
    assert (again.side, again.qty, again.reason) == (Side.SELL, 60, Reason.VOTE)


def test_a_halt_whose_close_is_refused_closes_with_each_bar_and_once_the_order_in_its_way_has_ended():
    scene = Scene([1], **STOP)
    (entry,) = orders(scene.bar())
    scene.fill(entry)
    scene.engine.step(Adopted(ts_ns=2, order_id="hand", venue_id="v", symbol="A", side=Side.SELL, qty=60))
    _, close = scene.engine.step(Halt(ts_ns=3, operator="ann", reason="drill"))
    for event in (next(scene.moments), fill_of(replace(close.order, order_id="hand"), 60)):
        (stop,) = orders(scene.update(close.order, OrderStatus.REJECTED))  # another's order holds the shares
        cancel, close = scene.engine.step(event)
        assert (cancel.order_id, close.order.reason, close.closes) == (stop.order_id, Reason.BREAKER, True)
    assert close.order.qty == 40
    scene.fill(close.order)
    assert scene.engine.ledger.position("A").lots == 0
