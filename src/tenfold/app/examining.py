"""Examine how robust a strategy or an ensemble is in one call: what a notebook and the command line use."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tenfold.app.ensemble import Ensemble
from tenfold.app.facade import checked_bars, members_of, resolve, rules_of
from tenfold.domain.bars import Bars
from tenfold.domain.rules import Rules
from tenfold.research.dossier import Dossier
from tenfold.research.robustness import Counts, dossier


def examine(
    strategy: Any,
    bars: Bars,
    *,
    params: Mapping[str, Any] | Sequence[Mapping[str, Any] | None] | None = None,
    weights: Sequence[float] | None = None,
    rules: Rules | str | None = None,
    venue: str = "generic",
    seed: int = 0,
    scenarios: int = 1000,
    counts: Counts | None = None,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Dossier:
    """Return the dossier of a strategy, a vote or an ensemble on bars.

    Parameters
    ----------
    strategy, params, weights, rules, venue : as `tenfold.backtest` takes them; the file of an ensemble brings its rules
    seed : of every path; the same seed gives the same dossier on any number of threads
    scenarios, counts : how many stratified scenarios, and paths of the other questions
    progress : called as progress(done, total)

    Raises
    ------
    UserError
        In one line: what was found, what was expected and what to do.
    """
    named = isinstance(strategy, str) and strategy.endswith(".toml")
    chosen = resolve(strategy) if named else strategy
    if isinstance(chosen, Ensemble) and rules is None and venue == "generic":
        rules = chosen.rules
    return dossier(
        members_of(chosen, params, weights),
        checked_bars(bars),
        rules_of(rules, venue),
        seed=seed,
        scenarios=scenarios,
        counts=counts,
        threads=threads,
        progress=progress,
    )
