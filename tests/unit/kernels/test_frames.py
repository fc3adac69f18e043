"""Bars fold into larger bars as a grouped aggregation says, and nothing of a larger bar shows before it has closed."""

import numpy as np
import polars as pl
import pytest

from tenfold.domain.bars import BAR, Bars, bars_from_arrays, stamp_calendar
from tenfold.domain.instrument import Instrument
from tenfold.domain.units import NS_PER_DAY, NS_PER_MINUTE, NS_PER_SECOND
from tenfold.indicators import HOUR, MINUTE, MONTH, SESSION, WEEK, Frame, Integer, State, fold, frame
from tenfold.kernels import probe
from tenfold.kernels.compiling import compile_for
from tenfold.kernels.layout import as_records
from tenfold.kernels.trial import run_plain

LENGTHS = {"5 min": 5 * MINUTE, "hour": HOUR, "4 h": 4 * HOUR, "session": SESSION, "week": WEEK, "month": MONTH}
FIELDS = ("open", "high", "low", "close", "volume", "open_ns", "ts_ns")


@fold(length=Integer(-3, 86_400), state=State(frame=Frame))
def shown(state, bar, params):
    """Say what closed: a number made of all of the larger bar, where one closed with this bar."""
    closed = frame(state.frame, bar, params.length)
    at = state.frame
    value = at.open + 2.0 * at.high + 3.0 * at.low + 5.0 * at.close + 7.0 * at.volume
    return value + 1.0e6 * at.bars if closed else 0.0


def random_walk(count=6_000, seed=1, gaps=0.0, period_ns=NS_PER_MINUTE, start_day=18_000):
    """Return bars around the clock of which a share is missing, and long holes."""
    random = np.random.default_rng(seed)
    ts_ns = start_day * NS_PER_DAY + (1 + np.arange(count)) * period_ns
    keep = random.random(count) >= gaps
    if gaps:
        for at in random.integers(0, count - 300, 4):
            keep[at : at + random.integers(5, 300)] = False
    ts_ns = ts_ns[keep]
    close = 100.0 * np.exp(np.cumsum(random.normal(0.0, 0.001, len(ts_ns))))
    open_ = close * np.exp(random.normal(0.0, 0.001, len(ts_ns)))
    high, low = np.maximum(open_, close) * 1.001, np.minimum(open_, close) * 0.999
    volume = random.integers(0, 1_000, len(ts_ns)).astype(float)
    return bars_from_arrays(["A"], ts_ns, open_, high, low, close, volume, period_ns=period_ns)


def from_reference(path, symbol=None):
    table = pl.read_parquet(path).sort("ts")
    if symbol is not None:
        table = table.filter(pl.col("symbol") == symbol)
    columns = [table[name].cast(pl.Float64).to_numpy() for name in ("open", "high", "low", "close", "volume")]
    return bars_from_arrays(["A"], table["ts"].cast(pl.Int64).to_numpy(), *columns, period_ns=NS_PER_MINUTE)


def folded(bars, length_s):
    """Return the larger bars that closed, and with which bar each did."""
    state, rows = as_records(np.zeros(1, Frame.dtype(1)))[0], as_records(bars.rows)[:, 0]
    found, moments = [], []
    for moment in range(len(rows)):
        before = state.bars
        closed = frame(state, rows[moment], length_s)
        assert closed == (state.bars == before + 1)
        if closed:
            found.append([getattr(state, name) for name in FIELDS])
            moments.append(moment)
    return np.array(found, float).reshape(-1, len(FIELDS)), moments


def grouped(bars, length_s):
    """Return the larger bars as Polars aggregates them, and the last bar of each."""
    rows = bars.rows[:, 0]
    table = pl.DataFrame({name: rows[name] for name in FIELDS} | {"session": rows["session"]}).with_row_index("moment")
    day = pl.from_epoch(pl.col("session"), time_unit="d")
    keys = {
        SESSION: pl.col("session"),
        WEEK: day.dt.truncate("1w"),
        MONTH: day.dt.truncate("1mo"),
    }
    key = keys.get(length_s, (pl.col("ts_ns") + length_s * NS_PER_SECOND - 1) // (length_s * NS_PER_SECOND))
    large = table.group_by(key.alias("key"), maintain_order=True).agg(
        pl.col("open").first(), pl.col("high").max(), pl.col("low").min(), pl.col("close").last(), pl.col("volume").sum(),
        pl.col("open_ns").first(), pl.col("ts_ns").last(), pl.col("moment").last(),
    )  # fmt: skip
    return large.select(FIELDS).to_numpy().astype(float), large["moment"].to_list()


def assert_as_grouped(bars, length_s):
    found, moments = folded(bars, length_s)
    expected, last = grouped(bars, length_s)
    assert len(expected) - len(found) in {0, 1}, "all but the one that is still open"
    assert len(found) > 0
    np.testing.assert_allclose(found, expected[: len(found)], rtol=1e-12)
    assert all(moment >= end for moment, end in zip(moments, last, strict=False)), "shown before its last bar"
    assert all(moment <= end + 1 + (length_s > 0) for moment, end in zip(moments, last, strict=False)), "shown late"


@pytest.mark.parametrize("gaps", [0.0, 0.3, 0.9])
@pytest.mark.parametrize("name", [name for name in LENGTHS if name != "month"])
def test_equals_a_grouped_aggregation_of_minutes(name, gaps):
    assert_as_grouped(random_walk(12_000, gaps=gaps), LENGTHS[name])


@pytest.mark.parametrize("name", ["session", "week", "month"])
def test_equals_a_grouped_aggregation_of_days(name):
    assert_as_grouped(random_walk(500, gaps=0.2, period_ns=NS_PER_DAY), LENGTHS[name])


@pytest.mark.parametrize("name", [name for name in LENGTHS if name != "month"])
@pytest.mark.parametrize("file", ["perpetual", "spy", "coin"])
def test_equals_a_grouped_aggregation_of_real_minutes(name, file, reference_data):
    names = {"perpetual": "crypto_minute_btcperp_2022", "spy": "equity_minute_spy_2011", "coin": "crypto_1m_unittest"}
    bars = from_reference(reference_data / f"{names[file]}.parquet")
    assert_as_grouped(bars.slice(0, 9_000), LENGTHS[name])


def sessions(days=3, minutes=100, early=70):
    """Return minutes of sessions from 14:30, the last but one of which ends early, with bars after the close."""
    rows = np.zeros((days * (minutes + 5), 1), BAR)
    at = 0
    for day in range(days):
        length = early if day == days - 2 else minutes
        opens = (18_001 + day) * NS_PER_DAY + 870 * NS_PER_MINUTE
        for minute in range(1, length + 6):
            row = rows[at, 0]
            row["ts_ns"], row["open_ns"] = opens + minute * NS_PER_MINUTE, opens + (minute - 1) * NS_PER_MINUTE
            row["remaining_s"] = max(length - minute, 0) * 60
            row["elapsed_s"] = minute * 60
            for field in ("open", "high", "low", "close", "volume"):
                row[field] = 100.0 + at
            at += 1
    rows = rows[:at]
    stamp_calendar(rows)
    return Bars(rows=rows, instruments=(Instrument(symbol="A"),), period_ns=NS_PER_MINUTE)


def test_the_end_of_the_session_closes_an_hour():
    bars = sessions()
    found, moments = folded(bars, HOUR)
    clock = [(int(found[i][6]) % NS_PER_DAY) // NS_PER_MINUTE for i in range(len(found))]
    # 15:00, 16:00, the close at 16:10; the bars after it close when the next day comes. The second day ends at 15:40.
    assert clock[:8] == [900, 960, 970, 975, 900, 940, 945, 900]
    shown_with = [int(bars.rows["ts_ns"][m, 0] % NS_PER_DAY) // NS_PER_MINUTE for m in moments]
    assert shown_with[:8] == [900, 960, 970, 871, 900, 940, 871, 900]


def test_a_session_closes_with_the_first_bar_of_the_next():
    bars = sessions()
    _, moments = folded(bars, SESSION)
    assert [int(bars.rows["session_bar"][m, 0]) for m in moments] == [0, 0]


def test_at_most_one_closes_and_none_is_lost():
    ts_ns = 18_000 * NS_PER_DAY + np.array([10, 30, 60, 70, 180, 190, 240, 250]) * NS_PER_MINUTE
    line = np.arange(1.0, 9.0)
    bars = bars_from_arrays(["A"], ts_ns, line, line, line, line, line, period_ns=NS_PER_MINUTE)
    found, moments = folded(bars, HOUR)
    # The hour of minute 70 closes with the bar of minute 180, which ends an hour itself: that is shown with the next bar.
    # The last bar ends the session.
    assert found[:, 3].tolist() == [3.0, 4.0, 5.0, 7.0, 8.0]
    assert moments == [2, 4, 5, 6, 7]


@pytest.mark.parametrize("name", LENGTHS)
def test_compiled_plain_and_restored_are_identical(name):
    bars, values = random_walk(2_500, gaps=0.2), {"length": LENGTHS[name]}
    plain = run_plain(shown, bars.rows, values)
    kernel, params = compile_for(shown, probe.probe_symbols), shown.params(values)
    states, whole, parts = shown.states(1), np.empty(bars.rows.shape), np.empty(bars.rows.shape)
    kernel(states, bars.rows, params, whole)
    np.testing.assert_array_equal(whole, plain)
    first = shown.states(1)
    kernel(first, bars.rows[:777], params, parts[:777])
    restored = np.frombuffer(first.tobytes(), shown.state_dtype).copy()
    kernel(restored, bars.rows[777:], params, parts[777:])
    np.testing.assert_array_equal(parts, whole)
    assert restored.tobytes() == states.tobytes()


@pytest.mark.parametrize("name", [name for name in LENGTHS if name != "month"])
def test_cannot_look_ahead(name):
    bars = random_walk(2_500, gaps=0.2)
    rows = bars.rows.copy()
    for field in ("open", "high", "low", "close", "volume"):
        rows[field][1_200:] *= 3.0
    values = {"length": LENGTHS[name]}
    np.testing.assert_array_equal(run_plain(shown, rows, values)[:1_200], run_plain(shown, bars.rows, values)[:1_200])
