"""Exits that rest at the venue: where they stand, when they leave, and when they come back."""

import pytest

from tenfold.domain.account import Position
from tenfold.domain.instrument import Instrument
from tenfold.domain.market import Bar
from tenfold.domain.order import Cancel, Fill, Order, OrderStatus, OrderType, OrderUpdate, Reason, Replace, Side, Submit
from tenfold.execution.exits import AttachedExits, Way
from tenfold.execution.ids import named

NAN = float("nan")


class Scene:
    """Hold one position and its exits, worked by hand."""

    def __init__(self, **fracs):
        self.exits = AttachedExits([Instrument(symbol="A", tick_size=0.01)])
        self.fracs = fracs
        self.lots = self.cost = 0
        self.ts_ns = 0

    def entry(self, qty, order_id="r-1-1", limit=None):
        side = Side.BUY if qty > 0 else Side.SELL
        terms = {} if limit is None else {"type": OrderType.LIMIT, "limit_price": limit}
        self.exits.sent(Order(order_id=order_id, ts_ns=1, symbol="A", side=side, qty=abs(qty), **terms, **self.fracs))

    def fill(self, qty, price=100.0, order_id="r-1-1", way=Way.FREE):
        self.ts_ns += 1
        self.cost = 0 if self.lots + qty == 0 else self.cost + qty * round(price * 1_000_000)
        self.lots += qty
        side = Side.BUY if qty > 0 else Side.SELL
        fill = Fill(
            ts_ns=self.ts_ns,
            fill_id=f"f{self.ts_ns}",
            order_id=order_id,
            symbol="A",
            side=side,
            qty=abs(qty),
            price=price,
            fee_units=0,
        )
        return self.exits.on_fill(fill, Position(lots=self.lots, cost=self.cost), way)

    def update(self, order_id, status, way=Way.FREE):
        update = OrderUpdate(ts_ns=9, order_id=order_id, symbol="A", status=status)
        return self.exits.on_update(update, self.lots, way)

    def bar(self, high, low, way=Way.FREE):
        return self.exits.on_bar(self.shown_bar(high, low), self.lots, way)

    @staticmethod
    def shown_bar(high, low):
        return Bar(0, 0, 10, high, high, high, low, 1.0, 9, NAN, NAN, NAN, NAN, 0.0, 0, 0, 0, 2026, 1, 1, 0, "A")


def shown(commands):
    return [
        (
            c.order.order_id,
            c.order.side.value,
            c.order.qty,
            c.order.type.value,
            c.order.limit_price or c.order.stop_price,
        )
        if isinstance(c, Submit)
        else (type(c).__name__, c.order_id)
        for c in commands
    ]


def entered(qty=10, **fracs):
    scene = Scene(**fracs)
    scene.entry(qty)
    return scene, scene.fill(qty)


def test_a_stop_rests_below_a_long_position_and_above_a_short_one():
    _, commands = entered(10, stop_frac=0.05)
    assert shown(commands) == [("r-1-1x1", "sell", 10, "stop", 95.0)]
    _, commands = entered(-10, stop_frac=0.05)
    assert shown(commands) == [("r-1-1x1", "buy", 10, "stop", 105.0)]
    assert commands[0].order.reason is Reason.STOP


@pytest.mark.parametrize(
    ("price", "stop", "target"),
    [(0.08, 0.076, 0.0808), (0.3, 0.285, 0.303), (0.008, 0.0076, 0.0081), (1.02, 0.969, 1.03)],
)
def test_below_a_dollar_they_stand_on_parts_of_a_cent_as_the_venue_counts_there(price, stop, target):
    scene = Scene(stop_frac=0.05, target_frac=0.01)
    scene.entry(10)
    stands = [one[-1] for one in shown(scene.fill(10, price))]
    assert stands == pytest.approx([target, stop], abs=1e-9)


def test_stop_and_target_rest_as_one_cancels_the_other():
    _, commands = entered(10, stop_frac=0.05, target_frac=0.1)
    assert shown(commands) == [("r-1-1t1", "sell", 10, "limit", 110.0), ("r-1-1x1", "sell", 10, "stop", 95.0)]
    assert {(c.order.order_class, c.order.parent_id, c.order.ts_ns) for c in commands} == {("oco", "r-1-1/1", 1)}
    assert [named(c.order.order_id).exit for c in commands] == ["t1", "x1"]


def test_what_has_no_exits_gets_none():
    _, commands = entered(10)
    assert commands == []


def test_they_wait_until_the_entry_has_ended():
    scene = Scene(stop_frac=0.05)
    scene.entry(10)
    assert scene.fill(4, way=Way.BESIDE) == []
    assert shown(scene.fill(6)) == [("r-1-1x1", "sell", 10, "stop", 95.0)]


def test_an_entry_that_ends_in_part_brings_them_for_that():
    scene = Scene(stop_frac=0.05)
    scene.entry(10)
    scene.fill(4, way=Way.BESIDE)
    assert shown(scene.update("r-1-1", OrderStatus.CANCELED)) == [("r-1-1x1", "sell", 4, "stop", 95.0)]


def test_a_position_that_grows_is_measured_anew():
    scene, _ = entered(10, stop_frac=0.05)
    scene.entry(10, "r-1-2")
    assert shown(scene.exits.clear("A", 5)) == [("Cancel", "r-1-1x1")]
    assert shown(scene.fill(10, 110.0, "r-1-2")) == [("r-1-2x2", "sell", 20, "stop", 99.75)]


def test_a_position_that_another_hand_makes_smaller_keeps_its_levels():
    scene, _ = entered(10, stop_frac=0.05)
    (smaller,) = scene.fill(-4, 120.0, "by-hand")
    assert (smaller.order_id, smaller.qty, smaller.stop_price) == ("r-1-1x1", 6, None)


def test_one_that_another_hand_makes_larger_keeps_them_too():
    scene, _ = entered(10, stop_frac=0.05)
    (larger,) = scene.fill(4, 120.0, "by-hand")
    assert (larger.order_id, larger.qty, larger.stop_price) == ("r-1-1x1", 14, None)


def test_a_closed_position_takes_them_back():
    scene, _ = entered(10, stop_frac=0.05)
    assert shown(scene.fill(-10, 120.0, "r-1-2")) == [("Cancel", "r-1-1x1")]
    assert scene.bar(130.0, 120.0) == []


def test_an_exit_that_fills_needs_no_more():
    scene, _ = entered(10, stop_frac=0.05)
    assert scene.exits.works("A", "r-1-1x1")
    assert scene.fill(-4, 95.0, "r-1-1x1") == []
    assert scene.fill(-6, 95.0, "r-1-1x1") == []


def test_a_trailing_stop_moves_with_the_bars_and_never_back():
    scene, commands = entered(10, trailing_frac=0.1)
    assert shown(commands) == [("r-1-1x1", "sell", 10, "stop", 90.0)]
    (moved,) = scene.bar(120.0, 100.0)
    assert isinstance(moved, Replace)
    assert (moved.order_id, moved.stop_price) == ("r-1-1x1", 108.0)
    assert scene.bar(110.0, 109.0) == []


@pytest.mark.parametrize(("qty", "bar", "level"), [(10, (120.0, 100.0), 108.0), (-10, (100.0, 80.0), 88.0)])
def test_a_trailing_stop_is_the_tighter_of_two(qty, bar, level):
    scene, commands = entered(qty, stop_frac=0.05, trailing_frac=0.1)
    assert commands[0].order.stop_price == (95.0 if qty > 0 else 105.0)
    assert scene.bar(*bar)[0].stop_price == level


def test_a_growing_position_never_loosens_a_trailing_stop():
    scene, _ = entered(10, trailing_frac=0.1)
    scene.bar(120.0, 100.0)
    scene.entry(10, "r-1-2")
    (larger,) = scene.fill(10, 110.0, "r-1-2")
    assert (larger.order_id, larger.qty, larger.stop_price) == ("r-1-1x1", 20, None)
    scene.exits.clear("A", 5)
    (submit,) = scene.update("r-1-3", OrderStatus.REJECTED)
    assert (submit.order.stop_price, submit.order.reason) == (108.0, Reason.TRAIL)


def test_a_stop_that_the_venue_refuses_has_been_passed():
    scene, _ = entered(10, stop_frac=0.05, target_frac=0.1)
    assert scene.update("r-1-1t1", OrderStatus.REJECTED) == []
    (leave,) = scene.update("r-1-1x1", OrderStatus.REJECTED)
    assert (leave.order.type, leave.order.qty, leave.order.reason) == (OrderType.MARKET, 10, Reason.STOP)
    assert scene.fill(-10, 94.0, leave.order.order_id) == []


def test_an_exit_that_somebody_cancelled_comes_back_with_the_next_bar():
    scene, _ = entered(10, stop_frac=0.05)
    assert scene.update("r-1-1x1", OrderStatus.CANCELED) == []
    assert scene.bar(100.0, 99.0, way=Way.BESIDE) == []
    assert shown(scene.bar(100.0, 99.0)) == [("r-1-1x2", "sell", 10, "stop", 95.0)]


def test_what_left_for_another_order_comes_back_when_that_has_ended():
    scene, _ = entered(10, stop_frac=0.05)
    assert [type(c) for c in scene.exits.clear("A", 5)] == [Cancel]
    assert scene.update("r-1-2", OrderStatus.ACCEPTED, way=Way.BESIDE) == []
    assert shown(scene.update("r-1-2", OrderStatus.REJECTED)) == [("r-1-1x2", "sell", 10, "stop", 95.0)]


BOTH = {"stop_frac": 0.05, "target_frac": 0.1}


def filling(*fills, **fracs):
    """Return a scene whose entry has filled in part, and the commands of each fill."""
    scene = Scene(**(fracs or BOTH))
    scene.entry(10)
    return scene, [scene.fill(qty, price, way=Way.BESIDE) for qty, price in fills]


def resized(commands):
    return [(c.order_id, c.qty, c.limit_price, c.stop_price) for c in commands if isinstance(c, Replace)]


def test_a_pair_comes_with_the_first_fill_and_grows_with_each():
    scene, (first, second) = filling((4, 100.0), (3, 100.0))
    assert shown(first) == [("r-1-1t1", "sell", 4, "limit", 110.0), ("r-1-1x1", "sell", 4, "stop", 95.0)]
    assert resized(second) == [("r-1-1t1", 7, None, None), ("r-1-1x1", 7, None, None)]
    assert resized(scene.fill(3, 100.0)) == [("r-1-1t1", 10, None, None), ("r-1-1x1", 10, None, None)]


def test_an_entry_that_fills_in_many_parts_brings_few_pairs_and_is_covered_with_the_next_bar():
    scene, told = filling(*[(20, 100.0)] * 50)
    grown = [found for found in map(resized, told[1:]) if found]
    assert len(grown) == 15
    assert grown[:8] == [[("r-1-1t1", qty, None, None), ("r-1-1x1", qty, None, None)] for qty in range(40, 200, 20)]
    assert grown[-1][0][1] == 960
    assert resized(scene.bar(100.0, 99.0, way=Way.BESIDE)) == [("r-1-1t1", 1000, None, None), ("r-1-1x1", 1000, None, None)]  # fmt: skip
    assert scene.bar(100.0, 99.0, way=Way.BESIDE) == scene.bar(100.0, 99.0, way=Way.BLOCKED) == []
    assert scene.fill(20, way=Way.BESIDE) == scene.bar(100.0, 99.0, way=Way.BLOCKED) == []
    assert resized(scene.update("r-1-1", OrderStatus.CANCELED)) == [("r-1-1t1", 1020, None, None), ("r-1-1x1", 1020, None, None)]  # fmt: skip
    assert scene.update("r-1-1", OrderStatus.CANCELED) == scene.bar(100.0, 99.0) == []


def test_levels_are_exact_once_the_entry_has_ended():
    scene, (_, second) = filling((4, 100.0), (4, 103.0))
    assert resized(second) == [("r-1-1t1", 8, None, None), ("r-1-1x1", 8, None, None)]
    assert scene.update("r-1-1x1", OrderStatus.ACCEPTED, way=Way.BESIDE) == []
    assert shown(scene.update("r-1-1", OrderStatus.CANCELED)) == [
        ("Cancel", "r-1-1t1"), ("Cancel", "r-1-1x1"), ("r-1-1t2", "sell", 8, "limit", 111.65), ("r-1-1x2", "sell", 8, "stop", 96.43),
    ]  # fmt: skip
    assert scene.update("r-1-1x2", OrderStatus.ACCEPTED) == []


def test_the_last_fill_makes_them_exact_too():
    scene, _ = filling((4, 100.0))
    assert [type(c) for c in scene.fill(6, 103.0)] == [Cancel, Cancel, Submit, Submit]


def test_an_exit_that_fills_too_much_is_gone_all_the_same():
    scene = Scene(stop_frac=0.05, target_frac=0.1)
    scene.entry(10)
    target = scene.fill(10)[0].order
    assert scene.fill(-12, 110.0, target.order_id) == []
    assert not scene.exits.works("A", target.order_id)
    assert scene.bar(110.0, 109.0) == []


def test_what_exits_have_filled_counts_in_their_size():
    scene, _ = filling((6, 100.0))
    assert scene.fill(-2, 110.0, "r-1-1t1", way=Way.BESIDE) == []
    assert resized(scene.fill(4, 100.0, way=Way.BESIDE)) == [("r-1-1t1", 10, None, None), ("r-1-1x1", 10, None, None)]


def test_an_exit_that_was_full_before_it_grew_makes_way_for_one_for_the_rest():
    scene = Scene(stop_frac=0.02)
    scene.entry(10)
    scene.fill(9)
    assert shown(scene.fill(1)) == [("Replace", "r-1-1x1")]
    scene.fill(-9, 98.0, "r-1-1x1")  # all that it was for when it filled
    assert shown(scene.update("r-1-1x1", OrderStatus.FILLED)) == [("r-1-1x2", "sell", 1, "stop", 98.0)]


def test_a_pair_that_is_refused_beside_the_entry_waits_for_its_end():
    scene, _ = filling((4, 100.0))
    assert shown(scene.update("r-1-1x1", OrderStatus.REJECTED, way=Way.BESIDE)) == [("Cancel", "r-1-1t1")]
    assert scene.fill(2, 100.0, way=Way.BESIDE) == []
    assert [c.order.qty for c in scene.update("r-1-1", OrderStatus.CANCELED)] == [6, 6]
    (leave,) = [c for c in scene.update("r-1-1x2", OrderStatus.REJECTED) if isinstance(c, Submit)]
    assert (leave.order.type, leave.order.qty) == (OrderType.MARKET, 6)


@pytest.mark.parametrize(
    ("sign", "limit", "rests"), [(1, 105.0, True), (1, 110.0, False), (-1, 95.0, True), (-1, 90.0, False)]
)
def test_a_target_that_would_trade_with_the_rest_of_its_own_entry_waits_for_its_end(sign, limit, rests):
    scene = Scene(stop_frac=0.1, target_frac=0.1)
    scene.entry(sign * 10, limit=limit)
    assert bool(scene.fill(sign * 4, way=Way.BESIDE)) is rests  # at 100, better than its limit
    assert len(scene.fill(sign * 6)) == 2


def test_what_stands_in_the_way_lets_none_rest():
    scene, _ = filling((4, 100.0))
    assert shown(scene.fill(2, 100.0, "by-hand", way=Way.BLOCKED)) == [("Cancel", "r-1-1t1"), ("Cancel", "r-1-1x1")]


@pytest.mark.parametrize(("low", "passed"), [(95.0, True), (95.1, False)])
def test_a_lone_stop_is_watched_while_the_entry_works(low, passed):
    scene, (none,) = filling((4, 100.0), stop_frac=0.05)
    assert none == []
    assert scene.exits.is_passed(scene.shown_bar(101.0, low), 4) is passed


def test_a_stop_that_rests_is_the_venues_to_watch():
    scene, _ = filling((4, 100.0))
    assert not scene.exits.is_passed(scene.shown_bar(101.0, 90.0), 4)


def test_they_come_back_when_both_have_filled_and_what_the_entry_and_one_of_them_did_is_taken_back_in_turn():
    scene = Scene(stop_frac=0.05, target_frac=0.1)
    scene.entry(6)
    scene.fill(6)
    scene.fill(-3, 95.0, "r-1-1x1")
    scene.fill(-3, 110.0, "r-1-1t1")
    scene.lots -= 3  # of the entry, which did it anew
    scene.exits.undo("A", scene.lots)
    scene.fill(3)
    scene.lots += 3  # of the stop
    scene.exits.undo("A", scene.lots)
    assert scene.exits.works("A", "r-1-1x1")
