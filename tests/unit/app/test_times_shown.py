"""A daily bar reads as its date wherever people meet it."""

import json

import numpy as np
import polars as pl
import pytest
from plotly.offline import get_plotlyjs

from tenfold import backtest, load_bars
from tenfold.app.data import import_file, list_sets, show_set
from tenfold.app.report.page import report_html
from tenfold.app.result import Result


@pytest.fixture
def result(tmp_path):
    """Return a backtest over daily bars of the catalogue, which close with the last nanosecond of their day."""
    days = np.busday_offset("2020-01-06", np.arange(200)).astype(str)
    closes = 100.0 + 10.0 * np.sin(np.arange(200) / 9.0)
    (tmp_path / "ABC.csv").write_text(
        "date,close\n" + "\n".join(f"{d},{c:.2f}" for d, c in zip(days, closes, strict=True))
    )
    import_file(tmp_path / "ABC.csv")
    return backtest("crossing", load_bars("ABC"), params={"fast": 5, "slow": 20})


def test_tables_hold_dates(result):
    assert len(result.trades) > 2
    for frame, columns in (
        (result.equity, ["ts"]),
        (result.fills, ["ts"]),
        (result.votes, ["ts"]),
        (result.trades, ["entry", "exit"]),
    ):
        assert {frame.schema[name] for name in columns} == {pl.Date}
    assert str(result.equity["ts"][0]) == "2020-01-06"
    assert str(result.equity.to_pandas()["ts"][0])[:10] == "2020-01-06"


def _page(result):
    """Return the report without the charting library, which is no text of ours."""
    return report_html(result.analysis, result.summary()).replace(get_plotlyjs(), "")


def test_no_text_shows_the_end_of_a_day(result, tmp_path):
    assert json.loads(result.to_json())["equity"]["ts"][0] == "2020-01-06"
    assert (result.summary()["start"], result.summary()["end"]) == ("2020-01-06", "2020-10-09")
    shown = [
        result.to_json(),
        repr(result),
        repr(result.run.bars),
        str(result.trades),
        str(result.summary()),
        _page(result),
    ]
    shown += ["\n".join(show_set("ABC").lines()), str(list_sets())]
    assert not [text[:200] for text in shown if "23:59" in text]
    assert "1578268800000" in _page(result)  # midnight of 2020-01-06, on the charts
    assert result.plot().data[0].x[0] == np.datetime64("2020-01-06")


def test_intraday_bars_read_as_the_moment_they_close(result, make_run):
    hours = 1_577_836_800_000_000_000 + np.arange(1, 101, dtype=np.int64) * 3_600_000_000_000
    found = Result(make_run(bars=100, period_ns=3_600_000_000_000, ts_ns=hours))
    assert found.equity.schema["ts"] == pl.Datetime("ns", "UTC")
    assert found.summary()["start"] == "2020-01-01 01:00:00"
