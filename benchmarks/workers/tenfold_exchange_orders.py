"""Send orders at a steady rate, and measure each round trip."""

import asyncio
import gc
import time

import task
from exchange_client import Lanes, clock, exchange, open_session, percentile

from tenfold.codec import decode, encode


async def main(job, port):
    taken, refused, waiting = [], [], set()
    async with open_session() as session:
        await clock(session, port, speed="1x", paused=False)
    lanes = Lanes(port)

    async def cancel(order_id):
        await asyncio.sleep(0.5)
        await lanes.ask("DELETE", f"/v2/orders/{order_id}")

    async def send(number, kept):
        rests = number % 2 == 0
        order = {
            "symbol": ("AAPL", "MSFT", "NVDA", "SPY")[number % 4], "side": "buy", "type": "limit",
            "time_in_force": "day", "qty": "1", "limit_price": "50" if rests else "200",
            "client_order_id": f"b-{kept}-{number}",
        }  # fmt: skip
        begin = time.perf_counter()
        status, body = await lanes.ask("POST", "/v2/orders", encode(order))
        answered = decode(dict, body)
        if kept:
            taken.append(time.perf_counter() - begin)
        if status != 200:
            refused.append(answered)
        elif rests:
            begin_task(cancel(answered["id"]))

    def begin_task(work):
        one = asyncio.create_task(work)
        waiting.add(one)
        one.add_done_callback(waiting.discard)

    gc.freeze()
    for kept, count in ((False, job["rate"]), (True, job["orders"])):  # the first second warms up
        begin = time.perf_counter()
        for number in range(count):
            pause = begin + number / job["rate"] - time.perf_counter()
            if pause > 0:
                await asyncio.sleep(pause)
            begin_task(send(number, kept))
        wall = time.perf_counter() - begin
        while waiting:
            await asyncio.gather(*tuple(waiting))
    lanes.close()
    assert not refused, refused[0]
    return {"wall_s": wall, "rate": len(taken) / wall, "p50_ms": percentile(taken, 0.5) * 1e3,
            "p99_ms": percentile(taken, 0.99) * 1e3, "worst_ms": max(taken) * 1e3}  # fmt: skip


if __name__ == "__main__":
    job = task.read()
    with exchange({"rate": 100, "seconds": 600}) as served:
        found = asyncio.run(main(job, served.port))
    task.answer(**found, server_cpu_s=served.cpu_s)
