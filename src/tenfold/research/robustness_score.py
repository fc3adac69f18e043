"""Score how robust scenarios show an ensemble to be, and hold them against the thresholds asked for."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenfold.research.dossier import Score
from tenfold.research.gates import Check

Values = NDArray[np.float64]

WEIGHTS: Final = (0.35, 0.25, 0.25, 0.15)
SHARPE_FULL: Final = 1.5
DRAWDOWN_MAX: Final = 0.30
"""Deepest fall, at 10 % volatility a year, that is borne: a scenario beyond it has failed."""

LOW_SHARPE_MIN: Final = 0.5
FAILURE_RATE_MAX: Final = 0.2
SCORE_MIN: Final = 0.7


def score_of(sharpe: Values, drawdown: Values) -> Score:
    """Return the robustness score of scenarios.

    0.35 clip(p25 Sharpe / 1.5) + 0.25 (1 - sd / mean) + 0.25 clip(1 - p75 drawdown / 0.30) + 0.15 (1 - P[Sharpe < 0]), each
    part in [0, 1]; `sharpe` annual and `drawdown` at 10 % volatility a year, positive, (N,). A mean Sharpe ratio of 0 or less is
    not steady at all.
    """
    mean = float(sharpe.mean())
    parts = (
        float(np.quantile(sharpe, 0.25)) / SHARPE_FULL,
        1.0 - float(sharpe.std()) / mean if mean > 0.0 else 0.0,
        1.0 - float(np.quantile(drawdown, 0.75)) / DRAWDOWN_MAX,
        1.0 - float(np.mean(sharpe < 0.0)),
    )
    quartile, steadiness, fall, sign = (min(max(part, 0.0), 1.0) for part in parts)
    total = sum(weight * part for weight, part in zip(WEIGHTS, (quartile, steadiness, fall, sign), strict=True))
    return Score(quartile=quartile, steadiness=steadiness, drawdown=fall, sign=sign, total=total)


def failures_of(sharpe: Values, drawdown: Values) -> NDArray[np.bool_]:
    """Return which scenarios failed, (N,): a Sharpe ratio below 0, or a fall of more than 30 % at 10 % volatility a year."""
    return (sharpe < 0.0) | (drawdown > DRAWDOWN_MAX)


def checks_of(sharpe: Values, failed: NDArray[np.bool_], score: Score) -> tuple[Check, ...]:
    """Return each threshold asked for, whether it holds, and the sentence that says so; none of them is a gate by itself."""
    low, tail, rate = float(np.quantile(sharpe, 0.05)), float(np.quantile(sharpe, 0.025)), float(failed.mean())
    return (
        _check("scenario_sharpe_low", low, LOW_SHARPE_MIN, low > LOW_SHARPE_MIN,
               f"In 95 of 100 scenarios the Sharpe ratio is above {low:.2f}; asked for is above {LOW_SHARPE_MIN:g}."),
        _check("scenario_interval_low", tail, 0.0, tail > 0.0,
               f"The 95 % interval of the Sharpe ratio begins at {tail:.2f}; asked for is above 0."),
        _check("scenario_failure_rate", rate, FAILURE_RATE_MAX, rate < FAILURE_RATE_MAX,
               f"{100.0 * rate:.0f} % of the scenarios fail (they lose, or fall by more than 30 % at 10 % volatility); asked for is "
               f"below {100.0 * FAILURE_RATE_MAX:.0f} %."),
        _check("robustness", score.total, SCORE_MIN, score.total > SCORE_MIN,
               f"The robustness score is {score.total:.2f} of 1; asked for is above {SCORE_MIN:g}."),
    )  # fmt: skip


def _check(gate: str, found: float, threshold: float, passed: bool, words: str) -> Check:
    return Check(gate=gate, found=found, threshold=threshold, passed=bool(passed), words=words)
