"""Unpack a zip archive in memory; what is damaged, locked or too large is refused in one line."""

import io
import zipfile
import zlib
from typing import Final

from tenfold.domain.errors import DataError

_BYTES_MAX: Final = 4 * 1024**3
_FILES_MAX: Final = 10_000


def unpack(content: bytes, where: str) -> list[tuple[str, bytes]]:
    """Return (name, bytes) of the files of an archive, sorted by name; notes of the operating system are left out."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir() and _wanted(info.filename)]
            if sum(info.file_size for info in infos) > _BYTES_MAX or len(infos) > _FILES_MAX:
                raise DataError(f"{where} unpacks to more than {_BYTES_MAX // 1024**3} GiB; unpack and split it first")
            members = [(info.filename.rsplit("/", 1)[-1], archive.read(info)) for info in infos]
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as error:
        raise DataError(f"{where} is a damaged zip archive; get it again") from error
    except RuntimeError as error:  # zipfile's answer to a password, and to a compression that it does not know
        raise DataError(
            f"{where} is a zip archive that is locked or packed in an unusual way; unpack it first"
        ) from error
    if any(name == "[Content_Types].xml" for name, _ in members):
        raise DataError(f"{where} is a workbook of a spreadsheet; save the sheet as CSV and import that")
    members = [(name, inner) for name, inner in members if inner]
    if not members:
        raise DataError(f"{where} is an empty zip archive, expected a CSV or Parquet file in it")
    return sorted(members)


def _wanted(name: str) -> bool:
    return not name.startswith("__MACOSX/") and not name.rsplit("/", 1)[-1].startswith(".")
