"""Feeds that begin in the middle of things tell, after their past, what those that ran throughout tell: set for set."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from feed_scenes import MINUTE, OPEN_NS, SECOND, listener, prints, session, values
from tenfold.domain.events import Fitness, Past
from tenfold.domain.feed_settings import FeedSettings
from tenfold.domain.market import BarSet
from tenfold.domain.units import NS_PER_DAY

SESSIONS = [session(40), session(40, 20_421), session(40, 20_422)]


def market(seed):
    """Return the prints of three sessions."""
    found = []
    for number in range(3):
        shift = number * NS_PER_DAY
        found += [
            replace(one, ts_ns=one.ts_ns + shift, trade_id=f"{number}{one.trade_id}")
            for one in prints(seed * 3 + number, 40, per_minute=1.5)
        ]
    return found


def play(scene, every, begin_ns):
    scene.link("first", begin_ns)
    for one in every:
        if one.ts_ns > begin_ns:
            scene.hear("first", one.ts_ns + SECOND // 100, one)
    scene.until(SESSIONS[-1].close_ns + MINUTE)


def shown(scene):
    """Return every set that strategies were shown, in order."""
    return [one.bars if isinstance(one, Past) else one for one in scene.told if isinstance(one, Past | BarSet)]


@settings(max_examples=15)
@given(
    st.integers(0, 2**16),
    st.sampled_from([MINUTE, 5 * MINUTE, 15 * MINUTE]),
    st.integers(0, 39),
    st.integers(0, 60),
    st.booleans(),
)
def test_the_same_sets_are_shown_in_the_same_order(seed, period_ns, minute, before, rest):
    """The past comes from the catalogue up to some moment, and from the venue from there on."""
    every = market(seed)
    silent = {"sessions": SESSIONS, "period_ns": period_ns}
    throughout = listener(every, **silent)
    play(throughout, every, OPEN_NS - MINUTE)
    whole = throughout.sets()
    begin_ns = SESSIONS[1].open_ns + minute * MINUTE + 17 * SECOND
    kept_ns = (begin_ns - before * MINUTE) // period_ns * period_ns
    late = listener(every, warming=True, begin_ns=begin_ns, **silent)
    late.answers = rest
    late.take(late.feeds.remember(begin_ns, [one for one in whole if one.ts_ns <= kept_ns], kept_ns), begin_ns)
    play(late, every, begin_ns)
    if rest:
        assert [repr(one) for one in shown(late)] == [repr(one) for one in whole]
        live = [one.ts_ns for one in late.told if isinstance(one, BarSet)]
        assert not live or min(live) > begin_ns
    elif shown(late):  # nothing was missing
        assert not [request for request in late.asked if request.kind == "history"]
    else:
        assert all(not one.fit for one in late.of(Fitness))


def test_days_of_the_venue_warm_strategies_of_days():
    every = market(5)
    throughout = listener(every, sessions=SESSIONS, period_ns=NS_PER_DAY)
    play(throughout, every, OPEN_NS - MINUTE)
    whole = throughout.sets()
    assert len(whole) == 3
    begin_ns = SESSIONS[2].open_ns - 3600 * SECOND
    late = listener(every, warming=True, begin_ns=begin_ns, sessions=SESSIONS, period_ns=NS_PER_DAY)
    days = [
        replace(next(iter(late.truth.values())), kind="daily", symbol=bar.symbol, ts_ns=bar.ts_ns, open_ns=bar.open_ns, **dict(
            zip(("open", "high", "low", "close", "volume"), values(bar), strict=True)))
        for one in whole[:2] for bar in one.bars
    ]  # fmt: skip
    minutes = late.bars_of
    late.bars_of = lambda request: days if request.kind == "history" else minutes(request)
    late.take(late.feeds.remember(begin_ns, [], OPEN_NS), begin_ns)
    play(late, every, begin_ns)
    assert [repr(one) for one in shown(late)] == [repr(one) for one in whole]
    assert [request.kind for request in late.asked][:1] == ["history"]


@pytest.mark.parametrize("minute", [-60, 5, 35])
def test_minutes_of_the_venue_warm_strategies_of_days_that_are_decided_on_early(minute):
    """Strategies are asked at the day so far alone, which no bar of a day tells."""
    every = market(5)
    terms = {"sessions": SESSIONS, "period_ns": NS_PER_DAY, "before_close_s": 600.0}
    throughout = listener(every, **terms)
    play(throughout, every, OPEN_NS - MINUTE)
    whole = throughout.sets()
    begin_ns = SESSIONS[2].open_ns + minute * MINUTE
    late = listener(every, warming=True, begin_ns=begin_ns, **terms)
    late.take(late.feeds.remember(begin_ns, [], OPEN_NS - 90 * NS_PER_DAY), begin_ns)
    play(late, every, begin_ns)
    assert [repr(one) for one in shown(late)] == [repr(one) for one in whole]
    assert not late.feeds.sets.whole_days


@pytest.mark.parametrize(("ahead_s", "after_s"), [(43_200.0, 43_200), (0.0, 3_720)])
def test_a_day_that_closed_before_the_start_is_still_decided_on(ahead_s, after_s):
    """With `ahead_s` of 0 at once, as it would have been at its close."""
    every = market(5)
    throughout = listener(every, sessions=SESSIONS, period_ns=NS_PER_DAY)
    play(throughout, every, OPEN_NS - MINUTE)
    whole = throughout.sets()
    begin_ns = SESSIONS[1].close_ns + 3600 * SECOND
    patient = FeedSettings(ahead_s=ahead_s)
    late = listener(every, warming=True, begin_ns=begin_ns, sessions=SESSIONS, period_ns=NS_PER_DAY, settings=patient)
    late.link("first", begin_ns)
    late.take(late.feeds.remember(begin_ns, whole[:2], begin_ns), begin_ns)
    late.until(SESSIONS[1].close_ns + after_s * SECOND)
    told = [one for one in late.told if isinstance(one, Past | BarSet)]
    assert [repr(one.bars if isinstance(one, Past) else one) for one in told] == [repr(one) for one in whole[:2]]
    assert [type(one) for one in told] == [Past, BarSet]


@pytest.mark.parametrize("known", [True, False])
def test_until_it_is_warm_nothing_may_be_traded(known):
    every = market(1)
    begin_ns = SESSIONS[1].open_ns + 5 * MINUTE
    late = listener(every, warming=True, begin_ns=begin_ns, sessions=SESSIONS)
    late.link("first", begin_ns)
    late.answers = False
    if known:
        late.take(late.feeds.remember(begin_ns, [], SESSIONS[0].close_ns), begin_ns)
    late.until(begin_ns + 3 * MINUTE)
    assert set(late.feeds.unfit.values()) == {"strategies are not warm yet"}
    assert not late.sets()
    late.take(late.feeds.remember(begin_ns + 3 * MINUTE, [], begin_ns), begin_ns + 3 * MINUTE)
    assert "strategies are not warm yet" not in late.feeds.unfit.values()


@settings(max_examples=15)
@given(st.integers(0, 2**16), st.sampled_from([MINUTE, 5 * MINUTE]), st.integers(1, 39), st.integers(0, 20))
def test_after_a_restart_places_in_the_session_are_counted_on(seed, period_ns, minute, before):
    """What was shown before it is in the journal, and not told again."""
    every = market(seed)
    terms = {"sessions": SESSIONS, "period_ns": period_ns}
    throughout = listener(every, **terms)
    play(throughout, every, OPEN_NS - MINUTE)
    whole = throughout.sets()
    begin_ns = SESSIONS[1].open_ns + minute * MINUTE + 17 * SECOND
    kept = [one for one in whole if one.ts_ns <= begin_ns - before * MINUTE]
    late = listener(every, warming=True, begin_ns=begin_ns, **terms)
    late.take(late.feeds.remember(begin_ns, [], kept[-1].ts_ns, kept[-1]), begin_ns)
    play(late, every, begin_ns)
    assert [repr(one) for one in shown(late)] == [repr(one) for one in whole[len(kept) :]]


@pytest.mark.parametrize("late_s", [5, 30])
def test_a_day_of_which_the_first_part_is_known_counts_on_behind_it(late_s):
    """Days are asked for whole: what is known of one is not counted twice; right after its first part the venue may not have its last minute."""
    every = market(5)
    terms = {"sessions": SESSIONS, "period_ns": NS_PER_DAY, "before_close_s": 600.0}
    throughout = listener(every, **terms)
    play(throughout, every, OPEN_NS - MINUTE)
    whole = throughout.sets()
    begin_ns = SESSIONS[2].close_ns - 600 * SECOND + late_s * SECOND
    late = listener(every, warming=True, begin_ns=begin_ns, **terms)
    late.take(late.feeds.remember(begin_ns, whole[:1], whole[0].ts_ns), begin_ns)
    play(late, every, begin_ns)
    assert [repr(one) for one in shown(late)] == [repr(one) for one in whole]


def test_a_start_in_the_minute_before_a_day_is_decided_on_early_decides_on_it():
    every = market(5)
    terms = {"sessions": SESSIONS, "period_ns": NS_PER_DAY, "before_close_s": 600.0}
    throughout = listener(every, **terms)
    play(throughout, every, OPEN_NS - MINUTE)
    whole = throughout.sets()
    edge_ns = SESSIONS[2].close_ns - 600 * SECOND
    begin_ns = edge_ns - 20 * SECOND
    late = listener(every, warming=True, begin_ns=begin_ns, **terms)
    late.take(late.feeds.remember(begin_ns, [], OPEN_NS - 90 * NS_PER_DAY), begin_ns)
    play(late, every, begin_ns)
    assert [repr(one) for one in shown(late)] == [repr(one) for one in whole]
    assert next(one.ts_ns for one in late.told if isinstance(one, BarSet)) == edge_ns
