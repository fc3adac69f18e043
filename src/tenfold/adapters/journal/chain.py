"""Bind each record of a journal to the one before, so that one which was changed, moved or removed is found."""

import hashlib
from collections.abc import Callable
from typing import Final

from tenfold import codec
from tenfold.domain.events import Event
from tenfold.domain.order import Command

START: Final = b"tenfold journal 1"


def opened(name: str, description: bytes) -> bytes:
    """Return the digest that the chain of a run begins with: of its name and of what it was started with."""
    return hashlib.sha256(b"%b %d %b%b" % (START, len(name.encode()), name.encode(), description)).digest()


def bound(before: bytes, n: int, body: bytes) -> bytes:
    """Return the digest of record `n`: SHA-256 over the digest before it, its number and its bytes."""
    return hashlib.sha256(b"%b%d %b" % (before, n, body)).digest()


def packed(record: Event | Command) -> bytes:
    """Return a record as MessagePack, which keeps every number bit for bit, NaN included."""
    return codec.encode(record, "msgpack")


unpacked: Final[Callable[[bytes], Event | Command]] = codec.decoder(Event | Command, "msgpack")  # type: ignore[arg-type]
"""Return the record that bytes hold; DecodeError where they hold none."""
