"""Minutes become bar sets of any period, each bar where stored bars of the same minutes are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import astuple, replace

from feed_scenes import DAY, MINUTE, OPEN_NS, SYMBOLS, prints, session, values, venue_bars
from tenfold.app.building import bar_rows
from tenfold.domain.errors import DataError
from tenfold.domain.market import Flag
from tenfold.domain.units import NS_PER_DAY, NS_PER_HOUR, NS_PER_SECOND
from tenfold.market.align import align
from tenfold.market.bar_sets import BarSets
from tenfold.market.builder import BarBuilder
from tenfold.market.live_bars import told_bar
from tenfold.market.quality_bars import check
from tenfold.market.series import Series
from tenfold.market.trading_hours import TradingHours
from tenfold.simulation.feed import BarFeed

HOURS = TradingHours([session()])


def minutes(seed, count=40, per_minute=0.7):
    """Return the minutes of random prints, some without one, by beginning and symbol."""
    bars = venue_bars(prints(seed, count, per_minute=per_minute))
    return [
        (open_ns, {symbol: told_bar(bars[symbol, open_ns]) for symbol in SYMBOLS if (symbol, open_ns) in bars})
        for open_ns in range(OPEN_NS, OPEN_NS + count * MINUTE, MINUTE)
    ]


def played(sets, found):
    return [one for one in (sets.add(open_ns, bars) for open_ns, bars in found) if one is not None]


def stored(seed, period_ns, count=40):
    """Return the bar sets of the same prints, built as files are."""
    series = []
    for symbol in SYMBOLS:
        builder = BarBuilder(symbol, period_ns)
        every = [one for one in prints(seed, count, per_minute=0.7) if one.symbol == symbol]
        bars = [builder.trade(one.ts_ns, one.price, one.size) for one in every]
        rows = bar_rows([bar for bar in [*bars, builder.advance(1 << 62)] if bar is not None])
        series.append(Series(symbol=symbol, rows=rows, period_ns=period_ns, calendar="X", stamp="open", label=""))
    bars = align([check(one, [session()]) for one in series if len(one)], mode="raw", sessions=[session()])
    return list(BarFeed(bars).events())


@given(st.integers(0, 2**20), st.sampled_from([MINUTE, 5 * MINUTE, 15 * MINUTE, NS_PER_HOUR]))
def test_sets_stand_where_stored_bars_do(seed, period_ns):
    """A strategy cannot tell whether it sees a live bar or a stored one of the same prints."""
    found = minutes(seed)
    if any(symbol not in {name for _, bars in found for name in bars} for symbol in SYMBOLS):
        return
    live = played(BarSets(SYMBOLS, period_ns, HOURS), found)
    kept = stored(seed, period_ns)[: len(live)]  # the last period may not be over
    assert [(one.ts_ns, one.session, one.missing) for one in live] == [(o.ts_ns, o.session, o.missing) for o in kept]
    for ours, theirs in zip(live, kept, strict=True):
        for bar, other in zip(ours.bars, theirs.bars, strict=True):
            same = replace(bar, flags=0), replace(other, flags=0)
            np.testing.assert_equal(*(astuple(one)[:-2] for one in same))


@pytest.mark.parametrize("hours", [2, 4])
def test_a_period_that_ends_after_the_close_is_told_then(hours):
    """The session ends in the middle of the last one, and stored bars have it."""
    seed, count, period_ns = 3, 390, hours * NS_PER_HOUR
    sets = BarSets(SYMBOLS, period_ns, HOURS)
    night = [(open_ns, {}) for open_ns in range(session().close_ns, session().close_ns + 8 * NS_PER_HOUR, MINUTE)]
    live, kept = played(sets, [*minutes(seed, count), *night]), stored(seed, period_ns, count)
    assert live[-1].ts_ns > session().close_ns
    assert [(one.ts_ns, one.session, one.missing) for one in live] == [(o.ts_ns, o.session, o.missing) for o in kept]
    for ours, theirs in zip(live, kept, strict=True):
        for bar, other in zip(ours.bars, theirs.bars, strict=True):
            assert bar.flags & Flag.OFF_SESSION == other.flags & Flag.OFF_SESSION
            same = replace(bar, flags=0), replace(other, flags=0)
            np.testing.assert_equal(*(astuple(one)[:-2] for one in same))


def test_a_period_whose_only_minute_is_taken_back_is_no_set():
    (open_ns, bars), *_ = [one for one in minutes(1) if "A" in one[1]]
    sets = BarSets(SYMBOLS, 15 * MINUTE, HOURS)
    start_ns = open_ns // (15 * MINUTE) * 15 * MINUTE
    assert sets.add(open_ns, {"A": bars["A"]}) is None
    assert sets.change(open_ns + MINUTE, open_ns, "A", None, "canceled") is None
    assert sets.change(open_ns + MINUTE, open_ns, "B", None, "back_fill") is None
    assert sets.add(start_ns + 14 * MINUTE, {}) is None
    assert sets.change(open_ns + MINUTE, open_ns, "A", bars["A"], "back_fill").before is None  # it was one after all


def test_a_day_is_a_session():
    sets = BarSets(SYMBOLS, NS_PER_DAY, HOURS)
    found = minutes(1, 390)
    (day,) = played(sets, found)
    bar = day.bars[0]
    assert (bar.open_ns, bar.ts_ns, bar.session, bar.session_bar) == (OPEN_NS, session().close_ns, DAY, 0)
    assert (bar.elapsed_s, bar.remaining_s) == (390 * 60, 0)
    every = [bars["A"] for _, bars in found if "A" in bars]
    assert values(bar) == (
        every[0].open, max(one.high for one in every), min(one.low for one in every), every[-1].close,
        sum(one.volume for one in every),
    )  # fmt: skip


def test_a_day_that_is_decided_on_early_comes_in_two():
    sets = BarSets(SYMBOLS, NS_PER_DAY, HOURS, before_close_s=600)
    first, rest = played(sets, minutes(1, 390))
    close_ns = session().close_ns
    assert (first.ts_ns, rest.ts_ns) == (close_ns - 600 * NS_PER_SECOND, close_ns)
    assert [(one.bars[0].session_bar, one.bars[0].remaining_s) for one in (first, rest)] == [(0, 600), (1, 0)]
    assert rest.bars[0].open_ns == first.ts_ns


def test_a_symbol_without_a_bar_is_missing_and_an_empty_moment_is_no_set():
    sets = BarSets(SYMBOLS, MINUTE, HOURS)
    bar = minutes(1, 2, 9.0)[0][1]["A"]
    one = sets.add(OPEN_NS, {"A": bar})
    assert ([bar.symbol for bar in one.bars], one.missing) == (["A"], ("B",))
    assert sets.add(OPEN_NS + MINUTE, {}) is None
    assert sets.add(OPEN_NS - MINUTE, {"A": bar}) is None  # before the open
    later = sets.add(OPEN_NS + 2 * MINUTE, {"A": bar, "B": bar})
    assert [bool(found.flags & Flag.GAP) for found in later.bars] == [True, True]
    assert later.bars[0].session_bar == 1


def test_places_are_counted_on_behind_what_was_before():
    whole, cut = BarSets(SYMBOLS, MINUTE, HOURS), BarSets(SYMBOLS, MINUTE, HOURS)
    found = minutes(5, 20, 5.0)
    every = played(whole, found)
    cut.follow(every[9])
    assert [repr(one) for one in played(cut, found[10:])] == [repr(one) for one in every[10:]]


def test_a_minute_that_changes_changes_the_bar_that_holds_it():
    sets = BarSets(SYMBOLS, 5 * MINUTE, HOURS)
    found = minutes(3, 5, 5.0)
    changed = replace(found[2][1]["A"], high=500.0)
    (told,) = played(sets, found)
    revised = sets.change(7, OPEN_NS + 2 * MINUTE, "A", changed, "corrected")
    assert revised.before is told.bars[0]
    assert (revised.bar.high, revised.bar.ts_ns, revised.cause, revised.ts_ns) == (500.0, told.ts_ns, "corrected", 7)
    assert sets.change(8, OPEN_NS + 2 * MINUTE, "A", changed, "corrected") is None
    assert sets.change(9, OPEN_NS + 2 * MINUTE, "A", None, "canceled").bar.high < 500.0
    assert sets.change(9, OPEN_NS + 7 * MINUTE, "A", changed, "venue") is None  # nothing was told of it yet


def test_what_was_missing_is_told_later_with_nothing_before():
    sets = BarSets(SYMBOLS, MINUTE, HOURS)
    bar = minutes(3, 1, 9.0)[0][1]["B"]
    sets.add(OPEN_NS, {})
    revised = sets.change(1, OPEN_NS, "B", bar, "back_fill")
    assert (revised.before, revised.bar.ts_ns, values(revised.bar)) == (None, OPEN_NS + MINUTE, values(bar))


def test_official_values_correct_the_day_and_tell_the_difference():
    for before_close_s in (None, 600):
        sets = BarSets(SYMBOLS, NS_PER_DAY, HOURS, before_close_s=before_close_s)
        told = played(sets, minutes(1, 390))[-1].bars[0]
        first = venue_bars(prints(1, 390, per_minute=0.7))["A", OPEN_NS]
        official = replace(
            first, kind="daily", ts_ns=session().close_ns, open=50.0, high=200.0, low=40.0, close=123.0, volume=9.0
        )
        assert sets.official(3, replace(official, ts_ns=official.ts_ns - 1)) is None  # the day so far
        revised = sets.official(3, official)
        assert (revised.before, revised.bar.close, revised.cause) == (told, 123.0, "official")
        assert (revised.bar.volume == 9.0) == (before_close_s is None)
        assert sets.official(4, official) is None


@pytest.mark.parametrize(
    ("period_ns", "told"),
    [(0, "0w"), (30 * NS_PER_SECOND, "30s"), (7 * MINUTE, "7m"), (5 * 60 * MINUTE, "5h"), (2 * NS_PER_DAY, "2d")],
)
def test_periods_are_made_of_minutes(period_ns, told):
    with pytest.raises(DataError, match=f"^bars of {told} are not made of minutes that divide a day, expected"):
        BarSets(SYMBOLS, period_ns, HOURS)


def test_only_a_day_that_closes_is_decided_on_early():
    for period_ns, hours in ((MINUTE, HOURS), (NS_PER_DAY, TradingHours(None))):
        with pytest.raises(DataError, match="decide_before_close_s"):
            BarSets(SYMBOLS, period_ns, hours, before_close_s=60)


@pytest.mark.parametrize("seconds", [90.0, 659.5, float("nan")])
def test_a_day_is_decided_on_whole_minutes_before_it_closes(seconds):
    with pytest.raises(DataError, match=f"decide_before_close_s is {seconds:g}, expected whole minutes"):
        BarSets(SYMBOLS, NS_PER_DAY, HOURS, before_close_s=seconds)


def test_a_market_that_never_closes_has_days_of_utc():
    sets = BarSets(("A",), NS_PER_DAY, TradingHours(None))
    midnight = DAY * NS_PER_DAY
    bar = minutes(1, 1, 9.0)[0][1]["A"]
    assert sets.begin(midnight + 7 * MINUTE) == midnight
    assert sets.add(midnight, {"A": bar}) is None
    day = sets.add(midnight + NS_PER_DAY - MINUTE, {"A": bar})
    assert (day.ts_ns, day.session, day.bars[0].open_ns) == (midnight + NS_PER_DAY - 1, DAY, midnight)
