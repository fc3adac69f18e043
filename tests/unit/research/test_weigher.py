"""The weights of a window follow what its candidates earned before it ended, and nothing later."""

import numpy as np
import pytest

from tenfold.domain.upkeep import Upkeep
from tenfold.research.selection import Pick
from tenfold.research.walk import weigher

SKILL = Upkeep(weights="skill", rate=1.0)


def picks(returns):
    return [
        Pick(trial=number, sharpe=1.0, consistency=1.0, penalty=0.0, fitness=1.0, returns=row)
        for number, row in enumerate(returns)
    ]


def made(seed=1):
    return np.random.default_rng(seed).normal([[0.002], [0.0], [-0.002]], 0.01, (3, 900))


def test_equal_weights_are_ones():
    assert weigher(picks(made()), 600, Upkeep())(3) == (1.0, 1.0, 1.0)
    assert weigher([], 600, SKILL)(0) == ()


def test_who_earned_more_weighs_more_and_the_mean_is_one():
    weigh = weigher(picks(made()), 600, SKILL)
    weights = weigh(3)
    assert weights[0] > weights[1] > weights[2] > 0.0
    assert sum(weights) == pytest.approx(3.0)
    assert sum(weigh(2)) == pytest.approx(2.0)
    assert weigh(1) == (1.0,)


def test_what_comes_later_changes_nothing():
    returns = made()
    later = returns.copy()
    later[:, 600:] = made(9)[:, 600:] * 5.0
    assert weigher(picks(returns), 600, SKILL)(3) == weigher(picks(later), 600, SKILL)(3)
