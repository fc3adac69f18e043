"""A stop that rests and is jumped over, and a purchase at the market: either is a limit order by then at Alpaca, and may never fill."""

import dataclasses

import numpy as np
import pytest

from scenes import bars_of, rules
from tenfold.domain.conditions import Conditions, SymbolCondition
from tenfold.domain.events import Halt
from tenfold.domain.market import Flag
from tenfold.domain.order import Cancel, Fill, OrderStatus, OrderType, OrderUpdate, Reason, Side
from tenfold.engine.exiting import ExitingEngine
from tenfold.engine.voters import GivenVoter
from tenfold.simulation.feed import BarFeed


def held(vote, prices, flags=0):
    """Return an engine that entered a hundred at the first price, the events that follow, and the stop that rests a tenth away."""
    plain = bars_of(list(prices))
    rows = plain.rows.copy()
    rows["flags"][2:] |= flags
    bars = dataclasses.replace(plain, rows=rows)
    voters = [GivenVoter(np.full((len(bars), 1), vote), "given", 1.0)]
    engine = ExitingEngine(rules(exits={"stop_frac": 0.1}), bars.instruments, voters, 252.0)
    first, *later = BarFeed(bars).events()
    (entry,) = engine.step(first)
    (stop,) = filled(engine, entry.order, prices[0])
    return engine, later, stop.order


def filled(engine, order, price):
    terms = {"symbol": "A", "side": order.side, "qty": order.qty, "price": price, "fee_units": 0}
    return engine.step(Fill(ts_ns=2, fill_id=f"f-{order.order_id}", order_id=order.order_id, **terms))


def test_a_short_position_whose_stop_was_left_behind_leaves_at_the_market():
    engine, (quiet, near, beyond, after), stop = held(-1.0, [50.0, 50.0, 54.9, 60.0, 60.0])
    assert (stop.side, stop.stop_price) == (Side.BUY, 55.0)
    assert [engine.step(quiet), engine.step(near)] == [[], []]
    cancel, leave = engine.step(beyond)
    assert (cancel.order_id, leave.order.type, leave.order.side) == (stop.order_id, OrderType.MARKET, Side.BUY)
    assert (leave.order.qty, leave.order.reason, leave.closes) == (100, Reason.STOP, True)
    assert engine.step(after) == []
    filled(engine, leave.order, 60.0)
    assert engine.ledger.position("A").lots == 0
    assert engine.symbols["A"].stopped


@pytest.mark.parametrize(
    ("vote", "prices", "flags"),
    [(1.0, [50.0, 50.0, 40.0, 40.0], 0), (-1.0, [50.0, 50.0, 60.0, 60.0], int(Flag.OFF_SESSION))],
    ids=["sells", "outside the session"],
)
def test_what_the_venue_is_to_see_to_is_left_to_it(vote, prices, flags):
    engine, later, _ = held(vote, prices, flags)
    assert [engine.step(moment) for moment in later] == [[]] * 3


@pytest.mark.parametrize(("quoted", "newer", "leaves"), [(50.0, True, False), (60.0, True, True), (50.0, False, True)])
def test_what_is_quoted_below_the_stop_has_left_none_behind(quoted, newer, leaves):
    engine, (quiet, beyond), _ = held(-1.0, [50.0, 50.0, 60.0])
    engine.step(quiet)
    at = beyond.ts_ns + (1 if newer else -1)
    quote = SymbolCondition(symbol="A", bid=quoted - 0.1, ask=quoted, quote_ns=at)
    engine.step(Conditions(ts_ns=at, symbols=(quote,)))
    assert bool(engine.step(beyond)) is leaves


def covering(prices, *, halts):
    """Return an engine that is short a hundred at the first price and sends at the second what covers them, that order, and the events that follow."""
    bars, votes = bars_of(list(prices)), np.full((len(prices), 1), -1.0)
    if not halts:
        votes[1:] = 0.0
    engine = ExitingEngine(rules(), bars.instruments, [GivenVoter(votes, "given", 1.0)], 252.0)
    first, second, *later = BarFeed(bars).events()
    (entry,) = engine.step(first)
    filled(engine, entry.order, prices[0])
    commands = engine.step(second)
    if halts:
        commands = engine.step(Halt(ts_ns=second.ts_ns, operator="ann", reason="squeeze"))
    return engine, commands[-1].order, later


def quoted(engine, ts_ns, price, **terms):
    quote = SymbolCondition(symbol="A", bid=price - 0.1, ask=price + 0.1, quote_ns=ts_ns, **terms)
    return engine.step(Conditions(ts_ns=ts_ns, symbols=(quote,)))


@pytest.mark.parametrize("halts", [True, False])
def test_a_purchase_that_a_jump_left_behind_is_sent_anew(halts):
    engine, close, (beyond, after, *_) = covering([49.0, 49.0, 54.0, 54.0, 54.0], halts=halts)
    assert (close.side, close.type, close.qty) == (Side.BUY, OrderType.MARKET, 100)
    assert quoted(engine, beyond.ts_ns - 1, 49.0) == quoted(engine, beyond.ts_ns, 54.0) == []  # bars come
    cancel, again = engine.step(beyond)
    assert (type(cancel), cancel.order_id) == (Cancel, close.order_id)
    assert (again.order.side, again.order.qty, again.order.type, again.closes) == (
        Side.BUY,
        100,
        OrderType.MARKET,
        True,
    )
    assert quoted(engine, after.ts_ns, 54.0) == engine.step(after) == []  # it may pay that
    filled(engine, again.order, 54.0)
    assert engine.ledger.position("A").lots == 0


def test_a_purchase_that_was_left_behind_where_no_bars_come_is_sent_anew_by_what_is_quoted():
    engine, close, (beyond, *_) = covering([100.0, 100.0, 103.0], halts=False)
    assert quoted(engine, beyond.ts_ns, 103.0, halted=True) == []
    cancel, again = quoted(engine, beyond.ts_ns + 10**12, 103.0)
    assert (cancel.order_id, again.order.qty) == (close.order_id, 100)


def test_what_leaves_since_its_stop_was_refused_is_sent_anew_too():
    engine, (_, beyond, *_), stop = held(-1.0, [49.0, 49.0, 60.0, 60.0])
    refused = OrderUpdate(ts_ns=beyond.bars[0].open_ns, order_id=stop.order_id, symbol="A", status=OrderStatus.REJECTED)
    (leave,) = engine.step(refused)
    assert (leave.order.type, leave.order.side, leave.order.qty) == (OrderType.MARKET, Side.BUY, 100)
    assert quoted(engine, beyond.ts_ns - 1, 49.0) == quoted(engine, beyond.ts_ns, 60.0) == []
    cancel, again = engine.step(beyond)
    assert (cancel.order_id, again.order.qty, again.order.type) == (leave.order.order_id, 100, OrderType.MARKET)
    filled(engine, again.order, 60.0)
    assert engine.ledger.position("A").lots == 0


@pytest.mark.parametrize(("price", "quote"), [(102.0, 102.0), (103.0, 102.0), (103.0, None)])
def test_a_purchase_that_may_still_fill_is_waited_for(price, quote):
    engine, _, (near, *_) = covering([100.0, 100.0, price], halts=True)
    if quote is not None:
        quoted(engine, near.ts_ns, quote)
    assert engine.step(near) == []
