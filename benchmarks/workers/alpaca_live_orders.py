"""Send orders one after another by Alpaca's own client, and read frames as it does."""

import asyncio
import gc
import json
import time
import warnings

import live_orders
import msgpack
import task
from exchange_client import clock, exchange, open_session, percentile

from tenfold.exchange.settings import KEY, SECRET

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from alpaca.data.live import StockDataStream
    from alpaca.trading.client import TradingClient
    from alpaca.trading.enums import OrderSide, TimeInForce
    from alpaca.trading.requests import LimitOrderRequest
    from alpaca.trading.stream import TradingStream


async def running(port):
    async with open_session() as session:
        await clock(session, port, speed="1x", paused=False)


def sent(job, port):
    client, taken = TradingClient(KEY, SECRET, url_override=f"http://127.0.0.1:{port}"), []
    gc.freeze()
    for name, count in (("warm", 200), ("kept", job["orders"])):
        taken.clear()
        cpu = time.process_time()
        for number in range(count):
            begin = time.perf_counter()
            asked = LimitOrderRequest(
                symbol=live_orders.SYMBOLS[number % 4], qty=1, side=OrderSide.BUY, time_in_force=TimeInForce.DAY,
                limit_price=live_orders.price(number), client_order_id=f"{name}-{number}",
            )  # fmt: skip
            client.submit_order(asked)
            taken.append(time.perf_counter() - begin)
        cpu = time.process_time() - cpu
    return {"wall_s": sum(taken), "p50_us": percentile(taken, 0.5) * 1e6, "p99_us": percentile(taken, 0.99) * 1e6,
            "client_cpu_us": cpu / job["orders"] * 1e6}  # fmt: skip


def reading():
    market, updates = StockDataStream(KEY, SECRET), TradingStream(KEY, SECRET)
    frame, update = live_orders.frame(), live_orders.update()
    return {
        "quote_us": live_orders.microseconds(
            lambda: [market._cast(one) for one in msgpack.unpackb(frame)], live_orders.A_FRAME
        ),
        "update_us": live_orders.microseconds(lambda: updates._cast(json.loads(update)), 1),
    }


if __name__ == "__main__":
    job = task.read()
    with exchange({"rate": 100, "seconds": 600}) as served:
        asyncio.run(running(served.port))
        found = sent(job, served.port)
    with exchange({}, "instant_venue") as served:
        instant = sent(job, served.port)
    task.answer(**found, instant_p50_us=instant["p50_us"], instant_p99_us=instant["p99_us"], **reading())
