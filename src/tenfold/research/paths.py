"""Measure paths of returns: what each came to, and how they fan out together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenfold.research.dossier import LEVELS, Spread

Values = NDArray[np.float64]

VOLATILITY: Final = 0.10
"""Annual volatility that drawdowns are measured at: deeper ones of larger positions are no news."""

_POINTS: Final = 120
_STILL: Final = 1e-12  # deviation over the largest return, below which there is none but of rounding


@dataclass(frozen=True, eq=False)
class Measured:
    """Hold what B paths came to: fields as in `Spread`; `wealth` (B, G) at the points of the fan, from a start of 1."""

    sharpe: Values
    annual_return: Values
    drawdown: Values
    scaled_drawdown: Values
    wealth: Values


def fan_points(length: int) -> NDArray[np.int64]:
    """Return at which numbers of bars a fan is drawn, the start and the end among them."""
    return np.unique(np.round(np.linspace(0, length, min(_POINTS, length) + 1)).astype(np.int64))


def measured(returns: Values, periods: float) -> Measured:
    """Return what paths of simple returns (B, T) came to.

    Annual return is geometric. A path that loses everything stays at nothing: a return below -1 counts as -1.
    """
    length = returns.shape[1]
    deviation = returns.std(axis=1) * np.sqrt(length / max(length - 1, 1))
    moving = deviation > _STILL * np.abs(returns).max(axis=1)
    year = np.sqrt(periods)
    sharpe = np.divide(returns.mean(axis=1), deviation, out=np.zeros(len(returns)), where=moving) * year
    wealth = _wealth(returns)
    scale = np.divide(VOLATILITY, deviation * year, out=np.zeros(len(returns)), where=moving)
    years = length / periods
    return Measured(
        sharpe=sharpe,
        annual_return=wealth[:, -1] ** (1.0 / years) - 1.0,
        drawdown=_deepest(wealth),
        scaled_drawdown=_deepest(_wealth(returns * scale[:, None])),
        wealth=wealth[:, fan_points(length)],
    )


def spread_of(name: str, words: str, parts: Sequence[Measured], length: int) -> Spread:
    """Return the paths of several measurements, each of `length` bars, as one spread."""
    wealth = np.concatenate([part.wealth for part in parts])
    return Spread(
        name=name,
        words=words,
        sharpe=np.concatenate([part.sharpe for part in parts]),
        annual_return=np.concatenate([part.annual_return for part in parts]),
        drawdown=np.concatenate([part.drawdown for part in parts]),
        scaled_drawdown=np.concatenate([part.scaled_drawdown for part in parts]),
        fan_at=fan_points(length),
        fan=np.quantile(wealth, LEVELS, axis=0),
    )


def _wealth(returns: Values) -> Values:
    """Return wealth (B, T + 1) from a start of 1."""
    wealth = np.ones((len(returns), returns.shape[1] + 1))
    with np.errstate(over="ignore"):
        np.cumprod(np.maximum(1.0 + returns, 0.0), axis=1, out=wealth[:, 1:])
    return wealth


def _deepest(wealth: Values) -> Values:
    """Return the deepest loss from a peak of each path, a positive fraction, (B,)."""
    return np.asarray((1.0 - wealth / np.maximum.accumulate(wealth, axis=1)).max(axis=1))
