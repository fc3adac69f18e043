"""Events in, commands out: every event, and every report of a broker."""

from contextlib import nullcontext

import msgspec
import numpy as np
import pytest

from scenes import bars_of, rules
from tenfold.domain.conditions import Conditions, SymbolCondition
from tenfold.domain.errors import StrategyError
from tenfold.domain.events import (
    CashFlow,
    Halt,
    LeaseLost,
    LimitsChanged,
    PositionRestated,
    Resume,
    Started,
    Timer,
)
from tenfold.domain.order import Cancel, Fill, OrderStatus, OrderType, OrderUpdate, Reason, Side, Submit
from tenfold.domain.rules import Limits
from tenfold.engine.advance import advance
from tenfold.engine.engine import Engine
from tenfold.engine.voters import GivenVoter, Voter, Window, WindowVoter
from tenfold.simulation.feed import BarFeed
from tenfold.simulation.journal import MemoryJournal


class Scene:
    """Drive one engine by hand over flat prices."""

    def __init__(self, votes, prices=(50.0,) * 12, **sections):
        self.bars = bars_of(list(prices))
        scores = np.array([*votes, *[votes[-1]] * (len(self.bars) - len(votes))], float)[:, None]
        voters: list[Voter] = [GivenVoter(scores, "given", 1.0)]
        self.engine = Engine(rules(**sections), self.bars.instruments, voters, 252.0)
        self.moments = iter(BarFeed(self.bars).events())

    def bar(self):
        return self.engine.step(next(self.moments))

    def fill(self, order, qty=None, price=50.0):
        return self.engine.step(
            Fill(ts_ns=2, fill_id="f", order_id=order.order_id, symbol="A", side=order.side, qty=qty or order.qty,
                 price=price, fee_units=0)
        )  # fmt: skip

    def update(self, order_id, status):
        return self.engine.step(OrderUpdate(ts_ns=2, order_id=order_id, symbol="A", status=status))


def orders(commands):
    return [(c.order.side.sign * c.order.qty, c.order.reason) for c in commands if isinstance(c, Submit)]


def test_a_vote_becomes_an_order_once():
    scene = Scene([1], exits={"stop_frac": 0.1})
    (command,) = scene.bar()
    order = command.order
    assert (order.order_id, order.side, order.qty, order.type, order.tif) == (
        "run-0-1", Side.BUY, 100, OrderType.MARKET, "gtc",
    )  # fmt: skip
    assert (order.stop_frac, order.target_frac) == (0.1, None)
    assert scene.bar() == []
    scene.fill(order)
    assert scene.bar() == []
    assert scene.engine.ledger.position("A").lots == 100


def test_market_on_open_is_for_the_opening():
    (command,) = Scene([1], order="moo").bar()
    assert (command.order.type, command.order.tif) == (OrderType.MARKET_ON_OPEN, "opg")


def test_a_changed_vote_cancels_what_works():
    scene = Scene([1, -1, 0])
    (first,) = scene.bar()
    scene.fill(first.order, 30)
    cancel, second = scene.bar()
    assert cancel == Cancel(order_id="run-0-1", ts_ns=cancel.ts_ns, symbol="A")
    assert orders([second]) == [(-130, Reason.VOTE)]
    cancel, third = scene.bar()
    assert orders([third]) == [(-30, Reason.VOTE)]


def test_a_late_fill_of_a_cancelled_order_is_booked():
    scene = Scene([1, 0])
    (first,) = scene.bar()
    assert [type(command) for command in scene.bar()] == [Cancel]  # flat already: nothing to submit
    scene.fill(first.order)
    assert scene.engine.ledger.position("A").lots == 100


def test_a_rejected_entry_is_tried_again_with_the_next_bar():
    scene = Scene([1])
    (first,) = scene.bar()
    scene.update(first.order.order_id, OrderStatus.REJECTED)
    (again,) = scene.bar()
    assert again.order.order_id == "run-0-2"


@pytest.mark.parametrize("status", [OrderStatus.REJECTED, OrderStatus.EXPIRED, OrderStatus.ABANDONED])
def test_an_exit_that_came_to_nothing_is_tried_again_with_the_next_bar(status):
    scene = Scene([1, 0])
    (first,) = scene.bar()
    scene.fill(first.order)
    (leaving,) = scene.bar()
    scene.update(leaving.order.order_id, status)
    assert orders(scene.bar()) == [(-100, Reason.VOTE)]


@pytest.mark.parametrize("status", [OrderStatus.ACCEPTED, OrderStatus.PARTIALLY_FILLED, OrderStatus.UNKNOWN])
def test_an_order_that_may_still_fill_keeps_its_exposure(status):
    scene = Scene([1, -1])
    (first,) = scene.bar()
    scene.update(first.order.order_id, status)
    assert scene.engine.symbols["A"].pending == 100
    assert isinstance(scene.bar()[0], Cancel)


def test_reports_of_strangers_change_nothing():
    scene = Scene([1])
    scene.bar()
    scene.update("another", OrderStatus.REJECTED)
    assert scene.engine.symbols["A"].pending == 100


def test_what_an_operator_trades_at_the_venue_is_booked():
    scene = Scene([0])
    scene.bar()
    scene.fill(scene_order(30, "by-hand"))
    assert scene.engine.ledger.position("A").lots == 30
    assert scene.engine.symbols["A"].pending == 0


def test_a_halt_flattens_and_blocks_until_a_resume():
    scene = Scene([1])
    (first,) = scene.bar()
    scene.fill(first.order)
    assert orders(scene.engine.step(Halt(ts_ns=3, operator="ann", reason="news"))) == [(-100, Reason.BREAKER)]
    assert scene.bar() == []  # on its way out already
    scene.fill(scene_order(-100, "run-0-2"))
    assert scene.bar() == []
    scene.engine.step(Resume(ts_ns=4, operator="ann"))
    assert orders(scene.bar()) == [(100, Reason.VOTE)]
    assert [(trip.rule, trip.reset_ns) for trip in scene.engine.breaker.trips] == [("halt", 4)]


def scene_order(qty, order_id):
    return msgspec.structs.replace(
        Scene([1]).bar()[0].order, order_id=order_id, side=Side.BUY if qty > 0 else Side.SELL, qty=abs(qty)
    )


def test_a_resume_values_what_the_bar_under_way_has_traded():
    scene = Scene([1], limits={"drawdown_frac_max": 0.5})
    (first,) = scene.bar()
    scene.fill(first.order)  # booked, not yet marked
    scene.engine.step(Resume(ts_ns=3, operator="ann"))
    assert scene.engine.breaker.peak == 100_000e6


def test_changed_limits_bind_the_next_order():
    scene = Scene([0, 1])
    scene.bar()
    scene.engine.step(LimitsChanged(ts_ns=3, operator="ann", limits=Limits(position_frac_max=0.01)))
    assert orders(scene.bar()) == [(20, Reason.VOTE)]


def test_without_the_lease_it_listens_and_says_nothing():
    scene = Scene([1])
    scene.engine.step(LeaseLost(ts_ns=1, epoch=3))
    assert scene.bar() == []
    assert scene.engine.step(Halt(ts_ns=2, operator="ann", reason="-")) == []
    scene.engine.step(Resume(ts_ns=2, operator="ann"))
    scene.engine.step(Started(ts_ns=3, run="r7", epoch=4, config_hash="", code_hash=""))
    (command,) = scene.bar()
    assert command.order.order_id == "r7-4-1"


def test_silence_and_cash():
    scene = Scene([0])
    assert scene.engine.step(Timer(ts_ns=1)) == []
    scene.engine.step(CashFlow(ts_ns=1, symbol="A", kind="deposit", units=5))
    assert scene.engine.ledger.cash == 100_000_000_005
    scene.engine.step(CashFlow(ts_ns=2, symbol="A", kind="DIV", units=3, flow_id="paid"))
    assert scene.engine.breaker.day_start == 100_000_000_005
    scene.engine.step(CashFlow(ts_ns=2, symbol="", kind="deposit", units=-7, flow_id="withdrawn"))
    assert scene.engine.breaker.day_start == 99_999_999_998


def restated(scene, lots, cost_units):
    scene.engine.step(PositionRestated(ts_ns=2, symbol="A", lots=lots, cost_units=cost_units))


def test_shares_that_come_or_go_without_a_trade_are_neither_gain_nor_loss():
    scene = Scene([0], [50.0, 50.0, 49.0, 48.0, 48.0], limits={"daily_loss_frac_max": 0.03, "drawdown_frac_max": 0.03})
    scene.bar()
    restated(scene, 1000, 3_000_000_000)
    assert (scene.engine.breaker.day_start, scene.engine.breaker.peak) == (150_000_000_000, 150_000_000_000)
    scene.bar()
    scene.bar()
    scene.bar()
    restated(scene, 0, 0)
    scene.bar()
    assert scene.engine.breaker.trips == []
    assert scene.engine.ledger.equity == scene.engine.breaker.day_start == 100_000_000_000
    assert scene.engine.ledger.deposits == 102_000_000_000


def test_shares_that_came_hide_no_loss_of_the_day():
    scene = Scene([0], [50.0, 45.0], limits={"daily_loss_frac_max": 0.03})
    first = next(scene.moments)
    scene.engine.step(first)
    restated(scene, 1000, 1_000_000_000)
    scene.engine.step(msgspec.structs.replace(next(scene.moments), session=first.session))
    (trip,) = scene.engine.breaker.trips
    assert trip.value == 5_000 / 150_000


@pytest.mark.parametrize("cost_units", [500_000_000, 20_000_000_000])
def test_what_an_account_was_taken_over_with_is_measured_from_its_first_close(cost_units):
    """Of equity of 100,000 half is cash, 5,000 are shares that are traded here, and the rest is in other things."""
    scene = Scene([0], [50.0, 49.0, 35.0], limits={"daily_loss_frac_max": 0.02, "drawdown_frac_max": 0.02})
    restated(scene, 100, cost_units)
    scene.engine.step(CashFlow(ts_ns=2, symbol="", kind="deposit", units=-50_000_000_000))
    for mid in (0.0, 50.0):
        told = SymbolCondition(symbol="A", bid=mid, ask=mid, quote_ns=3)
        assert scene.engine.step(Conditions(ts_ns=3, symbols=(told,))) == []
    scene.bar()
    assert scene.engine.ledger.equity == scene.engine.breaker.peak == 55_000_000_000
    assert scene.engine.ledger.deposits == 55_000_000_000
    scene.engine.ledger.verify()
    scene.bar()
    assert scene.engine.breaker.trips == []
    scene.bar()
    (trip,) = scene.engine.breaker.trips
    assert trip.value == 1_400 / 54_900


def test_votes_in_full_for_readers():
    scene = Scene([1.0])
    scene.bar()
    (found,) = scene.engine.votes(9)
    assert (found.direction, found.agreement, found.confidence, found.ballots) == (1, 1.0, 1.0, (1,))


def test_advance_journals_causes_before_commands_and_syncs():
    scene, journal = Scene([1]), MemoryJournal()
    moment = next(scene.moments)
    commands = advance(scene.engine, [Timer(ts_ns=1), moment], journal)
    assert journal.kept == [Timer(ts_ns=1), moment, *commands]
    assert journal.synced == 3


class Moody:
    """See two bars, and fail as it is told to."""

    window = 2

    def __init__(self):
        self.seen = []

    def on_bar(self, window):
        self.seen.append(window["close"].tolist())
        window["close"] = -1.0  # its own copy
        if window["open"][-1] == 3.0:
            raise RuntimeError("no opinion")
        if window["open"][-1] == 6.0:
            raise SystemExit("over")
        return type("Score", (), {"score": 5.0 if window["open"][-1] == 4.0 else 1.0})()


def test_an_object_sees_its_window_alone_and_abstains_where_it_fails():
    moody = Moody()
    bars = bars_of([1.0, 2.0, 3.0, None, 4.0, 5.0, 6.0])
    voter = WindowVoter(moody, "moody", 1.0, bars.symbols)
    window, scores, found = Window(bars.symbols), np.zeros((1, 1, 1)), []
    for number, moment in enumerate(BarFeed(bars).events()):
        window.put(moment)
        voter.ask(window.rows, moment, number, scores, 0)
        found.append(scores[0, 0, 0])
    np.testing.assert_array_equal(found, [np.nan, 1.0, np.nan, np.nan, np.nan, 1.0, np.nan])
    assert moody.seen == [[1.0, 2.0], [2.0, 3.0], [3.0, 4.0], [4.0, 5.0], [5.0, 6.0]]
    assert voter.failures == 3
    assert voter.errors == {
        "RuntimeError: no opinion": 1, "StrategyError: score 5.0 is outside -1 to 1": 1, "SystemExit: over": 1,
    }  # fmt: skip


class Raises:
    """Raise what it is given, be it no Exception, as a panic of a library in Rust is none."""

    def __init__(self, error):
        self.error = error

    def on_bar(self, window):
        raise self.error

    def on_event(self, event, view):
        raise self.error


@pytest.mark.parametrize("own", [False, True])
def test_a_panic_in_a_strategy_is_a_failure_as_any_other_and_a_word_of_the_keyboard_is_none(own):
    bars = bars_of([100.0])
    for error, failures in ((type("PanicException", (BaseException,), {})("over"), 1), (KeyboardInterrupt(), 0)):
        voters: list[Voter] = [] if own else [WindowVoter(Raises(error), "raises", 1.0, bars.symbols)]
        engine = Engine(rules(), bars.instruments, voters, 252.0, Raises(error) if own else None)
        with nullcontext() if failures else pytest.raises(KeyboardInterrupt):
            assert not next(engine.step(moment) for moment in BarFeed(bars).events())
        failed = voters[0] if voters else engine.trader
        assert failed is not None
        assert failed.failures == failures


@pytest.mark.parametrize("length", [0, -3, 2.5, True, "5"])
def test_a_window_of_no_bars_is_refused(length):
    strategy = type("Odd", (), {"window": length, "on_bar": lambda self, window: None})()
    with pytest.raises(StrategyError, match="the window of odd is"):
        WindowVoter(strategy, "odd", 1.0, ["A"])


def test_a_window_shows_nothing_of_a_missing_symbol():
    bars = bars_of([1.0, 2.0], [5.0, None])
    window = Window(bars.symbols)
    for moment in BarFeed(bars).events():
        window.put(moment)
    row = window.rows[0, 1]
    assert int(row["flags"]) == 1
    assert np.isnan(row["close"])
    assert (row["ts_ns"], row["session"]) == (bars.ts_ns[1], bars.rows["session"][1, 0])
