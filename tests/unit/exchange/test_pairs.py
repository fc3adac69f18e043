"""Pairs of currencies, told from stocks by their symbols."""

import pytest

from tenfold.exchange.pairs import is_pair


@pytest.mark.parametrize("symbol", ["BTC/USD", "ETH/BTC", "BTCUSDT", "ETHUSD", "DOGEEUR"])
def test_pairs(symbol):
    assert is_pair(symbol)


@pytest.mark.parametrize("symbol", ["AAPL", "USD", "BRK.B", "XBTC", "GOOGL", "NOISE7.1"])
def test_stocks(symbol):
    assert not is_pair(symbol)
