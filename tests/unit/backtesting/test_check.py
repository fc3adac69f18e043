"""`check_fold` passes every shipped strategy and catches every planted fault."""

import importlib
import itertools
import math

import numpy as np
import pytest

from tenfold.backtesting import check
from tenfold.backtesting.check import check_fold
from tenfold.domain.bars import bars_from_arrays
from tenfold.domain.errors import ParameterError, StrategyError
from tenfold.domain.units import NS_PER_DAY
from tenfold.indicators import (
    Ema,
    Integer,
    Mean,
    Real,
    State,
    Variance,
    clip,
    deviation,
    ema,
    fold,
    mean,
    panel_fold,
    sign,
)
from tenfold.kernels.fold import Fold

MODULES = (
    "breakout", "calendar", "cross_section", "levels", "mean_reversion", "momentum", "pairs", "patterns", "stops",
    "time_frames", "trend", "volatility", "volume",
)  # fmt: skip
SHIPPED = {
    value.name: value
    for name in MODULES
    for value in vars(importlib.import_module(f"tenfold.strategy.{name}")).values()
    if isinstance(value, Fold)
}


def market(count=420, symbols=3, level=300.0, missing=False):
    random = np.random.default_rng(4)
    close = level * np.exp(np.cumsum(random.normal(0.0, 0.01, (count, symbols)), axis=0))
    open_ = close * np.exp(random.normal(0.0, 0.004, close.shape))
    high, low = np.maximum(open_, close) * 1.003, np.minimum(open_, close) * 0.997
    if missing:
        close[50:60, 0] = np.nan
    ts_ns = (11_000 + np.arange(count)) * NS_PER_DAY
    names = [chr(65 + i) for i in range(symbols)]
    volume = random.uniform(1e4, 1e5, close.shape)
    return bars_from_arrays(names, ts_ns, open_, high, low, close, volume, period_ns=NS_PER_DAY)


def failures(report):
    return {finding.test: finding.text for finding in report.findings if finding.failed}


def notes(report):
    return {finding.test for finding in report.findings if finding.text.startswith("note")}


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_strategy_passes(name):
    report = check_fold(SHIPPED[name], market(missing=True))
    assert failures(report) == {}
    assert notes(report) == set()
    assert report.warm_up_bars is not None
    assert report.passed


def test_the_report_reads_well():
    ticks = itertools.count(0, 1_000_000)
    report = check_fold(SHIPPED["crossing"], market(), {"fast": 10, "slow": 50}, timer_ns=lambda: next(ticks))
    text = report.lines()
    assert text[0] == "crossing (fast=10, slow=50) on 420 bars of 3 symbols"
    assert "  warm-up  first score after 49 bars; independent of where the history begins: after 49 bars" in text
    assert any(line.startswith("  speed    ") and "ns a bar" in line for line in text)
    assert text[-1] == "  passed"
    assert report.long_frac + report.short_frac + report.abstain_frac == pytest.approx(1.0)


@panel_fold(level=Real(200.0, 500.0, default=250.0), state=State(last=float))
def next_moment(states, bars, params, scores):
    """Read past the end of the bars of this moment, where the next moment lies in memory."""
    for i in range(len(bars)):
        scores[i] = 0.0
        if bars[i].close > params.level:
            scores[i] = sign(bars[i + len(bars)].close - bars[i].close)


@panel_fold(state=State(last=float))
def next_moment_plainly(states, bars, params, scores):
    """Do so at every bar."""
    for i in range(len(bars)):
        scores[i] = sign(bars[i + len(bars)].close - bars[i].close)


@fold(state=State(last=float))
def outlier(state, bar, params):
    """Buy what later bars will take back."""
    if bar.flags & 128:
        return 1.0
    return 0.0


@fold(state=State(last=float))
def crash_of_2000(state, bar, params):
    """Know the year."""
    if bar.year == 2000:
        return -1.0
    return 1.0


@fold(state=State(last=float))
def round_number(state, bar, params):
    """Know the level of prices."""
    if bar.close > 300.0:
        return 1.0
    return -1.0


DIRECTIONS = (1, -1, 1, 1, -1, 1, -1, -1, 1, 1, 1, -1, 1, -1, 1, 1, -1, 1, -1, -1, 1, 1, 1, -1, 1, 1)


@fold(state=State(count=int))
def by_heart(state, bar, params):
    """Know the next directions."""
    state.count = 0 if state.count + 1 == 26 else state.count + 1
    return 1.0 * DIRECTIONS[state.count]


@fold(state=State(last=float))
def too_large(state, bar, params):
    """Leave the range."""
    step = 100.0 * (bar.close - state.last) / bar.close
    state.last = bar.close
    return step


@fold(state=State(last=float))
def divides(state, bar, params):
    """Divide by what may be zero."""
    return (bar.close - bar.open) / (2.0 * (bar.high - bar.low))


@fold(n=Integer(5, 30, default=10), state=State(spread=Variance))
def lapses(state, bar, params):
    """Give no number after it was warm."""
    spread = deviation(state.spread, bar.close, params.n)
    if bar.weekday == 2 and bar.day > 20:
        return math.nan
    return spread * 0.0


@fold(n=Integer(5, 2000, default=1500), state=State(it=Mean))
def never_warm(state, bar, params):
    """Need more history than there is."""
    return sign(mean(state.it, bar.close, params.n))


@fold(state=State(total=float, first=float))
def since_the_start(state, bar, params):
    """Depend for ever on the first bar."""
    if state.first == 0.0:
        state.first = bar.close
    return max(-1.0, min(1.0, bar.close / state.first - 1.0))


@fold(state=State(smooth=Ema))
def smooth_trend(state, bar, params):
    """Follow a recursive mean."""
    level = ema(state.smooth, bar.close, 20)
    return clip(10.0 * (bar.close - level) / bar.close)


PLANTED = {
    "truncate and compare": (next_moment, "needs bars after bar"),
    "perturb the future": (next_moment, "changes with bars after bar"),
    "hindsight in flags": (outlier, "reads bar.flags that only later bars can set"),
    "dates by heart": (crash_of_2000, "changes when the same bars lie 28 years later"),
    "scores in range": (too_large, "score 100 of A"),
    "flat and silent markets": (divides, "where prices do not move the score is nan, expected 0 (abstain)"),
}


@pytest.mark.parametrize("test", PLANTED)
def test_planted_faults_are_caught(test):
    planted, text = PLANTED[test]
    found = failures(check_fold(planted, market()))
    assert test in found, found
    assert text in found[test]


def test_reading_past_the_moment_is_refused_before_compiling():
    with pytest.raises(StrategyError, match=r"next_moment_plainly reads or writes past the end of bars"):
        check_fold(next_moment_plainly, market())


def test_the_line_that_divides_by_zero_is_named():
    text = failures(check_fold(divides, market()))["flat and silent markets"]
    line = divides.function.__code__.co_firstlineno + 3
    assert f"test_check.py:{line}: divides divides by zero; test the divisor first" in text


def test_no_number_after_the_first_is_a_fault():
    assert "score nan of A" in failures(check_fold(lapses, market()))["scores in range"]


def test_no_score_at_all_is_a_fault():
    report = check_fold(never_warm, market())
    assert failures(report) == {
        "scores in range": "no score at all on 420 bars; give it more history or shorter lengths"
    }
    assert report.warm_up_bars is None
    assert "  warm-up  no score on these bars" in report.lines()[-3]
    assert report.lines()[-1] == "  failed: 1 of the tests"


def test_levels_and_tables_are_noted():
    assert notes(check_fold(round_number, market())) == {"level of prices"}
    assert notes(check_fold(by_heart, market())) == {"numbers by heart"}


def test_the_warm_up_of_a_recursive_filter_is_measured():
    report = check_fold(smooth_trend, market(1_000))
    assert report.warm_up_bars == 19
    assert 150 < report.settle_bars < 350
    assert check_fold(since_the_start, market()).settle_bars is None


class Hidden(check._Trial):
    """Run a plain function that is no fold instead of the compiled kernel."""

    def __init__(self, kernel):
        bars = market(60)
        self.fold, self.values, self.bars, self.kernel = outlier, {}, bars, kernel
        self.rows, self.usable, self.state_bytes = bars.rows.copy(), bars.usable, b""
        self.truth = self.run(self.rows)


def test_hidden_state_is_caught():
    calls = itertools.count()

    def counts(states, rows, params, scores):
        scores[:] = next(calls)

    assert check._repeated(Hidden(counts)).failed

    def leaks(states, rows, params, scores):
        scores[:] = np.cumsum(rows["close"][0])[None, :]

    assert check._alone(Hidden(leaks)).failed


def test_writing_into_bars_and_params_is_caught():
    def spoils(states, rows, params, scores):
        rows["close"] = 1.0
        scores[:] = 0.0

    assert "bar.close" in check._writes(Hidden(spoils)).text

    def tunes(states, rows, params, scores):
        params[params.dtype.names[0]] = 1
        scores[:] = 0.0

    assert "params." in check._writes(Hidden(tunes)).text


def test_what_cannot_be_checked_says_so():
    with pytest.raises(StrategyError, match="cannot be checked on 10 bars, expected at least 20"):
        check_fold(outlier, market(10))
    with pytest.raises(ParameterError, match="has no parameter fats"):
        check_fold(SHIPPED["crossing"], market(), {"fats": 3})
