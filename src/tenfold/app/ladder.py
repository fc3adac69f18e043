"""Climb the ladder: show where a strategy stands and what is missing, raise it on a person's word, lower it on nobody's."""

import getpass
from collections.abc import Iterable
from pathlib import Path
from shlex import quote
from typing import Final, NamedTuple

import msgspec

from tenfold.app.ensemble_file import load_ensemble
from tenfold.app.facade import voters_of
from tenfold.app.journal_head import RunHead, RunMarket, described, head_of
from tenfold.app.ladder_records import Climber, add_record, climber_of, signed_record, standing_in
from tenfold.app.recorded_run import recorded_run
from tenfold.app.run_name import check_name
from tenfold.app.wiring import clock, journal_target, open_journal
from tenfold.domain.account import Trip
from tenfold.domain.errors import JournalError, SettingsError
from tenfold.domain.events import Demoted, Promoted
from tenfold.domain.stages import RANK, STAGES, Stage
from tenfold.research.evidence import Figures, trading_figures
from tenfold.research.gates import Check
from tenfold.research.promotion import (
    LOWERED,
    PERIODS,
    ROLLING_DAYS,
    TRADES_MIN,
    Standing,
    asked_of,
    checks_of,
    failing,
    is_fresh,
    is_same_length,
    lapse_of,
    passed,
    stages_up_to,
)

_HASH_SHOWN: Final = 12
_OF_TRADES: Final = ("compared", "agreement_high", "slippage_low")
"""Figures of trades that demote."""


class Rung(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Hold one stage as a strategy sees it: whether it was reached, else what its gate found, and the words for it."""

    stage: Stage
    reached: bool
    checks: tuple[Check, ...]
    words: str


class Ladder(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Hold where a strategy under its rules stands.

    Parameters
    ----------
    source : ensemble or run that was asked about; `promoted` are the stages that it was just raised to
    reason : why it was demoted last, "" where nobody has to know
    void : records that count as none, a line each
    """

    source: str
    strategy: str
    rules: str
    stage: Stage
    promoted: tuple[Stage, ...]
    reason: str
    rungs: tuple[Rung, ...]
    void: tuple[str, ...]

    def lines(self) -> list[str]:
        """Return what a person reads: a line for each stage."""
        head = f"{self.source} (strategy {self.strategy[:_HASH_SHOWN]}, rules {self.rules[:_HASH_SHOWN]}) stands on {self.stage}"
        width = max(len(stage) for stage in STAGES)
        told = [f"  {rung.stage:<{width}}  {rung.words}" for rung in self.rungs]
        fallen = [f"demoted: {self.reason}"] if self.reason else []
        return [head, *told, *fallen, *self.void]


class _Subject(NamedTuple):
    """Hold what was asked about: who climbs, and the figures that it shows, by the stage on which.

    `fault` says what demotes it, "" where nothing does, and `lower` where to; `place` is the journal that was named, `periods` the bars a year.
    """

    name: str
    number: int
    climber: Climber
    shown: dict[Stage, Figures]
    fault: str = ""
    lower: Stage = STAGES[0]
    place: str = ""
    periods: float = 0.0

    @property
    def command(self) -> str:
        """What raises it by what it shows."""
        return f"tenfold promote {self.name}{f' --journal {quote(self.place)}' if self.place else ''}"


def ladder(source: str = "", journal: str = "") -> Ladder:
    """Return where the strategy of an ensemble or of a run stands, by default that of the newest run; a run that fails demotes it."""
    target = journal_target(journal)
    subject = _subject(source, target)._replace(place=journal)
    return _ladder(subject, _judged(subject, target))


def promote(source: str, to: Stage, *, journal: str = "", operator: str = "") -> Ladder:
    """Raise a strategy stage by stage as far as what a source shows opens the gates, on an operator's word.

    An ensemble shows what its study found, a run what happened on the stage that it traded on. Each step is a signed record in the journal.
    """
    target = journal_target(journal)
    subject = _subject(source, target)._replace(place=journal)
    standing = _judged(subject, target)
    promoted: list[Stage] = []
    for stage in stages_up_to(standing.stage, to):
        figures = subject.shown.get(standing.stage, {})
        fits = is_fresh(standing, subject.number) and is_same_length(subject.periods, standing.periods)
        if not fits or not passed(checks_of(stage, figures)):
            break
        record = Promoted(
            ts_ns=clock().now_ns(),
            operator=operator or _user(),
            strategy=subject.climber.strategy,
            rules=subject.climber.rules,
            origin=standing.stage,
            stage=stage,
            source=subject.name,
            number=subject.number,
            figures={**figures, PERIODS: subject.periods},
            after=standing.digest,
            key="",
            signature="",
        )
        add_record(target, signed_record(record))
        standing = standing_in(target, subject.climber)
        if standing.stage != stage:
            raise JournalError(
                f"another record came first in the ladder of {target}: look at `tenfold ladder` and try again"
            )
        promoted.append(stage)
    return _ladder(subject, standing, tuple(promoted))


def missing_for(stage: Stage, description: bytes, journal: str, run: str = "") -> list[str]:
    """Return what a strategy lacks to trade on a stage, a line each; none where it may.

    Parameters
    ----------
    description : of the run that would begin, as `journal_head.described` gives it
    run : name of the run in the journal that would go on; it is judged first, and a failing one demotes
    """
    head = head_of(description)
    if not run:
        standing = standing_in(journal, _climber(head))
    else:
        subject = _run_subject(run, journal)
        standing = _judged(subject, journal)
        if subject.number <= standing.fallen:
            return [
                f"run {run} is from before the demotion ({standing.reason or 'promoted since'}): begin another with --name"
            ]
    if RANK[standing.stage] >= RANK[stage]:
        if is_same_length(head.periods, standing.periods):
            return []
        return [
            f"it was promoted on bars of which a year has {standing.periods:,.0f}, and of these it has {head.periods:,.0f} (--every): on them it is "
            "another strategy"
        ]
    told = [f"{stage} is asked for, and this strategy under these rules stands on {standing.stage}"]
    told += [f"demoted: {standing.reason}"] if standing.reason else []
    first, *later = stages_up_to(standing.stage, stage)
    told.append(f"{first} wants {_wanted(first)}")
    told += [f"after that: {', '.join(later)} (`tenfold ladder` shows their gates)"] if later else []
    told += ["stage paper, on an account without money, asks for nothing"] if stage == "shadow" else []
    return [*told, *standing.void]


def judge(journal: str, run: str) -> str:
    """Demote the strategy of a run whose breakers or last sessions ask for it, and say so; "" where none does.

    The whole run is lived through anew: ask when the market is closed.
    """
    subject = _run_subject(run, journal)
    return _told(standing_in(journal, subject.climber), _judged(subject, journal), subject.fault)


def demoted(journal: str, run: str, number: int, description: bytes, trips: Iterable[Trip]) -> str:
    """Demote the strategy of a run that trades where a breaker asks for it, and say so; "" where none does.

    `number` is that of the run in the journal.
    """
    head = head_of(description)
    if head.shows not in LOWERED or head.shows is None or not (fault := lapse_of(trips)):
        return ""
    subject = _Subject(run, number, _climber(head), {}, fault, LOWERED[head.shows])
    before = standing_in(journal, subject.climber)
    after = _judged(subject, journal)
    return _told(before, after, fault)


def fallen(journal: str, number: int, description: bytes) -> str:
    """Return why the strategy of a run was demoted since that began, by whoever looked and whichever of its runs fell; "" where it was not."""
    head = head_of(description)
    standing = standing_in(journal, _climber(head))
    above = standing.reason and RANK[standing.stage] < RANK[head.stage or STAGES[0]]
    return (standing.reason or "promoted since") if above or number <= standing.fallen else ""


def closes_on(journal: str, number: int, description: bytes) -> bool:
    """Say whether a run with money fell, and nobody has promoted its strategy since: it may go on for as long as it has something to close, halted."""
    head = head_of(description)
    standing = standing_in(journal, _climber(head))
    money = head.stage is not None and RANK[head.stage] > RANK["shadow"]
    return money and bool(standing.reason) and number <= standing.fallen


def _judged(subject: _Subject, target: str) -> Standing:
    """Return where a strategy stands once what its run shows has demoted it, if it does and has not done so before."""
    standing = standing_in(target, subject.climber)
    if not subject.fault or subject.number <= standing.fallen or RANK[subject.lower] >= RANK[standing.stage]:
        return standing
    fallen = Demoted(
        ts_ns=clock().now_ns(),
        strategy=subject.climber.strategy,
        rules=subject.climber.rules,
        origin=standing.stage,
        stage=subject.lower,
        source=subject.name,
        number=subject.number,
        reason=f"{subject.fault} (run {subject.name})",
    )
    add_record(target, fallen)
    return standing_in(target, subject.climber)


def _told(before: Standing, after: Standing, fault: str) -> str:
    return f"demoted from {before.stage} to {after.stage}: {fault}" if after.stage != before.stage else ""


def _subject(source: str, target: str) -> _Subject:
    if not source.endswith(".toml"):
        return _run_subject(source, target)
    ensemble = load_ensemble(Path(source))
    voters, opened = voters_of(ensemble)
    head = head_of(described(opened, voters, RunMarket((), ensemble.periods), ensemble.rules))
    climber = climber_of(head.seats, ensemble.symbols, ensemble.rules)
    return _Subject(source, 0, climber, ensemble.evidence, periods=ensemble.periods)


def _run_subject(run: str, target: str) -> _Subject:
    check_name(run)
    journal = open_journal(target, run)
    try:
        found = recorded_run(journal)
        name, number = journal.run, journal.number
    finally:
        journal.close()
    head = found.head
    climber = _climber(head)
    if head.shows is None or found.run is None or found.twin is None:
        return _Subject(name, number, climber, {}, periods=head.periods)
    figures, rolling = (
        trading_figures(found.run, found.twin, share=head.share, differences=found.differences, sessions=days)
        for days in (None, ROLLING_DAYS)
    )
    shown = {head.shows: figures}
    if head.shows not in LOWERED:
        return _Subject(name, number, climber, shown, periods=head.periods)
    if rolling.get("compared", 0.0) < TRADES_MIN:  # who trades seldom is held to all trades
        rolling |= {name: figures[name] for name in _OF_TRADES if name in figures}
    fault = lapse_of(found.run.trips) or failing(head.shows, rolling)
    return _Subject(name, number, climber, shown, fault, LOWERED[head.shows], periods=head.periods)


def _climber(head: RunHead) -> Climber:
    return climber_of(head.seats, (one.symbol for one in head.instruments), head.rules)


def _ladder(subject: _Subject, standing: Standing, promoted: tuple[Stage, ...] = ()) -> Ladder:
    return Ladder(
        source=subject.name,
        strategy=subject.climber.strategy,
        rules=subject.climber.rules,
        stage=standing.stage,
        promoted=promoted,
        reason=standing.reason,
        rungs=tuple(_rung(stage, subject, standing) for stage in STAGES),
        void=standing.void,
    )


def _rung(stage: Stage, subject: _Subject, standing: Standing) -> Rung:
    if RANK[stage] <= RANK[standing.stage]:
        return Rung(stage=stage, reached=True, checks=(), words="reached")
    below = STAGES[RANK[stage] - 1]
    passed_by = f"its gate is passed by {subject.name}"
    figures = subject.shown.get(below)
    checks = checks_of(stage, figures or {})
    missed = [check.words for check in checks if not check.passed]
    if figures is None:
        words = f"wants {_wanted(stage)}"
    elif missed:
        words = f"not yet: {'; '.join(missed)}"
    elif not is_fresh(standing, subject.number):
        words = "not yet: a run begun after the demotion has to show it"
    elif not is_same_length(subject.periods, standing.periods):
        words = "not yet: it was promoted on bars of another length"
    elif below == standing.stage:
        words = f"{passed_by}: {subject.command} --to {stage}"
    else:
        words = f"{passed_by}; {below} comes first"
    return Rung(stage=stage, reached=False, checks=checks, words=words)


def _wanted(stage: Stage) -> str:
    """Return what the gate of a stage asks for."""
    return f"on {STAGES[RANK[stage] - 1]}: {'; '.join(asked_of(stage))}"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        raise SettingsError(
            "this process has no user name, expected --operator NAME: a promotion says who it came from"
        ) from None
