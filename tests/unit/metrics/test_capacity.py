import math

import numpy as np
import pytest

from tenfold.domain.records import FILL
from tenfold.metrics.capacity import PARTICIPATION_FRAC, capacity

CLOSES = 100.0 * np.exp(np.cumsum(np.tile([0.01, -0.01], 20)))[:, None]
VOLUME = np.full((40, 1), 1_000_000.0)
DAYS = np.arange(40)


def filled(*rows):
    """Rows of (bar, lots, price)."""
    made = np.zeros(len(rows), FILL)
    made["bar"], made["lots"], made["price"] = zip(*rows, strict=True)
    return made


def estimate(fills, edge, **changed):
    market = {"closes": CLOSES, "volume": VOLUME, "session": DAYS} | changed
    return capacity(fills, **market, shares_per_lot=np.array([1.0]), value_per_lot=np.array([1.0]), edge=edge)


def test_square_root_law_by_hand():
    sigma = float(np.std(np.tile([0.01, -0.01], 10), ddof=1))
    found = estimate(filled((30, 10_000, 100.0)), edge=500.0)
    assert found.participation_frac == pytest.approx(0.01)
    assert found.impact == pytest.approx(1_000_000.0 * sigma * math.sqrt(0.01))
    assert found.breakeven == pytest.approx((500.0 / found.impact) ** 2)
    assert found.liquid == pytest.approx(PARTICIPATION_FRAC / 0.01)
    sizes = np.array([found.half, found.most, found.breakeven])
    assert found.left(sizes).tolist() == pytest.approx([0.5, 1 / 3, 0.0], abs=1e-12)
    money = [size * float(found.left(np.array([size]))[0]) for size in (found.most * 0.9, found.most, found.most * 1.1)]
    assert money[1] == max(money)


def test_fills_of_a_session_and_side_are_one_order():
    apart = estimate(filled((30, 5_000, 100.0), (30, 5_000, 100.0), (30, -1, 100.0)), edge=1.0)
    whole = estimate(filled((30, 10_000, 100.0)), edge=1.0)
    assert (apart.orders, whole.orders) == (2, 1)
    assert apart.impact == pytest.approx(whole.impact, rel=1e-3)
    halves = np.repeat(DAYS[:20], 2)
    intraday = estimate(filled((30, 5_000, 100.0), (31, 5_000, 100.0)), edge=1.0, session=halves)
    assert intraday.orders == 1
    assert intraday.participation_frac == pytest.approx(0.005)  # of two bars' volume


def test_what_cannot_be_measured_is_counted():
    early = estimate(filled((0, 100, 100.0), (30, 100, 100.0)), edge=1.0)
    assert (early.orders, early.measured) == (2, 1)
    unknown = estimate(filled((30, 100, 100.0)), edge=1.0, volume=np.full((40, 1), np.nan))
    assert (unknown.measured, unknown.impact) == (0, 0.0)
    assert math.isnan(unknown.breakeven)
    assert math.isnan(unknown.liquid)
    assert math.isnan(estimate(filled((30, 100, 100.0)), edge=-1.0).breakeven)
