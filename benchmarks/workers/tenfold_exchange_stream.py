"""Read market data as a client of ours, and measure how old each message is when it is decoded."""

import asyncio
import time

import task
from exchange_client import DECODE, EPOCH, begin_at, clock, exchange, open_session, percentile, stream


async def main(job, port):
    ages, largest, messages, frames = [], 0, 0, 0
    async with open_session() as session, stream(session, port, quotes=["*"]) as socket:
        await clock(session, port, speed="1x", paused=False)
        began_ns = await begin_at(session, port)
        begin = time.perf_counter()
        while (now := time.perf_counter()) - begin < job["seconds"]:
            raw = (await socket.receive()).data
            assert raw is not None, "the client was cut off: it reads too slowly"
            told = DECODE(raw)
            now_ns = time.perf_counter_ns()
            if now - begin < 1.0:
                continue  # the first second warms up
            frames += 1
            messages += len(told)
            largest = max(largest, len(told))
            oldest, newest = told[0], told[-1]
            for one in (oldest, newest):
                ages.append(now_ns - began_ns - round((one.t - EPOCH).total_seconds() * 1e6) * 1_000)
    wall = job["seconds"] - 1.0
    return {"wall_s": wall, "messages_a_second": messages / wall, "frame_max": largest, "frames": frames,
            "p50_ms": percentile(ages, 0.5) / 1e6, "p99_ms": percentile(ages, 0.99) / 1e6,
            "worst_ms": max(ages) / 1e6}  # fmt: skip


if __name__ == "__main__":
    job = task.read()
    with exchange({"rate": job["rate"], "seconds": job["seconds"] + 10}) as served:
        found = asyncio.run(main(job, served.port))
    task.answer(**found, server_cpu_s=served.cpu_s)
