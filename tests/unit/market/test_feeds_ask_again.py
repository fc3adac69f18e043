"""What feeds ask for anew: minutes that changed while nobody heard, and while an answer was on its way."""

from msgspec.structs import replace

from feed_scenes import OPEN_NS, SECOND, listener, prints, values
from tenfold.market.feed_source import SourceTerms

KEY = ("A", OPEN_NS)


def begun():
    scene = listener(prints(4, 4, per_minute=8.0), SourceTerms(name="first"))
    scene.link("first", OPEN_NS - 30 * SECOND)
    return scene


def test_a_minute_that_was_asked_for_and_changed_while_nothing_was_heard_is_asked_for_again():
    scene = begun()
    scene.link("first", OPEN_NS + 50 * SECOND, up=False)
    scene.until(OPEN_NS + 85 * SECOND)
    assert scene.known()[KEY] == values(scene.truth[KEY])
    scene.truth[KEY] = replace(scene.truth[KEY], high=scene.truth[KEY].high + 1.0)
    scene.link("first", OPEN_NS + 100 * SECOND)
    scene.until(OPEN_NS + 110 * SECOND)
    assert scene.known()[KEY] == values(scene.truth[KEY])


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
