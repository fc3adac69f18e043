"""Our own client of Alpaca, pointed at an exchange of this machine."""

import asyncio
import random
import time
from contextlib import asynccontextmanager

from tenfold.adapters.alpaca.liveness import LivenessLimits
from tenfold.adapters.alpaca.market_data import MarketData
from tenfold.adapters.alpaca.open_hours import OpenHours
from tenfold.adapters.alpaca.quantities import Quantities
from tenfold.adapters.alpaca.rest_client import RestClient
from tenfold.adapters.alpaca.trade_updates import TradeUpdates
from tenfold.adapters.alpaca.trading import AlpacaTrading
from tenfold.adapters.clock import SystemClock
from tenfold.domain.instrument import Instrument
from tenfold.domain.keys import Keys
from tenfold.domain.order import Order, OrderType, Side
from tenfold.execution.reports import Connected, LookUp, Place, Streamed, TakeStock, Withdraw

INSTRUMENTS = (
    Instrument(symbol="AAPL", tick_size=0.01),
    Instrument(symbol="MSFT", tick_size=0.01, lot_size=0.001),
    Instrument(symbol="BTC/USD", lot_size=1e-6),
)


def rest_of(exchange, keys=None, **options):
    """Return a client of the REST interface."""
    keys = keys or Keys(exchange.key, exchange.secret)
    return RestClient(exchange.url, keys, SystemClock(), chance(), **options)


@asynccontextmanager
async def trading_of(exchange, deadline_s=5.0, keys=None, **options):
    """Open our client of the trading interface."""
    one = AlpacaTrading(rest_of(exchange, keys, **options), Quantities(INSTRUMENTS), SystemClock(), deadline_s)
    try:
        yield one
    finally:
        one.close()


def chance():
    return random.Random(1)  # noqa: S311 -- of pauses


def order(order_id, symbol="AAPL", side=Side.BUY, qty=1, **terms):
    """Return an order."""
    return Order(order_id=order_id, ts_ns=time.time_ns(), symbol=symbol, side=side, qty=qty, **terms)


def resting(order_id, price=5.0, **terms):
    """Return a limit order that does not fill."""
    return order(order_id, type=OrderType.LIMIT, limit_price=price, **terms)


def place(*arguments, **terms):
    return Place(order=order(*arguments, **terms))


def withdraw(found):
    return Withdraw(venue_id=found.venue_id, order_id=found.order_id, symbol=found.symbol)


def stock(*order_ids, since_ns=0):
    return TakeStock(orders=tuple(LookUp(order_id=one) for one in order_ids), since_ns=since_ns)


async def until(wanted, seconds=60.0):
    """Wait until something is true, and return it."""
    end = time.monotonic() + seconds
    while not (found := wanted()):
        assert time.monotonic() < end, "it did not come to pass"
        await asyncio.sleep(0.005)
    return found


async def filled(trading, order_id, seconds=60.0):
    """Wait until an order is over, and return it."""
    end = time.monotonic() + seconds
    while True:
        found = (await trading.ask(LookUp(order_id=order_id))).found
        if found is not None and found.state in {"filled", "canceled", "expired", "rejected"}:
            return found
        assert time.monotonic() < end, found
        await asyncio.sleep(0.02)


QUICK = LivenessLimits(ask_s=0.2, answer_s=1.0, silence_s=1.5, lag_s=2.0)
"""Limits for tests."""


class Updates:
    """Hear the reports of an account."""

    def __init__(self):
        self.told = []

    def of(self, kind):
        return [one for one in self.told if isinstance(one, kind)]

    def events(self, order_id):
        """Return the words of an order's events, in order."""
        return [one.event for one in self.of(Streamed) if one.order.order_id == order_id]


@asynccontextmanager
async def updates_of(exchange, port=None, keys=None, limits=QUICK, wait=True):
    """Open our stream of updates."""
    heard = Updates()
    url = f"ws://{exchange.host}:{port or exchange.port}/stream"
    keys = keys or Keys(exchange.key, exchange.secret)
    stream = TradeUpdates(url, keys, Quantities(INSTRUMENTS), SystemClock(), chance(), heard.told.append, limits)
    async with running(stream) as task:
        heard.ended = task.done
        if wait:
            await until(lambda: heard.of(Connected))
        yield heard


class Market:
    """Hear market data."""

    def __init__(self):
        self.values = []
        self.frames = []
        self.links = []

    def take(self, received_ns, values):
        self.frames.append((received_ns, len(values)))
        self.values += values

    def link(self, state, text, received_ns):
        self.links.append((state, text))

    def of(self, kind):
        return [one for one in self.values if isinstance(one, kind)]

    def states(self):
        return [state for state, _ in self.links]


@asynccontextmanager
async def market_of(exchange, wanted, port=None, keys=None, limits=QUICK, sessions=(), clock=None, wait=True):
    """Open our stream of market data."""
    heard = Market()
    url = f"ws://{exchange.host}:{port or exchange.port}/v2/sip"
    stream = MarketData(
        url, keys or Keys(exchange.key, exchange.secret), wanted, clock or SystemClock(), chance(), heard.take, heard.link,
        OpenHours(sessions), limits,
    )  # fmt: skip
    heard.want = stream.want
    async with running(stream) as task:
        heard.ended = task.done
        if wait:
            await until(lambda: "connected" in heard.states())
        yield heard


@asynccontextmanager
async def running(stream):
    """Run a stream for the length of a block; what it fails of is raised."""
    task = asyncio.ensure_future(stream.run())
    try:
        yield task
    finally:
        if task.done():
            task.result()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
