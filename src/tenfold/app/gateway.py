"""Serve the order gateway until it is told to stop."""

import asyncio
from collections.abc import Callable

import msgspec

from tenfold.app import wiring
from tenfold.app.settings import Settings, load_settings
from tenfold.app.stopping import asked_to_stop
from tenfold.domain.errors import StorageError
from tenfold.domain.venue_access import VenueAccess


class GatewayCount(msgspec.Struct, frozen=True, kw_only=True):
    """Tell of the connections of a gateway: let through, turned away, and cut off since a newer epoch came."""

    passed: int
    refused: int
    ended: int


def serve_gateway(
    journal: str, host: str, port: int, opened: Callable[[int], None], settings: Settings | None = None
) -> GatewayCount:
    """Pass connections on to the venue of the settings until Ctrl-C or SIGTERM; `opened` is told the port.

    Raises
    ------
    UnknownNameError
        There is no such journal.
    StorageError
        The port is taken, or there is none such.
    """
    access = (settings or load_settings()).alpaca
    return asyncio.run(_serve(journal or str(wiring.journal_file()), host, port, opened, access))


async def _serve(
    journal: str, host: str, port: int, opened: Callable[[int], None], access: VenueAccess
) -> GatewayCount:
    with wiring.gateway(journal, access) as gate, asked_to_stop() as stop:
        try:
            opened(await gate.open(host, port))
            await stop.wait()
        except (OSError, OverflowError, UnicodeError) as error:  # taken, no port, no host
            raise StorageError(
                f"the gateway cannot listen on {host}:{port}: {getattr(error, 'strerror', None) or error}"
            ) from None
        finally:
            await gate.close()
        return GatewayCount(passed=gate.passed, refused=gate.refused, ended=gate.ended)
