"""Find states that features stay near, where each change of state costs a penalty: the statistical jump model.

Source: Nystrup, Lindstroem, Madsen (2020), "Learning hidden Markov models with persistent states by penalizing jumps"; Shu,
Yu, Mulvey (2024), "Downside risk reduction using regime-switching signals". The loss of a bar is half the squared distance of
its features (F,) to the centre (F,) of its state; a path of states is found by dynamic programming.
"""

import math
from typing import Any


def decayed_means(values: Any, keep: float, means: Any) -> None:
    """Write the mean of the values so far, each older one weighing `keep` times the next; `values`, `means` (T,)."""
    total = 0.0
    weight = 0.0
    for moment in range(len(values)):
        total = total * keep + values[moment]
        weight = weight * keep + 1.0
        means[moment] = total / weight


def path_costs(features: Any, centres: Any, penalty: float, costs: Any) -> None:
    """Write the least cost of a path through the bars so far that ends in each state: what is known online.

    `features` (T, F), `centres` (K, F), `costs` (T, K).
    """
    for moment in range(len(features)):
        least = 0.0
        if moment > 0:
            least = costs[moment - 1, 0]
            for state in range(1, len(centres)):
                least = min(least, costs[moment - 1, state])
        for state in range(len(centres)):
            loss = 0.0
            for one in range(centres.shape[1]):
                distance = features[moment, one] - centres[state, one]
                loss += 0.5 * distance * distance
            stay = costs[moment - 1, state] if moment > 0 else 0.0
            costs[moment, state] = loss + min(stay, least + penalty)


def cheapest_state(costs: Any, moment: int) -> int:
    """Return the state in which the cheapest path to a bar ends, the first of equals."""
    state = 0
    for other in range(1, costs.shape[1]):
        if costs[moment, other] < costs[moment, state]:
            state = other
    return state


def cheapest_path(costs: Any, penalty: float, states: Any) -> int:
    """Write the cheapest path of the whole stretch, backwards; return how many bars it changes in `states` (T,).

    Such a path serves the fit of the past alone: no label is taken from it.
    """
    changed = 0
    state = 0
    for back in range(len(costs)):
        moment = len(costs) - 1 - back
        other = cheapest_state(costs, moment)
        if back == 0 or costs[moment, other] + penalty < costs[moment, state]:
            state = other
        changed += 1 if states[moment] != state else 0
        states[moment] = state
    return changed


def centre_states(features: Any, states: Any, centres: Any, counts: Any) -> None:
    """Move each centre to the mean of the features of its bars; a state without bars stays where it is."""
    for state in range(len(centres)):
        counts[state] = 0
    for moment in range(len(states)):
        counts[states[moment]] += 1
    for state in range(len(centres)):
        if counts[state] > 0:
            for one in range(centres.shape[1]):
                centres[state, one] = 0.0
    for moment in range(len(states)):
        state = states[moment]
        for one in range(centres.shape[1]):
            centres[state, one] += features[moment, one] / counts[state]


def fit_jumps(features: Any, centres: Any, penalty: float, steps: int, costs: Any, states: Any, counts: Any) -> float:
    """Find centres and path by turns, in place, until the path stays; return the cost of the path.

    `centres` (K, F) to begin with; `costs` (T, K), `states` (T,) int64 and `counts` (K,) int64 are scratch.
    """
    for moment in range(len(states)):
        states[moment] = -1
    cost = math.inf
    for _ in range(steps):
        path_costs(features, centres, penalty, costs)
        last = len(costs) - 1
        cost = costs[last, cheapest_state(costs, last)]
        if cheapest_path(costs, penalty, states) == 0:
            break
        centre_states(features, states, centres, counts)
    return cost
