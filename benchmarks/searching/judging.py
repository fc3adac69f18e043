"""Let three searches look for strategies on one market, and judge what each finds by what it has not seen."""

import math
from functools import partial
from time import process_time
from typing import Any, Final

import numpy as np
from searching.archive import COARSE, FINE, ObservedTestbed, elites, search_by
from searching.markets import Market

from tenfold.adapters.executors.threads import ThreadExecutor
from tenfold.backtesting.compiled import run_compiled
from tenfold.backtesting.scoring import Member, score_members
from tenfold.domain.bars import Bars
from tenfold.market.strengths import RULES
from tenfold.registry import STRATEGIES
from tenfold.research.gates import Gates
from tenfold.research.search import Budget, search
from tenfold.research.selection import Streams, members_of
from tenfold.research.settings import StudySettings
from tenfold.research.study import testbed_of
from tenfold.research.testbed import Testbed
from tenfold.research.walk import annual_sharpe, beside, best_size, candidates, padded, walk

WARM_UP: Final = 300
ARCHIVES: Final = {"elites": FINE, "elites, coarse": COARSE}
SEARCHES: Final = ("even", "mutation", *ARCHIVES)


def compare(market: Market) -> list[dict[str, Any]]:
    """Return what each search comes to on a market, its own processor seconds included."""
    bars, fresh = market.bars(), market.fresh()
    return [
        {"market": market.key, "group": market.group, "unit": market.unit, "search": name, **judge(name, bars, fresh, market.seed)}
        for name in SEARCHES
    ]  # fmt: skip


def judge(name: str, bars: Bars, fresh: Bars | None, seed: int) -> dict[str, Any]:
    """Return what the vote earns out of sample, what the final ensemble earns on fresh bars, and what explains it."""
    gates, settings = Gates(), StudySettings()
    families = [STRATEGIES.load(one) for one in sorted(STRATEGIES.table)]
    testbed, _ = testbed_of(bars, RULES, families, settings)
    if name in ARCHIVES:
        testbed = ObservedTestbed(testbed.bars, testbed.rules, testbed.families, testbed.regimes, testbed.windows)
    begun = process_time()
    pool = _pool(name, testbed, seed)
    searched = process_time() - begun
    streams = Streams(testbed, pool)
    walked = walk(testbed, pool, streams, gates, settings.upkeep)
    last, first = testbed.window_count - 1, testbed.windows[0].test[0]
    picks, votes = candidates(testbed, pool, streams, last, gates, settings.upkeep)
    whole = np.stack([beside(returns, testbed.benchmark, slice(None)) for returns in padded(votes)])
    size = min(best_size(whole, walked.excess_by_size[:, first:]) + 1, len(votes))
    members = members_of(testbed, pool, picks[:size])
    periods = bars.periods_per_year
    return {
        "oos": annual_sharpe(walked.oos[first:], periods),
        "excess": annual_sharpe(walked.excess[first:], periods),
        "fresh": None if fresh is None else _vote(members, fresh),
        "train": float(np.mean(walked.train_sharpe)),
        "fittest": float(np.mean([max(float(pool.fitness(one).max()), 0.0) for one in range(last)])),
        "picked": float(np.mean([np.mean([pick.fitness for pick in some] or [0.0]) for some in walked.picks])),
        "members": len(members),
        "evaluations": len(pool),
        "search_s": round(searched, 3),
        "study_s": round(process_time() - begun, 3),
    }


def _pool(name: str, testbed: Testbed, seed: int) -> Any:
    with ThreadExecutor(1) as executor:
        if name in ARCHIVES:
            return search_by(partial(elites, cells=ARCHIVES[name]), testbed, Budget(seed=seed), executor)
        return search(testbed, Budget(seed=seed, even_frac=1.0 if name == "even" else 0.5), executor)


def _vote(members: list[Member], bars: Bars) -> float:
    """Return the annual Sharpe ratio of a vote, 0 without members."""
    if not members:
        return 0.0
    scores, failures = score_members(members, bars)
    run = run_compiled(bars, RULES, [one.name for one in members], [1.0] * len(members), scores, failures)
    found = annual_sharpe(run.returns[WARM_UP:], bars.periods_per_year)
    return found if math.isfinite(found) else 0.0
