"""Carry one session over one WebSocket, with the faults that have to do with sockets."""

import asyncio
from collections.abc import Callable
from typing import Final, Protocol

from aiohttp import WSMsgType, web

from tenfold.exchange.faults import Faults
from tenfold.exchange.settings import ServerSettings
from tenfold.exchange.streams.codec import Frame
from tenfold.exchange.streams.outbox import Outbox

HEARTBEAT_S: Final = 20.0
"""Seconds between pings; a client that leaves one unanswered for half as long is gone."""
LINGER_S: Final = 1.0
"""Seconds in which a client that is cut off may still read why."""
_TEXT: Final = 0x81
_BINARY: Final = 0x82


class Session(Protocol):
    """Hold the state of a connection; `closed` is called once, at its end."""

    account: str | None
    outbox: Outbox

    def receive(self, raw: bytes) -> None:
        """Take a message of the client."""

    def late(self) -> None:
        """Say that the time to authenticate is over."""

    def closed(self) -> None:
        """Forget the connection."""


class Socket:
    """Carry a session.

    Parameters
    ----------
    now_s : seconds of a steady clock
    received : called after each message of the client
    """

    def __init__(
        self,
        session: Session,
        faults: Faults,
        settings: ServerSettings,
        now_s: Callable[[], float],
        received: Callable[[], None],
    ) -> None:
        self._session = session
        self._faults = faults
        self._settings = settings
        self._now_s = now_s
        self._received = received
        self._ready = asyncio.Event()
        self._transport: asyncio.Transport | None = None
        self._silent_until_s = 0.0

    async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
        """Serve until one of both sides ends it."""
        socket = web.WebSocketResponse(
            heartbeat=HEARTBEAT_S,
            compress=self._settings.compression,
            max_msg_size=self._settings.body_bytes_max,
            timeout=LINGER_S,
        )
        await socket.prepare(request)
        self._transport = request.transport
        session = self._session
        session.outbox.wake = self._ready.set
        self._ready.set()
        loop = asyncio.get_running_loop()
        timer = loop.call_later(self._settings.authentication_s_max, session.late)
        writer = asyncio.ensure_future(self._write(socket))
        try:
            await self._read(socket)
        finally:
            timer.cancel()
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)
            session.closed()
            self._received()
        return socket

    async def _read(self, socket: web.WebSocketResponse) -> None:
        async for message in socket:
            if message.type not in {WSMsgType.TEXT, WSMsgType.BINARY}:
                continue
            if self._session.account is None and self._faults.strikes("no_auth_reply"):
                await asyncio.sleep(self._faults.value("no_auth_reply"))
            data = message.data
            self._session.receive(data.encode() if isinstance(data, str) else data)
            self._received()

    async def _write(self, socket: web.WebSocketResponse) -> None:
        outbox = self._session.outbox
        try:
            while not (outbox.closing and not len(outbox)):
                await self._ready.wait()
                self._ready.clear()
                while (frame := outbox.take()) is not None:
                    if not await self._send(socket, frame):
                        return
            async with asyncio.timeout(LINGER_S):
                await socket.close()
        except (ConnectionError, TimeoutError):
            pass
        finally:
            self._abort()

    async def _send(self, socket: web.WebSocketResponse, frame: Frame) -> bool:
        """Send a frame, unless a fault strikes; False where the connection is over."""
        if self._session.account is not None and self._disturbed(frame):
            return self._transport is not None
        async with asyncio.timeout(None) as patience:
            if self._session.outbox.closing:
                patience.reschedule(asyncio.get_running_loop().time() + LINGER_S)
            self._session.outbox.wake = lambda: self._woken(patience)
            try:
                await (socket.send_str(frame.data.decode()) if frame.text else socket.send_bytes(frame.data))
            finally:
                self._session.outbox.wake = self._ready.set
        return True

    def _woken(self, patience: asyncio.Timeout) -> None:
        """Give a client that is cut off while it does not read a last moment."""
        self._ready.set()
        if self._session.outbox.closing and patience.when() is None:
            patience.reschedule(asyncio.get_running_loop().time() + LINGER_S)

    def _disturbed(self, frame: Frame) -> bool:
        """Leave a frame out, or break the connection within it, if a fault says so."""
        if self._faults.strikes("silent_stream"):
            self._silent_until_s = self._now_s() + self._faults.value("silent_stream")
        if self._now_s() < self._silent_until_s:
            return True
        if self._faults.strikes("cut_mid_frame"):
            if self._transport is not None:
                self._transport.write(frame_head(frame) + frame.data[: len(frame.data) // 2])
                self._transport.close()
                self._transport = None
            return True
        return False

    def _abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()
            self._transport = None


def frame_head(frame: Frame) -> bytes:
    """Return the header of a frame as RFC 6455 has it: whole, not masked."""
    kind, size = (_TEXT if frame.text else _BINARY), len(frame.data)
    if size < 126:
        return bytes((kind, size))
    if size < 65_536:
        return bytes((kind, 126)) + size.to_bytes(2, "big")
    return bytes((kind, 127)) + size.to_bytes(8, "big")
