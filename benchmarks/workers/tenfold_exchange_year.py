"""Replay minute bars at full speed, to nobody or to a client of ours that reads every bar."""

import asyncio
import time

import task
from exchange_client import DECODE, clock, exchange, open_session, stream


async def read(socket):
    """Count bars for ever."""
    async for frame in socket:
        read.count += len(DECODE(frame.data))


async def main(job, port):
    read.count = 0
    async with open_session() as session:
        begin = time.perf_counter()
        if job["client"]:
            async with stream(session, port, bars=["*"]) as socket:
                reader = asyncio.create_task(read(socket))
                await finished(session, port)
                await asyncio.sleep(0.1)
                reader.cancel()
        else:
            await clock(session, port, paused=False)
            await finished(session, port)
        wall = time.perf_counter() - begin
    return {"wall_s": wall, "bars": read.count}


async def finished(session, port):
    while not (await clock(session, port))["finished"]:
        await asyncio.sleep(0.05)


if __name__ == "__main__":
    job = task.read()
    with exchange({"days": job["days"]}) as served:
        found = asyncio.run(main(job, served.port))
    task.answer(**found, server_cpu_s=served.cpu_s)
