"""Write whole files or none."""

import contextlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tenfold.domain.errors import StorageError


def check_place(path: Path) -> None:
    """Refuse, before the work that fills it, a file that cannot come to be; errors as `write_whole`."""
    try:
        if path.is_dir():
            raise IsADirectoryError(None, "it is a folder, expected the name of a file")
        path.parent.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=path.parent).close()
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {_reason(error)}") from None


def write_whole(path: Path, content: bytes) -> Path:
    """Write a file under a temporary name beside its place, then move it there; return the path.

    Raises
    ------
    StorageError
        Where the folder cannot be made or written, or the disk is full; nothing is left behind.
    """
    write_together({path: content})
    return path


def write_together(contents: Mapping[Path, bytes]) -> None:
    """Write several files, none of them in its place before all are on disk; errors as `write_whole`."""
    ready: list[tuple[Path, Path]] = []
    path = Path()
    try:
        for path, content in contents.items():
            if path.is_dir():
                raise IsADirectoryError(None, "it is a folder, expected the name of a file")
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".part-", delete=False) as file:
                ready.append((Path(file.name), path))
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            ready[-1][0].chmod(0o644)
        for temporary, path in ready:
            temporary.replace(path)
    except BaseException as error:  # an interrupt must leave nothing either
        for temporary, _ in ready:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise StorageError(f"{path} cannot be written: {_reason(error)}; nothing was left there") from None
        raise


def _reason(error: OSError) -> str:
    if isinstance(error, (FileExistsError, NotADirectoryError)):
        return "a part of its path is a file, not a folder"
    return error.strerror or str(error)
