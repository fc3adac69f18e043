"""Send orders one after another by our own client, and read frames by it."""

import gc
import random
import time

import live_orders
import task
from exchange_client import clock, exchange, open_session, percentile

from tenfold.adapters.alpaca.liveness import Liveness, LivenessLimits
from tenfold.adapters.alpaca.market_data import MarketDialect
from tenfold.adapters.alpaca.quantities import Quantities
from tenfold.adapters.alpaca.rest_client import RestClient
from tenfold.adapters.alpaca.trade_updates import UpdatesDialect
from tenfold.adapters.alpaca.trading import AlpacaTrading
from tenfold.adapters.clock import SystemClock
from tenfold.domain.instrument import Instrument
from tenfold.domain.keys import Keys
from tenfold.domain.order import Order, OrderType, Side
from tenfold.exchange.settings import KEY, SECRET
from tenfold.execution.reports import Place

LOTS = Quantities(Instrument(symbol=symbol, tick_size=0.01) for symbol in live_orders.SYMBOLS)


def made(number, name):
    return Order(
        order_id=f"{name}-{number}", ts_ns=time.time_ns(), symbol=live_orders.SYMBOLS[number % 4], side=Side.BUY, qty=1, type=OrderType.LIMIT,
        limit_price=live_orders.price(number), tif="day",
    )  # fmt: skip


async def running(port):
    async with open_session() as session:
        await clock(session, port, speed="1x", paused=False)


async def sent(job, port):
    rest = RestClient(f"http://127.0.0.1:{port}", Keys(KEY, SECRET), SystemClock(), random.Random(1))  # noqa: S311 -- of pauses
    trading, taken = AlpacaTrading(rest, LOTS, SystemClock()), []
    gc.freeze()
    for name, count in (("warm", 200), ("kept", job["orders"])):
        taken.clear()
        cpu = time.process_time()
        for number in range(count):
            begin = time.perf_counter()
            answered = await trading.ask(Place(order=made(number, name)))
            taken.append(time.perf_counter() - begin)
            assert answered.outcome == "ack", answered
        cpu = time.process_time() - cpu
    trading.close()
    return {"wall_s": sum(taken), "p50_us": percentile(taken, 0.5) * 1e6, "p99_us": percentile(taken, 0.99) * 1e6,
            "client_cpu_us": cpu / job["orders"] * 1e6}  # fmt: skip


def reading():
    keys, values, reports = Keys(KEY, SECRET), [], []
    market = MarketDialect(keys, {}, SystemClock(), lambda _, one: values.append(one), values.append)
    market.opened(Liveness(LivenessLimits(), 0))
    updates = UpdatesDialect(keys, LOTS, SystemClock(), reports.append)
    frame, update = live_orders.frame(), live_orders.update()
    return {
        "quote_us": live_orders.microseconds(lambda: (market.heard(frame), values.clear()), live_orders.A_FRAME),
        "update_us": live_orders.microseconds(lambda: (updates.heard(update), reports.clear()), 1),
    }


if __name__ == "__main__":
    job = task.read()
    with exchange({"rate": 100, "seconds": 600}) as served:
        task.run(running(served.port))
        found = task.run(sent(job, served.port))
    with exchange({}, "instant_venue") as served:
        instant = task.run(sent(job, served.port))
    task.answer(**found, instant_p50_us=instant["p50_us"], instant_p99_us=instant["p99_us"], **reading())
