"""A year of live bars has as many as a backtest of the same bars counts, whatever their length."""

from datetime import date

import numpy as np
import pytest

from tenfold.app.exchange_data import sessions_around
from tenfold.app.journal_head import described, differences_of
from tenfold.app.live.bar_counts import market_of
from tenfold.domain.bars import bars_from_arrays, periods_per_year
from tenfold.domain.rules import Entry, Rules
from tenfold.domain.units import NS_PER_DAY, NS_PER_MINUTE, date_ns
from tenfold.engine.engine import Engine
from tenfold.engine.voters import GivenVoter
from tenfold.market.before_close import decided_on
from tenfold.research.promotion import is_same_length

FIRST_NS, LAST_NS = date_ns(date(2022, 1, 3)), date_ns(date(2024, 1, 1))


def description(minutes, *, bare=False):
    return described(None, [], market_of((), minutes * NS_PER_MINUTE, closes=True, bare=bare), Rules())


@pytest.mark.parametrize("minutes", [1, 4, 5, 15, 30, 45, 60, 90, 120, 180, 240, 360, 480])
def test_as_many_as_are_seen(minutes):
    period_ns = minutes * NS_PER_MINUTE
    sessions = [one for one in sessions_around(FIRST_NS, LAST_NS) if FIRST_NS <= one.open_ns < LAST_NS]
    closes = [
        np.arange(one.open_ns // period_ns + 1, -(-one.close_ns // period_ns) + 1) * period_ns for one in sessions
    ]
    seen = periods_per_year(np.unique(np.concatenate(closes)), period_ns)
    counted = market_of((), period_ns, closes=True, bare=False).periods_per_year
    assert counted == pytest.approx(seen, rel=0.07)
    assert is_same_length(counted, 1.15 * seen)  # as four weeks from Monday to Friday seem to have


def test_a_run_of_before_goes_on_as_it_was_begun_and_lengths_of_equal_number_are_told_apart():
    assert market_of((), 240 * NS_PER_MINUTE, closes=True, bare=True) == ((), 409.5, (), 0)
    assert market_of((), NS_PER_DAY, closes=True, bare=True) == ((), 252.0, (), 0)
    assert market_of((), NS_PER_DAY, closes=True, bare=False).periods_per_year == 252.0
    assert differences_of(description(360), description(480)) == ["bars of another length (--every)"]
    assert differences_of(description(360), description(360)) == []
    assert differences_of(description(240, bare=True), description(180, bare=True)) != []


def test_days_that_are_decided_on_before_they_close_count_as_in_a_backtest_of_minutes():
    open_ns = np.concatenate(
        [
            np.arange(one.open_ns, one.close_ns, 15 * NS_PER_MINUTE)
            for one in sessions_around(FIRST_NS, LAST_NS)
            if FIRST_NS <= one.open_ns < LAST_NS
        ]
    )
    prices = np.full(len(open_ns), 50.0)
    bars = bars_from_arrays(
        "A", open_ns + 15 * NS_PER_MINUTE, prices, prices, prices, prices, period_ns=15 * NS_PER_MINUTE
    )
    rules = Rules(entry=Entry(order="moc", decide_before_close_s=900))
    seen = decided_on(bars, rules).periods_per_year
    counted = market_of((), NS_PER_DAY, closes=True, bare=False, halves=True).periods_per_year
    assert counted == pytest.approx(seen, rel=0.02)
    voter = GivenVoter(np.zeros((1, 1)), "one", 1.0)
    assert Engine(rules, bars.instruments, [voter], counted).gate.periods == 252.0
    assert market_of((), NS_PER_DAY, closes=True, bare=True, halves=True).periods_per_year == 252.0
