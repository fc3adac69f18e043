"""The loss of a day counts from the close before it, also where no process ran then and that close is shown as past."""

from datetime import date

import numpy as np
import pytest

from scenes import bars_of, rules
from tenfold.domain.conditions import Conditions, SymbolCondition
from tenfold.domain.events import CashFlow, Fitness, LimitsChanged, Past, Reconciled, Started
from tenfold.domain.order import Fill, Side
from tenfold.domain.rules import Limits
from tenfold.domain.units import NS_PER_HOUR
from tenfold.engine.engine import Engine
from tenfold.engine.voters import GivenVoter
from tenfold.simulation.feed import BarFeed

DAYS = [date(2024, 1, 8), date(2024, 1, 9), date(2024, 1, 10)]


class Missed:
    """Hold 100 shares from Monday on, and be down until Wednesday."""

    def __init__(self, *closes, days=DAYS):
        self.bars = bars_of(list(closes), days=days)
        limits = {"daily_loss_frac_max": 0.02}
        chosen = rules(account={"cash": 10_000.0, "leverage_max": 5.0}, limits=limits)
        votes = GivenVoter(np.ones(self.bars.rows.shape), "v", 1.0)
        self.engine = Engine(chosen, self.bars.instruments, [votes], 252.0)
        self.sets = list(BarFeed(self.bars).events())
        self.start(1)
        (order,) = self.engine.step(self.sets[0])
        name = order.order.order_id
        self.engine.step(
            Fill(ts_ns=2, fill_id="f", order_id=name, symbol="A", side=Side.BUY, qty=100, price=100.0, fee_units=0)
        )
        self.start(2)

    def start(self, epoch):
        self.engine.step(Started(ts_ns=1, run="r", epoch=epoch, config_hash="", code_hash=""))

    def past(self, *sets):
        for one in sets:
            self.engine.step(Past(ts_ns=one.ts_ns, bars=one))

    def quote(self, price, before=2):
        at = self.sets[-1].ts_ns - before
        told = SymbolCondition(symbol="A", bid=price, ask=price, quote_ns=at)
        self.engine.step(Conditions(ts_ns=at, symbols=(told,)))
        return self.trips

    @property
    def trips(self):
        return [trip.rule for trip in self.engine.breaker.trips]


@pytest.mark.parametrize(
    ("closes", "trips"),
    [
        ([100.0, 98.5, 97.9], []),  # 1.5 % on one day and 0.6 % on the next are no 2 % of either
        ([100.0, 103.0, 100.0], ["daily_loss"]),  # what a day before has earned covers nothing
    ],
)
@pytest.mark.parametrize("between", [True, False])
def test_a_day_after_one_that_was_missed_is_measured_from_the_close_of_that(closes, trips, between):
    scene = Missed(*closes)
    scene.past(scene.sets[1])
    if between:
        assert scene.quote(closes[-1]) == trips
    scene.engine.step(scene.sets[2])
    assert scene.trips == trips


def test_what_was_missed_of_the_same_day_begins_none():
    scene = Missed(100.0, 98.5, 97.9, 97.9, days=[DAYS[0], DAYS[1], DAYS[2], DAYS[2]])
    scene.past(*scene.sets[1:3])
    assert scene.quote(96.6) == []
    assert scene.quote(96.5) == ["daily_loss"]


def test_nothing_is_measured_between_bars_before_it_is_known_what_was_missed():
    scene = Missed(100.0, 98.0, 97.5)
    assert scene.quote(97.5, before=4) == []
    scene.past(scene.sets[1])
    assert scene.quote(97.5) == []
    nothing = Missed(100.0, 98.0, 97.5)  # of a day that nobody missed no past is shown
    nothing.engine.step(Fitness(ts_ns=3, symbol="A", fit=False))
    assert nothing.quote(97.5, before=4) == []
    nothing.engine.step(Fitness(ts_ns=3, symbol="A", fit=True))
    assert nothing.quote(97.5) == ["daily_loss"]


@pytest.mark.parametrize(("sold", "trips"), [(100, []), (10, ["daily_loss"])])
def test_nothing_is_measured_between_bars_before_it_is_known_what_left_while_no_process_ran(sold, trips):
    scene = Missed(100.0, 100.0, days=[DAYS[0]] * 2)  # within a day
    assert scene.quote(97.0, before=4) == []
    at = scene.sets[1].ts_ns - 3
    scene.engine.step(
        Fill(ts_ns=at, fill_id="x", order_id="exit", symbol="A", side=Side.SELL, qty=sold, price=99.0, fee_units=0)
    )
    scene.engine.step(Reconciled(ts_ns=at, since_ns=at))
    assert scene.quote(97.0) == trips


def test_a_deposit_after_what_was_missed_changes_no_part_that_was_lost():
    scene = Missed(100.0, 100.0, 100.0, 98.1, days=[DAYS[0], DAYS[1], DAYS[2], DAYS[2]])
    scene.past(*scene.sets[1:3])
    scene.engine.step(CashFlow(ts_ns=3, symbol="", kind="deposit", units=-5_000_000_000))
    assert scene.quote(99.1) == []
    assert scene.quote(99.0) == ["daily_loss"]


@pytest.mark.parametrize("sessions", [1, 2])
@pytest.mark.parametrize("between", [True, False])
def test_the_session_in_which_a_breaker_trips_is_none_after_it_though_no_bar_of_it_was_told_yet(sessions, between):
    days = [date(2024, 1, day) for day in (8, 9, 10, 11)]
    scene = Missed(100.0, 80.0, 80.0, 80.0, days=days)
    scene.engine.step(
        LimitsChanged(ts_ns=3, operator="o", limits=Limits(drawdown_frac_max=0.1, reset_sessions=sessions))
    )
    scene.engine.step(Fitness(ts_ns=3, symbol="A", fit=True))
    if between:
        told = SymbolCondition(symbol="A", bid=80.0, ask=80.0, quote_ns=scene.sets[1].ts_ns - 2)
        scene.engine.step(Conditions(ts_ns=scene.sets[1].ts_ns - 2, symbols=(told,)))
        assert scene.trips == ["drawdown"]
    stands = []
    for one in scene.sets[1:]:
        scene.engine.step(one)
        stands.append(bool(scene.engine.breaker.tripped))
    assert scene.trips == ["drawdown"]
    assert stands == [True, sessions > 1, False]


@pytest.mark.parametrize(
    ("closes", "day", "price", "now", "trips"),
    [
        ([100.0, 98.0, 98.0], 1, 95.0, 98.0, []),  # what left before the last close is no loss of today
        ([100.0, 105.0, 105.0], 1, 95.0, 105.0, []),
        ([100.0, 100.0, 95.0], 2, 95.0, 95.0, ["daily_loss"]),  # and what left since is
        ([100.0, 95.0, 95.0], 2, 95.0, 95.0, []),
    ],
)
def test_what_left_while_no_process_ran_counts_for_its_own_day(closes, day, price, now, trips):
    scene = Missed(*closes)
    done_ns = scene.sets[day].ts_ns - NS_PER_HOUR
    left = Fill(
        ts_ns=scene.sets[2].ts_ns - 3, fill_id="x", order_id="hand", symbol="A", side=Side.SELL, qty=100, price=price,
        fee_units=0, done_ns=done_ns,
    )  # fmt: skip
    scene.engine.step(left)
    scene.past(scene.sets[1])
    assert scene.quote(now) == trips


@pytest.mark.parametrize(("hours", "trips"), [(-1, ["daily_loss"]), (1, [])])
def test_what_was_paid_out_while_no_process_ran_is_of_its_own_day_too(hours, trips):
    """Half of 10,000, of which 1.5 % are lost since the close that was missed: 3 % where it had gone before that close, else no part that was lost changes."""
    scene = Missed(100.0, 100.0, 98.5)
    assert scene.quote(98.5, before=4) == []
    scene.engine.step(
        CashFlow(
            ts_ns=scene.sets[2].ts_ns - 3, symbol="", kind="deposit", units=-5_000_000_000,
            done_ns=scene.sets[1].ts_ns + hours * NS_PER_HOUR,
        )
    )  # fmt: skip
    scene.past(scene.sets[1])
    assert scene.quote(98.5) == trips


@pytest.mark.parametrize(("price", "trips"), [(108.1, []), (108.0, ["drawdown"])])
def test_what_the_account_was_worth_at_a_close_that_was_missed_is_its_top_too(price, trips):
    scene = Missed(100.0, 120.0, price)
    scene.engine.step(LimitsChanged(ts_ns=3, operator="o", limits=Limits(drawdown_frac_max=0.1)))
    scene.past(scene.sets[1])
    scene.engine.step(scene.sets[2])
    assert scene.trips == trips
