"""What was given up does not reach the venue later, though the system still had it when the connection ended."""

import asyncio
import socket
import time

import pytest

from loops import in_a_loop
from tenfold.adapters.alpaca.connection import Connections, UnansweredError
from tenfold.adapters.gateway import Gateway
from tenfold.domain.fence import Fence

RAW = b"x" * 50_000
"""More than a venue takes that does not read, as one does that cannot be reached, and less than what has to wait in this process."""


def deaf():
    """Return a place that lets connections in and reads nothing of its own accord."""
    place = socket.socket()
    place.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    place.bind(("127.0.0.1", 0))
    place.listen()
    return place


def read_on(end):
    """Read what still comes, until the other side ends or breaks off."""
    end.settimeout(20)
    got = 0
    while data := end.recv(4096):
        got += len(data)
        time.sleep(0.001)
    return got


@pytest.mark.parametrize("through", [False, True], ids=["straight", "through the gateway"])
def test_a_request_that_is_given_up_never_arrives(through):
    async def scene():
        with deaf() as venue:
            port = venue.getsockname()[1]
            gate = Gateway({"r": 1}.__getitem__, {("127.0.0.1", port)})
            fence = Fence("127.0.0.1", await gate.open("127.0.0.1", 0), "r", lambda: 1) if through else None
            loop = asyncio.get_running_loop()
            one = await Connections("127.0.0.1", port, False, fence).take(loop.time() + 5)
            end, _ = await asyncio.to_thread(venue.accept)
            with pytest.raises(UnansweredError, match="no answer came in time"):
                await one.ask(RAW, loop.time() + 0.5, lambda: "")
            with end, pytest.raises(ConnectionResetError):
                await asyncio.to_thread(read_on, end)
            await gate.close()

    in_a_loop(asyncio.wait_for(scene(), 60))
