"""Write the catalogue's files whole or not at all, and read them back with their description."""

import contextlib
import errno
import io
import os
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Final, TypeVar
from urllib.parse import quote, unquote

import polars as pl

from tenfold.domain.errors import DataError, StorageError

T = TypeVar("T")

DESCRIPTION: Final = "tenfold"
"""Key of the Parquet metadata under which a set describes itself."""


def encode_name(symbol: str) -> str:
    """Return a symbol as the name of a folder: BTC/USDT becomes BTC%2FUSDT."""
    name = quote(symbol, safe="^=+,@ ")
    return name.replace(".", "%2E", 1) if name.startswith(".") else name


def decode_name(name: str) -> str:
    """Return the symbol that a folder stands for."""
    return unquote(name)


class Staging:
    """Write several files whole or not at all: each beside its place first, all put in place at the end.

    A full disk shows while the files are staged, when nothing is in place yet.

    >>> with Staging() as staging:  # doctest: +SKIP
    ...     staging.add(path, content)
    """

    def __init__(self) -> None:
        self._parts: list[tuple[Path, Path]] = []
        self._rooms: list[Path] = []

    def __enter__(self) -> "Staging":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                for part, path in self._parts:
                    _attempt(path, partial(part.replace, path))
        finally:
            for part in (*(part for part, _ in self._parts), *self._rooms):
                with contextlib.suppress(OSError):
                    part.unlink(missing_ok=True)

    def add(self, path: Path, content: bytes) -> None:
        """Write bytes beside their place and flush them to disk; StorageError where that fails."""

        def write() -> None:
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".part-", delete=False) as stream:
                self._parts.append((Path(stream.name), path))
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())

        _attempt(path, write)

    def add_frame(self, path: Path, frame: pl.DataFrame, description: str = "") -> None:
        """Write a frame as Parquet with its description."""
        buffer = io.BytesIO()
        frame.write_parquet(buffer, compression="zstd", metadata={DESCRIPTION: description} if description else None)
        self.add(path, buffer.getvalue())

    def room_beside(self, path: Path) -> Path:
        """Return an empty file beside a place, for a part of what will lie there; it is removed at the end."""

        def make() -> Path:
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(
                dir=path.parent, prefix=".part-", suffix=".parquet", delete=False
            ) as stream:
                self._rooms.append(Path(stream.name))
            return self._rooms[-1]

        return _attempt(path, make)

    def fill(self, room: Path, frame: pl.DataFrame) -> None:
        """Write a frame into a file that was made for it."""
        _attempt(room, partial(frame.write_parquet, room, compression="zstd"))

    def add_parts(self, path: Path, parts: Sequence[Path], description: str) -> None:
        """Write the rows of several files as one, without holding them in memory."""

        def write() -> None:
            whole = self.room_beside(path)
            self._parts.append((whole, path))
            pl.scan_parquet(list(parts)).sink_parquet(whole, compression="zstd", metadata={DESCRIPTION: description})
            with whole.open("rb") as stream:
                os.fsync(stream.fileno())

        _attempt(path, write)


def _attempt(path: Path, act: Callable[[], T]) -> T:
    try:
        return act()
    except OSError as error:
        raise StorageError(
            f"cannot write {path}: {_reason(error)}; nothing was changed; "
            "free space, or name a folder that can be written with TENFOLD_HOME"
        ) from error


def write_frame(path: Path, frame: pl.DataFrame) -> None:
    """Write one frame as Parquet, whole or not at all."""
    with Staging() as staging:
        staging.add_frame(path, frame)


def read_frame(path: Path) -> pl.DataFrame:
    """Return the frame of a file of the catalogue; DataError where it is damaged, StorageError where unreadable."""
    try:
        return pl.read_parquet(io.BytesIO(path.read_bytes()))
    except OSError as error:
        raise StorageError(f"cannot read {path}: {_reason(error)}") from error
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise DataError(f"{path} is damaged or no Parquet file; import the set again") from error


def read_description(path: Path) -> str:
    """Return what the file says about itself; DataError where it says nothing."""
    try:
        metadata = pl.read_parquet_metadata(path)
    except OSError as error:
        raise StorageError(f"cannot read {path}: {_reason(error)}") from error
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise DataError(f"{path} is damaged or no Parquet file; import the set again") from error
    if DESCRIPTION not in metadata:
        raise DataError(f"{path} was not written by Tenfold; import it: tenfold data import {path}")
    return metadata[DESCRIPTION]


def _reason(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return "the disk is full; free some space and try again"
    return (error.strerror or type(error).__name__).lower()
