"""Hear market data through the live feed at a steady rate: socket, values, quality, minutes; see that none is dropped."""

import asyncio
import gc
import time

import task
from exchange_client import begin_at, clock, exchange, open_session
from exchange_server import SYMBOLS

from tenfold.adapters.clock import SystemClock
from tenfold.app.exchange_data import sessions_around
from tenfold.app.live.feeding import LiveFeed, SteadyClock
from tenfold.app.live.sources import Source
from tenfold.domain.keys import Keys
from tenfold.domain.units import NS_PER_SECOND
from tenfold.domain.venue_access import VenueAccess
from tenfold.exchange.settings import KEY, SECRET
from tenfold.market.feed_source import SourceTerms
from tenfold.market.feeds import Feeds

WARM_S = 2.0


class Heard:
    """Take what feeds are told, and note when each frame was done with, and what of each symbol came."""

    def __init__(self, feeds):
        self.feeds, self._take = feeds, feeds.take
        feeds.take = self.take
        self.frames = []
        self.moments = {}
        self.told = []

    def take(self, source, received_ns, values):
        told = self._take(source, received_ns, values)
        self.frames.append((time.perf_counter(), received_ns - values[-1].ts_ns, len(values)))
        for one in values:
            self.moments.setdefault(one.symbol, []).append(one.ts_ns)
        return told


async def main(job, port):
    url = f"127.0.0.1:{port}"
    access = VenueAccess(
        trading_url=f"http://{url}", data_url=f"http://{url}", data_stream_url=f"ws://{url}/v2/sip", feed="sip"
    )
    async with open_session() as session:
        # time stands still until somebody listens, and then runs as it does here
        await clock(session, port, speed="1x", paused=True)
        began_ns = await begin_at(session, port)
        steady = SteadyClock(SystemClock(), time.perf_counter_ns() - began_ns)
        source = Source(SourceTerms(name="venue"), access, Keys(KEY, SECRET))
        feeds = Feeds(SYMBOLS, [source.terms], sessions_around(steady.now_ns(), steady.now_ns()))
        heard = Heard(feeds)
        feed = LiveFeed(feeds, SYMBOLS, [source], steady, heard.told.extend)
        running = asyncio.ensure_future(feed.run())
        while not feeds.sources["venue"].up:
            await asyncio.sleep(0.01)
        await clock(session, port, paused=False)
    gc.freeze()
    begin, cpu = time.perf_counter(), time.process_time()
    await asyncio.sleep(WARM_S + job["seconds"])
    wall, cpu = time.perf_counter() - begin, time.process_time() - cpu
    score = feeds.sources["venue"].score
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    kept = [one for one in heard.frames if one[0] > begin + WARM_S]
    messages = sum(count for *_, count in kept)
    step_ns = NS_PER_SECOND * len(heard.moments) // job["rate"]
    missing = sum(
        max((moments[-1] - moments[0]) // step_ns + 1 - len(set(moments)), 0) for moments in heard.moments.values()
    )
    lag = sorted(age for _, age, _ in kept)
    return {"wall_s": wall, "messages_a_second": messages / (wall - WARM_S), "missing": missing, "client_cpu_share": cpu / wall,
            "late_ms": (lag[len(lag) * 99 // 100] - lag[0]) / 1e6, "score": score}  # fmt: skip


if __name__ == "__main__":
    job = task.read()
    with exchange({"rate": job["rate"], "seconds": job["seconds"] + 10}) as served:
        found = task.run(main(job, served.port))
    task.answer(**found)
