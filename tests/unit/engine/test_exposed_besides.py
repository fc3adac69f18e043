"""What works besides counts: the engine's own closing orders for a strategy, orders of other hands for everybody."""

import numpy as np
import pytest

from scenes import bars_of, rules
from tenfold.domain.events import Adopted, Halt, PositionRestated
from tenfold.domain.market import BarSet
from tenfold.domain.order import Fill, OrderStatus, OrderUpdate, Side, Submit
from tenfold.engine.engine import Engine
from tenfold.engine.voters import GivenVoter
from tenfold.simulation.feed import BarFeed


class Once:
    """Send at the first bar set what it was given."""

    def __init__(self, *terms):
        self.terms = list(terms)

    def on_event(self, event, view):
        if not isinstance(event, BarSet):
            return []
        given, self.terms = self.terms, []
        return [view.submit(*one) for one in given]


class Scene:
    """Drive one engine by hand over prices of 100, with two symbols."""

    def __init__(self, trader=None, votes=(1.0, 0.0), **sections):
        bars = bars_of([100.0] * 4, [100.0] * 4)
        voters = [] if trader is not None else [GivenVoter(np.tile(votes, (len(bars), 1)), "given", 1.0)]
        self.engine = Engine(rules(**sections), bars.instruments, voters, 252.0, trader)
        self.moments = iter(BarFeed(bars).events())

    def bar(self):
        return [command.order for command in self.engine.step(next(self.moments)) if isinstance(command, Submit)]

    def adopt(self, side, qty, symbol="A", filled=0):
        self.engine.step(Adopted(ts_ns=1, order_id="x", venue_id="v", symbol=symbol, side=side, qty=qty, filled=filled))

    def update(self, order_id, status, symbol="A"):
        self.engine.step(OrderUpdate(ts_ns=2, order_id=order_id, symbol=symbol, status=status))

    def held(self, lots):
        self.engine.step(PositionRestated(ts_ns=1, symbol="A", lots=lots, cost_units=lots * 100_000_000))


def test_a_closing_order_counts_until_its_end_was_told():
    scene = Scene(Once())
    scene.held(10)
    scene.bar()
    (first,) = [c.order for c in scene.engine.step(Halt(ts_ns=3, operator="ann", reason="test"))]
    assert scene.engine.trader.worst("A") == (10, 0)
    scene.held(4)
    (second,) = scene.bar()
    assert (first.qty, second.qty) == (10, 4)
    assert scene.engine.trader.worst("A") == (4, -10)
    scene.update(first.order_id, OrderStatus.CANCELED)
    assert scene.engine.trader.worst("A") == (4, 0)


def test_what_a_closing_order_fills_on_its_way_out_is_off_it():
    scene = Scene(Once())
    scene.held(10)
    scene.bar()
    (first,) = [c.order for c in scene.engine.step(Halt(ts_ns=3, operator="ann", reason="test"))]
    scene.held(9)
    scene.bar()
    fill = Fill(
        ts_ns=4, fill_id="f", order_id=first.order_id, symbol="A", side=Side.SELL, qty=3, price=100.0, fee_units=0
    )
    scene.engine.step(fill)
    assert scene.engine.trader.worst("A") == (6, 6 - 9 - 7)


@pytest.mark.parametrize(("hand", "passes"), [(0, True), (20, False)])
def test_a_strategy_meets_its_limits_with_what_other_hands_have_working(hand, passes):
    scene = Scene(Once(("A", "buy", 40)), limits={"position_frac_max": 0.05})
    if hand:
        scene.adopt(Side.BUY, hand)
    assert [order.qty for order in scene.bar()] == ([40] if passes else [])


def test_a_vote_leaves_room_for_what_other_hands_have_working():
    scene = Scene(limits={"position_frac_max": 0.05})
    scene.adopt(Side.BUY, 20)
    assert [order.qty for order in scene.bar()] == [30]


def test_what_was_wanted_anyway_fits_beside_it():
    scene = Scene(sizing={"fraction": 0.03}, limits={"position_frac_max": 0.05})
    scene.adopt(Side.BUY, 20)
    assert [order.qty for order in scene.bar()] == [30]


def test_a_vote_has_no_room_where_other_hands_have_taken_it():
    scene = Scene(limits={"position_frac_max": 0.05})
    scene.adopt(Side.BUY, 80)
    assert scene.bar() == []


def test_what_works_on_the_other_side_takes_no_room():
    scene = Scene(limits={"position_frac_max": 0.05})
    scene.adopt(Side.SELL, 20)
    assert [order.qty for order in scene.bar()] == [50]


@pytest.mark.parametrize("side", list(Side))
def test_what_works_in_another_symbol_counts_at_its_worst(side):
    scene = Scene(limits={"gross_frac_max": 0.05})
    scene.adopt(side, 20, "B")
    assert [order.qty for order in scene.bar()] == [30]


def test_once_it_has_ended_there_is_room_again():
    scene = Scene(votes=(1.0, 0.0), limits={"position_frac_max": 0.05})
    scene.adopt(Side.BUY, 20)
    scene.update("x", OrderStatus.CANCELED)
    assert [order.qty for order in scene.bar()] == [50]
