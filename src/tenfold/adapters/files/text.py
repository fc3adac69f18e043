"""Turn the bytes of a text file into columns of text: encoding, separator, header, ragged lines."""

import csv
import gzip
import io
import re
import zlib
from collections import Counter
from dataclasses import dataclass
from typing import Final

import polars as pl

from tenfold.domain.errors import DataError

_SEPARATORS: Final = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_PROBE_LINES: Final = 60
_PREAMBLE_MAX: Final = 5
_BOMS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_NUMBER: Final = re.compile(r"[-+]?[\d.,]*\d[\d.,]*(?:[eE][-+]?\d+)?%?")
_TIME: Final = re.compile(r"\d{1,4}[-/.:]\d{1,2}([-/.:]|\s)\S*.*|\d{1,2}[- ][A-Za-z]{3,9}[- ,]+\d{2,4}.*|\d{8} \d{4,6}")


@dataclass(frozen=True, eq=False)
class TextTable:
    """Hold a table of text.

    Attributes
    ----------
    frame : columns of stripped text, "" where a field is absent
    names : of the header; None without one
    lines : number of the file's line for each row, from 1
    dialect : separator, encoding, header, line ends
    """

    frame: pl.DataFrame
    names: list[str] | None
    lines: list[int]
    dialect: dict[str, str]


def decode_text(content: bytes, where: str) -> tuple[str, dict[str, str]]:
    """Return the text of a file and its encoding; DataError where it is no text."""
    told: dict[str, str] = {}
    if content[:2] == b"\x1f\x8b":
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error) as error:
            raise DataError(f"{where} is a damaged gzip file; get it again") from error
        told["packing"] = "gzip"
    encoding = next((name for mark, name in _BOMS if content.startswith(mark)), "")
    if encoding:
        told["byte order mark"] = encoding.removesuffix("-sig")
    elif b"\0" in content:
        raise DataError(f"{where} is no text and no Parquet file, expected CSV or Parquet")
    try:
        return content.decode(encoding or "utf-8"), told
    except UnicodeDecodeError:
        if encoding:
            raise DataError(f"{where} is damaged: its text is not {encoding}, as its first bytes say") from None
    told["encoding"] = "latin-1"
    return content.decode("latin-1"), told


def read_text(content: bytes, where: str) -> TextTable:
    """Return the table that a text file holds.

    Raises DataError in one line: no separator, a line with more fields than the others, an open quote.
    """
    text, dialect = decode_text(content, where)
    lines, numbers = _content_lines(text)
    if not lines:
        raise DataError(f"{where} is empty, expected lines of times and prices")
    dialect["line ends"] = "CRLF" if "\r\n" in text else "LF"
    separator, width = _separator(lines[:_PROBE_LINES], where)
    _refuse_cut_numbers(lines, separator, width, where)
    dialect["separator"] = _SEPARATORS[separator]
    skipped = _preamble(lines, separator, width)
    if skipped:
        dialect["title lines"] = str(skipped)
        lines, numbers = lines[skipped:], numbers[skipped:]
    header = _cells(lines[0], separator)
    names = None
    if _is_header(header):
        names, lines, numbers = header, lines[1:], numbers[1:]
    if not lines:
        raise DataError(f"{where} has a header and no rows")
    frame, short = _frame(lines, numbers, separator, where)
    if short:
        dialect["short lines"] = f"{len(short)}, from line {short[0]} on: what they lack is absent"
    if names is not None:
        names = _fit_names(names, frame, where)
    dialect["header"] = "yes" if names is not None else "none"
    return TextTable(frame=frame, names=names, lines=numbers, dialect=dialect)


def _content_lines(text: str) -> tuple[list[str], list[int]]:
    every = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    kept = [(line, number) for number, line in enumerate(every, 1) if line.strip() and not line.startswith("#")]
    return [line for line, _ in kept], [number for _, number in kept]


def _cells(line: str, separator: str) -> list[str]:
    if '"' not in line:
        return [cell.strip() for cell in line.split(separator)]
    return [cell.strip() for cell in next(csv.reader([line], delimiter=separator), [])]


def _separator(lines: list[str], where: str) -> tuple[str, int]:
    """Return the separator that cuts most lines into one and the same number of fields, and that number."""
    best: tuple[float, int, str] | None = None
    for separator in _SEPARATORS:
        widths = Counter(len(_cells(line, separator)) for line in lines)
        width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
        if width > 1:
            share = count / len(lines)
            # Decimal commas cut as evenly as the true separator does: a rarer one wins.
            candidate = (round(share, 1) + (0.05 if separator != "," else 0.0), width, separator)
            best = candidate if best is None or candidate[0] > best[0] else best
    if best is None:
        raise DataError(
            f"{where} has one field a line: no separator found, expected comma, semicolon, tab or bar between fields"
        )
    return best[2], best[1]


def _refuse_cut_numbers(lines: list[str], separator: str, width: int, where: str) -> None:
    """Refuse decimal commas between separating commas: every price would be cut in two."""
    names = _cells(lines[0], separator)
    if separator == "," and len(names) > 3 and _is_header(names) and width > len(names) + 2:
        raise DataError(
            f"{where} has {len(names)} names in its header and {width} fields a line: its numbers have decimal commas and its "
            "fields are cut by commas too; save it with semicolons between the fields, or with decimal points"
        )


def _preamble(lines: list[str], separator: str, width: int) -> int:
    """Return how many title lines stand before the table."""
    for index, line in enumerate(lines[:_PREAMBLE_MAX]):
        if len(_cells(line, separator)) > max(1, width - 2):
            return index
    return 0


def _is_header(cells: list[str]) -> bool:
    filled = [cell for cell in cells if cell]
    return bool(filled) and not any(_NUMBER.fullmatch(cell) or _TIME.fullmatch(cell) for cell in filled)


def _frame(lines: list[str], numbers: list[int], separator: str, where: str) -> tuple[pl.DataFrame, list[int]]:
    """Return the table, and the numbers of the lines that have fewer fields than the others."""
    widths = [line.count(separator) + 1 for line in lines] if '"' not in "".join(lines) else None
    quoted = widths is None
    if quoted:
        odd = next((i for i, line in enumerate(lines) if line.count('"') % 2), None)
        if odd is not None:
            raise DataError(f"{where} line {numbers[odd]} has a quote that is never closed; mend the line")
    if widths is None:
        try:
            widths = [len(_cells(line, separator)) for line in lines]
        except csv.Error as error:
            raise DataError(f"{where} has a damaged quoted field ({error})") from error
    usual = Counter(widths).most_common(1)[0][0]
    widest = max(widths)
    if widest > usual and widths.count(widest) < 0.5 * len(widths):
        index = widths.index(widest)
        raise DataError(f"{where} line {numbers[index]} has {widest} fields, expected {usual}; mend the line")
    names = [f"column_{i}" for i in range(widest)]
    padded = "\n".join(
        line if have == widest else line + separator * (widest - have) for line, have in zip(lines, widths, strict=True)
    )
    try:
        frame = pl.read_csv(
            io.BytesIO(padded.encode("utf-8", "replace")),
            separator=separator,
            has_header=False,
            new_columns=names,
            infer_schema=False,
            quote_char='"' if quoted else None,
        )
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise DataError(f"{where} cannot be read as a table: {' '.join(str(error).split())[:120]}") from error
    if frame.height != len(lines):
        raise DataError(f"{where} has a quoted field that is never closed: {len(lines)} lines make {frame.height} rows")
    short = [number for number, have in zip(numbers, widths, strict=True) if have < usual]
    return frame.with_columns(pl.all().fill_null("").str.strip_chars()), short


def _fit_names(names: list[str], frame: pl.DataFrame, where: str) -> list[str]:
    """Return one name a column; a header one short of columns names date and time as one."""
    width = frame.width
    while len(names) > width and not names[-1]:
        names = names[:-1]
    if len(names) == width - 1 and frame.height and _looks_like_time(str(frame[0, 1])):
        return ["date", "time", *names[1:]]
    if len(names) < width and all((frame[:, i] == "").all() for i in range(len(names), width)):
        return names + [""] * (width - len(names))
    if len(names) > width:
        raise DataError(f"{where} has {len(names)} names in its header and {width} fields a line")
    if len(names) < width:
        raise DataError(f"{where} has {width} fields a line and {len(names)} names in its header")
    return names


def _looks_like_time(cell: str) -> bool:
    return re.fullmatch(r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?", cell) is not None
