"""The jump model against every path of states."""

import itertools

import numpy as np
import pytest

from tenfold.kernels.jit import compiled
from tenfold.kernels.jump_model import centre_states, cheapest_path, decayed_means, fit_jumps, path_costs

RNG = np.random.default_rng(7)
FEATURES = RNG.standard_normal((7, 2))


def cost_of(path, features, centres, penalty):
    loss = sum(0.5 * float(((row - centres[state]) ** 2).sum()) for row, state in zip(features, path, strict=True))
    return loss + penalty * sum(one != other for one, other in itertools.pairwise(path))


@pytest.mark.parametrize("states", [2, 3])
@pytest.mark.parametrize("penalty", [0.0, 0.4, 3.0, 100.0])
def test_costs_and_path_are_the_least_of_all(states, penalty):
    centres = RNG.standard_normal((states, 2))
    costs = np.empty((len(FEATURES), states))
    compiled(path_costs)(FEATURES, centres, penalty, costs)
    for last in range(len(FEATURES)):
        for state in range(states):
            least = min(
                cost_of(path, FEATURES[: last + 1], centres, penalty)
                for path in itertools.product(range(states), repeat=last + 1)
                if path[-1] == state
            )
            assert costs[last, state] == pytest.approx(least)
    found = np.full(len(FEATURES), -1)
    assert compiled(cheapest_path)(costs, penalty, found) == len(FEATURES)
    assert cost_of(found.tolist(), FEATURES, centres, penalty) == pytest.approx(costs[-1].min())
    assert compiled(cheapest_path)(costs, penalty, found) == 0


def test_centres_are_means_of_their_bars():
    centres, counts = np.full((3, 2), 9.0), np.empty(3, np.int64)
    compiled(centre_states)(FEATURES, np.array([0, 0, 2, 2, 2, 0, 0]), centres, counts)
    np.testing.assert_allclose(centres[0], FEATURES[[0, 1, 5, 6]].mean(axis=0))
    np.testing.assert_allclose(centres[2], FEATURES[2:5].mean(axis=0))
    np.testing.assert_array_equal(centres[1], [9.0, 9.0])
    assert counts.tolist() == [4, 0, 3]


def test_a_fit_finds_stretches_and_stops():
    truth = np.repeat([0, 1, 0], 40)
    features = truth[:, None] * 4.0 + np.random.default_rng(8).standard_normal((120, 2))
    centres = np.array([[0.5, 0.5], [1.0, 1.0]])
    costs, states, counts = np.empty((120, 2)), np.empty(120, np.int64), np.empty(2, np.int64)
    cost = compiled(fit_jumps)(features, centres, 5.0, 50, costs, states, counts)
    np.testing.assert_array_equal(states, truth)
    np.testing.assert_allclose(centres[1], features[40:80].mean(axis=0))
    assert cost == pytest.approx(cost_of(truth.tolist(), features, centres, 5.0))


def test_a_fit_ends_after_its_steps():
    centres = np.array([[0.5, 0.5], [1.0, 1.0]])
    costs, states, counts = np.empty((7, 2)), np.empty(7, np.int64), np.empty(2, np.int64)
    assert np.isfinite(compiled(fit_jumps)(FEATURES, centres, 0.1, 1, costs, states, counts))


def test_decayed_means_weigh_by_age():
    values, means = RNG.standard_normal(50), np.empty(50)
    compiled(decayed_means)(values, 0.9, means)
    for last in (0, 1, 10, 49):
        weights = 0.9 ** np.arange(last, -1, -1)
        assert means[last] == pytest.approx((weights * values[: last + 1]).sum() / weights.sum())
