"""Serve the order gateway until it is told to stop."""

import asyncio
import signal
from collections.abc import Callable

import msgspec

from tenfold.app import wiring
from tenfold.app.settings import load_settings
from tenfold.domain.errors import StorageError


class GatewayCount(msgspec.Struct, frozen=True, kw_only=True):
    """Tell of the connections of a gateway: let through, turned away, and cut off since a newer epoch came."""

    passed: int
    refused: int
    ended: int


def serve_gateway(journal: str, host: str, port: int, opened: Callable[[int], None]) -> GatewayCount:
    """Pass connections on to the venue of the settings until Ctrl-C or SIGTERM; `opened` is told the port.

    Raises
    ------
    UnknownNameError
        There is no such journal.
    StorageError
        The port is taken.
    """
    return asyncio.run(_serve(journal or str(wiring.journal_file()), host, port, opened))


async def _serve(journal: str, host: str, port: int, opened: Callable[[int], None]) -> GatewayCount:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    with wiring.gateway(journal, load_settings().alpaca) as gate:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        try:
            opened(await gate.open(host, port))
            await stop.wait()
        except OSError as error:
            raise StorageError(f"the gateway cannot listen on {host}:{port}: {error.strerror}") from None
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)
            await gate.close()
        return GatewayCount(passed=gate.passed, refused=gate.refused, ended=gate.ended)
