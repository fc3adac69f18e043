"""The functions behind `tenfold data` and `load_bars`, from a file to bars."""

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from tenfold.adapters.samples import SAMPLES, sample_series
from tenfold.app import data
from tenfold.domain.errors import DataError, ParameterError, UnknownNameError
from tenfold.domain.units import NS_PER_DAY


def csv(tmp_path, name="AAA", days=60, start=date(2021, 1, 4), minutes=0):
    lines = ["date,open,high,low,close,volume"]
    for i in range(days):
        moment = datetime(start.year, start.month, start.day, 14, 30, tzinfo=UTC) + timedelta(minutes=i)
        day = np.busday_offset(start, i, roll="forward")
        price = 100.0 + (i * 7 % 5)
        lines.append(
            f"{f'{moment:%Y-%m-%d %H:%M}' if minutes else day},{price},{price + 1},{price - 1},{price + 0.5},{1000 + i}"
        )
    path = tmp_path / f"{name}.csv"
    path.write_text("\n".join(lines))
    return path


def test_a_file_becomes_bars(tmp_path):
    report = data.import_file(csv(tmp_path))
    assert report.symbols == ("AAA",)
    assert report.rows == 60
    assert report.kind == "bars"
    assert report.lines()[0].endswith("60 rows of bars of AAA")
    assert any(line.strip().startswith("separator: comma") for line in report.lines())
    bars = data.load_bars("AAA")
    assert len(bars) == 60
    assert bars.sources["AAA"]["score"] == 100.0
    assert bars.rows["session"][0, 0] == (date(2021, 1, 4) - date(1970, 1, 1)).days


def test_dates_choose_bars(tmp_path):
    data.import_file(csv(tmp_path))
    chosen = data.load_bars("AAA", start="2021-01-05", end="2021-01-07")
    assert len(chosen) == 3
    assert len(data.load_bars(["AAA"], start=date(2021, 1, 5), end=date(2021, 1, 5))) == 1
    assert len(data.load_bars("AAA", end=datetime(2021, 1, 6, tzinfo=UTC))) == 2
    assert len(data.load_bars("AAA", end="2021-01-06T00:00")) == 2
    assert len(data.load_bars("AAA", start=0, end=date(2021, 1, 6))) == 3
    assert len(data.load_bars("AAA", as_of="2021-01-06")) == 3
    for options, expected in (
        ({"start": "2021-13-01"}, "is not understood"),
        ({"start": "yesterday, I think"}, "is not understood"),
        ({"start": "2021-02-01", "end": "2021-01-01"}, "is not before the end"),
        ({"period": "7x"}, "period is '7x', expected a number with"),
    ):
        with pytest.raises(ParameterError, match=expected):
            data.load_bars("AAA", **options)
    with pytest.raises(DataError, match="no bars of AAA between the given dates"):
        data.load_bars("AAA", start="2031-01-01")


def test_symbols_are_checked(tmp_path):
    data.import_file(csv(tmp_path))
    data.import_file(csv(tmp_path, "BBB"))
    assert data.load_bars("AAA,BBB").symbols == ("AAA", "BBB")
    with pytest.raises(ParameterError, match="no symbol is given"):
        data.load_bars(" , ")
    with pytest.raises(ParameterError, match="occurs twice"):
        data.load_bars(["AAA", "AAA"])
    with pytest.raises(UnknownNameError, match="'CCC' is not in the catalogue"):
        data.load_bars("CCC")


def test_sets_are_listed_checked_and_shown(tmp_path):
    data.import_file(csv(tmp_path))
    ticks = tmp_path / "EURUSD.csv"
    ticks.write_text("time,bid,ask\n2021-01-01 00:00:00,1.1,1.2\n2021-01-01 00:00:01,1.3,1.2\n")
    assert data.import_file(ticks).kind == "quotes"
    listed = {one.symbol: one for one in data.list_sets()}
    assert (listed["AAA"].period, listed["AAA"].rows, listed["AAA"].start) == ("1d", 60, "2021-01-04")
    assert listed["EURUSD"].kind == "quotes"
    assert data.check_set("AAA").clean
    assert data.check_set("EURUSD").counts == {"crossed": 1}
    assert data.check_set("AAA", calendar="XNYS").counts["off_session"] > 0
    view = data.show_set("AAA", rows=2)
    assert len(view.head) == len(view.tail) == 2
    assert view.lines()[0].startswith("AAA: 60 1d bars, 2021-01-04 to ")
    assert len(data.show_set("AAA", rows=40).tail) == 20
    with pytest.raises(UnknownNameError):
        data.check_set("ZZZ")


def test_ticks_are_no_bars(tmp_path):
    ticks = tmp_path / "EURUSD.csv"
    ticks.write_text("time,bid,ask\n2021-01-01 00:00:00,1.1,1.2\n2021-01-01 00:00:01,1.3,1.2\n")
    data.import_file(ticks)
    with pytest.raises(DataError, match="EURUSD has quotes and no bars"):
        data.load_bars("EURUSD")


def test_samples_take_the_options_of_bars():
    known = data.load_bars("us-large-caps", as_of="2004-12-31")
    assert known.ts_ns[-1] < 12_784 * NS_PER_DAY
    assert known.rows["close"][0, 0] == pytest.approx(130.31 / 2, rel=1e-6)  # the split of 2005 is not known yet
    closed = data.sample_bars("us-large-caps", "IBM", start="2010-01-04", end="2010-01-08", calendar="XNYS")
    assert (closed.ts_ns % NS_PER_DAY == 21 * 3600 * 10**9).all()
    with pytest.raises(UnknownNameError, match="has no symbol IBN; did you mean IBM"):
        data.sample_bars("us-large-caps", "IBN")
    with pytest.raises(DataError, match="has daily bars, not 1m"):
        data.load_bars("us-large-caps", period="1m")


def test_a_negative_number_of_rows_is_refused(tmp_path):
    data.import_file(csv(tmp_path))
    with pytest.raises(ParameterError, match="rows is -3"):
        data.show_set("AAA", rows=-3)


def test_a_calendar_is_kept_with_the_catalogue(tmp_path):
    folder = tmp_path / "catalogue"
    report = data.import_file(csv(tmp_path, minutes=1), calendar="XNYS", catalogue=folder)
    assert report.dialect["stamp"].startswith("at the open")
    assert (folder / "sessions" / "XNYS.parquet").exists()
    bars = data.load_bars("AAA", catalogue=folder)
    assert bars.rows["remaining_s"][0, 0] == int(6.5 * 3600) - 60
    daily = tmp_path / "daily"
    data.import_file(csv(tmp_path, start=date(2021, 2, 1)), catalogue=daily)
    opened = data.load_bars("AAA", catalogue=daily, calendar="XNYS").rows["open_ns"][0, 0]
    assert opened % NS_PER_DAY == 14.5 * 3600 * 10**9


def test_adjusted_prices_can_be_shown(tmp_path):
    lines = [
        "Date,Close,Adj Close",
        *(f"{np.busday_offset('2021-01-04', i)},{200 if i < 10 else 100},100" for i in range(30)),
    ]
    path = tmp_path / "SPLIT.csv"
    path.write_text("\n".join(lines))
    data.import_file(path)
    view = data.show_set("SPLIT", adjust="split", rows=1)
    assert view.head[0]["close"] == 100.0
    assert view.actions[0]["split"] == 2.0
    assert any("split 2" in line for line in view.lines())


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_is_read_and_judged(name):
    bars = data.sample_bars(name)
    assert bars.label == f"sample: {name}"
    assert all(source["score"] > 50.0 for source in bars.sources.values())
    assert [one.symbol for one in sample_series(name)] == list(bars.symbols)


def test_the_sample_of_the_demo_has_splits_and_dividends():
    raw = data.sample_bars("us-large-caps", adjust="raw")
    total = data.sample_bars("us-large-caps")
    assert raw.symbols == ("AAPL", "FB", "GOOG", "IBM", "MSFT")
    assert raw.rows["close"][0, 0] == 130.31
    assert total.rows["close"][0, 0] == pytest.approx(32.10, abs=0.01)
    assert {source["score"] for source in total.sources.values()} == {100.0}
    assert data.sample_bars("us-large-caps", "IBM,MSFT").symbols == ("IBM", "MSFT")
    assert data.load_bars("us-large-caps", start="2010-01-04", end="2010-01-08").symbols == raw.symbols


def test_the_samples_have_every_session_of_the_exchange():
    reports = {report.symbol: report for report in data.check_sample("us-large-caps")}
    assert all("gap" not in report.counts and "off_session" not in report.counts for report in reports.values())
    assert {one.symbol for one in data.list_samples()} == set(SAMPLES)


def test_an_unknown_sample_names_those_that_are_there():
    with pytest.raises(UnknownNameError, match="expected one of: us-large-caps"):
        data.sample_bars("mars")


def test_a_sample_whose_package_is_missing_says_what_to_install(monkeypatch):
    from tenfold.adapters import samples

    monkeypatch.setattr(samples, "find_spec", lambda name: None)
    with pytest.raises(DataError, match="pip install bokeh-sampledata"):
        data.sample_bars("us-large-caps")


def test_reading_imports_no_calendar_and_no_pandas(tmp_path):
    data.import_file(csv(tmp_path), catalogue=tmp_path / "c")
    code = (
        "import sys; from tenfold import load_bars, sample_bars; "
        f"load_bars('AAA', catalogue={str(tmp_path / 'c')!r}); sample_bars('us-large-caps'); "
        "heavy = [m for m in ('pandas', 'exchange_calendars', 'arch', 'skfolio', 'bokeh_sampledata', 'scipy') if m in sys.modules]; "
        "sys.exit(', '.join(heavy) or None)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
