"""What lasts is told somebody: another reason than was said, and a session without bars."""

from feed_scenes import MINUTE, OPEN_NS, SECOND, SYMBOLS, listener, prints, session
from tenfold.app.live.alarms import Alarms
from tenfold.app.live.bar_watch import BarWatch
from tenfold.domain.events import Fitness
from tenfold.domain.market import BarSet, Quote
from tenfold.domain.units import NS_PER_DAY


def test_another_reason_that_lasts_is_said_once():
    scene, said, moments = listener([]), [], iter(range(OPEN_NS, OPEN_NS + 10**13, SECOND))
    watch = BarWatch(scene.feeds, SYMBOLS, Alarms(said.append))
    for symbol in SYMBOLS:  # as it was told at the start
        watch.note(Fitness(ts_ns=OPEN_NS, symbol=symbol, fit=False, reason="not connected"))

    def look(count, quoted=()):
        for ts_ns in [next(moments) for _ in range(count)]:
            scene.until(ts_ns)
            for symbol in quoted:
                scene.hear("first", ts_ns, Quote(ts_ns=ts_ns, symbol=symbol, bid=9.0, ask=9.5))
            for one in scene.of(Fitness):
                watch.note(one)
            scene.told.clear()
            watch.look(ts_ns)

    look(60)
    assert not said
    scene.link("first", next(moments))
    look(20, "A")
    assert (scene.feeds.unfit, said) == ({"B": "nothing has come yet"}, [])
    look(40, "A")
    (line,) = said
    assert line.endswith("B still not traded on: nothing has come yet")
    look(60, "A")
    look(60, SYMBOLS)
    look(60, "A")  # a reason that was told as it began is no news
    assert len(said) == 1


SESSIONS = [session(3, 20_420 + day) for day in range(4)]


def told(bars):
    """Return the alarms of a process that starts within a session, where bars come in sessions of those numbers."""
    said = []
    scene = listener(prints(1, 3), sessions=SESSIONS)
    watch = BarWatch(scene.feeds, ("A", "B"), Alarms(said.append))
    for number, one in enumerate(SESSIONS):
        for minute in range(-1, 5):
            ts_ns = one.open_ns + minute * MINUTE + SECOND
            if number or minute > 0:
                watch.look(ts_ns)
            if minute > 0 and number in bars:
                watch.note(BarSet(ts_ns=ts_ns, session=number, bars=()))
    return said


def test_a_session_without_any_is_told_once():
    assert told({0, 1, 2, 3}) == told({1, 2}) == []
    (line,) = told(set())
    assert "no bars came from the last open to this one" in line
    assert len(told({1})) == 1


def test_a_decision_of_a_day_that_opens_nothing_is_said():
    scene, said = listener(prints(1, 30), period_ns=NS_PER_DAY, minutes=30), []
    watch = BarWatch(scene.feeds, SYMBOLS, Alarms(said.append))
    scene.link("first", OPEN_NS)
    scene.link("first", OPEN_NS + 29 * MINUTE, up=False)
    scene.until(OPEN_NS + 40 * MINUTE)
    (day,) = scene.of(BarSet)
    watch.note(day)
    (line,) = said
    assert line.endswith("the decision of 2025-11-28 15:00:00 opens nothing in A, B: not connected")
    scene.link("first", OPEN_NS + 41 * MINUTE)
    scene.until(OPEN_NS + 42 * MINUTE)
    watch.note(day)
    assert len(said) == 1


def test_the_rest_of_a_day_that_was_decided_on_before_decides_nothing():
    scene, said = listener(prints(1, 30), period_ns=NS_PER_DAY, minutes=30, before_close_s=600.0), []
    watch = BarWatch(scene.feeds, SYMBOLS, Alarms(said.append))
    scene.link("first", OPEN_NS)
    scene.link("first", OPEN_NS + 29 * MINUTE, up=False)
    scene.until(OPEN_NS + 40 * MINUTE)
    day, rest = scene.of(BarSet)
    watch.note(rest)
    assert not said
    watch.note(day)
    assert "the decision of 2025-11-28 14:50:00 opens nothing in A, B" in said[0]
