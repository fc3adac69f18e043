"""CSV and Parquet of every dialect come out as the same bars."""

import gzip
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from tenfold.adapters.calendar import calendar_sessions
from tenfold.adapters.files.reader import Reading, read_file
from tenfold.domain.errors import DataError, StorageError, UnknownNameError
from tenfold.domain.units import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE

DAYS = [datetime(2021, 2, 25, tzinfo=UTC) + timedelta(days=d) for d in (0, 1, 4, 5, 6, 7, 8, 11, 12, 13, 14, 15)]
PRICES = [(100.0 + i, 102.0 + i, 99.0 + i, 101.5 + i, 1000.0 + i) for i in range(len(DAYS))]


def read(path, **options):
    return read_file(path, Reading(**options))


def write(tmp_path, text, name="AAA.csv"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def table(form="%Y-%m-%d", sep=",", header="Date,Open,High,Low,Close,Volume", number="{:.2f}", rows=None):
    lines = [header.replace(",", sep)] if header else []
    for moment, values in rows or zip(DAYS, PRICES, strict=True):
        lines.append(sep.join([moment.strftime(form), *(number.format(value) for value in values)]))
    return "\n".join(lines) + "\n"


def assert_same(content):
    (series,) = content.series
    assert (series.rows["open_ns"] // NS_PER_DAY).tolist() == [int(day.timestamp()) // 86400 for day in DAYS]
    for column, name in enumerate(("open", "high", "low", "close", "volume")):
        assert series.rows[name].tolist() == [values[column] for values in PRICES]
    assert series.period_ns == NS_PER_DAY
    return series


DIALECTS = {
    "plain": table(),
    "semicolons": table(sep=";"),
    "tabs": table(sep="\t"),
    "bars": table(sep="|"),
    "no header": table(header=""),
    "byte order mark": b"\xef\xbb\xbf" + table().encode(),
    "utf-16": table().encode("utf-16"),
    "CRLF": table().replace("\n", "\r\n"),
    "no last line end": table().rstrip(),
    "blank lines": table().replace("\n", "\n\n"),
    "comments": "# source: here\n" + table(),
    "title lines": "Prices of AAA\n" + table(),
    "compact dates": table("%Y%m%d"),
    "compact, no header, semicolons": table("%Y%m%d %H%M%S", sep=";", header=""),
    "month first": table("%m/%d/%Y"),
    "day first": table("%d.%m.%Y"),
    "two-digit years": table("%d/%m/%y"),
    "month names": table("%d-%b-%Y"),
    "long month names": table("%B %d %Y"),
    "quoted month names": table('"%b %d, %Y"'),
    "two columns": table("%Y-%m-%d,%H:%M", header="Date,Time,Open,High,Low,Close,Volume"),
    "one name for two columns": table("%Y-%m-%d,%H:%M:%S", header="Stamp Date,Open,High,Low,Close,Volume").replace("Stamp Date", "Date"),
    "ISO with Z": table("%Y-%m-%dT%H:%M:%SZ"),
    "offset": table("%Y-%m-%d 00:00:00-05:00"),
    "time of day of the close": table("%Y-%m-%d 16:00:00"),
    "twelve hours": table("%m/%d/%Y 12:00:00 AM"),
    "epoch seconds": table("%s", header="timestamp,open,high,low,close,volume"),
    "epoch milliseconds": table("%s000", header="unix,o,h,l,c,v"),
    "epoch microseconds": table("%s000000", header="t,o,h,l,c,v"),
    "epoch nanoseconds": table("%s000000000", header="t,o,h,l,c,v"),
    "decimal commas": table(sep=";").replace(".", ","),
    "thousands": table(number='"{:,.2f}"'),
    "points and commas": table(sep=";", number="{:,.2f}").replace(",", "_").replace(".", ",").replace("_", "."),
    "numbered names": table(header="timestamp,1. open,2. high,3. low,4. close,5. volume"),
    "angle brackets": table(header="<DATE>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<TICKVOL>"),
    "blank column": table(header="Date,Open,High,Low,Close,Volume,").replace("\n", ",\n").replace(",,", ","),
    "currency signs": table(number="${:.2f}"),
    "extra column": table(header="Date,Open,High,Low,Close,Volume,Trades").replace("\n", ",7\n").replace("Trades,7", "Trades"),
    "newest first": table(rows=list(zip(DAYS, PRICES, strict=True))[::-1]),
    "gzip": gzip.compress(table().encode()),
}  # fmt: skip


@pytest.mark.parametrize("name", DIALECTS)
def test_every_dialect_gives_the_same_bars(tmp_path, name, monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    content = read(write(tmp_path, DIALECTS[name]), tz="UTC")
    assert_same(content)
    assert content.dialect["times"]


def test_what_was_detected_is_told(tmp_path):
    content = read(write(tmp_path, DIALECTS["newest first"]))
    assert content.dialect["order"] == "newest first"
    assert content.dialect["separator"] == "comma"
    assert content.dialect["header"] == "yes"
    cut = read(write(tmp_path, table().rstrip()[:-20]))
    assert cut.dialect["short lines"].startswith("1, from line 13 on")
    assert read(write(tmp_path, DIALECTS["decimal commas"])).dialect["decimals"] == "comma"
    assert read(write(tmp_path, DIALECTS["extra column"])).dialect["columns not read"] == "Trades"
    ambiguous = write(tmp_path, table("%d/%m/%y", rows=list(zip(DAYS, PRICES, strict=True))[2:9]))
    assert "day/month/year" in read(ambiguous, dates="dmy").dialect["times"]
    assert "month/day/year" in read(ambiguous, dates="mdy").dialect["times"]


def minutes(start, count, step=1):
    return [(start + timedelta(minutes=step * i), PRICES[i % len(PRICES)]) for i in range(count)]


def test_local_times_become_utc_across_the_change_of_clocks(tmp_path):
    rows = minutes(datetime(2021, 3, 12, 9, 30, tzinfo=UTC), 5) + minutes(datetime(2021, 3, 15, 9, 30, tzinfo=UTC), 5)
    path = write(tmp_path, table("%Y-%m-%d %H:%M", rows=rows))
    (series,) = read(path, tz="America/New_York", stamp="open").series
    hours = series.rows["open_ns"] // NS_PER_HOUR % 24
    assert sorted(set(hours.tolist())) == [13, 14]
    assert series.timezone == "America/New_York"


def test_an_hour_that_occurs_twice_is_read_in_order(tmp_path):
    first = minutes(datetime(2021, 11, 7, 0, 30, tzinfo=UTC), 3, 30)
    again = minutes(datetime(2021, 11, 7, 1, 0, tzinfo=UTC), 4, 30)
    content = read(write(tmp_path, table("%Y-%m-%d %H:%M", rows=first + again)), tz="America/New_York", stamp="open")
    assert np.diff(content.series[0].rows["open_ns"]).tolist() == [30 * NS_PER_MINUTE] * 6
    assert any("shows twice" in line for line in content.assumed)
    back = read(
        write(tmp_path, table("%Y-%m-%d %H:%M", rows=(first + again)[::-1])), tz="America/New_York", stamp="open"
    )
    assert np.diff(back.series[0].rows["open_ns"]).tolist() == [30 * NS_PER_MINUTE] * 6


def test_a_time_that_the_clock_skipped_is_refused(tmp_path):
    path = write(tmp_path, table("%Y-%m-%d %H:%M", rows=minutes(datetime(2021, 3, 14, 2, 0, tzinfo=UTC), 5)))
    with pytest.raises(DataError, match="2021-03-14 02:00:00 does not exist in America/New_York"):
        read(path, tz="America/New_York")
    with pytest.raises(DataError, match="time zone 'Mars/Crater' is not known"):
        read(path, tz="Mars/Crater")


def session_minutes(first_minute, days=5, before=0):
    rows = []
    for d in range(days):
        for m in range(-before, 390):
            moment = datetime(2021, 6, 7 + d, 13, 30, tzinfo=UTC) + timedelta(minutes=first_minute + m)
            volume = 50.0 if m < 0 else 5000.0 + m
            rows.append((moment, (*PRICES[m % 12][:4], volume)))
    return rows


@pytest.mark.parametrize(("first", "stamp"), [(0, "open"), (1, "close")])
@pytest.mark.parametrize("before", [0, 60])
@pytest.mark.parametrize("calendar", [None, "XNYS"])
def test_the_stamp_is_told_by_the_open(tmp_path, first, stamp, before, calendar):
    path = write(tmp_path, table("%Y-%m-%d %H:%M", rows=session_minutes(first, before=before)))
    content = read(path, calendar=calendar, sessions=calendar_sessions)
    assert content.series[0].stamp == stamp
    assert content.dialect["stamp"].startswith(f"at the {stamp}: ")
    assert content.series[0].rows["open_ns"][before] % NS_PER_DAY == 13 * NS_PER_HOUR + 30 * NS_PER_MINUTE


def test_without_evidence_the_stamp_is_assumed_and_said(tmp_path):
    path = write(tmp_path, table("%Y-%m-%d %H:%M", rows=minutes(datetime(2021, 6, 5, tzinfo=UTC), 3000)))
    content = read(path)
    assert content.series[0].stamp == "open"
    assert any("--stamp close" in line for line in content.assumed)
    told = read(path, stamp="close")
    assert told.series[0].rows["ts_ns"][0] == content.series[0].rows["open_ns"][0]
    assert told.dialect["stamp"] == "at the close, as told"
    ninja = write(
        tmp_path, table("%Y%m%d %H%M%S", sep=";", header="", rows=minutes(datetime(2021, 6, 5, tzinfo=UTC), 300))
    )
    assert read(ninja).series[0].stamp == "close"


def test_quote_bars_make_middle_prices(tmp_path):
    names = ["date", *(f"{side} {name}" for side in ("Bid", "Ask") for name in ("Open", "High", "Low", "Close"))]
    rows = [
        [day.strftime("%Y-%m-%d"), "1.0", "1.2", "0.9", "1.1", "1.1", "1.3", "1.0", "1.2" if i else ""]
        for i, day in enumerate(DAYS)
    ]
    path = write(tmp_path, "\n".join(",".join(row) for row in [names, *rows]))
    (series,) = read(path).series
    assert series.rows["close"][1] == pytest.approx(1.15)
    assert (series.rows["bid"][1], series.rows["ask"][1], series.rows["bid_open"][1]) == (1.1, 1.2, 1.0)
    assert np.isnan(series.rows["close"][0])


def test_ticks_are_read_as_ticks(tmp_path):
    quotes = read(write(tmp_path, "time,bid,ask\n2021-01-01 00:00:00.125,1.1,1.2\n2021-01-01 00:00:01,,1.3\n"))
    assert quotes.ticks[0].kind == "quotes"
    assert quotes.ticks[0].ts_ns[0] % 10**9 == 125_000_000
    trades = read(write(tmp_path, "timestamp,price,size\n1609459200,1.1,5\n1609459201,1.2,6\n"))
    assert trades.ticks[0].kind == "trades"


def test_several_symbols_in_one_file(tmp_path):
    text = "Ticker,Date,Close\n" + "".join(
        f"{s},{d:%Y-%m-%d},{10 + i}\n" for s in ("B", "A") for i, d in enumerate(DAYS)
    )
    path = write(tmp_path, text)
    assert [one.symbol for one in read(path).series] == ["A", "B"]
    assert [one.symbol for one in read(path, symbol="B").series] == ["B"]
    with pytest.raises(UnknownNameError, match="has no symbol Z"):
        read(path, symbol="Z")
    wide = write(tmp_path, "Date,X1,Y2\n" + "".join(f"{d:%Y-%m-%d},{10 + i},{20 + i}\n" for i, d in enumerate(DAYS)))
    assert [one.symbol for one in read(wide).series] == ["X1", "Y2"]
    assert [one.symbol for one in read(wide, symbol="Y2").series] == ["Y2"]
    with pytest.raises(UnknownNameError):
        read(wide, symbol="Q")


def test_adjusted_closes_become_actions(tmp_path):
    lines = ["Date,Open,High,Low,Close,Adj Close,Volume"]
    for i, d in enumerate(DAYS):
        close = 200.0 if i < 6 else 100.0
        lines.append(f"{d:%Y-%m-%d},{close},{close},{close},{close},{100.0 * (0.99 if i < 3 else 1.0)},5")
    (series,) = read(write(tmp_path, "\n".join(lines))).series
    assert series.actions_known
    assert series.actions["split"].tolist() == [1.0, 2.0]
    assert series.actions["dividend"][0] == pytest.approx(2.0)


def test_stated_splits_tell_whether_prices_are_raw(tmp_path):
    def text(before):
        lines = ["Date,Open,High,Low,Close,Volume,Dividends,Stock Splits"]
        for i, d in enumerate(DAYS):
            price = before if i < 6 else 100.0
            lines.append(
                f"{d:%Y-%m-%d},{price},{price},{price},{price},5,{0.5 if i == 2 else 0},{2.0 if i == 6 else 0}"
            )
        return "\n".join(lines)

    raw = read(write(tmp_path, text(200.0))).series[0]
    assert (raw.adjustment, raw.actions["split"].tolist()) == ("raw", [1.0, 2.0])
    split = read(write(tmp_path, text(100.0))).series[0]
    assert (split.adjustment, split.actions["split"].tolist()) == ("split", [1.0])


def test_the_user_may_name_adjustment_and_period(tmp_path):
    path = write(tmp_path, table())
    assert read(path, adjustment="split").series[0].adjustment == "split"
    assert read(path, adjustment="total").series[0].actions_known
    one = write(tmp_path, "date,close\n2021-01-04,5\n")
    assert read(one).series[0].period_ns == NS_PER_DAY
    weekly = write(tmp_path, table(rows=[(DAYS[0] + timedelta(days=7 * i), PRICES[i]) for i in range(12)]))
    series = read(weekly).series[0]
    assert (series.rows["ts_ns"] - series.rows["open_ns"] == 7 * NS_PER_DAY - 1).all()
    months = write(tmp_path, "Date,Close\n" + "".join(f"2020{m:02d},{m}\n" for m in range(1, 13)))
    series = read(months).series[0]
    assert (series.rows["ts_ns"][1] + 1) // NS_PER_DAY == int(datetime(2020, 3, 1, tzinfo=UTC).timestamp()) // 86400


@pytest.mark.parametrize(
    "column",
    [
        pl.Series("ts", DAYS).dt.replace_time_zone(None).cast(pl.Datetime("ms")),
        pl.Series("ts", DAYS).dt.convert_time_zone("UTC"),
        pl.Series("ts", [day.date() for day in DAYS]),
        pl.Series("ts", [int(day.timestamp()) for day in DAYS]),
        pl.Series("ts", [day.strftime("%Y-%m-%d") for day in DAYS]),
    ],
)
def test_parquet_with_any_type_of_time(tmp_path, column):
    frame = pl.DataFrame(
        {name: [row[i] for row in PRICES] for i, name in enumerate(("open", "high", "low", "close", "volume"))}
    )
    path = tmp_path / "AAA.parquet"
    frame.insert_column(0, column).write_parquet(path)
    assert_same(read(path))


def test_parquet_with_text_as_numbers(tmp_path):
    path = tmp_path / "AAA.parquet"
    pl.DataFrame({"date": [day.date() for day in DAYS], "close": [f"{p[3]}" for p in PRICES]}).write_parquet(path)
    assert read(path).series[0].rows["close"].tolist() == [p[3] for p in PRICES]


BROKEN = {
    "empty": (b"", "is empty"),
    "white space": (b"\n \n\n", "is empty"),
    "header alone": (b"Date,Open,High,Low,Close\n", "has a header and no rows"),
    "binary": (bytes(range(256)) * 9, "no text and no Parquet"),
    "half a Parquet file": (b"PAR1" + b"\x01\x02" * 40, "damaged Parquet"),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0", "no text"),
    "an archive": (b"PK\x03\x04rest", "zip archive"),
    "damaged gzip": (gzip.compress(table().encode())[:40], "damaged gzip"),
    "damaged utf-16": (b"\xff\xfe\x00\xd8\x00", "damaged"),
    "one column": (b"hello\nworld\n", "no separator found"),
    "no time": (b"open,high,low,close\n1,2,3,4\n1,2,3,4\n", "none is a date or time"),
    "no price": (b"date,colour\n2021-01-04,red\n", "has 'red' as colour"),
    "names without a price": (b"date,bid\n2021-01-04,1\n2021-01-05,1\n", "has no prices"),
    "a word for a price": (table().replace("101.50", "oops").encode(), "line 2 has 'oops' as close"),
    "a word for a date": (table().replace("2021-03-02", "yesterday").encode(), "line 5 has time 'yesterday'"),
    "an impossible date": (table().replace("2021-03-02", "2021-02-30").encode(), "line 5 has time '2021-02-30'"),
    "an absent date": (table().replace("2021-03-02", "").encode(), "line 5 has an empty time"),
    "a month of no name": (table("%d-%b-%Y").replace("Mar", "Mrz").encode(), "has time"),
    "an hour of no clock": (table("%Y-%m-%d 25:00").encode(), "has time"),
    "a date cut off": (table().encode()[:-45], "has time"),
    "too many fields": (table().replace("2021-03-02", "2021-03-02,9").encode(), "line 5 has 7 fields, expected 6"),
    "a quote left open": (table().replace("2021-03-02", '"2021-03-02').encode(), "quote"),
    "eight columns without header": (b"2021-01-04,1,2,3,4,5,6,7,8\n", "add a header"),
    "two names too many": (b"date,open,high,low,close,volume,x,y\n" + table(header="").encode(), "names in its header"),
    "epoch out of range": (b"ts,close\n9999999999,1\n9999999998,1\n", "out of range"),
    "one intraday bar": (b"ts,close\n1609459260,1\n", "period cannot be told"),
    "a date among moments": (b"date,close\n2021-01-04 09:30,1\n2021-01-04,2\n", "line 3 has the date"),
    "a row without a symbol": (b"date,symbol,close\n2021-01-04,A,1\n2021-01-05,,2\n", "rows without a symbol"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_broken_files_end_in_one_line(tmp_path, name):
    content, expected = BROKEN[name]
    with pytest.raises(DataError) as caught:
        read(write(tmp_path, content))
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_broken_options_end_in_one_line(tmp_path):
    path = write(tmp_path, table())
    for options in (
        {"stamp": "noon"},
        {"dates": "xyz"},
        {"adjustment": "half"},
        {"period": "5 parsecs"},
        {"period": "1m"},
    ):
        with pytest.raises(DataError) as caught:
            read(path, **options)
        assert "\n" not in str(caught.value)
    with pytest.raises(DataError, match="is not there"):
        read(tmp_path / "absent.csv")
    with pytest.raises(DataError, match="is a folder"):
        read(tmp_path)
    with pytest.raises(DataError, match="expected 1 to 32 characters"):
        read(path, symbol="x" * 40)
    with pytest.raises(StorageError, match="cannot read"):
        read(tmp_path / ("x" * 400))


def test_broken_parquet_ends_in_one_line(tmp_path):
    path = tmp_path / "AAA.parquet"
    frames = [
        (pl.DataFrame({"date": [], "close": []}), "has no rows"),
        (pl.DataFrame({"date": [True], "close": [1.0]}), "expected dates, times or integers"),
        (pl.DataFrame({"date": [None, "2021-01-04"], "close": [1.0, 2.0]}), "without a time"),
        (pl.DataFrame({"date": ["2021-01-04"], "close": [[1.0]]}), "expected numbers"),
        (pl.DataFrame({"colour": ["red"]}), "none is a date or time"),
    ]
    for frame, expected in frames:
        frame.write_parquet(path)
        with pytest.raises(DataError, match=expected):
            read(path)


def test_numbers_as_people_write_them(tmp_path):
    rows = "\n".join(
        f"2021-01-{d:02d};1;2;1;2;{v}" for d, v in zip(range(4, 9), ["1.5K", "2M", "n/a", "", "3B"], strict=True)
    )
    (series,) = read(write(tmp_path, "date;open;high;low;close;volume\n" + rows)).series
    assert series.rows["volume"][[0, 1, 4]].tolist() == [1500.0, 2e6, 3e9]
    assert np.isnan(series.rows["volume"][[2, 3]]).all()


def test_latin_1_is_read(tmp_path):
    content = read(write(tmp_path, table().replace("Volume", "Stück").encode("latin-1")))
    assert content.dialect["encoding"] == "latin-1"
