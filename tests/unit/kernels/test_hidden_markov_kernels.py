"""The hidden Markov model against the sum over all paths of states."""

import itertools
import math

import numpy as np
import pytest

from tenfold.kernels.hidden_markov import filter_states, fit_states, refit_states, smooth_sums
from tenfold.kernels.jit import compiled

RETURNS = np.array([0.011, -0.002, 0.004, -0.037, 0.029, -0.001])


def model(states=2):
    transition = np.full((states, states), 0.1 / (states - 1))
    np.fill_diagonal(transition, 0.9)
    start = np.arange(1.0, states + 1.0)
    return start / start.sum(), transition, np.linspace(0.001, -0.002, states), np.linspace(0.006, 0.025, states)


def filtered(returns, start, transition, mean, deviation):
    shape = (len(returns), len(mean))
    density, found, scale = np.empty(shape), np.empty(shape), np.empty(len(returns))
    likelihood = compiled(filter_states)(returns, start, transition, mean, deviation, density, found, scale)
    return likelihood, found, density, scale


def paths(returns, start, transition, mean, deviation):
    """Yield every path of states with its joint density."""
    for path in itertools.product(range(len(mean)), repeat=len(returns)):
        weight = start[path[0]]
        for before, after in itertools.pairwise(path):
            weight *= transition[before, after]
        for value, state in zip(returns, path, strict=True):
            z = (value - mean[state]) / deviation[state]
            weight *= math.exp(-0.5 * z * z) / deviation[state]
        yield path, weight


def scratch(length, states):
    shape = (length, states)
    return (
        np.empty(shape), np.empty(shape), np.empty(length), np.empty((states, states)), np.empty((states, 3)),
        np.empty(states), np.empty(states),
    )  # fmt: skip


@pytest.mark.parametrize("states", [2, 3])
def test_the_filter_is_the_sum_over_all_paths(states):
    likelihood, found, _, _ = filtered(RETURNS, *model(states))
    for last in range(len(RETURNS)):
        total = np.zeros(states)
        for path, weight in paths(RETURNS[: last + 1], *model(states)):
            total[path[-1]] += weight
        np.testing.assert_allclose(found[last], total / total.sum(), rtol=1e-12)
    assert likelihood == pytest.approx(math.log(total.sum()), rel=1e-12)


@pytest.mark.parametrize("states", [2, 3])
def test_expected_moves_and_sums_are_those_of_all_paths(states):
    start, transition, mean, deviation = model(states)
    _, found, density, scale = filtered(RETURNS, start, transition, mean, deviation)
    moved, sums, after, reached = scratch(1, states)[3:]
    given = start.copy()
    compiled(smooth_sums)(RETURNS, given, transition, density, found, scale, moved, sums, after, reached)
    moves, totals, first, whole = np.zeros((states, states)), np.zeros((states, 3)), np.zeros(states), 0.0
    for path, weight in paths(RETURNS, start, transition, mean, deviation):
        whole += weight
        first[path[0]] += weight
        for one, other in itertools.pairwise(path):
            moves[one, other] += weight
        for value, state in zip(RETURNS, path, strict=True):
            totals[state] += weight * np.array([1.0, value, value * value])
    np.testing.assert_allclose(moved, moves / whole, rtol=1e-10)
    np.testing.assert_allclose(sums, totals / whole, rtol=1e-10, atol=1e-18)
    np.testing.assert_allclose(given, first / whole, rtol=1e-10)


def test_each_step_raises_the_likelihood():
    rng = np.random.default_rng(3)
    wild = np.repeat([0, 1, 0, 1], 60).astype(bool)
    returns = rng.standard_normal(240) * np.where(wild, 0.03, 0.008)
    parts = model()
    reached = []
    for _ in range(15):
        reached.append(compiled(fit_states)(returns, *parts, 1e-5, 1, 0.0, *scratch(240, 2)))
    assert np.all(np.diff(reached) > -1e-9)
    assert parts[3][0] == pytest.approx(0.008, rel=0.2)
    assert parts[3][1] == pytest.approx(0.03, rel=0.2)
    np.testing.assert_allclose(parts[1].sum(axis=1), 1.0)


def test_a_fit_stops_where_a_step_gains_little():
    returns = np.random.default_rng(4).standard_normal(80)
    once, twice = model(), model()
    for parts in (once, twice):
        parts[3][:] = [0.8, 1.2]
    compiled(fit_states)(returns, *once, 1e-5, 100, 1e9, *scratch(80, 2))
    compiled(fit_states)(returns, *twice, 1e-5, 2, 0.0, *scratch(80, 2))
    np.testing.assert_array_equal(once[3], twice[3])  # the first step has nothing to gain on, the second is the last


def test_a_state_is_never_narrower_than_allowed():
    parts = model()
    compiled(fit_states)(np.repeat([0.0, 0.02], 20), *parts, 0.004, 30, 0.0, *scratch(40, 2))
    assert parts[3].min() >= 0.004


def test_a_state_that_is_never_visited_keeps_what_it_has():
    _, transition, mean, deviation = model()
    begun = transition.copy(), mean.copy(), deviation.copy()
    compiled(refit_states)(np.zeros(2), transition, mean, deviation, np.zeros((2, 2)), np.zeros((2, 3)), 1e-4)
    for one, other in zip((transition, mean, deviation), begun, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_return_that_the_model_rules_out_begins_again():
    start, transition = np.array([1.0, 0.0]), np.eye(2)
    mean, deviation = np.array([0.0, 1.0]), np.array([1e-3, 1e-3])
    likelihood, found, _, _ = filtered(np.array([0.0, 1.0, 1.0]), start, transition, mean, deviation)
    assert math.isfinite(likelihood)
    np.testing.assert_array_equal(found[1], [0.5, 0.5])
    assert found[2, 1] > 0.99


def test_returns_far_out_underflow_nowhere():
    likelihood, found, _, _ = filtered(np.array([0.0, 5.0, -5.0, 0.0]), *model())
    assert math.isfinite(likelihood)
    np.testing.assert_allclose(found.sum(axis=1), 1.0)
