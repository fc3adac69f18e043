"""Listen on an address, and hold the connections that came."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiohttp import web

KEPT_S: Final = 75.0
"""Seconds that a connection may stand idle."""
BACKLOG: Final = 512
"""Connections that may wait to be taken."""
_TURNS: Final = 3
"""Turns of a loop from a connection that is accepted to its transport, which its protocol knows."""

Answer = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class Listener:
    """Listen for HTTP, take no new connections for a while, or cut all that are there.

    Parameters
    ----------
    answer : answers a request
    body_bytes_max : of a request
    """

    def __init__(self, answer: Answer, body_bytes_max: int) -> None:
        self._body_bytes_max = body_bytes_max
        self._address = ("", 0)
        self._listening: asyncio.Server | None = None
        self._pausing: asyncio.Task[None] | None = None
        self._answer = answer
        self._http: web.Server | None = None

    @property
    def count(self) -> int:
        """How many connections there are."""
        return 0 if self._http is None else len(self._http.connections)

    async def open(self, host: str, port: int) -> int:
        """Listen, and return the port; OSError where that is not possible."""
        quiet = logging.getLogger("tenfold.exchange.http")  # what clients do wrong is answered, not logged
        quiet.addHandler(logging.NullHandler())
        quiet.propagate = False
        http = web.Server(
            self._answer,
            request_factory=self._request,
            keepalive_timeout=KEPT_S,
            access_log=None,
            logger=quiet,
        )
        listening = await asyncio.get_running_loop().create_server(http, host, port, backlog=BACKLOG)
        self._http, self._listening = http, listening
        self._address = (host, int(listening.sockets[0].getsockname()[1]))
        return self._address[1]

    async def pause(self, seconds: float) -> None:
        """Refuse new connections for a while."""
        if await self._deaf():
            self._pausing = asyncio.ensure_future(self._resume(seconds))

    def cut_all(self) -> None:
        """Break every connection."""
        for connection in () if self._http is None else self._http.connections:
            if connection.transport is not None:
                abort(connection.transport)

    async def close(self) -> None:
        """Listen no more, and break every connection."""
        if self._pausing is not None:
            self._pausing.cancel()
        await self._deaf()
        self.cut_all()
        if self._http is not None:
            await self._http.shutdown(1.0)

    async def _deaf(self) -> bool:
        """Listen no more; False where it did not. What was accepted is made a connection first: asyncio loses one whose server has closed."""
        listening, self._listening = self._listening, None
        if listening is None:
            return False
        loop = asyncio.get_running_loop()
        for socket in listening.sockets:
            loop.remove_reader(socket.fileno())
        for _ in range(_TURNS):
            await asyncio.sleep(0)
        listening.close()
        return True

    async def _resume(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        if self._http is not None:
            host, port = self._address
            self._listening = await asyncio.get_running_loop().create_server(self._http, host, port, backlog=BACKLOG)

    def _request(self, message: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> web.BaseRequest:
        """Return a request whose body is limited."""
        loop = asyncio.get_running_loop()
        return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=self._body_bytes_max)


def abort(transport: asyncio.BaseTransport) -> None:
    """Reset a connection: nothing that waits is sent."""
    if isinstance(transport, asyncio.Transport) and not transport.is_closing():
        transport.abort()
