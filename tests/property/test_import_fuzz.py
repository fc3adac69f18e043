"""Whatever bytes a file holds, an import ends in bars or in one line, and leaves nothing half written."""

import string

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

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
     "dividends", "stock splits", "adj_factor", "x", "", "first_id", "last_id", "bid_open"]
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


def assert_whole(path, folder):
    """Import: bars that can be read back, or one line and an untouched catalogue."""
    before = sorted(folder.rglob("*"))
    try:
        report = import_file(path, symbol="ZZZ", catalogue=folder)
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
            continue
        check_set(one.symbol, period=one.period, catalogue=folder)
        assert show_set(one.symbol, period=one.period, catalogue=folder).lines()
        try:
            load_bars([one.symbol], period=one.period, catalogue=folder, adjust=one.adjustment)
        except TenfoldError as error:
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
