"""A dead connection that looks open is noticed within its limits, and a closed market is no dead connection."""

import random
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold.adapters.alpaca.backoff import FIRST_S, LAST_S, Backoff
from tenfold.adapters.alpaca.liveness import Liveness, LivenessLimits
from tenfold.adapters.alpaca.open_hours import OpenHours
from tenfold.adapters.calendar import calendar_sessions

S = 1_000_000_000
DAY = 86_400 * S
LIMITS = LivenessLimits(ask_s=5.0, answer_s=5.0, silence_s=30.0, lag_s=10.0)


def at(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * S


def test_a_ping_without_an_answer():
    signs = Liveness(LIMITS, 0)
    assert not signs.due(4 * S)
    assert signs.due(5 * S)
    assert not signs.due(6 * S)
    signs.asked("ping", 5 * S)
    assert signs.fault(10 * S, expecting=False) == ""
    signs.asked("ping", 9 * S)
    assert signs.fault(11 * S, expecting=False) == "the stream is half-open: no answer to a ping for 6.0 s"
    signs.answered("ping")
    assert signs.fault(60 * S, expecting=False) == ""
    signs.answered("ping")


def test_a_question_without_an_answer_even_at_night():
    signs = Liveness(LIMITS, 0)
    signs.asked("question", 5 * S)
    signs.asked("ping", 5 * S)
    signs.answered("ping")
    assert signs.fault(11 * S, expecting=False) == "the stream is mute: no answer to a question for 6.0 s"


def test_silence_counts_from_when_the_market_opened():
    signs = Liveness(LIMITS, 0)
    assert signs.fault(10_000 * S, expecting=False) == ""
    assert signs.fault(10_001 * S, expecting=True) == ""
    assert signs.fault(10_031 * S, expecting=True) == ""
    assert (
        signs.fault(10_032 * S, expecting=True)
        == "the stream is mute: no market data for 31 s while the market is open"
    )
    signs.heard(10_032 * S, None)
    assert signs.fault(10_062 * S, expecting=True) == ""
    assert signs.fault(10_063 * S, expecting=True).startswith("the stream is mute")
    assert signs.fault(10_064 * S, expecting=False) == ""


def test_market_data_that_come_later_and_later():
    signs = Liveness(LIMITS, 0)
    behind = 1_000 * DAY  # two clocks that have nothing to do with each other
    lag_s = 0.0
    faults = []
    for second in range(60):
        lag_s = max(0.0, second - 20.0)
        signs.heard(second * S, second * S - behind - round(lag_s * S))
        faults.append(signs.fault(second * S, expecting=True))
    noticed = next(second for second, fault in enumerate(faults) if fault)
    assert 30 < noticed <= 36
    assert faults[noticed] == "the stream is slow: market data come 16.0 s late"
    assert signs.earliest_ns == behind


def test_how_late_is_counted_on_over_connections():
    first = Liveness(LIMITS, 0)
    first.heard(0, -DAY)
    second = Liveness(LIMITS, 0, first.earliest_ns)
    second.heard(S, S - DAY - 11 * S)
    assert second.fault(7 * S, expecting=True).startswith("the stream is slow")


def test_one_stamp_far_ahead_does_not_make_what_follows_slow():
    signs = Liveness(LIMITS, 0)
    for second in range(60):
        signs.heard(second * S, (second + 3_600 * (second == 20)) * S)
        assert signs.fault(second * S, expecting=True) == ""
    assert signs.earliest_ns == 0


@pytest.mark.parametrize("ahead", [range(20), range(1)])
def test_a_venue_whose_clock_was_set_back_is_not_slow_for_ever(ahead):
    earliest_ns, broken = None, []
    second = 0
    while second < 300:
        signs, opened = Liveness(LIMITS, second * S, earliest_ns), second
        while second < 300:
            second += 1
            signs.heard(second * S, (second + 60 * (second - 1 in ahead)) * S)
            if signs.fault(second * S, expecting=True):
                broken.append(second - opened)
                break
        earliest_ns = signs.onward_ns
    assert len(broken) <= 2


def test_a_connection_that_grew_slow_is_what_the_next_one_is_held_to():
    signs = Liveness(LIMITS, 0)
    signs.heard(0, 0)
    signs.heard(20 * S, 5 * S)
    assert signs.fault(20 * S, expecting=True).startswith("the stream is slow")
    assert signs.onward_ns == 0


@pytest.mark.parametrize("speed", [1.0, 60.0, 0.5])
def test_a_replay_at_any_speed_is_not_slow(speed):
    signs = Liveness(LIMITS, 0)
    for second in range(2_000 if speed >= 1 else 15):
        signs.heard(second * S, round(second * speed) * S)
        assert signs.fault(second * S, expecting=True) == ""


def test_a_time_in_which_we_stood_still_is_nobodys_fault():
    signs = Liveness(LIMITS, 0)
    signs.asked("ping", 5 * S)
    signs.heard(5 * S, 5 * S)
    signs.excuse(100 * S)
    assert signs.fault(107 * S, expecting=True) == ""
    assert signs.fault(111 * S, expecting=True).startswith("the stream is half-open")


def test_nor_a_time_since_the_market_opened():
    signs = Liveness(LIMITS, 0)
    assert signs.fault(10_000 * S, expecting=True) == ""
    signs.excuse(40 * S)
    assert signs.fault(10_041 * S, expecting=True) == ""
    assert signs.fault(10_072 * S, expecting=True).startswith("the stream is mute")


SESSIONS = calendar_sessions("XNYS", at("2026-11-16T00:00:00") // DAY, at("2026-12-31T00:00:00") // DAY)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-11-20T14:29:59", False), ("2026-11-20T14:30:00", True), ("2026-11-20T20:59:59", True),
        ("2026-11-20T21:00:00", False), ("2026-11-21T16:00:00", False), ("2026-11-26T16:00:00", False),
        ("2026-11-27T17:59:59", True), ("2026-11-27T18:00:00", False), ("2026-12-25T16:00:00", False),
        ("1999-01-01T16:00:00", False),
    ],
)  # fmt: skip
def test_open_hours_know_weekends_holidays_and_half_days(moment, is_open):
    assert OpenHours(SESSIONS).open_at(at(moment)) is is_open


def test_what_trades_around_the_clock_is_always_open():
    assert OpenHours(()).open_at(0)


def test_no_false_alarm_over_a_weekend_a_holiday_and_a_half_day():
    hours = OpenHours(SESSIONS)
    start = at("2026-11-20T20:50:00")
    signs, alarms = Liveness(LIMITS, 0), []
    for step in range(0, 9 * 86_400, 5):
        now = start + step * S
        is_open = hours.open_at(now)
        if is_open:
            signs.heard(step * S, now)
        if fault := signs.fault(step * S, expecting=is_open):
            alarms.append((step, fault))
    assert not alarms


@given(st.integers(0, 1 << 30))
def test_pauses_grow_and_differ(seed):
    backoff = Backoff(random.Random(seed))  # noqa: S311
    pauses = [backoff.next_s() for _ in range(14)]
    bounds = [min(FIRST_S * 2**n, LAST_S) for n in range(14)]
    assert all(bound / 2 <= pause <= bound for pause, bound in zip(pauses, bounds, strict=True))
    backoff.reset()
    assert backoff.next_s() <= FIRST_S
