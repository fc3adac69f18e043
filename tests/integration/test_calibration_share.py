"""A fast share of the calibration: noise is not approved, planted edges are found.

The whole runs by `make calibrate`, with 2,000 trials a market and the bootstraps; here are half as many trials and none of
these.
"""

import numpy as np
import pytest

from tenfold.adapters.clock import FixedClock
from tenfold.adapters.executors.threads import ThreadExecutor
from tenfold.adapters.trials.memory import MemoryTrialLog
from tenfold.market.resampling import block_shuffle
from tenfold.market.strengths import RULES, market_of, solved
from tenfold.market.synthetic import garch_market, random_walk, regime_market
from tenfold.registry import STRATEGIES
from tenfold.research.gates import Gates
from tenfold.research.search import Budget
from tenfold.research.settings import StudySettings
from tenfold.research.study import run_study
from tenfold.research.walk import annual_sharpe

BARS = 5040
SETTINGS = StudySettings(budget=Budget(trials=1000), resamples=0)
FAMILIES = [STRATEGIES.load(name) for name in sorted(STRATEGIES.table)]

NOISE = [
    *(lambda seed=seed: random_walk(BARS, seed=seed, drift=0.0) for seed in range(7)),
    *(lambda seed=seed: garch_market(BARS, seed=seed, drift=0.0, freedom=5.0) for seed in range(6)),
    # blocks of one bar take every memory away; what lasts for months would survive in blocks of 300, and be no noise
    *(lambda seed=seed: block_shuffle(regime_market(BARS, seed=seed), 1, seed) for seed in range(3)),
    *(lambda seed=seed: block_shuffle(garch_market(BARS, seed=seed, freedom=5.0), 300, seed) for seed in range(6, 8)),
    lambda: random_walk(BARS, 6, seed=7, drift=0.0),
    lambda: garch_market(BARS, 3, seed=8, drift=0.0, freedom=5.0),
]  # fmt: skip
PLANTED = [
    *(("trend", seed) for seed in range(2)),
    *(("calm", seed) for seed in range(2)),
    *(("reversion", seed) for seed in range(2)),
    *(("gap", seed) for seed in range(2)),
    ("winter", 0),
    ("climax", 0),
]


def study(bars):
    with ThreadExecutor(2) as executor:
        return run_study(
            bars,
            RULES,
            FAMILIES,
            gates=Gates(),
            settings=SETTINGS,
            executor=executor,
            log=MemoryTrialLog(),
            clock=FixedClock(0),
        )


@pytest.fixture(scope="module")
def noise():
    return [study(make()) for make in NOISE]


def test_noise_is_not_approved(noise):
    assert len(noise) == 20
    assert sum(one.approved for one in noise) <= 1


def test_noise_earns_nothing_out_of_sample(noise):
    """A search that knew the future anywhere would show here: the mean lies within three standard errors of zero less costs."""
    found = np.array([annual_sharpe(one.oos[one.steps[0].test[0] :], one.periods) for one in noise])
    years = np.mean([(len(one.oos) - one.steps[0].test[0]) / one.periods for one in noise])
    assert -0.3 < found.mean() < 3.0 / np.sqrt(years * len(found))
    assert np.mean([one.odds.psr > 0.95 for one in noise]) <= 0.2


def test_a_planted_edge_is_found():
    found = [study(market_of(solved(edge, 1.5), BARS, seed)) for edge, seed in PLANTED]
    assert len(found) == 10
    assert sum(one.approved for one in found) >= 7
