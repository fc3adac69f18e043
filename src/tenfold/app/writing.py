"""Write whole files or none."""

import os
import tempfile
from pathlib import Path

from tenfold.domain.errors import StorageError


def write_whole(path: Path, content: bytes) -> Path:
    """Write a file under a temporary name beside its place, then move it there; return the path.

    Raises
    ------
    StorageError
        Where the folder cannot be made or written, or the disk is full; nothing is left behind.
    """
    temporary = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        raise StorageError(f"{path} cannot be written: {error.strerror or error}; nothing was left there") from None
    return path
