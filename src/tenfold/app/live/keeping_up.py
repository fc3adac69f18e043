"""Say of an ensemble that trades what is done about its members, and which of them fall short of their record."""

import math
from collections.abc import Iterator, Sequence

import numpy as np

from tenfold.app import wiring
from tenfold.app.ensemble import Ensemble
from tenfold.app.journal_head import RunHead, deciding, traded_rules
from tenfold.app.recorded_run import recorded_run
from tenfold.backtesting.eventful import run_events
from tenfold.domain.bars import Bars
from tenfold.domain.errors import SettingsError
from tenfold.domain.events import Event
from tenfold.domain.units import format_ns
from tenfold.domain.upkeep import Upkeep
from tenfold.ensemble.drift import mark_drift


def told_of(ensemble: Ensemble, upkeep: Upkeep, periods: float, *, money: bool) -> list[str]:
    """Return what a person should know before an ensemble trades bars of so many a year; SettingsError where it may not with money."""
    obstacles = ensemble.obstacles(upkeep)
    if money and obstacles:
        raise SettingsError("; ".join(obstacles))
    told = ["members are not held against their record while it trades, which is of bars of another length"]
    if _is_same(periods, ensemble.periods):
        told = [
            "members are held against their record after each session: who falls short is told, and votes on until it is renewed"
        ]
    if upkeep.weights != "equal":
        told.append(
            f"live.weights = {upkeep.weights} is not followed while it trades: weights stay as {ensemble.path} has them"
        )
    return [*obstacles, *told]


def fallen(ensemble: Ensemble, upkeep: Upkeep, target: str, run: str) -> list[str]:
    """Return the members that fell short of their record in a recorded run, a line each; it takes a while.

    Each is traded alone over the bars that the run has seen since the study, as a backtest does.
    """
    journal = wiring.open_journal(target, run)
    try:
        found = recorded_run(journal)
    finally:
        journal.close()
    head = found.head
    if found.run is None or not _is_same(head.periods, ensemble.periods):
        return []
    return list(_fallen(ensemble, upkeep, head, found.run.bars, found.heard))


def _is_same(one: float, other: float) -> bool:
    """Say whether two numbers of bars a year are of the same period."""
    return math.isclose(one, other, rel_tol=0.1)


def _fallen(ensemble: Ensemble, upkeep: Upkeep, head: RunHead, bars: Bars, heard: Sequence[Event]) -> Iterator[str]:
    fresh = int(np.searchsorted(bars.ts_ns, ensemble.end_ns, side="right"))
    voters, _ = deciding(head, str(ensemble.path))
    for voter, state in zip(voters, ensemble.watch(upkeep), strict=True):
        if state is None:
            continue
        alone = run_events(bars, traded_rules(head), [voter], operator=heard, name=voter.name)
        for moment, one in enumerate(alone.returns[fresh:].tolist(), fresh):
            if mark_drift(state, one):
                yield f"{voter.name} fell short of its record on {format_ns(int(bars.ts_ns[moment]), bars.period_ns)}: `tenfold research --renew {ensemble.path}`"
                break
