"""Keep results by key in a folder, so that work which was cut off goes on where it stopped.

How it works. Each entry is a file of its own, written beside its place and moved there when it is whole. It begins with the
hash of all that follows, so that what a crash, a full disk or an accident left is told from what was written: such an entry is
removed, counts as absent and is made again.
"""

import contextlib
import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Final

from tenfold.domain.errors import StorageError

_MARK: Final = b"TFCP\x01"
_DIGEST: Final = 32
_SIZE: Final = 4


class Checkpoints(MutableMapping[str, bytes]):
    """Keep bytes by key in files below a folder.

    Reading never fails: what is damaged or cannot be read is absent. Raises StorageError where nothing can be written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __getitem__(self, key: str) -> bytes:
        path = self._path(key)
        try:
            raw = path.read_bytes()
        except OSError:
            raise KeyError(key) from None
        found = _decoded(raw)
        if found is None or found[0] != key:
            with contextlib.suppress(OSError):
                path.unlink()
            raise KeyError(key)
        return found[1]

    def __setitem__(self, key: str, value: bytes) -> None:
        path = self._path(key)
        name = key.encode()
        content = len(name).to_bytes(_SIZE, "little") + name + value
        part = ""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            place, part = tempfile.mkstemp(dir=path.parent, prefix=".part-")
            with os.fdopen(place, "wb") as file:
                file.write(_MARK + hashlib.sha256(content).digest() + content)
            Path(part).replace(path)
        except OSError as error:
            with contextlib.suppress(OSError):
                Path(part).unlink(missing_ok=True)
            why = "the disk is full" if error.errno == errno.ENOSPC else error.strerror or str(error)
            raise StorageError(
                f"progress cannot be kept in {self.folder}: {why}; what was kept before is whole"
            ) from None

    def __delitem__(self, key: str) -> None:
        try:
            self._path(key).unlink()
        except OSError:
            raise KeyError(key) from None

    def __iter__(self) -> Iterator[str]:
        for path in self._files():
            with contextlib.suppress(OSError):
                found = _decoded(path.read_bytes())
                if found is not None:
                    yield found[0]

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def clear(self) -> None:
        """Forget everything: the work is done."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _path(self, key: str) -> Path:
        """Return the file of a key; its name is a hash, since keys may hold any sign."""
        name = hashlib.sha256(key.encode()).hexdigest()
        return self.folder / name[:2] / name[2:34]

    def _files(self) -> list[Path]:
        return [path for path in sorted(self.folder.glob("??/*")) if not path.name.startswith(".")]


def _decoded(raw: bytes) -> tuple[str, bytes] | None:
    """Return key and value of an entry, None where it is damaged."""
    start = len(_MARK) + _DIGEST
    content = raw[start:]
    if raw[: len(_MARK)] != _MARK or hashlib.sha256(content).digest() != raw[len(_MARK) : start]:
        return None
    size = int.from_bytes(content[:_SIZE], "little")
    return content[_SIZE : _SIZE + size].decode(), content[_SIZE + size :]
