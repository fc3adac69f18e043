"""Write a message once for all clients of a codec, and join messages into frames."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

import msgspec

from tenfold.domain.units import NS_PER_SECOND
from tenfold.exchange.wire import rfc3339

_TIMESTAMP: Final = -1
"""MessagePack's own extension for moments."""


class Frame(NamedTuple):
    """Hold what goes out as one WebSocket message."""

    data: bytes
    text: bool


@dataclass(frozen=True)
class Codec:
    """Hold how messages travel.

    Attributes
    ----------
    text : whether its frames are text
    encode : a message as bytes
    decode : bytes as a message; msgspec.DecodeError where they are none
    moment : UTC nanoseconds as the value that is encoded
    join : encoded messages as one array
    """

    name: Literal["json", "msgpack"]
    text: bool
    encode: Callable[[Any], bytes]
    decode: Callable[[bytes], Any]
    moment: Callable[[int], Any]
    join: Callable[[Sequence[bytes]], bytes]

    def frame(self, messages: Sequence[bytes]) -> Frame:
        """Return encoded messages as one frame."""
        return Frame(self.join(messages), self.text)


def _extension(ts_ns: int) -> msgspec.msgpack.Ext:
    """Return a moment as MessagePack's timestamp of 64 bits: 30 of nanoseconds, 34 of seconds."""
    seconds, rest = divmod(ts_ns, NS_PER_SECOND)
    return msgspec.msgpack.Ext(_TIMESTAMP, (rest << 34 | seconds).to_bytes(8, "big"))


def _json_array(messages: Sequence[bytes]) -> bytes:
    return b"[" + b",".join(messages) + b"]"


def _msgpack_array(messages: Sequence[bytes]) -> bytes:
    count = len(messages)
    head = bytes([0x90 | count]) if count < 16 else b"\xdc" + count.to_bytes(2, "big")
    return head + b"".join(messages)


JSON: Final = Codec("json", True, msgspec.json.Encoder().encode, msgspec.json.decode, rfc3339, _json_array)
MSGPACK: Final = Codec(
    "msgpack", False, msgspec.msgpack.Encoder().encode, msgspec.msgpack.decode, _extension, _msgpack_array
)


def codec_of(content_type: str) -> Codec:
    """Return the codec that the header of a connection asks for."""
    return MSGPACK if content_type.split(";", maxsplit=1)[0].strip().lower() == "application/msgpack" else JSON
