"""Every indicator as one line: its record, one call, and TA-Lib's answer where TA-Lib has it."""

# ruff: noqa: S307 -- what is evaluated stands in the table below

from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import polars as pl
import talib

from tenfold import indicators as it
from tenfold.domain.bars import bars_from_arrays
from tenfold.domain.units import NS_PER_DAY
from tenfold.kernels.layout import as_records


class Case(NamedTuple):
    """Hold one indicator: `record` with its room, `call` on state and bar, `answer` on columns o h l c v, stored columns."""

    record: str
    call: str
    answer: str = ""
    columns: str = ""


H, HL, HLC, OHLC = (
    "bar.high",
    "bar.high, bar.low",
    "bar.high, bar.low, bar.close",
    "bar.open, bar.high, bar.low, bar.close",
)


def of_close(record, function, arguments, answer="", columns="", room=40):
    return Case(f"{record}({room})", f"{function}(state, bar.close, {arguments})", answer, columns)


def of_bar(record, function, fields, arguments, answer="", columns="", room=40):
    given = f"{fields}, {arguments}" if arguments else fields
    return Case(f"{record}({room})", f"{function}(state, {given})", answer, columns)


def pattern(function, name, count):
    """TA-Lib shows 0 where it does not know yet."""
    return of_bar("Candles", function, OHLC, "", f"late(CDL{name}(o, h, l, c) / 100.0, {count})" if name else "")


def lines(name, *parts):
    return ", ".join(f"{name}.{part}" for part in parts)


BANDS = ("upperband", "middleband", "lowerband")

TABLE = {
    # averages
    "mean": of_close("Mean", "mean", "30", "SMA(c, 30)", "SMA"),
    "ema": of_close("Ema", "ema", "30", "EMA(c, 30)", "EMA"),
    "wilder": of_close("Wilder", "wilder", "30", "RMA(c, 30)", "RMA"),
    "wma": of_close("Wma", "wma", "30", "WMA(c, 30)", "WMA"),
    "dema": of_close("Dema", "dema", "30", "DEMA(c, 30)", "DEMA"),
    "tema": of_close("Tema", "tema", "30", "TEMA(c, 30)", "TEMA"),
    "kama": of_close("Kama", "kama", "30", "KAMA(c, 30)", "KAMA"),
    "trima": of_close("Trima", "trima", "30", "TRIMA(c, 30)", "TRIMA"),
    "trima odd": of_close("Trima", "trima", "31", "TRIMA(c, 31)"),
    "t3": of_close("T3", "t3", "5", "T3(c, 5)", "T3"),
    "t3 factor": of_close("T3", "t3", "4, 0.9", "T3(c, 4, 0.9)"),
    "hma": of_close("Hma", "hma", "20", "HMA(c, 20)", "HMA"),
    "zlema": of_close("Zlema", "zlema", "30", "ZLEMA(c, 30)", "ZLEMA"),
    "trix": of_close("Trix", "trix", "30", "TRIX(c, 30)", "TRIX"),
    "macd": of_close("Macd", "macd", "12, 26, 9", "MACD(c, 12, 26, 9)", lines("MACD", "macd", "macdsignal", "macdhist")),
    "apo": of_close("Apo", "apo", "12, 26", "APO(c, 12, 26)", "APO"),
    "ppo": of_close("Apo", "ppo", "12, 26", "PPO(c, 12, 26)", "PPO"),
    "ppo volume": Case("Apo(1)", "ppo(state, bar.volume, 12, 26)", "PVO(v, 12, 26)", "PVO"),
    "awesome": of_bar("Awesome", "awesome", HL, "5, 34", "AO(h, l, 5, 34)", "AO"),
    "acceleration": of_bar("Acceleration", "acceleration", HL, "5, 34, 5", "AC(h, l, 5, 34, 5)", "AC"),
    "coppock": of_close("Coppock", "coppock", "11, 14, 10", "COPPOCK(c, 10, 11, 14)", "COPPOCK"),
    "tsi": of_close("Tsi", "tsi", "25, 13", "TSI(c, 25, 13)", "TSI"),
    "dpo": of_close("Dpo", "dpo", "20", "DPO(c, 20)", "DPO"),
    # dispersion and distribution
    "variance": of_close("Variance", "variance", "5", "VAR(c, 5)", "VAR"),
    "deviation": of_close("Variance", "deviation", "5", "STDDEV(c, 5)", "STDDEV"),
    "sample_variance": of_close("Variance", "sample_variance", "9"),
    "sample_deviation": of_close("Variance", "sample_deviation", "9"),
    "bollinger": of_close("Variance", "bollinger", "20, 2.0", "BBANDS(c, 20, 2.0, 2.0)", lines("BBANDS", *BANDS)),
    "zscore": of_close("Variance", "zscore", "9"),
    "ewm_variance": of_close("EwmVariance", "ewm_variance", "9"),
    "ewm_volatility": of_close("EwmVariance", "ewm_volatility", "9"),
    "correlation": of_bar("Correlation", "correlation", HL, "30", "CORREL(h, l, 30)", "CORREL"),
    "beta": of_bar("Beta", "beta", HL, "5", "BETA(h, l, 5)", "BETA"),
    "quantile": of_close("Quantile", "quantile", "12, 0.3"),
    "median": of_close("Quantile", "median", "12"),
    "percentile": of_close("Quantile", "percentile", "30, 50.0", "PERCENTILE(c, 30, 50.0)", "PERCENTILE"),
    "percentile low": of_close("Quantile", "percentile", "10, 0.0", "PERCENTILE(c, 10, 0.0)"),
    "percent_rank": of_close("PercentRank", "percent_rank", "100", "PERCENTRANK(c, 100)", "PERCENTRANK", room=100),
    "mean_deviation": of_close("Moments", "mean_deviation", "14", "AVGDEV(c, 14)", "AVGDEV"),
    "skewness": of_close("Moments", "skewness", "14"),
    "kurtosis": of_close("Moments", "kurtosis", "14"),
    "autocorrelation": of_close("Autocorrelation", "autocorrelation", "3, 20"),
    "variance_ratio": of_close("VarianceRatio", "variance_ratio", "4, 30"),
    "hurst": of_close("VarianceRatio", "hurst", "4, 30"),
    "half_life": of_close("HalfLife", "half_life", "25"),
    # extremes and levels
    "highest": of_bar("Highest", "highest", H, "20", "MAX(h, 20)"),
    "lowest": of_bar("Lowest", "lowest", "bar.low", "20", "MIN(l, 20)"),
    "donchian": of_bar("Donchian", "donchian", HL, "20", "DONCHIAN(h, l, 20)", lines("DONCHIAN", *BANDS)),
    "midpoint": of_close("Midpoint", "midpoint", "14", "MIDPOINT(c, 14)", "MIDPOINT"),
    "midprice": of_bar("Midpoint", "midprice", HL, "14", "MIDPRICE(h, l, 14)", "MIDPRICE"),
    "ichimoku": of_bar("Ichimoku", "ichimoku", HL, "5, 9, 17"),
    "pivots": of_bar("Pivots", "pivots", HLC, "bar.session // 5"),
    "swings": of_bar("Swings", "swings", HL, "2"),
    "heikin_ashi": of_bar("HeikinAshi", "heikin_ashi", OHLC, "", "HA(o, h, l, c)",
                          lines("HA", "haopen", "hahigh", "halow", "haclose")),
    # oscillators and pressure
    "delayed": of_close("Delay", "delayed", "7"),
    "momentum": of_close("Delay", "momentum", "10", "MOM(c, 10)", "MOM"),
    "roc": of_close("Delay", "roc", "10", "ROC(c, 10)", "ROC"),
    "rsi": of_close("Rsi", "rsi", "14", "RSI(c, 14)", "RSI"),
    "cmo": of_close("Rsi", "cmo", "14", "CMO(c, 14)", "CMO"),
    "stochastic": of_bar("Stochastic", "stochastic", HLC, "5, 3, 3", "STOCH(h, l, c, 5, 3, 0, 3, 0)",
                         lines("STOCH", "slowk", "slowd")),
    "stochastic fast": of_bar("Stochastic", "stochastic", HLC, "5, 1, 3", "STOCHF(h, l, c, 5, 3, 0)",
                              lines("STOCHF", "fastk", "fastd")),
    "stochastic_rsi": of_close("StochasticRsi", "stochastic_rsi", "14, 5, 3", "STOCHRSI(c, 14, 5, 3)",
                               lines("STOCHRSI", "fastk", "fastd")),
    "williams": of_bar("Williams", "williams", HLC, "14", "WILLR(h, l, c, 14)", "WILLR"),
    "cci": of_bar("Cci", "cci", HLC, "14", "CCI(h, l, c, 14)", "CCI"),
    "efficiency": of_close("Efficiency", "efficiency", "10", "ER(c, 10)", "ER"),
    "balance_of_power": Case("Delay(1)", "balance_of_power(bar.open, bar.high, bar.low, bar.close)", "BOP(o, h, l, c)",
                             "BOP"),
    "ultimate": of_bar("Ultimate", "ultimate", HLC, "7, 14, 28", "ULTOSC(h, l, c, 7, 14, 28)", "ULTOSC"),
    "imi": of_bar("Imi", "imi", "bar.open, bar.close", "14", "IMI(o, c, 14)", "IMI"),
    "qstick": of_bar("Qstick", "qstick", "bar.open, bar.close", "10", "QSTICK(o, c, 10)", "QSTICK"),
    "elder_ray": of_bar("ElderRay", "elder_ray", HLC, "13", "ERI(h, l, c, 13)", lines("ERI", "bullpower", "bearpower")),
    # ranges, trends, volatility
    "true_range": of_bar("TrueRange", "true_range", HLC, "", "TRANGE(h, l, c)", "TRANGE"),
    "atr": of_bar("Atr", "atr", HLC, "14", "ATR(h, l, c, 14)", "ATR"),
    "natr": of_bar("Atr", "natr", HLC, "14", "NATR(h, l, c, 14)", "NATR"),
    "keltner": of_bar("Keltner", "keltner", HLC, "20, 10, 2.0", "KC(h, l, c, 20, 10, 2.0)", lines("KC", *BANDS)),
    "keltner wide": of_bar("Keltner", "keltner", HLC, "5, 10, 2.0", "KC(h, l, c, 5, 10, 2.0)"),
    "dx": of_bar("Dx", "dx", HLC, "14", "DX(h, l, c, 14), PLUS_DI(h, l, c, 14), MINUS_DI(h, l, c, 14)",
                 "DX, PLUS_DI, MINUS_DI"),
    "adx": of_bar("Adx", "adx", HLC, "14",
                  "ADX(h, l, c, 14), PLUS_DI(h, l, c, 14), MINUS_DI(h, l, c, 14)", "ADX, PLUS_DI, MINUS_DI"),
    "adxr": of_bar("Adxr", "adxr", HLC, "14", "ADXR(h, l, c, 14)", "ADXR"),
    "aroon": of_bar("Aroon", "aroon", HL, "14", "AROON(h, l, 14)", lines("AROON", "aroondown", "aroonup")),
    "aroon_oscillator": of_bar("Aroon", "aroon_oscillator", HL, "14", "AROONOSC(h, l, 14)", "AROONOSC"),
    "vortex": of_bar("Vortex", "vortex", HLC, "14", "VORTEX(h, l, c, 14)", lines("VORTEX", "plusvi", "minusvi")),
    "sar": of_bar("Sar", "sar", HL, "", "SAR(h, l)", "SAR"),
    "sar quick": of_bar("Sar", "sar", HL, "0.1, 0.3", "SAR(h, l, 0.1, 0.3)"),
    "supertrend": of_bar("Supertrend", "supertrend", HLC, "10",
                         "(late(line, 11) for line in SUPERTREND(h, l, c, 10, 3.0))"),
    "choppiness": of_bar("Choppiness", "choppiness", HLC, "14"),
    "vertical_filter": of_close("VerticalFilter", "vertical_filter", "28", "VHF(c, 28)", "VHF"),
    "average_range": of_bar("RangeMean", "average_range", HL, "14", "ADR(h, l, 14)", "ADR"),
    "chaikin_volatility": of_bar("ChaikinVolatility", "chaikin_volatility", HL, "10, 10", "CVI(h, l, 10, 10)", "CVI"),
    "mass_index": of_bar("MassIndex", "mass_index", HL, "9, 25", "MASSI(h, l, 9, 25)", "MASSI"),
    "parkinson": of_bar("RangeMean", "parkinson", HL, "12"),
    "garman_klass": of_bar("RangeMean", "garman_klass", OHLC, "12"),
    "rogers_satchell": of_bar("RangeMean", "rogers_satchell", OHLC, "12"),
    "yang_zhang": of_bar("YangZhang", "yang_zhang", OHLC, "12"),
    "ulcer": of_close("Ulcer", "ulcer", "14"),
    "slope": of_close("Regression", "slope", "14", "LINEARREG_SLOPE(c, 14)", "LINEARREG_SLOPE"),
    "regression": of_close("Regression", "regression", "14", "LINEARREG_SLOPE(c, 14), LINEARREG(c, 14)",
                           "LINEARREG_SLOPE, LINEARREG"),
    "intercept": of_close("Regression", "intercept", "14", "LINEARREG_INTERCEPT(c, 14)", "LINEARREG_INTERCEPT"),
    "forecast": of_close("Regression", "forecast", "14", "TSF(c, 14)", "TSF"),
    # volume
    "obv": of_bar("Obv", "obv", "bar.close, bar.volume", "", "OBV(c, v)", "OBV"),
    "mfi": of_bar("Mfi", "mfi", f"{HLC}, bar.volume", "14", "MFI(h, l, c, v, 14)", "MFI"),
    "vwap": of_bar("Vwap", "vwap", "(bar.high + bar.low + bar.close) / 3.0, bar.volume", "1", "VWAP(h, l, c, v)", "VWAP"),
    "money_flow": of_bar("MoneyFlow", "money_flow", f"{HLC}, bar.volume", "20", "CMF(h, l, c, v, 20)", "CMF"),
    "ad_line": of_bar("AdLine", "ad_line", f"{HLC}, bar.volume", "", "AD(h, l, c, v)", "AD"),
    "ad_oscillator": of_bar("AdOscillator", "ad_oscillator", f"{HLC}, bar.volume", "3, 10", "ADOSC(h, l, c, v, 3, 10)",
                            "ADOSC"),
    "force": of_bar("Force", "force", "bar.close, bar.volume", "13", "EFI(c, v, 13)", "EFI"),
    "ease_of_movement": of_bar("EaseOfMovement", "ease_of_movement", f"{HL}, bar.volume", "14"),
    "vwma": of_bar("Vwma", "vwma", "bar.close, bar.volume", "30", "VWMA(c, v, 30)", "VWMA"),
    "price_volume_trend": of_bar("VolumeTrend", "price_volume_trend", "bar.close, bar.volume", "", "PVT(c, v)", "PVT"),
    "negative_volume": of_bar("VolumeTrend", "negative_volume", "bar.close, bar.volume", "", "NVI(c, v)", "NVI"),
    "positive_volume": of_bar("VolumeTrend", "positive_volume", "bar.close, bar.volume", "", "PVI(c, v)", "PVI"),
    "relative_volume": of_bar("RelativeVolume", "relative_volume", "bar.volume", "20", "RVOL(v, 20)", "RVOL"),
    "williams_flow": of_bar("WilliamsFlow", "williams_flow", HLC, "", "WAD(h, l, c)", "WAD"),
    # candles
    "doji": pattern("doji", "DOJI", 11),
    "dragonfly_doji": pattern("dragonfly_doji", "DRAGONFLYDOJI", 11),
    "gravestone_doji": pattern("gravestone_doji", "GRAVESTONEDOJI", 11),
    "marubozu": pattern("marubozu", "MARUBOZU", 11),
    "spinning_top": pattern("spinning_top", "SPINNINGTOP", 11),
    "hammer": pattern("hammer", "HAMMER", 12),
    "hanging_man": pattern("hanging_man", "HANGINGMAN", 12),
    "inverted_hammer": pattern("inverted_hammer", "INVERTEDHAMMER", 12),
    "shooting_star": pattern("shooting_star", "SHOOTINGSTAR", 12),
    "engulfing": pattern("engulfing", "ENGULFING", 3),
    "three_outside": pattern("three_outside", "3OUTSIDE", 4),
    "harami": pattern("harami", "HARAMI", 12),
    "piercing": pattern("piercing", "PIERCING", 12),
    "dark_cloud": pattern("dark_cloud", "DARKCLOUDCOVER", 12),
    "morning_star": pattern("morning_star", "MORNINGSTAR", 13),
    "evening_star": pattern("evening_star", "EVENINGSTAR", 13),
    "inside_bar": pattern("inside_bar", "", 2),
    "outside_bar": pattern("outside_bar", "", 2),
}  # fmt: skip


def made_up(count=700):
    """Return daily bars with ties, gaps, still stretches and every kind of candle."""
    random = np.random.default_rng(11)
    close = 50.0 * np.exp(np.cumsum(random.normal(0.0, 0.02, count)))
    open_ = np.r_[close[0], close[:-1]] * np.exp(random.normal(0.0, 0.008, count))
    half = count // 2
    close[half:], open_[half:] = np.round(close[half:]), np.round(open_[half:])  # ties, and bodies of nothing
    shadow = np.where(random.random((2, count)) < 0.7, random.exponential(0.01, (2, count)), 0.0)
    high = np.maximum(open_, close) * (1.0 + shadow[0])
    low = np.minimum(open_, close) * (1.0 - shadow[1])
    volume = random.integers(1, 10_000, count).astype(float)
    ts_ns = (12_000 + np.arange(count)) * NS_PER_DAY
    return bars_from_arrays(["A"], ts_ns, open_, high, low, close, volume, period_ns=NS_PER_DAY)


def from_table(table):
    """Return the bars of one symbol's daily table."""
    o, h, l, c, v = (table[name].cast(pl.Float64).to_numpy() for name in ("open", "high", "low", "close", "volume"))  # noqa: E741
    return bars_from_arrays(["A"], table["ts"].cast(pl.Int64).to_numpy(), o, h, l, c, v, period_ns=NS_PER_DAY)


def fold_over(name, bars):
    """Return what an indicator says bar by bar in plain Python, shape (values, T)."""
    case, names = TABLE[name], vars(it)
    record = eval(case.record, dict(names))
    state = as_records(np.zeros(1, record.layout.dtype(record.capacity)))[0]
    step, rows = compile(case.call, f"<{name}>", "eval"), as_records(bars.rows)
    found = [eval(step, dict(names), {"state": state, "bar": rows[i, 0]}) for i in range(len(rows))]
    return np.atleast_2d(np.array(found, float).T)


def late(values, count):
    """Return values as float, NaN before the bar by which an indicator is warm."""
    values = np.array(values, float)
    values[: count - 1] = np.nan
    return values


def talib_answer(name, bars):
    """Return what TA-Lib says, shape (values, T)."""
    rows = bars.rows[:, 0]
    columns = {key: np.ascontiguousarray(rows[field]) for key, field in zip("ohlcv", ("open", "high", "low", "close", "volume"), strict=True)}  # fmt: skip
    found = eval(TABLE[name].answer, vars(talib) | {"late": late} | columns)
    return np.atleast_2d(np.array(list(found) if not isinstance(found, np.ndarray) else found, float))


NAMES = SimpleNamespace(all=list(TABLE), answered=[n for n in TABLE if TABLE[n].answer], stored=[n for n in TABLE if TABLE[n].columns])  # fmt: skip
