"""Bugs that order management elsewhere has had are planted one by one: the simulation has to find each."""

import pytest
from draws import draw
from planted_bugs import CAUGHT
from shrinking import failure_of

SEEDS = 40
"""Where the seed that found a bug does so no more, since the code has changed, others may take as many tries."""


def found_by(bug, seeds):
    """Return the first seed that finds a bug, and what it says; None where none does."""
    for seed in seeds:
        error, _ = failure_of(draw(seed), bug())
        if error is not None:
            return seed, error
    return None


@pytest.mark.parametrize("bug", CAUGHT, ids=lambda bug: bug.__name__)
def test_a_planted_bug_is_caught(bug):
    assert found_by(bug, [CAUGHT[bug], *range(SEEDS)]) is not None, bug.__doc__
