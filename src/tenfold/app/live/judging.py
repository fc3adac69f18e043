"""Ask the ladder what becomes of a strategy while it trades."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from tenfold.app.ensemble import Ensemble
from tenfold.app.journal_head import head_of
from tenfold.app.ladder import demoted, fallen, judge
from tenfold.app.live.keeping_up import Standing, standing_of
from tenfold.domain.account import Trip
from tenfold.domain.errors import TenfoldError
from tenfold.domain.upkeep import Upkeep

if TYPE_CHECKING:
    from tenfold.adapters.journal.journal import SqlJournal

FREE: Final = "paper"
"""The stage from which nobody falls."""


class Judging:
    """Hold which run of which journal is judged, and the members of its ensemble; what cannot be judged is told, and stops nobody.

    Attributes
    ----------
    fallen : why the strategy was demoted since its run began, after which that may not go on; "" where it was not
    """

    def __init__(self, target: str, journal: "SqlJournal", ensemble: Ensemble | None, upkeep: Upkeep) -> None:
        self._target = target
        self._ensemble, self._upkeep = ensemble, upkeep
        self._run, self._number, self._description = journal.run, journal.number, journal.description
        self._free = head_of(journal.description).stage == FREE
        self.fallen = ""

    def tripped(self, trips: Sequence[Trip]) -> str:
        """Return what follows from breakers that tripped, "" where nothing does."""
        if self._free:
            return ""
        try:
            return self._fell(demoted(self._target, self._run, self._number, self._description, trips))
        except TenfoldError as error:
            return f"the ladder cannot judge: {error}"

    def _fell(self, text: str = "") -> str:
        """Return what was said of a fall, or that somebody else has seen one; "" where there is none that is new."""
        before, self.fallen = self.fallen, fallen(self._target, self._number, self._description)
        return text or (f"demoted: {self.fallen}" if self.fallen != before else "")

    def session_over(self) -> tuple[str, Standing]:
        """Return what follows from the sessions so far, "" where nothing does, and how members stand; it takes a while."""
        told: list[str] = []
        standing = Standing()
        try:
            if self._ensemble is not None:
                standing = standing_of(self._ensemble, self._upkeep, self._target, self._run)
                told += standing.fallen
            if not self._free:
                told.append(self._fell(judge(self._target, self._run)))
        except TenfoldError as error:
            told.append(f"what the sessions show cannot be judged: {error}")
        return "; ".join(line for line in told if line), standing
