"""What the screen says of an account between its bars, and of limits that are smaller than a per cent."""

import numpy as np
import pytest
from msgspec.structs import replace

from tenfold.app.facade import rules_of
from tenfold.app.live.paper import Shown
from tenfold.app.live.screen import Screen, rows_of
from tenfold.app.live.worth import worth_of
from tenfold.domain.conditions import Conditions, SymbolCondition
from tenfold.domain.events import CashFlow, LimitsChanged, PositionRestated
from tenfold.domain.rules import scaled
from tenfold.engine.engine import Engine
from tenfold.engine.live_loop import LiveLoop
from tenfold.engine.voters import GivenVoter
from tenfold.execution.blotter import Blotter
from tenfold.market.synthetic import random_walk
from tenfold.simulation.feed import BarFeed
from tenfold.simulation.journal import NullJournal


class Account:
    """Hold an account with 100 shares, after a bar, as a screen shows it."""

    def __init__(self, rules=None):
        bars = random_walk(2, ["AAA"], seed=3)
        self.close = float(bars.rows["close"][0, 0])
        voter = GivenVoter(np.ones((2, 1)), "m", 1.0)
        self.engine = Engine(rules or rules_of("live", "alpaca"), bars.instruments, [voter], 252.0)
        self.bars, _ = BarFeed(bars).events()
        before_ns = self.bars.ts_ns - 1
        worth = round(100 * self.close * 1e6)
        self.engine.step(PositionRestated(ts_ns=before_ns, symbol="AAA", lots=100, cost_units=worth))
        self.engine.step(CashFlow(ts_ns=before_ns, symbol="", kind="deposit", units=-worth))
        self.engine.step(self.bars)
        self.loop = LiveLoop(self.engine, Blotter(bars.instruments, 1e5), NullJournal())

    def quoted(self, price, later_ns):
        quote_ns = self.bars.ts_ns + later_ns
        one = SymbolCondition(symbol="AAA", bid=price, ask=price, quote_ns=quote_ns)
        self.engine.step(Conditions(ts_ns=quote_ns, symbols=(one,)))

    @property
    def shown(self):
        return Shown(self.loop, self.bars, 1, 0, 1e6, "")

    @property
    def lines(self):
        return dict(Screen("live").lines(self.shown))


def test_what_is_lost_since_the_last_bars_is_shown_as_breakers_measure_it():
    account = Account()
    assert account.lines["equity"].startswith("100,000.00")
    assert account.lines["today"] == "+0.00%  (0% of the limit of 2%)"
    account.quoted(account.close * 0.9, -1)  # of before the bars
    assert account.lines["equity"].startswith("100,000.00")
    account.quoted(account.close * 0.9, 1)
    lost = 0.1 * 100 * account.close
    assert account.lines["equity"].startswith(f"{100_000 - lost:,.2f}")
    assert account.lines["today"].startswith(f"{-lost / 100_000:+.2%}")
    assert account.lines["from the peak"].startswith(f"{-lost / 100_000:+.2%}")
    ((_, _, value, *_),) = rows_of(account.shown)
    assert value == f"{90 * account.close:,.0f}"
    assert worth_of(account.engine, "AAA") == pytest.approx(90e6 * account.close)


def test_limits_of_a_part_of_the_size_are_told_as_they_are():
    """On stage canary they are a tenth: 0.2 % was told as 0 %."""
    lines = Account(scaled(rules_of("live", "alpaca"), 0.1, 1)).lines
    assert lines["today"].endswith("of the limit of 0.2%)")
    assert lines["from the peak"].endswith("of the limit of 1%)")
    assert "of the limit of 0.5%)" in lines["limits"]


def test_limits_that_were_changed_are_told():
    account = Account()
    limits = replace(account.engine.rules.limits, daily_loss_frac_max=0.01, positions_max=3)
    account.engine.step(LimitsChanged(ts_ns=account.bars.ts_ns, operator="ann", limits=limits))
    assert account.lines["today"].endswith("of the limit of 1%)")
    assert account.lines["limits"].startswith("1 of 3 positions")
