"""Our own client of Alpaca, pointed at an exchange of this machine."""

import asyncio
import random
import time
from contextlib import asynccontextmanager

from tenfold.adapters.alpaca.quantities import Quantities
from tenfold.adapters.alpaca.rest_client import RestClient
from tenfold.adapters.alpaca.trading import AlpacaTrading
from tenfold.adapters.clock import SystemClock
from tenfold.domain.instrument import Instrument
from tenfold.domain.keys import Keys
from tenfold.domain.order import Order, OrderType, Side
from tenfold.execution.reports import LookUp, Place, TakeStock, Withdraw

INSTRUMENTS = (
    Instrument(symbol="AAPL", tick_size=0.01),
    Instrument(symbol="MSFT", tick_size=0.01, lot_size=0.001),
    Instrument(symbol="BTC/USD", lot_size=1e-6),
)


def rest_of(exchange, keys=None, **options):
    """Return a client of the REST interface."""
    keys = keys or Keys(exchange.key, exchange.secret)
    return RestClient(exchange.url, keys, SystemClock(), random.Random(1), **options)  # noqa: S311


@asynccontextmanager
async def trading_of(exchange, deadline_s=5.0, keys=None, **options):
    """Open our client of the trading interface."""
    one = AlpacaTrading(rest_of(exchange, keys, **options), Quantities(INSTRUMENTS), SystemClock(), deadline_s)
    try:
        yield one
    finally:
        one.close()


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


async def until(wanted, seconds=10.0):
    """Wait until something is true, and return it."""
    end = time.monotonic() + seconds
    while not (found := wanted()):
        assert time.monotonic() < end, "it did not come to pass"
        await asyncio.sleep(0.005)
    return found


async def filled(trading, order_id, seconds=10.0):
    """Wait until an order is over, and return it."""
    end = time.monotonic() + seconds
    while True:
        found = (await trading.ask(LookUp(order_id=order_id))).found
        if found is not None and found.state in {"filled", "canceled", "expired", "rejected"}:
            return found
        assert time.monotonic() < end, found
        await asyncio.sleep(0.02)
