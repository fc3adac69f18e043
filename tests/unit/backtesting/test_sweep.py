"""A sweep is many backtests at once."""

import numpy as np
import pytest

from scenes import bars_of, rules
from tenfold.backtesting.sweep import grid_of, run_sweep, statistics
from tenfold.domain.errors import DecodeError, MoneyOverflowError, ParameterError, SettingsError
from tenfold.indicators import Integer, State, fold, panel_fold
from tenfold.kernels.packing import fresh_book
from tenfold.market.synthetic import random_walk
from tenfold.strategy.trend import crossing


@fold(wanted=Integer(-1, 1))
def constant(state, bar, params):
    """Want the same always."""
    return params.wanted


@panel_fold(wanted=Integer(-1, 1), state=State(seen=int))
def constant_panel(states, bars, params, scores):
    """Want the same of all, always."""
    for i in range(len(bars)):
        scores[i] = params.wanted


def test_every_combination_of_the_values_given():
    points = grid_of(crossing, {"fast": [5, 6], "slow": [20, 30]})
    assert [(point["fast"], point["slow"]) for point in points] == [(5, 20), (5, 30), (6, 20), (6, 30)]
    assert grid_of(crossing, {"fast": range(5, 7)})[0]["slow"] == crossing.parameters["slow"].initial


@pytest.mark.parametrize(
    ("grid", "text"),
    [
        ({}, "nothing to sweep: give values for one of fast, slow"),
        ({"fast": []}, "fast has no values"),
        ({"fast": [1]}, "fast is 1"),
    ],
)
def test_grids_that_are_none(grid, text):
    with pytest.raises(ParameterError, match=text):
        grid_of(crossing, grid)


@pytest.mark.parametrize("family", [constant, constant_panel])
def test_the_statistics_by_hand(family):
    bars = bars_of([100, 100, 110, 99, 99])
    chosen = rules(sizing={"quantity": 1000.0}, costs={"fee_per_share": 0.01})
    done = []
    swept = run_sweep(family, grid_of(family, {"wanted": [1, 0, -1]}), bars, chosen, threads=1,
                      progress=lambda *at: done.append(at))  # fmt: skip
    assert len(swept) == 3
    assert done == [(3, 3)]
    assert swept.parameters["wanted"].tolist() == [1, 0, -1]
    long, flat, short = swept.statistics
    # 10 of fees at bar 1, +10,000, -11,000
    assert long["final_units"] == 98_990_000_000
    assert long["return_frac"] == pytest.approx(-0.0101)
    assert long["max_drawdown"] == pytest.approx(-11_000 / 109_990)
    assert (long["fills"], long["trades"], long["fee_units"], long["exposed_bars"]) == (1, 0, 10_000_000, 4)
    assert (flat["final_units"], flat["sharpe"], flat["max_drawdown"], flat["fills"]) == (100_000_000_000, 0.0, 0.0, 0)
    assert short["final_units"] == 100_990_000_000
    assert swept.statistics["failures"].tolist() == [0, 0, 0]


def test_a_thread_more_or_less_changes_nothing():
    bars = random_walk(500, 1, seed=8)
    points = grid_of(crossing, {"fast": range(5, 14), "slow": range(20, 30)})
    one, two = (run_sweep(crossing, points, bars, rules(), threads=n) for n in (1, 2))
    np.testing.assert_array_equal(one.statistics, two.statistics)


def test_what_a_sweep_refuses():
    bars = bars_of([(100, 100, 100, 100, np.nan)] * 3)
    points = grid_of(constant, {"wanted": [1]})
    with pytest.raises(ParameterError, match="the grid is empty"):
        run_sweep(constant, [], bars, rules())
    with pytest.raises(ParameterError, match="threads is 0, expected 1 or more"):
        run_sweep(constant, points, bars, rules(), threads=0)
    with pytest.raises(SettingsError, match="need volume"):
        run_sweep(constant, points, bars, rules(costs={"participation_frac_max": 0.1}))
    with pytest.raises(DecodeError, match=r"costs\.fee_frac"):
        run_sweep(constant, points, bars, rules(costs={"fee_frac": 7.0}))
    with pytest.raises(MoneyOverflowError, match="money left its exact range at"), np.errstate(over="ignore"):
        run_sweep(constant, points, bars, rules(costs={"fee_per_share": 1e200}))


def test_no_bars_no_statistics():
    table = statistics(fresh_book(100.0, "USD"), np.zeros(1, np.int64), 100_000_000, 252.0)
    assert table["sharpe"][0] == 0.0
    assert table["return_frac"][0] == 0.0
