"""Every defect that the validation knows, planted into a clean generated market, found with its count."""

from dataclasses import replace

import numpy as np
import pytest

from tenfold.domain.market import Flag
from tenfold.domain.session import Session
from tenfold.domain.units import NS_PER_DAY, NS_PER_MINUTE
from tenfold.market.adjustment import actions_from_factors, adjust
from tenfold.market.quality_bars import check, merge_flags
from tenfold.market.quality_report import DEFECTS, QualityReport, quality_score
from tenfold.market.quality_ticks import check_ticks, usable_quotes
from tenfold.market.series import ACTION, Series
from tenfold.market.synthetic import random_walk
from tenfold.market.ticks import Ticks


def clean(count=600, period_ns=NS_PER_DAY, seed=7, volatility=0.2):
    bars = random_walk(count, ["AAA"], seed=seed, volatility=volatility, period_ns=period_ns)
    rows = bars.rows[:, 0].copy()
    return Series(symbol="AAA", rows=rows, period_ns=period_ns)


def counts(series, sessions=None):
    checked, report = check(series, sessions)
    return checked, report, report.counts


def flagged(checked, flag):
    return np.flatnonzero(checked.rows["flags"] & int(flag)).tolist()


def test_a_clean_market_scores_100():
    checked, report, found = counts(clean())
    assert found == {}
    assert report.score == 100.0
    assert report.clean
    assert not checked.rows["flags"].any()


def test_ohlc_violations_are_counted_row_by_row():
    series = clean()
    series.rows["close"][[10, 20, 30]] = series.rows["high"][[10, 20, 30]] * 1.001
    series.rows["low"][40], series.rows["high"][40] = series.rows["high"][40], series.rows["low"][40]
    checked, report, found = counts(series)
    assert found["ohlc"] == 4
    assert flagged(checked, Flag.OHLC) == [10, 20, 30, 40]
    assert report.score < 100.0


def test_a_missing_price_is_no_violation_of_what_remains():
    series = clean()
    series.rows["open"][5] = series.rows["high"][5] = np.nan
    series.rows["close"][6] = np.inf
    checked, _, found = counts(series)
    assert found == {"missing_price": 2}
    assert flagged(checked, Flag.NAN_PRICE) == [5, 6]


def test_a_low_of_zero_is_found():
    series = clean()
    series.rows["low"][100] = 0.0
    series.rows["close"][101] = -3.0
    checked, _, found = counts(series)
    assert found["nonpositive_price"] == 2
    assert flagged(checked, Flag.NONPOSITIVE) == [100, 101]


def test_duplicates_and_disorder_are_flagged_and_nothing_is_dropped():
    series = clean()
    index = np.arange(len(series))
    index[[50, 51]] = [51, 50]
    series = series.take(np.concatenate([index, [200, 200]]))
    checked, report, found = counts(series)
    assert report.rows == 602
    assert found["duplicate"] == 2
    assert found["disorder"] == 3
    assert (np.diff(checked.rows["ts_ns"]) >= 0).all()
    merged, left_out = merge_flags(checked.rows)
    assert (len(merged), left_out) == (600, 2)
    assert merged["flags"][200] & int(Flag.DUPLICATE)


def test_of_duplicates_the_first_usable_row_stays():
    series = clean()
    series = series.take(np.concatenate([np.arange(600), [300]]))
    series.rows["close"][300] = np.nan
    checked, _, _ = counts(series)
    merged, left_out = merge_flags(checked.rows)
    assert left_out == 1
    assert np.isfinite(merged["close"][300])


def test_a_missing_session_is_found_against_the_calendar():
    series = clean()
    sessions = [Session(day=int(day), open_ns=int(day) * NS_PER_DAY, close_ns=(int(day) + 1) * NS_PER_DAY - 1)
                for day in series.rows["open_ns"] // NS_PER_DAY]  # fmt: skip
    holed = series.take(np.delete(np.arange(600), [250, 400, 401]))
    checked, _, found = counts(holed, sessions)
    assert found["gap"] == 2
    assert found["missing_bars"] == 3
    assert flagged(checked, Flag.GAP) == [250, 399]
    alone = counts(holed)
    assert "gap" not in alone[2]
    assert any("3 trading days" in note for note in alone[1].notes)


def test_a_long_hole_in_daily_bars_needs_no_calendar():
    series = clean()
    _, _, found = counts(series.take(np.delete(np.arange(600), np.arange(100, 140))))
    assert found["gap"] == 1
    assert found["missing_bars"] == 40


def test_holes_in_a_market_that_never_closes_are_counted():
    series = clean(6 * 24 * 60, NS_PER_MINUTE)
    drop = np.array([100, 200, 201, 5000])
    _, _, found = counts(series.take(np.delete(np.arange(len(series)), drop)))
    assert (found["gap"], found["missing_bars"]) == (3, 4)
    daily = clean()
    every_day = daily.rows.copy()
    every_day["open_ns"] = daily.rows["open_ns"][0] + np.arange(600) * NS_PER_DAY
    every_day["ts_ns"] = every_day["open_ns"] + NS_PER_DAY - 1
    _, _, found = counts(replace(daily, rows=np.delete(every_day, 300)))
    assert (found["gap"], found["missing_bars"]) == (1, 1)


def test_nights_and_weekends_are_no_gaps():
    series = clean(20 * 24 * 60, NS_PER_MINUTE)
    opened = series.rows["open_ns"]
    minute, weekday = opened // NS_PER_MINUTE % 1440, (opened // NS_PER_DAY + 3) % 7
    open_hours = (minute >= 14 * 60 + 30) & (minute < 21 * 60) & (weekday < 5)
    session = series.take(np.flatnonzero(open_hours))
    assert "gap" not in counts(session)[2]
    holed = session.take(np.delete(np.arange(len(session)), [60, 61, 1000]))
    _, report, found = counts(holed)
    assert (found["gap"], found["missing_bars"]) == (2, 3)
    assert any("no calendar" in note for note in report.notes)


def test_intraday_bars_are_held_against_sessions():
    series = clean(3 * 24 * 60, NS_PER_MINUTE)
    day = int(series.rows["open_ns"][0] // NS_PER_DAY)
    sessions = [
        Session(day=day + k, open_ns=(day + k) * NS_PER_DAY + 870 * NS_PER_MINUTE, close_ns=(day + k) * NS_PER_DAY + 1260 * NS_PER_MINUTE)
        for k in range(3)
    ]  # fmt: skip
    minute = series.rows["open_ns"] // NS_PER_MINUTE % 1440
    kept = series.take(np.flatnonzero((minute >= 840) & (minute < 1260) & (minute != 900)))
    checked, _, found = counts(kept, sessions)
    assert found["off_session"] == 90
    assert (found["gap"], found["missing_bars"]) == (3, 3)
    assert sorted(set(checked.rows["session"].tolist())) == [day, day + 1, day + 2]


def test_a_day_without_a_session_is_off_session():
    series = clean(50)
    days = (series.rows["open_ns"] // NS_PER_DAY).tolist()
    sessions = [
        Session(day=day, open_ns=day * NS_PER_DAY, close_ns=(day + 1) * NS_PER_DAY - 1)
        for day in days
        if day != days[20]
    ]
    checked, _, _ = counts(series, sessions)
    assert flagged(checked, Flag.OFF_SESSION) == [20]


def test_a_spike_that_is_taken_back_is_an_outlier_and_a_crash_is_not():
    series = clean()
    for name in ("open", "high", "low", "close"):
        series.rows[name][300] *= 1.6
    assert flagged(counts(series)[0], Flag.OUTLIER) == [300]
    crash = clean()
    for name in ("open", "high", "low", "close"):
        crash.rows[name][300:] *= 0.79
    assert counts(crash)[2] == {}


def test_a_wild_high_that_no_neighbour_reaches_is_an_outlier():
    series = clean()
    series.rows["high"][300] *= 2.0
    series.rows["low"][310] /= 2.0
    assert flagged(counts(series)[0], Flag.OUTLIER) == [300, 310]


@pytest.mark.parametrize("ratio", [2.0, 3.0, 7.0, 1.5, 0.05, 0.125])
def test_an_unadjusted_split_is_found_and_a_factor_explains_it(ratio):
    series = clean()
    for name in ("open", "high", "low", "close"):
        series.rows[name][:300] *= ratio
    checked, report, found = counts(series)
    assert found == {"split": 1}
    assert flagged(checked, Flag.SPLIT) == [300]
    assert report.score <= 90.0
    factor = np.where(np.arange(600) < 300, 1.0 / ratio, 1.0)
    days = series.rows["open_ns"] // NS_PER_DAY
    known = replace(series, factor=factor, actions=actions_from_factors(days, series.rows["close"], factor))
    checked, report, found = counts(known)
    assert found == {}
    assert any("splits that the factors explain" in note for note in report.notes)
    assert abs(np.diff(np.log(adjust(checked, "split").rows["close"]))).max() < 0.1


def test_volume_beyond_the_split_means_news():
    series = clean()
    for name in ("open", "high", "low", "close"):
        series.rows[name][:300] *= 2.0
    series.rows["volume"][300] *= 20.0
    assert counts(series)[2] == {}


def test_a_stretch_with_another_adjustment_is_mixed():
    series = clean()
    for name in ("open", "high", "low", "close"):
        series.rows[name][300:330] *= 0.25
    checked, _, found = counts(series)
    assert found == {"mixed": 30}
    assert flagged(checked, Flag.MIXED) == list(range(300, 330))


def test_a_split_that_did_not_move_raw_prices_is_mixed():
    series = clean()
    action = np.zeros(1, ACTION)
    action["day"] = action["known_day"] = series.rows["open_ns"][300] // NS_PER_DAY
    action["split"] = 4.0
    checked, _, found = counts(replace(series, actions=action, actions_known=True))
    assert found == {"mixed": 1}
    assert flagged(checked, Flag.MIXED) == [300]


def test_an_adjusted_close_beside_raw_prices_is_mixed():
    series = clean()
    series.rows["close"][:300] /= 7.0
    _, _, found = counts(series)
    assert found["mixed"] >= 300
    assert found["ohlc"] >= 300


def test_crossed_one_sided_and_zero_spreads_of_quote_bars():
    series = clean()
    rows = series.rows
    for side, sign in (("bid", -1.0), ("ask", 1.0)):
        rows[side] = rows["close"] * (1.0 + sign * 1e-4)
        rows[f"{side}_open"] = rows["open"] * (1.0 + sign * 1e-4)
    rows["ask"][10] = rows["bid"][10] * 0.999
    rows["ask_open"][11] = rows["bid_open"][11] * 0.999
    rows["ask"][12] = rows["bid"][12]
    rows["bid"][13] = np.nan
    checked, _, found = counts(series)
    assert found == {"crossed": 2, "zero_spread": 1, "one_sided": 1}
    assert flagged(checked, Flag.CROSSED) == [10, 11]


def test_a_price_that_stands_still_is_stale():
    series = clean()
    for name in ("open", "high", "low", "close"):
        series.rows[name][200:220] = series.rows["close"][199]
    checked, _, found = counts(series)
    assert found == {"stale": 20}
    assert flagged(checked, Flag.STALE) == list(range(200, 220))


def test_a_volume_of_zero_is_found_and_none_at_all_is_not():
    series = clean()
    series.rows["volume"][[3, 4]] = [0.0, np.nan]
    assert counts(series)[2] == {"zero_volume": 2}
    index = clean()
    index.rows["volume"] = 0.0
    assert counts(index)[2] == {"zero_volume": 600}
    without = clean()
    without.rows["volume"] = np.nan
    assert counts(without)[2] == {}


def test_a_set_of_closes_says_so():
    series = clean()
    for name in ("open", "high", "low"):
        series.rows[name] = series.rows["close"]
    assert counts(series)[2] == {"close_only": 600}


def dividends(shares, prices_show):
    series = clean()
    rows = series.rows
    actions = np.zeros(len(shares), ACTION)
    actions["split"] = 1.0
    for k, share in enumerate(shares):
        at = 200 + 100 * k
        actions["day"][k] = actions["known_day"][k] = rows["open_ns"][at] // NS_PER_DAY
        actions["dividend"][k] = share * rows["close"][at - 1]
        if prices_show:
            for name in ("open", "high", "low", "close"):
                rows[name][at:] *= 1.0 - share
    return replace(series, actions=actions, actions_known=True)


def test_a_dividend_that_the_price_does_not_show_is_found():
    checked, _, found = counts(dividends([0.08], prices_show=False))
    assert found == {"dividend": 1}
    assert flagged(checked, Flag.DIVIDEND) == [200]
    assert counts(dividends([0.08, 0.06], prices_show=True))[2] == {}
    assert counts(dividends([0.004], prices_show=False))[2] == {}


def test_an_implausible_dividend_is_found():
    assert counts(dividends([0.4], prices_show=False))[2] == {"dividend": 1}


def test_one_dividend_booked_twice_is_found():
    series = dividends([0.08, 0.08], prices_show=True)
    series.actions["day"][1] = series.actions["day"][0] + 1
    assert counts(series)[2]["dividend"] == 1


def quotes(count=200):
    rng = np.random.default_rng(3)
    middle = 100.0 * np.exp(np.cumsum(rng.standard_normal(count) * 1e-4))
    ts_ns = np.arange(count, dtype=np.int64) * 1_000_000
    return ts_ns, {"bid": middle - 0.01, "ask": middle + 0.01}


def test_quotes_are_judged_tick_by_tick():
    ts_ns, columns = quotes()
    bid, ask = columns["bid"], columns["ask"]
    ask[5] = bid[5] - 0.01
    ask[6] = bid[6]
    bid[7], ask[8] = 0.0, np.nan
    bid[9] = ask[9] = 0.0
    bid[50], ask[50] = bid[50] * 1.1, ask[50] * 1.1
    bid[60] = -1.0
    ts_ns[20] = ts_ns[19]
    ts_ns[31] = ts_ns[29]
    columns["suspicious"] = (np.arange(200) == 70).astype(float)
    columns["receipt_ns"] = ts_ns + np.where(np.arange(200) < 100, -1_200_000_000, 5_000_000)
    flags, report = check_ticks(Ticks(symbol="EURUSD", kind="quotes", ts_ns=ts_ns, columns=columns))
    assert report.counts == {
        "missing_price": 1, "nonpositive_price": 1, "disorder": 1, "outlier": 1, "crossed": 1, "one_sided": 3,
        "zero_spread": 1, "suspicious": 1, "same_time": 1, "early_receipt": 100,
    }  # fmt: skip
    assert not usable_quotes(flags)[[5, 7, 8, 9, 60]].any()
    assert usable_quotes(flags)[[6, 10]].all()
    assert any("1.200 s ahead" in note for note in report.notes)


def test_trades_are_judged_tick_by_tick():
    ts_ns, columns = quotes()
    price, size = columns["bid"].copy(), np.ones(200)
    price[40] *= 0.9
    price[41], size[42] = np.nan, 0.0
    price[43] = 0.0
    ts_ns[10] = ts_ns[9]
    _, report = check_ticks(Ticks(symbol="X", kind="trades", ts_ns=ts_ns, columns={"price": price, "size": size}))
    assert report.counts == {
        "missing_price": 1, "nonpositive_price": 1, "outlier": 1, "zero_volume": 1, "same_time": 1,
    }  # fmt: skip


def test_a_break_in_the_updates_of_a_book_is_found():
    first = np.array([1, 1, 4, 7, 20, 0, 25], np.int64)
    last = np.array([3, 3, 6, 9, 24, 0, 30], np.int64)
    ticks = Ticks(symbol="X", kind="depth", ts_ns=np.arange(7), columns={"first_id": first, "last_id": last})
    assert check_ticks(ticks)[1].counts == {"broken_sequence": 1}


def test_few_ticks_are_no_statistics():
    ticks = Ticks(
        symbol="X", kind="trades", ts_ns=np.arange(3), columns={"price": np.array([1.0, 9.0, 1.0]), "size": np.ones(3)}
    )
    assert check_ticks(ticks)[1].counts == {}


def test_the_report_reads_as_text():
    series = clean()
    series.rows["close"][:7] = np.nan
    report = check(series)[1]
    lines = report.lines()
    assert lines[0].startswith("AAA: 600 1d bars, 2010-01-01 to ")
    assert "2010-01-01" in lines[1]
    assert lines[1].endswith(", ...")
    assert report.summary()["counts"] == {"missing_price": 7}


def test_every_defect_costs_and_the_score_stays_in_range():
    for name, defect in DEFECTS.items():
        score = quality_score({name: 10**6}, 100)
        assert 0.0 <= score <= 100.0
        assert score == 100.0 if defect.weight == 0.0 and defect.fixed == 0.0 else score < 100.0
    assert quality_score(dict.fromkeys(DEFECTS, 1000), 1000) == 0.0
    assert quality_score({}, 0) == 100.0
    assert quality_score({"ohlc": 1}, 10**9) == 99.9


def test_an_empty_set_has_no_score():
    series = clean().take(np.zeros(0, np.int64))
    report = check(series)[1]
    assert isinstance(report, QualityReport)
    assert (report.rows, report.score) == (0, 0.0)
