"""Adjusting changes the unit, never the wealth; what is not known yet changes nothing."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tenfold.domain.bars import BAR
from tenfold.domain.market import Flag
from tenfold.domain.units import NS_PER_DAY
from tenfold.market.adjustment import actions_from_factors, adjust
from tenfold.market.align import align
from tenfold.market.quality_bars import check
from tenfold.market.series import ACTION, Series
from tenfold.market.synthetic import random_walk

LENGTH = 60
RAW = random_walk(LENGTH, ["AAA"], seed=11).rows[:, 0]


@st.composite
def stated(draw):
    """Return actions on different days of the series, dividends as a share of the close before."""
    rows = draw(st.lists(st.integers(1, LENGTH - 1), unique=True, max_size=6))
    made = np.zeros(len(rows), ACTION)
    for k, row in enumerate(sorted(rows)):
        day = int(RAW["session"][row])
        split = draw(st.sampled_from([1.0, 2.0, 3.0, 7.0, 0.1, 1.5]))
        made[k] = (day, split, draw(st.sampled_from([0.0, 0.002, 0.03])), day + draw(st.integers(-5, 5)))
    return made


def traded(actions):
    """Return raw prices that the actions have moved."""
    rows, actions = RAW.copy(), actions.copy()
    for action in actions:
        later = rows["session"] >= action["day"]
        for name in ("open", "high", "low", "close"):
            rows[name][later] /= action["split"]
    for action in actions:
        action["dividend"] *= rows["close"][rows["session"] < action["day"]][-1]
    return Series(symbol="AAA", rows=rows, period_ns=NS_PER_DAY, actions=actions, actions_known=True)


def wealth(series, splits):
    """Return the growth of a holding that reinvests its dividends at the close before the ex-date, less them."""
    rows, shares = series.rows, 1.0
    for t in range(1, len(rows)):
        split = 1.0 if splits is None else splits.get(int(rows["session"][t]), 1.0)
        paid = rows["dividend"][t] * split
        shares *= split
        shares *= 1.0 / (1.0 - paid / rows["close"][t - 1])
    return shares * rows["close"][-1] / rows["close"][0]


@given(actions=stated())
def test_wealth_is_the_same_in_every_adjustment(actions):
    series = traded(actions)
    splits = {int(action["day"]): float(action["split"]) for action in actions}
    raw = wealth(adjust(series, "raw"), splits)
    assert np.isclose(wealth(adjust(series, "split"), None), raw, rtol=1e-9)
    assert np.isclose(wealth(adjust(series, "total"), None), raw, rtol=1e-9)


@given(actions=stated(), row=st.integers(0, LENGTH - 1), mode=st.sampled_from(["raw", "split", "total"]))
def test_what_is_known_later_changes_nothing(actions, row, mode):
    series = traded(actions)
    day = int(series.rows["session"][row])
    actions = series.actions
    known = actions[(actions["known_day"] <= day) & (actions["day"] <= day)]
    now = adjust(series, mode, as_of_day=day).rows[: row + 1]
    alone = adjust(replace(series, actions=known), mode).rows[: row + 1]
    assert all(np.array_equal(now[name], alone[name], equal_nan=True) for name in BAR.names)


@given(actions=stated())
def test_the_actions_come_back_from_their_factors(actions):
    series = traded(actions)
    total = adjust(series, "total").rows["close"]
    days = series.rows["session"].astype(np.int64)
    found = actions_from_factors(days, series.rows["close"], total / series.rows["close"])
    again = adjust(replace(series, actions=found), "total").rows["close"]
    assert np.allclose(again, total, rtol=1e-9)


@given(
    keep=st.lists(st.lists(st.booleans(), min_size=LENGTH, max_size=LENGTH).filter(any), min_size=1, max_size=3),
    order=st.randoms(use_true_random=False),
)
def test_aligning_loses_and_invents_nothing(keep, order):
    checked = []
    for number, mask in enumerate(keep):
        rows = np.flatnonzero(mask)
        order.shuffle(rows)
        checked.append(check(Series(symbol=f"S{number}", rows=RAW[rows].copy(), period_ns=NS_PER_DAY)))
    bars = align(checked)
    moments = np.flatnonzero(np.any(keep, axis=0))
    assert bars.ts_ns.tolist() == RAW["ts_ns"][moments].tolist()
    assert bars.rows.dtype == BAR
    for number, mask in enumerate(keep):
        present = np.array(mask)[moments]
        assert bars.usable[:, number].tolist() == present.tolist()
        assert bars.rows["close"][present, number].tolist() == RAW["close"][moments][present].tolist()
        assert ((bars.rows["flags"][~present, number] & int(Flag.MISSING)) != 0).all()
