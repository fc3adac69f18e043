"""What feeds tell the engine: the past warms strategies without orders, unfit symbols are only left, the rest is for the record."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenes import bars_of, rules
from tenfold.domain.events import Alerted, Fitness, Past, PositionRestated, Revised, Switched, Weighed
from tenfold.domain.market import BarSet
from tenfold.domain.order import Cancel, Fill, Submit
from tenfold.engine.engine import Engine
from tenfold.engine.voters import FoldVoter, GivenVoter
from tenfold.market.synthetic import random_walk
from tenfold.registry import STRATEGIES
from tenfold.simulation.feed import BarFeed

FAMILIES = ("crossing", "climax", "relative_strength")


def folded(bars):
    """Return an engine with the votes of several folds."""
    voters = []
    for name in FAMILIES:
        fold = STRATEGIES.load(name)
        voters.append(FoldVoter(fold, fold.params(), name, 1.0, len(bars.symbols)))
    return Engine(rules(sizing={"method": "volatility"}), bars.instruments, voters, 252.0)


def memory(engine):
    """Return everything that strategies and votes remember, as bytes."""
    states = [voter.states.tobytes() + voter._health.tobytes() for voter in engine.voters]
    votes = [(one.direction, one.agreement, one.scores) for one in engine.symbols.values()]
    return states, repr(votes), engine.scores.tobytes()


def without(moment, symbol):
    """Return a bar set in which a symbol is missing."""
    bars = tuple(bar for bar in moment.bars if bar.symbol != symbol)
    return BarSet(ts_ns=moment.ts_ns, session=moment.session, bars=bars, missing=(symbol,))


@given(st.integers(0, 119), st.integers(0, 2**16), st.sets(st.integers(0, 119), max_size=20))
def test_what_was_warmed_equals_what_ran_throughout(until, seed, holes):
    bars = random_walk(120, ["A", "B"], seed=seed)
    moments = [
        without(one, "B") if number in holes else one for number, one in enumerate(BarFeed(bars).events())
    ]  # fmt: skip
    throughout, warmed = folded(bars), folded(bars)
    for number, moment in enumerate(moments):
        throughout.step(moment)
        commands = warmed.step(Past(ts_ns=moment.ts_ns, bars=moment) if number < until else moment)
        assert number >= until or commands == []
        assert memory(warmed) == memory(throughout)


def test_the_past_touches_no_account():
    bars = bars_of([50.0, 51.0])
    engine = Engine(rules(), bars.instruments, [GivenVoter(np.ones((2, 1)), "given", 1.0)], 252.0)
    first, second = BarFeed(bars).events()
    assert engine.step(Past(ts_ns=first.ts_ns, bars=first)) == []
    assert (engine.ledger.closes, engine.breaker.tripped, engine.orders) == ({"A": 0.0}, 0, 0)
    assert isinstance(engine.step(second)[0], Submit)


@pytest.mark.parametrize("facing", [1.0, -1.0])
@pytest.mark.parametrize("turned", [0.0, -1.0])
@pytest.mark.parametrize("filled", [False, True])
def test_a_symbol_whose_data_are_unfit_is_only_left(facing, turned, filled):
    bars = bars_of([50.0] * 6)
    scores = facing * np.array([1.0, 1.0, 1.0, turned, turned, turned])[:, None]
    engine = Engine(rules(), bars.instruments, [GivenVoter(scores, "given", 1.0)], 252.0)
    moments = iter(BarFeed(bars).events())
    assert engine.step(Fitness(ts_ns=0, symbol="A", fit=False, reason="stale")) == []
    assert engine.step(next(moments)) == []
    engine.step(Fitness(ts_ns=1, symbol="A", fit=True))
    (entry,) = (one.order for one in engine.step(next(moments)))
    if filled:
        engine.step(filled_of(entry, "opened"))
    engine.step(Fitness(ts_ns=2, symbol="A", fit=False))
    assert engine.step(next(moments)) == []
    (left,) = engine.step(next(moments))
    if filled:
        assert (left.order.side is not entry.side, left.order.qty) == (True, entry.qty)
        engine.step(filled_of(left.order, "closed"))
    else:
        assert (type(left), left.order_id) == (Cancel, entry.order_id)
    assert engine.step(next(moments)) == []  # nothing is opened on the other side


@pytest.mark.parametrize("lots", [40, -40])
def test_what_came_unasked_is_left_for_a_vote_the_other_way_though_data_are_unfit(lots):
    bars = bars_of([50.0] * 3)
    away = np.full((3, 1), -1.0 if lots > 0 else 1.0)
    engine = Engine(rules(), bars.instruments, [GivenVoter(away, "given", 1.0)], 252.0)
    engine.step(PositionRestated(ts_ns=0, symbol="A", lots=lots, cost_units=lots * 50_000_000))
    engine.step(Fitness(ts_ns=0, symbol="A", fit=False))
    (left,) = (command.order for moment in BarFeed(bars).events() for command in engine.step(moment))
    assert (left.side.sign * lots < 0, left.qty) == (True, 40)


def filled_of(order, name):
    return Fill(
        ts_ns=2, fill_id=name, order_id=order.order_id, symbol="A", side=order.side, qty=order.qty, price=50.0, fee_units=0
    )  # fmt: skip


@pytest.mark.parametrize(
    "event",
    [
        Switched(ts_ns=0, symbol="A", source="backup", before="first", reason="silent"),
        Alerted(ts_ns=0, source="first", score=90.0),
    ],
)
def test_what_is_for_the_record_changes_nothing(event):
    bars = bars_of([50.0])
    engine = Engine(rules(), bars.instruments, [GivenVoter(np.ones((1, 1)), "given", 1.0)], 252.0)
    (moment,) = BarFeed(bars).events()
    assert engine.step(event) == []
    assert engine.step(Revised(ts_ns=0, cause="late_print", bar=moment.bars[0])) == []
    assert len(engine.step(moment)) == 1


@pytest.mark.parametrize(
    ("weights", "facing"), [((1.0, 1.0, 1.0), 1), ((1.0, 4.0, 4.0), -1), ((1.0, 0.0, 0.0), 1), ((0.0, 2.0, 0.0), -1)]
)
def test_members_vote_by_the_weights_that_were_told_last(weights, facing):
    bars = bars_of([50.0] * 4)
    listed = [np.full((4, 1), score) for score in (1.0, -1.0, -1.0)]
    voters = [
        GivenVoter(scores, name, weight) for scores, name, weight in zip(listed, "abc", (8.0, 1.0, 1.0), strict=True)
    ]
    engine = Engine(rules(vote={"quorum": 1}), bars.instruments, voters, 252.0)
    moments = iter(BarFeed(bars).events())
    engine.step(next(moments))
    assert engine.symbols["A"].direction == 1
    if weights == (1.0, 1.0, 1.0):
        weights = (8.0, 1.0, 1.0)
    assert engine.step(Weighed(ts_ns=1, weights=weights, reason="skill")) == []
    assert engine.symbols["A"].direction == 1  # until there is a bar to vote on
    engine.step(next(moments))  # of the same scores
    assert engine.symbols["A"].direction == facing
    told = engine.votes(2)[0]
    assert (told.direction, len(told.ballots)) == (facing, sum(weight > 0.0 for weight in weights))


class Above:
    """Buy what closes above the mean of the closes before, and keep those in one method."""

    def __init__(self):
        self.closes = []

    def on_past(self, bars):
        self.closes += [bar.close for bar in bars.bars]

    def on_event(self, event, view):
        if not isinstance(event, BarSet):
            return []
        known = self.closes.copy()
        self.on_past(event)
        return [view.submit("A", "buy", 1)] if known and self.closes[-1] > sum(known) / len(known) else []


class Raising(Above):
    """Fail of the past."""

    def on_past(self, bars):
        raise SystemExit("no past")


class Forgetful:
    """Have no use for the past."""

    def on_event(self, event, view):
        return []


@pytest.mark.parametrize("until", [0, 1, 3])
def test_the_past_is_shown_to_a_strategy_that_works_its_own_orders(until):
    bars = bars_of([50.0, 49.0, 51.0, 49.5, 52.0])
    throughout, warmed = (Engine(rules(), bars.instruments, [], 252.0, Above()) for _ in range(2))
    for number, moment in enumerate(BarFeed(bars).events()):
        wanted = throughout.step(moment)
        given = warmed.step(Past(ts_ns=moment.ts_ns, bars=moment) if number < until else moment)
        assert len(given) == (len(wanted) if number >= until else 0)
    assert warmed.trader._trader.closes == throughout.trader._trader.closes
    assert (warmed.trader.learns, warmed.trader.failures) == (True, 0)


def test_one_that_fails_of_the_past_is_counted_and_one_without_a_use_for_it_is_left_alone():
    bars = bars_of([50.0])
    (moment,) = BarFeed(bars).events()
    failing, plain = (Engine(rules(), bars.instruments, [], 252.0, one) for one in (Raising(), Forgetful()))
    for engine in (failing, plain):
        assert engine.step(Past(ts_ns=moment.ts_ns, bars=moment)) == []
    assert failing.trader.errors == {"SystemExit: no past": 1}
    assert (plain.trader.learns, plain.trader.failures) == (False, 0)
