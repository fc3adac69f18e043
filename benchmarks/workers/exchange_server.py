"""Serve an exchange over a made market in a process of its own, until its input ends; its first line is the port."""

import asyncio
import sys

import numpy as np
import task

from tenfold.adapters.clock import SystemClock
from tenfold.app.exchange_data import sessions_around
from tenfold.domain.bars import bars_from_arrays
from tenfold.domain.units import NS_PER_DAY, NS_PER_MINUTE, NS_PER_SECOND
from tenfold.exchange.event_log import EventLog
from tenfold.exchange.opening import MarketData, open_market
from tenfold.exchange.server.app import ExchangeServer
from tenfold.exchange.server.garbage import set_market_aside
from tenfold.exchange.settings import AccountSettings, ExchangeSettings, ServerSettings, TradingSettings
from tenfold.market.ticks import Ticks

MONDAY = 19_786
SYMBOLS = ("AAPL", "AMD", "AMZN", "GOOG", "INTC", "META", "MSFT", "NVDA", "SPY", "TSLA")


def quotes(rate, seconds):
    """Return so many quotes a second of all symbols together, evenly, from the opening of a Monday."""
    rng = np.random.default_rng(7)
    begin = sessions_around(MONDAY * NS_PER_DAY, MONDAY * NS_PER_DAY)
    open_ns = next(one.open_ns for one in begin if one.day == MONDAY)
    step = NS_PER_SECOND * len(SYMBOLS) // rate
    count = rate * seconds // len(SYMBOLS)
    found = {}
    for number, symbol in enumerate(SYMBOLS):
        ts_ns = open_ns + number * step // len(SYMBOLS) + step * np.arange(count)
        bid = np.round(100.0 + np.cumsum(rng.integers(-1, 2, count)) * 0.01, 2)
        sizes = rng.integers(1, 10, count) * 100.0
        columns = {"bid": bid, "ask": np.round(bid + 0.02, 2), "bid_size": sizes, "ask_size": sizes[::-1].copy()}
        ticks = Ticks(symbol, "quotes", ts_ns, columns)
        found[symbol, "quotes"] = lambda ticks=ticks: iter((ticks,))
    span = (open_ns, open_ns + seconds * NS_PER_SECOND)
    return MarketData(symbols=SYMBOLS, span_ns=span, ticks=found, label="quotes"), sessions_around(*span)


def minutes(days):
    """Return minute bars of the sessions of so many days."""
    rng = np.random.default_rng(7)
    sessions = sessions_around(MONDAY * NS_PER_DAY, (MONDAY + days) * NS_PER_DAY)
    chosen = [one for one in sessions if MONDAY <= one.day < MONDAY + days]
    ts_ns = np.concatenate([np.arange(one.open_ns, one.close_ns, NS_PER_MINUTE) + NS_PER_MINUTE for one in chosen])
    shape = (len(ts_ns), len(SYMBOLS))
    close = np.round(100.0 * np.exp(np.cumsum(rng.normal(0.0, 3e-4, shape), axis=0)), 2)
    open_ = np.vstack([close[:1], close[:-1]])
    high, low = np.maximum(open_, close) + 0.01, np.minimum(open_, close) - 0.01
    volume = rng.integers(1_000, 50_000, shape).astype(float)
    bars = bars_from_arrays(SYMBOLS, ts_ns, open_, high, low, close, volume, period_ns=NS_PER_MINUTE)
    return MarketData(symbols=SYMBOLS, span_ns=(int(ts_ns[0]), int(ts_ns[-1])), bars=(bars,), label="bars"), sessions


async def serve(job):
    """Serve until the input ends."""
    data, sessions = minutes(job["days"]) if "days" in job else quotes(job["rate"], job["seconds"])
    limits = ServerSettings(
        port=0,
        trading_requests_per_minute=0,
        data_requests_per_minute=0,
        buffer_messages_max=200_000,
        wait_for_subscription=True,
    )
    settings = ExchangeSettings(
        speed="max", server=limits, trading=TradingSettings(accounts=(AccountSettings(cash=1e9),))
    )
    server = ExchangeServer(open_market(settings, data, sessions, EventLog()), limits, SystemClock())
    set_market_aside()
    print(await server.start("127.0.0.1", 0), flush=True)
    running = asyncio.ensure_future(server.run())
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await server.stop()


if __name__ == "__main__":
    asyncio.run(serve(task.read()))
