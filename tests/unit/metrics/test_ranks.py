from math import isnan, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kendalltau

from tenfold.metrics.ranks import kendall_tau

pairs = st.lists(st.tuples(st.integers(-6, 6), st.integers(-6, 6)), min_size=2, max_size=70)


@given(pairs)
def test_tau_is_that_of_scipy_with_ties(rows):
    first, second = np.array(rows, float).T
    ours = kendall_tau(first, second)
    if len(set(first)) == 1 or len(set(second)) == 1:
        assert isnan(ours)
    else:
        assert ours == pytest.approx(kendalltau(first, second).statistic, abs=1e-12)
        assert ours == pytest.approx(kendall_tau(second, first), abs=1e-15)
        assert ours == pytest.approx(-kendall_tau(first, -second), abs=1e-15)


@pytest.mark.parametrize("count", [2, 3, 1000, 5000, 70_001])
def test_tau_of_many(count):
    rng = np.random.default_rng(count)
    first = rng.standard_normal(count).astype(np.float32)
    second = 0.3 * first + rng.standard_normal(count)
    assert kendall_tau(first, second) == pytest.approx(kendalltau(first, second).statistic, abs=1e-12)


def test_same_and_opposite_order():
    order = np.array([0.1, 0.5, 3.0, 40.0])
    assert kendall_tau(order, np.exp(order)) == 1.0
    assert kendall_tau(order, -order) == -1.0


def test_what_has_no_order():
    assert isnan(kendall_tau([], []))
    assert isnan(kendall_tau([1.0], [2.0]))
    assert isnan(kendall_tau([1.0, 1.0], [2.0, 3.0]))
    assert isnan(kendall_tau([1.0, 2.0], [2.0, nan]))
    with pytest.raises(ValueError, match="expected two of equal length"):
        kendall_tau([1.0, 2.0], [1.0])
