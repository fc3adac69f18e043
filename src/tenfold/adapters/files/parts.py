"""Read a large file of ticks part by part, so that no file is too large for memory.

How it works
------------
The first part says what the file is. Text is cut at line ends, and every later part is read behind the lines that stood
before the first row, so that it has the same header; Parquet is cut by rows. A file of bars is read whole, since its
period and its corporate actions show over all of it.
"""

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Final

import polars as pl

from tenfold.adapters.files.content import FileContent
from tenfold.adapters.files.reader import Reading, understood
from tenfold.adapters.files.tables import Asked, frame_columns, read_columns
from tenfold.adapters.files.text import read_text
from tenfold.domain.errors import DataError, StorageError
from tenfold.market.ticks import KINDS

PART_BYTES: Final = 8 * 1024 * 1024
_ROW_BYTES: Final = 32
_ORDERS: Final = {"month/day/year": "mdy", "day/month/year": "dmy", "year/month/day": "ymd"}
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")


def read_parts(path: Path, reading: Reading, part_bytes: int = PART_BYTES) -> Iterator[FileContent] | None:
    """Return the parts of a file of ticks in order; None where it is small, or holds bars, or is an archive.

    Raises DataError, UnknownNameError or StorageError in one line, at the part where it is met.
    """
    try:
        if not path.is_file() or path.stat().st_size <= part_bytes:
            return None
        with path.open("rb") as stream:
            mark = stream.read(4)
    except OSError as error:
        raise StorageError(f"cannot read {path}: {error.strerror or error}") from error
    if mark[:2] in (b"PK", *_UTF_16):
        return None
    parts = _parquet(path, reading, part_bytes) if mark == b"PAR1" else _text(path, reading, part_bytes)
    first = next(parts)
    return chain([first], parts) if first.ticks else None


def _parquet(path: Path, reading: Reading, part_bytes: int) -> Iterator[FileContent]:
    rows = max(1, part_bytes // _ROW_BYTES)
    start = 0
    while True:
        try:
            frame = pl.scan_parquet(path).slice(start, rows).collect()
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
            raise DataError(f"{path.name} is a damaged Parquet file; get it again") from error
        if frame.height == 0:
            if start == 0:
                raise DataError(f"{path.name} has no rows")
            return
        yield understood(frame_columns(frame, path.name, reading.asked), path.name, reading)
        start += rows


def _text(path: Path, reading: Reading, part_bytes: int) -> Iterator[FileContent]:
    where, before, asked = path.name, b"", reading.asked
    for number, block in enumerate(_blocks(path, part_bytes), 1):
        part = where if number == 1 else f"{where} (part {number}, after {part_bytes * (number - 1):,} bytes)"
        columns = read_columns(before + block, part, asked)
        if number == 1 and columns.kind in KINDS:
            before = _before_rows(block, where)
            asked = _settled(asked, columns.kind, columns.times.layout)
        yield understood(columns, where, reading)


def _blocks(path: Path, size: int) -> Iterator[bytes]:
    """Yield the bytes of a text file, gzipped or not, cut at line ends."""
    try:
        with path.open("rb") as stream:
            packed = stream.read(2) == b"\x1f\x8b"
            stream.seek(0)
            source = gzip.GzipFile(fileobj=stream) if packed else stream
            rest = b""
            while block := source.read(size):
                whole, end, rest = (rest + block).rpartition(b"\n")
                if whole.strip():
                    yield whole + end
            if rest.strip():
                yield rest
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path.name} is a damaged gzip file; get it again") from error
    except OSError as error:
        raise StorageError(f"cannot read {path}: {error.strerror or error}") from error


def _before_rows(block: bytes, where: str) -> bytes:
    """Return the title lines and the header that stand before the first row."""
    count = read_text(block[: 1024 * 64].rpartition(b"\n")[0] or block, where).lines[0] - 1
    return b"".join(line + b"\n" for line in block.split(b"\n", count)[:count])


def _settled(asked: Asked, kind: str, layout: str) -> Asked:
    """Return what is asked of later parts: what the first one showed."""
    order = next((order for name, order in _ORDERS.items() if layout.startswith(name)), asked.dates)
    return replace(asked, dates=order, kind=kind if kind in ("funding", "values") else asked.kind)
