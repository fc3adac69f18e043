"""What every clock promises."""

from datetime import UTC, datetime

import pytest

from tenfold.adapters.clock import FixedClock, SystemClock

MOMENT = 1_704_672_000_123_456_789  # 2024-01-08
CLOCKS = {"system": SystemClock, "fixed": lambda: FixedClock(MOMENT)}


@pytest.fixture(params=CLOCKS)
def clock(request):
    return CLOCKS[request.param]()


def test_time_is_whole_nanoseconds_and_the_monotonic_one_never_runs_backwards(clock):
    assert isinstance(clock.now_ns(), int)
    readings = [clock.monotonic_ns() for _ in range(100)]
    assert readings == sorted(readings)


def test_today_is_the_utc_date_of_now(clock):
    before = datetime.fromtimestamp(clock.now_ns() // 10**9, UTC).date()
    today = clock.today()
    assert before <= today <= datetime.fromtimestamp(clock.now_ns() // 10**9, UTC).date()


def test_a_fixed_clock_moves_when_told_and_never_back():
    clock = FixedClock(MOMENT)
    clock.advance(5)
    clock.advance(-9)
    assert clock.now_ns() == MOMENT + 5
