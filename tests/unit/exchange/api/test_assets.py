"""What is told of an asset."""

import pytest

from tenfold.exchange.api.assets import Asset, coin_of, stock_of


@pytest.mark.parametrize(
    ("asset", "status"),
    [
        (stock_of("AAPL"), "easy_to_borrow"),
        (Asset(id="-", symbol="HARD", easy_to_borrow=False), "hard_to_borrow"),
        (coin_of("BTC/USD"), None),
    ],
)
def test_whether_it_can_be_borrowed_is_told_in_the_old_word_and_in_the_new(asset, status):
    told = asset.wire()
    assert told["borrow_status"] == status
    assert told["easy_to_borrow"] is (status == "easy_to_borrow")
