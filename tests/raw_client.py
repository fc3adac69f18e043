"""A client of the exchange that sees bytes, and may misbehave."""

import asyncio
import base64
import json
import os
import socket
from contextlib import asynccontextmanager, contextmanager

import aiohttp

from tenfold.exchange.settings import KEY, SECRET

HEADERS = {"APCA-API-KEY-ID": KEY, "APCA-API-SECRET-KEY": SECRET}
ORDER = {"symbol": "AAPL", "qty": "1", "side": "buy", "type": "limit", "time_in_force": "day", "limit_price": "5"}


@contextmanager
def connected(exchange, timeout=60.0, receive_bytes=None):
    """Open a plain socket; a small buffer has to be asked for before it connects."""
    with socket.socket() as plain:
        plain.settimeout(timeout)
        if receive_bytes is not None:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        plain.connect((exchange.host, exchange.port))
        yield plain


def request_bytes(method, path, body=b"", **headers):
    """Return a request as it travels."""
    lines = {"Host": "exchange", "Content-Length": str(len(body)), **HEADERS, **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body


def answered(plain):
    """Return everything that comes until the connection ends or an answer is whole."""
    raw = b""
    try:
        while more := plain.recv(65_536):
            raw += more
            head, found, body = raw.partition(b"\r\n\r\n")
            if found and len(body) >= length_of(head):
                break
    except ConnectionResetError:
        pass
    return raw


def length_of(head):
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


def ask(exchange, method="GET", path="/v2/clock", body=None, **headers):
    """Return (status, headers, body) of one request on a connection of its own; status 0 where it was broken."""
    raw_body = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    with connected(exchange) as plain:
        plain.sendall(request_bytes(method, path, raw_body, **headers))
        raw = answered(plain)
    head, found, content = raw.partition(b"\r\n\r\n")
    if not found:
        return 0, {}, raw
    first, *lines = head.decode().split("\r\n")
    return int(first.split()[1]), dict(line.split(": ", 1) for line in lines), content


def orders(exchange):
    """Return every order of the account."""
    from tenfold.exchange.messages import Request

    lower = {name.lower(): value for name, value in HEADERS.items()}

    def seen():
        inside = exchange.exchange
        return inside.handle(Request("GET", "/v2/orders", {"status": "all"}, lower, b"", inside.now_ns))

    return json.loads(exchange.call(seen).body)


@asynccontextmanager
async def socket_to(exchange, path, headers=None, **options):
    """Open a WebSocket."""
    url = f"ws://{exchange.host}:{exchange.port}{path}"
    async with aiohttp.ClientSession() as session, session.ws_connect(url, headers=headers or {}, **options) as one:
        yield one


async def next_json(socket, seconds=60.0):
    """Return the next message, None where the connection has ended."""
    message = await socket.receive(timeout=seconds)
    if message.type not in {aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY}:
        return None
    return json.loads(message.data)


@asynccontextmanager
async def updates_of(exchange, headers=None):
    """Open the trading stream, authenticated and listening."""
    async with socket_to(exchange, "/stream", headers) as one:
        await one.send_json({"action": "auth", "key": KEY, "secret": SECRET})
        assert (await next_json(one))["data"]["status"] == "authorized"
        await one.send_json({"action": "listen", "data": {"streams": ["trade_updates"]}})
        assert (await next_json(one))["stream"] == "listening"
        yield one


@asynccontextmanager
async def market_of(exchange, path="/v2/sip", **channels):
    """Open the market data stream, subscribed."""
    async with socket_to(exchange, path, HEADERS) as one:
        assert [(await next_json(one))[0]["msg"] for _ in range(2)] == ["connected", "authenticated"]
        await one.send_json({"action": "subscribe", **channels})
        assert (await next_json(one))[0]["T"] == "subscription"
        yield one


def upgrade_bytes(path):
    """Return the request of a WebSocket."""
    key = base64.b64encode(os.urandom(16)).decode()
    return request_bytes(
        "GET",
        path,
        Upgrade="websocket",
        Connection="Upgrade",
        **{"Sec-WebSocket-Key": key, "Sec-WebSocket-Version": "13"},
    )


async def off(function, *arguments, **options):
    """Run what blocks in a thread."""
    return await asyncio.to_thread(function, *arguments, **options)


def connections(exchange):
    """Return how many connections the server holds."""
    return exchange.call(lambda: exchange._server.status()["connections"])
