"""Further columns of the user's data reach folds, windows and stored runs alike on both paths."""

import numpy as np
import pytest

from scenes import bars_of, rules
from tenfold.app.facade import backtest, sweep
from tenfold.domain.bars import BAR, bar_dtype
from tenfold.domain.errors import DataError, StrategyError
from tenfold.indicators import Real, fold, panel_fold
from tenfold.simulation.feed import BarFeed


@fold(columns=("mood",), level=Real(0.0, 1.0))
def follow(state, bar, params):
    """Long where the mood is above a level, short below its opposite."""
    if bar.mood > params.level:
        return 1.0
    return -1.0 if bar.mood < -params.level else 0.0


@panel_fold(columns=("mood",))
def happiest(states, bars, params, scores):
    """Long the symbol of the best mood."""
    best = 0
    for i in range(len(bars)):
        scores[i] = 0.0
        if bars[i].mood > bars[best].mood:
            best = i
    scores[best] = 1.0


class Moody:
    """Trade the mood of the last bar."""

    def on_bar(self, window):
        return float(np.clip(window["mood"][-1], -1.0, 1.0))


def scene():
    random = np.random.default_rng(3)
    prices = np.round(100.0 * np.exp(np.cumsum(random.normal(0, 0.01, (40, 2)), axis=0)), 2)
    bars = bars_of(list(prices[:, 0]), list(prices[:, 1]))
    return bars.with_columns(mood=random.normal(0, 1, (40, 2)), season=np.arange(40.0))


def test_bars_carry_them():
    bars = scene()
    assert bars.columns == ("mood", "season")
    assert (bars.rows["season"][7] == 7.0).all()
    assert bars.slice(1, 3).columns == bars.select("A").columns == bars.columns
    np.testing.assert_array_equal(bars.rows["close"], bars.with_columns(more=np.zeros(40)).rows["close"])
    (first, *_) = BarFeed(bars).events()
    assert first.bars[1].extra == (bars.rows["mood"][0, 1], 0.0)
    assert bar_dtype() is BAR
    assert bar_dtype(("x",)).fields["x"][1] == BAR.itemsize


@pytest.mark.parametrize("name", ["close", "not a name", "class"])
def test_names_that_cannot_be(name):
    with pytest.raises(DataError, match="cannot be called"):
        scene().with_columns(**{name: np.zeros(40)})


def test_shapes_that_do_not_fit():
    with pytest.raises(DataError, match=r"column x has shape \(3,\)"):
        scene().with_columns(x=np.zeros(3))
    with pytest.raises(DataError, match="at most 32"):
        scene().with_columns(**{f"c{n}": np.zeros(40) for n in range(40)})


@pytest.mark.parametrize("strategy", [follow, happiest, [follow, happiest]])
def test_both_paths_see_the_same(strategy):
    results = [backtest(strategy, scene(), rules=rules(), engine=engine).run for engine in ("compiled", "event")]
    np.testing.assert_array_equal(results[0].fills, results[1].fills)
    np.testing.assert_array_equal(results[0].scores, results[1].scores)
    assert len(results[0].fills) > 10


def test_a_window_shows_them():
    run = backtest(Moody(), scene(), rules=rules()).run
    np.testing.assert_array_equal(run.scores[:, :, 0], np.clip(scene().rows["mood"], -1.0, 1.0))


def test_a_sweep_reads_them():
    bars = scene()
    swept = sweep(follow, bars, grid={"level": [0.1, 0.9]}, rules=rules())
    for row, level in zip(swept.sweep.statistics, (0.1, 0.9), strict=True):
        run = backtest(follow, bars, params={"level": level}, rules=rules()).run
        assert row["final_units"] == run.equity_units[-1]


def test_bars_without_the_column_are_refused():
    bars = bars_of([1, 2, 3])
    for call in (backtest, sweep):
        with pytest.raises(StrategyError, match="follow reads the column mood, which these bars do not have"):
            call(follow, bars)


def test_a_column_that_was_not_declared_is_a_typing_error():
    with pytest.raises(StrategyError, match="bar has no field mood"):

        @fold()
        def undeclared(state, bar, params):
            return bar.mood

    with pytest.raises(StrategyError, match="expected several names"):
        fold(columns="mood")
