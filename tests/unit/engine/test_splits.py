"""A split whose shares the venue tells of is neither gain nor loss, and divides stops and targets too."""

import numpy as np
import pytest

from scenes import bars_of, rules
from tenfold.domain.conditions import Conditions, SymbolCondition
from tenfold.domain.events import OrderRestated, PositionRestated
from tenfold.domain.order import Fill, Side, Submit
from tenfold.engine.engine import Engine
from tenfold.engine.exiting import ExitingEngine
from tenfold.engine.voters import GivenVoter
from tenfold.simulation.feed import BarFeed


class Scene:
    """Hold 1,000 shares of A at 50 in an account of 100,000 that may lose 2 %."""

    def __init__(self, prices, live=True, later=0.0):
        bars = bars_of(list(prices), [50.0] * len(prices))
        scores = np.full((len(bars), 2), later)
        scores[0] = 0.0
        voters = [GivenVoter(scores, "given", 1.0)]
        limits = {"daily_loss_frac_max": 0.02, "drawdown_frac_max": 0.02}
        self.engine = Engine(rules(limits=limits, sizing={"quantity": 1100}), bars.instruments, voters, 252.0)
        self.moments = iter(BarFeed(bars).events())
        self.live = live
        fill = Fill(ts_ns=2, fill_id="f", order_id="o", symbol="A", side=Side.BUY, qty=1000, price=50.0, fee_units=0)
        self.quote(0.0, 0)
        self.engine.step(fill)
        self.bar()

    def bar(self):
        moment = next(self.moments)
        self.ts_ns = moment.ts_ns
        return [command.order for command in self.engine.step(moment) if isinstance(command, Submit)]

    def quote(self, mid, later_ns):
        if self.live:
            ts_ns = later_ns and self.ts_ns + later_ns
            told = tuple(SymbolCondition(symbol=one, bid=mid, ask=mid, quote_ns=ts_ns) for one in "AB")
            self.engine.step(Conditions(ts_ns=ts_ns, symbols=told[:1] if mid else told))

    def restated(self, lots, later_ns):
        event = PositionRestated(ts_ns=self.ts_ns + later_ns, symbol="A", lots=lots, cost_units=50_000_000_000)
        self.engine.step(event)

    @property
    def trips(self):
        return [(trip.rule, trip.stage, trip.reset_ns is None) for trip in self.engine.breaker.trips]


def test_the_shares_first_and_the_price_after_them():
    scene = Scene([50.0, 25.0])
    scene.quote(50.0, 10)
    scene.restated(2000, 20)
    scene.quote(25.1, 30)
    assert scene.engine.breaker.peak == 100_200_000_000
    scene.bar()
    assert (scene.trips, scene.engine.ledger.equity) == ([], 100_000_000_000)


def test_a_quote_from_before_the_shares_were_told_is_none_of_them():
    scene = Scene([50.0, 25.0])
    scene.quote(50.1, 10)
    scene.restated(2000, 20)
    known = SymbolCondition(symbol="A", bid=50.1, ask=50.1, quote_ns=scene.ts_ns + 10)
    scene.engine.step(Conditions(ts_ns=scene.ts_ns + 30, symbols=(known,)))
    assert scene.engine.breaker.peak == 100_100_000_000


@pytest.mark.parametrize("live", [False, True])
@pytest.mark.parametrize("opened", [25.0, 42.0])
def test_a_price_that_falls_without_a_word_of_shares_is_a_loss(opened, live):
    scene = Scene([50.0, opened], live)
    scene.bar()
    assert scene.trips == [("daily_loss", "flatten", True)]


@pytest.mark.parametrize(
    ("lots", "ratio", "stop", "target"), [(200, 0.0, 22.5, 30.0), (50, 0.0, 90.0, 120.0), (149, 1.5, 30.0, 40.0)]
)
def test_exits_are_divided_with_the_shares(lots, ratio, stop, target):
    bars = bars_of([50.0] * 2)
    voters = [GivenVoter(np.ones((2, 1)), "given", 1.0)]
    engine = ExitingEngine(rules(exits={"stop_frac": 0.1, "target_frac": 0.2}), bars.instruments, voters, 252.0)
    (entry,) = engine.step(next(iter(BarFeed(bars).events())))
    filled = Fill(
        ts_ns=2, fill_id="f", order_id=entry.order.order_id, symbol="A", side=Side.BUY, qty=100, price=50.0, fee_units=0
    )
    assert [one.order.stop_price or one.order.limit_price for one in engine.step(filled)] == [60.0, 45.0]
    told = engine.step(PositionRestated(ts_ns=3, symbol="A", lots=lots, cost_units=5_000_000_000, ratio=ratio))
    assert engine.ledger.closes["A"] == pytest.approx(50.0 / (ratio or lots / 100))
    orders = [one.order for one in told if isinstance(one, Submit)]
    assert [(one.qty, one.stop_price or one.limit_price) for one in orders] == [(lots, target), (lots, stop)]


@pytest.mark.parametrize(("qty", "filled"), [(200, 80), (50, 20)])
def test_an_order_that_works_has_as_much_left_as_the_venue_has_it_for(qty, filled):
    bars = bars_of([50.0] * 4)
    votes = np.ones((len(bars), len(bars.instruments)))
    one = ExitingEngine(rules(exits={"stop_frac": 0.1}), bars.instruments, [GivenVoter(votes, "given", 1.0)], 252.0)
    moments = iter(BarFeed(bars).events())
    entry = next(command.order for command in one.step(next(moments)) if isinstance(command, Submit))
    terms = {"order_id": entry.order_id, "symbol": entry.symbol}
    more = {"side": Side.BUY, "price": 50.0, "fee_units": 0}
    one.step(Fill(ts_ns=2, fill_id="f", qty=40, **terms, **more))
    one.step(OrderRestated(ts_ns=3, part=0, qty=qty, filled=filled, **terms))
    assert one.symbols[entry.symbol].pending == qty - filled
    one.step(Fill(ts_ns=4, fill_id="g", qty=qty - filled, **terms, **more))
    assert one.symbols[entry.symbol].pending == 0
