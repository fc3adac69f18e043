"""Exchanges over a made-up market, ten minutes after its first opening."""

import pytest

from exchange_scenes import Client
from tenfold.app.exchange_prepared import prepare_exchange
from tenfold.exchange.settings import ExchangeSettings, ServerSettings

SYMBOLS = ("AAPL", "MSFT", "BTC/USD", "ETH/USD")


def opened(seconds=600.0, **settings):
    """Return a client of a new exchange, so many seconds after the opening."""
    chosen = ExchangeSettings(symbols=SYMBOLS, seed=3, **settings)
    client = Client(prepare_exchange(chosen, synthetic=True).exchange)
    client.exchange.advance(client.exchange.sessions.next_open(client.exchange.now_ns - 1))
    client.wait(seconds)
    return client


@pytest.fixture(scope="session")
def reader():
    """Return a client that asks and changes nothing."""
    return opened()


@pytest.fixture
def trader():
    """Return a client of an exchange of its own."""
    return opened(60.0)


@pytest.fixture(scope="session")
def poor_reader():
    """Return a client without the paid feed."""
    return opened(server=ServerSettings(paid_feeds=False))
