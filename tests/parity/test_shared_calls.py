"""A sweep that computes what its strategies share gives the bits of one that does not."""

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
from markets import markets, rules

from tenfold.backtesting import job as sweeping
from tenfold.backtesting.sweep import grid_of, run_sweep
from tenfold.indicators import Ema, Integer, Mean, Real, State, ema, fold, mean, panel_fold, sign
from tenfold.kernels.sharing import CALLS_MAX, shared
from tenfold.strategy.trend import crossing


@fold(length=Integer(1, 8), reach=Real(0.1, 3.0), state=State(average=Mean, seen=int))
def reaching(state, bar, params):
    """Have a record of its own beside one that can be shared."""
    state.seen += 1
    average = mean(state.average, bar.close, params.length)
    if state.seen % 13 == 0:
        return 0.0 / (average * 0.0)
    score = (bar.close / average - 1.0) * 50.0 * params.reach
    return min(max(score, -1.0), 1.0) if score == score else score


@fold(fast=Integer(1, 6), slow=Integer(2, 12), gate=Real(0.0, 1.0), state=State(fast=Ema, slow=Ema, third=Mean))
def gated(state, bar, params):
    """Call one indicator only sometimes."""
    spread = ema(state.fast, (bar.high + bar.low) / 2.0, params.fast) - ema(state.slow, bar.close, params.slow)
    if spread > params.gate * bar.close * 0.01:
        return sign(bar.close - mean(state.third, bar.close, params.fast))
    return sign(spread)


@pytest.mark.parametrize(
    ("family", "reads"),
    [(crossing, [("fast",), ("slow",)]), (reaching, [("length",)]), (gated, [("fast",), ("slow",)])],
)
def test_only_calls_that_run_at_every_bar_are_shared(family, reads):
    apart = shared(family)
    assert [call.reads for call in apart.calls] == reads
    assert len(apart.calls) <= CALLS_MAX
    kept = apart.rest.state_dtype.names
    assert {"crossing": ("unused",), "reaching": ("seen",), "gated": ("third",)}[family.name] == kept


def test_what_cannot_be_shared_is_left_alone():
    @fold(n=Integer(1, 9), state=State(a=Mean))
    def twice(state, bar, params):
        return sign(mean(state.a, bar.close, params.n) - mean(state.a, bar.open, params.n))

    @fold(n=Integer(1, 9), state=State(a=Mean))
    def conditional(state, bar, params):
        return sign(mean(state.a, bar.close, params.n)) if bar.volume > 0.0 else 0.0

    @fold(n=Integer(1, 9), state=State(a=Mean))
    def after_a_return(state, bar, params):
        if bar.volume > 0.0:
            return 0.0
        return sign(mean(state.a, bar.close, params.n))

    @fold(n=Integer(1, 9), state=State(a=Mean, last=float))
    def of_its_own_past(state, bar, params):
        state.last = bar.close - state.last
        return sign(mean(state.a, state.last, params.n))

    @fold(n=Integer(1, 9), state=State(a=Mean))
    def looked_into(state, bar, params):
        return sign(mean(state.a, bar.close, params.n)) * (1.0 if state.a.count > 3 else 0.0)

    @panel_fold(state=State(last=float))
    def of_all(states, bars, params, scores):
        for i in range(len(bars)):
            scores[i] = 0.0

    for family in (twice, conditional, after_a_return, of_its_own_past, looked_into, of_all):
        assert shared(family) is None, family


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_shared_and_alone_agree_in_every_statistic(data):
    bars = data.draw(markets())
    chosen = data.draw(rules(bars.currency))
    family, grid = data.draw(
        st.sampled_from(
            [
                (reaching, {"length": [1, 3, 5], "reach": [0.1, 0.5, 2.0]}),
                (gated, {"fast": [1, 4], "slow": [2, 9, 12], "gate": [0.0, 0.3]}),
                (crossing, {"fast": [5, 6, 7], "slow": [20, 30, 40]}),
            ]
        )
    )
    points = grid_of(family, grid)
    together = run_sweep(family, points, bars, chosen, threads=data.draw(st.integers(1, 3)))
    alone = [run_sweep(family, [point], bars, chosen, threads=1).statistics[0] for point in points]
    np.testing.assert_array_equal(together.statistics, np.array(alone, together.statistics.dtype))


def test_tiles_and_chunks_change_nothing(monkeypatch):
    random = np.random.default_rng(5)
    close = 100.0 * np.exp(np.cumsum(random.normal(0, 0.01, 3000)))
    from tenfold.domain.bars import bars_from_arrays
    from tenfold.domain.rules import Rules
    from tenfold.domain.units import NS_PER_DAY

    bars = bars_from_arrays(
        ["A"], np.arange(1, 3001) * NS_PER_DAY, close, close * 1.01, close * 0.99, close, period_ns=NS_PER_DAY
    )
    points = grid_of(crossing, {"fast": [5, 10, 15, 20], "slow": list(range(30, 250, 11))})
    expected = run_sweep(crossing, points, bars, Rules())
    monkeypatch.setattr(sweeping, "SHARED_TILE", 333)
    monkeypatch.setattr(sweeping, "SHARED_CHUNK", 7)
    monkeypatch.setattr(sweeping, "CHUNK", 5)
    for threads in (1, 2, 4):
        found = run_sweep(crossing, points, bars, Rules(), threads=threads)
        np.testing.assert_array_equal(expected.statistics, found.statistics)
