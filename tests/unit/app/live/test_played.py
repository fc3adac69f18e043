"""What the simulated exchange plays of the bars that are given."""

from dataclasses import replace

import msgspec
import numpy as np
import pytest

from paper_traders import minutes_of_sessions, traded
from tenfold.app.live.played import played
from tenfold.domain.bars import stamp_calendar
from tenfold.domain.errors import DataError, SettingsError
from tenfold.domain.market import Flag
from tenfold.domain.units import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE
from tenfold.market.synthetic import random_walk

MONDAY = 20_045  # 2024-11-18
OPEN_NS = MONDAY * NS_PER_DAY + 14 * NS_PER_HOUR + 30 * NS_PER_MINUTE
CLOSE_NS = MONDAY * NS_PER_DAY + 21 * NS_PER_HOUR


def around_the_clock(period_ns, days=3, symbols=("AAA",)):
    """Return bars of all hours from Monday on, each day's a session."""
    open_ns = np.arange(MONDAY * NS_PER_DAY, (MONDAY + days) * NS_PER_DAY, period_ns)
    walk = random_walk(len(open_ns), list(symbols), seed=2, volatility=1.0, period_ns=period_ns)
    rows = walk.rows.copy()
    rows["open_ns"], rows["ts_ns"] = open_ns[:, None], open_ns[:, None] + period_ns
    rows["elapsed_s"] = rows["remaining_s"] = 0
    stamp_calendar(rows)
    return replace(walk, rows=rows)


def without_price(bars, places):
    rows = bars.rows.copy()
    rows["flags"][places] = int(Flag.NONPOSITIVE)
    return replace(bars, rows=rows)


def named(bars, symbol, **changes):
    return replace(bars, instruments=(msgspec.structs.replace(bars.instruments[0], symbol=symbol, **changes),))


def test_minutes_outside_the_session_do_not_happen():
    found = played(around_the_clock(NS_PER_MINUTE, days=1)).rows[:, 0]
    assert (found["open_ns"][0], found["ts_ns"][-1], len(found)) == (OPEN_NS, CLOSE_NS, 390)
    assert (found["session_bar"] == np.arange(390)).all()
    assert (found["elapsed_s"] == 60 * np.arange(1, 391)).all()
    assert (found["elapsed_s"] + found["remaining_s"] == 23_400).all()


def test_an_hour_in_which_the_session_opens_begins_with_it():
    found = played(around_the_clock(NS_PER_HOUR, days=1)).rows[:, 0]
    assert found["open_ns"][0] == OPEN_NS
    assert found["elapsed_s"].tolist() == [1800, 5400, 9000, 12600, 16200, 19800, 23400]
    assert found["remaining_s"][-1] == 0


def test_minutes_of_sessions_stay_as_they_are():
    bars = minutes_of_sessions(MONDAY, 14, ["AAA", "BBB"], seed=1)
    found = played(bars).rows
    for name in bars.rows.dtype.names:
        np.testing.assert_array_equal(found[name], bars.rows[name])


def test_a_bar_without_any_price_does_not_happen():
    bars = random_walk(60, ["AAA", "BBB"], seed=3)
    found = played(without_price(bars, (slice(5, 8), slice(None))))
    assert len(found) == len(played(bars)) - 3
    assert len(played(without_price(bars, (slice(5, 8), 0)))) == len(played(bars))


def test_what_it_does_not_trade_is_refused():
    bars = random_walk(5, ["AAA"], seed=3)
    with pytest.raises(SettingsError, match="in EUR: the simulated exchange trades in USD"):
        played(named(bars, "AAA", currency="EUR"))
    with pytest.raises(SettingsError, match="BTC/USD is a pair of currencies, expected stocks"):
        played(named(bars, "BTC/USD"))
    for changes in ({"lot_size": 0.001}, {"lot_size": 2.5}, {"multiplier": 50.0}):
        with pytest.raises(SettingsError, match=r"AAA has lots of .* and a multiplier of .*, expected whole shares"):
            played(named(bars, "AAA", **changes))
    with pytest.raises(DataError, match="no bar of AAA has a price"):
        played(without_price(bars, slice(None)))
    night = around_the_clock(NS_PER_HOUR, days=1)
    with pytest.raises(DataError, match="closes within a session of New York"):
        played(replace(night, rows=night.rows[:10]))


@pytest.mark.parametrize("period_ns", [NS_PER_HOUR, 10 * NS_PER_MINUTE], ids=["hours", "minutes"])
def test_bars_of_all_hours_are_traded_as_in_the_backtest(tmp_path, period_ns):
    bars = around_the_clock(period_ns, days=40, symbols=["AAA", "BBB"])
    found = traded("crossing", tmp_path, bars=bars, params={"fast": 5, "slow": 20})
    assert found.agrees
    assert found.validation.same > 5
    told = found.validation.lines()[0]
    assert told.startswith(
        f"bars         {len(found.result.run.bars):,} were played; {found.validation.left_out:,} are"
    )
    assert len(found.result.run.bars) + found.validation.left_out == len(bars)


def test_days_without_a_price_are_traded_as_in_the_backtest(tmp_path):
    bars = without_price(random_walk(120, ["AAA"], seed=5), slice(70, 73))
    found = traded("crossing", tmp_path, bars=bars, params={"fast": 5, "slow": 20})
    assert found.agrees
    assert found.validation.same > 1
