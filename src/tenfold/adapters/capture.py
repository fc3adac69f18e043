"""Keep raw market data as they arrived, in segments of which the oldest go: the journal notes where each moment stands in them.

How it works. A segment is a head and entries behind entries, never changed once written; a start begins a new one. Its hash begins with
that of the segment before, so that a mark of the journal (segment, offset, hash) vouches for all that came before it. Frames are not
waited for: what a crash or a loss of power tears off the end of a segment is told as such, and anything else that differs as a change.
"""

import hashlib
import os
import struct
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from tenfold.domain.capture import CaptureCheck, Frame
from tenfold.domain.errors import SettingsError, StorageError
from tenfold.domain.events import Captured

BUFFER_BYTES: Final = 1 << 20

_HEAD: Final = struct.Struct("<8sQ32s")  # what it is, number of the segment, hash of the one before
_ENTRY: Final = struct.Struct(
    "<IIqB"
)  # bytes of the frame, their checksum with what follows, time, bytes of the source
_TOLD: Final = struct.Struct("<qB")
_MAGIC: Final = b"tenfold\x01"


class Capture:
    """Write frames into segments of about `segment_bytes` in a folder, and remove the oldest beyond `keep_bytes`.

    Raises
    ------
    SettingsError
        The folder cannot be one.
    StorageError
        It cannot be written; nothing further is taken then.
    """

    def __init__(self, folder: Path, *, segment_bytes: int, keep_bytes: int) -> None:
        self._folder = folder
        self._segment_bytes = segment_bytes
        self._keep_bytes = keep_bytes
        self._buffer = bytearray()
        self._file = -1
        try:
            folder.mkdir(parents=True, exist_ok=True)
            last = max(_segments(folder), default=None)
            number, before = (1, b"") if last is None else (last[0] + 1, last[1].read_bytes())
        except (FileExistsError, NotADirectoryError):
            raise SettingsError(f"{folder} is no folder, expected one for the capture of market data") from None
        except OSError as error:
            raise self._failed(error) from None
        self._begin(number, before)
        self._forget()

    def write(self, source: str, received_ns: int, body: bytes) -> None:
        """Keep a frame; it is in the file by the next `mark` at the latest."""
        if self._file < 0:
            raise StorageError(f"the capture {self._folder} was closed, or has failed: it takes nothing further")
        name = source.encode()
        told = _TOLD.pack(received_ns, len(name))
        self._buffer += struct.pack("<II", len(body), zlib.crc32(body, zlib.crc32(name, zlib.crc32(told))))
        self._buffer += told
        self._buffer += name
        self._buffer += body
        if len(self._buffer) >= BUFFER_BYTES:
            self._flush()

    def mark(self, ts_ns: int) -> Captured:
        """Write out what is buffered, and return for the journal where the capture stands."""
        self._flush()
        place = Captured(ts_ns=ts_ns, segment=self._number, offset=self._offset, digest=self._digest.hexdigest())
        if self._offset >= self._segment_bytes:
            self._rotate()
        return place

    def close(self) -> None:
        """Write out what is buffered, wait for it, and let go."""
        if self._file >= 0:
            self._flush()
            self._end()

    def _flush(self) -> None:
        if not self._buffer:
            return
        try:
            done = os.write(self._file, self._buffer)
            while done < len(self._buffer):
                done += os.write(self._file, self._buffer[done:])
        except OSError as error:
            raise self._failed(error) from None
        self._offset += len(self._buffer)
        self._digest.update(self._buffer)
        self._buffer.clear()

    def _rotate(self) -> None:
        self._end()
        self._begin(self._number + 1, b"", self._digest.digest())
        self._forget()

    def _forget(self) -> None:
        """Remove the oldest segments beyond what is kept, those of earlier starts too."""
        try:
            sizes = {path: path.stat().st_size for _, path in sorted(_segments(self._folder))}
            total = sum(sizes.values())
            for path, size in list(sizes.items())[:-1]:
                if total <= self._keep_bytes:
                    break
                path.unlink()
                total -= size
        except OSError as error:
            raise self._failed(error) from None

    def _begin(self, number: int, before: bytes, digest: bytes | None = None) -> None:
        head = _HEAD.pack(_MAGIC, number, hashlib.sha256(before).digest() if digest is None else digest)
        path = self._folder / f"{number:08d}.capture"
        try:
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            os.write(self._file, head)
        except OSError as error:
            raise self._failed(error) from None
        self._number, self._offset, self._digest = number, len(head), hashlib.sha256(head)

    def _end(self) -> None:
        file, self._file = self._file, -1
        try:
            os.fsync(file)
            os.close(file)
        except OSError as error:
            raise self._failed(error) from None

    def _failed(self, error: OSError) -> StorageError:
        self._file = -1
        return StorageError(f"the capture {self._folder} cannot be written: {error.strerror}; it takes nothing further")


def check_capture(folder: Path, marks: Iterable[Captured]) -> CaptureCheck:
    """Hold the segments that are left against the marks of a journal.

    Raises
    ------
    StorageError
        A segment cannot be read.
    """
    by_segment: dict[int, list[Captured]] = {}
    for mark in marks:
        by_segment.setdefault(mark.segment, []).append(mark)
    try:
        there = dict(_segments(folder)) if folder.is_dir() else {}
        frames = held = gone = 0
        for number, listed in sorted(by_segment.items()):
            if number not in there:
                gone += len(listed)
                continue
            raw = there[number].read_bytes()
            before = there[number - 1].read_bytes() if number - 1 in there else None
            found = [_unchained(raw, before, number), *(_difference(raw, mark) for mark in listed)]
            difference = next((one for one in found if one), "")
            if difference:
                return CaptureCheck(frames=frames, held=held, gone=gone, difference=difference)
            held += len(listed)
            frames += sum(1 for _ in frames_of(raw))
    except OSError as error:
        raise StorageError(f"the capture {folder} cannot be read: {error.strerror}") from None
    return CaptureCheck(frames=frames, held=held, gone=gone)


def frames_of(raw: bytes) -> Iterator[Frame]:
    """Yield the frames of a segment, up to where it was torn."""
    place = _HEAD.size
    while place + _ENTRY.size <= len(raw):
        length, total, received_ns, named = _ENTRY.unpack_from(raw, place)
        begin = place + _ENTRY.size
        end = begin + named + length
        if end > len(raw) or zlib.crc32(raw[place + 8 : end]) != total:
            return
        yield Frame(source=raw[begin : begin + named].decode(), received_ns=received_ns, body=raw[begin + named : end])
        place = end


def _unchained(raw: bytes, before: bytes | None, number: int) -> str:
    """Return how a segment does not follow the one before it, "" where it does or that is gone."""
    head = _HEAD.unpack(raw[: _HEAD.size]) if len(raw) >= _HEAD.size else (b"", 0, b"")
    if head[:2] != (_MAGIC, number):
        return f"segment {number} of the capture is none"
    if before is None or hashlib.sha256(before).digest() == head[2]:
        return ""
    return f"segment {number - 1} of the capture was changed: hash {hashlib.sha256(before).hexdigest()[:16]}, written was {head[2][:8].hex()}"


def _difference(raw: bytes, mark: Captured) -> str:
    """Return how a segment is not what it was at a mark, "" where it is."""
    what = f"segment {mark.segment} of the capture"
    if len(raw) < mark.offset:
        return f"{what} ends at byte {len(raw)}, and the journal knows {mark.offset}: its end was torn off"
    found = hashlib.sha256(raw[: mark.offset]).hexdigest()
    return "" if found == mark.digest else f"{what} was changed: hash {found[:16]}, written was {mark.digest[:16]}"


def _segments(folder: Path) -> list[tuple[int, Path]]:
    return [(int(path.stem), path) for path in folder.glob("*.capture") if path.stem.isdigit()]
