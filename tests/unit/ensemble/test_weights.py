"""Weights follow shown skill, causally, and nobody is weighed to nothing."""

import numpy as np
import pytest

from tenfold.domain.errors import SettingsError
from tenfold.domain.upkeep import Upkeep
from tenfold.ensemble.vote import check_weights
from tenfold.ensemble.weights import equal_weights, fresh_skill, mark_skill, skill_after, skill_weights, weights_now

SKILL = Upkeep(weights="skill")


def returns_of(means, bars=1500, seed=3):
    return np.random.default_rng(seed).normal(means, 0.01, (bars, len(means)))


def test_equal_weights_add_up():
    assert equal_weights(4).tolist() == [0.25] * 4
    with pytest.raises(SettingsError, match="0 members"):
        equal_weights(0)


def test_equal_is_the_default_whatever_was_earned():
    weights = skill_weights(returns_of([0.002, -0.002]), Upkeep())
    assert (weights == 0.5).all()


def test_skill_gains_weight_and_all_can_vote():
    weights = skill_weights(returns_of([0.001, 0.0, -0.001]), SKILL)
    assert weights.shape == (1501, 3)
    assert np.allclose(weights.sum(1), 1.0)
    assert weights[0].tolist() == pytest.approx([1 / 3] * 3)
    assert weights[-1][0] > weights[-1][1] > weights[-1][2] >= 0.25 / 3
    check_weights(weights[-1].tolist())


def test_the_formula():
    returns = np.array([[0.01, -0.01], [0.02, 0.0], [-0.01, 0.01]])
    keep = 0.5 ** (1 / SKILL.half_life)
    fade = keep ** np.arange(2, -1, -1)
    square = (fade * (returns**2).mean(1)).sum() / fade.sum()
    z = (fade[:, None] * returns).sum(0) / np.sqrt(square * (1 - keep**6) / (1 - keep**2))
    shares = np.exp(SKILL.rate * z)
    expected = SKILL.floor_frac / 2 + (1 - SKILL.floor_frac) * shares / shares.sum()
    assert skill_weights(returns, SKILL)[-1] == pytest.approx(expected, rel=1e-9)


def test_weights_know_nothing_of_the_future():
    returns = returns_of([0.001, -0.001])
    changed = returns.copy()
    changed[700:] += 0.05
    assert (skill_weights(returns, SKILL)[:701] == skill_weights(changed, SKILL)[:701]).all()


def test_luck_moves_weights_alike_for_any_half_life():
    spreads = []
    for half_life in (20.0, 250.0):
        rule = Upkeep(weights="skill", half_life=half_life)
        found = [skill_weights(returns_of([0.0, 0.0], 2000, seed), rule)[-1, 0] for seed in range(60)]
        spreads.append(np.std(found))
    assert spreads[0] == pytest.approx(spreads[1], rel=0.35)


def test_who_fell_behind_comes_back():
    returns = np.vstack([returns_of([-0.002, 0.0], 500), returns_of([0.002, 0.0], 500, seed=4)])
    weights = skill_weights(returns, SKILL)
    assert weights[500, 0] < 0.4
    assert weights[-1, 0] > 0.6


def test_without_variation_or_for_one_member_weights_are_equal():
    assert (skill_weights(np.zeros((5, 3)), SKILL) == 1 / 3).all()
    assert (skill_weights(returns_of([0.01]), SKILL) == 1.0).all()


def test_a_state_goes_on_from_its_bytes():
    returns = returns_of([0.001, 0.0])
    state = fresh_skill(2)
    for row in returns[:700]:
        mark_skill(state, row, SKILL)
    again = np.frombuffer(state.tobytes(), state.dtype).copy()
    for row in returns[700:]:
        mark_skill(again, row, SKILL)
    assert weights_now(again, SKILL) == pytest.approx(skill_weights(returns, SKILL)[-1])


def test_the_state_after_all_returns_is_that_of_one_after_the_other():
    returns = returns_of([0.001, 0.0, -0.001], 400)
    returns[:50, 1] = np.nan
    state = fresh_skill(3)
    for row in returns:
        mark_skill(state, row, SKILL)
    for name in state.dtype.names:
        assert skill_after(returns, SKILL)[name] == pytest.approx(state[name])
    assert weights_now(skill_after(returns, SKILL)[:2], SKILL) == pytest.approx(
        skill_weights(returns[:, :2], SKILL)[-1]
    )


def test_a_return_that_is_not_known_counts_as_none():
    state = fresh_skill(2)
    mark_skill(state, np.array([np.nan, 0.01]), SKILL)
    assert np.isfinite(weights_now(state, SKILL)).all()
