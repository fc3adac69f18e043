"""Connections that come as an exchange stops to listen are served or broken, and none is lost half made."""

import asyncio
import contextlib
import gc
import socket

import pytest
from aiohttp import web

from tenfold.exchange.server.listener import Listener

ASKED = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"


async def said(_):
    return web.Response(text="said")


@pytest.mark.parametrize("turns", range(5))
def test_what_was_accepted_before_a_pause_is_answered(turns):
    async def scene():
        listener = Listener(said, 1000)
        port = await listener.open("127.0.0.1", 0)
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(ASKED)
            for _ in range(turns):
                await asyncio.sleep(0)
            await listener.pause(60.0)
            with pytest.raises(OSError, match="refused"):
                socket.create_connection(("127.0.0.1", port))
            gc.collect()
            client.settimeout(10.0)
            told = b""
            with contextlib.suppress(ConnectionResetError):
                told = await asyncio.to_thread(client.recv, 1000)
            assert told.endswith(b"said") or turns < 2  # it was not accepted yet
            await listener.close()

    asyncio.run(scene())


@pytest.mark.parametrize("turns", range(5))
def test_what_was_accepted_before_the_end_is_broken(turns):
    async def scene():
        listener = Listener(said, 1000)
        port = await listener.open("127.0.0.1", 0)
        with socket.create_connection(("127.0.0.1", port)) as client:
            for _ in range(turns):
                await asyncio.sleep(0)
            await listener.close()
            client.settimeout(10.0)
            with contextlib.suppress(ConnectionResetError):
                assert await asyncio.to_thread(client.recv, 1) == b""
        gc.collect()

    asyncio.run(scene())
