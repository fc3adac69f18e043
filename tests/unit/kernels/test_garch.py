"""GARCH kernels: the formula by hand, and paths that give back the shocks they were made of."""

import math

import numpy as np
import pytest

from tenfold.kernels.garch import garch_filter, garch_loss, garch_paths
from tenfold.kernels.jit import compiled

ALPHA, BETA, LONG_RUN = 0.1, 0.8, 0.04


def test_the_variance_follows_the_formula():
    shocks = np.array([0.1, -0.3, 0.2])
    variances = np.empty(4)
    compiled(garch_filter)(shocks, ALPHA, BETA, LONG_RUN, variances)
    omega = (1.0 - ALPHA - BETA) * LONG_RUN
    expected = [LONG_RUN]
    for shock in shocks:
        expected.append(omega + ALPHA * shock**2 + BETA * expected[-1])
    assert variances == pytest.approx(expected)
    loss = compiled(garch_loss)(shocks, ALPHA, BETA, LONG_RUN)
    by_hand = sum(math.log(v) + s * s / v for v, s in zip(expected[:-1], shocks, strict=True))
    assert loss == pytest.approx(by_hand)


def test_paths_of_the_shocks_seen_are_the_returns_seen():
    returns = np.random.default_rng(1).normal(0.001, 0.2, 50)
    mean = 0.002
    variances = np.empty(51)
    compiled(garch_filter)(returns - mean, ALPHA, BETA, LONG_RUN, variances)
    picked = ((returns - mean) / np.sqrt(variances[:-1]))[None, :]
    paths = np.empty((1, 50))
    compiled(garch_paths)(picked, mean, ALPHA, BETA, LONG_RUN, LONG_RUN, paths)
    np.testing.assert_allclose(paths[0], returns, rtol=1e-9)
