"""The scalar rules at their edges."""

import math

import numpy as np
import pytest

from scenes import bars_of, rules
from tenfold.domain.errors import MoneyOverflowError, SettingsError
from tenfold.kernels import accounting, bounds, costs, fills, packing, screen, sizing, voting


@pytest.mark.parametrize(
    ("cost", "lots", "closing", "share"),
    [
        (100, 3, 1, 33),
        (100, 3, 2, 66),
        (101, 3, 2, 67),
        (100, 3, 3, 100),
        (-100, 3, 1, -33),
        (-100, 3, 3, -100),
        (2, 3, 1, 0),
        (5, 2, 1, 2),
    ],
)
def test_cost_is_allocated_towards_zero(cost, lots, closing, share):
    assert accounting.allocated(cost, lots, closing) == share


def test_cost_of_the_largest_position_is_exact():
    lots, cost = 2**31 - 1, 2**62 - 7
    assert accounting.allocated(cost, lots, lots - 1) == cost * (lots - 1) // lots


@pytest.mark.parametrize(
    ("before", "qty", "unit", "after"),
    [
        ((0, 0), 5, 10, (5, 50, 0)),
        ((0, 0), -5, 10, (-5, -50, 0)),
        ((5, 50), 5, 20, (10, 150, 0)),
        ((5, 50), -2, 12, (3, 30, 4)),
        ((5, 50), -5, 8, (0, 0, -10)),
        ((5, 50), -8, 12, (-3, -36, 10)),
        ((-5, -50), 2, 8, (-3, -30, 4)),
        ((-5, -50), 8, 12, (3, 36, -10)),
    ],
)
def test_fills(before, qty, unit, after):
    assert accounting.filled(*before, qty, unit) == after


@pytest.mark.parametrize(
    ("lots", "price", "beyond"),
    [
        (1, 4.6e12, False),
        (1, 4.7e12, True),
        (2**31, 2000.0, False),
        (2**31, 2200.0, True),
        (1, math.inf, True),
        (1, math.nan, True),
    ],
)
def test_the_range_of_money(lots, price, beyond):
    assert accounting.exceeds(lots, price, 1e6) is beyond


@pytest.mark.parametrize(
    ("price", "tick", "snapped"),
    [
        (10.004, 0.01, 10.0),
        (10.005, 0.005, 10.005),
        (0.001, 0.01, 0.01),
        (-5.0, 0.01, 0.01),
        (1e20, 0.01, 1e20),
        (0.375, 0.25, 0.5),
    ],
)
def test_snapping(price, tick, snapped):
    assert costs.snapped(price, tick) == pytest.approx(snapped)
    assert math.isnan(costs.snapped(math.nan, tick))


def test_a_fee_is_never_more_than_integers_hold():
    assert costs.fee_units(2**31, 2**30, 0.0, 1e300, 0.0) == 2**62
    assert costs.fee_units(10, 105, 0.5, 0.0, 0.0) == 525
    assert costs.fee_units(1, 1, 0.5, 0.0, 0.0) == 1  # a half goes up


@pytest.mark.parametrize(
    ("wanted", "volume", "participation", "lot", "filled"),
    [
        (100, 50.0, 0.0, 1.0, 100),
        (100, 1e9, 0.1, 1.0, 100),
        (100, 505.0, 0.1, 1.0, 50),
        (100, 9.0, 0.1, 1.0, 0),
        (100, 10.0, 0.1, 1.0, 1),
        (100, 0.05, 0.1, 0.001, 5),
        (100, math.nan, 0.1, 1.0, 0),
        (100, math.inf, 0.1, 1.0, 100),
    ],
)
def test_how_much_a_bar_fills(wanted, volume, participation, lot, filled):
    assert fills.fillable(wanted, volume, participation, lot) == filled


@pytest.mark.parametrize(
    ("lots", "first", "high", "low", "stop", "target", "which"),
    [
        (1, 100, 101, 90, 90, 0, fills.STOP),
        (1, 100, 101, 90.1, 90, 0, fills.NONE),
        (1, 89, 101, 95, 90, 0, fills.STOP),  # bought below its own stop
        (1, 100, 120, 99, 0, 120, fills.TARGET),
        (1, 100, 119, 99, 0, 120, fills.NONE),
        (1, 100, 120, 90, 90, 120, fills.STOP),
        (-1, 100, 110, 99, 110, 0, fills.STOP),
        (-1, 100, 101, 80, 110, 80, fills.TARGET),
        (-1, 100, 101, 81, 110, 80, fills.NONE),
    ],
)
def test_which_exit(lots, first, high, low, stop, target, which):
    assert fills.triggered(lots, first, high, low, stop, target, 0, 0)[0] == which


@pytest.mark.parametrize(
    ("notional", "others", "limits", "allowed", "rule"),
    [
        (50.0, 0.0, (0.0, 0.0, 1.0), 50.0, bounds.NOTHING),
        (50.0, 0.0, (0.1, 0.3, 1.0), 10.0, bounds.POSITION),
        (50.0, 10.0, (0.0, 0.3, 1.0), 20.0, bounds.GROSS),
        (50.0, 60.0, (0.0, 0.0, 1.0), 40.0, bounds.LEVERAGE),
        (50.0, 160.0, (0.0, 0.0, 1.0), 0.0, bounds.LEVERAGE),
        (50.0, 99.0, (0.5, 0.3, 1.0), 0.0, bounds.GROSS),
    ],
)
def test_bounds(notional, others, limits, allowed, rule):
    assert bounds.bounded(notional, 100.0, others, *limits) == (pytest.approx(allowed), rule)


def test_a_loss_from_nothing_is_none():
    assert bounds.loss_frac(5.0, 0.0) == 0.0
    assert bounds.loss_frac(5.0, -1.0) == 0.0
    assert bounds.loss_frac(90.0, 100.0) == pytest.approx(0.1)


def test_running_averages():
    estimate = 0.0
    for count, value in enumerate((4.0, 2.0, 9.0)):
        estimate = sizing.smoothed(estimate, value, count, 2)
    assert estimate == 6.0  # plain 4 and 3, then half of the way to 9


@pytest.mark.parametrize(
    ("method", "count", "variance", "edge_count", "edge", "size"),
    [
        (sizing.FRACTION, 0, 0.0, 0, 0.0, 0.5),
        (sizing.VOLATILITY, 9, 0.01, 0, 0.0, 0.0),
        (sizing.VOLATILITY, 10, 0.0, 0, 0.0, 0.0),
        (sizing.VOLATILITY, 10, 0.01, 0, 0.0, 0.5 / math.sqrt(0.01 * 100) / 2),
        (sizing.VOLATILITY, 10, 1e-9, 0, 0.0, 3.0),
        (sizing.KELLY, 10, 0.25, 10, 0.5, 1.0),
        (sizing.KELLY, 10, 0.01, 10, 0.5, 3.0),
        (sizing.KELLY, 10, 0.01, 9, 0.5, 0.0),
        (sizing.KELLY, 10, 0.01, 10, -0.5, 0.0),
    ],
)
def test_sizes(method, count, variance, edge_count, edge, size):
    found = sizing.target_fraction(method, 0.5, 3.0, 10, 100.0, 2, count, variance, edge_count, edge)
    assert found == pytest.approx(size)


def test_ballots():
    assert [voting.ballot(score, 0.2) for score in (0.2, 0.19, -0.2, -0.19, math.nan)] == [1, 0, -1, 0, 0]
    scores = np.array([[[1.0, -1.0, 0.0, math.nan, 0.3]]])
    assert voting.tally(scores, 0, 0, np.array([1.0, 2.0, 4.0, 8.0, 16.0]), 0.2) == (17.0, 2.0)


@pytest.mark.parametrize(
    ("previous", "long", "short", "members", "direction"),
    [(0, 0.6, 0.4, 10, 1), (1, 0.4, 0.6, 10, -1), (1, 0.4, 0.5, 10, 1), (-1, 0.5, 0.4, 10, -1), (-1, 0.5, 0.3, 10, 0),
     (1, 0.3, 0.5, 10, 0), (0, 0.6, 0.0, 2, 0), (0, 1.0, 0.0, 2, 1), (0, 0.0, 1.0, 1, -1)],
)  # fmt: skip
def test_directions(previous, long, short, members, direction):
    assert voting.direction(previous, long, short, 1.0, members, 0.6, 0.4, 3) == direction


def test_scores_outside_their_range():
    health = np.zeros(2, np.int64)
    assert screen.abstained(7.0, health, 0) == 1.0
    assert screen.abstained(-7.0, health, 0) == -1.0
    assert math.isnan(screen.abstained(math.nan, health, 0))  # warming up
    assert math.isnan(screen.absent(health, 1))
    assert math.isnan(screen.absent(health, 5))
    assert math.isnan(screen.abstained(math.inf, health, 5))  # a failure
    assert health.tolist() == [2, 1]


def test_quantities_are_whole_lots():
    bars = bars_of([10.0, 10.0], lot=0.001)
    assert packing.pack_terms(bars.instruments, rules(sizing={"quantity": 0.3}))["quantity"][0] == 300
    with pytest.raises(SettingsError, match="below one lot"):
        packing.pack_terms(bars.instruments, rules(sizing={"quantity": 0.0001}))
    with pytest.raises(SettingsError, match="expected below 2\\^31"):
        packing.pack_terms(bars.instruments, rules(sizing={"quantity": 1e7}))


def test_marks_beyond_the_range():
    with pytest.raises(MoneyOverflowError, match="a price of A"):
        packing.pack_marks(bars_of([10.0, 5e12]))
    assert packing.pack_marks(bars_of([10.0, None])).tolist() == [[10_000_000], [0]]


def test_what_is_quiet():
    bars = bars_of([10.0, 10.0])
    assert packing.is_quiet(rules(), bars, 1)
    assert not packing.is_quiet(rules(), bars, 2)
    assert not packing.is_quiet(rules(costs={"borrow_annual_frac": 0.1}), bars, 1)
    assert not packing.is_quiet(rules(), bars_of([10.0, None]), 1)
