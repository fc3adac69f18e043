"""Say who speaks to an order gateway, and with whom."""

from collections.abc import Callable
from typing import NamedTuple

import msgspec


class Pass(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """Open a connection through a gateway: one line of JSON, before any other byte."""

    run: str
    epoch: int
    host: str
    port: int


class Fence(NamedTuple):
    """Hold where the gateway is, and under which epoch of which run this process trades now."""

    host: str
    port: int
    run: str
    epoch: Callable[[], int]
