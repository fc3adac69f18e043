"""What the exchange trades comes from the catalogue, from files, from a sample or from bars."""

import polars as pl
import pytest

from tenfold.app.data import sample_bars
from tenfold.app.exchange_data import sessions_around, traded_data
from tenfold.app.importing import import_file
from tenfold.domain.errors import DataError, SettingsError, UnknownNameError
from tenfold.domain.units import NS_PER_DAY, NS_PER_MINUTE

OPEN = 1_709_562_600_000_000_000  # 2024-03-04 14:30 UTC


def minutes(symbol, count=60, start=OPEN):
    """Return minute bars as a table."""
    times = [start + i * NS_PER_MINUTE for i in range(count)]
    return pl.DataFrame(
        {
            "ts": pl.Series(times).cast(pl.Datetime("ns", "UTC")),
            "symbol": [symbol] * count,
            "open": [100.0 + i % 5 for i in range(count)],
            "high": [101.0 + i % 5 for i in range(count)],
            "low": [99.0 + i % 5 for i in range(count)],
            "close": [100.5 + i % 5 for i in range(count)],
            "volume": [1000.0 + i for i in range(count)],
        }
    )


def quotes(symbol, count=60):
    times = [OPEN + i * 1_000_000_000 for i in range(count)]
    return pl.DataFrame(
        {
            "ts": pl.Series(times).cast(pl.Datetime("ns", "UTC")),
            "symbol": [symbol] * count,
            "bid": [99.0 + i % 3 for i in range(count)],
            "ask": [99.1 + i % 3 for i in range(count)],
            "bid_size": [100.0] * count,
            "ask_size": [200.0] * count,
        }
    )


@pytest.fixture
def folder(tmp_path):
    pl.concat([minutes("AAA"), minutes("BBB")]).write_parquet(tmp_path / "bars.parquet")
    quotes("AAA").write_parquet(tmp_path / "quotes.parquet")
    (tmp_path / "notes.md").write_text("no prices")
    return tmp_path


def test_nothing_at_all_is_a_made_up_market():
    assert traded_data() is None


def test_a_folder_of_files(folder):
    found = traded_data(data=folder)
    assert found.symbols == ("AAA", "BBB")
    assert [(bars.symbols, len(bars)) for bars in found.bars] == [(("AAA", "BBB"), 60)]
    (reading,) = found.ticks.values()
    assert sum(len(part) for part in reading()) == 60
    assert sum(len(part) for part in reading()) == 60, "a set is read as often as it is asked for"
    assert found.span_ns[0] <= OPEN < found.span_ns[1]
    assert found.label == str(folder)


def test_one_file_and_one_symbol_of_it(folder):
    found = traded_data(["BBB"], data=folder / "bars.parquet")
    assert (found.symbols, dict(found.ticks)) == (("BBB",), {})
    assert traded_data(["bbb", "BBB", "aaa"], data=folder / "bars.parquet").symbols == ("BBB", "AAA")


def test_a_catalogue_by_its_path_and_that_of_the_settings(folder, tmp_path):
    import_file(folder / "bars.parquet", catalogue=tmp_path / "kept")
    assert traded_data(data=tmp_path / "kept").symbols == ("AAA", "BBB")
    import_file(folder / "quotes.parquet")
    found = traded_data()
    assert (found.symbols, list(found.ticks), found.bars) == (("AAA",), [("AAA", "quotes")], ())
    assert sum(len(part) for part in found.ticks["AAA", "quotes"]()) == 60


def test_a_period_is_chosen(tmp_path):
    minutes("AAA").write_parquet(tmp_path / "one.parquet")
    import_file(tmp_path / "one.parquet", catalogue=tmp_path / "kept")
    days = minutes("AAA").with_columns(
        (pl.lit(OPEN) + pl.int_range(60) * NS_PER_DAY).cast(pl.Datetime("ns", "UTC")).alias("ts")
    )
    days.write_parquet(tmp_path / "days.parquet")
    import_file(tmp_path / "days.parquet", catalogue=tmp_path / "kept", period="1d")
    both = traded_data(data=tmp_path / "kept")
    assert [bars.period_ns for bars in both.bars] == [NS_PER_MINUTE, NS_PER_DAY]
    assert [bars.period_ns for bars in traded_data(data=tmp_path / "kept", period="1m").bars] == [NS_PER_MINUTE]
    with pytest.raises(UnknownNameError, match="none of 5m"):
        traded_data(data=tmp_path / "kept", period="5m")


def test_bars_of_python():
    bars = sample_bars("us-large-caps", ["AAPL", "IBM"])
    found = traded_data(["IBM"], data=bars)
    assert (found.symbols, found.bars[0].symbols, len(found.bars[0])) == (("IBM",), ("IBM",), len(bars))


def test_a_sample_with_its_actions():
    found = traded_data(["AAPL"], sample="us-large-caps")
    assert found.symbols == ("AAPL",)
    assert len(found.actions["AAPL"])
    assert found.bars[0].adjustment == "raw"


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ({"data": "/nowhere/at/all"}, DataError, "there is no file or folder"),
        ({"data": "{folder}/notes.md"}, DataError, ""),
        ({"data": "{folder}/empty"}, DataError, "holds neither a catalogue nor files"),
        ({"data": "{folder}", "symbols": ["CCC"]}, UnknownNameError, "has no symbol CCC"),
        ({"sample": "us-large-cap"}, UnknownNameError, "did you mean us-large-caps?"),
        ({"sample": "us-large-caps", "data": "{folder}"}, SettingsError, "name one of the two"),
    ],
)
def test_what_cannot_be_traded_is_one_line(folder, given, error, said):
    (folder / "empty").mkdir()
    filled = {key: value.format(folder=folder) if isinstance(value, str) else value for key, value in given.items()}
    with pytest.raises(error) as refused:
        traded_data(**filled)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_broken_file_is_one_line(tmp_path):
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 and nothing else")
    with pytest.raises(DataError, match=r"broken\.parquet"):
        traded_data(data=tmp_path)


def test_sessions_are_those_of_new_york():
    found = sessions_around(OPEN, OPEN + NS_PER_DAY)
    today = next(one for one in found if one.open_ns == OPEN)
    assert today.close_ns == OPEN + 390 * NS_PER_MINUTE
