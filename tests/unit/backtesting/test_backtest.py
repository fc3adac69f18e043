"""The path is chosen by one table, operators are heard in time, and what does not fit is refused in one line."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from scenes import bars_of, fills_of, rules, trade
from tenfold.backtesting.backtest import Given, Opinion, run_backtest
from tenfold.backtesting.compiles import TABLE, compiles, obstacles
from tenfold.backtesting.eventful import run_events
from tenfold.backtesting.scoring import Member
from tenfold.domain.errors import DataError, InvariantError, SettingsError, StrategyError
from tenfold.domain.events import CashFlow, Halt, LimitsChanged, Resume, Started
from tenfold.domain.market import Flag
from tenfold.domain.rules import Limits, Rules
from tenfold.engine.voters import GivenVoter
from tenfold.indicators import State, panel_fold
from tenfold.market.synthetic import random_walk
from tenfold.simulation.journal import MemoryJournal
from tenfold.strategy.trend import crossing

DAYS = [date(2024, 1, 8)] * 3 + [date(2024, 1, 9)] * 3
PRICES = [10.0, 11.0, 12.0, 13.0, 14.0, 15.0]


class Steady:
    def __init__(self, score=1.0):
        self.score = score
        self.asked = 0

    def on_bar(self, window):
        self.asked += 1
        return self


class Broken(Steady):
    def on_bar(self, window):
        raise ZeroDivisionError("no scale")


def halt(ts_ns):
    return Halt(ts_ns=int(ts_ns), operator="ann", reason="news")


def resume(ts_ns):
    return Resume(ts_ns=int(ts_ns), operator="ann")


def test_the_table_and_what_it_says_of_a_run():
    assert {path for *_, path in TABLE} == {"compiled", "event"}
    assert compiles([crossing], Rules())
    assert obstacles([crossing, Steady()], Rules(), journaled=True, operated=True) == [
        "Steady is no fold: it is asked bar by bar",
        "a journal keeps every event and command",
        "an operator's events are to be replayed",
    ]


@pytest.mark.parametrize(
    ("voter", "more", "reason"),
    [
        (Opinion(Steady(), "steady"), {}, "Steady is no fold"),
        (Given(np.ones((6, 1)), "given"), {"journal": MemoryJournal()}, "a journal keeps"),
        (Given(np.ones((6, 1)), "given"), {"operator": [halt(1)]}, "an operator's events"),
    ],
)
def test_what_the_compiled_path_does_not_take_is_routed_and_never_forced(voter, more, reason):
    bars = bars_of(PRICES, days=DAYS)
    with pytest.raises(SettingsError, match=f"the compiled path does not apply: .*{reason}.*use engine=auto") as caught:
        run_backtest([voter], bars, rules(), engine="compiled", **more)
    assert "\n" not in str(caught.value)
    run = run_backtest([voter], bars, rules(), **more)
    assert run.engine == "event"
    assert reason in run.notes["event_path"][0]
    assert run_backtest([Given(np.ones((6, 1)), "given")], bars, rules()).engine == "compiled"


def test_a_halt_before_the_open_trades_at_it_and_a_later_one_at_the_next():
    bars = bars_of(PRICES, days=DAYS)
    opened, closed = int(bars.rows["open_ns"][3, 0]), int(bars.ts_ns[3])
    for moment, bar in ((opened - 1, 3), (opened, 3), (opened + 1, 4), (closed, 4), (closed + 1, 5)):
        run = trade("event", bars, [1], rules(), operator=[halt(moment)])
        assert fills_of(run) == [(1, 100, 11.0, "vote"), (bar, -100, PRICES[bar], "breaker")], moment
        assert run.trips[0].ts_ns == moment
        assert run.trips[0].reset_ns is None


def test_a_halt_and_a_resume():
    bars = bars_of(PRICES, days=DAYS)
    events = [halt(bars.ts_ns[1]), resume(bars.ts_ns[3])]
    run = trade("event", bars, [1], rules(), operator=events)
    assert fills_of(run)[1:] == [(2, -100, 12.0, "breaker"), (4, 100, 14.0, "vote")]
    assert [(trip.rule, trip.reset_ns) for trip in run.trips] == [("halt", bars.ts_ns[3])]
    # without any breaker the position would have been held from the second bar on
    assert run.notes["without_breakers"].tolist() == trade("event", bars, [1], rules()).equity.tolist()


def test_without_breakers_keeps_the_limits_that_an_operator_set():
    bars = bars_of(PRICES, days=DAYS)
    limits = Limits(position_frac_max=0.01, daily_loss_frac_max=0.5, drawdown_frac_max=0.001)
    events = [LimitsChanged(ts_ns=int(bars.ts_ns[0]), operator="ann", limits=limits), halt(bars.ts_ns[2])]
    run = trade("event", bars, [0, 1], rules(), operator=events)
    assert fills_of(run) == [(2, 90, 12.0, "vote"), (3, -90, 13.0, "breaker")]
    assert run.notes["without_breakers"][-1] == 100_000 + 90 * (15.0 - 12.0)


def test_events_after_the_last_bar_are_on_record():
    bars, journal = bars_of(PRICES, days=DAYS), MemoryJournal()
    late = halt(bars.ts_ns[-1] + 1)
    trade("event", bars, [1], rules(), operator=[late], journal=journal)
    assert late in journal.kept
    assert journal.kept.index(late) > 6


def test_a_deposit_between_bars():
    bars = bars_of(PRICES, days=DAYS)
    deposit = CashFlow(ts_ns=int(bars.ts_ns[1]), symbol="A", kind="deposit", units=5_000_000)
    run = trade("event", bars, [0], rules(), operator=[deposit])
    assert run.equity.tolist() == [100_000.0] + [100_005.0] * 5


def test_events_out_of_order_are_refused():
    bars = bars_of(PRICES, days=DAYS)
    with pytest.raises(SettingsError, match="out of order"):
        trade("event", bars, [1], rules(), operator=[halt(5), halt(4)])


def test_a_run_can_be_opened_by_name():
    bars, journal = bars_of(PRICES, days=DAYS), MemoryJournal()
    voter = GivenVoter(np.ones(bars.rows.shape), "given", 1.0)
    started = Started(ts_ns=0, run="r1", epoch=7, config_hash="c", code_hash="h")
    run_events(bars, rules(), [voter], journal=journal, started=started)
    assert journal.kept[0] == started
    (order,) = [record.order for record in journal.kept if hasattr(record, "order")]
    assert order.order_id == "r1-7-1"


def test_a_strategy_that_raises_abstains_and_is_reported():
    bars = bars_of(PRICES, days=DAYS)
    voters = [Opinion(Broken(), "broken"), *[Opinion(Steady(), f"s{n}") for n in range(3)]]
    run = run_backtest(voters, bars, rules())
    assert run.failures == {"broken": 6, "s0": 0, "s1": 0, "s2": 0}
    assert run.notes["errors"] == {"broken": {"ZeroDivisionError: no scale": 6}}
    assert np.isnan(run.scores[:, 0, 0]).all()
    assert fills_of(run) == [(1, 100, 11.0, "vote")]  # three of four agree
    assert fills_of(run_backtest(voters[:2], bars, rules())) == []  # with two voters all must agree


def test_what_would_have_been_without_breakers_asks_nobody_again():
    steady = Steady()
    bars = bars_of([100, 100, 90, 90, 90])
    run = run_backtest([Opinion(steady, "steady")], bars, rules(limits={"drawdown_frac_max": 0.001}))
    assert steady.asked == 5
    assert run.notes["without_breakers"][-1] == 99_000.0


def test_a_run_without_scores_cannot_tell_what_would_have_been():
    from tenfold.backtesting.backtest import _without_breakers

    run = trade("compiled", bars_of([1, 2]), [1], rules())
    with pytest.raises(InvariantError, match="without scores"):
        _without_breakers(replace(run, scores=None), ())


def test_an_object_that_is_no_strategy():
    with pytest.raises(StrategyError, match="neither a fold nor has it on_bar"):
        run_backtest([Opinion(object(), "thing")], bars_of([1, 2]), rules())


def test_folds_and_given_scores_vote_together():
    bars = random_walk(60, 1, seed=1)
    given = np.where(np.arange(60) % 20 < 10, 1.0, -1.0)[:, None]
    voters = [Given(given, "given"), Member(crossing, {"fast": 5, "slow": 20}, "crossing")]
    one, other = (run_backtest(voters, bars, rules(), engine=path) for path in ("compiled", "event"))
    np.testing.assert_array_equal(one.scores, other.scores)
    np.testing.assert_array_equal(one.fills, other.fills)
    assert one.failures == other.failures == {"given": 0, "crossing": 0}


@pytest.mark.parametrize("bad", [1.5, -3.0, np.inf, -np.inf])
def test_scores_beyond_one_are_refused(bad):
    scores = np.zeros((2, 1))
    scores[1] = bad
    with pytest.raises(DataError, match=f"scores reach {abs(bad):g}, expected -1 to 1"):
        run_backtest([Given(scores, "given")], bars_of([1, 2]), rules())


def test_scores_of_another_shape_are_refused():
    with pytest.raises(DataError, match=r"shape \(3, 1\), expected \(2, 1\)"):
        run_backtest([Given(np.zeros((3, 1)), "given")], bars_of([1, 2]), rules())


def test_raw_prices_with_splits_are_refused():
    bars = replace(bars_of([1, 2]), adjustment="raw", sources={"splits_in_range": 1})
    with pytest.raises(SettingsError, match="raw prices with splits"):
        trade("compiled", bars, [1], rules())


@panel_fold(state=State(seen=int))
def nosy(states, bars, params, scores):
    """Read whatever is there of a symbol that is missing."""
    for i in range(len(bars)):
        scores[i] = 1.0 if bars[0].close > 1.0 or bars[0].weekday > 2 or bars[0].high > 1.0 else -1.0


@pytest.mark.parametrize("flag", [Flag.MISSING, Flag.NAN_PRICE, Flag.NONPOSITIVE])
def test_a_missing_symbol_shows_a_panel_the_same_on_both_paths(flag):
    bars = random_walk(40, 2, seed=2)
    rows = bars.rows.copy()
    gone = np.random.default_rng(0).random(rows.shape) < 0.3
    rows["flags"][gone] |= int(flag)
    bars = replace(bars, rows=rows)
    one, other = (
        run_backtest([Member(nosy, {}, "nosy")], bars, Rules(), engine=path) for path in ("compiled", "event")
    )
    np.testing.assert_array_equal(one.scores, other.scores)
    np.testing.assert_array_equal(one.fills, other.fills)


def test_a_run_tells_its_returns():
    run = trade("compiled", bars_of([100, 100, 110, 110]), [1], rules(sizing={"quantity": 1000.0}))
    assert run.returns.tolist() == pytest.approx([0.0, 0.0, 0.1, 0.0])
    assert run.equity[-1] == 110_000


def test_many_fills_find_room():
    votes = [1 if n % 2 else -1 for n in range(2200)]
    run = trade("compiled", bars_of([100] * 2200), votes, rules())
    assert len(run.fills) == 2199
