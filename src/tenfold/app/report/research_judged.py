"""Cut out of a study what it did on the tests: the returns that no choice had seen."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tenfold.metrics.performance import Returns, deviation, ratio, sharpe_ratio
from tenfold.research.result import StudyResult


@dataclass(frozen=True, eq=False)
class Judged:
    """Hold the bars [start, stop) from the first test to the last, and the net returns there, (N,) each.

    `vote` and `excess` are 0 at bars between the tests that belong to none; all are empty where nothing was tested.
    """

    start: int
    stop: int
    periods: float
    vote: Returns
    excess: Returns
    held: Returns

    @property
    def years(self) -> float:
        """Years of the tests."""
        return len(self.vote) / self.periods

    @cached_property
    def sharpe(self) -> float:
        """Annual Sharpe ratio of the vote; NaN where it never traded."""
        return sharpe_ratio(self.vote, self.periods)

    @cached_property
    def excess_sharpe(self) -> float:
        """Annual Sharpe ratio beside the market's share."""
        return sharpe_ratio(self.excess, self.periods)

    @cached_property
    def held_sharpe(self) -> float:
        """Annual Sharpe ratio of buying and holding."""
        return sharpe_ratio(self.held, self.periods)

    @property
    def matched(self) -> Returns:
        """Returns of the share of the benchmark that varies as much as the vote; 0 where the vote never traded."""
        scale = ratio(deviation(self.vote), deviation(self.held))
        return self.held * (scale if math.isfinite(scale) else 0.0)


def judged(result: StudyResult) -> Judged:
    """Return what a study did on its tests."""
    known = np.flatnonzero(np.isfinite(result.oos))
    start, stop = (int(known[0]), int(known[-1]) + 1) if len(known) else (0, 0)
    return Judged(
        start=start,
        stop=stop,
        periods=result.periods,
        vote=np.nan_to_num(result.oos[start:stop], nan=0.0),
        excess=np.nan_to_num(result.excess[start:stop], nan=0.0),
        held=np.nan_to_num(result.benchmark[start:stop], nan=0.0),
    )
