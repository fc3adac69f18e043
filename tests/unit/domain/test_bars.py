"""Bars on one axis: what they refuse, and what they say of themselves."""

import copy
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from scenes import bars_of
from tenfold.domain.bars import BAR, PACKED, Bars, bars_from_arrays, blank_bar, periods_per_year, stamp_calendar
from tenfold.domain.errors import DataError, UnknownNameError
from tenfold.domain.instrument import Instrument
from tenfold.domain.market import Flag
from tenfold.domain.units import NS_PER_DAY, NS_PER_HOUR, NS_PER_SECOND, date_ns


def rebuilt(bars, **fields):
    rows = bars.rows.copy()
    for name, (place, value) in fields.items():
        rows[name][place] = value
    return replace(bars, rows=rows)


def test_what_bars_say_of_themselves():
    bars = bars_of([1, 2, 3], [4, None, 6])
    assert bars.symbols == ("A", "B")
    assert bars.currency == "USD"
    assert len(bars) == 3
    assert [row.shape for row in bars] == [(2,)] * 3
    assert bars.usable.tolist() == [[True, True], [True, False], [True, True]]
    assert repr(bars) == "Bars(3 bars of A, B, 2024-01-08 to 2024-01-10)"
    assert "..." in repr(bars_of(*[[1, 2]] * 8))
    with pytest.raises(ValueError, match="read-only"):
        bars.rows["close"][0, 0] = 5.0


def test_parts_of_bars():
    bars = bars_of([1, 2, 3, 4], [5, 6, 7, 8])
    assert bars.select(["B"]).rows["close"].ravel().tolist() == [5, 6, 7, 8]
    assert bars.slice(1, 3).rows["close"][:, 0].tolist() == [2, 3]
    assert bars.between(int(bars.ts_ns[1]), int(bars.ts_ns[3])).rows["close"][:, 0].tolist() == [2, 3]
    with pytest.raises(UnknownNameError, match="symbol C is not here, expected one of A, B"):
        bars.select(["C"])
    with pytest.raises(DataError, match="no bars"):
        bars.slice(4)


@pytest.mark.parametrize("value", [0.0, -1.0, np.nan, np.inf])
@pytest.mark.parametrize("name", ["open", "high", "low", "close"])
def test_a_price_that_is_none_needs_a_flag(name, value):
    bars = bars_of([1, 2, 3])
    with pytest.raises(DataError, match="without a flag"):
        rebuilt(bars, **{name: ((1, 0), value)})
    flagged = rebuilt(bars, **{name: ((1, 0), value), "flags": ((1, 0), int(Flag.NONPOSITIVE))})
    assert not flagged.usable[1, 0]


def test_shapes_and_axes_that_do_not_fit():
    bars = bars_of([1, 2, 3], [4, 5, 6])
    with pytest.raises(DataError, match=r"shape \(3, 2\), expected \(bars, 1\)"):
        replace(bars, instruments=bars.instruments[:1])
    with pytest.raises(DataError, match="shape"):
        Bars(rows=np.zeros((3, 1)), instruments=bars.instruments[:1], period_ns=1)
    with pytest.raises(DataError, match="occurs twice"):
        replace(bars, instruments=(bars.instruments[0],) * 2)
    with pytest.raises(DataError, match="several currencies"):
        replace(bars, instruments=(bars.instruments[0], Instrument(symbol="B", currency="BTC")))
    with pytest.raises(DataError, match="do not increase at 2024-01-09"):
        rebuilt(bars, ts_ns=(2, date_ns(date(2024, 1, 9))))
    with pytest.raises(DataError, match="do not increase at some rows"):
        rebuilt(bars, ts_ns=((1, 1), bars.ts_ns[1] + 1))


def test_periods_a_year():
    def axis(step_ns, count):
        return np.arange(count) * step_ns

    business = np.array([day for day in range(1000) if (day + 3) % 7 < 5][:520]) * NS_PER_DAY
    business = np.delete(business, np.arange(25, len(business), 28))  # holidays
    assert periods_per_year(business, NS_PER_DAY) == 252.0
    assert periods_per_year(axis(NS_PER_DAY, 400), NS_PER_DAY) == 365.0
    assert periods_per_year(axis(7 * NS_PER_DAY, 100), 7 * NS_PER_DAY) == 52.0
    assert periods_per_year(axis(30 * NS_PER_DAY, 60), 30 * NS_PER_DAY) == 12.0
    assert periods_per_year(axis(NS_PER_HOUR, 1000), NS_PER_HOUR) == pytest.approx(8766.0)
    assert periods_per_year(axis(NS_PER_DAY, 2), NS_PER_DAY) == 252.0
    assert periods_per_year(axis(NS_PER_HOUR, 2), NS_PER_HOUR) == 8766.0
    assert bars_of([1, 2, 3]).periods_per_year == 365.0


def test_the_calendar_of_rows():
    bars = bars_of([1, 2, 3], days=[date(2024, 2, 29), date(2024, 2, 29), date(2024, 3, 1)])
    row = {name: bars.rows[name][:, 0].tolist() for name in ("year", "month", "day", "weekday", "session_bar")}
    assert row == {
        "year": [2024] * 3,
        "month": [2, 2, 3],
        "day": [29, 29, 1],
        "weekday": [3, 3, 4],
        "session_bar": [0, 1, 0],
    }
    assert bars.rows["elapsed_s"][:, 0].tolist() == [3600, 7200, 3600]
    rows = bars.rows.copy()
    stamp_calendar(rows, np.full(3, date_ns(date(2024, 3, 4))))  # times since the open stay as they were
    assert rows["elapsed_s"][:, 0].tolist() == [3600, 7200, 3600]
    assert rows["session_bar"][:, 0].tolist() == [0, 1, 2]
    assert rows["weekday"][:, 0].tolist() == [0] * 3


def test_bars_from_arrays_flag_what_is_no_price():
    close = np.array([[1.0, 2.0], [np.nan, 2.0], [1.0, 0.0]])
    bars = bars_from_arrays(["A", "B"], np.arange(1, 4) * NS_PER_DAY, close, close, close, close, period_ns=NS_PER_DAY)
    assert bars.usable.tolist() == [[True, True], [False, True], [True, False]]
    assert np.isnan(bars.rows["volume"]).all()
    one = bars_from_arrays("A", np.arange(1, 4) * NS_PER_SECOND, *[np.ones(3)] * 4, np.ones(3), period_ns=NS_PER_SECOND,
                           instruments=[Instrument(symbol="A")], label="synthetic")  # fmt: skip
    assert one.label == "synthetic"
    assert one.rows["volume"].tolist() == [[1.0]] * 3


@pytest.mark.parametrize("unit", ["D", "s", "ns"])
def test_bars_from_arrays_take_dates_in_any_unit(unit):
    dates = np.array(["2024-01-08", "2024-01-09"], f"datetime64[{unit}]")
    bars = bars_from_arrays(["A"], dates, *[np.ones(2)] * 4, period_ns=NS_PER_DAY)
    assert bars.ts_ns.tolist() == [date_ns(date(2024, 1, 8)), date_ns(date(2024, 1, 9))]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"ts_ns": np.array([1.0, 2.0])}, "ts_ns are float64, expected nanoseconds since 1970"),
        ({"close": np.array(["one", "two"])}, "close is no array of numbers: could not convert"),
        ({"high": np.ones(3)}, r"high has shape \(3,\), expected \(2, 1\): one row a bar"),
        ({"volume": np.ones((2, 2))}, r"volume has shape \(2, 2\), expected \(2, 1\)"),
    ],
)
def test_bars_from_arrays_refuse_what_is_none(given, said):
    columns = {name: np.ones(2) for name in ("open", "high", "low", "close")}
    with pytest.raises(DataError, match=said):
        bars_from_arrays(["A"], **{"ts_ns": np.array([1, 2]) * NS_PER_DAY, **columns, **given}, period_ns=NS_PER_DAY)


def test_a_blank_bar_shows_nothing():
    blank = blank_bar()[0]
    assert blank.dtype == BAR
    assert blank["flags"] == Flag.MISSING
    assert all(np.isnan(blank[name]) for name in ("open", "close", "volume", "ask_open"))
    assert blank["dividend"] == 0.0


def test_selected_bars_carry_the_sources_of_their_symbols_alone():
    from dataclasses import replace

    from tenfold.market.synthetic import random_walk

    bars = replace((made := random_walk(10, 3, seed=1)), sources={**made.sources, "splits_in_range": 1})
    assert set(bars.select("SYN2").sources) == {"SYN2", "splits_in_range"}


def test_a_packed_row_is_the_record():
    bars = bars_from_arrays(["A"], np.array([60, 120]) * 10**9, *[np.array([1.0, 2.0])] * 4, period_ns=60 * 10**9)
    assert PACKED.size == BAR.itemsize
    plain = list(PACKED.iter_unpack(bars.rows.tobytes()))
    np.testing.assert_equal(plain, [row.tolist() for row in bars.rows[:, 0]])  # NaN equals NaN here


def test_copied_and_pickled_bars_stay_read_only():
    bars = copy.deepcopy(bars_of([1.0, 2.0]))  # by the same way as pickle
    assert not bars.rows.flags.writeable
    assert bars.symbols == ("A",)
