"""Spaces of parameters take what fits, and refuse the rest in one line."""

import pytest

from tenfold.domain.errors import ParameterError
from tenfold.domain.parameters import Integer, Real


@pytest.mark.parametrize(
    ("space", "initial"),
    [
        (Integer(5, 60), 17),
        (Integer(5, 60, default=9), 9),
        (Integer(-4, 10), 3),
        (Real(1.0, 3.0), 2.0),
        (Real(1.0, 100.0, log=True), 10.0),
        (Real(1.0, 3.0, default=1.5), 1.5),
    ],
)
def test_the_default_or_the_middle(space, initial):
    assert space.initial == pytest.approx(initial)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: Integer(5, 4), "low is above high"),
        (lambda: Integer(5, 9, default=10), "default 10 is outside"),
        (lambda: Real(5.0, 4.0), "low is above high"),
        (lambda: Real(float("nan"), 4.0), "low is above high"),
        (lambda: Real(0.0, 4.0, log=True), "low must be positive"),
        (lambda: Real(0.0, 4.0, default=5.0), "default 5.0 is outside"),
    ],
)
def test_spaces_that_are_none(make, text):
    with pytest.raises(ParameterError, match=text):
        make()


def test_values_that_fit():
    assert Integer(1, 9).accept("n", 3.0) == 3
    assert type(Integer(1, 9).accept("n", 3.0)) is int
    assert type(Real(1.0, 9.0).accept("x", 3)) is float


@pytest.mark.parametrize("value", [True, "3", 2.5, None, float("nan"), float("inf"), 0, 10, 1e300])
def test_values_that_do_not_fit(value):
    for space in (Integer(1, 9), Real(1.0, 9.0)):
        if value == 2.5 and isinstance(space, Real):
            continue
        with pytest.raises(ParameterError, match="parameter n is"):
            space.accept("n", value)
