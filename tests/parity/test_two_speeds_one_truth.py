"""The compiled path and the event path agree fill for fill and unit for unit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markets import markets, rules

from tenfold.backtesting.backtest import Given, run_backtest
from tenfold.backtesting.scoring import Member
from tenfold.backtesting.sweep import run_sweep
from tenfold.domain.errors import MoneyOverflowError
from tenfold.indicators import Integer, Mean, Real, State, fold, mean, panel_fold
from tenfold.simulation.journal import MemoryJournal
from tenfold.strategy.trend import crossing

SERIES = ("equity_units", "cash_units", "gross_units", "net_units", "lots", "direction", "agreement", "fills", "trades")


def assert_same(compiled, event):
    for name in SERIES:
        np.testing.assert_array_equal(getattr(compiled, name), getattr(event, name), err_msg=name)
    for name in ("trips", "bindings", "failures", "borrow_units", "dividend_units", "interest_units"):
        assert getattr(compiled, name) == getattr(event, name), (name, getattr(compiled, name), getattr(event, name))
    np.testing.assert_array_equal(compiled.scores, event.scores)


def both(voters, bars, chosen):
    """Return the runs of both paths, the same to the last unit; None of each where money leaves its range on both."""
    runs = []
    for engine in ("compiled", "event"):
        try:
            runs.append(run_backtest(voters, bars, chosen, engine=engine))
        except MoneyOverflowError:
            runs.append(None)
    assert (runs[0] is None) == (runs[1] is None), runs
    if runs[0] is not None:
        assert_same(*runs)
    return runs


@fold(length=Integer(1, 8), reach=Real(0.1, 3.0), broken=Integer(0, 1), state=State(average=Mean, seen=int))
def jumpy(state, bar, params):
    """Change its mind often, abstain sometimes, and fail where it is told to."""
    state.seen += 1
    average = mean(state.average, bar.close, params.length)
    score = (bar.close / average - 1.0) * 50.0 * params.reach
    if params.broken == 1 and state.seen % 11 == 0:
        return 0.0 / (score * 0.0)
    if score > 1.0:
        return 1.0
    if score < -1.0:
        return -1.0
    return score


@panel_fold(state=State(last=float))
def leader(states, bars, params, scores):
    """Long the symbol that rose most in this bar, short the one that fell most."""
    best = -1
    worst = -1
    best_change = -9.0
    worst_change = 9.0
    for i in range(len(bars)):
        if not bars[i].flags & 1:
            if states[i].last > 0.0:
                change = bars[i].close / states[i].last - 1.0
                scores[i] = 0.0
                if change > best_change:
                    best_change = change
                    best = i
                if change < worst_change:
                    worst_change = change
                    worst = i
            states[i].last = bars[i].close
    if best >= 0:
        scores[best] = 1.0
    if worst >= 0 and worst != best:
        scores[worst] = -1.0


@st.composite
def cases(draw, any_price=False):
    bars = draw(markets(any_price=any_price))
    chosen = draw(rules(bars.currency))
    count = draw(st.sampled_from([1, 1, 1, 2, 3, 5, 10]))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    hold = draw(st.integers(1, 9))
    shape = (len(bars) // hold + 1, len(bars.symbols))
    voters = []
    for index in range(count):
        scores = np.repeat(random.uniform(-1, 1, shape), hold, axis=0)[: len(bars)].copy()
        scores[random.random(scores.shape) < 0.1] = np.nan
        weight = draw(st.sampled_from([1.0, 0.1, 0.3, 2.5]))
        voters.append(Given(scores, f"v{index}", weight))
    return bars, chosen, voters


@settings(max_examples=300, deadline=None)
@given(cases(any_price=True))
def test_random_votes_markets_and_rules(case):
    bars, chosen, voters = case
    compiled, event = both(voters, bars, chosen)
    if compiled is None:
        return
    without = [run.notes.get("without_breakers") for run in (compiled, event)]
    assert (without[0] is None) == (without[1] is None)
    if without[0] is not None:
        np.testing.assert_array_equal(*without)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_random_folds(data):
    bars = data.draw(markets())
    chosen = data.draw(rules(bars.currency))
    values = {
        "length": data.draw(st.integers(1, 8)),
        "reach": data.draw(st.floats(0.1, 3.0)),
        "broken": data.draw(st.integers(0, 1)),
    }
    members = [
        Member(jumpy, values, "jumpy"),
        Member(leader, {}, "leader", 0.7),
        Member(crossing, {"fast": 5, "slow": 20}, "c"),
    ]
    chosen_members = members[: data.draw(st.integers(1, 3))]
    both(chosen_members, bars, chosen)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_each_row_of_a_sweep_is_the_backtest_of_its_parameters(data):
    bars = data.draw(markets())
    chosen = data.draw(rules(bars.currency))
    family = data.draw(st.sampled_from([jumpy, leader]))
    points = [family.accept({"length": n, "broken": n % 2} if family is jumpy else {}) for n in range(1, 7)]
    swept = run_sweep(family, points, bars, chosen, threads=2)
    for row, point in zip(swept.statistics, points, strict=True):
        run = run_backtest([Member(family, point, "x")], bars, chosen, engine="compiled")
        assert row["final_units"] == run.equity_units[-1]
        assert row["fills"] == len(run.fills)
        assert row["trades"] == int((run.trades["open"] == 0).sum())
        assert row["fee_units"] == run.fills["fee_units"].sum()
        assert row["exposed_bars"] == int((run.gross_units > 0).sum())
        assert row["failures"] == run.failures["x"]
        returns = run.returns
        deviation = returns.std(ddof=1) if len(returns) > 1 else 0.0
        if deviation > 1e-9 and (run.equity_units > 0).all():
            assert row["sharpe"] == pytest.approx(
                returns.mean() / deviation * np.sqrt(bars.periods_per_year), rel=1e-6, abs=1e-6
            )
        equity = np.concatenate(([chosen.account.cash * run.money], run.equity_units))
        if (equity > 0).all():
            peak = np.maximum.accumulate(equity)
            assert row["max_drawdown"] == pytest.approx((equity / peak - 1.0).min(), abs=1e-12)


@settings(max_examples=20, deadline=None)
@given(cases())
def test_a_journal_takes_the_event_path_and_changes_nothing(case):
    bars, chosen, voters = case
    journal = MemoryJournal()
    journaled = run_backtest(voters, bars, chosen, journal=journal)
    assert journaled.engine == "event"
    assert journal.synced == len(journal.kept) >= len(bars)
    assert_same(run_backtest(voters, bars, chosen), journaled)
