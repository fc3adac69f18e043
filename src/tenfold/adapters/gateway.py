"""Let only the holder of the lease reach the venue: one process between engines and venue.

How it works. An engine names its run, its epoch and the venue in one line; what follows is passed on unread, so that keys and TLS stay
between the two. Only the epoch that the journal knows is let through, and before it is, every connection of an older one is ended.
From the moment at which an engine has its answer, no byte of one before it leaves here any more, however long that was asleep: this
closes the window between a look at the deadline and a write, which a lease alone has to leave open. And where one side breaks off the
other is broken off with what it still holds: the system would go on sending that, for minutes, after the engine has given it up.
"""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable, Collection
from typing import Final, NamedTuple

import msgspec

from tenfold.domain.errors import JournalError, StorageError
from tenfold.domain.fence import Pass

GREETING_S: Final = 5.0
_BLOCK: Final = 1 << 16
_DROPPED: Final = struct.pack("ii", 1, 0)
"""SO_LINGER by which a connection to the venue takes along what that has not received yet, however it ends."""


class _Line(NamedTuple):
    """Hold both ends of a connection that is passed on."""

    epoch: int
    ends: tuple[asyncio.StreamWriter, asyncio.StreamWriter]


class Gateway:
    """Pass connections on for the newest epoch of each run.

    Parameters
    ----------
    epoch_of : what the journal knows, by the name of a run; 0 for a run that it does not know
    allowed : hosts and ports that it leads to

    Attributes
    ----------
    passed, refused, ended : connections so far: let through, turned away, and cut off since a newer epoch came
    """

    def __init__(self, epoch_of: Callable[[str], int], allowed: Collection[tuple[str, int]]) -> None:
        self.passed = self.refused = self.ended = 0
        self._epoch_of = epoch_of
        self._allowed = frozenset(allowed)
        self._lines: dict[str, list[_Line]] = {}
        self._server: asyncio.Server | None = None
        self._serving: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def open(self, host: str, port: int) -> int:
        """Listen, and return the port."""
        self._server = await asyncio.start_server(self._accept, host, port)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Stop listening, and end every connection."""
        if self._server is not None:
            self._server.close()
        for lines in self._lines.values():
            for line in lines:
                _abort(*line.ends)
        _abort(*self._serving.values())
        await asyncio.gather(*self._serving, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._serving[task] = writer
        task.add_done_callback(self._serving.pop)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(GREETING_S):
                asked = msgspec.json.decode(await reader.readuntil(b"\n"), type=Pass)
            wrong = self._refusal(asked)
            if not wrong:
                await self._lead(asked, reader, writer)
                return
        except (msgspec.DecodeError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            wrong = "expected one line of JSON: run, epoch, host, port"
        except TimeoutError:
            wrong = "no connection: it took too long"
        except OSError as error:
            wrong = f"no connection: {error.strerror or error}"
        self.refused += 1
        with contextlib.suppress(OSError):
            writer.write(f"no: {wrong}\n".encode())
            await writer.drain()
        writer.close()

    async def _lead(self, asked: Pass, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on in both directions until either side ends."""
        async with asyncio.timeout(GREETING_S):
            far, beyond = await asyncio.open_connection(asked.host, asked.port)
        if self._refusal(asked):  # a newer epoch came meanwhile
            _abort(writer, beyond)
            self.refused += 1
            return
        with contextlib.suppress(OSError):  # it may have ended already
            beyond.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _DROPPED)
        line = _Line(asked.epoch, (writer, beyond))
        lines = self._lines.setdefault(asked.run, [])
        for older in [one for one in lines if one.epoch < asked.epoch]:
            _abort(*older.ends)
            lines.remove(older)
            self.ended += 1
        lines.append(line)
        self.passed += 1
        writer.write(b"ok\n")
        try:
            await asyncio.gather(_pass_on(reader, beyond), _pass_on(far, writer))
        finally:
            _abort(writer, beyond)
            if line in lines:
                lines.remove(line)

    def _refusal(self, asked: Pass) -> str:
        """Return why a connection is not let through, "" where it is."""
        if (asked.host, asked.port) not in self._allowed:
            return f"this gateway does not lead to {asked.host}:{asked.port}"
        try:
            known = self._epoch_of(asked.run)
        except (JournalError, StorageError) as error:
            return str(error)
        return (
            ""
            if asked.epoch == known > 0
            else f"the journal has epoch {known} of run {asked.run}, and this is {asked.epoch}"
        )


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy until the end, which ends the other direction too, at once where it is broken off."""
    try:
        while data := await reader.read(_BLOCK):
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
    except OSError:
        _abort(writer)


def _abort(*writers: asyncio.StreamWriter) -> None:
    """Drop connections at once, with what was not yet written."""
    for writer in writers:
        writer.transport.abort()
