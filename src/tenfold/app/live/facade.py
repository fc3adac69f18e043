"""Trade on paper in one call: what a notebook and the command line use."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tenfold.app.ensemble import Ensemble
from tenfold.app.ensemble_watch import ensemble_notes
from tenfold.app.facade import checked_bars, rules_of, voters_of
from tenfold.app.live.paper import Shown, trade_on_paper
from tenfold.app.live.validation import Validation, validated
from tenfold.app.result import Result
from tenfold.app.stopping import UNBEGUN, telling
from tenfold.app.wiring import journal_target
from tenfold.domain.bars import Bars
from tenfold.domain.rules import Rules


@dataclass(frozen=True, eq=False)
class PaperResult:
    """Hold a paper run: its result as a backtest has it, the judgement, and where it is recorded (place, run)."""

    result: Result
    validation: Validation
    journal: tuple[str, str]

    @property
    def agrees(self) -> bool:
        """Whether paper and backtest have the same fills, and we and the venue the same account."""
        return self.validation.other == 0 and not self.validation.differences


def paper(
    strategy: Any,
    bars: Bars,
    *,
    params: Mapping[str, Any] | Sequence[Mapping[str, Any] | None] | None = None,
    weights: Sequence[float] | None = None,
    rules: Rules | str | None = None,
    journal: str | Path | None = None,
    name: str = "",
    show: Callable[[Shown], Awaitable[None]] | None = None,
) -> PaperResult:
    """Trade a strategy, or the vote of up to ten, on the simulated exchange over the days of `bars`.

    Parameters
    ----------
    strategy, params, weights : as for `backtest`
    rules : `Rules`, or the name of a profile of limits; an ensemble brings its own. Conventions and costs are the exchange's
    journal : a file, or an address of PostgreSQL; by default a file of the home folder
    name : of the run in the journal, a number by default
    show : awaited after each bar set

    Raises UserError in one line, and VenueError or StorageError where the exchange or the journal fails.
    """
    with telling(lambda: UNBEGUN):
        bars = checked_bars(bars)
        voters, strategy = voters_of(strategy, params, weights)
        if rules is None and isinstance(strategy, Ensemble):
            rules = strategy.rules
        chosen = rules if isinstance(rules, Rules) else rules_of(rules, "alpaca")
        found = trade_on_paper(
            name, strategy, voters, bars, chosen, journal_target(journal), _unseen if show is None else show
        )
    if isinstance(strategy, Ensemble):
        found.run.notes["ensemble"] = ensemble_notes(strategy, found.run)
    return PaperResult(Result(found.run), validated(found), found.journal)


async def _unseen(_: Shown) -> None:
    """Show nothing."""
