"""Tell the state of a hidden Markov model of the index from the forward filter alone.

How it works. The model is fitted on all that is known at a refit: ten short climbs of the likelihood from seeded places and one
from the model before, of which the best goes on until it converges (Biernacki, Celeux, Govaert 2003). States are sorted by
variance. The label of bar t is the likeliest state given the returns up to t - 1, under a model fitted on returns up to t - 1;
smoothing and the Viterbi path, which know what came later, label nothing.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tenfold.kernels.hidden_markov import filter_states, fit_states
from tenfold.kernels.jit import compiled
from tenfold.research.refits import refits

RESTARTS: Final = 10
_SHORT_STEPS: Final = 10
_LONG_STEPS: Final = 100
_TOLERANCE: Final = 1e-3
_DEVIATION_MIN_FRAC: Final = 0.01
"""Least deviation of a state beside that of the sample: a run of equal returns would have an endless likelihood."""

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class _Model:
    """Hold K states: `start` (K,), `transition` (K, K), `mean` (K,), `deviation` (K,)."""

    start: Array
    transition: Array
    mean: Array
    deviation: Array

    @property
    def arrays(self) -> tuple[Array, Array, Array, Array]:
        return self.start, self.transition, self.mean, self.deviation

    def sorted(self) -> "_Model":
        """Return the model with its states in the order of their variance."""
        order = np.argsort(self.deviation, kind="stable")
        return _Model(self.start[order], self.transition[np.ix_(order, order)], self.mean[order], self.deviation[order])


def hidden_markov_states(returns: Array, states: int, first_bars: int, refit_bars: int, seed: int) -> NDArray[np.int64]:
    """Return the state of every bar as known one bar before, (T,), 0 the calmest; 0 until the first fit
    and while nothing has moved.

    Parameters
    ----------
    returns : (T,) log returns, finite
    states : K
    first_bars, refit_bars : as in `refits`
    """
    labels = np.zeros(len(returns), np.int64)
    model: _Model | None = None
    for fitted, until in refits(len(returns), first_bars, refit_bars):
        if not np.ptp(returns[:fitted]) > 0.0:
            continue  # nothing has moved yet
        model = _fit(returns[:fitted], states, model, np.random.default_rng([seed, fitted]))
        filtered = _filtered(returns[: until - 1], model)
        labels[fitted:until] = filtered[fitted - 1 :].argmax(axis=1)
    return labels


def _filtered(returns: Array, model: _Model) -> Array:
    """Return the probability of each state given the returns so far, (T, K)."""
    shape = (len(returns), len(model.mean))
    filtered = np.empty(shape)
    compiled(filter_states)(returns, *model.arrays, np.empty(shape), filtered, np.empty(len(returns)))
    return filtered


def _fit(returns: Array, states: int, before: _Model | None, rng: np.random.Generator) -> _Model:
    """Return the likeliest model found from seeded places and from the model before."""
    spread = float(returns.std())
    scratch = _scratch(len(returns), states)
    begun = [_begin(returns, states, spread, rng) for _ in range(RESTARTS)]
    begun += [] if before is None else [_Model(*(array.copy() for array in before.arrays))]
    least = spread * _DEVIATION_MIN_FRAC
    fit = compiled(fit_states)
    reached = [fit(returns, *one.arrays, least, _SHORT_STEPS, _TOLERANCE, *scratch) for one in begun]
    best = begun[int(np.argmax(reached))]
    fit(returns, *best.arrays, least, _LONG_STEPS, _TOLERANCE, *scratch)
    return best.sorted()


def _begin(returns: Array, states: int, spread: float, rng: np.random.Generator) -> _Model:
    """Return a model to begin with: states that last, of deviations between a third and three times the sample's."""
    stay = rng.uniform(0.8, 0.99, states)
    transition = np.repeat((1.0 - stay)[:, None] / (states - 1), states, axis=1)
    np.fill_diagonal(transition, stay)
    deviation = spread * np.sort(np.exp(rng.uniform(-1.1, 1.1, states)))
    mean = float(returns.mean()) + 0.3 * spread * rng.standard_normal(states)
    return _Model(np.full(states, 1.0 / states), transition, mean, deviation)


def _scratch(length: int, states: int) -> tuple[Any, ...]:
    shape = (length, states)
    return (
        np.empty(shape),
        np.empty(shape),
        np.empty(length),
        np.empty((states, states)),
        np.empty((states, 3)),
        np.empty(states),
        np.empty(states),
    )
