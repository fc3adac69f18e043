"""Run one command: read its arguments, call it, and end in one line whatever goes wrong."""

import logging
import os
import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

from tenfold.app.cli.arguments import build_parser
from tenfold.app.cli.interrupt import obeyed, tell_stopped
from tenfold.app.cli.output import write_error
from tenfold.domain.errors import SettingsError, StorageError, TenfoldError

BROKEN_PIPE = 141
BUG = 70
_HOMELESS = re.compile("could not determine (the )?home directory", re.IGNORECASE)
"""What Python and platformdirs say where `~` leads nowhere."""
logging.getLogger("sqlalchemy").addHandler(logging.NullHandler())  # what a stop lets it not close is not for a terminal


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that the arguments name and return its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    as_json = "--json" in arguments
    _fill_places()
    sys.stdout, sys.stderr = _open(sys.stdout), _open(sys.stderr)
    try:
        with obeyed(as_json):
            options = build_parser().parse_args(arguments)
            code = int(options.run(options))
            sys.stdout.flush()
    except KeyboardInterrupt as stop:
        return tell_stopped(stop, as_json)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except Exception as error:
        if os.environ.get("TENFOLD_TRACEBACK"):
            raise
        text, code = explain(error)
        with suppress(OSError):  # a log that is full takes no line
            write_error(text, code, as_json)
    finally:
        _empty(sys.stderr)
    return code


def _empty(stream: TextIO) -> None:
    """Write what is left of a stream, or drop it where its log is full: at the end of the process it would change the exit code."""
    try:
        stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _fill_places() -> None:
    """Open nothing in place of each standard stream that the caller closed: a socket that came there would end the process once it is closed."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest place that is free


def _open(stream: TextIO | None) -> TextIO:
    """Return a stream; one that the caller closed swallows what is written, and what a terminal has no letter for is written by its number."""
    if isinstance(stream, TextIOWrapper) and stream.errors == "strict":
        stream.reconfigure(errors="backslashreplace")
    return Path(os.devnull).open("w") if stream is None else stream


def explain(error: Exception) -> tuple[str, int]:
    """Return the one line and the exit code of an error."""
    if isinstance(error, TenfoldError):
        return " ".join(str(error).split()), error.exit_code
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror or error}", StorageError.exit_code
    if isinstance(error, MemoryError):
        return "out of memory; take fewer symbols, bars or parameters at a time", StorageError.exit_code
    if isinstance(error, RuntimeError) and _HOMELESS.search(str(error)):
        return (
            "this process has no home folder, or a path begins with ~ and a user that is not known: set HOME, or TENFOLD_HOME and "
            "TENFOLD_CACHE, to folders that can be written, and give files by whole paths",
            SettingsError.exit_code,
        )
    said = " ".join(f"{type(error).__name__}: {error}".split())
    return f"this is a bug of Tenfold, please report it: {said} (TENFOLD_TRACEBACK=1 shows where)", BUG
