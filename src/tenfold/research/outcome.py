"""Gather what a study found in one value: everything that a person needs to judge."""

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tenfold import codec
from tenfold.backtesting.trials import trial_data
from tenfold.research.dossier import Dossier
from tenfold.research.gates import Gates
from tenfold.research.result import Chosen, Odds, Step, StudyResult
from tenfold.research.search import Pool
from tenfold.research.selection import Pick
from tenfold.research.settings import StudySettings
from tenfold.research.space import params_at, values_of
from tenfold.research.testbed import Testbed
from tenfold.research.verdict import checks_of, funnel_of
from tenfold.research.walk import Walk, annual_sharpe

Returns = NDArray[np.float64]

SCATTER_MAX: Final = 2000


@dataclass(eq=False)
class FinalChoice:
    """Hold what the procedure chooses on all data: candidates, what their votes earn, how many vote, with which weights.

    `entries` are the bars at which round trips of the final vote began.
    """

    picks: list[Pick]
    returns: Returns
    shares: Returns
    size: int
    weights: tuple[float, ...]
    entries: NDArray[np.int64]

    @property
    def whole(self) -> Returns:
        """Net returns of the final vote, (T,)."""
        return self.returns[self.size - 1] if self.size else np.zeros(self.returns.shape[1])


def outcome(
    testbed: Testbed,
    pool: Pool,
    walked: Walk,
    final: FinalChoice,
    odds: Odds,
    evidence: Dossier | None,
    gates: Gates,
    settings: StudySettings,
    notes: dict[str, Any],
) -> StudyResult:
    """Return everything that a person needs to judge."""
    bars, periods, first = testbed.bars, testbed.bars.periods_per_year, testbed.windows[0].test[0]
    chosen = tuple(_chosen(testbed, pool, pick) for pick in final.picks)
    members = tuple(replace(one, weight=weight) for one, weight in zip(chosen, final.weights, strict=False))
    together = np.corrcoef([one.returns for one in chosen]) if len(chosen) > 1 else np.ones((len(chosen),) * 2)
    oos_sharpe = annual_sharpe(walked.oos[first:], periods)
    checks = checks_of(
        gates,
        members,
        odds,
        oos_sharpe=oos_sharpe,
        excess=oos_sharpe - annual_sharpe(testbed.benchmark[first:], periods),
        correlation=max((one.penalty for one in members), default=math.nan),
        quality=min((float(source.get("score", 100.0)) for source in bars.sources.values()), default=100.0),
        robustness=math.nan if evidence is None else evidence.score.total,
        enough=odds.track_record_min * periods <= len(bars) - first,
    )
    fits = pool.fitness(testbed.window_count - 1)
    steady = (fits > 0.0) & (pool.found.consistency[:, -1] >= gates.consistency_min)
    counts = {
        "tried": len(pool),
        "earned after costs": int((pool.found.whole > 0.0).sum()),
        "steady over regimes": int(steady.sum()),
        "chosen apart from each other": len(chosen),
        "voting": len(members),
    }
    train, test = _scatter(testbed, pool, settings)
    data = trial_data(bars)
    return StudyResult(
        approved=bool(members) and all(check.passed for check in checks),
        gates=gates,
        checks=checks,
        members=members,
        candidates=chosen,
        sizes=np.array([annual_sharpe(row[first:], periods) for row in walked.by_size]),
        funnel=tuple(funnel_of(counts, checks, len(members))),
        steps=tuple(_steps(testbed, pool, walked)),
        odds=odds,
        ts_ns=bars.ts_ns,
        periods=periods,
        oos=walked.oos,
        excess=walked.excess,
        whole=final.whole,
        benchmark=testbed.benchmark,
        correlation=np.asarray(together),
        trades_share=float(final.shares[final.size - 1]) if final.size else 0.0,
        votes_share=final.shares,
        entries=final.entries,
        train_sharpe=train,
        test_sharpe=test,
        families_tried=tuple(_families(testbed, pool)),
        regime_names=testbed.regimes.names,
        regime_labels=testbed.regimes.labels,
        seed=settings.budget.seed,
        digest=study_digest(testbed, gates, settings),
        label=bars.label,
        symbols=bars.symbols,
        dossier=evidence,
        notes=notes | {"data": data.key},
    )


def study_digest(testbed: Testbed, gates: Gates, settings: StudySettings) -> str:
    """Return what a study is known by: a hash of data, rules, families, gates and settings."""
    told = codec.encode((testbed.rules, gates, [fold.source_hash for fold in testbed.families], repr(settings)))
    return hashlib.sha256(trial_data(testbed.bars).key.encode() + told).hexdigest()[:20]


def _chosen(testbed: Testbed, pool: Pool, pick: Pick) -> Chosen:
    fold = testbed.families[int(pool.family[pick.trial])]
    record = params_at(fold, pool.points[pick.trial : pick.trial + 1, : len(fold.parameters)])[0]
    periods, first = testbed.bars.periods_per_year, testbed.windows[0].test[0]
    spread = float(pick.returns.std(ddof=1))
    labels, names = testbed.regimes.labels, testbed.regimes.names
    means = [pick.returns[labels == one].mean() if (labels == one).any() else math.nan for one in range(len(names))]
    return Chosen(
        family=fold.name,
        values=values_of(fold, record),
        source_hash=fold.source_hash,
        weight=1.0,
        sharpe=pick.sharpe,
        consistency=pick.consistency,
        penalty=pick.penalty,
        fitness=pick.fitness,
        oos_sharpe=annual_sharpe(pick.returns[first:], periods),
        regime_sharpe=np.array(means) / spread * math.sqrt(periods),
        returns=pick.returns,
    )


def _steps(testbed: Testbed, pool: Pool, walked: Walk) -> Iterator[Step]:
    periods = testbed.bars.periods_per_year
    for number, window in enumerate(testbed.windows):
        picks = walked.picks[number][: walked.sizes[number]]
        yield Step(
            train=window.train,
            test=window.test,
            families=tuple(testbed.families[int(pool.family[pick.trial])].name for pick in picks),
            size=walked.sizes[number],
            train_sharpe=walked.train_sharpe[number],
            test_sharpe=annual_sharpe(walked.oos[slice(*window.test)], periods),
            tau=walked.taus[number],
        )


def _scatter(testbed: Testbed, pool: Pool, settings: StudySettings) -> tuple[Returns, Returns]:
    """Return train and test Sharpe ratios of a sample of the trials of all windows."""
    train, test = [], []
    for number in range(len(testbed.windows)):
        known = pool.known(number) & (pool.found.trades > 0)
        train.append(pool.found.sharpe[known, number])
        test.append(pool.found.test[known, number])
    both = np.stack([np.concatenate(train), np.concatenate(test)]).astype(np.float64)
    if both.shape[1] > SCATTER_MAX:
        rng = np.random.default_rng([settings.budget.seed, 2])
        both = both[:, np.sort(rng.choice(both.shape[1], SCATTER_MAX, replace=False))]
    return both[0], both[1]


def _families(testbed: Testbed, pool: Pool) -> Iterator[tuple[str, int, float]]:
    for number, fold in enumerate(testbed.families):
        mine = pool.found.whole[pool.family == number]
        yield fold.name, len(mine), float(mine.max()) if len(mine) else 0.0
