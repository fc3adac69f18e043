"""Carry one request at a time over a kept connection.

How it works. Whatever fails before the request is written proves that nothing left; whatever fails afterwards proves nothing,
for the venue may have taken it. So there are two errors. The last look at the lease is in the same step of the
event loop as the write, with nothing between that could wait. And what was given up does not leave later: a system goes on sending
what a closed connection still holds, for minutes, unless it is told to drop it.
"""

import asyncio
import socket
import ssl
import struct
from collections.abc import Callable
from contextlib import suppress
from typing import Final, cast

from tenfold.adapters.alpaca.greeting import let_through
from tenfold.adapters.alpaca.http_reply import Reply, ReplyReader
from tenfold.domain.errors import VenueError
from tenfold.domain.fence import Fence

IDLE_S_MAX: Final = 30.0
"""Seconds after which an unused connection is not trusted: venues close them after a minute."""
_DROPPED: Final = struct.pack("ii", 1, 0)
"""SO_LINGER by which a connection that ends, its process killed among it, takes along what the other side has not received yet."""


class NotSentError(VenueError):
    """Report a request of which no byte has left."""


class UnansweredError(VenueError):
    """Report a request that was sent, at least in part, and of which nobody knows what became."""


class Connection(asyncio.Protocol):
    """Hold one connection.

    Attributes
    ----------
    open : whether it may carry a request
    idle_s : the loop's time at which it was used last
    """

    def __init__(self) -> None:
        self.open = False
        self.idle_s = 0.0
        self._transport: asyncio.Transport | None = None
        self._reader = ReplyReader()
        self._waiting: asyncio.Future[Reply] | None = None
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are not of that class
        if (end := transport.get_extra_info("socket")) is not None:
            with suppress(OSError):  # it may have ended already
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _DROPPED)
        self.open = True
        self.idle_s = self._loop.time()

    def data_received(self, data: bytes) -> None:
        """Put the answer together; bytes that nobody asked for end the connection."""
        if self._waiting is None or self._waiting.done():
            self.abort()
            return
        try:
            reply = self._reader.feed(data)
        except ValueError as error:
            self._fail(f"the answer cannot be read: {error}")
            return
        if reply is not None:
            self._waiting.set_result(reply)

    def eof_received(self) -> bool:
        """Close: no further answer will come."""
        return False

    def connection_lost(self, error: Exception | None) -> None:
        """Tell who waits; an answer may end with the connection."""
        self.open = False
        reply = self._reader.end() if error is None else None
        if reply is not None and self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(reply)
        else:
            self._fail("the connection was lost before the answer")

    def abort(self) -> None:
        """Drop the connection at once."""
        self.open = False
        if self._transport is not None:
            self._transport.abort()

    async def ask(self, raw: bytes, until_s: float, hindrance: Callable[[], str]) -> Reply:
        """Send a request and return its answer.

        Parameters
        ----------
        until_s : time of the loop by which the answer has to be there
        hindrance : says in the last moment before the write what forbids it, "" where nothing does

        Raises
        ------
        NotSentError
            Nothing was sent.
        UnansweredError
            The answer did not come, or cannot be read.
        """
        if not self.open or self._transport is None or self._transport.is_closing():
            raise NotSentError("the connection was closed")
        if forbidden := hindrance():
            raise NotSentError(f"{forbidden}: nothing was sent")
        self._reader = ReplyReader()
        waiting: asyncio.Future[Reply] = self._loop.create_future()
        self._waiting = waiting
        self._transport.write(raw)
        timer = self._loop.call_at(until_s, self._fail, "no answer came in time")
        try:
            reply = await waiting
        except BaseException:
            self.abort()
            if waiting.done() and not waiting.cancelled():
                waiting.exception()  # it came as we were told to stop: nobody else looks at it
            raise
        finally:
            timer.cancel()
            self._waiting = None
        self.idle_s = self._loop.time()
        if not reply.keeps_alive:
            self.abort()
        return reply

    def _fail(self, text: str) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(UnansweredError(text))
        self.abort()


class Connections:
    """Keep connections to one host.

    Parameters
    ----------
    secure : whether TLS is spoken
    fence : the order gateway that it goes through, None for straight to the host
    """

    def __init__(self, host: str, port: int, secure: bool, fence: Fence | None = None) -> None:
        self._host = host
        self._port = port
        self._tls = ssl.create_default_context() if secure else None
        self._free: list[Connection] = []
        self._fence = fence
        self._place = host if fence is None else f"{host} through the order gateway {fence.host}:{fence.port}"
        self._epoch = 0

    async def take(self, until_s: float, fresh: bool = False) -> Connection:
        """Return a connection, a new one where none is free or `fresh`; NotSentError where there is none in time."""
        loop = asyncio.get_running_loop()
        if self._fence is not None and self._fence.epoch() != self._epoch:
            self.close()  # the gateway ends what an older epoch has opened
            self._epoch = self._fence.epoch()
        while self._free and not fresh:
            one = self._free.pop()
            if one.open and loop.time() - one.idle_s < IDLE_S_MAX:
                return one
            one.abort()
        try:
            async with asyncio.timeout_at(until_s):
                if self._fence is not None:
                    return await self._through(self._fence)
                _, made = await loop.create_connection(Connection, self._host, self._port, ssl=self._tls)
        except TimeoutError:
            raise NotSentError(f"{self._place} cannot be reached in time") from None
        except OSError as error:
            raise NotSentError(f"{self._place} cannot be reached: {error.strerror or error}") from None
        return made

    async def _through(self, fence: Fence) -> Connection:
        """Return a connection that a gateway passes on, TLS from here to the venue."""
        plain, made = await let_through(fence, self._host, self._port), Connection()
        if self._tls is None:
            plain.set_protocol(made)
            made.connection_made(plain)
        else:
            loop = asyncio.get_running_loop()
            secured = await loop.start_tls(plain, made, self._tls, server_hostname=self._host)
            made.connection_made(secured or plain)
        return made

    def give(self, one: Connection) -> None:
        """Take a connection back, if it is of further use."""
        if one.open:
            self._free.append(one)

    def close(self) -> None:
        """Close what is free."""
        while self._free:
            self._free.pop().abort()
