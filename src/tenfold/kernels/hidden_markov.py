"""Filter and fit a hidden Markov model with normal returns in each state (Hamilton 1989; Baum, Petrie, Soules, Weiss 1970).

How it works. Probabilities are scaled to 1 at each bar (Rabiner 1989), and densities are taken relative to the state that the
return is nearest to, so that nothing underflows however far out it lies. A model is `start` (K,), `transition` (K, K) from row
to column, `mean` (K,) and `deviation` (K,), all float64, deviations above 0; fitting changes it in place.
"""

import math
from typing import Any


def filter_states(
    returns: Any, start: Any, transition: Any, mean: Any, deviation: Any, density: Any, filtered: Any, scale: Any
) -> float:
    """Write the probability of each state given the returns so far; return the log-likelihood but for a constant.

    `returns` (T,); `density` (T, K) relative densities, `filtered` (T, K), `scale` (T,) sums before scaling.
    """
    likelihood = 0.0
    for moment in range(len(returns)):
        nearest = 0.0
        for state in range(len(mean)):
            z = (returns[moment] - mean[state]) / deviation[state]
            density[moment, state] = 0.5 * z * z
            if state == 0 or density[moment, state] < nearest:
                nearest = density[moment, state]
        total = 0.0
        for state in range(len(mean)):
            density[moment, state] = math.exp(nearest - density[moment, state]) / deviation[state]
            prior = start[state]
            if moment > 0:
                prior = 0.0
                for before in range(len(mean)):
                    prior += filtered[moment - 1, before] * transition[before, state]
            filtered[moment, state] = prior * density[moment, state]
            total += filtered[moment, state]
        if total > 0.0:
            for state in range(len(mean)):
                filtered[moment, state] /= total
        else:  # the model rules this return out: begin again from not knowing
            total = 1e-300
            for state in range(len(mean)):
                filtered[moment, state] = 1.0 / len(mean)
        scale[moment] = total
        likelihood += math.log(total) - nearest
    return likelihood


def smooth_sums(
    returns: Any,
    start: Any,
    transition: Any,
    density: Any,
    filtered: Any,
    scale: Any,
    moved: Any,
    sums: Any,
    after: Any,
    reached: Any,
) -> None:
    """Sum the expected moves and stays of a fitted stretch, backwards; `start` becomes the smoothed first bar.

    `moved` (K, K) expected moves from row to column; `sums` (K, 3) expected count, returns and their squares; `after` (K,)
    and `reached` (K,) scratch. Smoothing serves the fit of the past alone: no label is taken from it.
    """
    states = len(start)
    for state in range(states):
        after[state] = 1.0
        for other in range(states):
            moved[state, other] = 0.0
        for column in range(3):
            sums[state, column] = 0.0
    for back in range(len(returns)):
        moment = len(returns) - 1 - back
        if back > 0:
            for state in range(states):
                reached[state] = density[moment + 1, state] * after[state] / scale[moment + 1]
            for state in range(states):
                total = 0.0
                for other in range(states):
                    part = transition[state, other] * reached[other]
                    moved[state, other] += filtered[moment, state] * part
                    total += part
                after[state] = total
        for state in range(states):
            share = filtered[moment, state] * after[state]
            sums[state, 0] += share
            sums[state, 1] += share * returns[moment]
            sums[state, 2] += share * returns[moment] * returns[moment]
            start[state] = share


def refit_states(
    start: Any, transition: Any, mean: Any, deviation: Any, moved: Any, sums: Any, deviation_min: float
) -> None:
    """Set a model to what the expected moves and sums say; a state that is never visited keeps what it has."""
    total = 0.0
    for state in range(len(mean)):
        total += start[state]
    for state in range(len(mean)):
        start[state] = start[state] / total if total > 0.0 else 1.0 / len(mean)
        leaving = 0.0
        for other in range(len(mean)):
            leaving += moved[state, other]
        if leaving > 0.0:
            for other in range(len(mean)):
                transition[state, other] = moved[state, other] / leaving
        if sums[state, 0] > 1e-6:
            mean[state] = sums[state, 1] / sums[state, 0]
            variance = sums[state, 2] / sums[state, 0] - mean[state] * mean[state]
            deviation[state] = math.sqrt(variance) if variance > deviation_min * deviation_min else deviation_min


def fit_states(
    returns: Any,
    start: Any,
    transition: Any,
    mean: Any,
    deviation: Any,
    deviation_min: float,
    steps: int,
    tolerance: float,
    density: Any,
    filtered: Any,
    scale: Any,
    moved: Any,
    sums: Any,
    after: Any,
    reached: Any,
) -> float:
    """Climb the likelihood by expectation and maximisation, in place; return what was reached before the last step.

    Stops after `steps`, or where a step gains less than `tolerance`. Scratch as in `filter_states` and `smooth_sums`.
    """
    best = -math.inf
    for _ in range(steps):
        found = filter_states(returns, start, transition, mean, deviation, density, filtered, scale)
        smooth_sums(returns, start, transition, density, filtered, scale, moved, sums, after, reached)
        refit_states(start, transition, mean, deviation, moved, sums, deviation_min)
        gain = found - best
        best = found
        if gain < tolerance:
            break
    return best
