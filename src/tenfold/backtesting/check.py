"""Examine a fold: whether it looks ahead, how long it needs to warm up, how fast it runs.

How it works. The raw scores of the whole history are the truth to compare with. A fold that sees only what its
arguments show gives the same bytes when the history is cut short, when all later bars are replaced by two different
worlds, when flags that only hindsight can set are changed, when the same bars lie in another year, when it runs
twice, and when another symbol ran before.
"""

import inspect
from collections.abc import Callable, Mapping
from types import FunctionType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tenfold.backtesting.check_report import CheckReport, Finding
from tenfold.backtesting.counterfactual import doubted, flat, halved, noise, postponed, silent
from tenfold.domain.bars import Bars
from tenfold.domain.errors import StrategyError
from tenfold.domain.units import format_ns
from tenfold.kernels import probe
from tenfold.kernels.compiling import compile_for
from tenfold.kernels.fold import Fold
from tenfold.kernels.jit import viewed
from tenfold.kernels.trial import run_plain

SETTLED: Final = 1e-9
"""Scores of two histories that differ by no more than this count as equal."""

_CUTS_MIN, _CUTS_MAX = 8, 100
_CUT_ROWS: Final = 2_000_000
_STARTS: Final = (0.1, 0.25, 0.4)
_TIMED_BARS: Final = 200_000
_TIMED_CALLS: Final = 2_000
_NUMBERS_MAX: Final = 24


def check_fold(
    fold: Fold, bars: Bars, params: Mapping[str, Any] | None = None, *, timer_ns: Callable[[], int] | None = None
) -> CheckReport:
    """Examine a fold on bars.

    Parameters
    ----------
    fold : strategy of one symbol or of a panel
    bars : history of at least twenty bars; never written to
    params : parameters, defaults filled in
    timer_ns : clock to measure the speed with; without it the speed is not measured

    Raises
    ------
    StrategyError
        The fold cannot run at all; the text names file and line.
    """
    values = fold.accept(params)
    if len(bars) < 20:
        raise StrategyError(f"{fold.name} cannot be checked on {len(bars)} bars, expected at least 20")
    trial = _Trial(fold, values, bars)
    findings = [
        _writes(trial),
        _truncated(trial),
        _perturbed(trial),
        _hindsight(trial),
        _dated(trial),
        _remembered(trial),
        _repeated(trial),
        _alone(trial),
        _in_range(trial),
        _in_extremes(trial),
        _scale(trial),
    ]
    finite = trial.truth[np.isfinite(trial.truth)]
    total = max(1, finite.size)
    ns_per_bar, us_per_call = (None, None) if timer_ns is None else _speed(trial, timer_ns)
    return CheckReport(
        name=fold.name,
        values=values,
        symbols=len(bars.symbols),
        bars=len(bars),
        findings=tuple(findings),
        warm_up_bars=_warm_up(trial),
        settle_bars=_settle(trial),
        ns_per_bar=ns_per_bar,
        us_per_call=us_per_call,
        long_frac=float((finite >= 0.2).sum()) / total,
        short_frac=float((finite <= -0.2).sum()) / total,
        abstain_frac=float((abs(finite) < 0.2).sum()) / total,
    )


class _Trial:
    """Hold the history, the true scores, and how to run the fold over another history."""

    def __init__(self, fold: Fold, values: Mapping[str, Any], bars: Bars) -> None:
        self.fold, self.values, self.bars = fold, values, bars
        self.kernel = compile_for(fold, probe.probe_panel if fold.panel else probe.probe_symbols, len(bars.symbols))
        self.rows = _padded(bars.rows)
        self.usable = bars.usable
        self.state_bytes = b""
        self.truth = self.run(self.rows)

    def run(self, rows: NDArray[np.void]) -> NDArray[np.float64]:
        states, scores = self.fold.states(rows.shape[1]), np.full(rows.shape, np.nan)
        arrays = (states, np.ascontiguousarray(rows), self.fold.params(self.values))
        with np.errstate(all="ignore"):  # as compiled code does, where this runs as plain Python
            self.kernel(*map(viewed, arrays), scores)
        self.state_bytes = states.tobytes()
        return scores

    def where(self, moment: int, symbol: int) -> str:
        return f"{self.bars.symbols[symbol]} at {format_ns(int(self.bars.ts_ns[moment]), self.bars.period_ns)} (bar {moment})"

    def first_difference(self, scores: NDArray[np.float64], until: int) -> tuple[int, int] | None:
        """Return the first bar and symbol where scores differ from the truth, bit for bit, before `until`."""
        apart = scores[:until].view(np.int64) != self.truth[:until].view(np.int64)
        apart &= ~(np.isnan(scores[:until]) & np.isnan(self.truth[:until]))
        found = np.argwhere(apart)
        return None if not found.size else (int(found[0][0]), int(found[0][1]))


def _writes(trial: _Trial) -> Finding:
    """Compiled code can write into read-only memory, so the bytes are compared."""
    name = "leaves bars alone"
    rows, params = trial.bars.rows.copy(), trial.fold.params(trial.values)
    trial.kernel(*map(viewed, (trial.fold.states(rows.shape[1]), rows, params)), np.empty(rows.shape))
    for owner, now, before in (
        ("bar", rows, trial.bars.rows),
        ("params", params, trial.fold.params(trial.values)),
    ):
        for field in now.dtype.names or ():
            if now[field].tobytes() != before[field].tobytes():
                return Finding(name, f"it writes into {owner}.{field}, which belongs to everybody", True)
    return Finding(name, "it writes into its state only", False)


def _truncated(trial: _Trial) -> Finding:
    name = "truncate and compare"
    cuts = _cuts(trial)
    for cut in cuts:
        where = trial.first_difference(trial.run(_padded(trial.rows[:cut])), cut)
        if where is not None:
            return Finding(name, f"the score of {trial.where(*where)} needs bars after bar {cut - 1}", True)
    return Finding(name, f"the same scores, bit for bit, when the history ends at {len(cuts)} earlier bars", False)


def _perturbed(trial: _Trial) -> Finding:
    """Send later prices up threefold in one world and down to a third in another, so that a peek at a sign shows."""
    name = "perturb the future"
    cuts = _cuts(trial)
    for factor in (3.0, 1.0 / 3.0):
        world = noise(trial.rows, factor, seed=int(factor))
        for cut in cuts:
            rows = world.copy()
            rows[:cut] = trial.rows[:cut]
            where = trial.first_difference(trial.run(rows), cut)
            if where is not None:
                return Finding(name, f"the score of {trial.where(*where)} changes with bars after bar {cut - 1}", True)
    return Finding(name, f"no score changes when all later bars do, at {len(cuts)} moments", False)


def _hindsight(trial: _Trial) -> Finding:
    name = "hindsight in flags"
    where = trial.first_difference(trial.run(doubted(trial.rows, seed=3)), len(trial.rows))
    if where is not None:
        return Finding(name, f"the score of {trial.where(*where)} reads bar.flags that only later bars can set", True)
    return Finding(name, "it reads no flag that only later bars can set", False)


def _dated(trial: _Trial) -> Finding:
    """Move the history by 28 years, after which the calendar repeats: only a fold that knows dates by heart notices."""
    name = "dates by heart"
    where = trial.first_difference(trial.run(postponed(trial.rows)), len(trial.rows))
    if where is not None:
        text = f"the score of {trial.where(*where)} changes when the same bars lie 28 years later: it knows dates"
        return Finding(name, text + " (bar.year, bar.session, bar.ts_ns), and so may know what happened then", True)
    return Finding(name, "the same scores when the same bars lie 28 years later", False)


def _remembered(trial: _Trial) -> Finding:
    """Count the numbers that the source carries: no test tells prices of the past from other constants."""
    name = "numbers by heart"
    count = max(_numbers(function) for function in trial.fold.functions)
    if count > _NUMBERS_MAX:
        text = f"note: its source carries {count} numbers; if they come from prices, no result of it counts"
        return Finding(name, text, False)
    return Finding(name, "its source carries few numbers", False)


def _numbers(function: FunctionType) -> int:
    """Return how many numbers a function carries in its code and its constants."""
    values = inspect.getclosurevars(function)
    constants = (*function.__code__.co_consts, *values.globals.values(), *values.nonlocals.values())
    tables = [item for item in constants if isinstance(item, tuple)]
    return sum(isinstance(item, (int, float)) for item in constants) + sum(map(len, tables))


def _repeated(trial: _Trial) -> Finding:
    first = trial.run(trial.rows)
    state = trial.state_bytes
    again = trial.run(trial.rows)
    same = first.tobytes() == again.tobytes() == trial.truth.tobytes() and state == trial.state_bytes
    text = "the same bytes when run again" if same else "running it again gives other scores: it keeps hidden state"
    return Finding("run twice", text, not same)


def _alone(trial: _Trial) -> Finding:
    name = "symbols apart"
    if trial.fold.panel:
        return Finding(name, "a panel sees all symbols on purpose", False)
    for symbol in range(min(3, trial.rows.shape[1])):
        own = trial.rows[:, symbol]
        among = np.stack([noise(own, 2.0, seed=symbol), own, noise(own, 0.5, seed=symbol)], axis=1)
        where = np.flatnonzero(_apart(trial.run(among)[:, 1], trial.truth[:, symbol]))
        if where.size:
            return Finding(name, f"the score of {trial.where(int(where[0]), symbol)} depends on other symbols", True)
    return Finding(name, "the score of a symbol is the same whatever ran before it", False)


def _in_range(trial: _Trial) -> Finding:
    name = "scores in range"
    if not np.isfinite(trial.truth).any():
        longest = len(trial.bars)
        return Finding(name, f"no score at all on {longest} bars; give it more history or shorter lengths", True)
    for symbol in range(trial.rows.shape[1]):
        bad = _first_bad(trial.truth[:, symbol], trial.usable[:, symbol])
        if bad is not None:
            text = f"score {trial.truth[bad, symbol]:g} of {trial.where(bad, symbol)}, expected -1 to 1"
            return Finding(name, text + _blame(trial, trial.rows[: bad + 1]), True)
    return Finding(name, "always a number in [-1, 1] once warm", False)


def _in_extremes(trial: _Trial) -> Finding:
    """Run through a market that stands still, which finds divisions by zero, and one without volume."""
    name = "flat and silent markets"
    for world, text in ((flat(trial.rows), "prices do not move"), (silent(trial.rows), "volume is not known")):
        scores, still = trial.run(world), text == "prices do not move"
        for symbol in range(trial.rows.shape[1]):
            column, usable = scores[:, symbol], trial.usable[:, symbol]
            bad = np.flatnonzero(usable & (np.isinf(column) | (abs(column) > 1.0)))
            if still:  # where the true history has a score, so must a history that stands still
                known = np.isfinite(trial.truth[:, symbol])
                bad = np.union1d(bad, np.flatnonzero(usable & np.isnan(column) & known))
            if bad.size:
                first = int(bad[0])
                blame = _blame(trial, world[: first + 1])
                return Finding(name, f"where {text} the score is {column[first]:g}, expected 0 (abstain){blame}", True)
    return Finding(name, "a number, or no score, where prices do not move and where volume is not known", False)


def _scale(trial: _Trial) -> Finding:
    """Halve all prices: adjusted prices of the past change with every later split, ratios of prices do not."""
    name = "level of prices"
    scores = trial.run(halved(trial.rows))
    both = np.isfinite(scores) & np.isfinite(trial.truth)
    moved = float((abs(scores - trial.truth)[both] > 1e-6).mean()) if both.any() else 0.0
    if moved > 0.01:
        return Finding(
            name,
            f"note: {moved:.0%} of the scores change when all prices halve; on adjusted prices such a score knows of "
            "later splits, so use returns or ratios",
            False,
        )
    return Finding(name, "the same scores when all prices halve", False)


def _warm_up(trial: _Trial) -> int | None:
    """Return the usable bars before the first finite score, the slowest symbol."""
    longest: int | None = None
    for symbol in range(trial.rows.shape[1]):
        finite = np.flatnonzero(np.isfinite(trial.truth[:, symbol]))
        if finite.size:
            bars = int(trial.usable[: finite[0], symbol].sum())
            longest = bars if longest is None else max(longest, bars)
    return longest


def _settle(trial: _Trial) -> int | None:
    """Return how many usable bars a history that begins later needs to give the same scores, to 1e-9."""
    longest, total = 0, len(trial.rows)
    for share in _STARTS:
        start = int(total * share)
        late = trial.run(trial.rows[start:])
        for symbol in range(trial.rows.shape[1]):
            apart = _apart(late[:, symbol], trial.truth[start:, symbol], SETTLED)
            last = np.flatnonzero(apart)
            if not last.size:
                continue
            if last[-1] >= (total - start) * 0.95:
                return None
            longest = max(longest, int(trial.usable[start : start + last[-1] + 1, symbol].sum()))
    return longest


def _speed(trial: _Trial, timer_ns: Callable[[], int]) -> tuple[float, float]:
    """Return ns a bar in the compiled loop and µs a call from Python, the best of five."""
    shape = trial.rows.shape
    repeats = max(1, _TIMED_BARS // trial.rows.size)
    states, rows, params = map(viewed, (trial.fold.states(shape[1]), trial.rows, trial.fold.params(trial.values)))
    scores, single = np.empty(shape), (rows[:1], np.empty((1, shape[1])))
    loops, calls = [], []
    for _ in range(5):
        start = timer_ns()
        for _ in range(repeats):
            trial.kernel(states, rows, params, scores)
        loops.append((timer_ns() - start) / (repeats * trial.rows.size))
        start = timer_ns()
        for _ in range(_TIMED_CALLS // 5):
            trial.kernel(states, single[0], params, single[1])
        calls.append((timer_ns() - start) / (_TIMED_CALLS // 5) / 1_000.0)
    return min(loops), min(calls)


def _padded(rows: NDArray[np.void]) -> NDArray[np.void]:
    """Return a copy with two empty rows behind it: compiled code that reads past the end finds nothing there."""
    memory = np.zeros((len(rows) + 2, *rows.shape[1:]), rows.dtype)
    memory[: len(rows)] = rows
    return memory[: len(rows)]


def _cuts(trial: _Trial) -> list[int]:
    """Return lengths of history to cut at: spread over all of it, and the last bars; fewer where it is long."""
    total = len(trial.rows)
    count = min(_CUTS_MAX, max(_CUTS_MIN, _CUT_ROWS // trial.rows.size))
    return sorted({*np.linspace(total // 10, total - 1, count).astype(int).tolist(), total - 3, total - 2, total - 1})


def _apart(one: NDArray[np.float64], two: NDArray[np.float64], tolerance: float = 0.0) -> NDArray[np.bool_]:
    """Tell where scores differ by more than a tolerance, or only one of them is a number."""
    same = (one == two) | (np.isnan(one) & np.isnan(two))
    with np.errstate(invalid="ignore"):
        return ~(same | (abs(one - two) <= tolerance))  # type: ignore[no-any-return]


def _first_bad(scores: NDArray[np.float64], usable: NDArray[np.bool_]) -> int | None:
    """Return the first usable bar whose score is out of range, or no number after the first number."""
    warm = np.maximum.accumulate(np.isfinite(scores))
    bad = np.flatnonzero(usable & (np.isinf(scores) | (abs(scores) > 1.0) | (np.isnan(scores) & warm)))
    return int(bad[0]) if bad.size else None


def _blame(trial: _Trial, rows: NDArray[np.void]) -> str:
    """Return the line of the source that divides by zero or leaves the numbers, where plain Python finds it."""
    try:
        with np.errstate(divide="raise", invalid="raise", over="ignore", under="ignore"):
            run_plain(trial.fold, rows, trial.values)
    except StrategyError as error:
        return f" ({error})"
    return ""
