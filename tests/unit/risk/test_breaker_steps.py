"""Breakers go step by step, never back, and what is no number trips them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold.domain.errors import SettingsError
from tenfold.domain.rules import Limits
from tenfold.kernels import bounds
from tenfold.risk.breaker import FURTHEST, Breaker, Reading

CASCADE = Limits(daily_loss_frac_max=0.02, drawdown_frac_max=0.10, cascade=(0.5, 0.75, 0.9))


def stages(limits, equities, maintenance=0.0):
    breaker = Breaker(limits, maintenance, 10_000)
    found = []
    for ts_ns, equity in enumerate(equities):
        breaker.check(ts_ns, equity, 0)
        found.append(breaker.stage)
    return breaker, found


def test_a_loss_goes_through_every_step():
    breaker, found = stages(CASCADE, [9_901, 9_900, 9_850, 9_819, 9_800, 10_500])
    assert found == [bounds.OPEN, bounds.STOPPED, bounds.CANCELED, bounds.REDUCED, bounds.FLAT, bounds.FLAT]
    assert [(trip.rule, trip.stage, trip.limit) for trip in breaker.trips] == [
        ("daily_loss", stage, 0.02) for stage in ("stop", "cancel", "reduce", "flatten")
    ]
    assert [trip.value for trip in breaker.trips] == pytest.approx([0.01, 0.015, 0.0181, 0.02])
    assert breaker.tripped == bounds.DAILY_LOSS


def test_a_step_stays_when_the_loss_is_made_good():
    breaker, found = stages(CASCADE, [9_900, 10_000])
    assert found == [bounds.STOPPED, bounds.STOPPED]
    breaker.open_session(5, 10_000.0, 10_000)
    assert breaker.stage == bounds.STOPPED
    breaker.reset(6, 10_000)
    assert (breaker.stage, breaker.trips[0].reset_ns) == (bounds.OPEN, 6)


def test_a_step_resets_by_its_policy():
    breaker = Breaker(Limits(daily_loss_frac_max=0.02, cascade=(0.5, 0.75, 0.9), reset_sessions=1), 0.0, 10_000)
    breaker.check(1, 9_900, 0)
    breaker.open_session(2, 9_900.0, 9_900)
    assert (breaker.stage, breaker.trips[0].reset_ns) == (bounds.OPEN, 2)


def test_drawdown_cascades_too():
    breaker, found = stages(Limits(drawdown_frac_max=0.10, cascade=(0.5, 0.75, 0.9)), [10_000, 9_500])
    assert found == [bounds.OPEN, bounds.STOPPED]
    assert breaker.trips[0].rule == "drawdown"


@pytest.mark.parametrize("steps", [(0.5,), (0.5, 0.4, 0.9), (0.1, 0.2, 0.3, 0.4)])
def test_a_cascade_has_three_steps(steps):
    with pytest.raises(SettingsError, match="expected three fractions that do not fall"):
        Limits(cascade=steps)


@pytest.mark.parametrize(
    ("which", "used", "stage"),
    [
        (bounds.LOSSES, 0.99, bounds.OPEN),
        (bounds.LOSSES, 1.0, bounds.CANCELED),
        (bounds.LOSSES, 1.5, bounds.REDUCED),
        (bounds.LOSSES, 2.0, bounds.FLAT),
        (bounds.LOSSES, math.nan, bounds.FLAT),
        (bounds.SLIPPAGE, math.inf, bounds.FLAT),
        (bounds.REJECTS, 99.0, bounds.CANCELED),
        (bounds.QUALITY, 1.0, bounds.CANCELED),
        (bounds.QUALITY, math.inf, bounds.CANCELED),
        (bounds.QUALITY, math.nan, bounds.CANCELED),
        (bounds.DIFFERENCES, 1.0, bounds.CANCELED),
    ],
)
def test_what_is_shown(which, used, stage):
    breaker = Breaker(Limits(), 0.0, 10_000)
    breaker.judge(1, [Reading(which, 1.0, 1.0, used)])
    assert breaker.stage == stage
    assert (breaker.tripped == which) == (stage == bounds.FLAT)
    assert len(breaker.trips) == (stage > bounds.OPEN)


@given(st.lists(st.floats(0.0, 3.0) | st.just(math.nan), max_size=20), st.sampled_from(sorted(FURTHEST)))
def test_no_step_is_ever_taken_back(used, which):
    breaker, before = Breaker(Limits(), 0.0, 10_000), bounds.OPEN
    for ts_ns, one in enumerate(used):
        breaker.judge(ts_ns, [Reading(which, one, 1.0, one)])
        assert breaker.stage >= before
        assert breaker.stage >= bounds.CANCELED or one < 1.0
        before = breaker.stage


@given(
    st.floats(allow_nan=False, allow_infinity=False) | st.just(math.nan), st.floats(0.0, 1e12) | st.just(math.nan),
    st.floats(0.0, 1e12) | st.just(math.nan), st.floats(0.0, 1e12) | st.just(math.nan), st.floats(0.001, 0.99),
)  # fmt: skip
def test_what_is_no_number_trips(equity, day_start, peak, gross, limit):
    which = bounds.breaker(equity, day_start, peak, gross, limit, limit, limit)
    if any(map(math.isnan, (equity, day_start, peak, gross))):
        assert which
    elif equity > 0 and equity >= limit * gross and equity > (1 - limit) * max(day_start, peak) * (1 + 1e-9):
        assert not which
