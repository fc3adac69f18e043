"""Say who speaks to an order gateway, and with whom."""

from collections.abc import Callable
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta


class Pass(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """Open a connection through a gateway: one line of JSON, before any other byte."""

    run: Annotated[str, Meta(pattern=r"^[^\x00-\x1f]{1,200}$")]
    epoch: Annotated[int, Meta(ge=0, le=(1 << 63) - 1)]
    host: str
    port: Annotated[int, Meta(ge=1, le=65535)]


class Fence(NamedTuple):
    """Hold where the gateway is, and under which epoch of which run this process trades now."""

    host: str
    port: int
    run: str
    epoch: Callable[[], int]
