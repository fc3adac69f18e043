"""Steps of prices, and the bound of a purchase at the market."""

import pytest

from tenfold.exchange.price_steps import collared, step_of
from tenfold.exchange.wire import nano


@pytest.mark.parametrize(("price", "step"), [("0.9999", "0.0001"), ("1", "0.01"), ("250.5", "0.01")])
def test_steps(price, step):
    assert step_of(nano(price)) == nano(step)


@pytest.mark.parametrize(
    ("price", "bound"), [("0.5", "0.52"), ("0.97", "1"), ("10.01", "10.41"), ("49.99", "51.98"), ("50", "51.25")]
)
def test_bounds_lie_on_a_step(price, bound):
    assert collared(nano(price)) == nano(bound)
