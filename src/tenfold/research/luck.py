"""Ask how much of a result the order of things made: resampled returns, shuffled trades, simulated volatility."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenfold.backtesting.run import Run
from tenfold.metrics.bootstrap import bootstrap_indices
from tenfold.metrics.garch import fit_garch, garch_returns
from tenfold.research.dossier import Spread
from tenfold.research.paths import Measured, measured, spread_of

Values = NDArray[np.float64]

_BATCH: Final = 100
"""Paths that are held at a time."""

_BOOTSTRAP: Final = "Had the same kind of bars come in another order, what would have been earned?"
_SHUFFLE: Final = (
    "Had the same round trips come in another order, how deep would the falls have been? The end is the same."
)
_FILTERED: Final = "Had volatility taken another course (GARCH), with shocks like those seen?"


def bootstrap_spread(returns: Values, periods: float, block: float, count: int, seed: int) -> Spread:
    """Return the stationary bootstrap of returns (T,), `count` paths (Politis, Romano 1994)."""

    def batch(number: int, size: int) -> Values:
        return returns[bootstrap_indices(len(returns), size, block, seed, first=number * _BATCH)]

    return _spread("stationary bootstrap", _BOOTSTRAP, batch, len(returns), periods, count)


def filtered_spread(returns: Values, periods: float, count: int, seed: int) -> Spread:
    """Return the filtered historical simulation of returns (T,) (Barone-Adesi, Giannopoulos, Vosper 1999)."""
    fit = fit_garch(returns)

    def batch(number: int, size: int) -> Values:
        return garch_returns(fit, size, np.random.default_rng([seed, 12, number]))

    return _spread("filtered historical simulation", _FILTERED, batch, len(returns), periods, count)


def trade_factors(run: Run) -> Values:
    """Return the factor by which each round trip moved equity, in the order of their ends, (N,); their product is the end.

    Each is net of its fees; borrow, interest and dividends belong to no trip and are left out. A trip after equity is gone has a factor of 1.
    """
    trades = run.trades[np.argsort(run.trades["exit_bar"], kind="stable")]
    earned = (trades["pnl_units"] - trades["fee_units"]).astype(np.float64) / run.money
    equity = run.rules.account.cash + np.concatenate(([0.0], np.cumsum(earned)))
    factors = np.divide(equity[1:], equity[:-1], out=np.ones(len(earned)), where=equity[:-1] > 0.0)
    return np.maximum(factors, 0.0)


def shuffle_spread(run: Run, count: int, seed: int) -> Spread:
    """Return the round trips in other orders; one path step is one trip, and a year has as many as it had."""
    returns = trade_factors(run) - 1.0
    if len(returns) == 0:
        returns = np.zeros(1)
    periods = len(returns) / (len(run.bars) / run.bars.periods_per_year)

    def batch(number: int, size: int) -> Values:
        rng = np.random.default_rng([seed, 13, number])
        return rng.permuted(np.broadcast_to(returns, (size, len(returns))), axis=1)

    return _spread("trade shuffle", _SHUFFLE, batch, len(returns), periods, count)


def _spread(
    name: str, words: str, batch: Callable[[int, int], Values], length: int, periods: float, count: int
) -> Spread:
    parts: list[Measured] = []
    for number, start in enumerate(range(0, count, _BATCH)):
        parts.append(measured(batch(number, min(_BATCH, count - start)), periods))
    return spread_of(name, words, parts, length)
