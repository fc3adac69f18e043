"""A strategy of two time frames trades the same compiled and event by event, over sessions with gaps."""

import numpy as np
import pytest

from tenfold.app.facade import backtest
from tenfold.domain.bars import bars_from_arrays
from tenfold.domain.units import NS_PER_MINUTE
from tenfold.indicators import HOUR, SESSION, Ema, Frame, Integer, State, ema, fold, frame, sign


@fold(
    length=Integer(2, 20, default=5),
    state=State(hour=Frame, day=Frame, trend=Ema, level=float),
)
def hour_and_day(state, bar, params):
    """Follow the hours while yesterday rose, fade them while it fell."""
    frame(state.day, bar, SESSION)
    if frame(state.hour, bar, HOUR):
        state.level = ema(state.trend, state.hour.close, params.length)
    if state.hour.bars < params.length or state.day.bars < 1:
        return 0.0
    return sign(state.hour.close - state.level) * sign(state.day.close - state.day.open)


@pytest.fixture(scope="module")
def minutes():
    random = np.random.default_rng(8)
    moments = np.concatenate([day * 1_440 + 870 + np.arange(1, 391) for day in range(18_000, 18_005)])
    moments = moments[random.random(len(moments)) > 0.1]
    close = 50.0 * np.exp(np.cumsum(random.normal(0.0, 0.002, (len(moments), 2)), axis=0))
    close[random.random(close.shape) < 0.05] = np.nan
    prices = (close, close * 1.001, close * 0.999, close)
    return bars_from_arrays(
        ["A", "B"], moments * NS_PER_MINUTE, *prices, np.full(close.shape, 1e4), period_ns=NS_PER_MINUTE
    )


def test_both_paths_trade_the_same(minutes):
    compiled = backtest(hour_and_day, minutes, engine="compiled")
    events = backtest(hour_and_day, minutes, engine="event")
    assert len(compiled.fills) > 4
    assert compiled.fills.equals(events.fills)
    assert compiled.equity.equals(events.equity)
