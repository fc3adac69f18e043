"""Nothing looks ahead: altering all data after bar t changes no vote, order or fill up to t, on both paths.

What cannot be caught: scores given as an array are information from outside. Where they were shifted by one bar, every
score still comes before the bars that the engine trades on afterwards, and no alteration of the bars shows it. Only
whoever computed them can tell. A fold sees one bar, an object with `on_bar` a copy of its window: both are tested here,
and a fold's source is tested by `tenfold check`.
"""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markets import markets, rules

from scenes import bars_of, fills_of, trade
from scenes import rules as plain
from tenfold.backtesting.backtest import Given, Opinion, run_backtest
from tenfold.backtesting.counterfactual import noise
from tenfold.backtesting.scoring import Member
from tenfold.domain.order import Cancel, Submit
from tenfold.domain.rules import Account, Costs, Exits, Limits, Rules, Sizing
from tenfold.market.synthetic import random_walk
from tenfold.registry import STRATEGIES
from tenfold.simulation.journal import MemoryJournal

PATHS = ["compiled", "event"]
MARKET = random_walk(420, 4, seed=3, volatility=0.3)


def altered(bars, after, seed=0):
    """Return the bars with everything behind the first `after` replaced by another market."""
    rows = bars.rows.copy()
    rows[after:] = noise(bars.rows, 3.0, seed)[after:]
    for name in ("session", "ts_ns", "open_ns"):
        rows[name] = bars.rows[name]
    return replace(bars, rows=rows)


def assert_same_until(one, other, after):
    for name in ("equity_units", "cash_units", "lots", "direction", "agreement"):
        np.testing.assert_array_equal(getattr(one, name)[:after], getattr(other, name)[:after], err_msg=name)
    np.testing.assert_array_equal(one.scores[:after], other.scores[:after])
    early = [run.fills[run.fills["bar"] < after] for run in (one, other)]
    np.testing.assert_array_equal(*early)


EVERYTHING = Rules(
    account=Account(leverage_max=2.0, maintenance_frac=0.2),
    costs=Costs(fee_frac=0.0005, slippage="volume_share", participation_frac_max=0.1, borrow_annual_frac=0.02),
    sizing=Sizing(method="volatility", window=20, rebalance_frac=0.2),
    limits=Limits(position_frac_max=0.4, gross_frac_max=1.0, daily_loss_frac_max=0.03, drawdown_frac_max=0.1, reset_sessions=3),
    exits=Exits(stop_frac=0.03, target_frac=0.08),
)  # fmt: skip


@pytest.mark.parametrize("name", STRATEGIES.names())
def test_every_shipped_strategy(name):
    member = Member(STRATEGIES.load(name), {}, name)
    for engine in PATHS:
        whole = run_backtest([member], MARKET, EVERYTHING, engine=engine)
        assert (whole.direction != 0).any()
        for after in (300, 419) if engine == "compiled" else (300,):
            assert_same_until(whole, run_backtest([member], altered(MARKET, after), EVERYTHING, engine=engine), after)


@settings(max_examples=40)
@given(data=st.data())
def test_any_rules_and_votes(data):
    bars = data.draw(markets())
    chosen = data.draw(rules(bars.currency))
    after = data.draw(st.integers(1, len(bars)))
    random = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    scores = random.uniform(-1, 1, bars.rows.shape)
    changed = scores.copy()
    changed[after:] = random.uniform(-1, 1, changed[after:].shape)
    engine = data.draw(st.sampled_from(PATHS))
    # years are observed from the whole axis: the number of bars a year is a setting of the run, not a look ahead
    assert_same_until(
        run_backtest([Given(scores, "v")], bars, chosen, engine=engine),
        run_backtest([Given(changed, "v")], altered(bars, after), chosen, engine=engine),
        after,
    )


@settings(max_examples=15)
@given(data=st.data())
def test_every_command_up_to_then(data):
    bars = data.draw(markets())
    chosen = data.draw(rules(bars.currency))
    after = data.draw(st.integers(1, len(bars)))
    scores = np.random.default_rng(data.draw(st.integers(0, 9))).uniform(-1, 1, bars.rows.shape)
    kept = []
    for market in (bars, altered(bars, after)):
        journal = MemoryJournal()
        run_backtest([Given(scores, "v")], market, chosen, journal=journal)
        last = int(bars.ts_ns[after - 1])
        kept.append([
            record
            for record in journal.records()
            if isinstance(record, Cancel | Submit)
            and (record.order.ts_ns if isinstance(record, Submit) else record.ts_ns) <= last
        ])  # fmt: skip
    assert kept[0] == kept[1]


def test_a_vote_at_the_close_knows_that_close_and_trades_at_the_next_open():
    bars = bars_of([100, 100, 100, 130, 130, 130])
    knows = [0, 0, 0, 1, 1, 1]  # the rise is known at the close of bar 3
    for engine in PATHS:
        assert fills_of(trade(engine, bars, knows, plain())) == [(4, 100, 130.0, "vote")]


def test_scores_shifted_by_one_bar_profit_and_no_test_of_the_bars_can_tell():
    bars = bars_of([100, 100, 100, 130, 130, 130])
    run = trade("compiled", bars, [0, 1, 1, 1, 1, 1], plain())
    assert run.equity[-1] > 100_000  # the sin is the caller's
    assert_same_until(run, trade("compiled", altered(bars, 3), [0, 1, 1, 1, 1, 1], plain()), 3)


class Peeker:
    """Try to see more than its window: there is nothing else to see, and writing to it changes nothing."""

    window = 3

    def on_bar(self, window):
        assert window.shape == (3,)
        base = window
        while base.base is not None:
            base = base.base
        seen = float(window["close"][-1] / window["close"][0])
        assert base.nbytes <= window.nbytes
        window["close"] = 0.0
        return type("Score", (), {"score": 1.0 if seen > 1.0 else -1.0})()


def test_an_object_with_on_bar_sees_its_window_and_nothing_else():
    bars = MARKET.slice(0, 80)
    whole = run_backtest([Opinion(Peeker(), "peeker")], bars, EVERYTHING)
    assert whole.failures == {"peeker": 0}
    cut = run_backtest([Opinion(Peeker(), "peeker")], altered(bars, 50), EVERYTHING)
    assert_same_until(whole, cut, 50)
