"""Every defect that the reference data are known to have is found, with its count where one was measured."""

from dataclasses import replace

import numpy as np
import pytest

from tenfold.adapters.calendar import calendar_sessions
from tenfold.adapters.files.reader import Reading, read_file
from tenfold.market.adjustment import adjust
from tenfold.market.quality_bars import check
from tenfold.market.quality_ticks import check_ticks
from tenfold.market.series import ACTION


@pytest.fixture(scope="session")
def content(reference_data):
    """Return a reader of reference files that keeps what it has read."""
    kept = {}

    def read(name, **options):
        key = (name, tuple(options.items()))
        if key not in kept:
            kept[key] = read_file(reference_data / name, Reading(sessions=calendar_sessions, **options))
        return kept[key]

    return read


@pytest.fixture(scope="session")
def sessions():
    return calendar_sessions("XNYS", 10_220, 18_720)  # 1997-12 to 2021-03


def day(text):
    return int(np.datetime64(text, "D").astype(int))


def dates(report, name):
    return [str(np.datetime64(ts_ns, "ns"))[:10] for ts_ns in report.examples[name]]


def totals(reports):
    found = {}
    for report in reports:
        for name, count in report.counts.items():
            found[name] = found.get(name, 0) + count
    return found


def test_the_panel_of_the_dow_jones(content, sessions):
    reports = {one.symbol: check(one, sessions)[1] for one in content("equity_daily_djia_2006_2017.parquet").series}
    found = totals(reports.values())
    assert found["ohlc"] == 121
    assert found["missing_price"] == 20
    assert found["nonpositive_price"] == 1
    assert found["zero_volume"] == 1
    assert dates(reports["HD"], "nonpositive_price") == ["2009-04-17"]
    missing = {
        date
        for report in reports.values()
        if "missing_price" in report.counts
        for date in dates(report, "missing_price")
    }
    assert missing == {"2017-07-31", "2012-08-01"}
    absent = {symbol for symbol, report in reports.items() if report.counts.get("missing_bars") == 1}
    assert {"AAPL", "CSCO", "INTC", "MSFT"} <= absent
    assert found["missing_bars"] == len(absent) == 5
    assert "split" not in found


@pytest.mark.parametrize("name", ["equity_daily_raw_corpactions.parquet", "equity_hour_aapl_bac.parquet"])
def test_raw_prices_show_their_splits_unless_factors_explain_them(content, name):
    series = next(one for one in content(name).series if one.symbol == "AAPL")
    splits = {"2000-06-21", "2005-02-28", "2014-06-09", "2020-08-31"}
    bare = check(replace(series, factor=None, actions=np.zeros(0, ACTION)))[1]
    assert set(dates(bare, "split")) == splits
    checked, report = check(series)
    assert "split" not in report.counts
    assert any("4 jumps are splits" in note for note in report.notes)
    adjusted = adjust(checked, "split")
    assert np.abs(np.diff(np.log(adjusted.rows["close"]))).max() < 0.8
    stated = {str(np.datetime64(int(one["day"]), "D")) for one in series.actions if one["split"] != 1.0}
    assert stated == splits


def test_adjusting_raw_prices_gives_the_factors_back(content):
    for series in content("equity_daily_raw_corpactions.parquet").series[:2]:
        checked, _ = check(series)
        total = adjust(checked, "total").rows["close"]
        wanted = checked.rows["close"] * checked.factor / checked.factor[-1]
        assert np.abs(total / wanted - 1.0).max() < 2e-3


def test_bars_stamped_at_the_hour_follow_the_calendar(content, sessions):
    series = content("equity_hour_aapl_bac.parquet", calendar="XNYS").series[0]
    assert series.stamp == "open"
    assert check(series, sessions)[1].counts["missing_bars"] < 5


def test_quotes_of_the_euro(content):
    report = check_ticks(content("fx_tick_eurusd.parquet").ticks[0])[1]
    assert report.rows == 147_459
    assert report.counts["crossed"] == 16_052
    assert report.counts["zero_spread"] == 18_413


def test_holes_in_crypto(content):
    unittest = check(content("crypto_1m_unittest.parquet").series[0])[1]
    assert unittest.counts["gap"] == 538
    assert "gap" not in check(content("crypto_minute_btcperp_2022.parquet").series[0])[1].counts
    five = {one.symbol: check(one)[1].counts for one in content("crypto_5m.parquet").series}
    assert five["XMR/BTC"]["gap"] == 2
    assert five["ZEC/BTC"]["gap"] == 2
    assert "gap" not in five["ETH/BTC"]


def test_a_week_of_minutes_is_stamped_at_the_close_and_the_index_has_no_volume(content):
    read = content("equity_minute_2019w07.parquet")
    assert {one.stamp for one in read.series} == {"close"}
    reports = {one.symbol: check(one)[1] for one in read.series}
    assert reports["VIX"].counts["zero_volume"] == reports["VIX"].rows
    assert totals(reports.values())["zero_volume"] == 1934


def test_minutes_of_spy_are_stamped_at_the_close_and_february_is_missing(content, sessions):
    for name in ("equity_minute_spy_2011.parquet", "raw/ninjatrader_spy_minute_2011-01.csv"):
        assert content(name, symbol="SPY").series[0].stamp == "close"
    series = content("equity_minute_spy_2011.parquet", symbol="SPY").series[0]
    assert check(series, sessions)[1].counts["missing_bars"] > 18 * 390


def test_one_sided_updates_of_exchanges(content):
    report = check_ticks(content("equity_tick_quotes.parquet").ticks[0])[1]
    assert report.counts["one_sided"] == report.rows == 234_817
    assert report.counts["suspicious"] == 2
    quirky = check_ticks(content("raw/fx_bidask_semi_quirky.csv").ticks[0])[1]
    assert (quirky.symbol, quirky.counts["one_sided"]) == ("EUR/JPY", 10)


def test_prints_off_the_market_and_shared_time_stamps(content):
    assert check_ticks(content("equity_tick_trades.parquet").ticks[0])[1].counts["outlier"] >= 1
    assert check_ticks(content("crypto_trades_bitstamp_2011.parquet").ticks[0])[1].counts["same_time"] == 4243


def test_the_book_has_an_unbroken_chain_and_a_clock_that_is_ahead(content):
    report = check_ticks(content("l2_btcusdt_spot_depth.parquet").ticks[0])[1]
    assert report.counts["early_receipt"] > 120_000
    assert "broken_sequence" not in report.counts
    assert any("1.27" in note for note in report.notes)
    assert "early_receipt" in check_ticks(content("l2_btcusdt_spot_trades.parquet").ticks[0])[1].counts
    assert check_ticks(content("l2_btcusdt_spot_bbo.parquet").ticks[0])[1].clean


def test_a_phantom_dividend(content):
    series = content("raw/yahoo_KAP-IL_bad_dividend.csv", symbol="KAP.IL").series[0]
    report = check(series)[1]
    assert dates(report, "dividend") == ["2022-07-13"]
    assert len(series.actions) == 4
    implied = replace(series, actions=np.zeros(0, ACTION))
    assert check(implied)[1].counts.get("dividend") is None


def test_newest_first_is_turned_round(content):
    read = content("raw/quandl_wiki_AAPL_2011_newest_first.csv", symbol="AAPL")
    assert read.dialect["order"] == "newest first"
    assert np.diff(read.series[0].rows["ts_ns"]).min() > 0
    assert check(read.series[0])[1].counts == {}


def test_sets_of_closes_and_holidays_without_a_value(content):
    sp20 = content("equity_daily_adjclose_sp20.parquet").series
    assert len(sp20) == 20
    assert all(check(one)[1].counts["close_only"] == len(one) for one in sp20)
    assert {one.adjustment for one in sp20} == {"total"}
    macro = {one.symbol: check(one)[1].counts for one in content("macro_vix_wti.parquet").series}
    assert (macro["WTI"]["missing_price"], macro["VIX"]["missing_price"]) == (290, 46)


def test_the_index_has_two_days_without_volume(content):
    found = totals(check(one)[1] for one in content("index_daily_1999_2018.parquet").series)
    assert found == {"zero_volume": 2}


def test_quote_bars_of_currencies_are_crossed_and_rest_at_weekends(content):
    report = check(content("fx_minute_gbpusd.parquet").series[0])[1]
    assert report.counts["crossed"] >= 347
    assert report.counts["zero_spread"] == 306
    assert report.counts["missing_bars"] < 500
    daily = totals(check(one)[1] for one in content("fx_daily_fxcm.parquet").series)
    assert daily["zero_spread"] == 71
    assert daily["crossed"] >= 155


def test_a_company_that_failed_ends(content):
    series = next(one for one in content("equity_daily_raw_corpactions.parquet").series if one.symbol == "WMI")
    assert series.rows["session"].max() < day("2009-08-05") or series.rows["open_ns"].max() // 86_400_000_000_000 < day(
        "2009-08-05"
    )


@pytest.mark.parametrize(
    "name",
    [
        "equity_minute_quote_lean.parquet",
        "equity_minute_trade_lean.parquet",
        "fx_hour_eurusd_2017_2018.parquet",
        "equity_daily_goog_2004_2013.parquet",
    ],
)
def test_the_other_sets_import(content, name):
    for series in content(name).series:
        assert check(series)[1].score > 90.0
