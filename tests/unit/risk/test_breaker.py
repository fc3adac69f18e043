"""The breaker trips, latches and resets by its policy."""

import pytest

from tenfold.domain.rules import Limits
from tenfold.kernels import bounds
from tenfold.risk.breaker import Breaker

LIMITS = Limits(daily_loss_frac_max=0.02, drawdown_frac_max=0.10)


@pytest.mark.parametrize(
    ("limits", "maintenance", "path", "rule", "value", "limit"),
    [
        (LIMITS, 0.0, [(1000, 0), (980, 0)], "daily_loss", 0.02, 0.02),
        (LIMITS, 0.0, [(1000, 0), (981, 0)], None, None, None),
        (Limits(drawdown_frac_max=0.10), 0.0, [(1200, 0), (1080, 0)], "drawdown", 0.10, 0.10),
        (Limits(), 0.25, [(1000, 3999)], None, None, None),
        (Limits(), 0.25, [(1000, 4001)], "maintenance", 1000 / 4001, 0.25),
        (Limits(), 0.0, [(0, 0)], "ruin", 0.0, 0.0),
        (Limits(), 0.0, [(1, 0)], None, None, None),
        (LIMITS, 0.25, [(0, 9000)], "ruin", 0.0, 0.0),  # before all others
        (LIMITS, 0.25, [(500, 9000)], "maintenance", 500 / 9000, 0.25),
        (LIMITS, 0.0, [(500, 0)], "daily_loss", 0.5, 0.02),
    ],
)
def test_trips(limits, maintenance, path, rule, value, limit):
    breaker = Breaker(limits, maintenance, 1000)
    for ts_ns, (equity, gross) in enumerate(path):
        breaker.check(ts_ns, equity, gross)
    assert [trip.rule for trip in breaker.trips] == ([rule] if rule else [])
    if rule:
        assert breaker.trips[0].value == pytest.approx(value)
        assert breaker.trips[0].limit == limit


def test_cash_from_outside_is_neither_earned_nor_lost():
    breaker = Breaker(LIMITS, 0.0, 1000)
    breaker.move(-500)
    breaker.check(1, 495, 0)
    breaker.move(1000)
    breaker.check(2, 1490, 0)
    assert breaker.stage == bounds.OPEN
    breaker.check(3, 1470, 0)
    assert [trip.rule for trip in breaker.trips] == ["daily_loss"]


@pytest.mark.parametrize(("units", "equity"), [(-800, 190), (9_000, 9_990), (-980, 10)])
def test_what_was_lost_stays_the_same_part_whatever_is_paid_in_or_out(units, equity):
    breaker = Breaker(LIMITS, 0.0, 100_000)
    breaker.check(1, 99_000, 0)
    breaker.move(units * 100, equity * 100)
    breaker.check(2, equity * 100, 0)
    assert breaker.stage == bounds.OPEN
    assert bounds.loss_frac(equity * 100.0, breaker.day_start) == pytest.approx(0.01, abs=1e-3)
    breaker.check(3, int(equity * 98.9), 0)
    assert [trip.rule for trip in breaker.trips] == ["daily_loss"]


def test_cash_that_goes_out_beyond_what_is_there_stops_and_closes_nothing():
    breaker = Breaker(Limits(), 0.0, 1000)
    breaker.check(1, 1000, 0)
    breaker.move(-1200, -200)  # something else was bought by hand, on margin
    for ts_ns, equity in ((2, -200), (3, -250)):
        breaker.check(ts_ns, equity, 600)
    assert [(trip.rule, trip.stage) for trip in breaker.trips] == [("paid_out", "cancel")]
    assert (breaker.stage, breaker.tripped) == (bounds.CANCELED, bounds.NOTHING)
    breaker.reset(4, -250)
    breaker.move(1200, 950)
    breaker.check(5, 950, 600)
    breaker.move(-100, 850)
    breaker.check(6, -1, 600)  # all of this was lost
    assert [trip.rule for trip in breaker.trips] == ["paid_out", "ruin"]


def test_cash_that_goes_out_to_the_last_cent_is_no_ruin_and_what_comes_in_then_is_all_there_was():
    breaker = Breaker(LIMITS, 0.0, 1000)
    breaker.check(1, 985, 0)
    breaker.move(-985, 0)
    breaker.check(2, 0, 0)
    assert [(trip.rule, trip.stage) for trip in breaker.trips] == [("paid_out", "cancel")]
    breaker.move(100, 100)
    breaker.check(3, 100, 0)
    assert (breaker.day_start, breaker.peak, len(breaker.trips)) == (100.0, 100.0, 1)
    breaker.check(4, 0, 0)  # all of this was lost
    assert [trip.rule for trip in breaker.trips] == ["paid_out", "ruin"]


def test_what_had_been_lost_before_cash_went_out_is_ruin():
    breaker = Breaker(Limits(), 0.0, 1000)
    breaker.move(-10, -60)
    breaker.check(1, -60, 0)
    assert [trip.rule for trip in breaker.trips] == ["ruin"]


def test_it_latches_and_lists_a_trip_once():
    breaker = Breaker(LIMITS, 0.0, 1000)
    for ts_ns in range(5):
        breaker.check(ts_ns, 900, 0)
        breaker.open_session(ts_ns, 900.0, 900)
    assert len(breaker.trips) == 1
    assert breaker.trips[0].reset_ns is None
    breaker.reset(9, 900)
    assert breaker.tripped == bounds.NOTHING
    assert breaker.peak == 900.0
    assert breaker.trips[0].reset_ns == 9


def test_it_resets_after_sessions():
    breaker = Breaker(Limits(drawdown_frac_max=0.1, reset_sessions=2), 0.0, 1000)
    breaker.check(1, 900, 0)
    breaker.open_session(2, 900.0, 890)
    assert breaker.tripped == bounds.DRAWDOWN
    breaker.open_session(3, 890.0, 880)
    assert breaker.tripped == bounds.NOTHING
    assert breaker.peak == 880.0
    assert breaker.day_start == 890.0


@pytest.mark.parametrize("how", ["ruin", "halt"])
def test_neither_ruin_nor_a_halt_ends_by_itself(how):
    breaker = Breaker(Limits(reset_sessions=1), 0.0, 1000)
    breaker.halt(1) if how == "halt" else breaker.check(1, -5, 0)
    for ts_ns in range(2, 6):
        breaker.open_session(ts_ns, 1.0, 1)
    assert breaker.trips[0].rule == how
    assert breaker.tripped


def test_a_resume_ends_every_trip():
    breaker = Breaker(LIMITS, 0.0, 1000)
    breaker.check(1, 900, 0)
    breaker.halt(2)
    breaker.reset(3, 900)
    assert [(trip.rule, trip.reset_ns) for trip in breaker.trips] == [("daily_loss", 3), ("halt", 3)]


def test_other_limits_count_from_now():
    breaker = Breaker(LIMITS, 0.0, 1000)
    breaker.change(Limits())
    breaker.check(1, 500, 0)
    assert not breaker.tripped
    breaker.change(Limits(drawdown_frac_max=0.1, reset_sessions=3))
    breaker.check(2, 500, 0)
    assert breaker.tripped == bounds.DRAWDOWN
    breaker.change(Limits())
    assert breaker.tripped == bounds.DRAWDOWN
