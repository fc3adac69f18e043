"""Write the catalogue's files whole or not at all, and read them back with their description."""

import contextlib
import errno
import io
import os
import tempfile
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote

import polars as pl

from tenfold.domain.errors import DataError, StorageError

DESCRIPTION: Final = "tenfold"
"""Key of the Parquet metadata under which a set describes itself."""


def encode_name(symbol: str) -> str:
    """Return a symbol as the name of a folder: BTC/USDT becomes BTC%2FUSDT."""
    name = quote(symbol, safe="^=+,@ ")
    return name.replace(".", "%2E", 1) if name.startswith(".") else name


def decode_name(name: str) -> str:
    """Return the symbol that a folder stands for."""
    return unquote(name)


def write_frame(path: Path, frame: pl.DataFrame, description: str = "") -> None:
    """Write a frame as Parquet, whole or not at all.

    Raises StorageError (a full disk, a folder that cannot be written); the file that was there stays.
    """
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd", metadata={DESCRIPTION: description} if description else None)
    write_bytes(path, buffer.getvalue())


def write_bytes(path: Path, content: bytes) -> None:
    """Write bytes into a temporary file beside the target, flush them to disk, then take the target's place."""
    name = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".part-", delete=False) as stream:
            name = stream.name
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).replace(path)
    except OSError as error:
        if name:
            with contextlib.suppress(OSError):
                Path(name).unlink()
        raise StorageError(f"cannot write {path}: {_reason(error)}; nothing was changed") from error


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
