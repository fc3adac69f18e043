"""Choose again in every window of a walk forward, and let the vote trade what the window has not seen.

How it works. Everything that is chosen is chosen again in each window, on what that window may know; the vote of what it
chose trades the window's test. The tests one behind the other are the record out of sample. How many candidates vote is
decided by the train, and by the tests of the windows before.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.upkeep import Upkeep
from tenfold.ensemble.weights import skill_after, weights_now
from tenfold.metrics.benchmark import beta
from tenfold.metrics.ranks import kendall_tau
from tenfold.research.gates import Gates
from tenfold.research.search import Pool
from tenfold.research.selection import MEMBERS_MAX, Pick, Streams, Votes, Weigh, choose, equal, members_of, vote_streams
from tenfold.research.testbed import Testbed

Returns = NDArray[np.float64]


@dataclass(eq=False)
class Walk:
    """Hold the record of a walk forward.

    `by_size` and `excess_by_size` (10, T): net returns on the tests of the vote of the first 1, 2, ... candidates, and beside
    the market's share, NaN before the first test; `oos` and `excess` (T,) those of the size that each window chose;
    `sizes` those sizes; `picks` what each window chose; `taus` of each window.
    """

    by_size: Returns
    excess_by_size: Returns
    oos: Returns
    excess: Returns
    sizes: list[int]
    picks: list[list[Pick]]
    train_sharpe: list[float]
    taus: list[float]


EQUAL: Final = Upkeep()


def walk(testbed: Testbed, pool: Pool, streams: Streams, gates: Gates, upkeep: Upkeep = EQUAL) -> Walk:
    """Choose in each window on what it may know, and let the vote trade its test."""
    length = len(testbed.bars)
    first = testbed.windows[0].test[0]
    by_size, excess_by_size = np.full((2, MEMBERS_MAX, length), np.nan)
    oos, excess = np.full((2, length), np.nan)
    sizes, chosen, trained, taus = [], [], [], []
    for number, window in enumerate(testbed.windows):
        picks, votes = candidates(testbed, pool, streams, number, gates, upkeep)
        train, (start, stop) = slice(*window.train), window.test
        by_size[:, start:stop] = padded(votes)[:, start:stop]
        rest = np.stack([beside(returns, testbed.benchmark, train) for returns in padded(votes)])
        excess_by_size[:, start:stop] = rest[:, start:stop]
        size = best_size(rest[:, train], excess_by_size[:, first:start])
        sizes.append(min(size + 1, len(votes)))
        oos[start:stop], excess[start:stop] = by_size[size, start:stop], excess_by_size[size, start:stop]
        chosen.append(picks)
        trained.append(annual_sharpe(padded(votes)[size, train], testbed.bars.periods_per_year) if len(votes) else 0.0)
        known = pool.known(number) & (pool.found.trades > 0)
        taus.append(kendall_tau(pool.found.sharpe[known, number], pool.found.test[known, number]))
    return Walk(by_size, excess_by_size, oos, excess, sizes, chosen, trained, taus)


def candidates(
    testbed: Testbed, pool: Pool, streams: Streams, window: int, gates: Gates, upkeep: Upkeep = EQUAL
) -> tuple[list[Pick], Votes]:
    """Return what a window chooses, best first, and the votes of the first 1, 2, ... of them."""
    picks = choose(
        pool,
        streams,
        window,
        testbed.train_range(window),
        correlation_max=gates.correlation_max,
        consistency_min=gates.consistency_min,
    )
    weigh = weigher(picks, testbed.train_range(window)[1], upkeep)
    return picks, vote_streams(testbed, members_of(testbed, pool, picks), weigh)


def weigher(picks: list[Pick], stop: int, upkeep: Upkeep) -> Weigh:
    """Return how the first 1, 2, ... candidates are weighed, by what they earned on the bars before `stop` alone."""
    if upkeep.weights == "equal" or not picks:
        return equal
    state = skill_after(np.stack([pick.returns[:stop] for pick in picks], axis=1), upkeep)

    def weigh(size: int) -> tuple[float, ...]:
        return tuple((size * weights_now(state[:size], upkeep)).tolist())

    return weigh


def padded(votes: Votes) -> Returns:
    """Return net returns for every size up to ten, (10, T): beyond the candidates there are, those of all of them."""
    if len(votes) == 0:
        return np.zeros((MEMBERS_MAX, votes.returns.shape[1]))
    return votes.returns[np.minimum(np.arange(MEMBERS_MAX), len(votes) - 1)]


def best_size(train: Returns, tests: Returns) -> int:
    """Return how many candidates vote, less one: the position of the row with the most evidence; the smallest of equal ones.

    Parameters
    ----------
    train : excess returns on the train of the votes of the first 1, 2, ... candidates, (10, T)
    tests : excess returns on all tests so far of the votes of as many candidates, those of their window, (10, U)

    The evidence is the mean of both Sharpe ratios, each weighted by its bars. Tests alone are few and their best is
    luck for the most part; the train alone has been chosen on.
    """
    shown = [annual_sharpe(row, 1.0) * len(row) for row in train]
    unseen = [annual_sharpe(row, 1.0) * len(row) for row in tests]
    return int(np.argmax(np.add(shown, unseen)))


def beside(returns: Returns, benchmark: Returns, known: slice) -> Returns:
    """Return returns less the market's share in them, (T,): the slope on the benchmark is taken over the bars that are known."""
    slope = beta(returns[known], benchmark[known])
    return returns - (0.0 if np.isnan(slope) else slope) * benchmark


def annual_sharpe(returns: Returns, periods: float) -> float:
    """Return the annual Sharpe ratio, 0 for returns that do not vary."""
    if len(returns) < 2:
        return 0.0
    spread = float(returns.std(ddof=1))
    return float(returns.mean()) / spread * float(np.sqrt(periods)) if spread > 1e-15 else 0.0
