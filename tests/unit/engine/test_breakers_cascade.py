"""Breakers stop entries, cancel, reduce and flatten, for votes and for strategies that work their own orders, until a person resumes."""

from datetime import date

import numpy as np
import pytest
from msgspec.structs import replace

from scenes import bars_of
from tenfold.backtesting.backtest import Given, run_backtest
from tenfold.domain.conditions import Conditions, SymbolCondition
from tenfold.domain.events import (
    CashFlow,
    Difference,
    Halt,
    LeaseLost,
    LimitsChanged,
    PositionRestated,
    Resume,
    Started,
)
from tenfold.domain.order import Cancel, Fill, OrderStatus, OrderUpdate, Side, Submit
from tenfold.domain.rules import Account, Limits, Rules, Sizing
from tenfold.domain.units import NS_PER_DAY
from tenfold.engine.engine import Engine
from tenfold.engine.voters import GivenVoter
from tenfold.kernels import bounds
from tenfold.simulation.feed import BarFeed

LOSS = Limits(daily_loss_frac_max=0.02, cascade=(0.5, 0.75, 0.9))


class Trading:
    """Hold an engine whose orders fill as they are told to."""

    def __init__(self, limits, *prices, vote=1.0, quantity=10, trader=None, short=True, days=None):
        self.bars = bars_of(list(prices), days=days or [date(2024, 1, 8)] * len(prices))
        rules = Rules(
            account=Account(cash=10_000.0, leverage_max=5.0, short=short),
            sizing=Sizing(method="quantity", quantity=quantity),
            limits=limits,
        )
        votes = np.full(self.bars.rows.shape, vote)
        voters = [GivenVoter(votes, "v", 1.0)] if trader is None else []
        self.engine = Engine(rules, self.bars.instruments, voters, 252.0, trader)
        self.moments = iter(BarFeed(self.bars).events())

    def bar(self):
        return [told(command) for command in self.engine.step(next(self.moments))]

    def step(self, event):
        return [told(command) for command in self.engine.step(event)]

    def fill(self, qty, price=100.0, order=None, **more):
        side = Side.BUY if qty > 0 else Side.SELL
        order = self.engine.symbols["A"].order_id if order is None else order
        return self.step(
            Fill(
                ts_ns=1,
                fill_id="f",
                order_id=order,
                symbol="A",
                side=side,
                qty=abs(qty),
                price=price,
                fee_units=0,
                **more,
            )
        )

    @property
    def lots(self):
        return self.engine.ledger.position("A").lots


def told(command):
    if isinstance(command, Submit):
        return command.order.side.sign * command.order.qty
    return command.order_id if isinstance(command, Cancel) else command


def test_losses_stop_cancel_reduce_and_flatten():
    trading = Trading(LOSS, 100, 99.0, 98.5, 98.1, 97.9, 97.0, quantity=100)
    assert trading.bar() == [100]
    trading.fill(100)
    assert trading.bar() == []  # 1 %: nothing is opened from here on
    assert trading.bar() == []  # 1.5 %: there is nothing to cancel
    assert trading.bar() == [-50]  # 1.9 %: half is closed
    trading.fill(-50, 98.1)
    assert trading.bar() == [-50]  # 2 %: the rest
    assert [trip.stage for trip in trading.engine.breaker.trips] == ["stop", "cancel", "reduce", "flatten"]
    assert trading.engine.breaker.tripped == bounds.DAILY_LOSS


def test_a_stopped_account_closes_what_the_vote_reverses():
    trading = Trading(LOSS, 100, 99.0, 99.0, quantity=100)
    trading.bar()
    trading.fill(100)
    trading.engine.voters[0]._given[:] = -1.0
    assert trading.bar() == [-100]  # a reversal would be 200
    assert trading.engine.gate.bindings["breaker"] == 1
    trading.fill(-100, 99.0)
    assert trading.bar() == []


def test_an_entry_that_works_is_cancelled():
    trading = Trading(Limits(quality_min=50.0), 100, 100, 100)
    assert trading.bar() == [10]
    assert trading.step(Conditions(ts_ns=1, quality=60.0)) == []
    assert trading.step(Conditions(ts_ns=2, quality=49.0)) == ["run-0-1"]
    assert trading.bar() == []
    assert trading.step(Conditions(ts_ns=3, quality=100.0)) == []  # latched
    assert trading.bar() == []


@pytest.mark.parametrize("quality", [float("nan"), 0.0])
def test_data_without_a_score_stop_entries(quality):
    trading = Trading(Limits(quality_min=50.0), 100, 100)
    trading.step(Conditions(ts_ns=1, quality=quality))
    assert trading.bar() == []
    assert trading.engine.breaker.stage == bounds.CANCELED


def test_a_reversal_under_way_is_cut_to_what_closes():
    trading = Trading(Limits(differences_max=1), 100, 100, 100)
    trading.bar()
    trading.fill(10)
    trading.engine.voters[0]._given[:] = -1.0
    assert trading.bar() == [-20]
    assert trading.step(Difference(ts_ns=2, kind="cash")) == ["run-0-2", -10]


@pytest.mark.parametrize("kind", ["part", "foreign_symbol", "stock"])
def test_what_is_named_and_left_alone_is_no_difference(kind):
    trading = Trading(Limits(differences_max=1), 100, 100)
    trading.bar()
    assert trading.step(Difference(ts_ns=2, kind=kind, symbol="A")) == []
    assert trading.engine.breaker.stage == bounds.OPEN


def test_losses_in_a_row_go_further_beyond_their_limit():
    trading = Trading(Limits(losses_max=2), *[100] * 20)
    for number in range(4):
        trading.engine.symbols["A"].stopped = False
        trading.fill(10, 100.0, f"e{number}")
        trading.fill(-10, 99.0, f"x{number}")
        assert trading.engine.breaker.stage == [bounds.OPEN, bounds.CANCELED, bounds.REDUCED, bounds.FLAT][number]


def test_losses_that_tripped_count_no_more_once_the_policy_has_reset():
    trading = Trading(Limits(losses_max=1, reset_sessions=1), 100.0, 100.0, 100.0)
    trading.bar()
    trading.fill(10)
    trading.fill(-10, 99.0, order="hand")
    assert [trip.rule for trip in trading.engine.breaker.trips] == ["losses"]
    trading.engine.step(replace(next(trading.moments), session=99_999))
    trading.fill(10, order="hand")
    (trip,) = trading.engine.breaker.trips
    assert trip.reset_ns is not None
    assert trading.engine.breaker.stage == bounds.OPEN


def test_refused_orders_stop_entries():
    trading = Trading(Limits(reject_frac_max=0.5, breaker_window=2), *[100] * 9)
    for _ in range(2):
        assert trading.bar() == [10]
        order = trading.engine.symbols["A"].order_id
        trading.step(OrderUpdate(ts_ns=1, order_id=order, symbol="A", status=OrderStatus.REJECTED))
    assert trading.bar() == []
    trading.step(Resume(ts_ns=2, operator="ann"))
    assert trading.bar() == [10]
    assert trading.engine.breaker.trips[0].rule == "rejects"


def test_only_who_has_the_right_resumes_and_changes_limits():
    limits = Limits(resume_by=("ann",))
    trading = Trading(limits, *[100] * 9)
    assert trading.step(Halt(ts_ns=1, operator="eve", reason="anyone may stop")) == []
    trading.step(Resume(ts_ns=2, operator="eve"))
    trading.step(LimitsChanged(ts_ns=2, operator="eve", limits=Limits()))
    assert trading.engine.breaker.tripped == bounds.HALT
    assert [rejection.rule for rejection in trading.engine.gate.rejections] == ["operator"] * 2
    assert trading.bar() == []
    trading.step(Resume(ts_ns=3, operator="ann"))
    trading.step(LimitsChanged(ts_ns=3, operator="ann", limits=replace(limits, order_qty_max=4.0)))
    assert trading.bar() == [4]


def quoted(price, at):
    return Conditions(ts_ns=at, symbols=(SymbolCondition(symbol="A", bid=price, ask=price, quote_ns=at),))


def test_losses_count_between_bars():
    trading = Trading(replace(LOSS, cascade=()), *[100] * 9, quantity=100)
    trading.bar()
    trading.fill(100)
    at = trading.engine._marked_ns
    assert trading.step(quoted(98.1, at + 1)) == []
    assert trading.step(quoted(97.0, at - 1)) == []  # older than the close
    assert trading.step(quoted(98.0, at + 2)) == [-100]
    assert trading.engine.breaker.tripped == bounds.DAILY_LOSS
    assert trading.engine.ledger.closes["A"] == 100.0  # the marks are those of the bars


@pytest.mark.parametrize(("bid", "ask", "steps"), [(99.9, 199_999.0, []), (0.01, 100.1, []), (97.9, 98.0, [-100])])
def test_a_quote_whose_other_side_is_far_off_is_neither_gain_nor_loss(bid, ask, steps):
    trading = Trading(replace(LOSS, cascade=(), drawdown_frac_max=0.02), *[100] * 9, quantity=100)
    trading.bar()
    trading.fill(100)
    at = trading.engine._marked_ns
    wide = SymbolCondition(symbol="A", bid=bid, ask=ask, quote_ns=at)
    assert trading.step(Conditions(ts_ns=at, symbols=(wide,))) == steps
    assert trading.engine.breaker.peak == 10_000e6
    assert trading.step(quoted(99.0, at + 1)) == []


@pytest.mark.parametrize(
    ("close", "quote", "newer", "trips"),
    [
        (60.0, 100.0, True, []),  # a print that nobody could have traded at by then
        (160.0, 100.0, True, []),  # nor is it a top, from which what follows has fallen
        (60.0, 100.0, False, ["daily_loss"]),  # a quote of before may be over
        (60.0, 60.0, True, ["daily_loss"]),
        (99.0, 97.9, True, ["daily_loss"]),
    ],
)
def test_a_bar_far_from_a_newer_quote_is_neither_loss_nor_top(close, quote, newer, trips):
    trading = Trading(replace(LOSS, cascade=(), drawdown_frac_max=0.1), 100.0, close, 100.0, quantity=100)
    trading.bar()
    trading.fill(100)
    at = int(trading.bars.ts_ns[1]) + (1 if newer else -1)
    trading.step(quoted(100.0, at - 2))
    trading.engine.step(replace(quoted(quote, at), ts_ns=at))
    before = list(trading.engine.breaker.trips)
    trading.bar()
    trading.bar()
    assert before == [] or quote != 100.0
    assert [trip.rule for trip in trading.engine.breaker.trips] == trips


@pytest.mark.parametrize(("last", "morning", "trips"), [(160.0, 100.0, []), (60.0, 97.0, ["daily_loss"])])
def test_a_day_is_not_measured_from_a_last_bar_far_from_a_newer_quote(last, morning, trips):
    trading = Trading(replace(LOSS, cascade=()), 100.0, last, quantity=100)
    trading.bar()
    trading.fill(100)
    at = int(trading.bars.ts_ns[1])
    trading.step(quoted(100.0, at + 1))
    trading.bar()
    trading.step(quoted(morning, at + NS_PER_DAY))
    assert [trip.rule for trip in trading.engine.breaker.trips] == trips


@pytest.mark.parametrize(
    ("closes", "quote", "trips"),
    [
        ([100.0, 98.5], 97.9, []),  # 1.5 % on one day and 0.6 % on the next are no 2 % of either
        ([100.0, 103.0], 100.9, ["daily_loss"]),  # what the day before has earned covers nothing
    ],
)
def test_a_day_of_which_no_bar_has_closed_yet_is_measured_from_the_close_before(closes, quote, trips):
    trading = Trading(replace(LOSS, cascade=()), *closes, quantity=100)
    trading.bar()
    trading.fill(100)
    trading.bar()
    assert trading.engine.breaker.trips == []
    trading.step(quoted(quote, trading.engine._marked_ns + NS_PER_DAY))
    assert [trip.rule for trip in trading.engine.breaker.trips] == trips


def test_what_is_told_ahead_of_the_bar_of_a_day_is_not_held_against_the_close_before_that_day():
    days = [date(2024, 1, day) for day in (8, 9, 10)]
    trading = Trading(replace(LOSS, cascade=()), 100, 98.5, 98.5, quantity=100, days=days)
    trading.bar()
    trading.fill(100)
    at = trading.engine._marked_ns
    told = [(100.0, 1), (98.5, 1), (97.9, 2), None, (97.9, 2), (97.0, 3), None, (96.6, 3), (96.5, 3)]
    steps = [trading.bar() if one is None else trading.step(quoted(one[0], at + one[1] * NS_PER_DAY)) for one in told]
    assert steps == [[]] * 8 + [[-100]]  # 1.5 % on one day, none on the next, and then more than 2 %


def test_a_withdrawal_makes_a_loss_of_the_day_no_larger_part_of_the_account():
    trading = Trading(replace(LOSS, cascade=()), *[100] * 9, quantity=20)
    trading.bar()
    trading.fill(20)
    at = trading.engine._marked_ns
    trading.step(quoted(95.0, at + 1))  # 1 %
    trading.step(CashFlow(ts_ns=at + 2, symbol="", kind="deposit", units=-6_000_000_000))
    assert trading.step(quoted(95.0, at + 3)) == []
    assert trading.engine.breaker.day_start == pytest.approx(3_900e6 / 0.99, abs=1.0)
    assert trading.step(quoted(92.9, at + 4)) == [-20]  # and 42 dollars of 3,939: 2.1 %


@pytest.mark.parametrize("lots", [-60, 60])
def test_shares_that_are_traded_by_hand_in_parts_change_no_loss(lots):
    trading = Trading(Limits(drawdown_frac_max=0.10), *[100, *[92] * 9], quantity=80)
    trading.bar()
    trading.fill(80)
    trading.bar()  # 6.4 %
    at, cost = trading.engine._marked_ns, (80 + lots) * 92_000_000
    trading.step(PositionRestated(ts_ns=at + 1, symbol="A", lots=80 + lots, cost_units=cost))
    trading.step(CashFlow(ts_ns=at + 1, symbol="A", kind="deposit", units=-lots * 92_500_000))
    assert trading.step(quoted(92.0, at + 2)) == []
    lost = bounds.loss_frac(float(trading.engine.ledger.equity), trading.engine.breaker.peak)
    assert lost == pytest.approx(0.064, abs=1e-3)


def test_a_standby_acts_once_it_holds_the_lease():
    trading = Trading(Limits(quality_min=50.0), *[100] * 9)
    trading.bar()
    trading.step(LeaseLost(ts_ns=1, epoch=1))
    assert trading.step(Conditions(ts_ns=2, quality=10.0)) == []
    trading.step(Started(ts_ns=3, run="r", epoch=2, config_hash="", code_hash=""))
    assert trading.bar() == ["run-0-1"]


class Own:
    """Bid once, hold a stop, and then do as told."""

    def __init__(self):
        self.todo = []

    def on_event(self, event, view):
        todo, self.todo = self.todo, []
        return [act(view) for act in todo]


def test_a_strategy_of_its_own_is_withdrawn_from_what_opens():
    own = Own()
    trading = Trading(Limits(quality_min=50.0, breaker_window=1), *[100] * 9, trader=own)
    own.todo = [lambda view: view.submit("A", "buy", 10)]
    assert trading.bar() == [10]
    trading.fill(10, order="run-0-1")
    own.todo = [
        lambda view: view.submit("A", "buy", 5, "limit", limit_price=90.0),
        lambda view: view.submit("A", "sell", 10, "stop", stop_price=80.0),
    ]
    assert trading.bar() == [5, -10]
    assert trading.step(Conditions(ts_ns=1, quality=10.0)) == ["run-0-2"]
    own.todo = [
        lambda view: view.submit("A", "buy", 1),
        lambda view: view.submit("A", "sell", 3, "limit", limit_price=120.0),
    ]
    trading.step(OrderUpdate(ts_ns=1, order_id="run-0-2", symbol="A", status=OrderStatus.CANCELED))
    assert [(rejection.rule, rejection.symbol) for rejection in trading.engine.gate.rejections] == [("breaker", "A")]


@pytest.mark.parametrize(("filled", "left"), [(0, []), (4, [-4]), (10, [-10])])
def test_the_legs_of_what_an_entry_has_filled_are_not_withdrawn(filled, left):
    own = Own()
    trading = Trading(Limits(quality_min=50.0), *[100] * 9, trader=own)
    own.todo = [
        lambda view: view.submit("A", "buy", 10, "limit", limit_price=99.0),
        lambda view: view.submit(
            "A", "sell", 10, "limit", limit_price=110.0, order_class="bracket", parent_id="run-0-1"
        ),
        lambda view: view.submit("A", "sell", 10, "stop", stop_price=95.0, order_class="bracket", parent_id="run-0-1"),
    ]
    assert trading.bar() == [10, -10, -10]
    if filled:
        trading.fill(filled, 99.0, order="run-0-1")
    assert trading.step(Conditions(ts_ns=1, quality=10.0)) == (["run-0-1"] if filled < 10 else [])
    if filled < 10:
        trading.step(OrderUpdate(ts_ns=2, order_id="run-0-1", symbol="A", status=OrderStatus.CANCELED, filled=filled))
    held, worst = trading.lots, trading.engine.trader.worst("A")
    assert (held, worst) == (filled, (filled, 0))  # what is left of them closes what is held, and no more
    assert [short - held for short in worst[1:] if held] == left


def test_a_leg_that_adds_to_what_its_entry_fills_is_withdrawn_with_it():
    own = Own()
    trading = Trading(Limits(quality_min=50.0), *[100] * 9, trader=own)
    own.todo = [
        lambda view: view.submit("A", "buy", 10, "limit", limit_price=99.0),
        lambda view: view.submit("A", "buy", 10, order_class="oto", parent_id="run-0-1"),
    ]
    assert trading.bar() == [10, 10]
    assert trading.step(Conditions(ts_ns=1, quality=10.0)) == ["run-0-1", "run-0-2"]


def test_halves_of_a_strategy_of_its_own():
    own = Own()
    trading = Trading(Limits(losses_max=2), *[100] * 9, trader=own)
    for number in range(2):
        trading.fill(10, 100.0, f"e{number}")
        trading.fill(-10, 99.0, f"x{number}")
    trading.fill(9, 100.0, "late")
    own.todo = [lambda view: view.submit("A", "sell", 9, "stop", stop_price=80.0)]
    assert trading.bar() == [-9]
    trading.fill(-1, 99.0, "y")
    trading.fill(-8, 99.0, "y")
    assert trading.engine.breaker.stage == bounds.REDUCED


def test_a_backtest_with_a_cascade_takes_the_event_path():
    bars = bars_of([100, 100, 99, 98.5, 98, 97, 96])
    rules = Rules(sizing=Sizing(fraction=1.0), limits=LOSS)
    run = run_backtest([Given(np.ones(bars.rows.shape), "v")], bars, rules)
    assert run.notes["event_path"] == ["breakers cascade step by step"]
    assert [trip.rule for trip in run.trips][:1] == ["daily_loss"]
    assert "without_breakers" in run.notes
