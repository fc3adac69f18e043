"""Streams under bad clients and bad networks: nothing stops the exchange, nothing stays behind."""

import asyncio
import json
import random
import socket
import struct
import time

import aiohttp
import pytest

from loops import in_a_loop
from official_client import serving, switched
from raw_client import (
    HEADERS,
    ORDER,
    answered,
    ask,
    connected,
    connections,
    market_of,
    next_json,
    off,
    orders,
    request_bytes,
    socket_to,
    updates_of,
    upgrade_bytes,
)
from tenfold.exchange.wire import rfc3339


@pytest.fixture(scope="module")
def exchange():
    with serving(speed="60x", authentication_s_max=1.5) as one:
        yield one


@pytest.fixture(autouse=True)
def nothing_stays_behind(exchange):
    yield
    for name in tuple(exchange.exchange.faults.switches):
        switched(exchange, name)
    end = time.monotonic() + 60.0
    while connections(exchange):
        assert time.monotonic() < end, f"{connections(exchange)} connections stay"
        time.sleep(0.01)
    assert ask(exchange)[0] == 200


def send(exchange, **more):
    assert ask(exchange, "POST", "/v2/orders", {**ORDER, **more})[0] == 200


NOISE = random.Random(1).randbytes(2_000)  # noqa: S311 -- the same in every run


@pytest.mark.parametrize(
    "raw",
    [b"\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", NOISE, b"POST /v2/orders HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
     b"GET /v2/clock HTTP/1.1\r\n" + b"A: b\r\n" * 5_000 + b"\r\n", b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
     request_bytes("POST", "/v2/orders", b"", **{"Transfer-Encoding": "chunked"}) + b"zz\r\n"],
)  # fmt: skip
def test_what_is_no_request(exchange, raw):
    with connected(exchange, timeout=3.0) as plain:
        plain.sendall(raw)
        try:
            told = answered(plain)
        except TimeoutError:
            told = b""
        assert not told.startswith(b"HTTP/1.1 5")


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"symbol":' * 1_000, b'{"qty":1e999}', b'{"qty":NaN}'],
)
def test_what_is_no_order(exchange, body):
    status, _, told = ask(exchange, "POST", "/v2/orders", body)
    assert 400 <= status < 500
    assert set(json.loads(told)) >= {"code", "message"}


def test_a_body_that_is_too_large(exchange):
    status, _, told = ask(exchange, "POST", "/v2/orders", b"x" * 1_500_000)
    assert (status, json.loads(told)["code"]) == (413, 41310000)


def test_nothing_is_served_elsewhere(exchange):
    for path in ("/", "/v3/orders", "/stream", "/v2/iex", "/tenfold", "/v2/orders/../../etc", "/%ff%fe"):
        status, _, told = ask(exchange, path=path)
        assert status in {404, 405, 422}, path
        assert set(json.loads(told)) >= {"code", "message"}
    with connected(exchange) as plain:
        plain.sendall(upgrade_bytes("/nowhere"))
        assert answered(plain).startswith(b"HTTP/1.1 404")


@pytest.mark.parametrize("path", ["/v2/sip", "/stream", "/tenfold/lockstep"])
def test_nonsense_in_frames(exchange, path):
    async def talk():
        async with socket_to(exchange, path) as one:
            if path == "/v2/sip":
                await next_json(one)
            for raw in ("", "{", "[]", "7", '{"action":"sing"}', "\x00", '{"action":{"a":1}}'):
                await one.send_str(raw)
                await one.send_bytes(raw.encode() + b"\xff")
            told = [await next_json(one) for _ in range(14)]
            assert None not in told

    in_a_loop(talk())


@pytest.mark.parametrize("path", ["/v2/sip", "/stream", "/tenfold/lockstep"])
def test_frames_that_break_the_protocol(exchange, path):
    for raw in (
        b"\xff" * 64,
        b"\x81\xff" + b"\xff" * 8 + b"....",
        b"\x81\x05abcde",
        b"\x89\xfe\xff\xff",
        NOISE[:256],
    ):
        with connected(exchange) as plain:
            plain.sendall(upgrade_bytes(path))
            assert plain.recv(4_096).startswith(b"HTTP/1.1 101")
            plain.sendall(raw)
            plain.shutdown(socket.SHUT_WR)
            while plain.recv(65_536):
                pass


@pytest.mark.parametrize("path", ["/v2/sip", "/stream", "/tenfold/lockstep"])
def test_who_does_not_authenticate_in_time(exchange, path):
    async def wait():
        async with socket_to(exchange, path) as one:
            told = []
            while (message := await next_json(one)) is not None:
                told.append(message)
            return told

    told = in_a_loop(wait())
    codes = {"/v2/sip": [None, 404], "/tenfold/lockstep": [404]}
    if path in codes:
        assert [one[0].get("code") if isinstance(one, list) else one.get("code") for one in told] == codes[path]
    else:
        assert [one["data"]["status"] for one in told] == ["unauthorized"]


def test_a_frame_that_is_too_large(exchange):
    async def talk():
        async with socket_to(exchange, "/v2/sip") as one:
            await next_json(one)
            await one.send_str("x" * 1_500_000)
            assert await next_json(one) is None
            assert one.close_code == aiohttp.WSCloseCode.MESSAGE_TOO_BIG

    in_a_loop(talk())


def test_half_open_sockets_hold_nothing_up(exchange):
    """Clients that vanish without a word: some in the middle of a request, some in the middle of a stream."""
    gone = []
    for raw in (
        b"",
        b"GET /v2/clo",
        request_bytes("POST", "/v2/orders", b"{}")[:-1],
        upgrade_bytes("/v2/sip"),
        upgrade_bytes("/stream"),
    ):
        for _ in range(10):
            plain = socket.create_connection((exchange.host, exchange.port))
            plain.sendall(raw)
            gone.append(plain)
    start = time.monotonic()
    for _ in range(20):
        assert ask(exchange)[0] == 200
    assert time.monotonic() - start < 5.0
    for plain in gone:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        plain.close()


def test_one_trading_stream_for_each_key(exchange):
    async def talk():
        async with updates_of(exchange), socket_to(exchange, "/stream") as second:
            await second.send_json(
                {"action": "auth", "key": HEADERS["APCA-API-KEY-ID"], "secret": HEADERS["APCA-API-SECRET-KEY"]}
            )
            assert (await next_json(second))["data"]["error_message"] == "connection limit exceeded"
            assert await next_json(second) is None
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                async with socket_to(exchange, "/stream", HEADERS):
                    pass
            assert refused.value.status == 429

    in_a_loop(talk())


async def heard(stream, seconds):
    """Return what comes within some seconds."""
    told = []
    try:
        async with asyncio.timeout(seconds):
            while (message := await next_json(stream)) is not None:
                told.append(message)
            told.append(None)
    except TimeoutError:
        pass
    return told


def test_a_stream_that_falls_silent_stays_open(exchange):
    async def talk():
        async with updates_of(exchange) as one:
            switched(exchange, "silent_stream", limit=1, value=0.3)
            await off(send, exchange)
            assert await heard(one, 0.25) == []
            await asyncio.sleep(0.15)
            await off(send, exchange, qty="2")
            assert (await next_json(one))["data"]["order"]["qty"] == "2"

    in_a_loop(talk())


@pytest.mark.parametrize("stream", ["updates", "market"])
def test_a_connection_that_breaks_within_a_frame(exchange, stream):
    async def talk():
        opened = updates_of(exchange) if stream == "updates" else market_of(exchange, quotes=["*"])
        async with opened as one:
            switched(exchange, "cut_mid_frame", limit=1)
            if stream == "updates":
                await off(send, exchange)
            assert (await heard(one, 5.0))[-1] is None
            assert one.close_code == aiohttp.WSCloseCode.ABNORMAL_CLOSURE

    in_a_loop(talk())
    assert exchange.exchange.faults.fired["cut_mid_frame"] == 1


def test_streams_are_refused_for_a_while(exchange):
    async def talk():
        switched(exchange, "stream_refused", limit=1, value=0.3)
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with socket_to(exchange, "/stream"):
                pass
        assert refused.value.status == 429
        async with socket_to(exchange, "/v2/sip") as one:
            assert [message[0].get("code") for message in [await next_json(one), await next_json(one)]] == [None, 406]
        await asyncio.sleep(0.3)
        async with updates_of(exchange):
            pass

    in_a_loop(talk())


def test_the_answer_to_authentication_is_late(exchange):
    async def talk():
        switched(exchange, "no_auth_reply", limit=1, value=0.2)
        start = time.monotonic()
        async with updates_of(exchange):
            assert time.monotonic() - start >= 0.2

    in_a_loop(talk())


def test_the_event_comes_before_the_answer(exchange):
    async def talk():
        async with updates_of(exchange) as one:
            switched(exchange, "event_before_response", limit=1)
            sent = asyncio.ensure_future(off(send, exchange))
            assert (await next_json(one))["data"]["event"] in {"new", "pending_new", "accepted"}
            assert not sent.done()
            await sent

    in_a_loop(talk())


def told_in_order(told):
    """Return (quantity of the order, event) of each update."""
    return [(one["data"]["order"]["qty"], one["data"]["event"]) for one in told if one is not None]


def test_an_event_that_is_held_back_comes_after_all(exchange):
    """Nothing follows of another order: what is held back comes after the rest of its own."""

    async def talk(held):
        async with updates_of(exchange) as one:
            if held:
                switched(exchange, "reordered_orders", limit=1)
            await off(send, exchange, qty="4")
            return told_in_order(await heard(one, 1.0))

    usual, held = in_a_loop(talk(held=False)), in_a_loop(talk(held=True))
    assert [event for _, event in usual][-1] == "new"
    assert len(usual) >= 2
    assert held == [*usual[1:], usual[0]]


def test_events_of_two_orders_change_places(exchange):
    async def talk():
        async with updates_of(exchange) as one:
            switched(exchange, "reordered_orders", limit=1)
            await asyncio.gather(off(send, exchange, qty="5"), off(send, exchange, qty="6"))
            return told_in_order(await heard(one, 1.0))

    told = in_a_loop(talk())
    by_age = sorted((one for one in orders(exchange) if one["qty"] in {"5", "6"}), key=lambda one: one["created_at"])
    elder, younger = (one["qty"] for one in by_age)
    begun = told.index((elder, "pending_new"))
    assert told[begun - 1] == (younger, "pending_new"), told
    assert len(told) == len(set(told)) == 4
    assert told.index((younger, "pending_new")) < told.index((younger, "new"))


def test_server_sent_events(exchange):
    async def read(session, query):
        url = f"{exchange.url}/v2/events/trades?{query}"
        async with session.get(url, headers=HEADERS) as response:
            assert response.headers["Content-Type"] == "text/event-stream"
            lines = (await response.text()).split("\n\n")
        return [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]

    async def talk():
        async with aiohttp.ClientSession() as session:
            begin = rfc3339(exchange.exchange.now_ns)
            soon = rfc3339(exchange.exchange.now_ns + 60 * 10**9)
            reading = asyncio.ensure_future(read(session, f"since={begin}&until={soon}"))
            await off(send, exchange, qty="9")
            live = await reading
            assert [one["order"]["qty"] for one in live if one["event"] == "new"] == ["9"]
            assert await read(session, f"since={begin}&until={soon}") == live
            first, last = live[0]["event_id"], live[-1]["event_id"]
            assert await read(session, f"since_id={first}&until_id={last}") == live
            for query, status in (("until=x", 422), ("since=x", 422)):
                async with session.get(f"{exchange.url}/v2/events/trades?{query}", headers=HEADERS) as refused:
                    assert refused.status == status
            async with session.get(f"{exchange.url}/v2/events/trades") as refused:
                assert refused.status == 401

    in_a_loop(talk())
