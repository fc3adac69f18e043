"""Give a market of one venue with a quote of 99 to 101."""

import pytest

from book_scenes import Market, quote


@pytest.fixture
def market():
    market = Market()
    market.play(quote(99, 101))
    return market
