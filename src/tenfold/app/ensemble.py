"""Hold an ensemble that was loaded: who votes, under which rules, and what may be done with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tenfold.app.symbol_names import listed
from tenfold.backtesting.scoring import Member
from tenfold.domain.errors import SettingsError
from tenfold.domain.rules import Rules
from tenfold.domain.stages import Stage
from tenfold.domain.upkeep import Upkeep
from tenfold.ensemble.drift import fresh_drift
from tenfold.research.gates import Check, Gates
from tenfold.research.result import Odds


@dataclass(frozen=True)
class Promise:
    """Hold what the record of a member promises: mean and deviation of its net returns per bar, out of sample."""

    mean: float
    deviation: float

    @property
    def holds(self) -> bool:
        """Whether there is something that could drift."""
        return self.mean > 0.0 and self.deviation > 0.0


@dataclass(frozen=True, eq=False, kw_only=True)
class Ensemble:
    """Hold members with parameters and weights, the rules that they were tested under, and the evidence.

    `digest` is of the data of the study, which ended at `end_ns`; `ledger_head` of the trial ledger then; `evidence` are the figures
    that the ladder asks for, by stage. `adjustment` is of its prices, "" where nobody says.
    """

    path: Path
    created: str
    approved: bool
    verdict: str
    label: str
    symbols: tuple[str, ...]
    digest: str
    end_ns: int
    periods: float
    ledger_head: str
    members: tuple[Member, ...]
    promises: tuple[Promise, ...]
    rules: Rules
    gates: Gates
    checks: tuple[Check, ...]
    odds: Odds
    evidence: dict[Stage, dict[str, float]]
    adjustment: str = ""

    @property
    def weights(self) -> tuple[float, ...]:
        """Weight of each member."""
        return tuple(member.weight for member in self.members)

    def obstacles(self, upkeep: Upkeep) -> list[str]:
        """Return what forbids trading it with money, a line each; none where it may."""
        found = []
        if not self.approved:
            missed = ", ".join(check.gate for check in self.checks if not check.passed)
            found.append(f"{self.path} was not approved ({missed or self.verdict}): it may be studied, not traded")
        if len(self.members) < upkeep.members_min:
            found.append(
                f"{self.path} has {len(self.members)} of the {upkeep.members_min} members that trading with money needs (live.members_min)"
            )
        return found

    def check_symbols(self, symbols: Sequence[str]) -> None:
        """Refuse to trade without a symbol that a member compares others with; SettingsError says which are missing."""
        missing = [one for one in self.symbols if one not in symbols]
        if missing and self._across:
            raise SettingsError(
                f"{self.path} compares symbols with each other ({self._across}), and without {listed(missing)} it is not what was studied: "
                f"trade {listed(self.symbols)}"
            )

    def elsewhere(self, symbols: Sequence[str]) -> list[str]:
        """Return what is to be said where it trades other symbols than those that it was studied on."""
        found = []
        if other := [one for one in symbols if one not in self.symbols]:
            found.append(
                f"{self.path} was studied on {listed(self.symbols)}: nothing is known of how it does on {listed(other)}"
            )
        if self._across and tuple(symbols) != self.symbols:
            found.append(
                f"{self.path} compares symbols with each other ({self._across}), and was studied on {listed(self.symbols)}, in this order: "
                "on others it decides otherwise"
            )
        elif not other and [one for one in self.symbols if one in symbols] != list(symbols):
            found.append(
                f"{self.path} was studied on {listed(self.symbols)}, in this order: where limits leave too little for all, the first have it"
            )
        return found

    @property
    def _across(self) -> str:
        """Members that look across symbols."""
        return ", ".join(member.name for member in self.members if member.fold.panel)

    def watch(self, upkeep: Upkeep) -> list[NDArray[np.void] | None]:
        """Return a fresh watch over each member, None for one whose record promises nothing."""
        return [
            fresh_drift(promise.mean, promise.deviation, self.periods, upkeep) if promise.holds else None
            for promise in self.promises
        ]
