"""Choose the loop that sockets are served by: uvloop where it is installed, else asyncio's own."""

import asyncio
import socket
from collections.abc import Callable
from typing import Any


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """Return what makes a new event loop, the fastest there is."""
    try:
        import uvloop  # noqa: PLC0415 -- it is an extra
    except ImportError:
        return asyncio.new_event_loop

    def made() -> asyncio.AbstractEventLoop:
        loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
        loop.set_exception_handler(_tell)
        return loop

    return made


def _tell(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log what nobody has taken, but for a name that was not found once its connection had been given up: who gave it up has said so."""
    if not isinstance(context.get("exception"), socket.gaierror):
        loop.default_exception_handler(context)
