"""Whatever sources fail, and whenever: every minute is told once, in order, and ends as the venue has it."""

from hypothesis import given, settings
from hypothesis import strategies as st

from feed_scenes import MINUTE, OPEN_NS, SECOND, SYMBOLS, listener, prints, values
from tenfold.market.feed_source import SourceTerms

SPANS = st.lists(st.tuples(st.integers(0, 12 * 60), st.integers(1, 240)), max_size=4)


def outages(spans):
    """Return spans of nanoseconds that do not overlap."""
    found, end = [], 0
    for start, length in sorted(spans):
        begin = max(start, end + 1)
        found.append((OPEN_NS + begin * SECOND, OPEN_NS + (begin + length) * SECOND))
        end = begin + length
    return found


def play(scene, every, names, broken, delay_ns=20_000_000, *, bars=False, minutes=12):
    """Tell every print to each source that stands, at its arrival; links break and come back."""
    events = []
    for name in names:
        events += [(start, 0, name, False) for start, _ in broken[name]] + [
            (end, 2, name, True) for _, end in broken[name]
        ]
        events += [(one.ts_ns + delay_ns, 1, name, one) for one in every]
        events += [(bar.ts_ns + 2 * delay_ns, 1, name, bar) for bar in scene.truth.values()] if bars else []
        scene.link(name, OPEN_NS - 30 * SECOND)
    for now_ns, rank, name, what in sorted(events, key=lambda one: one[:3]):
        if rank != 1:
            scene.link(name, now_ns, what)
        elif not any(start <= now_ns < end for start, end in broken[name]):
            scene.hear(name, now_ns, what)
    scene.until(OPEN_NS + (minutes + 5) * MINUTE)


@settings(max_examples=40)
@given(st.integers(0, 2**20), SPANS, SPANS, st.booleans(), st.booleans())
def test_every_minute_ends_as_the_venue_has_it(seed, first, second, bars, patient):
    every = prints(seed, 12)
    names = ("first", "second")
    scene = listener(every, *(SourceTerms(name=name, bars=bars) for name in names))
    scene.delay_ns = SECOND // 5 if patient else 20 * SECOND
    play(scene, every, names, {"first": outages(first), "second": outages(second)}, bars=bars)
    assert scene.known() == {key: values(bar) for key, bar in scene.truth.items()}
    moments = [one.ts_ns for one in scene.sets()]
    assert moments == sorted(set(moments))
    for one in scene.sets():
        assert {bar.symbol for bar in one.bars} | set(one.missing) == set(SYMBOLS)
        assert all(min(values(bar)) > 0.0 for bar in one.bars)


@given(st.integers(0, 2**20), SPANS)
def test_without_an_answer_what_was_not_heard_is_missing(seed, first):
    every = prints(seed, 12)
    scene = listener(every)
    scene.answers = False
    play(scene, every, ("first",), {"first": outages(first)})
    told = {(bar.symbol, bar.open_ns): values(bar) for one in scene.sets() for bar in one.bars}
    whole = {key: values(bar) for key, bar in scene.truth.items()}
    for key, found in told.items():
        assert found == whole[key]
    for key in whole.keys() - told.keys():  # only what an outage touched, or a silence that hid it
        assert any(request.start_ns <= key[1] < request.stop_ns for request in scene.asked)


@given(st.integers(0, 2**20), SPANS)
def test_the_same_is_told_of_the_same(seed, first):
    every = prints(seed, 6)
    told = []
    for _ in range(2):
        scene = listener(every, "first", "second")
        play(scene, every, ("first", "second"), {"first": outages(first), "second": []}, minutes=6)
        told.append([repr(one) for one in scene.told])
    assert told[0] == told[1]
