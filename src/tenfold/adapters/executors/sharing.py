"""Give one value to several processes of this machine: a file that each maps into its memory once.

How it works. Pickle hands over the large arrays apart from the rest. They lie in the file as they lie in memory, so every
process reads the same pages of it, and a market takes its room once, however many workers there are. Arrays that come
from a file cannot be written to.
"""

import mmap
import pickle
import struct
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

_ALIGNED: Final = 64
_SIZE: Final = struct.Struct("<Q")
_KEPT: Final = 4
"""Values that a process keeps at a time."""


def save(value: Any, path: Path) -> None:
    """Write a value: the number of parts, their sizes, then each part on a boundary of 64 bytes, the pickle last."""
    buffers: list[pickle.PickleBuffer] = []
    head = pickle.dumps(value, protocol=5, buffer_callback=buffers.append)
    parts = [*(buffer.raw() for buffer in buffers), memoryview(head)]
    with path.open("wb") as file:
        file.write(b"".join(map(_SIZE.pack, [len(parts), *(part.nbytes for part in parts)])))
        for part in parts:
            file.write(bytes(-file.tell() % _ALIGNED))
            file.write(part)


@lru_cache(_KEPT)
def load(path: str) -> Any:
    """Return the value of a file; a process reads it once."""
    with Path(path).open("rb") as file:
        view = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    (count,) = _SIZE.unpack_from(view)
    sizes = [_SIZE.unpack_from(view, _SIZE.size * (1 + place))[0] for place in range(count)]
    parts, start = [], _SIZE.size * (1 + count)
    for size in sizes:
        start += -start % _ALIGNED
        parts.append(view[start : start + size])
        start += size
    return pickle.loads(parts[-1], buffers=parts[:-1])  # noqa: S301 -- written by the process that started this one
