"""The fused sweep is the backtest of each of its rows, as plain Python too: lanes of four, gaps, panels, breakers."""

import math
from dataclasses import replace

import numpy as np
import pytest

from scenes import bars_of, fills_of, rules, trade
from tenfold.backtesting.backtest import run_backtest
from tenfold.backtesting.scoring import Member
from tenfold.backtesting.sweep import run_sweep
from tenfold.domain.market import Flag
from tenfold.indicators import Integer, State, fold, panel_fold
from tenfold.market.synthetic import random_walk


@fold(pace=Integer(1, 9), state=State(seen=int, last=float))
def swinging(state, bar, params):
    """Swing at a pace, warm up for two bars, fail at every seventh."""
    state.seen += 1
    if state.seen < 3 or state.seen % 7 == 0:
        return math.nan
    return 3.0 if state.seen // params.pace % 2 == 0 else -3.0


@panel_fold(pace=Integer(1, 9), state=State(seen=int))
def swinging_panel(states, bars, params, scores):
    """Swing every other symbol, fail and overdo it at times."""
    for i in range(len(bars)):
        states[i].seen += 1
        scores[i] = 0.5 if (states[i].seen // params.pace + i) % 2 == 0 else -0.5
        if states[i].seen % 5 == 0:
            scores[i] = 2.0
        if states[i].seen % 11 == 0:
            scores[i] = math.nan


def market(symbols, gaps):
    bars = random_walk(45, symbols, seed=4, volatility=0.5)
    rows = bars.rows.copy()
    rows["flags"][np.random.default_rng(1).random(rows.shape) < gaps] = int(Flag.MISSING)
    return replace(bars, rows=rows)


@pytest.mark.parametrize(("symbols", "gaps"), [(1, 0.0), (1, 0.2), (2, 0.2)])
@pytest.mark.parametrize("family", [swinging, swinging_panel])
@pytest.mark.parametrize("limits", [{}, {"drawdown_frac_max": 0.01, "reset_sessions": 2}])
def test_each_row_is_its_backtest(symbols, gaps, family, limits):
    bars = market(symbols, gaps)
    chosen = rules(sizing={"method": "fraction", "fraction": 0.5}, limits=limits)
    points = [family.accept({"pace": pace}) for pace in range(1, 7)]
    swept = run_sweep(family, points, bars, chosen, threads=1)
    for row, point in zip(swept.statistics, points, strict=True):
        for engine in ("compiled", "event"):
            run = run_backtest([Member(family, point, "x")], bars, chosen, engine=engine)
            assert row["final_units"] == run.equity_units[-1]
            assert row["fills"] == len(run.fills) > 0
            assert row["trades"] == int((run.trades["open"] == 0).sum())
            assert row["exposed_bars"] == int((run.gross_units > 0).sum())
            assert row["failures"] == run.failures["x"] > 0
        assert not limits or run.trips


def test_a_price_of_no_unit_buys_nothing(engine):
    bars = bars_of([1e-7, 1e-7, 1.0, 1.0], tick=1e-8)
    run = trade(engine, bars, [1], rules(sizing={"method": "fraction", "fraction": 0.5}))
    assert fills_of(run) == [(3, 50_000, 1.0, "vote")]
