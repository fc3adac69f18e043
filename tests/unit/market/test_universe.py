"""Who may be traded when, by what was known then."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold import backtest
from tenfold.domain.bars import Bars, bars_from_arrays
from tenfold.domain.errors import DataError, ParameterError, SettingsError, UnknownNameError
from tenfold.domain.units import NS_PER_DAY
from tenfold.market.synthetic import random_walk
from tenfold.market.universe import Universe, dates_of_choice, dollar_volume, last_known, top_universe

NAN = float("nan")


def market(closes, volumes=1.0, start="2021-01-04"):
    """Return daily bars (T, S) on working days."""
    closes = np.asarray(closes, float)
    days = np.busday_offset(start, np.arange(len(closes))).astype(int)
    volume = np.broadcast_to(np.asarray(volumes, float), closes.shape)
    names = [chr(65 + column) for column in range(closes.shape[1])]
    return bars_from_arrays(
        names, (days + 1) * NS_PER_DAY, closes, closes, closes, closes, volume, period_ns=NS_PER_DAY
    )


def test_the_largest_are_chosen_on_the_first_bar_of_each_week():
    closes = np.ones((12, 3))
    volumes = np.ones((12, 3))
    volumes[:, 1] = 2.0
    volumes[3:, 2] = 50.0
    universe = top_universe(market(closes, volumes), count=1, every="weekly", window=1)
    assert np.flatnonzero(universe.chosen).tolist() == [0, 5, 10]
    assert universe.members[:5].tolist() == [[False, True, False]] * 5
    assert universe.members[5:].tolist() == [[False, False, True]] * 7
    assert universe.label == "first 1 by dollar volume over 1 bars, weekly"
    assert universe.turnover == 1.0


def test_what_is_not_traded_or_has_no_measure_is_not_chosen():
    closes = np.ones((10, 3))
    closes[:5, 0] = NAN  # listed late
    closes[4:, 1] = NAN  # ended
    universe = top_universe(market(closes), count=3, every=1, window=2)
    assert universe.members[:, 0].tolist() == [False] * 6 + [True] * 4
    assert universe.members[:, 1].tolist() == [False, True, True, True] + [False] * 6
    assert top_universe(market(np.full((3, 2), 1.0), NAN), count=1).members.sum() == 0


def test_of_equal_ones_the_first_named_is_chosen():
    assert top_universe(market(np.ones((3, 3))), count=2, window=1).members[0].tolist() == [True, True, False]


def test_a_measure_may_be_a_column_or_an_array():
    bars = market(np.ones((4, 2))).with_columns(cap=[[1.0, 2.0], [NAN, NAN], [3.0, NAN], [NAN, NAN]])
    universe = top_universe(bars, "cap", count=1, every="daily")
    assert universe.members.tolist() == [[False, True], [False, True], [True, False], [True, False]]
    same = top_universe(bars, last_known(bars.rows["cap"]), count=1, every="daily")
    assert (same.members == universe.members).all()
    assert same.label == "first 1 by a measure given, daily"


@pytest.mark.parametrize(
    ("every", "days"),
    [
        ("daily", 60),
        ("weekly", 12),
        ("monthly", 3),
        ("quarterly", 1),
        ("yearly", 1),
        (7, 9),
    ],
)
def test_dates_of_choice(every, days):
    assert dates_of_choice(market(np.ones((60, 1))), every).sum() == days


def test_what_makes_no_sense_ends_in_one_line():
    bars = market(np.ones((4, 2)))
    for options in ({"count": 0}, {"count": 1, "window": 0}):
        with pytest.raises(ParameterError, match="expected at least 1"):
            top_universe(bars, **options)
    for every in ("hourly", 0, True):
        with pytest.raises(ParameterError, match="a universe is chosen"):
            top_universe(bars, count=1, every=every)
    with pytest.raises(UnknownNameError, match="there is no measure dollar_volum; did you mean dollar_volume"):
        top_universe(bars, "dollar_volum", count=1)
    with pytest.raises(ParameterError, match="the measure has shape"):
        top_universe(bars, np.ones(4), count=1)


@given(st.integers(0, 10_000), st.integers(1, 118), st.sampled_from(["daily", "weekly", "monthly", 7]))
def test_what_comes_later_changes_no_earlier_member(seed, cut, every):
    bars = random_walk(120, 6, seed=seed)
    rows = bars.rows.copy()
    rng = np.random.default_rng(seed)
    rows["volume"] *= rng.uniform(0.1, 10.0, rows.shape)
    other = rows.copy()
    other["volume"][cut:] *= rng.uniform(0.01, 100.0, other[cut:].shape)
    for name in ("open", "high", "low", "close"):
        other[name][cut:] *= 3.0
    first, second = (
        top_universe(Bars(table, bars.instruments, bars.period_ns), count=2, every=every, window=5)
        for table in (rows, other)
    )
    np.testing.assert_array_equal(first.members[:cut], second.members[:cut])
    shorter = top_universe(Bars(rows[:cut].copy(), bars.instruments, bars.period_ns), count=2, every=every, window=5)
    np.testing.assert_array_equal(first.members[:cut], shorter.members)


def test_dollar_volume_is_the_mean_of_the_last_bars():
    closes = np.array([[1.0], [2.0], [NAN], [4.0]])
    np.testing.assert_array_equal(dollar_volume(market(closes, 10.0), 2)[:, 0], [NAN, 15.0, 15.0, 30.0])


@pytest.mark.parametrize("engine", ["compiled", "event"])
def test_only_members_are_held(engine):
    bars = market(100.0 + np.zeros((30, 2)) + np.arange(30)[:, None])
    members = np.ones((30, 2), bool)
    members[10:20, 0] = False
    result = backtest(
        scores=np.ones((30, 2)), bars=bars, engine=engine, universe=Universe(members, members[:, 0], "by hand")
    )
    fills = result.fills.to_dict(as_series=False)
    sides = [
        (symbol, "buy" if lots > 0 else "sell") for symbol, lots in zip(fills["symbol"], fills["lots"], strict=True)
    ]
    assert sides.count(("A", "sell")) == 1
    assert sides.count(("A", "buy")) == 2
    assert ("B", "sell") not in sides
    assert result.run.notes["universe"] == "by hand"


def test_both_paths_give_the_same_run():
    bars = random_walk(400, 5, seed=8)
    universe = top_universe(bars, count=2, every="weekly", window=5)
    runs = [
        backtest(["crossing", "balance"], bars, engine=engine, universe=universe).run
        for engine in ("compiled", "event")
    ]
    np.testing.assert_array_equal(runs[0].equity, runs[1].equity)
    assert len(runs[0].fills) == len(runs[1].fills) > 0


def test_a_universe_of_another_market_is_refused():
    bars = random_walk(50, 2, seed=1)
    other = Universe(np.ones((50, 3), bool), np.ones(50, bool), "")
    with pytest.raises(DataError, match="the universe has shape"):
        backtest("crossing", bars, universe=other)

    class Own:
        def on_event(self, event, view):
            return []

    with pytest.raises(SettingsError, match="works its own orders"):
        backtest(Own(), bars, universe=top_universe(bars, count=1))
