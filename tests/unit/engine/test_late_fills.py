"""What fills after another order has taken its place: what is on its way out never becomes an entry."""

import numpy as np
import pytest

from scenes import bars_of, rules
from tenfold.domain.events import Adopted, Busted, Fitness, Halt, PositionRestated
from tenfold.domain.order import Cancel, Fill, OrderStatus, OrderUpdate, Side, Submit
from tenfold.engine.exiting import ExitingEngine
from tenfold.engine.voters import GivenVoter
from tenfold.simulation.feed import BarFeed


def fill_of(order, qty, name):
    return Fill(
        ts_ns=2, fill_id=name, order_id=order.order_id, symbol="A", side=order.side, qty=qty, price=50.0, fee_units=0,
        reason=order.reason,
    )  # fmt: skip


def test_nothing_is_opened_after_a_halt_where_an_execution_is_taken_back_and_an_older_order_closes_the_position():
    bars = bars_of([50.0] * 3)
    engine = ExitingEngine(rules(), bars.instruments, [GivenVoter(np.ones((len(bars), 1)), "given", 1.0)], 252.0)
    (entry,) = (one.order for one in engine.step(next(iter(BarFeed(bars).events()))))
    engine.step(fill_of(entry, 60, "first"))
    _, first = engine.step(Halt(ts_ns=2, operator="ann", reason="drill"))
    assert first.order.qty == 60
    _, second = engine.step(fill_of(entry, 40, "late"))
    assert second.order.qty == 100
    engine.step(
        Busted(ts_ns=2, fill_id="late", order_id=entry.order_id, symbol="A", side=entry.side, qty=40, price=50.0, fee_units=0)
    )  # fmt: skip
    commands = engine.step(fill_of(first.order, 60, "closes"))
    assert engine.ledger.position("A").lots == 0
    assert [one.order_id for one in commands if isinstance(one, Cancel)] == [second.order.order_id]
    assert not [one for one in commands if isinstance(one, Submit)]


def test_nothing_is_opened_after_a_passed_stop_either():
    bars = bars_of([50.0, 40.0, 40.0])
    voters = [GivenVoter(np.ones((len(bars), 1)), "given", 1.0)]
    engine = ExitingEngine(rules(exits={"stop_frac": 0.1}), bars.instruments, voters, 252.0)
    moments = iter(BarFeed(bars).events())
    (entry,) = (one.order for one in engine.step(next(moments)))
    engine.step(fill_of(entry, 60, "first"))
    (first,) = (one.order for one in engine.step(next(moments)) if isinstance(one, Submit))
    assert (first.qty, first.reason) == (60, "stop")
    engine.step(fill_of(entry, 40, "late"))
    engine.step(
        Busted(ts_ns=2, fill_id="late", order_id=entry.order_id, symbol="A", side=entry.side, qty=40, price=50.0, fee_units=0)
    )  # fmt: skip
    commands = engine.step(fill_of(first, 60, "closes"))
    assert engine.ledger.position("A").lots == 0
    assert not [one for one in commands if isinstance(one, Submit)]


def test_what_is_to_leave_counts_for_as_long_as_it_works_however_many_orders_came_in_its_place():
    bars = bars_of([50.0] * 40)
    votes = np.array([1.0, 0.0] * 20)[:, None]
    engine = ExitingEngine(rules(), bars.instruments, [GivenVoter(votes, "given", 1.0)], 252.0)
    moments = iter(BarFeed(bars).events())
    (entry,) = (one.order for one in engine.step(next(moments)))
    for moment in moments:
        gone = [one.order_id for one in engine.step(moment) if isinstance(one, Cancel)]
        for order_id in gone:
            if order_id != entry.order_id:
                engine.step(OrderUpdate(ts_ns=2, order_id=order_id, symbol="A", status=OrderStatus.CANCELED))
    assert engine.orders == 20
    assert engine._desk.exposed("A") == (100, 0)
    (back,) = (one.order for one in engine.step(fill_of(entry, 100, "late")))
    assert (back.side.value, back.qty) == ("sell", 100)


def test_what_is_voted_for_is_entered_once_what_filled_late_the_other_way_has_left():
    bars = bars_of([50.0] * 3)
    votes = np.array([1.0, -1.0, -1.0])[:, None]
    short = rules(account={"short": True}, matching={"crosses_zero": False})
    engine = ExitingEngine(short, bars.instruments, [GivenVoter(votes, "given", 1.0)], 252.0)
    moments = iter(BarFeed(bars).events())
    (entry,) = (one.order for one in engine.step(next(moments)))
    engine.step(next(moments))
    (leave,) = (one.order for one in engine.step(fill_of(entry, 40, "late")) if isinstance(one, Submit))
    assert (leave.side.value, leave.qty) == ("sell", 40)
    engine.step(fill_of(leave, 40, "leaves"))
    (enters,) = (one.order for one in engine.step(next(moments)))
    assert (enters.side.value, enters.qty) == ("sell", 100)


def test_nothing_is_opened_on_data_that_are_not_fit_where_what_was_given_up_fills_late():
    bars = bars_of([50.0] * 3)
    votes = np.array([1.0, 0.0, 1.0])[:, None]
    engine = ExitingEngine(rules(), bars.instruments, [GivenVoter(votes, "given", 1.0)], 252.0)
    entry, again = (
        one.order for moment in BarFeed(bars).events() for one in engine.step(moment) if isinstance(one, Submit)
    )
    engine.step(Fitness(ts_ns=2, symbol="A", fit=False, reason="silent"))
    (taken_back,) = engine.step(fill_of(entry, 40, "late"))
    assert isinstance(taken_back, Cancel)
    assert taken_back.order_id == again.order_id


def test_nothing_is_bought_back_of_what_fills_late_while_nobody_votes_for_it():
    bars = bars_of([50.0] * 4)
    votes = np.array([1.0, 0.0, 1.0, 0.0])[:, None]
    engine = ExitingEngine(rules(), bars.instruments, [GivenVoter(votes, "given", 1.0)], 252.0)
    sent = []
    for moment in BarFeed(bars).events():
        sent += [one.order for one in engine.step(moment) if isinstance(one, Submit)]
        if len(sent) == 1 and not engine.ledger.position("A").lots:
            engine.step(fill_of(sent[0], 100, "whole"))
    _, leaves, again = sent
    assert (leaves.side.value, again.side.value) == ("sell", "sell")
    engine.step(OrderUpdate(ts_ns=2, order_id=again.order_id, symbol="A", status=OrderStatus.REJECTED))
    assert engine.step(fill_of(leaves, 30, "late")) == []


def test_nothing_is_bought_back_of_what_fills_late_after_a_halt_though_the_order_that_closed_was_refused():
    bars = bars_of([50.0] * 3)
    engine = ExitingEngine(rules(), bars.instruments, [GivenVoter(np.ones((len(bars), 1)), "given", 1.0)], 252.0)
    (entry,) = (one.order for one in engine.step(next(iter(BarFeed(bars).events()))))
    engine.step(fill_of(entry, 60, "first"))
    _, first = engine.step(Halt(ts_ns=2, operator="ann", reason="drill"))
    _, second = engine.step(fill_of(entry, 40, "late"))
    engine.step(OrderUpdate(ts_ns=2, order_id=second.order.order_id, symbol="A", status=OrderStatus.REJECTED))
    assert engine.step(fill_of(first.order, 20, "later")) == []


def engine_of(bars, votes, **terms):
    """Return an engine of its votes and its moments."""
    voters = [GivenVoter(np.array(votes)[:, None], "given", 1.0)]
    return ExitingEngine(rules(**terms), bars.instruments, voters, 252.0), iter(BarFeed(bars).events())


def ended(order, status):
    return OrderUpdate(ts_ns=2, order_id=order.order_id, symbol="A", status=status)


def submits(commands):
    return [one.order for one in commands if isinstance(one, Submit)]


@pytest.mark.parametrize("status", [OrderStatus.REJECTED, OrderStatus.ABANDONED, OrderStatus.EXPIRED])
def test_what_fills_though_it_had_ended_leaves_with_the_next_bars_where_nobody_votes_for_it_any_more(status):
    engine, moments = engine_of(bars_of([50.0] * 4), [1.0, 0.0, 0.0, 0.0])
    (entry,) = submits(engine.step(next(moments)))
    engine.step(ended(entry, status))
    engine.step(next(moments))
    assert engine.step(fill_of(entry, 40, "late")) == []
    (leaves,) = submits(engine.step(next(moments)))
    assert (leaves.side.value, leaves.qty) == ("sell", 40)


@pytest.mark.parametrize("status", [OrderStatus.REJECTED, OrderStatus.ABANDONED, OrderStatus.EXPIRED])
def test_what_fills_though_it_had_ended_is_off_the_order_that_came_in_its_place(status):
    engine, moments = engine_of(bars_of([50.0] * 4), [1.0] * 4)
    (entry,) = submits(engine.step(next(moments)))
    engine.step(ended(entry, status))
    (again,) = submits(engine.step(next(moments)))
    assert again.qty == 100
    gone, less = engine.step(fill_of(entry, 40, "late"))
    assert (gone.order_id, less.order.side.value, less.order.qty) == (again.order_id, "buy", 60)


def test_what_an_exit_fills_beyond_its_position_is_closed_at_once():
    engine, moments = engine_of(bars_of([50.0] * 3), [1.0] * 3, exits={"stop_frac": 0.1})
    (entry,) = submits(engine.step(next(moments)))
    (stop,) = submits(engine.step(fill_of(entry, 100, "enters")))
    engine.step(fill_of(stop, 100, "leaves"))
    (back,) = submits(engine.step(fill_of(stop, 30, "beyond")))
    assert engine.ledger.position("A").lots == -30
    assert (back.side.value, back.qty) == ("buy", 30)
    engine.step(fill_of(back, 30, "back"))
    assert engine.step(next(moments)) == []


def test_what_an_exit_fills_beyond_its_position_is_closed_though_another_order_was_to_close_that():
    engine, moments = engine_of(bars_of([50.0] * 3), [1.0, 0.0, 0.0], exits={"target_frac": 0.1})
    (entry,) = submits(engine.step(next(moments)))
    engine.step(fill_of(entry, 90, "enters"))
    (target,) = submits(engine.step(ended(entry, OrderStatus.EXPIRED)))
    (closes,) = submits(engine.step(next(moments)))
    engine.step(fill_of(closes, 90, "leaves"))
    (again,) = submits(engine.step(fill_of(entry, 10, "late")))
    assert (again.side.value, again.qty) == ("sell", 10)
    gone, back = engine.step(fill_of(target, 20, "beyond"))
    assert engine.ledger.position("A").lots == -10
    assert gone.order_id == again.order_id
    assert (back.order.side.value, back.order.qty, back.order.type.value) == ("buy", 10, "market")


@pytest.mark.parametrize("before", [0, 80, 90])
def test_what_two_exits_fill_is_closed_though_what_was_to_close_their_position_is_as_large_as_before(before):
    engine, moments = engine_of(bars_of([50.0] * 3), [1.0, 0.0, 0.0], exits={"stop_frac": 0.1, "target_frac": 0.1})
    (entry,) = submits(engine.step(next(moments)))
    target, stop = submits(engine.step(fill_of(entry, 90, "enters")))
    engine.step(ended(entry, OrderStatus.EXPIRED))
    (closes,) = submits(engine.step(next(moments)))
    if before:
        engine.step(fill_of(stop, before, "leaves"))
    gone, back = engine.step(fill_of(target, 100, "beyond"))
    assert gone.order_id == closes.order_id
    assert (back.order.side.value, back.order.qty, back.order.type.value) == ("buy", 10 + before, "market")


def test_what_is_held_again_since_the_fill_of_an_exit_was_taken_back_has_exits_and_leaves_once_nobody_votes_for_it():
    engine, moments = engine_of(bars_of([50.0] * 4), [1.0, 0.0, 0.0, 0.0], exits={"stop_frac": 0.1})
    (entry,) = submits(engine.step(next(moments)))
    (stop,) = submits(engine.step(fill_of(entry, 100, "enters")))
    engine.step(fill_of(stop, 100, "leaves"))
    engine.step(next(moments))
    (again,) = submits(
        engine.step(
            Busted(ts_ns=2, fill_id="leaves", order_id=stop.order_id, symbol="A", side=stop.side, qty=100, price=50.0, fee_units=0)
        )
    )  # fmt: skip
    assert (again.stop_price, again.qty) == (stop.stop_price, 100)
    (leaves,) = submits(engine.step(next(moments)))
    assert (leaves.side.value, leaves.qty, leaves.reason) == ("sell", 100, "vote")


def test_a_corrected_exit_does_not_let_the_vote_enter_again():
    engine, moments = engine_of(bars_of([50.0] * 4), [1.0] * 4, exits={"stop_frac": 0.1})
    (entry,) = submits(engine.step(next(moments)))
    (stop,) = submits(engine.step(fill_of(entry, 100, "enters")))
    engine.step(fill_of(stop, 100, "leaves"))
    engine.step(
        Busted(ts_ns=2, fill_id="leaves", order_id=stop.order_id, symbol="A", side=stop.side, qty=100, price=50.0, fee_units=0)
    )  # fmt: skip
    engine.step(fill_of(stop, 100, "corrected"))
    assert [submits(engine.step(moment)) for moment in moments] == [[], [], []]


def test_nothing_comes_in_the_place_of_what_closed_late_where_the_vote_faces_another_way():
    engine, moments = engine_of(bars_of([50.0] * 5), [1.0, 0.0, 1.0, -1.0, -1.0], account={"short": True})
    (entry,) = submits(engine.step(next(moments)))
    engine.step(fill_of(entry, 100, "enters"))
    (close,) = submits(engine.step(next(moments)))
    engine.step(next(moments))
    engine.step(Fitness(ts_ns=2, symbol="A", fit=False, reason="silent"))
    (rest,) = submits(engine.step(next(moments)))
    assert (rest.side, rest.qty) == (Side.SELL, 100)
    engine.step(Fitness(ts_ns=2, symbol="A", fit=True, reason=""))
    (rest,) = submits(engine.step(fill_of(close, 30, "late")))
    assert (rest.side, rest.qty) == (Side.SELL, 70)  # and nothing that would buy the thirty back
    (turns,) = submits(engine.step(next(moments)))
    assert (turns.side.value, turns.qty) == ("sell", 170)


def test_an_exit_that_fires_while_its_position_is_closed_for_its_size_lets_only_another_direction_enter_again():
    sizing = {"method": "fraction", "fraction": 0.001, "rebalance_frac": 0.1}
    engine, moments = engine_of(bars_of([50.0, 150.0, 50.0, 50.0]), [1.0] * 4, exits={"stop_frac": 0.1}, sizing=sizing)
    (entry,) = submits(engine.step(next(moments)))
    (stop,) = submits(engine.step(fill_of(entry, entry.qty, "enters")))
    (close,) = submits(engine.step(next(moments)))
    assert (close.side.value, close.qty, engine.symbols["A"].wanted) == ("sell", entry.qty, 0)
    engine.step(fill_of(stop, stop.qty, "fires"))
    engine.step(ended(close, OrderStatus.CANCELED))
    assert [submits(engine.step(moment)) for moment in moments] == [[], []]


def test_what_was_left_of_exits_leaves_where_a_fill_of_theirs_is_taken_back():
    exits = {"stop_frac": 0.1, "target_frac": 0.1}
    engine, moments = engine_of(bars_of([50.0] * 2), [1.0] * 2, exits=exits)
    (entry,) = submits(engine.step(next(moments)))
    target, stop = submits(engine.step(fill_of(entry, 100, "enters")))
    engine.step(fill_of(target, 60, "in part"))
    engine.step(fill_of(stop, 40, "the rest"))
    commands = engine.step(
        Busted(ts_ns=2, fill_id="the rest", order_id=stop.order_id, symbol="A", side=stop.side, qty=40, price=50.0, fee_units=0)
    )  # fmt: skip
    assert [one.order_id for one in commands if isinstance(one, Cancel)] == [target.order_id, stop.order_id]
    assert [(one.type, one.qty) for one in submits(commands)] == [("limit", 40), ("stop", 40)]


@pytest.mark.parametrize("lost", [0, 1])
def test_exits_are_put_back_with_the_next_bars_where_one_of_the_two_has_ended_alone(lost):
    exits = {"stop_frac": 0.1, "target_frac": 0.1}
    engine, moments = engine_of(bars_of([50.0] * 3), [1.0] * 3, exits=exits)
    (entry,) = submits(engine.step(next(moments)))
    both = submits(engine.step(fill_of(entry, 100, "enters")))
    engine.step(ended(both[lost], OrderStatus.EXPIRED))
    commands = engine.step(next(moments))
    assert [one.order_id for one in commands if isinstance(one, Cancel)] == [both[1 - lost].order_id]
    assert [(one.type, one.qty) for one in submits(commands)] == [("limit", 100), ("stop", 100)]
    assert engine.step(next(moments)) == []


def test_what_fills_again_long_after_it_was_taken_back_leaves_where_nobody_votes_for_it():
    engine, moments = engine_of(bars_of([50.0] * 4), [1.0, 0.0, 0.0, 0.0])
    (entry,) = submits(engine.step(next(moments)))
    engine.step(fill_of(entry, 60, "first"))
    (close,) = submits(engine.step(next(moments)))
    engine.step(
        Busted(ts_ns=2, fill_id="first", order_id=entry.order_id, symbol="A", side=entry.side, qty=60, price=50.0, fee_units=0)
    )  # fmt: skip
    engine.step(ended(close, OrderStatus.CANCELED))
    assert engine.step(next(moments)) == []
    assert engine.step(fill_of(entry, 60, "again")) == []
    (leaves,) = submits(engine.step(next(moments)))
    assert (leaves.side.value, leaves.qty) == ("sell", 60)


def test_what_exits_fill_beyond_their_position_gets_exits_itself_once_it_is_voted_for():
    terms = {"exits": {"stop_frac": 0.1, "target_frac": 0.2}, "account": {"short": True}}
    engine, moments = engine_of(bars_of([50.0] * 4), [-1.0, 1.0, 1.0, 0.0], **terms)
    (entry,) = submits(engine.step(next(moments)))
    target, stop = submits(engine.step(fill_of(entry, 100, "enters")))
    engine.step(fill_of(stop, 100, "leaves"))
    (back,) = submits(engine.step(fill_of(target, 100, "beyond")))
    commands = engine.step(next(moments))
    assert [one.order_id for one in commands if isinstance(one, Cancel)] == [back.order_id]
    exits = submits(commands)
    assert [(one.side.value, one.qty, one.limit_price, one.stop_price) for one in exits] == [
        ("sell", 100, 60.0, None), ("sell", 100, None, 45.0),
    ]  # fmt: skip
    assert len({one.order_id for one in (entry, target, stop, back, *exits)}) == 6
    assert engine.step(next(moments)) == []
    (leaves,) = submits(engine.step(next(moments)))
    assert (leaves.side.value, leaves.qty) == ("sell", 100)


def test_what_fills_late_leaves_where_an_exit_has_closed_what_the_order_in_its_place_was_to_close():
    engine, moments = engine_of(
        bars_of([50.0] * 4), [-1.0, 1.0, 0.0, 0.0], exits={"stop_frac": 0.1}, account={"short": True}
    )
    (first,) = submits(engine.step(next(moments)))
    (enters,) = submits(engine.step(next(moments)))
    (stop,) = submits(engine.step(fill_of(enters, 100, "enters")))
    (close,) = submits(engine.step(next(moments)))
    engine.step(fill_of(stop, 100, "leaves"))
    gone, back = engine.step(fill_of(first, 60, "late"))
    assert engine.ledger.position("A").lots == -60
    assert gone.order_id == close.order_id
    assert (back.order.side.value, back.order.qty, back.order.type.value) == ("buy", 60, "market")


def test_what_a_close_fills_beyond_its_position_is_closed_where_an_exit_has_filled_after_its_end():
    engine, moments = engine_of(bars_of([50.0] * 4), [1.0, 0.0, 0.0, 0.0], exits={"stop_frac": 0.1})
    (entry,) = submits(engine.step(next(moments)))
    (stop,) = submits(engine.step(fill_of(entry, 100, "enters")))
    (close,) = submits(engine.step(next(moments)))
    engine.step(ended(stop, OrderStatus.CANCELED))
    assert engine.step(fill_of(stop, 100, "late")) == []
    (back,) = submits(engine.step(fill_of(close, 100, "beside it")))
    assert engine.ledger.position("A").lots == -100
    assert (back.side.value, back.qty, back.type.value) == ("buy", 100, "market")
    engine.step(fill_of(back, 100, "back"))
    assert engine.step(next(moments)) == []


def test_levels_of_a_position_are_none_of_what_its_exit_fills_beyond_it_after_it_was_to_leave():
    exits = {"stop_frac": 0.1, "target_frac": 0.1}
    engine, moments = engine_of(bars_of([50.0] * 2), [1.0, 0.0], exits=exits)
    (entry,) = submits(engine.step(next(moments)))
    _, stop = submits(engine.step(fill_of(entry, 100, "enters")))
    engine.step(next(moments))
    (back,) = submits(engine.step(fill_of(stop, 130, "beyond")))
    assert (back.side.value, back.qty) == ("buy", 30)
    assert engine.step(ended(back, OrderStatus.REJECTED)) == []


@pytest.mark.parametrize("vote", [0.0, 1.0, -1.0])
def test_what_others_buy_is_theirs_to_keep_as_long_as_the_vote_stays(vote):
    engine, moments = engine_of(bars_of([50.0] * 4), [vote] * 4, account={"short": True})
    entries = submits(engine.step(next(moments)))
    for entry in entries:
        engine.step(fill_of(entry, 100, "enters"))
    hand = Adopted(ts_ns=2, order_id="by hand", venue_id="v", symbol="A", side=Side.BUY, qty=30)
    assert engine.step(hand) == []
    bought = Fill(ts_ns=2, fill_id="h", order_id="by hand", symbol="A", side=Side.BUY, qty=30, price=50.0, fee_units=0)
    assert engine.step(bought) == []
    for moment in moments:
        assert engine.step(moment) == []
    assert engine.ledger.position("A").lots == 100 * vote + 30


def test_what_was_held_at_the_first_start_gets_exits_from_the_price_at_which_it_is_voted_for():
    terms = {"exits": {"stop_frac": 0.1, "target_frac": 0.2}}
    engine, moments = engine_of(bars_of([50.0] * 4), [0.0, 1.0, 1.0, 1.0], **terms)
    engine.step(PositionRestated(ts_ns=1, symbol="A", lots=100, cost_units=100 * 80_000_000))
    assert submits(engine.step(next(moments))) == []
    exits = submits(engine.step(next(moments)))  # a stop below what was paid would have been passed
    assert [(one.qty, one.limit_price, one.stop_price) for one in exits] == [(100, 60.0, None), (100, None, 45.0)]
