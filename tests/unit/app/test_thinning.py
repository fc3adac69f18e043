import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold.app.thinning import bucket_edges, strength, thinned


@given(st.integers(1, 9000), st.integers(8, 500), st.integers(0, 99))
def test_extremes_ends_and_size(count, most, seed):
    values = np.random.default_rng(seed).normal(size=count)
    at = thinned(values, most)
    assert len(at) <= max(most, 4) or len(at) == count <= most
    assert (np.diff(at) > 0).all()
    assert {0, count - 1, int(values.argmin()), int(values.argmax())} <= set(at.tolist())


def test_nan_is_no_extreme():
    values = np.full(1000, np.nan)
    values[777] = 3.0
    assert 777 in thinned(values, 40)


def test_a_single_vote_stays_visible():
    signs = np.zeros((1000, 2), np.int8)
    signs[500, 0] = -1
    signs[200, 1], signs[201, 1] = 1, -1
    starts = bucket_edges(1000, 10)
    shown = strength(signs, starts)
    assert shown.shape == (10, 2)
    assert shown[5, 0] == -0.25
    assert shown[2, 1] == -0.25  # they cancel: the last one counts
    assert np.count_nonzero(shown) == 2
    assert strength(np.ones(30, np.int8), bucket_edges(30, 3)).tolist() == [1.0, 1.0, 1.0]
    np.testing.assert_array_equal(strength(signs, bucket_edges(1000, 1000)), signs)


@pytest.mark.parametrize(("count", "most"), [(1, 1), (10, 3), (10, 100)])
def test_edges(count, most):
    edges = bucket_edges(count, most)
    assert edges[0] == 0
    assert len(edges) <= most
