"""Hear market data by our own client at a steady rate, and see that none is missing and how old each is as a value."""

import asyncio
import gc
import random
import time

import task
from exchange_client import begin_at, clock, exchange, open_session, percentile

from tenfold.adapters.alpaca.liveness import LivenessLimits
from tenfold.adapters.alpaca.market_data import MarketData
from tenfold.adapters.alpaca.open_hours import OpenHours
from tenfold.adapters.clock import SystemClock
from tenfold.domain.keys import Keys
from tenfold.exchange.settings import KEY, SECRET

WARM_S = 1.0


class Heard:
    """Keep when each frame came, and what of each symbol."""

    def __init__(self):
        self.connected = asyncio.Event()
        self.links = []
        self.frames = []
        self.moments = {}

    def take(self, _, values):
        self.frames.append((time.perf_counter_ns(), values[0].ts_ns, values[-1].ts_ns, len(values)))
        for one in values:
            self.moments.setdefault(one.symbol, []).append(one.ts_ns)

    def link(self, state, text, _):
        self.links.append((state, text))
        self.connected.set()


async def main(job, port):
    heard = Heard()
    url = f"ws://127.0.0.1:{port}/v2/sip"
    stream = MarketData(
        url, Keys(KEY, SECRET), {"quotes": ["*"]}, SystemClock(), random.Random(1), heard.take, heard.link, OpenHours(()),  # noqa: S311
        LivenessLimits(),
    )  # fmt: skip
    running = asyncio.ensure_future(stream.run())
    await heard.connected.wait()
    async with open_session() as session:
        await clock(session, port, speed="1x", paused=False)
        began_ns = await begin_at(session, port)
    gc.freeze()
    begin, cpu = time.perf_counter(), time.process_time()
    await asyncio.sleep(WARM_S + job["seconds"])
    wall, cpu = time.perf_counter() - begin, time.process_time() - cpu
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert [state for state, _ in heard.links] == ["connected", "severed"], heard.links
    kept = [one for one in heard.frames if one[0] > (begin + WARM_S) * 1e9]
    ages = [received_ns - began_ns - ts_ns for received_ns, *stamps, _ in kept for ts_ns in stamps]
    messages = sum(count for *_, count in kept)
    step_ns = 10**9 * len(heard.moments) // job["rate"]
    missing = sum((moments[-1] - moments[0]) // step_ns + 1 - len(moments) for moments in heard.moments.values())
    return {"wall_s": wall, "messages_a_second": messages / (wall - WARM_S), "missing": missing, "p50_ms": percentile(ages, 0.5) / 1e6,
            "p99_ms": percentile(ages, 0.99) / 1e6, "client_cpu_share": cpu / wall}  # fmt: skip


if __name__ == "__main__":
    job = task.read()
    with exchange({"rate": job["rate"], "seconds": job["seconds"] + 10}) as served:
        found = task.run(main(job, served.port))
    task.answer(**found)
