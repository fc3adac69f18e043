"""A market is open in its sessions alone."""

from feed_scenes import OPEN_NS, SECOND, session
from tenfold.domain.units import NS_PER_DAY
from tenfold.market.trading_hours import TradingHours

FRIDAY, MONDAY = session(210), session(390, 20_423)
HOURS = TradingHours([MONDAY, FRIDAY])


def test_a_session_is_open_from_its_open_to_before_its_close():
    moments = [OPEN_NS - 1, OPEN_NS, FRIDAY.close_ns - 1, FRIDAY.close_ns, MONDAY.open_ns]
    assert [HOURS.is_open(at) for at in moments] == [False, True, True, False, True]
    assert [HOURS.session(at) for at in moments] == [None, FRIDAY, FRIDAY, None, MONDAY]


def test_time_is_counted_while_it_is_open():
    assert HOURS.open_between(OPEN_NS, FRIDAY.close_ns) == 210 * 60 * SECOND
    assert HOURS.open_between(FRIDAY.close_ns, MONDAY.open_ns) == 0
    assert HOURS.open_between(FRIDAY.close_ns - SECOND, MONDAY.open_ns + SECOND) == 2 * SECOND
    assert HOURS.open_between(OPEN_NS - NS_PER_DAY, MONDAY.close_ns + NS_PER_DAY) == 600 * 60 * SECOND
    assert HOURS.open_between(5, 5) == 0


def test_the_next_session_and_the_one_that_closes():
    assert HOURS.following(FRIDAY) == MONDAY
    assert HOURS.following(MONDAY) is None
    assert [HOURS.next_open(at) for at in (0, OPEN_NS, MONDAY.open_ns)] == [OPEN_NS, MONDAY.open_ns, None]
    midnight = (FRIDAY.day + 1) * NS_PER_DAY
    assert HOURS.closing(midnight - NS_PER_DAY, midnight) == FRIDAY
    assert HOURS.closing(FRIDAY.open_ns, FRIDAY.close_ns) == FRIDAY
    assert HOURS.closing(FRIDAY.close_ns, midnight) is None
    assert HOURS.closing(0, FRIDAY.open_ns - 1) is None
    assert TradingHours(None).closing(0, 1) is None
    assert TradingHours(None).following(FRIDAY) is None


def test_without_sessions_it_never_closes():
    always = TradingHours(None)
    assert always.is_open(0)
    assert always.session(0) is None
    assert (always.open_between(3, 10), always.open_between(10, 3)) == (7, 0)
    assert not TradingHours([]).is_open(0)
