"""The replay clock: real time, faster, at most as fast as events, and standing still."""

import math

import pytest

from tenfold.domain.errors import SettingsError
from tenfold.domain.units import NS_PER_SECOND
from tenfold.exchange.clock import ReplayClock, speed_of


def test_speeds():
    assert speed_of("1x") == 1.0
    assert speed_of("60x") == 60.0
    assert speed_of("0.5x") == 0.5
    assert speed_of("max") == math.inf


@pytest.mark.parametrize(
    "text",
    ["", "fast", "0x", "0.0x", "-1x", "nan", "60", "infx", "1e3x", "1_0x", "x", "60x\n", "1000001x", "9" * 400 + "x"],
)
def test_a_speed_that_is_none(text):
    with pytest.raises(SettingsError, match="expected max or a factor"):
        speed_of(text)


def test_time_runs_faster():
    clock = ReplayClock(1000 * NS_PER_SECOND, 60.0, 5.0)
    assert clock.now_ns(6.0) == 1060 * NS_PER_SECOND
    assert clock.wait_s(1120 * NS_PER_SECOND, 6.0) == 1.0
    assert clock.wait_s(1000 * NS_PER_SECOND, 6.0) == 0.0
    clock.set_speed(1.0, 6.0)
    assert clock.now_ns(7.0) == 1061 * NS_PER_SECOND


def test_time_stands_still():
    clock = ReplayClock(0, 1.0, 0.0)
    clock.pause(3.0)
    assert clock.now_ns(100.0) == 3 * NS_PER_SECOND
    assert clock.wait_s(4 * NS_PER_SECOND, 100.0) == math.inf
    clock.resume(100.0)
    assert clock.now_ns(101.0) == 4 * NS_PER_SECOND


def test_at_most_as_fast_as_events():
    clock = ReplayClock(10, math.inf, 0.0)
    assert clock.now_ns(50.0) == 10
    assert clock.wait_s(999, 50.0) == 0.0
    clock.reach(999, 50.0)
    assert clock.now_ns(51.0) == 999
    clock.reach(500, 52.0)
    assert clock.now_ns(52.0) == 999
    clock.pause(52.0)
    assert clock.wait_s(1000, 52.0) == math.inf


def test_time_may_be_moved_on():
    clock = ReplayClock(0, 1.0, 0.0)
    clock.reach(100 * NS_PER_SECOND, 1.0)
    assert clock.now_ns(2.0) == 101 * NS_PER_SECOND


def test_time_ends_before_it_leaves_64_bits():
    clock = ReplayClock(0, 1e6, 0.0)
    assert clock.now_ns(1e9) == clock.now_ns(2e9) < 1 << 63
