"""Say what a result is worth, given every trial that the log counts for its market."""

import math
from dataclasses import asdict, dataclass
from typing import Any, Final

from tenfold.app.counting import UNCOUNTED
from tenfold.app.wiring import trial_log
from tenfold.backtesting.trials import trial_data
from tenfold.domain.bars import Bars
from tenfold.domain.errors import TenfoldError
from tenfold.metrics.clusters import effective_trials
from tenfold.metrics.significance import deflated_sharpe
from tenfold.research.odds import luck_sharpe, trial_variance

ODDS: Final = "odds"
"""Note of a kept result: its odds when it was kept."""


@dataclass(frozen=True)
class TrialOdds:
    """Hold what the log says of a market; None where it could not be asked.

    Parameters
    ----------
    trials : different evaluations so far; at least the one that asks
    effective : how many independent ones they amount to
    luck_sharpe : annual Sharpe ratio that the best of so many worthless trials is expected to show
    deflated_sharpe : probability that the true Sharpe ratio is above 0, given that it is the best of them
    """

    trials: int | None = None
    effective: float | None = None
    luck_sharpe: float | None = None
    deflated_sharpe: float | None = None


def odds_of(bars: Bars, notes: dict[str, Any], sharpe: float, skew: float = 0.0, kurtosis: float = 3.0) -> TrialOdds:
    """Return the odds of a Sharpe ratio per bar on a market: those that were kept with it, else by the log as it is now."""
    if ODDS in notes:
        return TrialOdds(**notes[ODDS])
    if UNCOUNTED in notes:
        return TrialOdds()
    try:
        sample = trial_log().sample(trial_data(bars))
    except TenfoldError:
        return TrialOdds()
    effective = effective_trials(sample)
    number, periods = max(effective.number, 1.0), bars.periods_per_year
    variance = trial_variance(effective.sharpes / math.sqrt(periods), len(bars))
    return TrialOdds(
        trials=max(sample.count, 1),
        effective=number,
        luck_sharpe=luck_sharpe(number, variance) * math.sqrt(periods),
        deflated_sharpe=deflated_sharpe(
            sharpe, len(bars), trials=number, trial_variance=variance, skew=skew, kurtosis=kurtosis
        ),
    )


def kept(notes: dict[str, Any], odds: TrialOdds) -> dict[str, Any]:
    """Return notes with the odds, where they are known, so that a kept result tells them as they were."""
    return notes if odds.trials is None else {**notes, ODDS: asdict(odds)}
