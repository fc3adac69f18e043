"""Be what an exchange must bear: a client that sends nonsense, reads too slowly, or vanishes."""

import asyncio
import contextlib
import json
import os
import socket
from collections import Counter
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import aiohttp
from soaking.trader import Told, headers

NONSENSE: Final = ("{", "[" * 10_000, "null", '{"symbol": 5}', "x" * 2_000_000)
"""Bodies of orders that are none."""
PAUSE_S: Final = 0.5
"""Seconds that the slow reader leaves between a hundred messages and the next."""
QUIET_S: Final = 10.0
"""Seconds without a message after which a stream counts as open, and quiet."""
NIGHTS: Final = 3
"""Days that the sleeper sleeps."""
_UPGRADE: Final = (
    "GET {path} HTTP/1.1\r\nHost: exchange\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGVuZm9sZCBzb2FrIHRlc3Q=\r\n\r\n"
)


def small_buffer(address: aiohttp.AddrInfoType) -> socket.socket:
    """Return a socket that takes little before it has to be read."""
    family, kind, protocol = address[:3]
    made = socket.socket(family, kind, protocol)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
    made.setblocking(False)
    return made


class Nuisance:
    """Disturb the exchange once a day.

    Attributes
    ----------
    days : how often it has disturbed
    seen : answers to nonsense by status, and how slow readers and sleepers ended
    """

    def __init__(self, told: Told, slow: dict[str, str], asleep: dict[str, str]) -> None:
        self.seen: Counter[str] = Counter()
        self._told = told
        self._slow = slow
        self._asleep = asleep
        self._where = urlsplit(told["rest"])
        self._feed = told["rest"].replace("http", "ws") + "/v2/sip"
        self._pause_s = PAUSE_S
        self.days = 0
        self._sessions: dict[aiohttp.ClientWebSocketResponse, aiohttp.ClientSession] = {}
        self._reading: asyncio.Future[None] | None = None
        self._sleeping: aiohttp.ClientWebSocketResponse | None = None

    async def disturb(self) -> None:
        """Do all of it; slow readers and sleepers go on for days, until the buffers between are full."""
        await self._send_nonsense()
        await self._vanish()
        if self._reading is None or self._reading.done():
            self._reading = asyncio.ensure_future(self._read_slowly(await self._subscribed(self._slow)))
        if self.days % NIGHTS == 0:
            await self._wake_up()
            self._sleeping = await self._subscribed(self._asleep)
        self.days += 1

    async def rest(self) -> None:
        """Read what is left, and close."""
        self._pause_s = 0.0
        if self._reading is not None:
            await self._reading
        await self._wake_up()

    async def _wake_up(self) -> None:
        """See how who has not read so far fares."""
        if self._sleeping is not None:
            self.seen[f"asleep: {await self._end_of(self._sleeping)}"] += 1
        self._sleeping = None

    async def _read_slowly(self, stream: aiohttp.ClientWebSocketResponse) -> None:
        self.seen[f"slow: {await self._end_of(stream, self._pause_s)}"] += 1

    async def _end_of(self, stream: aiohttp.ClientWebSocketResponse, pause_s: float = 0.0) -> str:
        """Read to the end, a hundred messages between two pauses, and return what it was."""
        end, read = "still open", 0
        with contextlib.suppress(TimeoutError):
            while (message := await stream.receive(timeout=QUIET_S)).type is aiohttp.WSMsgType.TEXT:
                messages = json.loads(message.data)
                if messages[0]["T"] == "error":
                    end = f"cut off with {messages[0]['code']}"
                    break
                read += len(messages)
                if pause_s and self._pause_s and read >= 100:
                    read -= 100
                    await asyncio.sleep(pause_s)
            else:
                end = "cut off without a word"
        await self._sessions.pop(stream).close()
        return end

    async def _subscribed(self, account: dict[str, str]) -> aiohttp.ClientWebSocketResponse:
        """Ask for everything that there is."""
        session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(socket_factory=small_buffer))
        shown = headers(account["key"], account["secret"])
        one = await session.ws_connect(self._feed, headers=shown, compress=0, max_msg_size=0)
        await one.send_json({"action": "subscribe", "trades": ["*"], "quotes": ["*"], "bars": ["*"]})
        for _ in range(3):
            await one.receive()
        self._sessions[one] = session
        return one

    async def _send_nonsense(self) -> None:
        for body in NONSENSE:
            reader, writer = await asyncio.open_connection(self._where.hostname, self._where.port)
            shown = "".join(
                f"{name}: {value}\r\n" for name, value in headers(self._told["key"], self._told["secret"]).items()
            )
            head = f"POST /v2/orders HTTP/1.1\r\nHost: exchange\r\nContent-Length: {len(body)}\r\n{shown}\r\n"
            with contextlib.suppress(ConnectionError):
                writer.write(head.encode() + body.encode())
                await writer.drain()
            line = await reader.readline()
            self.seen[f"nonsense answered {line.split()[1].decode() if line else 'not at all'}"] += 1
            writer.transport.abort()

    async def _vanish(self) -> None:
        """Break every kind of stream within a frame that is none, and leave another half open."""
        for path in ("/stream", "/v2/sip", "/tenfold/lockstep"):
            for left in (b"}{" * 500, b"\x81\xfe"):
                _, writer = await asyncio.open_connection(self._where.hostname, self._where.port)
                writer.write(_UPGRADE.format(path=path).encode() + left)
                await writer.drain()
                if left.startswith(b"}"):
                    await asyncio.sleep(0.01)
                    writer.transport.abort()
                self.seen["vanished"] += 1


def resident_mb(pid: int) -> float:
    """Return the memory of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
