"""Tell the state of a statistical jump model of the index, online.

How it works. Features of downside risk and of risk-adjusted return are standardised by what the fitted sample knows; centres of
the states are found from ten seeded beginnings, spread as k-means++ does, and from the centres before (Shu, Yu, Mulvey 2024).
States are sorted by downside deviation. The label of bar t is the state in which the cheapest path through the bars up to
t - 1 ends, under centres fitted on bars up to t - 1; the path found backwards, which knows what came later, labels nothing.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenfold.kernels.jit import compiled
from tenfold.kernels.jump_model import decayed_means, fit_jumps, path_costs
from tenfold.research.refits import refits

RESTARTS: Final = 10
_STEPS: Final = 50
_DOWNSIDE_HALF_LIFE: Final = 10.0
_SORTINO_HALF_LIVES: Final = (20.0, 60.0)
_DOWNSIDE_MIN_FRAC: Final = 0.1
"""Least downside deviation beside the deviation of all returns: without a falling bar the ratio would be endless."""
_CLIP: Final = 3.0
"""Standard deviations beyond which a feature says no more."""

Array = NDArray[np.float64]


def jump_states(
    returns: Array, states: int, penalty: float, first_bars: int, refit_bars: int, seed: int
) -> NDArray[np.int64]:
    """Return the state of every bar as known one bar before, (T,), 0 with the least downside; 0 until the first fit.

    Parameters
    ----------
    returns : (T,) log returns, finite
    states : K
    penalty : cost of a change of state, where a bar costs half the squared distance of its standardised features
    first_bars, refit_bars : as in `refits`
    """
    labels = np.zeros(len(returns), np.int64)
    features = jump_features(returns)
    centres: Array | None = None
    for fitted, until in refits(len(returns), first_bars, refit_bars):
        sample = features[:fitted]
        middle, spread = sample.mean(axis=0), sample.std(axis=0)
        spread[spread == 0.0] = 1.0
        scaled = np.clip((features[: until - 1] - middle) / spread, -_CLIP, _CLIP)
        before = None if centres is None else (centres - middle) / spread
        found = _fit(scaled[:fitted], states, penalty, before, np.random.default_rng([seed, fitted]))
        costs = np.empty((len(scaled), states))
        compiled(path_costs)(scaled, found, penalty, costs)
        labels[fitted:until] = costs[fitted - 1 :].argmin(axis=1)
        centres = found * spread + middle
    return labels


def jump_features(returns: Array) -> Array:
    """Return the features of each bar, (T, 3): log downside deviation, and Sortino ratios of two half-lives."""
    features = [np.log(np.maximum(_downside(returns, _DOWNSIDE_HALF_LIFE), 1e-12))]
    for half_life in _SORTINO_HALF_LIVES:
        downside = _downside(returns, half_life)
        features.append(
            np.divide(_decayed(returns, half_life), downside, out=np.zeros(len(returns)), where=downside > 0.0)
        )
    return np.ascontiguousarray(np.stack(features, axis=1))


def _downside(returns: Array, half_life: float) -> Array:
    """Return the decayed root mean square of losses, at least a tenth of that of all returns."""
    losses = np.minimum(returns, 0.0)
    every = np.sqrt(_decayed(returns * returns, half_life))
    return np.maximum(np.sqrt(_decayed(losses * losses, half_life)), _DOWNSIDE_MIN_FRAC * every)


def _decayed(values: Array, half_life: float) -> Array:
    means = np.empty(len(values))
    compiled(decayed_means)(values, 0.5 ** (1.0 / half_life), means)
    return means


def _fit(features: Array, states: int, penalty: float, before: Array | None, rng: np.random.Generator) -> Array:
    """Return the centres of the cheapest path found, sorted by downside deviation, (K, F)."""
    begun = [_begin(features, states, rng) for _ in range(RESTARTS)]
    begun += [] if before is None else [before]
    costs, path, counts = (
        np.empty((len(features), states)),
        np.empty(len(features), np.int64),
        np.empty(states, np.int64),
    )
    reached = [compiled(fit_jumps)(features, one, penalty, _STEPS, costs, path, counts) for one in begun]
    best = begun[int(np.argmin(reached))]
    return best[np.argsort(best[:, 0], kind="stable")]


def _begin(features: Array, states: int, rng: np.random.Generator) -> Array:
    """Return centres among the bars, each drawn by its squared distance to those before (Arthur, Vassilvitskii 2007)."""
    draws = rng.random(states)
    chosen = [features[int(draws[0] * len(features))]]
    distance = np.full(len(features), np.inf)
    for draw in draws[1:]:
        distance = np.minimum(distance, ((features - chosen[-1]) ** 2).sum(axis=1))
        reach = np.cumsum(distance)
        chosen.append(features[min(int(np.searchsorted(reach, draw * reach[-1])), len(features) - 1)])
    return np.array(chosen)
