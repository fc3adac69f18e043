"""Run a study in one call, and hand its outcome to people: in words, as tables, as a page and as an ensemble."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cached_property
from importlib.util import find_spec
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tenfold.app import wiring
from tenfold.app.facade import checked_bars, resolve, rules_of
from tenfold.app.gate_file import load_gates
from tenfold.app.study_summary import (
    MEMBER_HEADINGS,
    funnel_words,
    gate_rows,
    member_rows,
    odds_words,
    verdict_words,
)
from tenfold.domain.bars import Bars
from tenfold.domain.errors import ParameterError, SettingsError, StrategyError
from tenfold.domain.rules import Rules
from tenfold.domain.upkeep import Upkeep
from tenfold.kernels.fold import Fold
from tenfold.registry import STRATEGIES
from tenfold.research.gates import Gates
from tenfold.research.result import StudyResult

if TYPE_CHECKING:
    import polars as pl

TRIALS_MIN, TRIALS_MAX = 50, 10_000_000
SCENARIOS_MIN, SCENARIOS_MAX = 6, 100_000


def study(
    bars: Bars,
    families: Sequence[Any] | None = None,
    *,
    gates: Gates | str | PathLike[str] | None = None,
    rules: Rules | str | None = None,
    venue: str = "generic",
    trials: int = 2000,
    seed: int = 0,
    windows: int = 6,
    rolling: bool = False,
    regimes: str = "trend_volatility",
    scenarios: int = 0,
    upkeep: Upkeep | None = None,
    workers: int | None = None,
    ray: str | None = None,
    checkpoints: str | PathLike[str] | None = None,
    resume: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> "Study":
    """Search families of strategies for an ensemble of at most ten that survives every gate, or learn that nothing does.

    Parameters
    ----------
    bars : what to search on; see `load_bars` and `sample_bars`
    families : names, folds and paths of Python files; every shipped strategy by default
    gates : what says what passes: `tenfold.research.gates.Gates`, or the path of a TOML file; those that ship by default
    rules, venue : costs and limits under which everything is judged, as for `backtest`
    trials : strategies that are tried
    seed : of everything that is drawn; the same seed gives the same result, however many workers there are
    windows : steps of the walk forward; `rolling` gives trains of one length
    regimes : "trend_volatility", "hidden_markov" or "jump_model"
    scenarios : of the dossier of robustness of what is chosen; 0 leaves it out unless a gate asks for it
    upkeep : how members are weighed: equally by default, `Upkeep(weights="skill")` by what each has shown so far
    workers, ray : processors of this machine (all by default), or the address of a Ray cluster
    checkpoints, resume : folder that keeps what was evaluated until the study ends, so that one which was cut off goes on
        where it stopped if `resume` says so
    progress : called with (done, total)

    Raises
    ------
    UserError
        In one line: what was found, what was expected and what to do.
    """
    _check_installed()
    from tenfold.research.search import Budget
    from tenfold.research.settings import StudySettings
    from tenfold.research.study import run_study

    market = checked_bars(bars)
    _check_scale(trials, windows, scenarios, workers)
    settings = StudySettings(
        budget=Budget(trials=trials, seed=seed),
        windows=windows,
        rolling=rolling,
        regimes=regimes,
        upkeep=upkeep or Upkeep(),
        scenarios=scenarios,
    )
    chosen = rules_of(rules, venue)
    kept = None if checkpoints is None else wiring.checkpoints(Path(checkpoints))
    if kept is not None and not resume:
        kept.clear()
    with wiring.executor(workers=workers, ray=ray) as executor:
        result = run_study(
            market,
            chosen,
            families_of(families),
            gates=gates_in(gates),
            settings=settings,
            executor=executor,
            log=wiring.trial_log(),
            clock=wiring.clock(),
            kept=kept,
            progress=progress,
        )
    if kept is not None:
        kept.clear()
    return Study(result, market, chosen)


def families_of(families: Sequence[Any] | None) -> list[Fold]:
    """Return the folds that are searched; what is no fold cannot be."""
    if isinstance(families, (str, Path)):
        raise ParameterError(f"families is {str(families)!r}, expected a list such as [{str(families)!r}]")
    found: list[Fold] = []
    for one in STRATEGIES.table if families is None else families:
        fold = resolve(one)
        if not isinstance(fold, Fold):
            raise StrategyError(
                f"{one} is no function declared by @fold: research can judge it only once it is one, or by itself with backtest"
            )
        if all(fold.source_hash != other.source_hash for other in found):
            found.append(fold)
    return found


def gates_in(gates: Gates | str | PathLike[str] | None) -> Gates:
    """Return gates, read from a file where a path is given."""
    if isinstance(gates, Gates):
        return gates
    return Gates() if gates is None else load_gates(Path(gates))


def _check_installed() -> None:
    if find_spec("scipy") is None:
        raise SettingsError("research needs a package that is not installed: pip install 'tenfold[research]'")


def _check_scale(trials: int, windows: int, scenarios: int, workers: int | None) -> None:
    if not TRIALS_MIN <= trials <= TRIALS_MAX:
        raise ParameterError(f"trials are {trials:,}, expected {TRIALS_MIN} to {TRIALS_MAX:,}")
    if not 2 <= windows <= 50:
        raise ParameterError(f"windows are {windows}, expected 2 to 50")
    if scenarios != 0 and not SCENARIOS_MIN <= scenarios <= SCENARIOS_MAX:
        raise ParameterError(f"scenarios are {scenarios:,}, expected 0, or {SCENARIOS_MIN} to {SCENARIOS_MAX:,}")
    if workers is not None and not 1 <= workers <= 1024:
        raise SettingsError(f"workers are {workers}, expected 1 to 1024")


class Study:
    """Wrap the outcome of a study: `result` has all the evidence, `approved` is the answer."""

    def __init__(self, result: StudyResult, bars: Bars, rules: Rules) -> None:
        self.result = result
        self.bars = bars
        self.rules = rules

    @property
    def approved(self) -> bool:
        """Whether an ensemble passed every gate."""
        return self.result.approved

    def verdict(self) -> str:
        """Return what became of the study in a sentence or two, the answer first."""
        return verdict_words(self.result)

    def odds(self) -> str:
        """Return how much of it may be luck, in a sentence."""
        return odds_words(self.result)

    @cached_property
    def members(self) -> "pl.DataFrame":
        """One row a member: family, weight, the parts of its fitness, parameters."""
        import polars as pl

        return pl.DataFrame(
            {
                "family": [one.family for one in self.result.members],
                "weight": [one.weight for one in self.result.members],
                "fitness": [one.fitness for one in self.result.members],
                "sharpe": [one.sharpe for one in self.result.members],
                "oos_sharpe": [one.oos_sharpe for one in self.result.members],
                "consistency": [one.consistency for one in self.result.members],
                "parameters": [
                    ", ".join(f"{name}={value:g}" for name, value in one.values.items()) for one in self.result.members
                ],
            },
            schema_overrides={"family": pl.String, "parameters": pl.String},
        )

    @cached_property
    def gates(self) -> "pl.DataFrame":
        """One row a gate: what was found, what was needed, whether it passed, the sentence."""
        import polars as pl

        return pl.DataFrame(
            [(one.gate, one.found, one.threshold, one.passed, one.words) for one in self.result.checks],
            schema=["gate", "found", "threshold", "passed", "words"],
            orient="row",
        )

    def report(self, path: str | PathLike[str] = "research.html") -> Path:
        """Write one self-contained HTML page that works offline, and return where it is."""
        from tenfold.app.report.research_page import write_research_page

        return write_research_page(Path(path), self.result, self.bars, dossier=self.result.dossier, rules=self.rules)

    def save(self, folder: str | PathLike[str]) -> dict[str, Path]:
        """Write `report.html`, `study.json` and, where there are members, the signed `ensemble.toml`; return where they are."""
        from tenfold.app.study_file import study_json
        from tenfold.app.writing import write_whole

        place = Path(folder)
        found = {
            "report": self.report(place / "report.html"),
            "study": write_whole(place / "study.json", study_json(self.result)),
        }
        if self.result.members:
            found["ensemble"] = self.save_ensemble(place / "ensemble.toml", self.result, list(found.values()))
        return found

    def save_ensemble(self, path: Path, result: StudyResult, dossier: Sequence[Path], verdict: str = "") -> Path:
        """Write the signed file of the members of a result of this study, and return where it is."""
        from tenfold.app.ensemble_file import save_ensemble

        return save_ensemble(
            result,
            self.rules,
            path,
            created=_now(),
            verdict=verdict or self.verdict(),
            ledger_head=str(result.notes.get("trial log", "")),
            dossier=dossier,
            adjustment=self.bars.adjustment if self.bars.sources else "",
        )

    def lines(self) -> list[str]:
        """Return everything that a terminal shows: verdict, odds, funnel, gates, members."""
        width = max((len(gate) for _, gate, _ in gate_rows(self.result)), default=0)
        lines = [self.verdict(), self.odds(), "", funnel_words(self.result), ""]
        lines += [f"  {passed:<7} {gate:<{width}}  {said}" for passed, gate, said in gate_rows(self.result)]
        rows = [MEMBER_HEADINGS, *member_rows(self.result)]
        if len(rows) > 1:
            widths = [max(len(row[column]) for row in rows) for column in range(len(MEMBER_HEADINGS))]
            lines += ["", *("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)]
        return lines

    def __repr__(self) -> str:
        return "\n".join(self.lines())


def _now() -> str:
    """Return the time of this machine as ISO 8601 in UTC, to the second."""
    return datetime.fromtimestamp(wiring.clock().now_ns() // 1_000_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
