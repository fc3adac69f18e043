"""Bars from the ticks of the catalogue, by function and by command."""

import gzip

import numpy as np
import pytest

from loopback import serving
from tenfold.app.building import build_bars
from tenfold.app.cli.program import main
from tenfold.app.data import list_sets, load_bars
from tenfold.app.importing import import_file
from tenfold.domain.errors import DataError, UnknownNameError
from tenfold.domain.units import NS_PER_MINUTE


def write(tmp_path, name, header, rows):
    path = tmp_path / name
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


@pytest.fixture
def ticks(tmp_path):
    """Import trades, quotes and a book of one symbol."""
    rng = np.random.default_rng(2)
    start, seconds = np.datetime64("2021-03-01T14:30:00"), np.arange(0, 600, 2)
    prices = (100 + np.cumsum(rng.normal(0, 0.02, len(seconds)))).round(2)
    at = [str(start + second) for second in seconds]
    trades = [f"{ts},{price},5,{int(k == 7)}" for k, (ts, price) in enumerate(zip(at, prices, strict=True))]
    quotes = [
        f"{ts},{price - 0.01 if k % 2 else 0},{0 if k % 2 else price + 0.01},{'NQP'[k % 3]},{int(k == 9)}"
        for k, (ts, price) in enumerate(zip(at, prices, strict=True))
    ]
    depth = [f"{at[0]},S,{side},{99.5 + 0.5 * (side < 0) + 0.01 * k},1,10,10" for side in (1, -1) for k in range(3)]
    depth += [
        f"{ts},D,{1 if k % 2 else -1},{99.5 + k % 3 * 0.01},{k % 3},{11 + k},{11 + k}" for k, ts in enumerate(at[1:])
    ]
    depth[100] = depth[100].replace(",104,104", ",204,204")
    import_file(write(tmp_path, "T.csv", "time,price,size,suspicious", trades))
    import_file(write(tmp_path, "T.csv", "time,bid,ask,exchange,suspicious", quotes))
    import_file(write(tmp_path, "T.csv", "time,event,side,price,qty,first_id,last_id", depth))
    return prices


def test_trades_are_taken_where_there_are_some(ticks):
    report = build_bars("T", every="5m")
    assert (report.source, report.ticks, report.unusable, report.late) == ("trades", 300, 1, 0)
    bars = load_bars("T")
    assert (bars.period_ns, len(bars)) == (5 * NS_PER_MINUTE, 2)
    assert bars.rows["volume"][:, 0].tolist() == [5.0 * 149, 5.0 * 150]
    assert bars.rows["close"][:, 0].tolist() == [ticks[149], ticks[299]]
    assert "1 left out" in report.lines()[1]


def test_quotes_of_several_exchanges_are_joined(ticks):
    report = build_bars("T", source="quotes", calendar="XNYS")
    rows = load_bars("T").rows
    assert report.quality.rows == len(rows) == 10
    assert (rows["bid"] <= rows["ask"]).all()
    assert rows["elapsed_s"][0, 0] == 60


def test_a_book_gives_its_best_until_a_change_is_lost(ticks):
    report = build_bars("T", source="depth")
    assert report.unusable > 0
    assert report.quality.rows < 10


def test_what_comes_late_is_counted(tmp_path):
    rows = [
        "2021-03-01 14:30:00,10,1",
        "2021-03-01 14:32:00,11,1",
        "2021-03-01 14:31:59,12,1",
        "2021-03-01 14:33:30,13,1",
    ]
    import_file(write(tmp_path, "L.csv", "time,price,size", rows))
    report = build_bars("L")
    assert report.late == 1
    assert "came after their bar had closed" in report.lines()[1]
    assert load_bars("L").rows["close"][:, 0].tolist() == [10.0, 11.0, 13.0]


def test_what_cannot_be_built_ends_in_one_line(ticks, tmp_path):
    with pytest.raises(UnknownNameError, match="TT has no trades, quotes or depth in the catalogue; did you mean T"):
        build_bars("TT")
    import_file(write(tmp_path, "Z.csv", "time,price,size", ["2021-03-01 14:30:00,0,1", "2021-03-01 14:30:01,1,0"]))
    with pytest.raises(UnknownNameError, match="Z has no quotes in the catalogue, expected trades"):
        build_bars("Z", source="quotes")
    with pytest.raises(DataError, match="none of the trades of Z can be used: 2"):
        build_bars("Z")
    with pytest.raises(DataError, match="do not divide a day"):
        build_bars("T", every="7m")


def test_the_symbol_is_the_only_part_of_a_name_in_capitals(tmp_path):
    lines = ["2021-01-04,1", "2021-01-05,2"]
    report = import_file(write(tmp_path, "wiki_AAPL_2011.csv", "date,close", lines))
    assert report.symbols == ("AAPL",)
    assert "the symbol is AAPL, from the file's name; say otherwise with --symbol" in report.assumed
    assert import_file(write(tmp_path, "BTC_USDT.csv", "date,close", lines)).symbols == ("BTC_USDT",)
    assert import_file(write(tmp_path, "prices_old.csv", "date,close", lines)).symbols == ("prices_old",)


def test_the_commands(ticks, tmp_path, capsys):
    assert main(["data", "build", "T", "--from", "quotes", "--every", "1m"]) == 0
    assert "10 1m bars from 300 quotes" in capsys.readouterr().out
    assert main(["data", "show", "T", "--kind", "depth", "--rows", "1"]) == 0
    assert "snapshot 1.0" in capsys.readouterr().out
    packed = tmp_path / "COL.csv.gz"
    packed.write_bytes(gzip.compress(b"date,close,oi\n2021-01-04,1,5\n2021-01-05,2,6\n"))
    assert main(["data", "import", str(packed), "--columns", "oi, ", "--as", "bars", "--add"]) == 0
    assert load_bars("COL").rows["oi"][:, 0].tolist() == [5.0, 6.0]
    capsys.readouterr()
    with serving() as server:
        options = ["--from", "2022-01-08", "--to", "2022-01-09", "--every", "1h"]
        assert main(["data", "fetch", server.template, "X", *options]) == 0
    captured = capsys.readouterr()
    assert "48 bars of X from 127.0.0.1 in 1 requests" in captured.out
    assert "X: 48 bars, 2022-01-08 to 2022-01-10" in captured.err
    assert {(one.symbol, one.kind) for one in list_sets()} >= {("X", "bars"), ("T", "depth")}
    assert main(["data", "fetch", "nowhere", "X", "--from", "2022-01-08"]) == 2
    assert "there is no source nowhere" in capsys.readouterr().err
