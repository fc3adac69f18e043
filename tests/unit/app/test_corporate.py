"""Splits, dividends, renames and delistings are recorded and read back."""

import numpy as np
import polars as pl
import pytest

from tenfold.app.corporate import delist_symbol, import_actions, rename_symbol
from tenfold.app.data import check_set, import_file, load_bars, show_set
from tenfold.domain.errors import DataError, ParameterError, UnknownNameError


@pytest.fixture
def imported(tmp_path):
    lines = ["date,close", *(f"{np.busday_offset('2021-01-04', i)},{200 if i < 10 else 100}" for i in range(30))]
    path = tmp_path / "AAA.csv"
    path.write_text("\n".join(lines))
    import_file(path)
    return tmp_path


def write(folder, text):
    path = folder / "actions.csv"
    path.write_text(text)
    return path


def test_a_file_of_actions_explains_a_jump(imported):
    assert check_set("AAA").counts["split"] == 1
    report = import_actions(
        write(
            imported,
            "date,split,dividend,known\n2021-01-18,2,,2021-01-08\n2021-01-25,,0.5,\n".replace(",\n", ",2021-01-20\n"),
        ),
        symbol="AAA",
    )
    assert report.lines() == ["AAA: 1 splits and 1 dividends"]
    assert "split" not in check_set("AAA").counts
    bars = load_bars("AAA", adjust="split")
    assert bars.rows["close"][0, 0] == 100.0
    assert bars.rows["dividend"].sum() == 0.5
    assert len(show_set("AAA").actions) == 2
    assert load_bars("AAA", adjust="split", as_of="2021-01-15").rows["close"][0, 0] == 200.0


def test_factor_files_are_read(imported):
    frame = pl.DataFrame(
        {
            "ts": ["2021-01-04", "2021-01-15", "2021-01-22", "2050-12-31"],
            "symbol": ["AAA"] * 4,
            "price_factor": [0.9, 0.9, 0.9, 1.0],
            "split_factor": [0.5, 0.5, 1.0, 1.0],
            "ref_close": [200.0, 200.0, 100.0, 0.0],
        }
    )
    frame.write_parquet(imported / "factors.parquet")
    import_actions(imported / "factors.parquet")
    shown = show_set("AAA").actions
    assert [(one["day"], one["split"], round(one["dividend"], 6)) for one in shown] == [
        ("2021-01-16", 2.0, 0.0),
        ("2021-01-23", 1.0, 10.0),
    ]


def test_the_factor_files_of_the_reference_data_agree_with_the_factors_of_its_bars(reference_data):
    import_file(reference_data / "equity_daily_raw_corpactions.parquet", symbol="AAPL")
    before = load_bars("AAPL").rows["close"][:, 0].copy()
    stated = {one["day"]: one for one in show_set("AAPL").actions}
    import_actions(reference_data / "lean_factor_files.parquet", symbol="AAPL")
    assert sum(one["split"] != 1.0 for one in stated.values()) == 4
    after = load_bars("AAPL").rows["close"][:, 0]
    assert np.isfinite(after).all()
    assert np.isfinite(before).all()


def test_names_are_recorded(imported):
    assert rename_symbol("AAA", "BBB", "2021-02-01").lines() == ["AAA goes on as BBB from 2021-02-01"]
    with pytest.raises(UnknownNameError, match="'BBB' is not in the catalogue"):
        load_bars("AAA")


def test_an_end_is_recorded(imported):
    assert delist_symbol("AAA", "2021-02-01", reason="merger").told == ("AAA ends on 2021-02-01",)
    assert len(load_bars("AAA")) == 20
    assert any("merger" in note for note in show_set("AAA").notes)


def test_mistakes_end_in_one_line(imported):
    with pytest.raises(UnknownNameError, match="'ZZZ' is not in the catalogue"):
        delist_symbol("ZZZ", "2021-02-01")
    with pytest.raises(ParameterError, match="is not understood"):
        delist_symbol("AAA", "someday")
    for text, expected in (
        ("date,colour\n2021-01-04,red\n", "expected date, split, dividend"),
        ("2021-01-04,2\n", "has no header"),
        ("date,split\n2021-01-04,-2\n", "negative or infinite"),
        ("date,split\n2021-01-04,two\n", "'two' as split"),
        ("date,split,symbol\n2021-01-04,2,QQQ\n", "has no actions of AAA"),
    ):
        with pytest.raises(DataError, match=expected):
            import_actions(write(imported, text), symbol="AAA")
    (imported / "x.parquet").write_bytes(b"PAR1garbage")
    with pytest.raises(DataError, match="damaged Parquet"):
        import_actions(imported / "x.parquet")
