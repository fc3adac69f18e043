"""Halts follow the letters of both tapes, in the order of the venue's time."""

import pytest

from tenfold.domain.live_market import PriceBands, TradingStatus
from tenfold.market.halts import Halts


def status(code, ts_ns=0, reason=""):
    return TradingStatus(ts_ns=ts_ns, symbol="A", code=code, reason_code=reason)


@pytest.mark.parametrize(("stop", "quotes", "go"), [("H", "Q", "T"), ("P", "Q", "T"), ("2", "5", "3")])
def test_a_halt_lasts_until_trading_resumes(stop, quotes, go):
    halts = Halts()
    assert halts.status(status(stop, 1, "LUDP"))
    assert halts.halted == {"A": "LUDP"}
    assert not halts.status(status(quotes, 2))
    assert "A" in halts.halted
    assert halts.status(status(go, 3))
    assert not halts.halted
    assert not halts.status(status(stop, 2))  # told late
    assert not halts.halted


def test_an_unknown_letter_leaves_what_was():
    halts = Halts()
    assert not halts.status(status("?", 1))
    halts.status(status("H", 2))
    assert halts.halted == {"A": "H"}
    assert not halts.status(status("?", 3))
    assert "A" in halts.halted


def test_prices_beyond_the_newest_bands():
    halts = Halts()
    assert not halts.beyond("A", 1e9)
    halts.price_bands(PriceBands(ts_ns=2, symbol="A", up=11.0, down=9.0))
    halts.price_bands(PriceBands(ts_ns=1, symbol="A", up=100.0, down=1.0))
    assert [halts.beyond("A", price) for price in (8.9, 9.0, 11.0, 11.1)] == [True, False, False, True]
