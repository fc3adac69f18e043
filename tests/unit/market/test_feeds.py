"""What feeds tell of halts, silences, sources that fail, bars that change and days that close."""

from itertools import pairwise

import pytest
from msgspec.structs import replace

from feed_scenes import MINUTE, OPEN_NS, SECOND, SYMBOLS, listener, prints, session, values, venue_bars
from tenfold.domain.events import Alerted, Fitness, Revised, Switched
from tenfold.domain.feed_settings import FeedSettings, QualitySettings
from tenfold.domain.live_market import PriceBands, Print, PrintCanceled, PrintCorrected, TradingStatus
from tenfold.domain.market import Flag, Quote
from tenfold.domain.units import NS_PER_DAY
from tenfold.market.feed_source import SourceTerms

FIRST = SourceTerms(name="first")
BEATS = 2 * SECOND


def quote(now, symbol, bid=100.0):
    return Quote(ts_ns=now, symbol=symbol, bid=bid, ask=bid + 0.01, bid_size=1.0, ask_size=1.0)


def quoted(scene, start_ns, stop_ns, *sources, every_ns=BEATS, symbols=SYMBOLS):
    """Let sources tell a quote of each symbol every so often."""
    for now in range(start_ns, stop_ns, every_ns):
        for source in sources:
            scene.hear(source, now, *(quote(now, symbol) for symbol in symbols))


def begun(*terms, every=(), **more):
    scene = listener(every, *terms, **more)
    for name in scene.feeds.sources:
        scene.link(name, OPEN_NS - 30 * SECOND)
    return scene


def test_a_symbol_is_fit_once_it_is_quoted():
    scene = begun("first")
    quoted(scene, OPEN_NS, OPEN_NS + 10 * SECOND, "first")
    assert not scene.feeds.unfit
    told = [(one.symbol, one.fit) for one in scene.of(Fitness)]
    assert told[:2] == [("A", False), ("B", False)]  # nothing was connected
    assert told[-2:] == [("A", True), ("B", True)]
    known, received_ns = scene.feeds.quote("A")
    assert (known.bid, received_ns) == (100.0, OPEN_NS + 8 * SECOND)
    assert scene.feeds.offset_ns() == 0


@pytest.mark.parametrize("half_day", [False, True])
def test_no_false_alarm_over_a_night_a_weekend_and_a_half_day(half_day):
    days = [session(210 if half_day else 390), session(390, 20_423)]
    scene = begun("first", sessions=days)
    for day in days:
        quoted(scene, day.open_ns, day.close_ns, "first", every_ns=10 * SECOND)
    before = len(scene.of(Fitness))
    scene.until(days[1].close_ns + 3600 * SECOND)
    assert not scene.of(Alerted)
    assert not scene.asked
    opened = [one for one in scene.of(Fitness) if one.ts_ns > days[0].close_ns and not one.fit]
    assert all(one.ts_ns <= days[1].open_ns + 2 * SECOND for one in opened)  # until the first word of the day
    assert len(scene.of(Fitness)) == before
    assert not scene.feeds.unfit


def test_a_mute_socket_is_noticed_within_its_limit_and_failed_over():
    scene = begun("first", "second")
    quoted(scene, OPEN_NS, OPEN_NS + 60 * SECOND, "first", "second")
    mute_ns = OPEN_NS + 60 * SECOND
    quoted(scene, mute_ns, mute_ns + 60 * SECOND, "second")
    switched = scene.of(Switched)
    assert {(one.symbol, one.source, one.before, one.reason) for one in switched} == {
        (symbol, "second", "first", "silent") for symbol in SYMBOLS
    }
    assert all(one.ts_ns <= mute_ns + 16 * SECOND for one in switched)
    assert scene.of(Alerted)[0].source == "first"
    assert not scene.feeds.unfit
    quoted(scene, mute_ns + 60 * SECOND, mute_ns + 120 * SECOND, "first", "second")
    assert [scene.feeds.active(symbol) for symbol in SYMBOLS] == ["first", "first"]
    back = scene.of(Switched)[-1].ts_ns - (mute_ns + 60 * SECOND)
    assert 30 * SECOND <= back <= 33 * SECOND
    assert scene.feeds.sources["first"].score < 80.0
    assert scene.feeds.score() > 99.0  # nobody went without


def test_a_broken_link_is_left_at_once_and_without_a_backup_nothing_is_traded():
    scene = begun("first", "second")
    quoted(scene, OPEN_NS, OPEN_NS + 10 * SECOND, "first", "second")
    scene.link("first", OPEN_NS + 10 * SECOND, up=False)
    assert scene.feeds.active("A") == "second"
    scene.link("second", OPEN_NS + 11 * SECOND, up=False)
    assert set(scene.feeds.unfit.values()) == {"not connected"}
    assert [one.fit for one in scene.of(Fitness)[-2:]] == [False, False]
    scene.until(OPEN_NS + 60 * SECOND)
    assert scene.feeds.score() < 80.0


def test_of_a_halted_symbol_silence_is_no_fault():
    scene = begun("first", settings=FeedSettings(quality=QualitySettings(stale_s=10.0)))
    quoted(scene, OPEN_NS, OPEN_NS + 10 * SECOND, "first")
    halt = TradingStatus(ts_ns=OPEN_NS + 10 * SECOND, symbol="A", code="P", reason_code="LUDP")
    scene.hear("first", OPEN_NS + 10 * SECOND, halt)
    assert scene.feeds.halts.halted == {"A": "LUDP"}
    quoted(scene, OPEN_NS + 10 * SECOND, OPEN_NS + 60 * SECOND, "first", symbols=("B",))
    assert not scene.feeds.unfit
    resumed = TradingStatus(ts_ns=OPEN_NS + 60 * SECOND, symbol="A", code="T")
    scene.hear("first", OPEN_NS + 60 * SECOND, resumed, quote(OPEN_NS + 60 * SECOND, "A"))
    scene.until(OPEN_NS + 61 * SECOND)
    assert not scene.feeds.halts.halted
    assert not scene.feeds.unfit


def test_a_symbol_that_trades_is_halted_no_more_though_nobody_heard_that_it_resumed():
    scene = listener([])
    scene.link("first", OPEN_NS)
    scene.hear("first", OPEN_NS + SECOND, TradingStatus(ts_ns=OPEN_NS + SECOND, symbol="A", code="H"))
    scene.link("first", OPEN_NS + 20 * SECOND, up=False)
    scene.link("first", OPEN_NS + 30 * SECOND)
    now = OPEN_NS + 31 * SECOND
    scene.hear("first", now, Print(ts_ns=now, symbol="A", price=10.0, size=1.0))
    assert not scene.feeds.halts.halted
    assert "A" not in scene.feeds.unfit


def test_a_price_beyond_the_bands_marks_its_bar():
    scene = begun("first")
    scene.hear("first", OPEN_NS, PriceBands(ts_ns=OPEN_NS, symbol="A", up=11.0, down=9.0))
    for second, price in ((1, 10.0), (2, 50.0), (12, 10.0), (24, 10.0), (36, 10.0), (48, 10.0), (60, 10.0)):
        now = OPEN_NS + second * SECOND
        scene.hear("first", now, Print(ts_ns=now, symbol="A", price=price, size=1.0), quote(now, "B"))
    scene.until(OPEN_NS + MINUTE + 10 * SECOND)
    (bar,) = scene.sets()[0].bars
    assert (bar.flags & Flag.OUTLIER, bar.high) == (Flag.OUTLIER, 50.0)
    assert scene.feeds.sources["first"].quality.total["outlier"] == 1.0


def test_a_lost_frame_is_shown_by_the_venues_own_bar_and_raises_an_alert():
    every = prints(4, 5, per_minute=60.0)
    scene = begun(FIRST, every=every)
    lost = every[6]
    events = [(one.ts_ns, one) for one in every if one is not lost]
    events += [(bar.ts_ns + SECOND // 10, bar) for bar in scene.truth.values()]
    for now, value in sorted(events, key=lambda one: one[0]):
        scene.hear("first", now, value)
    scene.until(OPEN_NS + 5 * MINUTE + 10 * SECOND)
    assert scene.known() == {key: values(bar) for key, bar in scene.truth.items()}
    assert scene.feeds.sources["first"].quality.total["broken_sequence"] == 1.0
    (alert,) = scene.of(Alerted)
    assert (alert.source, alert.score < 95.0) == ("first", True)
    assert not scene.of(Revised)


def test_late_prints_corrections_and_cancels_are_told_as_changes():
    scene = begun("first")
    for number, second in enumerate(range(5, 70, 10)):
        now = OPEN_NS + second * SECOND
        one = Print(ts_ns=now, symbol="A", price=10.0 + number, size=1.0, trade_id=str(number))
        scene.hear("first", now, one, quote(now, "B"))
    scene.until(OPEN_NS + 70 * SECOND)
    (told,) = scene.sets()
    assert values(told.bars[0]) == (10.0, 15.0, 10.0, 15.0, 6.0)
    now = OPEN_NS + 70 * SECOND
    scene.hear("first", now, Print(ts_ns=OPEN_NS + SECOND, symbol="A", price=20.0, size=1.0, trade_id="x"))
    scene.hear("first", now, PrintCanceled(ts_ns=now, symbol="A", trade_id="5", price=15.0, size=1.0))
    corrected = PrintCorrected(
        ts_ns=now,
        symbol="A",
        original_id="0",
        original_price=10.0,
        original_size=1.0,
        trade_id="y",
        price=9.0,
        size=2.0,
    )
    scene.hear("first", now, corrected)
    changes = scene.of(Revised)
    assert [one.cause for one in changes] == ["late_print", "canceled", "corrected"]
    assert repr(changes[0].before) == repr(told.bars[0])
    assert all(repr(later.before) == repr(one.bar) for one, later in pairwise(changes))
    assert values(changes[-1].bar) == (9.0, 20.0, 9.0, 14.0, 7.0)


def test_an_updated_bar_changes_what_was_told():
    every = prints(4, 2, per_minute=8.0)
    scene = begun(FIRST, every=every)
    for bar in scene.truth.values():
        scene.hear("first", bar.ts_ns + SECOND // 10, bar)
    key, bar = next(iter(scene.truth.items()))
    scene.hear("first", OPEN_NS + 2 * MINUTE + SECOND, replace(bar, kind="updated", high=bar.high + 1.0))
    (change,) = scene.of(Revised)
    assert (change.cause, change.bar.high, change.before.high, change.bar.symbol) == (
        "venue", bar.high + 1.0, bar.high, key[0],
    )  # fmt: skip


def test_a_set_is_told_with_its_last_symbol_and_names_who_is_missing_after_the_grace():
    scene = begun(FIRST, every=prints(4, 3, per_minute=8.0))
    first = [bar for bar in scene.truth.values() if bar.open_ns == OPEN_NS]
    scene.hear("first", OPEN_NS + 30 * SECOND, *(Print(ts_ns=OPEN_NS, symbol=s, price=1.0, size=1.0) for s in SYMBOLS))
    scene.hear("first", OPEN_NS + MINUTE + SECOND // 10, first[0])
    assert not scene.sets()
    scene.hear("first", OPEN_NS + MINUTE + SECOND // 5, first[1])
    assert [one.ts_ns for one in scene.sets()] == [OPEN_NS + MINUTE]
    scene.answers = False
    scene.link("first", OPEN_NS + MINUTE + 20 * SECOND, up=False)
    scene.link("first", OPEN_NS + MINUTE + 40 * SECOND)
    second = [bar for bar in scene.truth.values() if bar.open_ns == OPEN_NS + MINUTE and bar.symbol == "A"]
    scene.hear("first", OPEN_NS + 2 * MINUTE + SECOND // 10, *second)
    scene.until(OPEN_NS + 2 * MINUTE + 2 * SECOND)
    assert len(scene.sets()) == 1
    scene.until(OPEN_NS + 2 * MINUTE + 4 * SECOND)
    assert (scene.sets()[1].missing, [bar.symbol for bar in scene.sets()[1].bars]) == (("B",), ["A"])


def test_a_process_that_was_held_up_asks_for_what_it_heard_late():
    every = prints(9, 6, per_minute=20.0)
    scene = begun("first", every=every)
    feeds = scene.feeds
    held = (OPEN_NS + 110 * SECOND, OPEN_NS + 122 * SECOND)
    late = []
    for one in every:
        if held[0] <= one.ts_ns < held[1]:
            late.append(one)
            continue
        if late and one.ts_ns >= held[1]:  # everything comes at once, and nobody has let time pass before
            scene.take(feeds.take("first", held[1], late), held[1])
            late = []
        scene.hear("first", one.ts_ns, one)
    scene.until(OPEN_NS + 8 * MINUTE)
    assert scene.known() == {key: values(bar) for key, bar in scene.truth.items()}
    assert scene.asked


def test_days_are_corrected_by_official_values_that_are_asked_for():
    every = prints(2, 390, per_minute=0.5)
    scene = begun("first", every=every, period_ns=NS_PER_DAY, settings=FeedSettings(official_s=60.0))
    minutes = scene.bars_of
    bar = next(iter(scene.truth.values()))
    day = replace(
        bar, kind="daily", ts_ns=session().close_ns, open_ns=OPEN_NS, close=123.0, high=900.0, low=1.0, volume=5.0
    )
    scene.bars_of = lambda request: (
        [replace(day, symbol=symbol) for symbol in request.symbols] if request.kind == "days" else minutes(request)
    )
    for one in every:
        scene.hear("first", one.ts_ns, one)
    for after_ns in (
        -SECOND,
        5 * SECOND,
        400 * SECOND,
    ):  # the day so far, which lacks the auction, or what came before the stream
        ts_ns = session().close_ns + after_ns
        scene.hear(
            "first", ts_ns, replace(day, ts_ns=ts_ns, open=120.0, close=122.0, high=130.0, low=110.0, volume=3.0)
        )
    scene.until(session().close_ns + 600 * SECOND)
    (told,) = scene.sets()
    assert told.ts_ns == session().close_ns
    official = [one for one in scene.of(Revised) if one.cause == "official"]
    assert [(one.bar.symbol, one.bar.close) for one in official] == [("A", 123.0), ("B", 123.0)]
    assert [repr(one.before) for one in official] == [repr(bar) for bar in told.bars]
    assert [one.kind for one in scene.asked].count("days") == 1


def test_a_day_is_told_when_orders_on_the_open_are_taken_with_its_official_values():
    every = prints(2, 390, per_minute=0.5)
    days = [session(), session(390, 20_423)]
    scene = begun("first", every=every, period_ns=NS_PER_DAY, sessions=days)
    minutes = scene.bars_of
    bar = next(iter(scene.truth.values()))
    day = replace(bar, kind="daily", ts_ns=days[0].close_ns, open_ns=OPEN_NS, close=123.0, high=124.0)
    scene.bars_of = lambda request: (
        [replace(day, symbol=symbol) for symbol in request.symbols] if request.kind == "days" else minutes(request)
    )
    for one in every:
        scene.hear("first", one.ts_ns, one)
    due_ns = days[1].open_ns - 12 * 3600 * SECOND
    scene.until(due_ns - SECOND)
    assert not scene.sets()
    assert {one.bar.close for one in scene.of(Revised) if one.cause == "official"} == {123.0}
    scene.until(due_ns + SECOND)
    (told,) = scene.sets()
    assert (told.ts_ns, [bar.close for bar in told.bars]) == (days[0].close_ns, [123.0, 123.0])


def test_what_nobody_asked_for_is_counted():
    scene = begun("first")
    scene.hear("first", OPEN_NS, quote(OPEN_NS, "C"))
    assert scene.feeds.foreign == 1


def test_what_cannot_be_read_is_counted_and_its_minute_asked_for():
    every = prints(9, 4, per_minute=20.0)
    scene = begun("first", every=every)
    for number, one in enumerate(every):
        if number == 50:
            scene.until(one.ts_ns)
            scene.take(scene.feeds.unread("first", one.ts_ns), one.ts_ns)
        else:
            scene.hear("first", one.ts_ns, one)
    scene.until(OPEN_NS + 6 * MINUTE)
    assert scene.known() == {key: values(bar) for key, bar in scene.truth.items()}
    unread_ns = every[50].ts_ns
    assert any(one.start_ns <= unread_ns < one.stop_ns for one in scene.asked)
    assert scene.feeds.sources["first"].quality.total["missing_value"] == 1.0


def test_a_bar_of_the_venue_that_is_none_is_counted_and_left_out():
    every = prints(4, 3, per_minute=8.0)
    scene = begun(FIRST, every=every)
    wrong = next(iter(scene.truth.values()))
    for bar in scene.truth.values():
        told = replace(bar, low=0.0) if bar is wrong else bar
        scene.hear("first", bar.ts_ns + SECOND // 10, told)
    scene.until(OPEN_NS + 6 * MINUTE)
    assert scene.known() == {key: values(bar) for key, bar in scene.truth.items()}
    assert scene.feeds.sources["first"].quality.total["nonpositive_price"] == 1.0


def test_a_delayed_source_is_heard_and_never_traded_on():
    scene = begun("first", SourceTerms(name="old", delayed=True))
    behind_ns = 900 * SECOND
    for now in range(OPEN_NS, OPEN_NS + 150 * SECOND, BEATS):
        if now < OPEN_NS + 100 * SECOND:
            scene.hear("first", now, *(quote(now, symbol) for symbol in SYMBOLS))
        scene.hear("old", now, *(quote(now - behind_ns, symbol, bid=50.0) for symbol in SYMBOLS))
    old = TradingStatus(ts_ns=OPEN_NS - behind_ns, symbol="A", code="H", reason_code="T1")
    bands = PriceBands(ts_ns=OPEN_NS - behind_ns, symbol="A", up=51.0, down=49.0)
    scene.hear("old", OPEN_NS + 150 * SECOND, old, bands)
    assert scene.feeds.unfit == dict.fromkeys(SYMBOLS, "silent")
    assert not scene.of(Switched)
    assert not scene.feeds.halts.halted
    assert not scene.feeds.halts.bands
    assert abs(scene.feeds.offset_ns()) < SECOND
    assert scene.feeds.score() == scene.feeds.sources["first"].score < scene.feeds.sources["old"].score
    assert not scene.feeds.sources["first"].quality.total.get("outlier")
    assert scene.asked  # of a minute that the old one has not told yet it says nothing


def test_a_source_that_turns_out_to_be_late_is_as_good_as_none():
    scene = begun("late", "second")
    for now in range(OPEN_NS, OPEN_NS + 150 * SECOND, BEATS):
        scene.hear("late", now, *(quote(now - 60 * SECOND, symbol, bid=50.0) for symbol in SYMBOLS))
        scene.hear("second", now, *(quote(now, symbol) for symbol in SYMBOLS))
    assert not scene.feeds.unfit
    assert {scene.feeds.active(symbol) for symbol in SYMBOLS} == {"second"}
    assert scene.feeds.sources["late"].late
    assert abs(scene.feeds.offset_ns()) < SECOND
    assert scene.feeds.sources["second"].quality.total.get("outlier", 0) <= len(
        SYMBOLS
    )  # of the second in which it was not known yet


def test_a_minute_that_was_cut_off_comes_whole_from_the_other_source():
    every = prints(5, 3, per_minute=30.0)
    scene = begun(FIRST, SourceTerms(name="second"), every=every)
    cut_ns = OPEN_NS + 2 * MINUTE - 8 * SECOND  # as the minute ends it is not silent for long enough to count as mute
    events = [(one.ts_ns, [one]) for one in every]
    events += [(bar.ts_ns + SECOND // 2, [bar]) for bar in scene.truth.values()]
    for ts_ns, told in sorted(events, key=lambda one: one[0]):
        for source in ("first", "second") if ts_ns < cut_ns else ("second",):
            scene.hear(source, ts_ns, *told)
    found = {(bar.symbol, bar.open_ns): values(bar) for one in scene.sets() for bar in one.bars}
    scene.until(OPEN_NS + 3 * MINUTE + 10 * SECOND)
    assert found
    for place, bar in scene.truth.items():
        if place in found:
            assert found[place] == values(bar)
    assert (SYMBOLS[0], OPEN_NS + MINUTE) in found
    assert not scene.of(Revised)


@pytest.mark.parametrize("after_ns", [SECOND // 10, 30 * SECOND])
def test_a_minute_in_which_one_source_fell_mute_unnoticed_is_told_by_the_bar_of_another(after_ns):
    scene = begun(FIRST, SourceTerms(name="second"))
    quoted(scene, OPEN_NS, OPEN_NS + 53 * SECOND, "first", "second")  # a trade comes now, of which neither tells
    (bar,) = venue_bars([Print(ts_ns=OPEN_NS + 55 * SECOND, symbol="A", price=10.0, size=1.0, trade_id="1")]).values()
    scene.hear("second", OPEN_NS + MINUTE + after_ns, bar)
    for name in ("second", "first"):
        scene.link(name, OPEN_NS + 2 * MINUTE, up=False)
        scene.link(name, OPEN_NS + 2 * MINUTE + SECOND)
    scene.until(OPEN_NS + 3 * MINUTE)
    assert scene.known() == {("A", OPEN_NS): values(bar)}
    assert [one.cause for one in scene.of(Revised)] == ["venue"] * (after_ns > 10 * SECOND)


def test_patience_follows_the_pace_of_the_venue():
    slow = FeedSettings(
        grace_s=30.0, settle_s=5.0, hold_s=120.0, quality=QualitySettings(silent_s=150.0, stale_s=600.0)
    )
    scene = begun("first", "second", settings=slow)
    quoted(scene, OPEN_NS, OPEN_NS + 60 * SECOND, "first", "second")
    quoted(scene, OPEN_NS + 60 * SECOND, OPEN_NS + 120 * SECOND, "second")
    assert {scene.feeds.active(symbol) for symbol in SYMBOLS} == {"first"}
    scene.feeds.follow(FeedSettings())
    quoted(scene, OPEN_NS + 120 * SECOND, OPEN_NS + 130 * SECOND, "second")
    assert {scene.feeds.active(symbol) for symbol in SYMBOLS} == {"second"}
    quoted(scene, OPEN_NS + 130 * SECOND, OPEN_NS + 180 * SECOND, "first", "second")
    assert {scene.feeds.active(symbol) for symbol in SYMBOLS} == {"first"}
