"""The second account: positions that change without a trade are taken as the venue has them, and only where it tells why."""

import pytest

from tenfold.domain.events import CashFlow, Difference, PositionRestated, Reconciled, Started
from tenfold.domain.instrument import Instrument
from tenfold.domain.units import NS_PER_DAY
from tenfold.execution.reconciliation import Reconciliation
from tenfold.execution.reports import Stock, VenueFlow

SPLIT = VenueFlow(flow_id="s", ts_ns=1, kind="SPLIT", units=0, symbol="A", shares=True)
PAID = VenueFlow(flow_id="d", ts_ns=1, kind="DIV", units=0, symbol="A")
ELSEWHERE = VenueFlow(flow_id="e", ts_ns=1, kind="SPLIT", units=0, symbol="Z", shares=True)


@pytest.fixture
def ours():
    one = Reconciliation([Instrument(symbol="A"), Instrument(symbol="B")], 0.0)
    one.apply(PositionRestated(ts_ns=1, symbol="A", lots=10, cost_units=1000))
    return one


def take(ours, lots, *flows, unsettled=frozenset()):
    """Take an answer as order management does; return what came of it but the flows."""
    told = Stock(ts_ns=2, orders=(), fills=(), positions={"A": lots}, cash_units=0, flows=flows, costs={"A": 1000})
    found = ours.restated(told, unsettled)
    for event in (*found, *ours.flows(told, opening=False)):
        ours.apply(event)
    return [*found, *ours.differences(told, unsettled)]


def test_a_split_is_taken_with_its_activity_at_once_and_once(ours):
    assert take(ours, 20, SPLIT) == [PositionRestated(ts_ns=2, symbol="A", lots=20, cost_units=1000)]
    assert take(ours, 20, SPLIT) == []


@pytest.mark.parametrize(
    ("before", "lots", "after", "ratio"),
    [
        (None, 15, None, 0.0),
        (None, 25, "0.5", 2.55),
        ("0.5", 15, "0.75", 1.5),
        ("0.5", 21, None, 2.0),
        ("-0.5", -15, "-0.75", 1.5),
    ],
)
def test_parts_of_a_lot_tell_how_shares_were_divided(ours, before, lots, after, ratio):
    def told(lots, part, *flows):
        parts = {} if part is None else {"A": part}
        return Stock(ts_ns=2, orders=(), fills=(), positions={"A": lots}, cash_units=0, flows=flows, parts=parts)

    first = PositionRestated(ts_ns=2, symbol="A", lots=10 if lots > 0 else -10, cost_units=0)
    ours.apply(first)
    if after is not None:  # of what was held beside before nothing is known yet, as after a start
        assert [one.ratio for one in ours.restated(told(lots, after, SPLIT), frozenset())] == [0.0]
    ours.differences(told(first.lots, before), frozenset())
    assert [one.ratio for one in ours.restated(told(lots, after, SPLIT), frozenset())] == [pytest.approx(ratio)]
    ours.apply(PositionRestated(ts_ns=2, symbol="A", lots=0, cost_units=0))
    assert [one.ratio for one in ours.restated(told(lots, after, SPLIT), frozenset())] == [0.0]


def test_the_position_may_follow_its_activity(ours):
    assert take(ours, 10, SPLIT) == take(ours, 20, SPLIT) == []
    assert [type(one) for one in take(ours, 20, SPLIT)] == [PositionRestated]


def test_the_activity_may_follow_its_position(ours):
    assert take(ours, 20) == []
    assert [type(one) for one in take(ours, 20)] == [Difference]
    assert [type(one) for one in take(ours, 20, SPLIT)] == [PositionRestated]
    assert ours.lots["A"] == 20


@pytest.mark.parametrize("flow", [PAID, ELSEWHERE])
def test_a_difference_that_nothing_explains_stays_one(ours, flow):
    assert take(ours, 20, flow) == []
    assert [type(one) for one in take(ours, 20, flow)] == [Difference]
    assert ours.lots == {"A": 10, "B": 0}


def test_what_is_held_beyond_whole_lots_is_named_once_for_as_long_as_it_stays_the_same(ours):
    def named(parts):
        told = Stock(ts_ns=2, orders=(), fills=(), positions={"A": 10}, cash_units=0, parts=parts)
        return [(one.kind, one.symbol, one.ours, one.theirs, one.text) for one in ours.differences(told, frozenset())]

    half = ("part", "A", 10, 10, "and 0.5 more, less than a lot: left alone")
    assert [named(parts) for parts in ({"A": "0.5"}, {"A": "0.5"}, {}, {"A": "0.5"})] == [[half], [], [], [half]]


def test_executions_on_their_way_come_first(ours):
    assert take(ours, 20, SPLIT, unsettled=frozenset({"A"})) == []
    ours.apply(CashFlow(ts_ns=2, symbol="", kind="fee", units=-1))
    assert ours.lots["A"] == 10


def test_what_was_there_before_the_run_is_booked_where_it_explains_the_cash(ours):
    before = VenueFlow(flow_id="deposit", ts_ns=1, kind="deposit", units=100_000)
    paid, fee = (
        VenueFlow(flow_id=kind, ts_ns=1, kind=kind, units=units) for kind, units in (("DIV", 1234), ("FEE", -5))
    )
    later = VenueFlow(flow_id="later", ts_ns=9, kind="INT", units=7)

    def booked(cash, *flows, settled=True):
        told = Stock(ts_ns=2, orders=(), fills=(), positions={}, cash_units=cash, flows=flows)
        found = ours.flows(told, opening=False, began_ns=5, settled=settled)
        for event in found:
            ours.apply(event)
        return [event.flow_id for event in found]

    assert booked(0, before) == []  # it was in the cash that was taken over, and not in the list
    assert booked(7, before, later) == ["later"]
    assert booked(1236, before, fee, paid, later, settled=False) == []
    assert booked(1236, before, fee, paid, later) == ["FEE", "DIV"]
    assert ours.cash_units == 1236
    several = [VenueFlow(flow_id=str(units), ts_ns=1, kind="DIV", units=units) for units in (-912, 788, 222)]
    assert booked(1334, before, *several) == ["-912", "788", "222"]  # none of them alone comes nearer


def test_of_many_flows_the_latest_are_tried(ours):
    old = [VenueFlow(flow_id=f"old{day}", ts_ns=day, kind="deposit", units=1000 * day) for day in range(1, 12)]
    new = VenueFlow(flow_id="new", ts_ns=20, kind="DIV", units=33)
    told = Stock(ts_ns=30, orders=(), fills=(), positions={}, cash_units=33, flows=(new, *old))
    assert [event.flow_id for event in ours.flows(told, opening=False, began_ns=25)] == ["new"]


def test_a_flow_is_known_for_as_long_as_the_venue_is_asked_for_it(ours):
    old, new = (
        VenueFlow(flow_id=name, ts_ns=day * NS_PER_DAY, kind="deposit", units=7)
        for name, day in (("old", 1), ("new", 12))
    )

    def booked(day, *flows):
        told = Stock(ts_ns=day * NS_PER_DAY, orders=(), fills=(), positions={}, cash_units=0, flows=flows)
        found = ours.flows(told, opening=False)
        for event in found:
            ours.apply(event)
        return [event.flow_id for event in found]

    assert booked(1, old) == ["old"]
    ours.apply(Reconciled(ts_ns=NS_PER_DAY, since_ns=NS_PER_DAY))  # then something stays open for long
    assert booked(12, old, new) == ["new"]
    assert booked(13, old, new) == []
    ours.apply(Reconciled(ts_ns=13 * NS_PER_DAY, since_ns=13 * NS_PER_DAY))
    assert ours.state[2].keys() == {"new"}


def test_cash_that_moved_before_the_process_began_says_when(ours):
    ours.apply(Started(ts_ns=50, run="r", epoch=2, config_hash="", code_hash=""))
    flows = [VenueFlow(flow_id=f"c{at}", ts_ns=at, kind="deposit", units=at) for at in (40, 60)]
    told = Stock(ts_ns=70, orders=(), fills=(), positions={}, cash_units=100, flows=flows)
    assert [(one.units, one.done_ns) for one in ours.flows(told, opening=False)] == [(40, 40), (60, 0)]
    assert [(one.units, one.done_ns) for one in ours.flows(told, opening=True)] == [(0, 0), (0, 0)]
