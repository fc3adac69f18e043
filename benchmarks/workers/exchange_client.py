"""Start an exchange in another process, and speak to it as a client of our own."""

import asyncio
import datetime
import json
import re
import resource
import subprocess
import sys
import time
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from tenfold.exchange.settings import KEY, SECRET

HEADERS = {"APCA-API-KEY-ID": KEY, "APCA-API-SECRET-KEY": SECRET}
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


class Message(msgspec.Struct, frozen=True, gc=False):
    """Hold what a client of ours reads of quotes and bars."""

    T: str
    S: str
    t: datetime.datetime
    bp: float = 0.0
    ap: float = 0.0
    bs: float = 0.0
    c: Any = None
    o: float = 0.0
    h: float = 0.0
    l: float = 0.0  # noqa: E741 -- the name on the wire
    v: float = 0.0


DECODE = msgspec.msgpack.Decoder(list[Message]).decode


class Served:
    """Hold the port of an exchange, and once it has ended the processor seconds of its process."""

    port = 0
    cpu_s = 0.0


@contextmanager
def exchange(job, server="exchange_server"):
    """Serve an exchange in a process of its own, or what stands in for one."""
    served = Served()
    command = [sys.executable, str(Path(__file__).with_name(f"{server}.py")), json.dumps(job)]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        served.port = int(server.stdout.readline())
        yield served
    finally:
        server.stdin.close()
        server.wait(30)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        served.cpu_s = used.ru_utime + used.ru_stime


async def clock(session, port, **change):
    """Return what the clock says, changed where something is given."""
    url = f"http://127.0.0.1:{port}/tenfold/admin/clock"
    async with session.request("PATCH" if change else "GET", url, json=change or None) as response:
        return await response.json()


async def begin_at(session, port):
    """Return the steady nanoseconds of this machine at which the replayed epoch would lie, at real time."""
    best = (1 << 62, 0)
    for _ in range(50):
        before = time.perf_counter_ns()
        told = await clock(session, port)
        took = time.perf_counter_ns() - before
        second, _, rest = told["timestamp"].rstrip("Z").partition(".")
        moment = datetime.datetime.fromisoformat(second + "+00:00")
        ts_ns = round((moment - EPOCH).total_seconds()) * 10**9 + int(rest.ljust(9, "0") or 0)
        best = min(best, (took, before + took // 2 - ts_ns))
    return best[1]


@asynccontextmanager
async def stream(session, port, **channels):
    """Open the market data stream in MessagePack, subscribed."""
    headers = {**HEADERS, "Content-Type": "application/msgpack"}
    async with session.ws_connect(f"ws://127.0.0.1:{port}/v2/sip", headers=headers, max_msg_size=0) as socket:
        for _ in range(2):
            await socket.receive()
        await socket.send_bytes(msgspec.msgpack.encode({"action": "subscribe", **channels}))
        await socket.receive()
        yield socket


def percentile(values, share):
    """Return the value that so large a share does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def open_session():
    """Open a session without limits of its own."""
    return aiohttp.ClientSession(headers=HEADERS, connector=aiohttp.TCPConnector(limit=0))


class Lane(asyncio.Protocol):
    """Hold one kept connection that carries one request at a time, as bytes: what is measured is the exchange, not its client."""

    def __init__(self):
        self.transport = None
        self.buffer = b""
        self.answered = None

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.buffer += data
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return
        sized = re.search(rb"(?i)content-length: (\d+)", head)
        if len(body) < (int(sized[1]) if sized else 0):
            return
        self.buffer = b""
        self.answered.set_result((int(head[9:12]), body))


class Lanes:
    """Send requests over kept connections, opening as many as are wanted at once."""

    def __init__(self, port):
        self.port = port
        self.free = []
        self.head = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())

    async def ask(self, method, path, body=b""):
        """Return status and body of the answer."""
        loop = asyncio.get_running_loop()
        lane = self.free.pop() if self.free else (await loop.create_connection(Lane, "127.0.0.1", self.port))[1]
        lane.answered = loop.create_future()
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n{self.head}\r\n"
        )
        lane.transport.write(head.encode() + body)
        answer = await lane.answered
        self.free.append(lane)
        return answer

    def close(self):
        """Let go of the connections."""
        for lane in self.free:
            lane.transport.close()
