"""What feeds ask for anew: minutes that changed while nobody heard, and while an answer was on its way."""

import pytest
from msgspec.structs import replace

from feed_scenes import MINUTE, OPEN_NS, SECOND, SYMBOLS, listener, prints, session, values
from tenfold.domain.events import Fitness, Past, Revised
from tenfold.domain.market import BarSet, Quote
from tenfold.domain.units import NS_PER_DAY
from tenfold.market.feed_source import SourceTerms

KEY = ("A", OPEN_NS)


def begun():
    scene = listener(prints(4, 4, per_minute=8.0), SourceTerms(name="first"))
    scene.link("first", OPEN_NS - 30 * SECOND)
    return scene


def quotes(second):
    return [Quote(ts_ns=OPEN_NS + second * SECOND, symbol=symbol, bid=9.9, ask=10.0) for symbol in SYMBOLS]


def asks_again_once_it_is_heard(scene):
    """Let a minute that is known change while its source is away, which is then heard."""
    scene.until(OPEN_NS + 85 * SECOND)
    assert scene.known()[KEY] == values(scene.truth[KEY])
    scene.truth[KEY] = replace(scene.truth[KEY], high=scene.truth[KEY].high + 1.0)
    scene.link("first", OPEN_NS + 100 * SECOND)
    scene.until(OPEN_NS + 110 * SECOND)
    assert scene.known()[KEY] == values(scene.truth[KEY])


def test_a_minute_that_was_asked_for_and_changed_while_nothing_was_heard_is_asked_for_again():
    scene = begun()
    scene.link("first", OPEN_NS + 50 * SECOND, up=False)
    asks_again_once_it_is_heard(scene)


def test_an_answer_that_is_older_than_what_the_venue_has_told_since_changes_nothing():
    scene = begun()
    scene.link("first", OPEN_NS + 50 * SECOND, up=False)
    scene.link("first", OPEN_NS + 55 * SECOND)
    scene.until(OPEN_NS + 70 * SECOND)
    scene.link("first", OPEN_NS + 88 * SECOND, up=False)
    scene.delay_ns = 2 * SECOND
    scene.link("first", OPEN_NS + 89 * SECOND)
    request, known = scene.asked[-1], scene.truth[KEY]
    scene.answers = False  # it is on its way, as of then
    scene.truth[KEY] = replace(known, kind="updated", high=known.high + 1.0)
    scene.hear("first", OPEN_NS + 90 * SECOND, scene.truth[KEY])
    assert scene.known()[KEY] == values(scene.truth[KEY])
    now_ns = OPEN_NS + 91 * SECOND
    old = [known if bar is scene.truth[KEY] else bar for bar in scene.bars_of(request)]
    assert known in old
    scene.take(scene.feeds.back_filled(now_ns, request, old), now_ns)
    scene.waiting.clear()
    scene.answers = True
    scene.until(OPEN_NS + 100 * SECOND)
    assert scene.known()[KEY] == values(scene.truth[KEY])


def test_nor_does_one_that_is_older_than_what_was_told_before_the_minute_was():
    scene = listener(prints(4, 4, per_minute=8.0), SourceTerms(name="first"), warming=True)
    scene.link("first", OPEN_NS + 30 * SECOND)
    scene.answers = False
    scene.until(OPEN_NS + 62 * SECOND)
    (request,) = (one for one in scene.asked if one.start_ns == OPEN_NS)
    old = scene.bars_of(request)
    scene.truth[KEY] = replace(scene.truth[KEY], kind="updated", high=scene.truth[KEY].high + 1.0)
    scene.hear("first", OPEN_NS + 63 * SECOND, scene.truth[KEY])
    now_ns = OPEN_NS + 64 * SECOND
    scene.take(scene.feeds.remember(now_ns, [], OPEN_NS), now_ns)
    assert scene.known()[KEY] == values(scene.truth[KEY])
    scene.take(scene.feeds.back_filled(now_ns, request, old), now_ns)
    scene.waiting.clear()
    scene.answers = True
    scene.until(OPEN_NS + 100 * SECOND)
    assert scene.known()[KEY] == values(scene.truth[KEY])


def test_an_answer_to_what_was_asked_before_something_was_missed_is_not_the_last():
    scene = begun()
    scene.link("first", OPEN_NS + 50 * SECOND, up=False)
    scene.link("first", OPEN_NS + 55 * SECOND)
    scene.until(OPEN_NS + 70 * SECOND)
    scene.delay_ns = 10 * SECOND
    for down_s, up_s in ((86, 87), (88, 92)):
        scene.link("first", OPEN_NS + down_s * SECOND, up=False)
        scene.link("first", OPEN_NS + up_s * SECOND)
    request, known = next(one for one in scene.asked if one.ts_ns > OPEN_NS + 86 * SECOND), scene.truth[KEY]
    old = scene.bars_of(request)
    scene.truth[KEY] = replace(known, high=known.high + 1.0)  # as of the time in between
    now_ns = OPEN_NS + 93 * SECOND
    scene.take(scene.feeds.back_filled(now_ns, request, old), now_ns)
    scene.waiting.clear()
    scene.until(OPEN_NS + 120 * SECOND)
    assert scene.known()[KEY] == values(scene.truth[KEY])


def test_a_minute_before_the_close_of_which_print_and_bar_were_lost_is_asked_for():
    scene = listener(prints(4, 10, per_minute=8.0), SourceTerms(name="first"), minutes=10)
    scene.link("first", OPEN_NS - 30 * SECOND)
    told = [(OPEN_NS + second * SECOND, quote) for second in range(0, 600, 5) for quote in quotes(second)]
    told += [(bar.ts_ns + SECOND, bar) for key, bar in scene.truth.items() if key != ("A", OPEN_NS + 8 * MINUTE)]
    for now_ns, one in sorted(told, key=lambda found: found[0]):
        scene.hear("first", now_ns, one)
    scene.until(OPEN_NS + 15 * MINUTE)
    assert scene.known() == {key: values(bar) for key, bar in scene.truth.items()}


def test_what_was_asked_for_is_kept_until_it_is_told():
    """Of a day that began hours ago minutes are answered before strategies are warm, and the day so far holds them."""
    minutes = 200
    scene = listener(
        prints(4, minutes), SourceTerms(name="first"), minutes=minutes, begin_ns=OPEN_NS + 180 * MINUTE + 50 * SECOND,
        period_ns=NS_PER_DAY, before_close_s=600.0, warming=True,
    )  # fmt: skip
    scene.link("first", OPEN_NS + 180 * MINUTE + 51 * SECOND)
    scene.until(OPEN_NS + 181 * MINUTE + 10 * SECOND)
    scene.take(scene.feeds.remember(OPEN_NS + 181 * MINUTE + 11 * SECOND, [], OPEN_NS - MINUTE), 0)
    scene.until(OPEN_NS + minutes * MINUTE + 5 * SECOND)
    first = next(one for one in scene.told if isinstance(one, BarSet))
    until_ns = session(minutes).close_ns - 600 * SECOND
    for bar in first.bars:
        within = [one for (symbol, open_ns), one in scene.truth.items() if symbol == bar.symbol and open_ns < until_ns]
        assert bar.volume == sum(one.volume for one in within)
        assert bar.open == within[0].open


@pytest.mark.parametrize("begin_s", [-60, 400])
def test_a_period_that_ends_after_the_close_is_told_then_also_where_it_began_before_the_start(begin_s):
    every = prints(2, 5)
    scene = listener(every, minutes=5, begin_ns=OPEN_NS + begin_s * SECOND, period_ns=15 * MINUTE)
    scene.link("first", OPEN_NS + begin_s * SECOND + SECOND)
    scene.until(OPEN_NS + 15 * MINUTE - SECOND)
    assert not scene.sets()
    scene.until(OPEN_NS + 15 * MINUTE + SECOND)
    (one,) = scene.sets()
    assert one.ts_ns == OPEN_NS + 15 * MINUTE
    assert {bar.symbol: bar.volume for bar in one.bars} == {
        symbol: sum(found.size for found in every if found.symbol == symbol) for symbol in SYMBOLS
    }


@pytest.mark.parametrize("how", ["unread", "none"])
def test_a_change_that_could_not_be_read_is_asked_for(how):
    scene = begun()
    first = scene.truth[KEY]
    scene.hear("first", OPEN_NS + 61 * SECOND, *scene.truth.values())
    for second in range(62, 85, 4):
        scene.hear("first", OPEN_NS + second * SECOND, *quotes(second))
    scene.truth[KEY] = replace(first, kind="updated", high=first.high + 1.0)
    if how == "unread":
        scene.take(scene.feeds.unread("first", OPEN_NS + 90 * SECOND), OPEN_NS + 90 * SECOND)
    else:
        scene.hear("first", OPEN_NS + 90 * SECOND, replace(scene.truth[KEY], open=float("nan")))
    scene.until(OPEN_NS + 130 * SECOND)
    assert scene.known()[KEY] == values(scene.truth[KEY])


def test_nothing_is_fit_at_the_open_before_something_has_come():
    scene = listener([], SourceTerms(name="first"))
    scene.link("first", OPEN_NS - SECOND // 2)
    assert not scene.feeds.unfit
    scene.until(OPEN_NS)
    assert set(scene.feeds.unfit) == set(SYMBOLS)


@pytest.mark.parametrize("minutes", [1, 5])
def test_what_closed_right_before_the_start_is_asked_for_until_the_venue_has_it(minutes):
    scene = listener(
        prints(4, 10, per_minute=8.0), SourceTerms(name="first"), warming=True, period_ns=minutes * MINUTE,
        begin_ns=OPEN_NS + 5 * MINUTE + SECOND // 5,
    )  # fmt: skip
    built_ns = OPEN_NS + 5 * MINUTE + SECOND
    scene.bars_of = lambda request: [
        bar for bar in type(scene).bars_of(scene, request) if bar.ts_ns < OPEN_NS + 5 * MINUTE or request.ts_ns > built_ns
    ]  # fmt: skip
    scene.link("first", OPEN_NS + 5 * MINUTE + SECOND // 4)
    now_ns = OPEN_NS + 5 * MINUTE + SECOND // 2
    scene.take(scene.feeds.remember(now_ns, [], OPEN_NS), now_ns)
    scene.until(OPEN_NS + 6 * MINUTE - SECOND)
    past = [bar for one in scene.of(Past) for bar in one.bars.bars]
    assert {bar.symbol: sum(one.volume for one in past if one.symbol == bar.symbol) for bar in past} == {
        symbol: sum(
            bar.volume
            for (name, open_ns), bar in scene.truth.items()
            if name == symbol and open_ns < OPEN_NS + 5 * MINUTE
        )
        for symbol in SYMBOLS
    }


def test_a_change_is_asked_for_where_the_source_of_its_minute_is_gone():
    scene = listener(prints(4, 4, per_minute=8.0), *(SourceTerms(name=name) for name in ("first", "second")))
    bar = scene.truth[KEY]
    for name in ("first", "second"):
        scene.link(name, OPEN_NS - 30 * SECOND)
        scene.hear(name, OPEN_NS - SECOND, *quotes(-1))
    for second in range(5, 61, 5):
        for name in ("first", "second"):
            scene.hear(name, OPEN_NS + second * SECOND, *quotes(second))
    for name in ("first", "second"):
        scene.hear(name, OPEN_NS + 61 * SECOND, *(one for one in scene.truth.values() if one.open_ns == OPEN_NS))
    scene.link("first", OPEN_NS + 65 * SECOND, up=False)
    scene.truth[KEY] = replace(bar, kind="updated", high=bar.high + 1.0)
    scene.hear("second", OPEN_NS + 90 * SECOND, scene.truth[KEY])
    scene.until(OPEN_NS + 100 * SECOND)
    assert scene.known()[KEY] == values(scene.truth[KEY])


def test_what_was_heard_is_kept_for_as_long_as_strategies_are_not_warm():
    every = prints(4, 200, per_minute=12.0)
    begin_ns = OPEN_NS + 3 * MINUTE
    scene = listener(every, "first", warming=True, begin_ns=begin_ns)
    scene.link("first", begin_ns)
    for one in every:
        if one.ts_ns > begin_ns:
            scene.hear("first", one.ts_ns, one)
    now_ns = OPEN_NS + 201 * MINUTE
    scene.until(now_ns)
    assert not scene.of(Past)
    scene.take(scene.feeds.remember(now_ns, [], begin_ns), now_ns)
    found = {(bar.symbol, bar.open_ns): values(bar) for one in scene.of(Past) for bar in one.bars.bars}
    found |= scene.known()
    assert found == {key: values(bar) for key, bar in scene.truth.items() if key[1] >= begin_ns}
    scene.until(now_ns + 5 * MINUTE)


def test_what_changed_before_a_source_was_there_for_the_first_time_is_asked_for():
    """A process begins while its source is away: what it asks for meanwhile may change."""
    scene = listener(prints(4, 4, per_minute=8.0), SourceTerms(name="first"))
    asks_again_once_it_is_heard(scene)


def test_no_odd_moment_keeps_what_is_noted_of_minutes_for_ever():
    scene = begun()
    for one in scene.truth.values():
        scene.hear("first", OPEN_NS + 5 * MINUTE, replace(one, open_ns=one.open_ns + 1000 * MINUTE))
    for number in range(6, 380):
        now_ns = OPEN_NS + number * MINUTE
        scene.hear("first", now_ns + SECOND, replace(scene.truth[KEY], open_ns=now_ns - MINUTE, ts_ns=now_ns))
    assert len(scene.feeds._minutes._newest_ns) < 2 * 130


def test_a_bar_of_a_minute_that_has_not_begun_is_none():
    scene = begun()
    for bar in scene.truth.values():
        moved = replace(bar, open_ns=bar.open_ns + 2 * MINUTE, ts_ns=bar.ts_ns + 2 * MINUTE, high=bar.high + 9.0)
        scene.hear("first", bar.ts_ns, moved)
        scene.hear("first", bar.ts_ns + SECOND // 10, bar)
    scene.until(OPEN_NS + 6 * MINUTE)
    assert scene.known() == {key: values(bar) for key, bar in scene.truth.items()}
    assert not any(isinstance(one, Revised) for one in scene.told)
    assert scene.feeds.sources["first"].quality.total["early_receipt"] == len(scene.truth)


@pytest.mark.parametrize("breaks", [False, True])
def test_what_changed_while_a_source_was_silent_as_the_market_closed_is_asked_for_though_nothing_comes_any_more(breaks):
    scene = listener(prints(4, 4, per_minute=8.0), SourceTerms(name="first"), minutes=4)
    scene.link("first", OPEN_NS - 30 * SECOND)
    key = ("A", OPEN_NS + 2 * MINUTE)
    for second in range(0, 190, 5):
        minute = OPEN_NS + (second // 60 - 1) * MINUTE
        bars = [scene.truth[symbol, minute] for symbol in SYMBOLS if minute >= OPEN_NS and second % 60 == 0]
        scene.hear("first", OPEN_NS + second * SECOND, *bars, *quotes(second))
    if breaks:
        scene.link("first", OPEN_NS + 195 * SECOND, up=False)
    assert scene.known()[key] == values(scene.truth[key])
    scene.truth[key] = replace(scene.truth[key], high=scene.truth[key].high + 1.0)
    scene.until(OPEN_NS + 10 * MINUTE)
    assert scene.known()[key] == values(scene.truth[key])


def test_what_was_held_back_is_decided_on_as_fit_as_it_is():
    every = prints(4, 6, per_minute=30.0)
    begin_ns, now_ns = OPEN_NS + 3 * MINUTE, OPEN_NS + 5 * MINUTE + 4 * SECOND
    scene = listener(every, "first", warming=True, begin_ns=begin_ns)
    scene.link("first", begin_ns)
    for one in every:
        if begin_ns < one.ts_ns < now_ns:
            scene.hear("first", one.ts_ns, one)
    scene.until(now_ns)
    assert not scene.sets()
    scene.take(scene.feeds.remember(now_ns, [], begin_ns), now_ns)
    newest = scene.told.index(scene.sets()[-1])
    fit = {one.symbol: one.fit for one in scene.told[:newest] if isinstance(one, Fitness)}
    assert fit == dict.fromkeys(SYMBOLS, True)


def test_what_has_come_while_the_process_was_held_up_is_read_before_its_minute_is_told():
    every = prints(4, 4, per_minute=30.0)
    scene = listener(every, SourceTerms(name="first"))
    scene.answers = False
    scene.link("first", OPEN_NS - 30 * SECOND)
    held = (OPEN_NS + 58 * SECOND, OPEN_NS + 65 * SECOND)  # beyond the grace
    for one in every:
        if one.ts_ns < held[0]:
            scene.hear("first", one.ts_ns, one)
    scene.take(scene.feeds.advance(held[1]), held[1])
    assert not scene.sets()
    bars = {symbol: scene.truth[symbol, OPEN_NS] for symbol in SYMBOLS}
    late = [one for one in every if held[0] <= one.ts_ns < held[1]]
    scene.hear("first", held[1] + SECOND, *late, *bars.values())
    (told,) = scene.sets()
    assert {bar.symbol: values(bar) for bar in told.bars} == {symbol: values(bar) for symbol, bar in bars.items()}


def test_a_process_that_is_held_up_again_and_again_waits_for_a_minute_once():
    scene = begun()
    scene.answers = False
    scene.hear("first", OPEN_NS + 59 * SECOND, *quotes(59))
    for second in (64, 70):
        scene.take(scene.feeds.advance(OPEN_NS + second * SECOND), OPEN_NS + second * SECOND)
        assert bool(scene.sets()) is (second == 70)
        if second == 64:
            scene.hear("first", OPEN_NS + second * SECOND + 1, scene.truth["A", OPEN_NS])
    assert scene.sets()[0].missing == ("B",)


@pytest.mark.parametrize(("woken", "decided"), [("in the next session", True), ("after the next session", False)])
def test_a_day_that_was_due_in_a_sleep_is_decided_on_until_the_next_has_closed(woken, decided):
    """Else who wakes in the evening decides on the day before, again and again, and trades it a day late."""
    every = prints(2, 390, per_minute=0.2)
    days = [session(), session(390, 20_423), session(390, 20_424)]
    scene = listener(every, "first", period_ns=NS_PER_DAY, sessions=days)
    scene.link("first", OPEN_NS - 30 * SECOND)
    for one in every:
        scene.hear("first", one.ts_ns, one)
    scene.until(days[0].close_ns + 10 * SECOND)
    now_ns = days[1].open_ns + MINUTE if woken == "in the next session" else days[1].close_ns + MINUTE
    scene.take(scene.feeds.advance(now_ns), now_ns)
    told = [one for one in scene.told if isinstance(one, BarSet | Past)]
    assert [(type(one), one.ts_ns) for one in told] == [(BarSet if decided else Past, days[0].close_ns)]
