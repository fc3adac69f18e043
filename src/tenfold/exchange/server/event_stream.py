"""Serve trade updates as server-sent events over a kept connection."""

import asyncio
from collections.abc import Callable
from typing import Final

from aiohttp import web

from tenfold.exchange.api.auth import authenticate
from tenfold.exchange.core import Exchange
from tenfold.exchange.refusal import Refusal
from tenfold.exchange.server.answers import error_response, written
from tenfold.exchange.server.broadcast import Broadcast
from tenfold.exchange.streams.server_sent import HEARTBEAT, Span, Told, read_span

PATH: Final = "/v2/events/trades"
HEARTBEAT_S: Final = 15.0
"""Seconds without an event after which a comment keeps the connection alive."""
_ENDED_S: Final = 0.25
"""Seconds after which it is looked whether the span of a reader has ended."""


async def serve_events(
    http: web.BaseRequest, exchange: Exchange, broadcast: Broadcast, catch_up: Callable[[], None]
) -> web.StreamResponse:
    """Tell the updates of an account from where its client stopped, then each as it happens, until its span ends."""
    try:
        account = authenticate(exchange.settings, {name.lower(): value for name, value in http.headers.items()})
        span = read_span(dict(http.query.items()))
    except Refusal as refusal:
        return written(error_response(refusal.status, refusal.body["code"], refusal.body["message"]))
    catch_up()
    reader = Reader(account, span, exchange.settings.server.buffer_messages_max)
    past = [] if span.since is None else broadcast.history.of(account, span)
    end = broadcast.read(reader.read)

    def now_ns() -> int:
        catch_up()
        return exchange.now_ns

    stream = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"})
    try:
        await stream.prepare(http)
        await stream.write(HEARTBEAT)
        for told in past:
            await stream.write(told.event)
        while (raw := await reader.next_bytes(now_ns)) is not None:
            await stream.write(raw)
        await stream.write_eof()
    except ConnectionError:
        pass
    finally:
        end()
    return stream


class Reader:
    """Keep what a client has not yet been told; one that reads too slowly is ended."""

    def __init__(self, account: str, span: Span, waiting_max: int) -> None:
        self._account = account
        self._span = span
        self._waiting: asyncio.Queue[Told] = asyncio.Queue(waiting_max)
        self._overflow = False

    def read(self, told: Told) -> None:
        """Take an update of any account."""
        if told.account == self._account and self._span.has(told):
            if self._waiting.full():
                self._overflow = True
            else:
                self._waiting.put_nowait(told)

    async def next_bytes(self, now_ns: Callable[[], int]) -> bytes | None:
        """Wait for what is written next, an update or after a while a comment; None at the end."""
        silent_s = 0.0
        while not self._overflow:
            try:
                async with asyncio.timeout(_ENDED_S):
                    return (await self._waiting.get()).event
            except TimeoutError:
                silent_s += _ENDED_S
            if self._span.ends_before(now_ns()) and self._waiting.empty():
                return None
            if silent_s >= HEARTBEAT_S:
                return HEARTBEAT
        return None
