"""A day is decided on some minutes before its close, on what was known then, and trades in that close."""

import numpy as np
import pytest

from scenes import rules
from tenfold.app.facade import backtest
from tenfold.app.live.facade import paper
from tenfold.app.live.venue_hours import check_lead
from tenfold.app.replay import replay
from tenfold.backtesting.backtest import Given, Opinion, Own, run_backtest
from tenfold.backtesting.compiles import compiles
from tenfold.backtesting.scoring import Member
from tenfold.backtesting.sweep import run_sweep
from tenfold.domain.bars import BAR, Bars
from tenfold.domain.errors import DataError, SettingsError
from tenfold.domain.instrument import Instrument
from tenfold.domain.market import Flag
from tenfold.domain.units import NS_PER_DAY, NS_PER_MINUTE
from tenfold.market.before_close import decided_on
from tenfold.registry import STRATEGIES

OPEN_MINUTE, LENGTH = 870, 390
EARLY = {"entry": {"order": "moc", "decide_before_close_s": 600}}


def minutes(days=6, symbols=1, seed=0, outside=True):
    """Return bars of minutes of some sessions, with a bar before the open and one after the close."""
    rng = np.random.default_rng(seed)
    span = LENGTH + 2 if outside else LENGTH
    first = -1 if outside else 0
    rows = np.zeros((days * span, symbols), BAR)
    day, minute = np.divmod(np.arange(days * span), span)
    minute = minute + first
    open_ns = (day + 20_000) * NS_PER_DAY + (OPEN_MINUTE + minute) * NS_PER_MINUTE
    price = 100.0 + np.cumsum(rng.normal(0.0, 0.05, rows.shape), axis=0).round(2)
    for name in ("open", "high", "low", "close"):
        rows[name] = price
    rows["high"] += 0.02
    rows["low"] -= 0.02
    rows["volume"] = rng.integers(1, 500, rows.shape)
    for name in ("bid", "ask", "bid_open", "ask_open"):
        rows[name] = np.nan
    rows["open_ns"], rows["ts_ns"] = open_ns[:, None], (open_ns + NS_PER_MINUTE)[:, None]
    rows["session"] = (day + 20_000)[:, None]
    rows["elapsed_s"] = (60 * (minute + 1))[:, None]
    rows["remaining_s"] = np.maximum(60 * (LENGTH - minute - 1), 0)[:, None]
    return Bars(
        rows=rows, instruments=tuple(Instrument(symbol=name) for name in "AB"[:symbols]), period_ns=NS_PER_MINUTE
    )


def test_each_session_becomes_the_day_so_far_and_the_rest():
    bars = minutes(symbols=2)
    cut = decided_on(bars, rules(**EARLY))
    assert cut.rows.shape == (12, 2)
    day = bars.rows[1 : LENGTH + 1]
    for part, row in ((day[: LENGTH - 10], cut.rows[0]), (day[LENGTH - 10 :], cut.rows[1])):
        for column in range(2):
            found, held = row[column], part[:, column]
            assert (found["open"], found["close"]) == (held["open"][0], held["close"][-1])
            assert (found["high"], found["low"]) == (held["high"].max(), held["low"].min())
            assert (found["volume"], found["ts_ns"]) == (held["volume"].sum(), held["ts_ns"][-1])
    assert cut.rows["remaining_s"][:, 0].tolist() == [600, 0] * 6
    assert cut.rows["elapsed_s"][:2, 0].tolist() == [60 * (LENGTH - 10), 60 * LENGTH]
    assert cut.rows["session_bar"][:, 0].tolist() == [0, 1] * 6
    assert decided_on(cut, rules(**EARLY)) is cut
    assert decided_on(bars, rules()) is bars


def test_what_is_missing_stays_missing_and_never_becomes_a_zero():
    bars = minutes(3, 2)
    rows = bars.rows.copy()
    rows["flags"][: LENGTH + 2, 1] = int(Flag.MISSING)
    rows["flags"][LENGTH + 2 + LENGTH - 20 : 2 * (LENGTH + 2), 0] = int(Flag.MISSING)
    cut = decided_on(Bars(rows=rows, instruments=bars.instruments, period_ns=bars.period_ns), rules(**EARLY))
    assert cut.usable.tolist() == [
        [True, False],
        [True, False],
        [True, True],
        [False, True],
        [True, True],
        [True, True],
    ]
    assert np.isnan(cut.rows["close"][0, 1])


def test_a_strategy_sees_the_day_so_far_alone_and_trades_in_its_close():
    bars = minutes()
    seen = []

    class Watcher:
        def on_bar(self, window):
            seen.append((int(window["ts_ns"][-1]), float(window["close"][-1])))
            return 1.0 if len(seen) % 2 else -1.0

    run = run_backtest([Opinion(Watcher(), "watcher")], bars, rules(**EARLY))
    cut = decided_on(bars, rules(**EARLY))
    assert seen == list(zip(cut.ts_ns[::2].tolist(), cut.rows["close"][::2, 0].tolist(), strict=True))
    assert run.engine == "event"
    assert len(run.fills) == 6
    assert run.fills["ts_ns"].tolist() == cut.ts_ns[1::2].tolist()
    assert run.fills["price"] == pytest.approx(cut.rows["close"][1::2, 0], abs=0.005)
    assert [bool(lots) for lots in run.lots[:, 0]] == [False] + [True] * 11


def test_folds_scores_universes_and_breakers_go_along():
    bars = minutes(60, 2)
    fold = STRATEGIES.load("crossing")
    chosen = rules(**EARLY, limits={"drawdown_frac_max": 0.001})
    run = run_backtest([Member(fold, {"fast": 5, "slow": 20}, "f")], bars, chosen)
    again = run_backtest([Given(run.scores[:, :, 0], "f")], bars, chosen)
    assert len(run.fills)
    assert (run.equity_units == again.equity_units).all()
    assert len(run.trips)
    assert len(run.notes["without_breakers"]) == len(run.equity_units)
    none = run_backtest([Given(run.scores[:, :, 0], "f")], bars, chosen, members=np.zeros((120, 2), bool))
    assert not len(none.fills)


def test_the_daily_decision_of_a_fold_equals_that_of_daily_bars_cut_off_there():
    bars = minutes(60)
    fold = STRATEGIES.load("crossing")
    run = run_backtest([Member(fold, {"fast": 5, "slow": 20}, "f")], bars, rules(**EARLY))
    cut = decided_on(bars, rules(**EARLY))
    days = Bars(rows=cut.rows[::2].copy(), instruments=bars.instruments, period_ns=NS_PER_DAY)
    alone = run_backtest([Member(fold, {"fast": 5, "slow": 20}, "f")], days, rules(), engine="event")
    np.testing.assert_array_equal(run.scores[::2], alone.scores)
    np.testing.assert_array_equal(run.scores[1::2], alone.scores)


def test_a_journal_repeats_it(tmp_path):
    result = backtest(
        "crossing", minutes(60), params={"fast": 5, "slow": 20}, rules=rules(**EARLY), journal=tmp_path / "j.db"
    )
    assert len(result.run.fills)
    assert replay(tmp_path / "j.db").difference == ""


def test_what_cannot_be_is_refused_in_one_line():
    with pytest.raises(SettingsError, match='set order to "moc"'):
        rules(entry={"decide_before_close_s": 600})
    with pytest.raises(DataError, match="load bars of minutes"):
        decided_on(Bars(rows=minutes().rows, instruments=minutes().instruments, period_ns=NS_PER_DAY), rules(**EARLY))
    short = minutes(2).slice(1, 5)
    with pytest.raises(DataError, match="lower decide_before_close_s"):
        decided_on(short, rules(entry={"order": "moc", "decide_before_close_s": 21_600 + 1800}))
    fold = STRATEGIES.load("crossing")
    assert not compiles([fold], rules(**EARLY))
    with pytest.raises(SettingsError, match="before its close"):
        run_sweep(fold, [fold.defaults], minutes(), rules(**EARLY))
    with pytest.raises(SettingsError, match="use engine=auto"):
        run_backtest([Member(fold, fold.defaults, "f")], minutes(), rules(**EARLY), engine="compiled")

    for seconds in (600, 690):
        with pytest.raises(
            SettingsError, match=f"decide_before_close_s is {seconds}, expected 660 or more in steps of 60"
        ):
            check_lead(rules(entry={"order": "moc", "decide_before_close_s": seconds}))
    check_lead(rules(entry={"order": "moc", "decide_before_close_s": 660}))
    with pytest.raises(SettingsError, match="expected 660 or more"):
        paper("crossing", minutes(), rules=rules(**EARLY), journal="unused.db")

    class Worker:
        def on_event(self, event, view):
            return []

    with pytest.raises(SettingsError, match="leave out decide_before_close_s"):
        run_backtest(Own(Worker(), "worker"), minutes(), rules(**EARLY))
