from math import isnan, nan, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control, norm

from tenfold.metrics.haircut import bhy, bonferroni, haircut_sharpe, holm, p_values

PAPER = np.array([0.005, 0.009, 0.0128, 0.0135, 0.045, 0.06])
"""Six tests of which five pass at 5 % alone, one by Bonferroni, two by Holm and four by BHY."""

probabilities = st.lists(st.floats(0.0, 1.0), min_size=1, max_size=40).map(np.array)


def test_discoveries_of_six_tests():
    assert [int((raise_(PAPER) <= 0.05).sum()) for raise_ in (bonferroni, holm, bhy)] == [1, 2, 4]
    np.testing.assert_allclose(bonferroni(PAPER), [0.03, 0.054, 0.0768, 0.081, 0.27, 0.36])
    np.testing.assert_allclose(holm(PAPER), [0.03, 0.045, 0.0512, 0.0512, 0.09, 0.09])
    np.testing.assert_allclose(bhy(PAPER), [0.049613, 0.049613, 0.049613, 0.049613, 0.1323, 0.147], atol=5e-7)


@given(probabilities)
def test_methods_agree_with_scipy_and_each_other(values):
    np.testing.assert_allclose(bhy(values), false_discovery_control(values, method="by"), rtol=1e-12)
    assert (holm(values) <= bonferroni(values)).all()
    assert (holm(values) >= values).all()
    assert (bhy(values) >= values).all()
    order = np.argsort(values, kind="stable")
    for raised in (bonferroni(values), holm(values), bhy(values)):
        assert (np.diff(raised[order]) >= 0.0).all()
        assert raised.max() <= 1.0


def by_the_book(sharpe, n, trials):
    """Harvey and Liu's steps for Bonferroni, with scipy's normal distribution."""
    raised = min(2 * norm.sf(abs(sharpe) * sqrt(n)) * trials, 1.0)
    return norm.isf(raised / 2) / sqrt(n)


def test_a_sharpe_ratio_after_two_hundred_trials():
    yearly = 0.75 / sqrt(12)  # twenty years of months: p = 0.0008 alone, 0.16 after 200 trials, 0.31 a year is left
    trials = np.append(np.zeros(199), yearly)
    assert p_values([yearly], 240)[0] == pytest.approx(0.0008, abs=5e-5)
    found = haircut_sharpe(yearly, 240, trials)
    assert found.bonferroni == pytest.approx(by_the_book(yearly, 240, 200), rel=1e-9)
    assert found.bonferroni * sqrt(12) == pytest.approx(0.315, abs=5e-4)
    assert found.holm == found.bonferroni  # the smallest p-value is multiplied by N in both
    assert 0.0 <= found.bhy < found.bonferroni  # and by N c(N) here


def test_the_haircut_is_not_linear():
    trials = np.append(np.random.default_rng(0).normal(0.0, 0.02, 300), [0.04, 0.12])
    small, large = (haircut_sharpe(one, 2520, trials) for one in (0.04, 0.12))
    assert small.bonferroni == 0.0
    assert 0.8 < large.bonferroni / 0.12 < 1.0


def test_one_trial_is_not_cut():
    for sharpe in (0.05, -0.05):
        found = haircut_sharpe(sharpe, 2520, [sharpe])
        for left in (found.bonferroni, found.holm, found.bhy):
            assert left == pytest.approx(sharpe, rel=1e-9)
    assert haircut_sharpe(0.05, 2520, [0.02]) == haircut_sharpe(0.05, 2520, [0.02, 0.05])
    assert isnan(haircut_sharpe(nan, 2520, [0.02]).holm)


def test_extreme_ratios_stay_finite():
    found = haircut_sharpe(3.0, 5000, np.zeros(10))
    assert found.bonferroni == found.holm == found.bhy == 3.0
    assert haircut_sharpe(0.0, 5000, np.zeros(10)).bhy == 0.0


def test_what_cannot_be_judged_is_refused():
    with pytest.raises(ValueError, match="expected at least 2 periods and finite Sharpe ratios"):
        haircut_sharpe(0.1, 1, [0.1])
    with pytest.raises(ValueError, match="finite"):
        haircut_sharpe(0.1, 100, [nan])
