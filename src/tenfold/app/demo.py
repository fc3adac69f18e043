"""Run the main job on real data and on a made-up market: ten strategies vote, research judges, what it approved trades."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tenfold.app.data import sample_bars
from tenfold.app.facade import backtest
from tenfold.app.live.facade import PaperResult, paper
from tenfold.app.live.paper import Shown
from tenfold.app.result import Result
from tenfold.app.study import Study, study
from tenfold.domain.bars import Bars
from tenfold.domain.rules import Account, Costs, Rules, Sizing
from tenfold.market.planted import planted_market
from tenfold.risk.limits import limits_of

SAMPLE: Final = "us-large-caps"

MEMBERS: Final = (
    "crossing",
    "convergence",
    "directional",
    "regression_slope",
    "skip_month",
    "relative_strength",
    "channel",
    "squeeze",
    "pullback",
    "balance",
)

RULES: Final = Rules(
    account=Account(cash=1_000_000.0, leverage_max=1.0),
    costs=Costs(
        fee_per_share=0.005, fee_minimum=1.0, slippage_bps=2.0, participation_frac_max=0.05, borrow_annual_frac=0.01
    ),
    sizing=Sizing(method="volatility", volatility_annual_frac=0.10),
    limits=limits_of("research"),
)

TRIALS: Final = 800
"""Strategies that research tries on each market: enough to show how it judges, in seconds."""

SCENARIOS: Final = 100
"""Scenarios under which what was approved on the made-up market is examined."""

KNOWN_BARS, FRESH_BARS = 3780, 1260
"""Bars of the made-up market that research sees, and that it never sees: 15 and 5 years."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Researched:
    """Hold a study with its files, and what its ensemble earned on bars that the study never saw, where one was approved."""

    study: Study
    files: dict[str, Path]
    fresh: Result | None = None


def run_demo(say: Callable[[str], None]) -> Result:
    """Return the vote of ten strategies as they come; `say` is told what is done."""
    bars = sample_bars(SAMPLE)
    say(f"{len(bars):,} daily bars of {', '.join(bars.symbols)}; {len(MEMBERS)} strategies vote")
    return backtest(list(MEMBERS), bars, rules=RULES, name="demo")


def research_real(folder: Path, progress: Progress) -> Researched:
    """Search on the real sample, whatever comes of it, and write the evidence."""
    found = study(sample_bars(SAMPLE), rules=RULES, trials=TRIALS, progress=progress)
    return Researched(found, found.save(folder))


def research_planted(folder: Path, progress: Progress) -> Researched:
    """Search on a made-up market with an edge, and trade what was approved on bars that the search never saw."""
    bars = made_up_market()
    found = study(bars.slice(0, KNOWN_BARS), rules=RULES, trials=TRIALS, scenarios=SCENARIOS, progress=progress)
    files = found.save(folder)
    if not found.approved:
        return Researched(found, files)
    fresh = backtest(files["ensemble"], bars.slice(KNOWN_BARS), name="demo-planted")
    files["backtest"] = fresh.report(folder / "backtest.html", title="Made-up market, bars that research never saw")
    return Researched(found, files, fresh)


def paper_planted(ensemble: Path, folder: Path, show: Callable[[Shown], Awaitable[None]]) -> PaperResult:
    """Trade what was approved on the made-up market, on the simulated exchange, over the days that research never saw."""
    return paper(ensemble, made_up_market().slice(KNOWN_BARS), journal=folder / "paper.db", show=show)


def made_up_market() -> Bars:
    """Return six made-up symbols with hidden drifts that last about two months; labelled synthetic wherever it is shown."""
    names = [f"MADEUP{number}" for number in range(1, 7)]
    return planted_market(KNOWN_BARS + FRESH_BARS, names, seed=8, edge="trend", strength=0.015, span=40)
