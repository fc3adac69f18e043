"""What an account held before is measured from its first price, be that a close or a trade."""

import numpy as np
import pytest

from scenes import bars_of, rules
from tenfold.domain.conditions import Conditions
from tenfold.domain.events import PositionRestated
from tenfold.domain.market import BarSet
from tenfold.domain.order import Fill, Side, Submit
from tenfold.engine.engine import Engine
from tenfold.engine.voters import GivenVoter
from tenfold.simulation.feed import BarFeed


@pytest.mark.parametrize("sold", [400, 1000])
def test_what_was_lost_before_is_no_loss_of_today_though_it_is_sold_before_the_first_close(sold):
    bars = bars_of([50.0, 50.0])
    limits = {"daily_loss_frac_max": 0.02, "drawdown_frac_max": 0.02}
    engine = Engine(rules(limits=limits), bars.instruments, [GivenVoter(np.zeros((2, 1)), "given", 1.0)], 252.0)
    engine.step(PositionRestated(ts_ns=1, symbol="A", lots=1000, cost_units=80_000_000_000))
    engine.step(Fill(ts_ns=2, fill_id="f", order_id="o", symbol="A", side=Side.SELL, qty=sold, price=50.0, fee_units=0))
    engine.step(next(iter(BarFeed(bars).events())))
    assert engine.ledger.equity == engine.ledger.deposits
    assert engine.breaker.trips == []
    engine.ledger.verify()


class Buyer:
    """Buy at each bar."""

    def on_event(self, event, view):
        return [view.submit("A", "buy", 100)] if isinstance(event, BarSet) else []


@pytest.mark.parametrize(("lots", "bought"), [(1, 90), (-1, 0)])
@pytest.mark.parametrize("own", [True, False])
def test_what_has_no_close_yet_counts_for_limits_at_what_it_cost(lots, bought, own):
    bars = bars_of([100.0], [None])
    chosen = rules(account={"cash": 100_000.0}, limits={"gross_frac_max": 0.3})
    voters = [] if own else [GivenVoter(np.ones((1, 2)), "given", 1.0)]
    engine = Engine(chosen, bars.instruments, voters, 252.0, Buyer() if own else None)
    engine.step(PositionRestated(ts_ns=1, symbol="B", lots=lots * 600, cost_units=lots * 30_000_000_000))
    commands = engine.step(next(iter(BarFeed(bars).events())))
    sent = sum(command.order.qty for command in commands if isinstance(command, Submit))
    assert sent == (0 if own else bought)  # 30 % of 130,000 or 70,000, less 30,000


@pytest.mark.parametrize("vote", [0.0, 1.0])
def test_what_nobody_has_ordered_stays_where_a_breaker_stops_and_cancels(vote):
    bars = bars_of([50.0] * 3)
    votes = GivenVoter(np.array([[0.0], [vote], [vote]]), "given", 1.0)
    engine = Engine(rules(limits={"quality_min": 50.0}), bars.instruments, [votes], 252.0)
    engine.step(PositionRestated(ts_ns=1, symbol="A", lots=100, cost_units=5_000_000_000))
    moments = iter(BarFeed(bars).events())
    assert engine.step(next(moments)) == []
    assert engine.step(Conditions(ts_ns=2, quality=10.0)) == []
    assert [engine.step(one) for one in moments] == [[], []]
    assert [trip.stage for trip in engine.breaker.trips] == ["cancel"]


@pytest.mark.parametrize(("lots", "sold"), [(100, 50), (180, 90), (240, 140), (-100, -50)])
def test_what_came_unasked_is_halved_though_the_vote_joins_it_in_the_same_bar(lots, sold):
    """Its size is 100: what is more leaves where that is more than half."""
    side = 1 if lots > 0 else -1
    lost = 0.019 * (100_000 + 50 * lots) / lots
    bars = bars_of([50.0, 50.0 - lost])
    votes = GivenVoter(np.array([[0.0], [side]]), "given", 1.0)
    limits = {"daily_loss_frac_max": 0.02, "cascade": (0.5, 0.75, 0.9)}
    engine = Engine(rules(limits=limits), bars.instruments, [votes], 252.0)
    engine.step(PositionRestated(ts_ns=1, symbol="A", lots=lots, cost_units=lots * 50_000_000))
    first, second = BarFeed(bars).events()
    assert engine.step(first) == []
    orders = [one.order for one in engine.step(second) if isinstance(one, Submit)]
    assert [trip.stage for trip in engine.breaker.trips] == ["reduce"]
    assert (-orders[-1].side.sign * orders[-1].qty, engine.symbols["A"].pending) == (sold, -sold)
