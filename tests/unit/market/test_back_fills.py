"""What was missed is asked for until it is answered, and not more often than it should be."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from feed_scenes import MINUTE, OPEN_NS, SECOND, prints, session, venue_bars
from tenfold.market.back_fills import BackFills, OfficialValues


def test_runs_of_minutes_are_asked_for_together_once_they_have_ended():
    wanted = BackFills(SECOND, 2 * SECOND)
    assert (wanted.next_ns(), wanted.due(OPEN_NS)) == (None, [])
    for minute, symbol in ((0, "A"), (1, "B"), (5, "A"), (9, "A")):
        wanted.want(symbol, OPEN_NS + minute * MINUTE)
    assert wanted.next_ns() == OPEN_NS + MINUTE + SECOND
    assert wanted.due(OPEN_NS + MINUTE) == []
    first, second = wanted.due(OPEN_NS + 7 * MINUTE)
    assert (first.symbols, first.start_ns, first.stop_ns) == (("A", "B"), OPEN_NS, OPEN_NS + 2 * MINUTE)
    assert (second.symbols, second.start_ns, second.stop_ns) == (("A",), OPEN_NS + 5 * MINUTE, OPEN_NS + 6 * MINUTE)
    assert wanted.answered(first) == [("A", OPEN_NS), ("B", OPEN_NS + MINUTE)]
    assert wanted.answered(first) == []
    assert wanted.answered(second) == [("A", OPEN_NS + 5 * MINUTE)]
    (last,) = wanted.due(OPEN_NS + 20 * MINUTE)
    assert last.start_ns == OPEN_NS + 9 * MINUTE
    wanted.answered(last)
    assert wanted.next_ns() is None


@given(st.integers(1, 60))
def test_without_an_answer_the_pauses_grow_up_to_a_minute(steps):
    wanted = BackFills(0, 2 * SECOND)
    wanted.want("A", OPEN_NS)
    now, asked = OPEN_NS + MINUTE, []
    for _ in range(steps):
        now = wanted.next_ns()
        assert wanted.due(now - 1) == []
        asked.append(now)
        assert len(wanted.due(now)) == 1
    pauses = [(later - one) // SECOND for one, later in pairwise(asked)]
    assert pauses == [min(2 << number, 60) for number in range(len(pauses))]


def test_official_values_are_asked_for_after_the_close_until_all_are_there():
    official = OfficialValues(300 * SECOND, tries=3)
    day = session()
    official.want(day, ("A", "B"))
    assert official.due(day.close_ns + 299 * SECOND) == []
    (request,) = official.due(day.close_ns + 300 * SECOND)
    assert (request.kind, request.symbols, request.stop_ns) == ("days", ("A", "B"), day.close_ns)
    assert official.due(day.close_ns + 301 * SECOND) == []
    bar = next(iter(venue_bars(prints(1, 5)).values()))
    official.heard(request, day.close_ns + 301 * SECOND)
    official.answered(type(bar)(kind="daily", symbol="A", ts_ns=day.close_ns, open_ns=OPEN_NS, open=1.0, high=1.0, low=1.0, close=1.0, volume=1.0))  # fmt: skip
    assert official.due(day.close_ns + 400 * SECOND)[0].symbols == ("B",)
    assert official.due(day.close_ns + 3600 * SECOND) == []  # given up
    assert official.due(day.close_ns + 3700 * SECOND) == []


def test_official_values_are_asked_for_though_nobody_was_awake_after_the_close():
    official = OfficialValues(300 * SECOND, tries=3)
    day = session()
    official.want(day, ("A",))
    woken_ns = day.close_ns + 7200 * SECOND
    (request,) = official.due(woken_ns)
    official.heard(request, woken_ns)
    assert [one.kind for one in official.due(woken_ns + 60 * SECOND)] == ["days"]
    assert official.due(woken_ns + 181 * SECOND) == []  # given up


def test_official_values_are_asked_for_until_somebody_answers():
    official = OfficialValues(300 * SECOND, tries=3)
    day = session()
    official.want(day, ("A",))
    asked = [one for minute in range(5, 200) for one in official.due(day.close_ns + 60 * minute * SECOND)]
    assert len(asked) == 195
    official.heard(asked[-1], day.close_ns + 12_000 * SECOND)
    assert official.due(day.close_ns + 12_100 * SECOND) != []
    assert official.due(day.close_ns + 12_181 * SECOND) == []


def test_official_values_of_many_days_ago_are_asked_for_no_more():
    official = OfficialValues(300 * SECOND)
    for number in range(9):
        day = session()
        moved = type(day)(
            day=day.day + number,
            open_ns=day.open_ns + number * 86_400 * SECOND,
            close_ns=day.close_ns + number * 86_400 * SECOND,
        )
        official.want(moved, ("A",))
    assert len(official.due(day.close_ns + 30 * 86_400 * SECOND)) == 5
