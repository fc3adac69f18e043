"""Each mistake that a beginner makes with data ends in one line, and a file that can be read is read."""

import datetime
import json
import os
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from tenfold import Costs, Rules, backtest, bars_from_arrays, load_bars, sweep
from tenfold.app.cli.program import main
from tenfold.domain.errors import DataError, ParameterError, SettingsError, StrategyError, TenfoldError
from tenfold.market.synthetic import random_walk

HEAD = "date,open,high,low,close,volume"
NS_PER_DAY = 86_400 * 10**9


def rows(form="%Y-%m-%d", separator=",", point="."):
    start = datetime.date(2024, 1, 8)
    made = []
    for count in range(100):
        day = start + datetime.timedelta(count + 2 * (count // 5))
        price = 100.25 + count % 7
        cells = [f"{x:.2f}".replace(".", point) for x in (price, price + 1, price - 1, price + 0.5)]
        made.append(separator.join([day.strftime(form), *cells, "1000"]))
    return made


@pytest.fixture
def imported(capsys, tmp_path, monkeypatch):
    """Return a function that imports lines as a file and gives exit code, output and errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))

    def run(lines, *options, encoding="utf-8"):
        (tmp_path / "prices.csv").write_bytes("".join(f"{line}\n" for line in lines).encode(encoding))
        code = main(["data", "import", "prices.csv", "--symbol", "ABC", *options])
        out, err = capsys.readouterr()
        return code, out, err.rstrip("\n")

    return run


READ = {
    "another encoding": ([HEAD, *rows()], {"encoding": "utf-16"}, "byte order mark: utf-16"),
    "a western encoding": ([f"{HEAD},Währung", *(f"{row},€" for row in rows())], {"encoding": "cp1252"}, "latin-1"),
    "dates in another order": ([HEAD, *rows("%d.%m.%Y")], {}, "times: day/month/year"),
    "dates of two digits": ([HEAD, *rows("%m/%d/%y")], {}, "times: month/day/year"),
    "decimal commas": ([HEAD.replace(",", ";"), *rows(separator=";", point=",")], {}, "decimals: comma"),
    "rows out of order": ([HEAD, *rows()[50:], *rows()[:50]], {}, "row out of order in the source"),
    "newest first": ([HEAD, *reversed(rows())], {}, "newest first"),
}


@pytest.mark.parametrize("case", READ)
def test_what_can_be_read_is_read_and_told(imported, case):
    lines, options, told = READ[case]
    code, out, err = imported(lines, **options)
    assert (code, err) == (0, "")
    assert told in out
    close = load_bars("ABC").rows["close"][:, 0]
    assert close[:3].tolist() == [100.75, 101.75, 102.75]
    assert len(close) == 100


REFUSED = {
    "columns of other names": (
        ["date,opn,high,low,clse,volume", *rows()],
        [],
        "no prices among the columns date, opn, high, low, clse, volume: rename opn to open; rename clse to close",
    ),
    "a time of another name": (["when,open,high,low,close,volume", *rows()], [], "none is a date or time, expected one named date"),
    "dates in no format": ([HEAD, *rows("day %j of %Y")], [], "line 2 has time 'day 008 of 2024', expected a date or time such as"),
    "a word for a number": ([HEAD, *rows()[:5], "2024-01-15,1,1,1,n.c.,1"], [], "line 7 has 'n.c.' as close, expected a number"),
    "commas for both": ([HEAD, *rows(point=",")], [], "save it with semicolons between the fields, or with decimal points"),
    "no rows": ([HEAD], [], "has a header and no rows"),
    "nothing": ([], [], "is empty, expected lines of times and prices"),
    "a page of the web": (["<html>404</html>"], [], "one field a line: no separator found"),
    "a zone that is none": ([HEAD, *rows()], ["--tz", "New York"], "time zone 'New York' is not known, expected one such as America"),
    "a zone whose clock skips": (
        ["time,open,high,low,close,volume", *(f"2020-03-08 0{hour}:30,1,1,1,1,5" for hour in range(1, 6))],
        ["--tz", "America/New_York"],
        "the clock skipped it; the file's times are in another zone",
    ),
    "a calendar that is none": ([HEAD, *rows()], ["--calendar", "XNYSE"], "calendar 'XNYSE' is not known; did you mean XNYS?"),
    "a column that is none": ([HEAD, *rows()], ["--columns", "sentiment"], "has no column sentiment; expected one of: date, open"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_read_is_refused_in_one_line_and_nothing_is_stored(imported, home, case):
    lines, options, expected = REFUSED[case]
    code, out, err = imported(lines, *options)
    assert code in {2, 3}
    assert out == ""
    assert err.startswith("error: ")
    assert expected in err
    assert "\n" not in err
    assert not list(home.rglob("*.parquet"))


def test_a_wrong_time_zone_shows_against_the_sessions(imported):
    moments = [f"2024-01-{day:02d} {9 + (30 + i) // 60:02d}:{(30 + i) % 60:02d}" for day in (8, 9) for i in range(390)]
    lines = ["time,open,high,low,close,volume", *(f"{moment},1,1.2,0.9,1.1,5" for moment in moments)]
    code, out, _ = imported(lines, "--calendar", "XNYS")
    assert code == 0
    assert "600 of 780 rows of ABC lie outside the sessions of the calendar; if the times are in another zone" in out
    assert "outside" not in imported(lines, "--calendar", "XNYS", "--tz", "America/New_York")[1]


def test_a_workbook_is_named_as_one(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with zipfile.ZipFile("prices.xlsx", "w") as book:
        book.writestr("[Content_Types].xml", "<Types/>")
        book.writestr("xl/workbook.xml", "<workbook/>")
    assert main(["data", "import", "prices.xlsx"]) == 3
    assert "is a workbook of a spreadsheet; save the sheet as CSV and import that" in capsys.readouterr().err


def test_a_set_of_another_layout_is_to_be_imported_again(imported, home):
    import polars as pl

    imported([HEAD, *rows()])
    (path,) = (home / "catalogue/bars").rglob("*.parquet")
    kept = pl.read_parquet_metadata(path)
    ((name, text),) = [(key, value) for key, value in kept.items() if "symbol" in value and not key.startswith("ARROW")]
    pl.read_parquet(path).write_parquet(path, metadata={name: json.dumps(json.loads(text) | {"currency": "USD"})})
    with pytest.raises(DataError, match=r"another layout \(unknown key currency.*\); import the set again"):
        load_bars("ABC")


@pytest.fixture(scope="module")
def bars():
    return random_walk(100, 1, seed=1)


MOMENTS = np.arange(10, dtype=np.int64) * NS_PER_DAY
ONES = np.ones(10)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda b: backtest("crossing"), DataError, "no bars were given: pass the result of load_bars"),
        (lambda b: backtest("crossing", "SPY"), DataError, "bars are a str, expected Bars"),
        (lambda b: backtest(b, "crossing"), DataError, "bars are a str, expected Bars"),
        (lambda b: backtest(lambda s, x, p: 1.0, b), StrategyError, r"decorate it with @fold\(...\)"),
        (lambda b: backtest(scores=np.zeros((5, 2)), bars=b), DataError, r"shape \(5, 2\), expected \(100, 1\): one row a bar"),
        (lambda b: backtest(scores=np.full((100, 1), 9.0), bars=b), DataError, "reach 9, expected -1 to 1"),
        (lambda b: sweep("crossing", b, grid=[5, 10]), ParameterError, "grid is a list, expected values by parameter"),
        (lambda b: b.with_columns(mood=ONES), DataError, r"column mood has shape \(10,\), expected \(100, 1\)"),
        (lambda b: b.with_columns(mood="good"), DataError, "mood is no array of numbers"),
        (lambda b: b.with_columns(close=ONES), DataError, "a column cannot be called 'close'"),
        (
            lambda b: bars_from_arrays("A", MOMENTS, ONES, ONES[:4], ONES, ONES, period_ns=NS_PER_DAY),
            DataError,
            r"high has shape \(4,\), expected \(10, 1\): one row a bar, one column a symbol",
        ),
        (
            lambda b: bars_from_arrays("A", ["2024-01-08"] * 10, ONES, ONES, ONES, ONES, period_ns=NS_PER_DAY),
            DataError,
            "expected nanoseconds since 1970",
        ),
        (lambda b: Rules(cost=Costs()), SettingsError, "Rules has no setting cost; did you mean costs?"),
        (lambda b: Costs(fee_frc=0.1), SettingsError, "Costs has no setting fee_frc; did you mean fee_frac?"),
        (lambda b: backtest("crossing", b, rules=Costs()), SettingsError, "rules are a Costs, expected Rules"),
        (lambda b: backtest("crossing", b).plot("XYZ"), TenfoldError, "the run has no symbol XYZ; expected one of"),
        (lambda b: load_bars("ABC", start="2020-13-45"), ParameterError, "date '2020-13-45' is not understood, expected like"),
    ],
)  # fmt: skip
def test_what_a_notebook_passes_by_mistake(bars, call, error, text):
    with pytest.raises(error, match=text) as caught:
        call(bars)
    assert "\n" not in str(caught.value)


def test_a_frame_of_pandas_is_no_bars_and_its_dates_count_in_their_own_unit(bars):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"date": pandas.date_range("2024-01-08", periods=10, freq="D"), "close": ONES})
    with pytest.raises(
        DataError, match=r"bars are a DataFrame, expected Bars: use load_bars\(...\) or bars_from_arrays"
    ):
        backtest("crossing", frame)
    close = frame["close"]
    for unit in ("s", "us", "ns"):
        moments = frame["date"].astype(f"datetime64[{unit}]")
        made = bars_from_arrays("A", moments, close, close, close, close, period_ns=NS_PER_DAY)
        assert made.ts_ns[0] == np.datetime64("2024-01-08", "ns").astype(np.int64)


def limited(command, folder, home):
    """Run a command that may write no file beyond 8 KiB, as on a disk that is full."""
    # a measure of coverage would write a file of its own, and fail; Python would keep machine code that is cut off
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COVERAGE", "COV_"))}
    environment = {**kept, "TENFOLD_HOME": str(home), "XDG_CONFIG_HOME": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    program = f"{sys.executable} -m tenfold {command}"
    return subprocess.run(
        ["bash", "-c", f"ulimit -f 8; {program}"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_full_disk_leaves_nothing_half_written(tmp_path, home):
    many = [
        f"{1_700_000_000 + 86_400 * i},{100 + i * 7 % 13}.{i:05d},99999,1,{50 + i * 11 % 17}.{i:05d},{i}"
        for i in range(4000)
    ]
    (tmp_path / "prices.csv").write_text("\n".join([HEAD, *many]))
    answer = limited("data import prices.csv --symbol ABC", tmp_path, home)
    assert answer.returncode == 5
    assert answer.stderr.splitlines()[-1].startswith("error: cannot write ")
    assert "nothing was changed; free space, or name a folder that can be written with TENFOLD_HOME" in answer.stderr
    answer = limited("backtest crossing --sample us-indices --report r.html", tmp_path, home)
    assert answer.returncode == 5
    assert "the run cannot be kept in" in answer.stderr.splitlines()[-1]
    assert "Sharpe ratio" in answer.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["prices.csv"]
    assert "was not counted, so that its odds are not known" in answer.stderr
    left = {path.name for path in home.rglob("*") if path.is_file() and path.suffix in {".parquet", ".json"}}
    assert left <= {"trials.head.json"}
    again = [sys.executable, "-m", "tenfold", "trials", "verify"]
    freed = subprocess.run(
        again, env=os.environ | {"TENFOLD_HOME": str(home)}, capture_output=True, text=True, check=True
    )
    assert "the log of trials is whole: 0 records" in freed.stdout


def test_a_home_that_cannot_be_written(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken").write_text("a file where the folder should be")
    monkeypatch.setenv("TENFOLD_HOME", str(tmp_path / "taken" / "home"))
    (tmp_path / "prices.csv").write_text("\n".join([HEAD, *rows()]))
    assert main(["data", "import", "prices.csv"]) == 5
    assert "or name a folder that can be written with TENFOLD_HOME" in capsys.readouterr().err


def test_processes_that_write_one_catalogue_leave_it_whole(tmp_path, home):
    (tmp_path / "prices.csv").write_text("\n".join([HEAD, *rows()]))
    environment = {**os.environ, "TENFOLD_HOME": str(home)}
    command = [sys.executable, "-m", "tenfold", "data", "import", "prices.csv", "--symbol", "ABC", "--json"]
    started = [
        subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    ended = [process.communicate() for process in started]
    assert [process.returncode for process in started] == [0, 0, 0], ended
    assert len(load_bars("ABC")) == 100
    assert not [path for path in home.rglob("*") if "part" in path.name and path.is_file()]
