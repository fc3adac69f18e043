"""Terms of the catalogue: stated at the import, changed later, carried into bars."""

import numpy as np
import pytest

from tenfold.adapters.parquet.catalogue import Catalogue
from tenfold.app import data
from tenfold.app.terms import set_terms
from tenfold.domain.errors import DataError, UnknownNameError
from tenfold.domain.instrument import Instrument


def coin(folder, name="BTC-USD", price=42_000.0, days=30):
    lines = ["date,open,high,low,close,volume"]
    for i in range(days):
        close = price * (1.0 + 0.001 * (i * 7 % 5))
        lines.append(f"{np.datetime64('2024-01-01') + i},{close},{close},{close},{close},{100 + i}")
    path = folder / f"{name}.csv"
    path.write_text("\n".join(lines))
    return path


def test_stated_terms_reach_the_bars(tmp_path):
    report = data.import_file(
        coin(tmp_path), lot_size=0.0001, tick_size=0.01, currency="usdt", multiplier=1.0, min_notional=5.0
    )
    expected = Instrument(symbol="BTC-USD", currency="USDT", tick_size=0.01, lot_size=0.0001, min_notional=5.0)
    assert report.instruments == (expected,)
    assert data.load_bars("BTC-USD").instruments == (expected,)
    assert "  traded in: lots of 0.0001, ticks of 0.01, USDT, orders of at least 5 USDT" in report.lines()
    assert not any("for the pair" in line for line in report.lines())
    (listed,) = data.list_sets()
    assert (listed.lot_size, listed.tick_size, listed.currency) == (0.0001, 0.01, "USDT")
    assert "  traded in: lots of 0.0001" in data.show_set("BTC-USD").lines()[1]


def test_the_default_of_a_pair_is_told(tmp_path):
    report = data.import_file(coin(tmp_path))
    assert "lots of 0.00001 and prices in USD for the pair BTC-USD; say otherwise with --lot-size" in "".join(
        report.assumed
    )
    assert data.load_bars("BTC-USD").instruments[0].lot_size == 1e-5
    half = data.import_file(coin(tmp_path, "ETHUSDT", 3_000.0), lot_size=0.5)
    assert any(text.startswith("prices in USDT for the pair ETHUSDT") for text in half.assumed)


def test_a_dear_lot_of_anything_else_is_told(tmp_path):
    report = data.import_file(coin(tmp_path, "COIN"))
    assert report.instruments == (Instrument(symbol="COIN"),)
    assert "one lot of COIN costs up to 42,168 USD" in report.remarks[0]
    assert f"  note: {report.remarks[0]}" in report.lines()


def test_terms_survive_another_import_and_change_without_one(tmp_path):
    path = coin(tmp_path)
    data.import_file(path, lot_size=0.001, currency="USDT")
    again = data.import_file(path, tick_size=0.5)
    assert again.instruments == (Instrument(symbol="BTC-USD", currency="USDT", lot_size=0.001, tick_size=0.5),)
    before = {path: path.read_bytes() for path in Catalogue(tmp_path).root.rglob("bars/**/*.parquet")}
    report = set_terms("BTC-USD", lot_size=0.01)
    assert report.lines() == ["BTC-USD: lots of 0.01, ticks of 0.5, USDT"]
    assert data.load_bars("BTC-USD").instruments[0].lot_size == 0.01
    assert all(path.read_bytes() == content for path, content in before.items())


def test_several_symbols_are_set_all_or_none(tmp_path):
    data.import_file(coin(tmp_path, "DEAR", 1e9), lot_size=1.0)
    data.import_file(coin(tmp_path, "CHEAP", 0.01), lot_size=1.0)
    with pytest.raises(DataError, match="lot_size of CHEAP"):
        set_terms(["DEAR", "CHEAP"], lot_size=1e-6)
    assert data.load_bars("DEAR").instruments[0].lot_size == 1.0
    assert "note: one lot of DEAR costs" in set_terms(["DEAR", "CHEAP"], lot_size=0.1).lines()[-1]
    with pytest.raises(UnknownNameError, match="did you mean CHEAP"):
        set_terms("CHEEP", lot_size=1.0)
    with pytest.raises(DataError, match="no term is stated"):
        set_terms("CHEAP")


def test_an_impossible_lot_imports_nothing(tmp_path):
    for options in ({"lot_size": 0.0}, {"lot_size": float("nan")}, {"lot_size": 1e-13}, {"currency": "?"}):
        with pytest.raises(DataError):
            data.import_file(coin(tmp_path), **options)
    assert data.list_sets() == []


def test_ticks_have_terms_too(tmp_path):
    path = tmp_path / "EURUSD.csv"
    path.write_text("time,bid,ask\n2021-01-01 00:00:00,1.1,1.2\n2021-01-01 00:00:01,0,1.2\n")
    report = data.import_file(path, tick_size=0.0001)
    assert report.instruments[0].tick_size == 0.0001
    assert data.list_sets()[0].tick_size == 0.0001
    assert set_terms("EURUSD", lot_size=1000.0).instruments[0].lot_size == 1000.0


def test_several_symbols_of_a_file_show_whose_terms_are_whose(tmp_path):
    path = tmp_path / "all.csv"
    rows = [
        f"2024-01-{day:02d},{symbol},{price}"
        for day in range(1, 29)
        for symbol, price in (("BTC/USDT", 42_000), ("A", 9))
    ]
    path.write_text("date,symbol,close\n" + "\n".join(rows))
    lines = data.import_file(path).lines()
    assert any(line.endswith("USDT (BTC/USDT)") for line in lines)
    assert any(line.endswith("USD (A)") for line in lines)


def test_damaged_terms_end_in_one_line_and_are_listed(tmp_path):
    folder = tmp_path / "catalogue"
    data.import_file(coin(tmp_path), catalogue=folder)
    (path,) = folder.rglob("terms.parquet")
    path.write_bytes(b"x")
    with pytest.raises(DataError, match="is damaged; remove it and state the terms again") as caught:
        data.load_bars("BTC-USD", catalogue=folder)
    assert "\n" not in str(caught.value)
    assert data.list_sets(folder)[0].lot_size is None
    assert data.list_damaged(folder) == [str(caught.value)]
    path.unlink()
    assert data.load_bars("BTC-USD", catalogue=folder).instruments == (Instrument(symbol="BTC-USD"),)
    assert data.show_set("BTC-USD", catalogue=folder).instrument == Instrument(symbol="BTC-USD")
