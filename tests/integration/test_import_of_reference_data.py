"""Every file of the reference data, raw and Parquet, imports through the catalogue with its known defects named."""

import numpy as np
import pytest

from tenfold.app.building import build_bars
from tenfold.app.corporate import import_actions
from tenfold.app.data import list_sets, load_bars, show_set
from tenfold.app.importing import import_file

RAW = {
    "fx_bidask_semi_quirky.csv": ({}, "quotes", 10, {"one_sided": 10}),
    "lean_ibm_20131007_minute_trade.zip": ({}, "bars", 453, {"gap": 3, "missing_bars": 6}),
    "ninjatrader_spy_minute_2011-01.csv": ({"symbol": "SPY"}, "bars", 14_180, {"gap": 628, "stale": 17, "missing_bars": 1645}),
    "quandl_wiki_AAPL_2011_newest_first.csv": ({"calendar": "XNYS"}, "bars", 252, {}),
    "yahoo_KAP-IL_bad_dividend.csv": ({}, "bars", 665, {"zero_volume": 1, "dividend": 1}),
}  # fmt: skip
"""Options, kind, rows and defects of each raw file."""

XNYS = {"calendar": "XNYS"}
PARQUET = {
    "crypto_1m_unittest": ({}, "bars", 13_681, {"gap": 538}),
    "crypto_5m": ({}, "bars", 28_794, {"gap": 4, "missing_bars": 4}),
    "crypto_funding_xrp": ({}, "funding", 91, {}),
    "crypto_minute_btcperp_2022": ({}, "bars", 45_031, {"gap": 0}),
    "crypto_trades_bitstamp_2011": ({}, "trades", 9_999, {"same_time": 4_243, "zero_volume": 1}),
    "equity_daily_adjclose_sp20": ({}, "bars", 126_020, {"close_only": 126_020}),
    "equity_daily_djia_2006_2017": (XNYS, "bars", 69_455, {"ohlc": 121, "missing_price": 20, "nonpositive_price": 1, "zero_volume": 1}),
    "equity_daily_goog_2004_2013": (XNYS, "bars", 2_148, {"gap": 0}),
    "equity_daily_raw_corpactions": ({}, "bars", 23_633, {"split": 1, "missing_price": 0}),
    "equity_hour_aapl_bac": ({}, "bars", 81_649, {"split": 0, "gap": 1_472}),
    "equity_minute_2019w07": ({}, "bars", 20_023, {"zero_volume": 1_934}),
    "equity_minute_quote_lean": ({}, "bars", 7_251, {"zero_spread": 78, "gap": 246}),
    "equity_minute_spy_2011": ({}, "bars", 31_757, {"missing_bars": 16_991}),
    "equity_minute_trade_lean": ({}, "bars", 6_032, {"gap": 161}),
    "equity_tick_quotes": ({}, "quotes", 234_817, {"one_sided": 234_817, "suspicious": 2}),
    "equity_tick_trades": ({}, "trades", 57_674, {"outlier": 2, "same_time": 12_206}),
    "ff_factors_monthly": ({"kind": "values"}, "values", 1_109, {}),
    "fx_daily_fxcm": ({}, "bars", 6_765, {"crossed": 271, "zero_spread": 71}),
    "fx_hour_eurusd_2017_2018": ({}, "bars", 5_000, {"gap": 8}),
    "fx_minute_gbpusd": ({}, "bars", 30_117, {"crossed": 676, "zero_spread": 306}),
    "fx_tick_eurusd": ({}, "quotes", 147_459, {"crossed": 16_052, "zero_spread": 18_413}),
    "fx_tick_eurusd_20200101": ({}, "quotes", 9_500, {"crossed": 0}),
    "index_daily_1999_2018": ({}, "bars", 10_062, {"zero_volume": 2}),
    "l2_btcusdt_spot_bbo": ({}, "quotes", 5_608, {"crossed": 0}),
    "l2_btcusdt_spot_depth": ({}, "depth", 126_090, {"early_receipt": 124_090, "broken_sequence": 0}),
    "l2_btcusdt_spot_trades": ({}, "trades", 9_757, {"early_receipt": 9_757, "same_time": 6_534}),
    "macro_vix_wti": ({}, "bars", 9_916, {"missing_price": 336}),
}  # fmt: skip
"""Options, kind, rows and defects of each Parquet set; zero is stated where none may be found."""

ACTIONS = ("lean_factor_files",)
ALONE = ("indicators", "alpaca_payloads", "README.md")


def totals(report):
    found = {}
    for one in report.quality:
        for name, count in one.counts.items():
            found[name] = found.get(name, 0) + count
    return found


def assert_as_known(path, known, folder):
    options, kind, rows, defects = known
    report = import_file(path, catalogue=folder, **options)
    assert (report.kind, report.rows) == (kind, rows)
    found = totals(report)
    assert {name: found.get(name, 0) for name in defects} == defects
    assert all(name in "\n".join(report.lines()) for name, count in defects.items() if count)
    listed = {(one.symbol, one.kind) for one in list_sets(folder)}
    assert {(symbol, kind) for symbol in report.symbols} == listed
    for symbol in report.symbols[:3]:
        assert show_set(symbol, catalogue=folder, rows=2).lines()
    return report


@pytest.mark.parametrize("name", RAW)
def test_raw_files(reference_data, tmp_path, name):
    assert_as_known(reference_data / "raw" / name, RAW[name], tmp_path)


@pytest.mark.parametrize("name", PARQUET)
def test_parquet_sets(reference_data, tmp_path, name):
    assert_as_known(reference_data / f"{name}.parquet", PARQUET[name], tmp_path)


@pytest.mark.parametrize("name", ACTIONS)
def test_tables_of_actions(reference_data, tmp_path, name):
    report = import_actions(reference_data / f"{name}.parquet", catalogue=tmp_path)
    assert "AAPL: 4 splits" in report.lines()[0]


def test_no_file_is_forgotten(reference_data):
    known = {*(f"{name}.parquet" for name in (*PARQUET, *ACTIONS)), *ALONE, "raw"}
    assert {path.name for path in reference_data.iterdir()} == known
    assert {path.name for path in (reference_data / "raw").iterdir()} == set(RAW)


def test_raw_prices_of_quandl_are_adjusted_by_its_own_columns(reference_data, tmp_path):
    import_file(reference_data / "raw" / "quandl_wiki_AAPL_2011_newest_first.csv", catalogue=tmp_path)
    raw = load_bars("AAPL", adjust="raw", catalogue=tmp_path)
    assert raw.rows["close"][-1, 0] == 405.0
    assert str(raw.ts_ns[0].astype("datetime64[ns]"))[:10] == "2011-01-03"


def test_the_phantom_dividend_is_named_with_its_day(reference_data, tmp_path):
    report = import_file(reference_data / "raw" / "yahoo_KAP-IL_bad_dividend.csv", catalogue=tmp_path)
    assert report.symbols == ("KAP-IL",)
    line = next(line for line in report.lines() if line.strip().startswith("dividend"))
    assert "2022-07-13" in line
    assert "dividend that the price does not show" in line


def test_leans_minutes_equal_the_parquet_set(reference_data, tmp_path):
    import_file(reference_data / "raw" / "lean_ibm_20131007_minute_trade.zip", catalogue=tmp_path / "zip")
    import_file(reference_data / "equity_minute_trade_lean.parquet", symbol="IBM", catalogue=tmp_path / "set")
    zipped = load_bars("IBM", catalogue=tmp_path / "zip", adjust="raw")
    stored = load_bars("IBM", start="2013-10-07", end="2013-10-08T03:59", catalogue=tmp_path / "set", adjust="raw")
    for name in ("ts_ns", "open", "high", "low", "close", "volume"):
        assert (zipped.rows[name] == stored.rows[name]).all()


def test_bars_built_from_trades_agree_with_leans(reference_data, tmp_path):
    import_file(reference_data / "equity_tick_trades.parquet", catalogue=tmp_path / "ticks")
    report = build_bars("IBM", every="1m", catalogue=tmp_path / "ticks")
    assert (report.source, report.ticks, report.unusable, report.late) == ("trades", 57_674, 0, 0)
    import_file(reference_data / "equity_minute_trade_lean.parquet", symbol="IBM", catalogue=tmp_path / "bars")
    ours = load_bars("IBM", catalogue=tmp_path / "ticks", adjust="raw")
    theirs = load_bars("IBM", catalogue=tmp_path / "bars", adjust="raw")
    shared, here, there = np.intersect1d(ours.ts_ns, theirs.ts_ns, return_indices=True)
    assert len(shared) == len(ours) == 877
    assert (
        np.mean(ours.rows["volume"][here, 0] == theirs.rows["volume"][there, 0]) > 0.99
    )  # they leave out the auctions
    assert np.median(np.abs(ours.rows["close"][here, 0] - theirs.rows["close"][there, 0])) < 0.005


def test_quotes_of_single_exchanges_are_joined_to_the_best(reference_data, tmp_path):
    import_file(reference_data / "equity_tick_quotes.parquet", catalogue=tmp_path)
    report = build_bars("IBM", every="1m", catalogue=tmp_path)
    assert (report.source, report.unusable) == ("quotes", 18)
    assert "18 left out" in report.lines()[1]
    rows = load_bars("IBM", catalogue=tmp_path, adjust="raw").rows
    assert (rows["bid"] <= rows["ask"]).all()
