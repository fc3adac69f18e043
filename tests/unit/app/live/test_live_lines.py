"""What a live session tells people: lines of news, alarms, conditions, patience and the report."""

import pytest
from msgspec.structs import replace

from feed_scenes import OPEN_NS, listener, prints
from tenfold.adapters.alpaca.reference import VenueTime
from tenfold.app.live.alarms import alarm_of, news_of
from tenfold.app.live.conditions import conditions_of
from tenfold.app.live.feeding import SteadyClock
from tenfold.app.live.live_report import LiveReport
from tenfold.app.live.pacing import Pacing, paced_feeds, paced_orders
from tenfold.app.live.venue_hours import sessions_of
from tenfold.domain.events import Adopted, Alerted, Busted, CashFlow, Difference, Fitness, PositionRestated, Timer
from tenfold.domain.feed_settings import FeedSettings
from tenfold.domain.live_market import PriceBands, TradingStatus
from tenfold.domain.market import Quote
from tenfold.domain.order import Cancel, Fill, Flatten, Order, OrderStatus, OrderUpdate, Side, Submit
from tenfold.domain.units import NS_PER_DAY, NS_PER_SECOND
from tenfold.execution.errands import Pace
from tenfold.market.feed_source import SourceTerms

ADOPTED = {"ts_ns": 1, "order_id": "r-1-2", "venue_id": "v", "symbol": "A", "side": Side.BUY, "qty": 3}
UPDATE = {"ts_ns": 1, "order_id": "r-1-2", "symbol": "A"}


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (Adopted(**ADOPTED, stray=True), "a stray order of an older epoch is cancelled: r-1-2, buy 3 A"),
        (Adopted(**ADOPTED), ""),
        (Difference(ts_ns=1, kind="position", symbol="A", ours=1, theirs=2), "not the same at the venue: position A, 1 here, 2 there"),
        (Alerted(ts_ns=1, source="paper", score=90.0), "the quality of paper fell to 90"),
        (
            Busted(ts_ns=1, fill_id="f", order_id="o", symbol="A", side=Side.BUY, qty=2, price=5.0, fee_units=0),
            "the venue took back a fill of 2 A at 5",
        ),
        (OrderUpdate(**UPDATE, status=OrderStatus.ABANDONED, text="never there"), "order r-1-2 was given up: never there"),
        (Timer(ts_ns=1), ""),
    ],
)  # fmt: skip
def test_alarms(event, text):
    assert alarm_of(event) == text


@pytest.mark.parametrize(
    ("record", "text"),
    [
        (Submit(order=Order(order_id="r-1-1", ts_ns=1, symbol="A", side=Side.SELL, qty=4)), "sell 4 A market (r-1-1)"),
        (Cancel(order_id="r-1-1", ts_ns=1, symbol="A"), "cancel r-1-1"),
        (Flatten(ts_ns=1), "flatten"),
        (
            Fill(ts_ns=1, fill_id="f", order_id="r-1-1", symbol="A", side=Side.SELL, qty=4, price=2.5, fee_units=0),
            "filled: sell 4 A at 2.5 (r-1-1)",
        ),
        (OrderUpdate(**UPDATE, status=OrderStatus.REJECTED, text="no"), "order r-1-2 rejected: no"),
        (OrderUpdate(**UPDATE, status=OrderStatus.ACCEPTED), ""),
        (Adopted(**ADOPTED), "order r-1-2 from elsewhere was taken up: buy 3 A"),
        (PositionRestated(ts_ns=1, symbol="A", lots=-7, cost_units=-70), "the position in A is -7, as the account has it"),
        (CashFlow(ts_ns=1, symbol="A", kind="dividend", units=12_345_678, flow_id="d"), "dividend of A: +12.35"),
        (CashFlow(ts_ns=1, symbol="", kind="deposit", units=-1_000_000_000, flow_id="w"), "deposit: -1,000.00"),
        (CashFlow(ts_ns=1, symbol="", kind="deposit", units=5), ""),  # what a new run finds in the account
        (Fitness(ts_ns=1, symbol="A", fit=True), "A is fit to be traded on"),
        (Fitness(ts_ns=1, symbol="A", fit=False, reason="silent"), "A is not traded on: silent"),
        (Timer(ts_ns=1), ""),
    ],
)  # fmt: skip
def test_news(record, text):
    assert news_of(record) == text


def test_conditions_say_what_the_feeds_know():
    scene = listener(prints(1, 2))
    scene.link("first", OPEN_NS)
    now_ns = OPEN_NS + NS_PER_SECOND
    scene.hear("first", now_ns, Quote(ts_ns=now_ns, symbol="A", bid=9.0, ask=9.5))
    scene.hear("first", now_ns, PriceBands(ts_ns=now_ns, symbol="A", up=10.0, down=8.0))
    scene.hear("first", now_ns, TradingStatus(ts_ns=now_ns, symbol="B", code="H", reason_code="LUDP"))
    told = conditions_of(scene.feeds, ("A", "B"), now_ns, -5, -7, waits=False)
    first, second = told.symbols
    assert (told.clock_offset_ns, told.quality, told.buying_power_units) == (-5, 100.0, 0)
    assert (first.bid, first.ask, first.quote_ns, first.band_low, first.band_high) == (9.0, 9.5, now_ns, 8.0, 10.0)
    assert (first.halted, first.open) == (False, True)
    assert (second.halted, second.bid, second.borrowable) == (True, 0.0, True)
    lent = conditions_of(scene.feeds, ("A", "B"), now_ns, 0, 0, waits=False, borrowable={"B"}).symbols
    assert [one.borrowable for one in lent] == [False, True]
    (closes,) = {one.close_ns for one in scene.feeds.hours.sessions}
    assert [conditions_of(scene.feeds, (), now_ns, 0, 0, waits=one).closes_ns for one in (False, True)] == [closes, 0]
    night_ns = OPEN_NS - 3600 * NS_PER_SECOND
    assert [conditions_of(scene.feeds, ("A",), night_ns, 0, 1, waits=one).symbols[0].open for one in (False, True)] == [
        False,
        True,
    ]


def test_of_a_source_that_tells_bars_alone_no_quote_is_old():
    for prints_too, quote_ns in ((True, 0), (False, OPEN_NS)):
        scene = listener([], SourceTerms(name="first", prints=prints_too))
        told = conditions_of(scene.feeds, ("A", "B"), OPEN_NS, 0, 1, waits=False)
        assert [one.quote_ns for one in told.symbols] == [quote_ns] * 2


@pytest.mark.parametrize(("waits", "old"), [(False, True), (True, False)])
def test_nobody_quotes_at_night_to_whom_it_is_decided_for_the_next_open(waits, old):
    scene = listener([])
    night_ns = OPEN_NS - 3600 * NS_PER_SECOND
    (at_night,) = conditions_of(scene.feeds, ("A",), night_ns, 0, 1, waits=waits).symbols
    (by_day,) = conditions_of(scene.feeds, ("A",), OPEN_NS, 0, 1, waits=waits).symbols
    assert (at_night.quote_ns, by_day.quote_ns) == (0 if old else night_ns, 0)


@pytest.mark.parametrize(("since_s", "known"), [(-600, (0.0, 0)), (60, (9.0, 60))])
def test_what_was_quoted_before_the_close_is_no_old_quote_to_who_decides_for_the_next_open(since_s, known):
    scene = listener([])
    (close_ns,) = {one.close_ns for one in scene.feeds.hours.sessions}
    quoted_ns, night_ns = close_ns + since_s * NS_PER_SECOND, close_ns + 19_800 * NS_PER_SECOND
    scene.hear("first", quoted_ns, Quote(ts_ns=quoted_ns, symbol="A", bid=9.0, ask=9.5))
    (told,) = conditions_of(scene.feeds, ("A",), night_ns, 0, 1, waits=True).symbols
    assert (told.bid, told.quote_ns) == (known[0], close_ns + known[1] * NS_PER_SECOND if known[1] else night_ns)
    (told,) = conditions_of(scene.feeds, ("A",), night_ns, 0, 1, waits=False).symbols
    assert (told.bid, told.quote_ns) == (9.0, quoted_ns)


def test_patience_counts_seconds_of_this_machine():
    assert paced_orders(1) == Pace()
    assert (paced_orders(60).answer_s, paced_orders(60).attempts_max) == (60 * Pace().answer_s, Pace().attempts_max)
    assert paced_feeds(FeedSettings(), 1) == FeedSettings()
    faster = paced_feeds(FeedSettings(), 60)
    assert (faster.grace_s, faster.quality.clock_s, faster.official_s) == (180.0, 120.0, 300.0)


def test_sessions_of_a_calendar_are_in_new_york():
    summer, winter = sessions_of([(20_270, "09:30", "13:00"), (20_420, "09:30", "16:00")])
    assert (summer.open_ns % NS_PER_DAY, winter.open_ns % NS_PER_DAY) == (
        13.5 * 3600 * NS_PER_SECOND,
        14.5 * 3600 * NS_PER_SECOND,
    )
    assert summer.close_ns - summer.open_ns == 3.5 * 3600 * NS_PER_SECOND


def test_the_report_says_how_the_account_is_left():
    told = LiveReport(
        run="live", journal="j.db", account="paper", begun_ns=0, ended_ns=NS_PER_SECOND, sets=3, orders=2, fills=1, requests=9,
        equity_before=100.0, equity=90.0, positions={"A": -2}, values={"A": -4.0}, working=("buy 1 A (r-1-1)",), unknown=1, differences={"cash": 2},
        trips=("halt",), bindings={"position": 1_200}, alarms=("look",),
    )  # fmt: skip
    text = "\n".join(told.lines())
    for part in (
        "90.00, -10.00 since",
        "-2 A (-4.00)",
        "1 left as they are: buy 1 A (r-1-1)",
        "2 of cash",
        "halt",
        "limits           position 1,200 times",
        "1 orders: the next start",
        "look",
    ):
        assert part in text
    agrees = "venue            orders, positions and cash are the same as ours"
    assert agrees in "\n".join(replace(told, differences={}).lines())
    unread = "\n".join(replace(told, differences={}, compared=False).lines())
    assert agrees not in unread
    assert "venue            not compared yet: the account may hold" in unread
    (line,) = replace(told, traded=False).lines()
    assert line == "run live of j.db was not traded from here: this process was stopped before"


class Steady:
    """Be a clock that is set by hand."""

    mono = 0

    def monotonic_ns(self):
        return self.mono

    def today(self):
        return 0


def read(pacing, clock, steady, seconds, pace):
    """Return what a reading says once the venue has gone on at a pace for so many of our seconds."""
    steady.mono += seconds * NS_PER_SECOND
    steady.venue = getattr(steady, "venue", 0) + pace * seconds * NS_PER_SECOND
    return pacing.other(VenueTime(steady.venue, clock.now_ns() - steady.venue, 1_000_000, True, 0, 0), clock.rate)


def test_a_venue_whose_clock_slows_down_is_followed_and_time_does_not_go_back():
    steady, pacing = Steady(), Pacing()
    clock = SteadyClock(steady, 0, 60)
    assert [read(pacing, clock, steady, 15, 60) for _ in range(3)] == [0, 0, 0]
    assert [read(pacing, clock, steady, 15, 20) for _ in range(2)] == [0, 20]
    ahead_ns = clock.now_ns()
    clock.follow(steady.venue, 20)
    assert clock.now_ns() == ahead_ns > steady.venue
    assert [read(pacing, clock, steady, 60, 20) for _ in range(3)] == [0, 0, 0]
    assert clock.now_ns() == steady.venue


def test_what_answers_take_is_no_other_pace():
    pacing = Pacing()
    for number, late_s in enumerate((0.0, 3.0, 0.0, 3.0)):
        venue_ns = number * 15 * NS_PER_SECOND
        time = VenueTime(venue_ns, round(late_s * NS_PER_SECOND), round(late_s * NS_PER_SECOND), True, 0, 0)
        assert pacing.other(time, 1) == 0


def looks(pacing, clock, steady, off_s, *, count=3, half_s=0.02, machine_s=0):
    """Return what is told of so many readings of a venue that is so far ahead of where the clock began; `machine_s` is where this machine is."""
    told = []
    for _ in range(count):
        steady.mono += 15 * NS_PER_SECOND
        venue_ns = steady.mono + round(off_s * NS_PER_SECOND)
        time = VenueTime(venue_ns, clock.now_ns() - venue_ns, round(half_s * NS_PER_SECOND), True, 0, 0)
        told.append(pacing.follow(time, clock, steady.mono + machine_s * NS_PER_SECOND))
    return told


@pytest.mark.parametrize(("off_s", "where"), [(3.0, "3.0 s behind"), (-3.0, "3.0 s ahead of")])
def test_a_clock_that_is_away_from_the_venues_follows_it_and_does_not_go_back(off_s, where):
    steady, pacing = Steady(), Pacing()
    clock = SteadyClock(steady, 0)
    assert looks(pacing, clock, steady, 0.4) == ["", "", ""]  # near enough
    before_ns = clock.now_ns()
    first, told, last = looks(pacing, clock, steady, off_s)
    assert where in told
    assert (first, last) == ("", "")
    assert clock.now_ns() - steady.mono == round(off_s * NS_PER_SECOND)
    assert clock.now_ns() > before_ns
    assert looks(pacing, clock, steady, off_s) == ["", "", ""]


def test_once_a_clock_follows_it_is_not_away_any_more():
    """What was due while this machine slept is decided on in that moment."""
    steady, pacing = Steady(), Pacing()
    clock = SteadyClock(steady, 0)
    looks(pacing, clock, steady, 57_600.0, count=1, machine_s=57_600)
    assert pacing.offset_ns == -round(57_599.98 * NS_PER_SECOND)
    assert looks(pacing, clock, steady, 57_600.0, count=1, machine_s=57_600)[0]
    assert pacing.offset_ns == 0


def test_a_clock_that_stands_to_follow_is_away_until_it_has():
    steady, pacing = Steady(), Pacing()
    clock = SteadyClock(steady, 0)
    assert looks(pacing, clock, steady, -20.0, count=2)[1]
    assert pacing.offset_ns == round(19.98 * NS_PER_SECOND)
    looks(pacing, clock, steady, -20.0, count=2)
    assert pacing.offset_ns == 0


@pytest.mark.parametrize(("off_s", "machine_s", "follows"), [(900, 900, True), (900, 0, False), (-900, -900, False)])
def test_of_a_venue_that_is_far_away_the_machine_has_to_say_so_too_and_time_does_not_stand_for_long(off_s, machine_s, follows):  # fmt: skip
    steady, pacing = Steady(), Pacing()
    clock = SteadyClock(steady, 0)
    told = looks(pacing, clock, steady, off_s, machine_s=machine_s)
    assert any(told) is follows
    assert clock.now_ns() - steady.mono == (off_s * NS_PER_SECOND if follows else 0)


def test_what_an_answer_takes_or_what_one_alone_says_is_no_other_time():
    steady, pacing = Steady(), Pacing()
    clock = SteadyClock(steady, 0)
    assert looks(pacing, clock, steady, 3.0, half_s=1.0) == ["", "", ""]
    assert [*looks(pacing, clock, steady, 3.0, count=1), *looks(pacing, clock, steady, 0.0, count=1)] == ["", ""]
    assert looks(pacing, clock, steady, 3.0, count=1) == [""]
    assert clock.now_ns() == steady.mono
