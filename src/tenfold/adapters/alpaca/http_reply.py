"""Read the answer to one HTTP/1.1 request from the bytes as they come, without a socket.

How it works. `feed` takes whatever arrived and returns the reply once it is whole. An answer ends by its Content-Length, by its
last chunk, or, with neither, by the end of the connection. Anything that is not HTTP is a ValueError: then nobody knows
what the venue has said.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

HEAD_BYTES_MAX: Final = 65_536
BODY_BYTES_MAX: Final = 256 * 1024 * 1024
_BODYLESS: Final = frozenset({204, 304})
_END: Final = b"\r\n\r\n"
_CONTINUE: Final = 200
"""Statuses below are news on the way: the answer is still to come."""


class Reply(NamedTuple):
    """Hold an answer; the names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    keeps_alive: bool


class ReplyReader:
    """Put one answer together."""

    __slots__ = ("_buffer", "_chunks", "_head", "_length")

    def __init__(self) -> None:
        self._buffer = b""
        self._head: tuple[int, dict[str, str]] | None = None
        self._length: int | None = None
        self._chunks: list[bytes] | None = None

    def feed(self, data: bytes) -> Reply | None:
        """Take bytes, and return the answer if it is whole; ValueError where it cannot be one."""
        self._buffer = self._buffer + data if self._buffer else data
        while self._head is None:
            if not self._take_head():
                return None
        if self._chunks is not None:
            return self._chunked()
        if self._length is None or len(self._buffer) < self._length:
            return None
        if len(self._buffer) > self._length:
            raise ValueError("more came than the answer's length")
        return self._whole(self._buffer)

    def end(self) -> Reply | None:
        """Return the answer that the end of the connection completes, None where it was cut off."""
        if self._head is None or self._chunks is not None or self._length is not None:
            return None
        return self._whole(self._buffer)._replace(keeps_alive=False)

    def _take_head(self) -> bool:
        """Read status and headers; False until they are there."""
        at = self._buffer.find(_END)
        if at < 0:
            if len(self._buffer) > HEAD_BYTES_MAX:
                raise ValueError("the headers of the answer do not end")
            return False
        first, *lines = self._buffer[:at].decode("latin-1").split("\r\n")
        self._buffer = self._buffer[at + len(_END) :]
        version, _, rest = first.partition(" ")
        if version not in {"HTTP/1.1", "HTTP/1.0"} or not rest[:3].isdecimal():
            raise ValueError("the answer is not HTTP")
        status, headers = int(rest[:3]), {}
        for line in lines:
            name, found, value = line.partition(":")
            if not found:
                raise ValueError("a header of the answer has no value")
            headers[name.lower()] = value.strip()
        if status < _CONTINUE:
            return True
        if version == "HTTP/1.0":
            headers.setdefault("connection", "close")
        self._head = status, headers
        self._measure(status, headers)
        return True

    def _measure(self, status: int, headers: Mapping[str, str]) -> None:
        """Find out by what the body ends."""
        if status in _BODYLESS:
            self._length = 0
        elif headers.get("transfer-encoding", "").lower() == "chunked":
            self._chunks = []
        elif "content-length" in headers:
            self._length = _count(headers["content-length"], 10)

    def _chunked(self) -> Reply | None:
        chunks = self._chunks if self._chunks is not None else []
        while True:
            at = self._buffer.find(b"\r\n")
            if at < 0:
                if len(self._buffer) > HEAD_BYTES_MAX:
                    raise ValueError("a chunk of the answer has no size")
                return None
            size = _count(self._buffer[:at].decode("latin-1").partition(";")[0].strip(), 16)
            if size == 0:
                return self._last_chunk(at, chunks)
            stop = at + 2 + size
            if len(self._buffer) < stop + 2:
                return None
            if self._buffer[stop : stop + 2] != b"\r\n":
                raise ValueError("a chunk of the answer is longer than its size")
            chunks.append(self._buffer[at + 2 : stop])
            self._buffer = self._buffer[stop + 2 :]

    def _last_chunk(self, at: int, chunks: list[bytes]) -> Reply | None:
        """Return the answer once what may follow the last chunk is over."""
        if self._buffer[at : at + 4] != _END and self._buffer.find(_END, at) < 0:
            return None
        return self._whole(b"".join(chunks))

    def _whole(self, body: bytes) -> Reply:
        status, headers = self._head or (0, {})
        return Reply(status, headers, body, headers.get("connection", "").lower() != "close")


_DIGITS: Final = frozenset("0123456789abcdefABCDEF")


def _count(text: str, base: int) -> int:
    """Return the number of bytes that a header or a chunk tells."""
    if not text or not _DIGITS.issuperset(text):
        raise ValueError(f"{text[:20]!r} is no number of bytes")
    count = int(text, base)
    if count > BODY_BYTES_MAX:
        raise ValueError(f"an answer of {count} bytes is too long")
    return count
