"""Sweeps that share calls, as plain Python too."""

import math

import numpy as np
import pytest

from tenfold.backtesting.sweep import grid_of, run_sweep
from tenfold.domain.bars import bars_from_arrays
from tenfold.domain.rules import Rules, Sizing
from tenfold.domain.units import NS_PER_DAY
from tenfold.indicators import Donchian, Integer, Mean, Real, State, donchian, fold, mean, sign
from tenfold.kernels.sharing import shared
from tenfold.registry import STRATEGIES


@fold(length=Integer(1, 6), reach=Real(1.0, 400.0), state=State(average=Mean, seen=int))
def stretching(state, bar, params):
    """Reach beyond [-1, 1], fail sometimes, and abstain until warm."""
    state.seen += 1
    average = mean(state.average, bar.close, params.length)
    if state.seen % 9 == 0:
        return math.nan
    return (bar.close / average - 1.0) * params.reach


@pytest.mark.parametrize("symbols", [1, 2])
@pytest.mark.parametrize("missing", [False, True])
def test_sharing_changes_no_bit(symbols, missing):
    random = np.random.default_rng(symbols)
    close = 100.0 * np.exp(np.cumsum(random.normal(0, 0.03, (40, symbols)), axis=0))
    if missing:
        close[random.random(close.shape) < 0.2] = np.nan
    bars = bars_from_arrays(
        [f"S{i}" for i in range(symbols)], np.arange(1, 41) * NS_PER_DAY, close, close * 1.01, close * 0.99, close,
        period_ns=NS_PER_DAY,
    )  # fmt: skip
    rules = Rules(sizing=Sizing(method="quantity", quantity=10))
    points = grid_of(stretching, {"length": [2, 5], "reach": [1.0, 40.0, 400.0]})
    assert shared(stretching) is not None
    together = run_sweep(stretching, points, bars, rules).statistics
    for row, point in zip(together, points, strict=True):
        assert run_sweep(stretching, [point], bars, rules).statistics[0] == row
    assert together["failures"].max() > 0


@fold(length=Integer(2, 9), state=State(band=Donchian))
def unpacking(state, bar, params):
    """Stand at the side of the middle of a channel: a call that gives three values at once."""
    _, middle, _ = donchian(state.band, bar.high, bar.low, params.length)
    return sign(bar.close - middle)


@pytest.mark.parametrize("family", [unpacking, *map(STRATEGIES.load, ("channel", "cloud", "directional", "squeeze"))])
def test_a_call_that_gives_several_values_is_not_shared(family):
    assert shared(family) is None


def test_a_strategy_that_unpacks_a_call_is_swept():
    close = 100.0 * np.exp(np.cumsum(np.random.default_rng(3).normal(0, 0.03, 60)))
    bars = bars_from_arrays(
        ["A"], np.arange(1, 61) * NS_PER_DAY, close, close * 1.01, close * 0.99, close, period_ns=NS_PER_DAY
    )
    points = grid_of(unpacking, {"length": [2, 3, 5, 5, 5, 5]})
    found = run_sweep(unpacking, points, bars, Rules()).statistics
    assert found[2] == found[5] != found[0]
