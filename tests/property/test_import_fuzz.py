"""Whatever bytes a file holds, an import ends in bars or in one line, and leaves nothing half written."""

import io
import string
import zipfile

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from tenfold.app.building import build_bars
from tenfold.app.data import check_set, import_file, list_sets, load_bars, show_set
from tenfold.domain.errors import TenfoldError, UserError

CELLS = st.one_of(
    st.sampled_from(["", "nan", "-", "0", "-1", "1e308", "1e-320", "inf", "1,5", "1.000,5", '"', "\t", "2021-01-04", "20210104",
                     "04/01/21", "09:30", "1609459200", "1609459200000", "AAPL", "Ü", "\x00", "\r", "2021-01-04T09:30:00Z", "1.5K"]),
    st.floats(allow_nan=False).map(str),
    st.text(string.printable, max_size=8),
)  # fmt: skip
NAMES = st.sampled_from(
    ["date", "time", "open", "high", "low", "close", "adj close", "volume", "bid", "ask", "price", "size", "symbol",
     "dividends", "stock splits", "adj_factor", "x", "", "first_id", "last_id", "bid_open", "side", "exchange", "event",
     "funding_rate", "qty", "suspicious", "aggressor", "trade_id", "ts_local"]
)  # fmt: skip


@st.composite
def tables(draw):
    """Return text that looks like a table, more or less."""
    width = draw(st.integers(1, 8))
    separator = draw(st.sampled_from([",", ";", "\t", "|", ", "]))
    lines = [draw(st.lists(NAMES, min_size=width, max_size=width))] if draw(st.booleans()) else []
    dates = draw(st.booleans())
    for index in range(draw(st.integers(0, 8))):
        cells = draw(st.lists(CELLS, min_size=max(0, width - draw(st.integers(0, 1))), max_size=width))
        if dates and cells:
            cells[0] = str(np.datetime64("2021-01-04") + index)
        lines.append(cells)
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    return end.join(separator.join(line) for line in lines).encode("utf-8", "replace")


def assert_one_line(error):
    """A message is one line."""
    assert "\n" not in str(error)


def assert_whole(path, folder, **options):
    """Import: bars that can be read back, or one line and an untouched catalogue."""
    before = sorted(folder.rglob("*"))
    try:
        report = import_file(path, symbol="ZZZ", catalogue=folder, **options)
    except UserError as error:
        assert_one_line(error)
        assert sorted(folder.rglob("*")) == before
        return
    assert all(0.0 <= one.score <= 100.0 for one in report.quality)
    assert not list(folder.rglob(".part-*"))
    listed = list_sets(folder)
    assert listed
    assert report.lines()
    for one in listed:
        if one.kind != "bars":
            assert show_set(one.symbol, kind=one.kind, catalogue=folder).lines()
            assert_builds(one, folder)
            continue
        check_set(one.symbol, period=one.period, catalogue=folder)
        assert show_set(one.symbol, period=one.period, catalogue=folder).lines()
        try:
            load_bars([one.symbol], period=one.period, catalogue=folder, adjust=one.adjustment)
        except TenfoldError as error:
            assert_one_line(error)


def assert_builds(one, folder):
    """Build bars from ticks, or tell in one line why there are none."""
    try:
        assert build_bars(
            one.symbol, source=None if one.kind in ("funding", "values") else one.kind, catalogue=folder
        ).lines()
    except UserError as error:
        assert_one_line(error)


@given(content=st.binary(max_size=400))
def test_garbage_ends_in_one_line(tmp_path_factory, content):
    folder = tmp_path_factory.mktemp("fuzz")
    path = folder / "file.csv"
    path.write_bytes(content)
    (folder / "catalogue").mkdir()
    assert_whole(path, folder / "catalogue")


@given(content=tables())
def test_tables_of_nonsense_end_in_bars_or_one_line(tmp_path_factory, content):
    folder = tmp_path_factory.mktemp("fuzz")
    path = folder / "file.csv"
    path.write_bytes(content)
    (folder / "catalogue").mkdir()
    assert_whole(path, folder / "catalogue")


@given(cut=st.integers(0, 2000), at=st.integers(0, 2000), byte=st.integers(0, 255))
def test_damaged_parquet_ends_in_bars_or_one_line(tmp_path_factory, cut, at, byte):
    folder = tmp_path_factory.mktemp("fuzz")
    path = folder / "file.parquet"
    pl.DataFrame({"date": ["2021-01-04", "2021-01-05", "2021-01-06"], "close": [1.0, 2.0, 3.0]}).write_parquet(path)
    content = bytearray(path.read_bytes())
    content[at % len(content)] = byte
    path.write_bytes(bytes(content[: len(content) - cut % len(content)] if cut % 3 else content))
    (folder / "catalogue").mkdir()
    assert_whole(path, folder / "catalogue")


GOOD = {
    "bars.csv": "date,open,high,low,close,volume,oi\n" + "".join(f"2021-01-{d:02},10.5,11,10,10.25,1000,{d}\n" for d in range(4, 16)),
    "ninja.csv": "".join(f"20110103 09{m:02}00;126.35;126.39;126.35;126.39;1579\r\n" for m in range(1, 20)),
    "yahoo.csv": "Date,Open,High,Low,Close,Adj Close,Volume,Dividends,Stock Splits\n"
    + "".join(f"2022-01-{d:02} 00:00:00+00:00,39.5,40.8,38.5,40.6,30.57,191671,0.0,{2.0 * (d == 9)}\n" for d in range(4, 16)),
    "20131007_ibm_minute_trade.csv": "".join(f"{34200000 + 60000 * m},1815200,1818000,1815100,1818000,1283\n" for m in range(20)),
    "20131007_ibm_Quote_Tick.csv": "".join(f"{34200000 + m},1815200,1,{1815300 * (m % 2)},2,P,1,0\n" for m in range(20)),
    "quotes.csv": "TimeStamp,cross,status,bid, offer, vol bid, vol offer\n"
    + "".join(f"01/03/16,23:43:{s:02},EUR/JPY,D,{'' if s % 3 else 130.5},130.520,,1000000\n" for s in range(20)),
    "depth.csv": "ts,event,side,price,qty,first_id,last_id\n"
    + "".join(f"2024-08-08T23:54:{s:02},{'S' if s < 3 else 'D'},{1 - 2 * (s % 2)},{100 + s % 2},{s % 4},{s},{s}\n" for s in range(20)),
    "funding.csv": "time,funding_rate\n" + "".join(f"2021-11-{d:02} 08:00:00.017,0.0001\n" for d in range(1, 20)),
}  # fmt: skip
"""Files that are read as they stand, to be damaged."""


@st.composite
def damages(draw):
    """Return edits of a file: (where, how much goes, what comes) as shares of its length."""
    piece = st.one_of(
        st.binary(max_size=6),
        st.sampled_from([b"\n", b",", b";", b'"', b"\r", b"-", b".", b"\xff", b"0", b"nan", b"2021-02-30"]),
    )
    return draw(st.lists(st.tuples(st.floats(0.0, 1.0), st.integers(0, 12), piece), max_size=6))


def damaged(content, edits):
    for where, gone, comes in edits:
        at = int(where * len(content))
        content = content[:at] + comes + content[at + gone :]
    return content


@given(name=st.sampled_from(sorted(GOOD)), edits=damages(), twice=st.booleans(), packed=st.booleans())
def test_damaged_files_of_every_layout_end_in_bars_or_one_line(tmp_path_factory, name, edits, twice, packed):
    folder = tmp_path_factory.mktemp("fuzz")
    content = damaged(GOOD[name].encode(), edits)
    if packed:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr(name, content)
        content = damaged(buffer.getvalue(), edits[:1]) if twice else buffer.getvalue()
    path = folder / ("file.zip" if packed else name)
    path.write_bytes(content)
    (folder / "catalogue").mkdir()
    assert_whole(path, folder / "catalogue", add=twice, columns=["oi"] if name == "bars.csv" and twice else ())


def test_the_files_are_good_as_they_stand(tmp_path):
    for name, text in GOOD.items():
        (tmp_path / name).write_text(text)
        report = import_file(tmp_path / name, symbol="ZZZ", catalogue=tmp_path / name.replace(".", "_"))
        assert report.rows >= 12
