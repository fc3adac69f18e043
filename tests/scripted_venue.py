"""A venue that says exactly what a test wants, byte by byte."""

import asyncio
import json
import ssl
from contextlib import asynccontextmanager, suppress

from aiohttp import web


class ScriptedVenue:
    """Answer each request with the next of `answers`: bytes, then the end of the connection where `closes`."""

    host = "127.0.0.1"
    key, secret = "k", "s"

    def __init__(self):
        self.answers = []
        self.closes = False
        self.requests = []
        self.before = b""
        self.port = 0
        self._writers = set()

    async def serve(self, reader, writer):
        self._writers.add(writer)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
                )
                self.requests.append((head, await reader.readexactly(length)))
                writer.write(self.answers.pop(0))
                await writer.drain()
                if self.closes:
                    return
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    def say(self, raw):
        """Send what nobody asked for."""
        for writer in self._writers:
            writer.write(raw)


@asynccontextmanager
async def scripted(**options):
    """Open a scripted venue on the loop of the caller."""
    venue = ScriptedVenue()
    server = await asyncio.start_server(venue.serve, venue.host, 0, **options)
    venue.port = server.sockets[0].getsockname()[1]
    venue.url = f"http://{venue.host}:{venue.port}"
    try:
        yield venue
    finally:
        server.close()
        for writer in venue._writers:
            with suppress(AttributeError):  # asyncio's TLS has forgotten a connection that the client broke off
                writer.transport.abort()
        await asyncio.sleep(0)


def answer(body, status=200, **headers):
    """Return an answer as it travels."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = "".join(f"{name}: {value}\r\n" for name, value in {"Content-Length": len(raw), **headers}.items())
    return f"HTTP/1.1 {status} OK\r\n{lines}\r\n".encode() + raw


def nameless(purpose):
    """Return a context of TLS that needs no certificate."""
    context = ssl.SSLContext(purpose)
    if purpose is ssl.PROTOCOL_TLS_CLIENT:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("aNULL:@SECLEVEL=0")
    return context


@asynccontextmanager
async def scripted_stream(handler):
    """Serve one WebSocket handler on every path."""

    async def serve(request):
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        await handler(socket)
        return socket

    runner = web.ServerRunner(web.Server(serve), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    venue = ScriptedVenue()
    venue.port = site._server.sockets[0].getsockname()[1]
    try:
        yield venue
    finally:
        await runner.cleanup()
