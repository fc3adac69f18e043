"""Say of an ensemble that trades what is done about its members, and which of them fall short of their record."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tenfold.app import wiring
from tenfold.app.ensemble import Ensemble
from tenfold.app.journal_head import deciding
from tenfold.app.recorded_run import recorded_run
from tenfold.backtesting.eventful import run_events
from tenfold.domain.bars import Bars
from tenfold.domain.errors import SettingsError
from tenfold.domain.events import Weighed
from tenfold.domain.units import format_ns
from tenfold.domain.upkeep import Upkeep
from tenfold.ensemble.drift import mark_drift
from tenfold.ensemble.weights import Array, skill_after, weights_now
from tenfold.research.promotion import is_same_length


def told_of(ensemble: Ensemble, upkeep: Upkeep, periods: float, symbols: Sequence[str], *, money: bool) -> list[str]:
    """Return what a person should know before an ensemble trades bars of so many a year, of some symbols; SettingsError where it may not with money."""
    obstacles = ensemble.obstacles(upkeep)
    if money and obstacles:
        raise SettingsError("; ".join(obstacles))
    obstacles += ensemble.elsewhere(symbols)
    if ensemble.adjustment == "total":
        obstacles.append(
            f"{ensemble.path} was studied on prices with dividends in them (--adjust total), and live ones fall on the days without: about these it "
            "may decide otherwise; research with --adjust split sees what is traded"
        )
    if not is_same_length(periods, ensemble.periods):
        told = [
            f"it was studied on bars of which a year has {ensemble.periods:,.0f}, and of these it has {periods:,.0f} (--every): what it shows on them "
            "opens no stage of the ladder",
            "members are not held against their record while it trades, which is of bars of another length",
        ]
        if upkeep.weights != "equal":
            told.append(f"live.weights = {upkeep.weights} is not followed: weights stay as {ensemble.path} has them")
        return [*obstacles, *told]
    becomes = "votes on" if upkeep.drifted == "tell" else "is suspended from the vote"
    told = [
        f"members are held against their record after each session: who falls short is told, and {becomes} until it is renewed"
    ]
    if upkeep.weights != "equal":
        told.append("members are weighed anew after each session, by the skill that they have shown (live.weights)")
    return [*obstacles, *told]


class Standing(NamedTuple):
    """Hold how members stand after a session: who fell short, a line each, and the weights by which they are to vote where these change."""

    fallen: tuple[str, ...] = ()
    weights: tuple[float, ...] | None = None
    reason: str = ""


def standing_of(ensemble: Ensemble, upkeep: Upkeep, target: str, run: str) -> Standing:
    """Return how members stand after what a recorded run has seen; it takes a while.

    Each is traded alone over those bars, as a backtest does, and at full size, as its record was; those since the study are held against that.
    """
    journal = wiring.open_journal(target, run)
    try:
        found = recorded_run(journal)
    finally:
        journal.close()
    head = found.head
    if found.run is None or not is_same_length(head.periods, ensemble.periods):
        return Standing()
    voters, _ = deciding(head, str(ensemble.path))
    heard = [one for one in found.heard if not isinstance(one, Weighed)]  # that is of members together
    alone = [
        run_events(found.run.bars, head.rules, [voter], operator=heard, name=voter.name, periods=head.periods).returns
        for voter in voters
    ]
    fell = [
        None if state is None else _fell(state, found.run.bars, returns, ensemble.end_ns)
        for state, returns in zip(ensemble.watch(upkeep), alone, strict=True)
    ]
    before = tuple(voter.weight for voter in voters)
    for one in found.heard:
        if isinstance(one, Weighed):
            before = one.weights
    weights = _weights(
        [voter.weight for voter in voters], upkeep, np.stack(alone, axis=1), [one is not None for one in fell]
    )
    lines = tuple(
        f"{voter.name} fell short of its record on {when}{' and is suspended' if not weight else ''}: `tenfold research --renew {ensemble.path}`"
        for voter, when, weight in zip(voters, fell, weights, strict=True)
        if when is not None
    )
    if weights == before:
        return Standing(lines)
    reason = "skill shown so far" if upkeep.weights == "skill" else "as the ensemble has them"
    suspended = ", ".join(voter.name for voter, weight in zip(voters, weights, strict=True) if not weight)
    return Standing(lines, weights, f"{reason}; suspended: {suspended}" if suspended else reason)


def _weights(given: Sequence[float], upkeep: Upkeep, returns: Array, fell: Sequence[bool]) -> tuple[float, ...]:
    """Return the weights by which members vote from here on, 0 of those that are suspended."""
    weights = list(given)
    if upkeep.weights == "skill":
        weights = weights_now(skill_after(returns, upkeep), upkeep).tolist()
    if upkeep.drifted == "suspend":
        last = max(range(len(weights)), key=weights.__getitem__) if all(fell) else None
        weights = [0.0 if fell[member] and member != last else weight for member, weight in enumerate(weights)]
    return tuple(weights)


def _fell(state: NDArray[np.void], bars: Bars, returns: Array, end_ns: int) -> str | None:
    """Return when a member fell short of its record, None where it did not."""
    fresh = int(np.searchsorted(bars.ts_ns, end_ns, side="right"))
    for moment, one in enumerate(returns[fresh:].tolist(), fresh):
        if mark_drift(state, one):
            return format_ns(int(bars.ts_ns[moment]), bars.period_ns)
    return None
