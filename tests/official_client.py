"""The official client of Alpaca, unmodified, pointed at an exchange of this machine."""

import threading
import time
import warnings
from contextlib import contextmanager

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # it imports the old half of websockets
    from alpaca.common.exceptions import APIError
    from alpaca.data.historical import CryptoHistoricalDataClient, StockHistoricalDataClient
    from alpaca.data.live import StockDataStream
    from alpaca.trading import enums, models
    from alpaca.trading import requests as ask
    from alpaca.trading.client import TradingClient
    from alpaca.trading.stream import TradingStream

from tenfold.app.exchange import open_exchange
from tenfold.exchange.faults import Switch
from tenfold.exchange.settings import ExchangeSettings, ServerSettings

SYMBOLS = ("AAPL", "MSFT", "BTC/USD")


def settings(speed="60x", symbols=SYMBOLS, faults=(), lockstep=False, **server):
    """Return settings of an exchange on a free port that refuses nobody for asking often; `faults` strike always."""
    asked = {name: one if isinstance(one, Switch) else Switch(value=one) for name, one in dict(faults).items()}
    limits = ServerSettings(**{"port": 0, "trading_requests_per_minute": 0, "data_requests_per_minute": 0, **server})
    return ExchangeSettings(speed=speed, symbols=symbols, faults=asked, lockstep=lockstep, server=limits)


@contextmanager
def serving(**chosen):
    """Serve a made-up market."""
    with open_exchange(settings=settings(**chosen), synthetic=True) as exchange:
        yield exchange


@contextmanager
def trading_client(exchange, kind=TradingClient):
    """Open the client of the trading API."""
    client = kind(exchange.key, exchange.secret, url_override=exchange.url)
    try:
        yield client
    finally:
        client._session.close()


@contextmanager
def stock_client(exchange):
    """Open the client of the history of stocks."""
    client = StockHistoricalDataClient(exchange.key, exchange.secret, url_override=exchange.url)
    try:
        yield client
    finally:
        client._session.close()


@contextmanager
def coin_client(exchange):
    """Open the client of the history of coins."""
    client = CryptoHistoricalDataClient(exchange.key, exchange.secret, url_override=exchange.url)
    try:
        yield client
    finally:
        client._session.close()


class Heard:
    """Keep what a stream was told, and wait for more."""

    def __init__(self, stream):
        self.stream = stream
        self.told = []
        self.thread = threading.Thread(target=stream.run, daemon=True)

    async def hear(self, message):
        self.told.append(message)

    def wait(self, count=1, wanted=lambda one: True, seconds=60.0):
        """Return the first messages that are wanted, at least so many; AssertionError where they do not come."""
        end = time.monotonic() + seconds
        while True:
            found = [one for one in tuple(self.told) if wanted(one)]
            if len(found) >= count:
                return found
            assert time.monotonic() < end, f"{len(found)} of {count} messages, {len(self.told)} in all"
            time.sleep(0.005)


@contextmanager
def heard(stream):
    """Run a stream in a thread of its own; it ends when the exchange does, or when it is told something."""
    one = Heard(stream)
    yield one
    if one.thread.is_alive():
        stream.stop()


def trading_stream(exchange, **options):
    """Return the client of the trading stream."""
    return TradingStream(exchange.key, exchange.secret, url_override=exchange.trading_stream_url, **options)


def data_stream(exchange, **options):
    """Return the client of the market data stream."""
    url = exchange.data_stream_url.replace("/iex", "/sip")
    return StockDataStream(exchange.key, exchange.secret, url_override=url, **options)


def listened_to(exchange):
    """Wait until somebody has subscribed to something."""
    end = time.monotonic() + 60.0
    while not exchange.call(lambda: exchange._server.status()["listening"]):
        assert time.monotonic() < end
        time.sleep(0.005)


def switched(exchange, name, **how):
    """Switch a fault on, or off without more."""
    exchange.set_fault(name, Switch(**how) if how else None)


__all__ = ["APIError", "ask", "enums", "models"]
