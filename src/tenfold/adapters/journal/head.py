"""Note beside a file of SQLite where a run ends, so that a write-ahead log which lost synced records is found out.

How it works. SQLite takes a write-ahead log up to the first page that does not fit its sum, and says nothing: right for what a
crash tore, wrong for a synced record that the disk changed. So the end of the chain also stands in a small file, written after each
commit and not waited for: after a loss of power it lags behind, and it is never ahead. Where SQLite has moved everything into the
database and removed its log, the file goes too.
"""

import contextlib
import os
import struct
import zlib
from pathlib import Path
from typing import Final

from tenfold.domain.errors import StorageError

_SLOT: Final = struct.Struct("<q32sI")
_PLACES: Final = (0, 512)
"""Two places that are written in turn: one of them is whole, wherever a write was cut off."""


class HeadFile:
    """Hold the end of one run's chain beside its database."""

    def __init__(self, path: Path, run: int) -> None:
        self._database = path
        self._path = path.with_name(f"{path.name}-head-{run}")
        self._file: int | None = None
        self._turn = 0

    def read(self) -> tuple[int, bytes] | None:
        """Return number and digest of the last record that is known to be there; None where nothing is known.

        Raises StorageError where the file may not be read.
        """
        try:
            return _noted(self._path)
        except OSError as error:
            raise StorageError(
                f"the file {self._path}, where the end of a run is noted, cannot be read: {error.strerror}; let whoever may read the journal read it"
            ) from None

    def write(self, records: int, digest: bytes) -> None:
        """Note the end."""
        if self._file is None:
            self._file = _opened(self._path, self._database)
        body = _SLOT.pack(records, digest, 0)[: _SLOT.size - 4]
        os.pwrite(self._file, body + struct.pack("<I", zlib.crc32(body)), _PLACES[self._turn])
        self._turn = 1 - self._turn

    def close(self) -> None:
        """Let go of the file, and remove it where SQLite has no log any more; one that a bad disk leaves there does no harm."""
        with contextlib.suppress(OSError):
            if self._file is not None:
                file, self._file = self._file, None
                os.close(file)
            if not self._database.with_name(f"{self._database.name}-wal").exists():
                self._path.unlink(missing_ok=True)


def noted_ends(database: Path) -> str:
    """Say what is noted of the runs of a database that cannot be read, "" where nothing is."""
    told = []
    for path in sorted(database.parent.glob(f"{database.name}-head-*")):
        end = None
        with contextlib.suppress(OSError):
            end = _noted(path)
        if end is not None:
            told.append(
                f"run number {path.name.rpartition('-')[2]} was synced up to record {end[0]}, hash {end[1][:8].hex()}"
            )
    return f"; {'; '.join(told)}" if told else ""


def _opened(path: Path, database: Path) -> int:
    """Open a file beside a database for whoever may use that, of its owner and group where that can be, as SQLite does with its log."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with contextlib.suppress(OSError):
        known = database.stat()
        os.fchmod(file, known.st_mode & 0o666)
        os.fchown(file, known.st_uid if os.geteuid() == 0 else -1, known.st_gid)
    return file


def _noted(path: Path) -> tuple[int, bytes] | None:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return None
    found = [one for place in _PLACES if (one := _decoded(raw[place : place + _SLOT.size]))]
    return max(found, default=None)


def _decoded(raw: bytes) -> tuple[int, bytes] | None:
    if len(raw) < _SLOT.size:
        return None
    records, digest, total = _SLOT.unpack(raw)
    return (records, digest) if zlib.crc32(raw[:-4]) == total else None
