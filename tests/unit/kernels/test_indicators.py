"""Indicators equal TA-Lib's on real and made-up series."""

import numpy as np
import polars as pl
import pytest
import talib

from tenfold import indicators as it
from tenfold.kernels.layout import as_records

# name: record, capacity, one step, TA-Lib's answer, columns of the stored answers
CASES = {
    "mean": (it.Mean, 30, lambda s, b: it.mean(s, b.c, 30), lambda m: talib.SMA(m.c, 30), ["SMA"]),
    "ema": (it.Ema, 1, lambda s, b: it.ema(s, b.c, 30), lambda m: talib.EMA(m.c, 30), ["EMA"]),
    "wilder": (it.Wilder, 1, lambda s, b: it.wilder(s, b.c, 30), lambda m: talib.RMA(m.c, 30), ["RMA"]),
    "wma": (it.Wma, 30, lambda s, b: it.wma(s, b.c, 30), lambda m: talib.WMA(m.c, 30), ["WMA"]),
    "dema": (it.Dema, 1, lambda s, b: it.dema(s, b.c, 30), lambda m: talib.DEMA(m.c, 30), ["DEMA"]),
    "tema": (it.Tema, 1, lambda s, b: it.tema(s, b.c, 30), lambda m: talib.TEMA(m.c, 30), ["TEMA"]),
    "kama": (it.Kama, 30, lambda s, b: it.kama(s, b.c, 30), lambda m: talib.KAMA(m.c, 30), ["KAMA"]),
    "macd": (
        it.Macd,
        1,
        lambda s, b: it.macd(s, b.c, 12, 26, 9),
        lambda m: talib.MACD(m.c, 12, 26, 9),
        ["MACD.macd", "MACD.macdsignal", "MACD.macdhist"],
    ),
    "variance": (it.Variance, 5, lambda s, b: it.variance(s, b.c, 5), lambda m: talib.VAR(m.c, 5), ["VAR"]),
    "deviation": (it.Variance, 5, lambda s, b: it.deviation(s, b.c, 5), lambda m: talib.STDDEV(m.c, 5), ["STDDEV"]),
    "bollinger": (
        it.Variance,
        20,
        lambda s, b: it.bollinger(s, b.c, 20, 2.0),
        lambda m: talib.BBANDS(m.c, 20, 2.0, 2.0),
        ["BBANDS.upperband", "BBANDS.middleband", "BBANDS.lowerband"],
    ),
    "correlation": (
        it.Correlation,
        30,
        lambda s, b: it.correlation(s, b.h, b.l, 30),
        lambda m: talib.CORREL(m.h, m.l, 30),
        ["CORREL"],
    ),
    "highest": (it.Highest, 20, lambda s, b: it.highest(s, b.h, 20), lambda m: talib.MAX(m.h, 20), None),
    "lowest": (it.Lowest, 20, lambda s, b: it.lowest(s, b.l, 20), lambda m: talib.MIN(m.l, 20), None),
    "donchian": (
        it.Donchian,
        20,
        lambda s, b: it.donchian(s, b.h, b.l, 20),
        lambda m: talib.DONCHIAN(m.h, m.l, 20),
        ["DONCHIAN.upperband", "DONCHIAN.middleband", "DONCHIAN.lowerband"],
    ),
    "aroon": (
        it.Aroon,
        14,
        lambda s, b: it.aroon(s, b.h, b.l, 14),
        lambda m: talib.AROON(m.h, m.l, 14),
        ["AROON.aroondown", "AROON.aroonup"],
    ),
    "momentum": (it.Delay, 10, lambda s, b: it.momentum(s, b.c, 10), lambda m: talib.MOM(m.c, 10), ["MOM"]),
    "roc": (it.Delay, 10, lambda s, b: it.roc(s, b.c, 10), lambda m: talib.ROC(m.c, 10), ["ROC"]),
    "rsi": (it.Rsi, 1, lambda s, b: it.rsi(s, b.c, 14), lambda m: talib.RSI(m.c, 14), ["RSI"]),
    "stochastic": (
        it.Stochastic,
        5,
        lambda s, b: it.stochastic(s, b.h, b.l, b.c, 5, 3, 3),
        lambda m: talib.STOCH(m.h, m.l, m.c, 5, 3, 0, 3, 0),
        ["STOCH.slowk", "STOCH.slowd"],
    ),
    "fast stochastic": (
        it.Stochastic,
        5,
        lambda s, b: it.stochastic(s, b.h, b.l, b.c, 5, 1, 3),
        lambda m: talib.STOCHF(m.h, m.l, m.c, 5, 3, 0),
        ["STOCHF.fastk", "STOCHF.fastd"],
    ),
    "williams": (
        it.Williams,
        14,
        lambda s, b: it.williams(s, b.h, b.l, b.c, 14),
        lambda m: talib.WILLR(m.h, m.l, m.c, 14),
        ["WILLR"],
    ),
    "cci": (it.Cci, 14, lambda s, b: it.cci(s, b.h, b.l, b.c, 14), lambda m: talib.CCI(m.h, m.l, m.c, 14), ["CCI"]),
    "efficiency": (it.Efficiency, 10, lambda s, b: it.efficiency(s, b.c, 10), lambda m: talib.ER(m.c, 10), ["ER"]),
    "percent_rank": (
        it.PercentRank,
        100,
        lambda s, b: it.percent_rank(s, b.c, 100),
        lambda m: talib.PERCENTRANK(m.c, 100),
        ["PERCENTRANK"],
    ),
    "true_range": (
        it.TrueRange,
        1,
        lambda s, b: it.true_range(s, b.h, b.l, b.c),
        lambda m: talib.TRANGE(m.h, m.l, m.c),
        ["TRANGE"],
    ),
    "atr": (it.Atr, 1, lambda s, b: it.atr(s, b.h, b.l, b.c, 14), lambda m: talib.ATR(m.h, m.l, m.c, 14), ["ATR"]),
    "keltner": (
        it.Keltner,
        1,
        lambda s, b: it.keltner(s, b.h, b.l, b.c, 20, 10, 2.0),
        lambda m: talib.KC(m.h, m.l, m.c, 20, 10, 2.0),
        ["KC.upperband", "KC.middleband", "KC.lowerband"],
    ),
    "adx": (
        it.Adx,
        1,
        lambda s, b: it.adx(s, b.h, b.l, b.c, 14),
        lambda m: (talib.ADX(m.h, m.l, m.c, 14), talib.PLUS_DI(m.h, m.l, m.c, 14), talib.MINUS_DI(m.h, m.l, m.c, 14)),
        ["ADX", "PLUS_DI", "MINUS_DI"],
    ),
    "slope": (
        it.Regression,
        14,
        lambda s, b: it.slope(s, b.c, 14),
        lambda m: talib.LINEARREG_SLOPE(m.c, 14),
        ["LINEARREG_SLOPE"],
    ),
    "regression": (
        it.Regression,
        14,
        lambda s, b: it.regression(s, b.c, 14),
        lambda m: (talib.LINEARREG_SLOPE(m.c, 14), talib.LINEARREG(m.c, 14)),
        ["LINEARREG_SLOPE", "LINEARREG"],
    ),
    "obv": (it.Obv, 1, lambda s, b: it.obv(s, b.c, b.v), lambda m: talib.OBV(m.c, m.v), ["OBV"]),
    "mfi": (
        it.Mfi,
        14,
        lambda s, b: it.mfi(s, b.h, b.l, b.c, b.v, 14),
        lambda m: talib.MFI(m.h, m.l, m.c, m.v, 14),
        ["MFI"],
    ),
    "vwap": (
        it.Vwap,
        1,
        lambda s, b: it.vwap(s, (b.h + b.l + b.c) / 3.0, b.v, 1),
        lambda m: talib.VWAP(m.h, m.l, m.c, m.v),
        ["VWAP"],
    ),
    "money_flow": (
        it.MoneyFlow,
        20,
        lambda s, b: it.money_flow(s, b.h, b.l, b.c, b.v, 20),
        lambda m: talib.CMF(m.h, m.l, m.c, m.v, 20),
        ["CMF"],
    ),
}


class Market:
    """Columns h, l, c, v; indexing gives one row."""

    def __init__(self, high, low, close, volume):
        self.h, self.l, self.c, self.v = high, low, close, volume

    def __len__(self):
        return len(self.c)

    def __getitem__(self, index):
        return Market(self.h[index], self.l[index], self.c[index], self.v[index])


@pytest.fixture(scope="module")
def made_up():
    random = np.random.default_rng(11)
    close = 50.0 * np.exp(np.cumsum(random.normal(0.0, 0.02, 700)))
    close[300:320] = np.round(close[300:320])  # ties
    high = close * (1.0 + random.uniform(0.0, 0.02, close.size))
    low = close * (1.0 - random.uniform(0.0, 0.02, close.size))
    return Market(high, low, close, random.integers(1, 10_000, close.size).astype(float))


def fold_over(name, market):
    record, capacity, step, _, _ = CASES[name]
    state = as_records(np.zeros(1, record.dtype(capacity)))[0]
    return np.atleast_2d(np.array([step(state, market[i]) for i in range(len(market))], float).T)


def assert_equal(found, expected):
    expected = np.asarray(expected, float)
    np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", CASES)
def test_equals_talib_on_made_up_series(name, made_up):
    assert_equal(fold_over(name, made_up), np.atleast_2d(CASES[name][3](made_up)))


@pytest.fixture(scope="module")
def google(reference_data):
    table = pl.read_parquet(reference_data / "equity_daily_goog_2004_2013.parquet")
    market = Market(*(table[name].cast(pl.Float64).to_numpy() for name in ("high", "low", "close", "volume")))
    return market, pl.read_parquet(reference_data / "indicators" / "talib_goog_dev.parquet")


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case[4]])
def test_equals_stored_answers_on_google(name, google):
    market, answers = google
    assert_equal(fold_over(name, market), np.stack([answers[column].to_numpy() for column in CASES[name][4]]))


def test_every_indicator_is_compared_or_tested_by_hand():
    functions = {
        name for name in it.__all__ if name.islower() and name not in {"fold", "panel_fold", "layout", "window"}
    }
    by_hand = {
        "clip", "delayed", "ewm_variance", "ewm_volatility", "guarded_ratio", "sample_deviation", "sample_variance",
        "sign", "squash", "window_int", "zscore",
    }  # fmt: skip
    assert functions - set(CASES) == by_hand
