"""Run a study: search, choose, judge; hand back an ensemble with its evidence, or say that nothing survived.

How it works. The walk forward says what the procedure earns on what it has not seen. The final ensemble is what the same
procedure chooses on all data, with as many members as all data and all tests speak for. Then come the odds, given every trial
that was ever made on these instruments and this period, and the gates.
"""

import math
from collections.abc import MutableMapping, Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from tenfold.backtesting.backtest import check_fit
from tenfold.backtesting.combinatorial import best_paths, combinatorial
from tenfold.backtesting.compiles import obstacles
from tenfold.backtesting.splits import walk_forward
from tenfold.backtesting.streams import StreamJob
from tenfold.backtesting.trials import fold_chunk, trial_data
from tenfold.domain.bars import Bars
from tenfold.domain.errors import DataError, SettingsError
from tenfold.domain.rules import Costs, Rules
from tenfold.kernels.fold import Fold
from tenfold.metrics.clusters import effective_trials, representatives
from tenfold.metrics.haircut import haircut_sharpe
from tenfold.metrics.overfitting import overfitting_band, overfitting_probability
from tenfold.metrics.significance import minimum_backtest_length
from tenfold.ports import Clock, Executor, TrialLog
from tenfold.research import odds as luck
from tenfold.research.dossier import Dossier
from tenfold.research.gates import Gates
from tenfold.research.outcome import FinalChoice, outcome
from tenfold.research.regimes import regimes_of
from tenfold.research.result import Odds, StudyResult
from tenfold.research.resuming import resuming
from tenfold.research.robustness import dossier
from tenfold.research.search import Pool, Progress, search
from tenfold.research.selection import Streams, members_of
from tenfold.research.settings import StudySettings
from tenfold.research.space import params_at
from tenfold.research.superiority import superiority
from tenfold.research.testbed import Testbed
from tenfold.research.walk import Walk, annual_sharpe, beside, best_size, candidates, padded, walk

Returns = NDArray[np.float64]

JUDGED_MAX: Final = 200
"""Cluster representatives, in the order in which they were tried, whose returns PBO and superiority are taken over."""

_RECORDED: Final = 512
_SCENARIOS: Final = 1000
_GROUPS: Final = 10
_TESTED: Final = 2


def usable_families(families: Sequence[Fold], bars: Bars, rules: Rules) -> tuple[tuple[Fold, ...], dict[str, str]]:
    """Return the families that these bars and rules allow, and why the others are left out, by name."""
    kept, left = [], {}
    for fold in families:
        absent = [name for name in fold.columns if name not in bars.columns]
        reasons = obstacles([fold], rules, bars)
        if fold.panel and len(bars.symbols) < 2:
            left[fold.name] = "compares symbols, and there is one"
        elif absent:
            left[fold.name] = f"reads the column {absent[0]}, which these bars do not have"
        elif reasons:
            left[fold.name] = reasons[0]
        else:
            kept.append(fold)
    return tuple(kept), left


def testbed_of(
    bars: Bars, rules: Rules, families: Sequence[Fold], settings: StudySettings
) -> tuple[Testbed, dict[str, str]]:
    """Return the testbed of a study, and why families are left out; refuses what nothing can be searched on."""
    check_fit(bars, rules)
    kept, left = usable_families(families, bars, rules)
    if not kept:
        why = next(iter(left.values()), "none was given")
        raise SettingsError(f"no family of strategies can be searched: {why}")
    if not bars.usable.any():
        raise DataError("no bar of these data can be used")
    windows = walk_forward(
        len(bars),
        tests=settings.windows,
        train_frac=settings.train_frac,
        purge=settings.purge,
        rolling=settings.rolling,
    )
    return Testbed(bars, rules, kept, regimes_of(settings.regimes, bars), windows), left


def run_study(
    bars: Bars,
    rules: Rules,
    families: Sequence[Fold],
    *,
    gates: Gates,
    settings: StudySettings,
    executor: Executor,
    log: TrialLog,
    clock: Clock,
    kept: MutableMapping[str, bytes] | None = None,
    progress: Progress | None = None,
) -> StudyResult:
    """Search families on a market and return what survives, with the evidence.

    Every evaluation is recorded in `log`; the odds count all that it holds for these instruments and this period.
    What is in `kept` is not evaluated again, what is not is put there: a study that was cut off goes on. `progress` is called
    with evaluations done and in all.

    Raises
    ------
    SettingsError, DataError
        The data are too short, or no family can be searched on them.
    TrialLogError
        The log was damaged: nothing is certified.
    """
    testbed, left_out = testbed_of(bars, rules, families, settings)
    log.verify()
    pool = search(testbed, settings.budget, executor if kept is None else resuming(executor, kept, testbed), progress)
    record(testbed, pool, log, clock)
    head = log.verify()
    streams = Streams(testbed, pool)
    walked = walk(testbed, pool, streams, gates, settings.upkeep)
    picks, votes = candidates(testbed, pool, streams, testbed.window_count - 1, gates, settings.upkeep)
    first = testbed.windows[0].test[0]
    whole = np.stack([beside(returns, testbed.benchmark, slice(None)) for returns in padded(votes)])
    size = min(best_size(whole, walked.excess_by_size[:, first:]) + 1, len(votes))
    weights = votes.weights[size - 1] if size else ()
    entries = votes.entries[size - 1] if size else np.zeros(0, np.int64)
    final = FinalChoice(picks, votes.returns, votes.shares, size, weights, entries)
    odds = _odds(testbed, pool, streams, walked, final, gates, settings, log)
    evidence = _dossier(testbed, pool, final, gates, settings)
    notes = {"left out": left_out, "trial log": head.digest, "trial log records": head.records}
    return outcome(testbed, pool, walked, final, odds, evidence, gates, settings, notes)


def record(testbed: Testbed, pool: Pool, log: TrialLog, clock: Clock) -> None:
    """Record every evaluation of a search."""
    data, now = trial_data(testbed.bars), clock.now_ns()
    for family, fold in enumerate(testbed.families):
        mine = np.flatnonzero(pool.family == family)
        for start in range(0, len(mine), _RECORDED):
            part = mine[start : start + _RECORDED]
            params = params_at(fold, pool.points[part][:, : len(fold.parameters)])
            log.record(
                fold_chunk(
                    fold, params, data, testbed.rules, pool.found.whole[part], pool.found.sketch[part], who="search", at_ns=now
                ),
                data,
            )  # fmt: skip


def _dossier(testbed: Testbed, pool: Pool, final: FinalChoice, gates: Gates, settings: StudySettings) -> Dossier | None:
    """Return how robust the members are, where it is asked for and there are any."""
    if final.size == 0 or not (settings.scenarios or gates.robustness_min is not None):
        return None
    members = members_of(testbed, pool, final.picks[: final.size])
    scenarios = settings.scenarios or _SCENARIOS
    return dossier(members, testbed.bars, testbed.rules, seed=settings.budget.seed, scenarios=scenarios)


def _odds(
    testbed: Testbed,
    pool: Pool,
    streams: Streams,
    walked: Walk,
    final: FinalChoice,
    gates: Gates,
    settings: StudySettings,
    log: TrialLog,
) -> Odds:
    """Return how much of the result may be luck."""
    data = trial_data(testbed.bars)
    sample = log.sample(data)
    effective = max(effective_trials(sample).number, 1.0)
    leaders = representatives(pool.found.sketch)
    periods, length = testbed.bars.periods_per_year, len(testbed.bars)
    variance = luck.trial_variance(gross_sharpes(testbed, pool, leaders), length)
    whole = beside(final.whole, testbed.benchmark, slice(None))
    out = walked.excess[testbed.windows[0].test[0] :]
    moments = luck.moments_of(whole)
    annual = moments.sharpe * math.sqrt(periods)
    judged = leaders[: min(JUDGED_MAX, streams.most)]  # nothing that was chosen: its luck would count as skill
    columns = np.ascontiguousarray(streams.of(judged).T) if len(judged) > 1 else None
    pbo, low, high = _overfitting(columns, settings)
    p_value, superior = _superior(testbed, pool, streams, judged, settings)
    return Odds(
        trials=sample.count,
        here=len(pool),
        effective=round(effective),
        luck_sharpe=luck.luck_sharpe(effective, variance) * math.sqrt(periods),
        dsr=luck.deflated(whole, effective, variance),
        psr=luck.probability_above(out),
        track_record_min=luck.track_record_min(out, gates.oos_psr_min or 0.95) / periods,
        backtest_length_min=minimum_backtest_length(effective, annual) if annual > 0.0 else math.inf,
        pbo=pbo,
        pbo_low=low,
        pbo_high=high,
        superiority_p=p_value,
        superior=superior,
        haircut_sharpe=haircut_sharpe(moments.sharpe, length, pool.found.whole[leaders] / math.sqrt(periods)).holm
        * math.sqrt(periods),
        path_sharpes=_paths(columns, settings, periods),
    )


def gross_sharpes(testbed: Testbed, pool: Pool, trials: NDArray[np.int64]) -> Returns:
    """Return the Sharpe ratios per period of trials as if trading were free, (N,)."""
    free = StreamJob(testbed.bars, msgspec.structs.replace(testbed.rules, costs=Costs()))
    found = np.zeros(len(trials))
    for family in np.unique(pool.family[trials]).tolist():
        mine = np.flatnonzero(pool.family[trials] == family)
        fold = testbed.families[family]
        params = params_at(fold, pool.points[trials[mine]][:, : len(fold.parameters)])
        for start in range(0, len(mine), testbed.chunk):
            part = slice(start, start + testbed.chunk)
            returns = free.streams(fold, params[part])[0]
            found[mine[part]] = [annual_sharpe(row, 1.0) for row in returns]
    return found


def _overfitting(columns: Returns | None, settings: StudySettings) -> tuple[float, float, float]:
    """Return PBO and its band over net returns (T, N)."""
    if columns is None:
        return math.nan, math.nan, math.nan
    low, high = overfitting_band(columns, seed=settings.budget.seed) if settings.resamples else (math.nan, math.nan)
    return overfitting_probability(columns).pbo, low, high


def _paths(columns: Returns | None, settings: StudySettings, periods: float) -> tuple[float, ...]:
    """Return the annual Sharpe ratio of each path of combinatorial cross-validation; none where the data are too short."""
    if columns is None or len(columns) < _GROUPS * (settings.purge + 2) * 2:
        return ()
    plan = combinatorial(len(columns), _GROUPS, _TESTED, embargo=settings.purge)
    return tuple(annual_sharpe(path, periods) for path in best_paths(columns, plan))


def _superior(
    testbed: Testbed, pool: Pool, streams: Streams, judged: NDArray[np.int64], settings: StudySettings
) -> tuple[float, tuple[str, ...]]:
    """Return Hansen's p-value of the representatives against buy and hold, and the families that StepM finds better."""
    if settings.resamples == 0 or len(judged) == 0:
        return math.nan, ()
    excess = np.stack([beside(row, testbed.benchmark, slice(None)) for row in streams.of(judged)])
    found = superiority(excess, resamples=settings.resamples, seed=settings.budget.seed, studentized=True)
    names = {testbed.families[int(pool.family[judged[one]])].name for one in found.superior}
    return found.consistent, tuple(sorted(names))
