"""Read market data by Alpaca's own client, as fast as it can: the exchange waits for it."""

import time
import warnings

import task
from exchange_client import exchange

from tenfold.exchange.settings import KEY, SECRET

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from alpaca.data.live import StockDataStream


def main(job, port):
    client = StockDataStream(KEY, SECRET, url_override=f"ws://127.0.0.1:{port}/v2/sip")
    seen = {"count": 0, "begin": 0.0, "end": 0.0}

    async def hear(quote):
        seen["count"] += 1
        seen["begin"] = seen["begin"] or time.perf_counter()
        seen["end"] = time.perf_counter()
        if seen["end"] - seen["begin"] > job["seconds"]:
            await client.stop_ws()

    client.subscribe_quotes(hear, "*")
    client.run()
    wall = seen["end"] - seen["begin"]
    return {"wall_s": wall, "messages_a_second": seen["count"] / wall}


if __name__ == "__main__":
    job = task.read()
    with exchange({"rate": 50_000, "seconds": 40}) as served:
        found = main(job, served.port)
    task.answer(**found)
