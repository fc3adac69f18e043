"""Compiled indicators give the bytes of plain Python, and go on from a checkpoint as if nothing had happened."""

import numpy as np
import pytest

from tenfold.domain.bars import bars_from_arrays
from tenfold.domain.units import NS_PER_DAY
from tenfold.indicators import (
    Adx,
    Aroon,
    Atr,
    Cci,
    Correlation,
    Delay,
    Dema,
    Donchian,
    Efficiency,
    Ema,
    EwmVariance,
    Highest,
    Integer,
    Kama,
    Keltner,
    Lowest,
    Macd,
    Mean,
    Mfi,
    MoneyFlow,
    Obv,
    PercentRank,
    Regression,
    Rsi,
    State,
    Stochastic,
    Tema,
    TrueRange,
    Variance,
    Vwap,
    Wilder,
    Williams,
    Wma,
    adx,
    aroon,
    atr,
    bollinger,
    cci,
    clip,
    correlation,
    delayed,
    dema,
    deviation,
    donchian,
    efficiency,
    ema,
    ewm_variance,
    ewm_volatility,
    fold,
    guarded_ratio,
    highest,
    kama,
    keltner,
    lowest,
    macd,
    mean,
    mfi,
    momentum,
    money_flow,
    obv,
    percent_rank,
    regression,
    roc,
    rsi,
    sample_deviation,
    sample_variance,
    sign,
    slope,
    squash,
    stochastic,
    tema,
    true_range,
    variance,
    vwap,
    wilder,
    williams,
    wma,
    zscore,
)  # fmt: skip
from tenfold.kernels import probe
from tenfold.kernels.jit import compiled
from tenfold.kernels.trial import run_plain


@fold(
    which=Integer(0, 9), length=Integer(2, 12),
    state=State(mean=Mean, ema=Ema, wilder=Wilder, wma=Wma, dema=Dema, tema=Tema, kama=Kama, macd=Macd,
                regression=Regression, efficiency=Efficiency),
)  # fmt: skip
def averages(state, bar, params):
    """Sum of one group of indicators, so that a difference in any shows."""
    x, n = bar.close, params.length
    if params.which == 0:
        return mean(state.mean, x, n) + ema(state.ema, x, n) - wilder(state.wilder, x, n)
    if params.which == 1:
        return wma(state.wma, x, n) - dema(state.dema, x, n)
    if params.which == 2:
        return tema(state.tema, x, n)
    if params.which == 3:
        return kama(state.kama, x, n) + efficiency(state.efficiency, x, n)
    if params.which == 4:
        line, smooth, histogram = macd(state.macd, x, n, 2 * n, 5)
        return line + 2.0 * smooth + 3.0 * histogram
    gradient, end = regression(state.regression, x, n)
    return gradient + end + slope(state.regression, x, n)


@fold(
    which=Integer(0, 9), length=Integer(2, 12),
    state=State(one=Variance, two=Variance, ewm=EwmVariance, pair=Correlation, high=Highest, low=Lowest,
                channel=Donchian, aroon=Aroon, delay=Delay, rank=PercentRank),
)  # fmt: skip
def windows(state, bar, params):
    """Sum of one group of indicators, so that a difference in any shows."""
    x, n = bar.close, params.length
    if params.which == 0:
        return variance(state.one, x, n) + sample_variance(state.two, x, n)
    if params.which == 1:
        return deviation(state.one, x, n) + sample_deviation(state.two, x, n)
    if params.which == 2:
        upper, middle, lower = bollinger(state.one, x, n, 1.5)
        return upper + 2.0 * middle + 3.0 * lower + zscore(state.two, x, n)
    if params.which == 3:
        return ewm_variance(state.ewm, x, n) + ewm_volatility(state.ewm, x, n)
    if params.which == 4:
        return correlation(state.pair, bar.high, bar.low, n)
    if params.which == 5:
        upper, middle, lower = donchian(state.channel, bar.high, bar.low, n)
        return upper + 2.0 * middle + 3.0 * lower + highest(state.high, x, n) + lowest(state.low, x, n)
    if params.which == 6:
        down, up = aroon(state.aroon, bar.high, bar.low, n)
        return down + 3.0 * up
    if params.which == 7:
        return percent_rank(state.rank, x, n)
    if params.which == 8:
        return momentum(state.delay, x, n) + roc(state.delay, x, n)
    return squash(delayed(state.delay, x, n)) + clip(x) + sign(x) + guarded_ratio(x, bar.open)


@fold(
    which=Integer(0, 9), length=Integer(2, 12),
    state=State(rsi=Rsi, stochastic=Stochastic, williams=Williams, cci=Cci, range=TrueRange, atr=Atr, keltner=Keltner,
                adx=Adx, obv=Obv, mfi=Mfi, vwap=Vwap, flow=MoneyFlow),
)  # fmt: skip
def ranges(state, bar, params):
    """Sum of one group of indicators, so that a difference in any shows."""
    n, h, l, c, v = params.length, bar.high, bar.low, bar.close, bar.volume  # noqa: E741
    if params.which == 0:
        return rsi(state.rsi, c, n)
    if params.which == 1:
        k, d = stochastic(state.stochastic, h, l, c, n, 3, 2)
        return k + 2.0 * d
    if params.which == 2:
        return williams(state.williams, h, l, c, n)
    if params.which == 3:
        return cci(state.cci, h, l, c, n)
    if params.which == 4:
        return true_range(state.range, h, l, c) + atr(state.atr, h, l, c, n)
    if params.which == 5:
        upper, middle, lower = keltner(state.keltner, h, l, c, n, n + 3, 2.0)
        return upper + 2.0 * middle + 3.0 * lower
    if params.which == 6:
        index, up, down = adx(state.adx, h, l, c, n)
        return index + 2.0 * up + 3.0 * down
    if params.which == 7:
        return obv(state.obv, c, v)
    if params.which == 8:
        return mfi(state.mfi, h, l, c, v, n)
    return vwap(state.vwap, c, v, bar.session) + money_flow(state.flow, h, l, c, v, n)


def market(count=90):
    random = np.random.default_rng(2)
    close = np.round(20.0 * np.exp(np.cumsum(random.normal(0.0, 0.02, (count, 1)), axis=0)), 1)
    close[40:60] = close[40]
    high, low = close + np.round(random.uniform(0.0, 0.3, close.shape), 1), close - 0.2
    low[40:60], high[40:60] = close[40], close[40]
    volume = random.integers(0, 5, close.shape).astype(float)
    return bars_from_arrays(
        ["A"], np.arange(1, count + 1) * NS_PER_DAY, close, high, low, close, volume, period_ns=NS_PER_DAY
    )


GROUPS = [(averages, which) for which in range(6)] + [
    (group, which) for group in (windows, ranges) for which in range(10)
]


@pytest.mark.parametrize(("group", "which"), GROUPS, ids=lambda value: getattr(value, "name", value))
@pytest.mark.parametrize("length", [2, 5, 12])
def test_compiled_equals_plain_python_bit_for_bit(group, which, length):
    rows, values = market().rows, {"which": which, "length": length}
    scores = np.empty(rows.shape)
    compiled(probe.probe_symbols)(group.states(1), rows, group.params(values), scores)
    with np.errstate(all="ignore"):
        plain = run_plain(group, rows, values)
    assert np.isfinite(scores).any()
    np.testing.assert_array_equal(scores, plain)


@pytest.mark.parametrize("group", [averages, windows, ranges], ids=lambda group: group.name)
def test_a_restored_checkpoint_goes_on_identically(group):
    rows, half = market().rows, 33
    for which in range(10):
        params = group.params({"which": which, "length": 7})
        whole, parts = np.empty(rows.shape), np.empty(rows.shape)
        states = group.states(1)
        compiled(probe.probe_symbols)(states, rows, params, whole)
        first = group.states(1)
        compiled(probe.probe_symbols)(first, rows[:half], params, parts[:half])
        restored = np.frombuffer(first.tobytes(), group.state_dtype).copy()
        compiled(probe.probe_symbols)(restored, rows[half:], params, parts[half:])
        np.testing.assert_array_equal(whole, parts)
        assert restored.tobytes() == states.tobytes()
