"""Bars are built from ticks one by one: the same from a file and from a feed, and nothing is known too early."""

import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold.app.building import bar_rows
from tenfold.domain.bars import stamp_calendar
from tenfold.domain.errors import DataError
from tenfold.domain.units import NS_PER_DAY, NS_PER_MINUTE, NS_PER_SECOND
from tenfold.market.best_quote import BestQuote
from tenfold.market.builder import BarBuilder, BarSetBuilder, as_marks

MINUTE = NS_PER_MINUTE


def test_a_bar_closes_with_the_first_tick_of_a_later_interval():
    builder = BarBuilder("X", MINUTE)
    assert builder.trade(5, 10.0, 1.0) is None
    assert builder.trade(MINUTE - 1, 12.0, 2.0) is None
    bar = builder.trade(MINUTE, 11.0, 4.0)
    assert (bar.open_ns, bar.ts_ns) == (0, MINUTE)
    assert (bar.open, bar.high, bar.low, bar.close, bar.volume) == (10.0, 12.0, 10.0, 12.0, 3.0)
    later = builder.trade(5 * MINUTE, 9.0, 1.0)
    assert (later.ts_ns, later.close, later.volume) == (2 * MINUTE, 11.0, 4.0)
    assert builder.advance(6 * MINUTE - 1) is None
    assert builder.advance(6 * MINUTE).close == 9.0
    assert builder.advance(9 * MINUTE) is None


def test_a_tick_that_comes_too_late_or_cannot_be_used_is_left_out_and_counted():
    builder = BarBuilder("X", MINUTE)
    builder.trade(2 * MINUTE, 10.0, 1.0)
    assert builder.trade(MINUTE, 99.0, 1.0) is None
    for price, size in ((0.0, 1.0), (float("nan"), 1.0), (-5.0, 1.0), (10.0, 0.0), (10.0, float("nan"))):
        assert builder.trade(2 * MINUTE, price, size) is None
    builder.trade(2 * MINUTE, 99.0, 1.0, suspicious=True)
    builder.quote(2 * MINUTE, 11.0, 10.0)
    builder.quote(2 * MINUTE, float("nan"), 10.0)
    builder.quote(MINUTE, 10.0, 11.0)
    assert (builder.late, builder.unusable) == (2, 8)
    bar = builder.advance(3 * MINUTE)
    assert (bar.high, bar.volume) == (10.0, 1.0)


def test_quotes_give_the_middle_and_stand_beside_trades():
    builder = BarBuilder("X", MINUTE, "quotes")
    builder.quote(0, 10.0, 11.0)
    builder.quote(1, 10.0, 10.0)
    builder.trade(2, 50.0, 1.0)
    bar = builder.advance(MINUTE)
    assert (bar.open, bar.low, bar.close, bar.bid, bar.ask) == (10.5, 10.0, 10.0, 10.0, 10.0)
    assert np.isnan(bar.volume)
    beside = BarBuilder("X", MINUTE)
    beside.quote(0, 10.0, 11.0)
    beside.trade(1, 10.5, 1.0)
    beside.quote(2, 10.2, 10.8)
    bar = beside.advance(MINUTE)
    assert (bar.bid_open, bar.ask_open, bar.bid, bar.ask, bar.close) == (10.0, 11.0, 10.2, 10.8, 10.5)


def test_a_day_is_kept_as_the_catalogue_keeps_days():
    builder = BarBuilder("X", NS_PER_DAY)
    builder.trade(5 * NS_PER_DAY + 7, 1.0, 1.0)
    bar = builder.advance(6 * NS_PER_DAY)
    assert (bar.open_ns, bar.ts_ns, bar.session) == (5 * NS_PER_DAY, 6 * NS_PER_DAY - 1, 5)


@pytest.mark.parametrize("period_ns", [0, 7 * NS_PER_SECOND, 2 * NS_PER_DAY])
def test_a_period_divides_a_day(period_ns):
    with pytest.raises(DataError, match="do not divide a day"):
        BarBuilder("X", period_ns)


def test_bars_come_from_trades_or_quotes():
    with pytest.raises(DataError, match="from trades or quotes"):
        BarBuilder("X", MINUTE, "depth")


@given(st.integers(-50_000, 50_000))
def test_the_calendar_of_a_bar_is_that_of_its_day(day):
    builder = BarBuilder("X", 3600 * NS_PER_SECOND)
    builder.trade(day * NS_PER_DAY, 1.0, 1.0)
    bar = builder.advance((day + 1) * NS_PER_DAY)
    known = datetime.date(1970, 1, 1) + datetime.timedelta(days=day)
    assert (bar.year, bar.month, bar.day, bar.weekday) == (known.year, known.month, known.day, known.weekday())


TICKS = st.lists(
    st.tuples(st.integers(0, 20 * 60), st.floats(1.0, 100.0), st.floats(0.5, 9.0)), min_size=1, max_size=60
)


@given(TICKS)
def test_bars_equal_those_of_a_naive_grouping(ticks):
    ticks = sorted(ticks, key=lambda tick: tick[0])
    builder = BarBuilder("X", MINUTE)
    found = [builder.trade(second * NS_PER_SECOND, price, size) for second, price, size in ticks]
    rows = bar_rows([bar for bar in [*found, builder.advance(10**18)] if bar is not None])
    groups = {}
    for second, price, size in ticks:
        groups.setdefault(second // 60, []).append((price, size))
    assert rows["open_ns"].tolist() == [minute * MINUTE for minute in groups]
    for row, group in zip(rows, groups.values(), strict=True):
        prices = [price for price, _ in group]
        assert (row["open"], row["high"], row["low"], row["close"]) == (prices[0], max(prices), min(prices), prices[-1])
        assert row["volume"] == pytest.approx(sum(size for _, size in group))
    stamped = rows.copy().reshape(-1, 1)
    stamp_calendar(stamped)
    for name in ("session", "session_bar", "year", "month", "day", "weekday"):
        assert (stamped[name][:, 0] == rows[name]).all()


@given(TICKS, st.data())
def test_what_comes_later_changes_no_earlier_bar(ticks, data):
    ticks = sorted(ticks, key=lambda tick: tick[0])
    cut = data.draw(st.integers(0, len(ticks)))
    whole, part = BarBuilder("X", MINUTE), BarBuilder("X", MINUTE)
    every = [bar for second, price, size in ticks if (bar := whole.trade(second * NS_PER_SECOND, price, size))]
    some = [bar for second, price, size in ticks[:cut] if (bar := part.trade(second * NS_PER_SECOND, price, size))]
    assert every[: len(some)] == some


def test_a_set_is_complete_when_every_symbol_has_come():
    sets = BarSetBuilder(["A", "B"], MINUTE)
    assert sets.trade("A", 0, 1.0, 1.0) == []
    assert sets.trade("B", 1, 2.0, 1.0) == []
    assert sets.trade("A", MINUTE, 1.5, 1.0) == []
    (done,) = sets.trade("B", MINUTE + 5, 2.5, 1.0)
    assert (done.ts_ns, [bar.close for bar in done.bars], done.missing) == (MINUTE, [1.0, 2.0], ())


def test_a_set_ends_with_its_grace_and_names_who_is_missing():
    sets = BarSetBuilder(["A", "B"], MINUTE, grace_ns=5 * NS_PER_SECOND)
    sets.trade("B", 0, 2.0, 1.0)
    assert sets.advance(MINUTE) == []
    assert sets.advance(MINUTE + 4 * NS_PER_SECOND) == []
    (done,) = sets.advance(MINUTE + 5 * NS_PER_SECOND)
    assert ([bar.symbol for bar in done.bars], done.missing) == (["B"], ("A",))
    assert sets.trade("A", 30 * NS_PER_SECOND, 9.0, 1.0) == []
    assert sets.builders["A"].late == 1


def test_a_set_with_a_hole_waits_for_those_before_it():
    sets = BarSetBuilder(["A", "B"], MINUTE, source="quotes")
    sets.quote("A", 0, 1.0, 1.2)
    sets.quote("A", MINUTE, 1.0, 1.2)
    sets.quote("B", MINUTE, 2.0, 2.2)
    assert sets.quote("A", 2 * MINUTE, 1.0, 1.2) == []
    assert sets.quote("B", 2 * MINUTE, 2.0, 2.2) == []  # the first minute still waits for B
    first, second = sets.advance(2 * MINUTE)
    assert (first.missing, second.missing) == (("B",), ())


def test_the_best_quote_is_never_crossed():
    best = BestQuote()
    assert best.update("N", 10.0, 0.0)[0] == 10.0
    assert best.update("Q", 0.0, 10.5) == (10.0, 10.5)
    assert best.update("P", 10.2, 10.4) == (10.2, 10.4)
    assert best.update("N", 10.45, 0.0) == (10.45, 10.5)
    bid, ask = best.update("Q", 0.0, 9.0)
    assert np.isnan(bid)
    assert ask == 9.0


def test_marks_of_a_source():
    assert as_marks(None, 2) == [False, False]
    assert as_marks(np.array([0, 1]), 2) == [False, True]
