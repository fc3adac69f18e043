"""Say where Alpaca's interfaces are."""

from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import SplitResult, urlsplit

from tenfold.domain.errors import SettingsError
from tenfold.domain.venue_access import VenueAccess


class Addresses(NamedTuple):
    """Hold the bases of both REST interfaces and the addresses of both streams."""

    trading: str
    data: str
    trading_stream: str
    data_stream: str


_SIMULATED: Final = "127.0.0.1:8710"
_DATA: Final = ("https://data.alpaca.markets", "wss://stream.data.alpaca.markets")
_KNOWN: Final = {
    "simulated": Addresses(
        f"http://{_SIMULATED}", f"http://{_SIMULATED}", f"ws://{_SIMULATED}/stream", f"ws://{_SIMULATED}"
    ),
    "paper": Addresses("https://paper-api.alpaca.markets", _DATA[0], "wss://paper-api.alpaca.markets/stream", _DATA[1]),
    "live": Addresses("https://api.alpaca.markets", _DATA[0], "wss://api.alpaca.markets/stream", _DATA[1]),
}
REST_PORTS: Final[Mapping[str, int]] = {"https": 443, "http": 80}
STREAM_PORTS: Final[Mapping[str, int]] = {"wss": 443, "ws": 80}
_ONE: Final = frozenset({"simulated"})
"""Accounts whose venue serves everything under one address."""
_BETA: Final = frozenset({"boats", "overnight"})


def addresses_of(access: VenueAccess) -> Addresses:
    """Return the addresses of an account; those that are given win. All of a simulated exchange follow `trading_url`."""
    known = _KNOWN[access.account]
    if access.trading_url and access.account in _ONE:
        base = access.trading_url.rstrip("/")
        stream = base.replace("http", "ws", 1)
        known = Addresses(base, base, f"{stream}/stream", stream)
    path = f"/v1beta1/{access.feed}" if access.feed in _BETA else f"/v2/{access.feed}"
    return Addresses(
        access.trading_url or known.trading,
        access.data_url or known.data,
        access.trading_stream_url or known.trading_stream,
        access.data_stream_url or known.data_stream + path,
    )


def parts_of(address: str, ports: Mapping[str, int]) -> tuple[SplitResult, int]:
    """Return the parts of an address and its port; SettingsError where its scheme is none of `ports`, or it can lead nowhere."""
    shown = address.partition("://")[0]
    try:
        parts = urlsplit(address)
        shown = f"{parts.scheme}://{parts.hostname}" if parts.hostname else address.rpartition("@")[2]
        port = parts.port or ports.get(parts.scheme, 0)
        if parts.scheme in ports and parts.username is None and (parts.hostname or "").encode("idna"):
            return parts, port
    except ValueError:  # of a port or a host that cannot be
        pass
    raise SettingsError(f"the address {shown[:80]} is not one of a venue, expected {next(iter(ports))}://host")
