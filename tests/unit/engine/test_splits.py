"""A split is neither gain nor loss, whether the venue tells of the shares before the price changes or after it."""

import numpy as np
import pytest

from scenes import bars_of, rules
from tenfold.domain.conditions import Conditions, SymbolCondition
from tenfold.domain.events import PositionRestated, Resume
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


@pytest.mark.parametrize(("opened", "lots"), [(25.4, 2000), (16.9, 3000), (99.0, 500), (510.0, 100)])
def test_the_price_first_and_the_shares_after_it(opened, lots):
    scene = Scene([50.0, opened, opened], later=1.0)
    scene.quote(opened, 10)
    scene.quote(opened, 20)
    orders = scene.bar()
    assert {order.symbol for order in orders} == {"B"}
    assert scene.trips == [("split of A", "stop", True)]
    scene.restated(lots, 30)
    assert scene.trips == [("split of A", "stop", False)]
    earned = scene.engine.ledger.equity - scene.engine.ledger.deposits
    assert earned == round((lots * opened - 50_000) * 1_000_000)
    scene.engine.ledger.verify()
    scene.bar()
    assert len(scene.trips) == 1


def test_a_person_who_resumes_says_that_it_was_none():
    scene = Scene([50.0, 25.0, 24.9])
    scene.bar()
    assert scene.engine.gate.admission.doubted == {"A"}
    assert scene.engine.ledger.equity == scene.engine.ledger.deposits
    scene.engine.step(Resume(ts_ns=scene.ts_ns + 1, operator="ann"))
    assert scene.engine.gate.admission.doubted == set()
    assert scene.engine.ledger.equity - scene.engine.ledger.deposits == -25_000_000_000
    scene.bar()
    assert scene.trips == [("split of A", "stop", False)]


def test_until_then_a_position_counts_at_what_it_was_worth():
    scene = Scene([50.0, (500.0, 500.0, 480.0, 480.0), 470.0, 460.0, 460.0])
    for _ in range(3):
        scene.quote(490.0, 10)
        scene.bar()
        assert scene.engine.ledger.equity - scene.engine.ledger.deposits == 0
    scene.restated(100, 20)
    assert scene.trips == [("split of A", "stop", False)]
    assert (
        scene.engine.ledger.equity - scene.engine.ledger.deposits == -4_000_000_000
    )  # 100 shares of 500 that are at 460


@pytest.mark.parametrize(("opened", "live"), [(25.0, False), (42.0, True), (28.0, True)])
def test_a_backtest_and_what_is_not_like_a_split_lose(opened, live):
    scene = Scene([50.0, opened], live)
    scene.bar()
    assert scene.trips == [("daily_loss", "flatten", True)]


@pytest.mark.parametrize(("lots", "stop", "target"), [(200, 22.5, 30.0), (50, 90.0, 120.0)])
def test_exits_are_divided_with_the_shares(lots, stop, target):
    bars = bars_of([50.0] * 2)
    voters = [GivenVoter(np.ones((2, 1)), "given", 1.0)]
    engine = ExitingEngine(rules(exits={"stop_frac": 0.1, "target_frac": 0.2}), bars.instruments, voters, 252.0)
    (entry,) = engine.step(next(iter(BarFeed(bars).events())))
    filled = Fill(
        ts_ns=2, fill_id="f", order_id=entry.order.order_id, symbol="A", side=Side.BUY, qty=100, price=50.0, fee_units=0
    )
    assert [one.order.stop_price or one.order.limit_price for one in engine.step(filled)] == [60.0, 45.0]
    told = engine.step(PositionRestated(ts_ns=3, symbol="A", lots=lots, cost_units=5_000_000_000))
    orders = [one.order for one in told if isinstance(one, Submit)]
    assert [(one.qty, one.stop_price or one.limit_price) for one in orders] == [(lots, target), (lots, stop)]
