"""Renew an ensemble by a study on newer data: its worst member goes where a fitter one comes through the gates.

How it works. The members are measured anew on the data of the study, each beside the others. What the study proposes are the
candidates, each measured beside the members that stay. The gates of a candidate are those of the study, the one of correlation
held against the members that stay: a study that fails replaces nobody. What the ladder is shown of it is of the vote as it is then.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tenfold.app.ensemble import Ensemble
from tenfold.app.study import Study
from tenfold.backtesting.backtest import run_backtest
from tenfold.backtesting.scoring import Member
from tenfold.backtesting.splits import Window
from tenfold.domain.upkeep import Upkeep
from tenfold.ensemble.drift import mark_drift
from tenfold.kernels.fold import FOLDS
from tenfold.research.fitness import correlation_penalty, fitness_of
from tenfold.research.gates import Check
from tenfold.research.odds import probability_above
from tenfold.research.regimes import Regimes
from tenfold.research.replacement import Candidate, Replacement, Seat, replacement, worst_seat
from tenfold.research.result import Chosen, StudyResult
from tenfold.research.testbed import Testbed
from tenfold.research.walk import annual_sharpe, beside

Returns = NDArray[np.float64]


@dataclass(frozen=True)
class Renewal:
    """Hold who leaves and who comes, and the ensemble after it; None where nothing changes."""

    change: Replacement
    result: StudyResult | None


def renewal(ensemble: Ensemble, study: Study, upkeep: Upkeep) -> Renewal:
    """Return what a study changes about an ensemble that was tested under the same rules."""
    members = _measured(ensemble, study)
    fallen = _demoted(ensemble, members, study, upkeep)
    seats = [
        Seat(voter.name, one.fitness, gone) for voter, one, gone in zip(ensemble.members, members, fallen, strict=True)
    ]
    place = seats.index(worst_seat(seats))
    staying = [one for number, one in enumerate(members) if number != place]
    known = {(one.source_hash, tuple(one.values.items())) for one in members}
    fresh = {
        f"{number}_{one.family} of the study": _beside(one, staying)
        for number, one in enumerate(study.result.members, 1)
        if (one.source_hash, tuple(one.values.items())) not in known
    }
    checks = {name: _checks(study.result, one) for name, one in fresh.items()}
    change = replacement(seats, [Candidate(name, one.fitness, checks[name]) for name, one in fresh.items()])
    if change.comes is None:
        return Renewal(change, None)
    after = list(members)
    after[place] = replace(fresh[change.comes], weight=members[place].weight)
    passed = checks[change.comes]
    renewed = replace(_voted(after, study), members=tuple(after), checks=passed, approved=ensemble.approved)
    return Renewal(change, renewed)


def _voted(members: Sequence[Chosen], study: Study) -> StudyResult:
    """Return a study with what these members earn by their vote, in the place of what those do that it proposes."""
    result = study.result
    voters = [
        Member(FOLDS[one.source_hash], one.values, f"{number}_{one.family}", one.weight)
        for number, one in enumerate(members, 1)
    ]
    run = run_backtest(voters, study.bars, study.rules)
    tested = np.isfinite(result.oos)
    first = int(np.argmax(tested))
    odds = replace(
        result.odds,
        dsr=probability_above(
            beside(run.returns, result.benchmark, slice(None)), result.odds.luck_sharpe / np.sqrt(result.periods)
        ),
        psr=probability_above(beside(run.returns, result.benchmark, slice(first, None))[first:]),
    )
    entries = run.trades["entry_bar"].astype(np.int64)
    return replace(result, oos=np.where(tested, run.returns, np.nan), entries=entries, odds=odds)


def _measured(ensemble: Ensemble, study: Study) -> list[Chosen]:
    """Return the members as the study would have measured them, each beside the others."""
    result = study.result
    folds = tuple(member.fold for member in ensemble.members)
    windows = tuple(Window(step.train, step.test) for step in result.steps)
    regimes = Regimes(result.regime_names, result.regime_labels)
    testbed = Testbed(study.bars, study.rules, folds, regimes, windows)
    first = windows[0].test[0]
    alone: list[Chosen] = []
    for number, member in enumerate(ensemble.members):
        found = testbed.evaluate(number, member.params)
        returns = testbed.streams(number, member.params)[0]
        alone.append(
            Chosen(
                family=member.fold.name,
                values=dict(member.values),
                source_hash=member.fold.source_hash,
                weight=member.weight,
                sharpe=float(found.whole[0]),
                consistency=float(found.consistency[0, -1]),
                penalty=0.0,
                fitness=0.0,
                oos_sharpe=annual_sharpe(returns[first:], result.periods),
                regime_sharpe=_by_regime(returns, result),
                returns=returns,
            )
        )
    return [_beside(one, [other for other in alone if other is not one]) for one in alone]


def _beside(one: Chosen, others: Sequence[Chosen]) -> Chosen:
    """Return a strategy with its penalty and fitness beside others."""
    against = np.stack([other.returns for other in others]) if others else np.zeros((0, len(one.returns)))
    penalty = float(correlation_penalty(one.returns[None], against)[0])
    fitness = float(fitness_of(np.array([one.sharpe]), np.array([one.consistency]), penalty)[0])
    return replace(one, penalty=penalty, fitness=fitness)


def _checks(result: StudyResult, one: Chosen) -> tuple[Check, ...]:
    """Return the gates of the study, that of correlation held against the members that stay."""
    limit = result.gates.correlation_max
    own = Check(
        gate="correlation_max",
        found=one.penalty,
        threshold=limit,
        passed=one.penalty <= limit,
        words=f"it goes together with a member that stays by {one.penalty:.2f}",
    )
    return tuple(own if check.gate == own.gate else check for check in result.checks)


def _demoted(ensemble: Ensemble, members: Sequence[Chosen], study: Study, upkeep: Upkeep) -> list[bool]:
    """Say which members fell short of their record on the bars behind those that they were chosen on."""
    fresh = int(np.searchsorted(study.bars.ts_ns, ensemble.end_ns, side="right"))
    return [
        state is not None and any(mark_drift(state, one) for one in member.returns[fresh:].tolist())
        for member, state in zip(members, ensemble.watch(upkeep), strict=True)
    ]


def _by_regime(returns: Returns, result: StudyResult) -> Returns:
    spread = float(returns.std(ddof=1))
    scale = float(np.sqrt(result.periods)) / spread if spread > 0.0 else 0.0
    found = np.full(len(result.regime_names), np.nan)
    for number in np.unique(result.regime_labels).tolist():
        found[number] = float(returns[result.regime_labels == number].mean()) * scale
    return found
