"""Pass messages through pipes between this process and its workers: a head of three numbers, then bytes."""

import struct
from typing import BinaryIO, Final, NamedTuple

_HEAD: Final = struct.Struct("<qqQ")

WORK: Final = -1
"""Number of the message that carries the work of a round; its items follow, from 0."""

READY: Final = -2
"""Number of the first message of a worker."""


class Frame(NamedTuple):
    """Hold a message: the round that it belongs to, the number of the item, and its bytes."""

    round: int
    number: int
    content: bytes


def send(pipe: BinaryIO, frame: Frame) -> None:
    """Write a message; BrokenPipeError where nobody reads any more."""
    pipe.write(_HEAD.pack(frame.round, frame.number, len(frame.content)) + frame.content)
    pipe.flush()


def receive(pipe: BinaryIO) -> Frame | None:
    """Return the next message, None where the other end is closed or ended within one."""
    head = pipe.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    number, place, size = _HEAD.unpack(head)
    content = pipe.read(size)
    return Frame(number, place, content) if len(content) == size else None
