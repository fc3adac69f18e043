"""Halts follow the letters of both tapes, in the order of the venue's time."""

import pytest

from feed_scenes import DAY, MINUTE, OPEN_NS, listener, session
from tenfold.domain.live_market import PriceBands, Print, TradingStatus
from tenfold.market.halts import Halts

SECOND = 1_000_000_000
FAR = 3_600 * SECOND


def status(code, ts_ns=0, reason=""):
    return TradingStatus(ts_ns=ts_ns, symbol="A", code=code, reason_code=reason)


@pytest.mark.parametrize(("stop", "quotes", "go"), [("H", "Q", "T"), ("P", "Q", "T"), ("2", "5", "3")])
def test_a_halt_lasts_until_trading_resumes(stop, quotes, go):
    halts = Halts()
    assert halts.status(status(stop, 1, "LUDP"), 1)
    assert halts.halted == {"A": "LUDP"}
    assert not halts.status(status(quotes, 2), 2)
    assert "A" in halts.halted
    assert halts.status(status(go, 3), 3)
    assert not halts.halted
    assert not halts.status(status(stop, 2), 3)  # told late
    assert not halts.halted


def test_an_unknown_letter_leaves_what_was():
    halts = Halts()
    assert not halts.status(status("?", 1), 1)
    halts.status(status("H", 2), 2)
    assert halts.halted == {"A": "H"}
    assert not halts.status(status("?", 3), 3)
    assert "A" in halts.halted


def test_prices_beyond_the_newest_bands():
    halts = Halts()
    assert not halts.beyond("A", 1e9)
    halts.price_bands(PriceBands(ts_ns=2, symbol="A", up=11.0, down=9.0), 2)
    halts.price_bands(PriceBands(ts_ns=1, symbol="A", up=100.0, down=1.0), 3)
    assert [halts.beyond("A", price) for price in (8.9, 9.0, 11.0, 11.1)] == [True, False, False, True]


def test_trades_end_a_halt_whose_resumption_nobody_heard():
    halts = Halts()

    def trade(ts_ns, received_ns, conditions=""):
        one = Print(ts_ns=ts_ns, symbol="A", price=10.0, size=1.0, conditions=conditions)
        return halts.traded(one, received_ns)

    assert not trade(SECOND, SECOND)
    halts.status(status("H", 2 * SECOND), 2 * SECOND)
    assert not trade(1 * SECOND, 20 * SECOND)  # of before the halt, told late
    assert not trade(FAR, 3 * SECOND)  # an odd moment
    assert not trade(20 * SECOND, 20 * SECOND, "I")
    assert not any(
        trade(20 * SECOND, 20 * SECOND, f"@{one}") for one in "MGLPUZ"
    )  # official, or traded before and told late
    assert trade(20 * SECOND, 20 * SECOND)
    assert not halts.halted
    assert not halts.status(status("H", 2 * SECOND), 21 * SECOND)  # told late
    assert not halts.halted


def test_an_odd_moment_far_ahead_hides_nothing_that_follows():
    halts = Halts()
    halts.status(status("H", FAR), SECOND)
    assert halts.status(status("T", 30 * SECOND), 30 * SECOND)
    assert not halts.halted
    halts.price_bands(PriceBands(ts_ns=FAR, symbol="A", up=10.1, down=9.9), SECOND)
    halts.price_bands(PriceBands(ts_ns=30 * SECOND, symbol="A", up=100.0, down=1.0), 30 * SECOND)
    assert not halts.beyond("A", 50.0)


@pytest.mark.parametrize(
    ("up", "down"), [(0.0, 0.0), (float("nan"), 9.0), (11.0, float("nan")), (9.0, 11.0), (float("inf"), 9.0)]
)
def test_bands_of_which_one_is_missing_are_none(up, down):
    halts = Halts()
    halts.price_bands(PriceBands(ts_ns=1, symbol="A", up=up, down=down), 1)
    assert not halts.beyond("A", 10.0)
    assert not halts.bands


def test_bands_end_with_their_session_and_come_anew_right_before_the_next():
    days = [session(390), session(390, DAY + 1)]
    scene = listener([], "first", sessions=days)
    scene.link("first", OPEN_NS)
    for now, left in ((OPEN_NS, days[0].close_ns - SECOND), (days[1].open_ns - SECOND, days[1].open_ns + SECOND)):
        scene.hear("first", now, PriceBands(ts_ns=now, symbol="A", up=11.0, down=9.0))
        scene.until(left)
        assert scene.feeds.halts.beyond("A", 12.0)
        scene.until(left + MINUTE)
    scene.until(days[1].close_ns + MINUTE)
    assert not scene.feeds.halts.bands
