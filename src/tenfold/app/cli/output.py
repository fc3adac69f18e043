"""Write what a command found: as text for people, as JSON for programs."""

import sys
from argparse import Namespace
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from tenfold import codec


def write(options: Namespace, value: Any, lines: Iterable[str]) -> None:
    """Write a value as one line of JSON with `--json`, else the lines of text."""
    if options.json:
        sys.stdout.write(codec.encode(value).decode() + "\n")
        return
    for line in lines:
        sys.stdout.write(line + "\n")


def write_error(text: str, code: int, as_json: bool) -> None:
    """Write the one line of an error to the standard error stream, with `--json` as an object."""
    if as_json:
        sys.stderr.write(codec.encode({"error": text, "code": code}).decode() + "\n")
    else:
        sys.stderr.write(f"error: {text}\n")


def note(text: str) -> None:
    """Write a remark to the standard error stream, apart from the result; where that is full or nobody reads it, work goes on without."""
    with suppress(OSError):
        sys.stderr.write(text + "\n")


def table(headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[str]:
    """Return rows as aligned lines: numbers to the right, text to the left."""
    body = [[_cell(value) for value in row] for row in rows]
    numeric = [bool(body) and all(_is_number(row[i]) for row in body) for i in range(len(headings))]
    widths = [max(len(line[i]) for line in [list(headings), *body]) for i in range(len(headings))]
    return [
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(line, widths, numeric, strict=True)
        ).rstrip()
        for line in [list(headings), *body]
    ]


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1e4 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _is_number(text: str) -> bool:
    return text == "-" or text.replace(",", "").replace(".", "").replace("-", "").replace("e+", "").isdigit()
