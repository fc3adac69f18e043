"""Ranks among the values so far, counted by a tree and by hand."""

import numpy as np
import pytest

from tenfold.kernels.expanding_rank import expanding_ranks
from tenfold.kernels.jit import compiled


def ranked(values):
    distinct, places = np.unique(values, return_inverse=True)
    ranks = np.empty(len(values), np.int64)
    compiled(expanding_ranks)(places.astype(np.int64), np.zeros(len(distinct) + 1, np.int64), ranks)
    return ranks


def by_hand(values):
    values = np.asarray(values)
    return [
        2 * int((values[: t + 1] < values[t]).sum()) + int((values[: t + 1] == values[t]).sum())
        for t in range(len(values))
    ]


@pytest.mark.parametrize("distinct", [1, 2, 7, 1000])
def test_ranks_are_those_of_counting(distinct):
    values = np.random.default_rng(distinct).integers(0, distinct, 300).astype(float)
    np.testing.assert_array_equal(ranked(values), by_hand(values))


def test_equal_values_stand_in_the_middle():
    assert ranked(np.ones(5)).tolist() == [1, 2, 3, 4, 5]


def test_rising_values_stand_on_top():
    assert ranked(np.arange(4.0)).tolist() == [1, 3, 5, 7]


def test_nothing_is_ranked_of_nothing():
    assert ranked(np.empty(0)).tolist() == []


def test_later_values_change_no_rank():
    values = np.random.default_rng(1).standard_normal(200)
    other = np.concatenate([values[:120], np.random.default_rng(2).standard_normal(80) * 9])
    np.testing.assert_array_equal(ranked(values)[:120], ranked(other)[:120])
