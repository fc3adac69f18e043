"""Bugs that order management elsewhere has had, and some that could be here, are planted one by one: the simulation has to find each."""

import pytest
from planted_bugs import BUGS
from planted_seeds import found, known, likely

TRIES = 20
"""Where the seed that found a bug does so no more, since the code has changed, so many others are tried: `planted_seeds.py` then finds one."""
SEEDS = known()


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.__name__)
def test_a_planted_bug_is_caught(bug):
    seed = SEEDS.get(bug.__name__, 0)
    assert found(bug, [seed]) or found(bug, likely(bug, TRIES)), bug.__doc__


def test_a_seed_is_known_for_each():
    assert set(SEEDS) == {bug.__name__ for bug in BUGS}
