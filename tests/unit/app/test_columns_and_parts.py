"""Further columns, joined files, large files in parts, archives: each from a file to what is read back."""

import gzip
import io
import zipfile

import numpy as np
import polars as pl
import pytest

from tenfold.adapters.files.parts import read_parts
from tenfold.adapters.files.reader import Reading, read_file
from tenfold.app import wiring
from tenfold.app.data import list_sets, load_bars, show_set
from tenfold.app.importing import import_file
from tenfold.domain.errors import DataError, UnknownNameError
from tenfold.market.quality_ticks import TickCheck, check_ticks
from tenfold.market.ticks import joined


def write(tmp_path, text, name="AAA.csv"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def days(first, count, close=10.0, more=""):
    """Return lines of daily bars."""
    start = np.datetime64(first)
    return "".join(f"{start + k},{close + k}{more.format(k)}\n" for k in range(count))


def test_columns_that_are_asked_for_come_with_the_bars(tmp_path):
    path = write(tmp_path, "date,close,Sentiment Score,oi,note\n" + days("2021-01-04", 4, more=",0.{0}5,{0},x"))
    report = import_file(path, columns=["sentiment score", "OI"])
    assert report.dialect["columns not read"] == "note"
    import_file(write(tmp_path, "date,close\n" + days("2021-01-05", 4), "BBB.csv"))
    bars = load_bars(["AAA", "BBB"])
    assert bars.columns == ("sentiment_score", "oi")
    np.testing.assert_array_equal(bars.rows["sentiment_score"][:, 0], [0.05, 0.15, 0.25, 0.35, np.nan])
    assert np.isnan(bars.rows["oi"][:, 1]).all()
    assert load_bars("BBB").columns == ()


def test_columns_that_are_not_there_or_are_taken_end_in_one_line(tmp_path):
    path = write(tmp_path, "date,close,oi,low point,adj\n" + days("2021-01-04", 3, more=",1,2,3"))
    with pytest.raises(UnknownNameError, match="has no column oiz; did you mean oi"):
        import_file(path, columns=["oiz"])
    with pytest.raises(DataError, match="would be the field 'close' of a bar"):
        import_file(path, columns=["close"])
    assert list_sets() == []


def test_files_may_be_joined(tmp_path):
    import_file(write(tmp_path, "date,close\n" + days("2021-01-04", 5)))
    import_file(
        write(tmp_path, "date,close,oi\n" + days("2021-01-07", 4, close=90.0, more=",7")), add=True, columns=["oi"]
    )
    bars = load_bars("AAA")
    assert bars.rows["close"][:, 0].tolist() == [10.0, 11.0, 12.0, 90.0, 91.0, 92.0, 93.0]
    np.testing.assert_array_equal(bars.rows["oi"][:, 0], [np.nan] * 3 + [7.0] * 4)
    import_file(write(tmp_path, "date,close\n" + days("2021-01-04", 3), "NEW.csv"), add=True)
    assert len(load_bars("NEW")) == 3
    with pytest.raises(DataError, match="stored raw and AAA split: they cannot be joined"):
        import_file(write(tmp_path, "date,close\n" + days("2021-02-01", 3)), add=True, adjustment="split")


def trades(count, first=1_609_459_200_000):
    rng = np.random.default_rng(1)
    moments = first + np.cumsum(rng.integers(0, 3, count))
    prices = 100.0 + np.cumsum(rng.normal(0, 0.01, count)).round(4)
    prices[count // 2] *= 1.5
    lines = [
        f"{ts},{price:.4f},{1 + k % 7}"
        for k, (ts, price) in enumerate(zip(moments.tolist(), prices.tolist(), strict=True))
    ]
    return "timestamp,price,size\n" + "\n".join(lines) + "\n"


@pytest.mark.parametrize("name", ["T.csv", "T.csv.gz", "T.parquet"])
def test_a_large_file_of_ticks_is_read_in_parts(tmp_path, name):
    text = trades(3000)
    path = tmp_path / name
    if name.endswith("parquet"):
        pl.read_csv(io.StringIO(text)).write_parquet(path)
    else:
        path.write_bytes(gzip.compress(text.encode()) if name.endswith("gz") else text.encode())
    parts = list(read_parts(path, Reading(), part_bytes=10_000))
    assert len(parts) > 3
    (whole,) = read_file(path, Reading()).ticks
    one = joined([part.ticks[0] for part in parts])
    np.testing.assert_array_equal(one.ts_ns, whole.ts_ns)
    for column, values in whole.columns.items():
        np.testing.assert_array_equal(one.columns[column], values)
    judged = TickCheck()
    for part in parts:
        judged.add(part.ticks[0])
    assert judged.report() == check_ticks(whole)[1]
    assert judged.report().counts["outlier"] == 1


def test_small_files_bars_and_archives_are_read_whole(tmp_path):
    assert read_parts(write(tmp_path, trades(10)), Reading()) is None
    assert read_parts(write(tmp_path, "date,close\n" + days("2021-01-04", 900)), Reading(), part_bytes=1000) is None
    assert read_parts(write(tmp_path, trades(500).encode("utf-16")), Reading(), part_bytes=100) is None
    assert read_parts(tmp_path / "absent.csv", Reading()) is None


def test_a_bad_line_of_a_later_part_is_refused_whole(tmp_path, monkeypatch):
    monkeypatch.setattr("tenfold.adapters.files.parts.PART_BYTES", 10_000)
    path = write(tmp_path, trades(3000) + "1609459300000,nothing,1\n", "T.csv")
    parts = read_parts(path, Reading(), part_bytes=10_000)
    with pytest.raises(DataError, match=r"T\.csv \(part \d+, after .* bytes\) line \d+ has 'nothing' as price"):
        list(parts)
    damaged = write(tmp_path, gzip.compress(trades(3000).encode())[:-2000], "D.csv.gz")
    with pytest.raises(DataError, match="damaged gzip"):
        list(read_parts(damaged, Reading(), part_bytes=5_000) or [])


def test_ticks_are_stored_with_every_column_and_shown(tmp_path):
    path = write(
        tmp_path,
        "ts,price,qty,side,exchange,trade_id\n2021-01-01T00:00:00.125,1.5,2,buy,N,7\n2021-01-01T00:00:01,1.6,3,S,Q,8\n",
        "T.csv",
    )
    import_file(path)
    (ticks,) = wiring.bar_store().ticks.parts("T", "trades")
    assert ticks.columns["exchange"].tolist() == ["N", "Q"]
    assert ticks.numbers("side").tolist() == [1.0, -1.0]
    shown = show_set("T", rows=1)
    assert "2021-01-01 00:00:00.125  price 1.5  size 2.0  trade_id 7.0  side 1.0  exchange N" in "\n".join(
        shown.lines()
    )
    with pytest.raises(UnknownNameError, match="T has no quotes in the catalogue; expected one of trades"):
        show_set("T", kind="quotes")


def test_ticks_are_added_behind_those_that_are_there(tmp_path):
    def rows(day, prices):
        return "time,price,size\n" + "".join(f"2021-01-0{day} 10:00:0{k},{price},1\n" for k, price in enumerate(prices))

    import_file(write(tmp_path, rows(1, [1, 2])), add=True)
    report = import_file(write(tmp_path, rows(2, [3, 0])), add=True)
    assert (report.rows, report.quality[0].counts["nonpositive_price"]) == (4, 1)
    (ticks,) = wiring.bar_store().ticks.parts("AAA", "trades")
    assert ticks.numbers("price").tolist() == [1.0, 2.0, 3.0, 0.0]
    with pytest.raises(DataError, match="only later ones can be added"):
        import_file(write(tmp_path, rows(2, [3, 4])), add=True)
    more = "time,price,size,side\n2021-01-05 10:00:00,1,1,buy\n"
    with pytest.raises(DataError, match="are kept with price, size, the new ones have price, size, side"):
        import_file(write(tmp_path, more), add=True)
    assert import_file(write(tmp_path, rows(2, [3]))).rows == 1


def test_values_and_funding_are_told_by_the_option(tmp_path):
    path = write(tmp_path, "date,mkt,smb,note\n2021-01-01,1,2,a\n2021-02-01,,4,b\n", "FF.csv")
    with pytest.raises(DataError, match="--as values"):
        import_file(write(tmp_path, "date,volume\n2021-01-01,1\n"))
    report = import_file(path, kind="values")
    assert report.quality[0].counts == {"missing_value": 1}
    assert list(next(wiring.bar_store().ticks.parts("FF", "values")).columns) == ["mkt", "smb"]
    with pytest.raises(DataError, match="has no column funding_rate"):
        import_file(path, kind="funding")
    with pytest.raises(DataError, match="kind is 'candles', expected one of bars, quotes"):
        import_file(path, kind="candles")
    with pytest.raises(DataError, match="holds trades, expected bars"):
        import_file(write(tmp_path, trades(5)), kind="bars")


def zipped(**members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


LEAN = {
    "20131007_ibm_minute_trade.csv": "34200000,1815200,1818000,1815100,1818000,1283\n34260000,1818000,1818000,1817000,1817500,348\n",
    "20131007_ibm_minute_quote.csv": "34200000,1815200,1818000,1815100,1818000,100,1815300,1818100,1815200,1818100,200\n34260000,1818000,1818000,1817000,1817500,1,1818100,1818100,1817100,1817600,2\n",
    "20131007_ibm_second_trade.csv": "34200000,1815200,1818000,1815100,1818000,1283\n34201000,1818000,1818000,1817000,1817500,348\n",
    "ibm.csv": "19980102 09:00,1815200,1818000,1815100,1818000,1283\n19980102 10:00,1818000,1818000,1817000,1817500,348\n",
    "spy.csv": "19980102 00:00,1815200,1818000,1815100,1818000,1283\n19980105 00:00,1818000,1818000,1817000,1817500,348\n",
    "eurusd.csv": "20070330 00:00,1.1,1.2,1.0,1.15,0,1.11,1.21,1.01,1.16,0\n20070402 00:00,1.1,1.2,1.0,1.15,0,1.11,1.21,1.01,1.16,0\n",
}  # fmt: skip
CLOSES = {"eurusd.csv": [1.155, 1.155], "20131007_ibm_minute_quote.csv": [181.805, 181.755]}


@pytest.mark.parametrize("name", LEAN)
def test_leans_bars(tmp_path, name):
    report = import_file(write(tmp_path, zipped(**{name: LEAN[name]}), "x.zip"))
    assert report.dialect["layout"] == "LEAN"
    (symbol,) = report.symbols
    assert symbol == (name.split(".")[0] if "_" not in name else "ibm").upper()
    bars = load_bars(symbol)
    np.testing.assert_allclose(bars.rows["close"][:, 0], CLOSES.get(name, [181.8, 181.75]))
    opened = str(bars.rows["open_ns"][0, 0].astype("datetime64[ns]"))[:16]
    assert opened == {
        "ibm.csv": "1998-01-02T14:00",
        "spy.csv": "1998-01-02T00:00",
        "eurusd.csv": "2007-03-30T00:00",
    }.get(name, "2013-10-07T13:30")


def test_leans_ticks_of_several_days_are_one_set(tmp_path):
    line = "34200000,1815200,283,P,20002020,0\n34200100.5,1815300,100,Q,1,1\n"
    content = zipped(**{"20131008_ibm_Trade_Tick.csv": line, "20131007_ibm_Trade_Tick.csv": line})
    report = import_file(write(tmp_path, content, "x.zip"))
    assert (report.kind, report.rows, report.dialect["entries"]) == ("trades", 4, "2")
    (ticks,) = wiring.bar_store().ticks.parts("IBM", "trades")
    assert ticks.numbers("price").tolist() == [181.52, 181.53] * 2
    assert (np.diff(ticks.ts_ns) > 0).all()
    assert report.quality[0].counts["suspicious"] == 2
    quotes = write(tmp_path, "34200000,1.1,1.2\n34200001,1.1,1.3\n", "20140501_eurusd_tick_quote.csv")
    assert import_file(quotes).kind == "quotes"


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"a.csv": "date,close\n2021-01-01,1\n", "b.csv": "x"}, "an archive of 2 files"),
        ({}, "an empty zip archive"),
        ({"20131007_ibm_minute_trade.csv": "34200000,1,2\n"}, "no layout of LEAN's trades"),
        ({"20131007_ibm_minute_trade.csv": "time,a,b,c,d,e\n1,1,1,1,1,1\n"}, "has a header, LEAN's files have none"),
        ({"20131007_ibm_minute_trade.csv": "99999999999,1,1,1,1,1\n"}, "expected milliseconds since midnight"),
        (
            {"20131007_a_minute_trade.csv": "1,1,1,1,1,1\n", "20131007_b_minute_trade.csv": "1,1,1,1,1,1\n"},
            "other symbols or kinds",
        ),
    ],
)
def test_archives_that_cannot_be_read_end_in_one_line(tmp_path, members, expected):
    with pytest.raises(DataError, match=expected) as caught:
        import_file(write(tmp_path, zipped(**members), "x.zip"))
    assert "\n" not in str(caught.value)


def test_an_archive_of_one_file_is_that_file(tmp_path):
    content = zipped(**{"AAA.csv": "date,close\n" + days("2021-01-04", 3), "__MACOSX/._AAA.csv": "x", "folder/": ""})
    report = import_file(write(tmp_path, content, "AAA.zip"))
    assert (report.symbols, report.dialect["packing"]) == (("AAA",), "zip")
    broken = bytearray(content)
    broken[40:60] = b"\xff" * 20
    with pytest.raises(DataError, match="damaged zip archive"):
        import_file(write(tmp_path, bytes(broken), "AAA.zip"))
