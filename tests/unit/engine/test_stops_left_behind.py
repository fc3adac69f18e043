"""A stop that rests and is jumped over: one that buys is a limit order by then at Alpaca, and may never fill."""

import dataclasses

import numpy as np
import pytest

from scenes import bars_of, rules
from tenfold.domain.conditions import Conditions, SymbolCondition
from tenfold.domain.market import Flag
from tenfold.domain.order import Fill, OrderType, Reason, Side
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
