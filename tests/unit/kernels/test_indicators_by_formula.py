"""Indicators that TA-Lib does not have equal their formulas, computed over whole windows with NumPy."""

import numpy as np
import pytest

from indicator_table import fold_over, made_up
from tenfold import indicators as it
from tenfold.domain.bars import bars_from_arrays
from tenfold.domain.units import NS_PER_DAY
from tenfold.kernels.layout import as_records


@pytest.fixture(scope="module")
def bars():
    return made_up(300)


@pytest.fixture(scope="module")
def prices(bars):
    rows = bars.rows[:, 0]
    return {name: rows[name].copy() for name in ("open", "high", "low", "close", "volume")}


def windows(values, length):
    return np.lib.stride_tricks.sliding_window_view(values, length)


def assert_equal(found, expected):
    known = np.isfinite(found)
    assert known.sum() == len(expected)
    np.testing.assert_allclose(found[known], expected, rtol=1e-9, atol=1e-12)


def test_quantile_and_median(bars, prices):
    part = windows(prices["close"], 12)
    assert_equal(fold_over("quantile", bars)[0], np.quantile(part, 0.3, axis=1))
    assert_equal(fold_over("median", bars)[0], np.median(part, axis=1))


def test_quantile_of_everything_is_the_highest():
    state = as_records(np.zeros(1, it.Quantile.dtype(5)))[0]
    assert [it.quantile(state, x, 3, 1.0) for x in (2.0, 9.0, 4.0, 1.0, 1.0)][2:] == [9.0, 9.0, 4.0]


def test_skewness_and_kurtosis(bars, prices):
    part = windows(prices["close"], 14)
    apart = part - part.mean(axis=1, keepdims=True)
    spread = part.std(axis=1)
    assert_equal(fold_over("skewness", bars)[0], (apart**3).mean(axis=1) / spread**3)
    assert_equal(fold_over("kurtosis", bars)[0], (apart**4).mean(axis=1) / spread**4 - 3.0)


def test_autocorrelation(bars, prices):
    now, past = windows(prices["close"][3:], 20), windows(prices["close"][:-3], 20)
    assert_equal(
        fold_over("autocorrelation", bars)[0], [np.corrcoef(x, y)[0, 1] for x, y in zip(now, past, strict=True)]
    )


def test_variance_ratio_and_hurst(bars, prices):
    close = prices["close"]
    one = windows(np.diff(close)[3:], 30).var(axis=1)
    many = windows(close[4:] - close[:-4], 30).var(axis=1)
    assert_equal(fold_over("variance_ratio", bars)[0], many / (4.0 * one))
    assert_equal(fold_over("hurst", bars)[0], 0.5 + 0.5 * np.log(many / (4.0 * one)) / np.log(4.0))


def test_half_life(bars, prices):
    close = prices["close"]
    expected = []
    for past, now in zip(windows(close[:-1], 25), windows(close[1:], 25), strict=True):
        slope = np.polyfit(past, now, 1)[0]
        expected.append(0.0 if slope <= 0.0 else np.inf if slope >= 1.0 else -np.log(2.0) / np.log(slope))
    found = fold_over("half_life", bars)[0][25:]
    assert np.isinf(found).any()
    np.testing.assert_allclose(1.0 / np.maximum(found, 1e-9), 1.0 / np.maximum(expected, 1e-9), rtol=1e-6, atol=1e-9)
    state = as_records(np.zeros(1, it.HalfLife.dtype(9)))[0]
    assert [it.half_life(state, float(2**i), 5) for i in range(9)][-1] == np.inf
    state = as_records(np.zeros(1, it.HalfLife.dtype(9)))[0]
    assert [it.half_life(state, float((-2) ** i), 5) for i in range(9)][-1] == 0.0


def test_volatilities(bars, prices):
    o, h, l, c = (np.log(prices[name]) for name in ("open", "high", "low", "close"))  # noqa: E741
    n, free = 12, (h - c) * (h - o) + (l - c) * (l - o)
    assert_equal(fold_over("parkinson", bars)[0], np.sqrt(windows((h - l) ** 2, n).mean(axis=1) / (4 * np.log(2))))
    inside = 0.5 * (h - l) ** 2 - (2 * np.log(2) - 1) * (c - o) ** 2
    assert_equal(fold_over("garman_klass", bars)[0], np.sqrt(np.maximum(windows(inside, n).mean(axis=1), 0.0)))
    assert_equal(fold_over("rogers_satchell", bars)[0], np.sqrt(windows(free, n).mean(axis=1)))
    share = 0.34 / (1.34 + (n + 1) / (n - 1))
    gap = windows((o[1:] - c[:-1]), n).var(axis=1, ddof=1)
    body = windows((c - o)[1:], n).var(axis=1, ddof=1)
    square = gap + share * body + (1 - share) * windows(free[1:], n).mean(axis=1)
    assert_equal(fold_over("yang_zhang", bars)[0], np.sqrt(square))


def test_ulcer(bars, prices):
    top = windows(prices["close"], 14).max(axis=1)
    down = 100.0 * (prices["close"][13:] / top - 1.0)
    assert_equal(fold_over("ulcer", bars)[0], np.sqrt(windows(down**2, 14).mean(axis=1)))


def test_choppiness(bars, prices):
    high, low, close = prices["high"], prices["low"], prices["close"]
    spread = np.maximum(high[1:], close[:-1]) - np.minimum(low[1:], close[:-1])
    reach = windows(high[1:], 14).max(axis=1) - windows(low[1:], 14).min(axis=1)
    assert_equal(
        fold_over("choppiness", bars)[0], 100.0 * np.log(windows(spread, 14).sum(axis=1) / reach) / np.log(14.0)
    )


def test_ease_of_movement(bars, prices):
    middle = 0.5 * (prices["high"] + prices["low"])
    ease = np.diff(middle) * (prices["high"] - prices["low"])[1:] * 1e8 / prices["volume"][1:]
    assert_equal(fold_over("ease_of_movement", bars)[0], windows(ease, 14).mean(axis=1))


def test_ichimoku(bars, prices):
    def middle(length):
        return 0.5 * (windows(prices["high"], length).max(axis=1) + windows(prices["low"], length).min(axis=1))

    conversion, base, first, second = fold_over("ichimoku", bars)
    whole = len(conversion) - (17 + 9 - 1)
    assert_equal(conversion, middle(5)[-whole:])
    assert_equal(base, middle(9)[-whole:])
    assert_equal(first, 0.5 * (middle(5)[-whole - 9 : -9] + middle(9)[-whole - 9 : -9]))
    assert_equal(second, middle(17)[:-9])


def test_pivots_are_those_of_the_session_before():
    state = as_records(np.zeros(1, it.Pivots.dtype(1)))[0]
    assert np.isnan(it.pivots(state, 12.0, 9.0, 10.0, 0)).all()
    assert np.isnan(it.pivots(state, 11.0, 8.0, 10.0, 0)).all()
    expected = (10.0, 12.0, 8.0, 14.0, 6.0)
    assert it.pivots(state, 30.0, 20.0, 25.0, 1) == expected
    assert it.pivots(state, 40.0, 10.0, 25.0, 1) == expected
    assert it.pivots(state, 30.0, 20.0, 25.0, 5)[0] == pytest.approx(25.0)


def test_swings_are_known_two_bars_later(bars, prices):
    top, bottom = fold_over("swings", bars)
    high, low = prices["high"], prices["low"]
    last_top = last_bottom = np.nan
    for i in range(4, len(high)):
        others = [i - 4, i - 3, i - 1, i]
        last_top = high[i - 2] if (high[others] < high[i - 2]).all() else last_top
        last_bottom = low[i - 2] if (low[others] > low[i - 2]).all() else last_bottom
        np.testing.assert_equal((top[i], bottom[i]), (last_top, last_bottom))


def test_bars_within_and_around_the_one_before(bars, prices):
    high, low = prices["high"], prices["low"]
    inside = (high[1:] < high[:-1]) & (low[1:] > low[:-1])
    outside = (high[1:] > high[:-1]) & (low[1:] < low[:-1])
    white = np.where(prices["close"] >= prices["open"], 1.0, -1.0)[1:]
    np.testing.assert_array_equal(fold_over("inside_bar", bars)[0][1:], inside)
    np.testing.assert_array_equal(fold_over("outside_bar", bars)[0][1:], np.where(outside, white, 0.0))


STILL = {
    "balance_of_power": 0.0, "cmo": 0.0, "ultimate": 0.0, "stochastic_rsi": 0.0, "imi": 50.0, "qstick": 0.0, "dx": 0.0,
    "adxr": 0.0, "vortex": 0.0, "supertrend": 5.0, "choppiness": 100.0, "vertical_filter": 0.0, "trix": 0.0, "ppo": 0.0,
    "tsi": 0.0, "coppock": 0.0, "beta": 0.0, "natr": 0.0, "chaikin_volatility": 0.0, "mass_index": 25.0, "ulcer": 0.0,
    "parkinson": 0.0, "garman_klass": 0.0, "rogers_satchell": 0.0, "yang_zhang": 0.0, "skewness": 0.0, "kurtosis": 0.0,
    "median": 5.0, "mean_deviation": 0.0, "variance_ratio": 1.0, "hurst": 0.5, "half_life": 0.0, "autocorrelation": 0.0,
    "sar": 5.0, "ease_of_movement": 0.0, "vwma": 5.0, "relative_volume": 1.0, "ad_line": 0.0, "doji": 1.0, "hammer": 0.0,
}  # fmt: skip


@pytest.mark.parametrize("name", STILL)
def test_a_market_that_stands_still_without_volume_has_a_value(name):
    line, none = np.full(120, 5.0), np.zeros(120)
    still = bars_from_arrays(["A"], np.arange(1, 121) * NS_PER_DAY, line, line, line, line, none, period_ns=NS_PER_DAY)
    assert fold_over(name, still)[0, -1] == STILL[name]


def test_values_of_zero_divide_nothing():
    """A record that is given other numbers than prices."""
    cases = [
        (it.Trix, lambda s: it.trix(s, 0.0, 3)), (it.Apo, lambda s: it.ppo(s, 0.0, 2, 3)),
        (it.Atr, lambda s: it.natr(s, 0.0, 0.0, 0.0, 3)), (it.Ulcer, lambda s: it.ulcer(s, 0.0, 3)),
        (it.Beta, lambda s: it.beta(s, 0.0, 0.0, 3)), (it.VolumeTrend, lambda s: it.price_volume_trend(s, 0.0, 1.0)),
    ]  # fmt: skip
    for record, step in cases:
        state = as_records(np.zeros(1, record.dtype(12)))[0]
        assert [step(state) for _ in range(12)][-1] == 0.0
    state = as_records(np.zeros(1, it.Choppiness.dtype(3)))[0]
    assert np.isnan([it.choppiness(state, 2.0, 1.0, 1.5, 1) for _ in range(5)]).all()
    assert it.hurst(as_records(np.zeros(1, it.VarianceRatio.dtype(9)))[0], 1.0, 2, 3) != 0.0
    state = as_records(np.zeros(1, it.VarianceRatio.dtype(9)))[0]
    assert [it.hurst(state, float(i % 2), 2, 4) for i in range(12)][-1] == 0.0
