"""Open the database of a journal: a file of SQLite, or PostgreSQL by its address."""

import contextlib
import logging
import os
import re
import sqlite3
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError, SQLAlchemyError

from tenfold.adapters.journal.head import noted_ends
from tenfold.domain.errors import DecodeError, JournalError, SettingsError, StorageError, UnknownNameError

BUSY_S: Final = 30.0
"""Time that a process waits for another that writes."""

IDLE_S: Final = 1.0
"""Time after which PostgreSQL gives up a transaction whose client says nothing: one that is paused holds up nobody for longer."""

KEEPALIVE: Final = {
    "connect_timeout": 3,
    "keepalives_idle": 1,
    "keepalives_interval": 1,
    "keepalives_count": 3,
    "tcp_user_timeout": 3000,
}
"""Of a connection to PostgreSQL, where the address does not say otherwise: one that is half open is noticed within seconds."""

_ADDRESS: Final = re.compile(
    r"(?P<scheme>[\w+]+)://((?P<user>[\w.\-]*)(:[^@/?#]*)?@)?(?P<place>[\w.\-\[\]]*(:\d*)?(/[\w.\-]*)?)(\?.*)?",
    re.DOTALL,
)
_PLACED: Final = re.compile(r"[?&](host=[\w./\-]+|options=-c(?:%20|\+)?search_path(?:=|%3[Dd])(?:\w|,|%2[Cc])+)(?=&|$)")
"""What leads elsewhere in the options of an address: the folder of a socket, or another host, and the schema."""
_DAMAGE: Final = frozenset(
    {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_MISMATCH}
)
"""Codes of SQLite that say: the file is not what was written. SQLITE_ERROR is a table that is not there."""

_TO_DO: Final = {
    sqlite3.SQLITE_FULL: "free space, or name another journal",
    sqlite3.SQLITE_IOERR: "see to the disk and the space on it, or name another journal",
    sqlite3.SQLITE_CANTOPEN: "see who may write there, or name another journal",
    sqlite3.SQLITE_READONLY: "see who may write there, or name another journal",
}
"""What a person does about a code of SQLite."""

_HEAD: Final = struct.Struct(">16xH6xII60xI4x")
"""Head of a file of SQLite: bytes in a page, count of changes, pages, and the count of changes that this was true for."""

_LOOKS: Final = 3
_LOOK_S: Final = 0.01

_LOST_CLASSES: Final = ("08", "57P")
"""Beginnings of states of PostgreSQL that say: it is not there, or is going."""

_READ_ONLY: Final = "25006"
"""State of PostgreSQL that says: this server, or this session, takes no writes. Nothing was changed."""

_BUSY_STATES: Final = frozenset({"55P03", "40001", "40P01"})
"""States of PostgreSQL that say: another holds it. Nothing was changed."""


class LostConnectionError(StorageError):
    """Report a connection that broke: whether the transaction was committed is not known."""


class BusyError(StorageError):
    """Report that another process holds the database: nothing was changed."""


def shown_as(target: str) -> str:
    """Return a target as it may be shown, and given again: an address without password and options that may hold one; of one that is none the scheme alone."""
    if "://" not in target:
        return target
    found = _ADDRESS.fullmatch(target)
    if found is None:
        return f"{target.partition('://')[0]}://..."
    placed = _PLACED.findall(target)
    user, more = f"{found['user']}@" if found["user"] else "", f"?{'&'.join(placed)}" if placed else ""
    return f"{found['scheme']}://{user}{found['place']}{more}"


def open_engine(target: str, *, making: bool) -> sa.Engine:
    """Return the engine of a path or an address.

    Raises
    ------
    SettingsError
        The address is none of PostgreSQL, or psycopg is not installed.
    UnknownNameError
        There is no such file, and none is to be made.
    """
    if "://" in target:
        return _postgres(target)
    path = Path(target).expanduser()
    if path.is_dir():
        raise SettingsError(f"{path} is a folder, expected a file for the journal, e.g. {path / 'journal.db'}")
    if not path.is_file():
        if not making:
            raise UnknownNameError(
                f"there is no journal {path}; `tenfold paper`, `live` and `backtest` write it with --journal"
            )
        if not path.parent.is_dir():
            raise SettingsError(f"there is no folder {path.parent}: make it, or name another file for the journal")
    path = path.resolve()  # SQLite keeps its log beside the file that a link leads to
    for _ in range(_LOOKS):  # another process may be moving its log into the file just now
        short = _cut(path)
        if not short:
            return _sqlite(path)
        time.sleep(_LOOK_S)
    raise damaged(str(path), short + noted_ends(path))


def _cut(path: Path) -> str:
    """Return how a file without a log is shorter than its head says: SQLite looks no further than what it needs.

    One with a log is not even opened: where this process uses it, closing it here would end the locks that SQLite has on it, and the next
    process that closes it would remove the log.
    """
    if _has_log(path):
        return ""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD.size)
            size = os.fstat(file.fileno()).st_size
    except FileNotFoundError:
        return ""
    if len(head) < _HEAD.size or _has_log(path):
        return ""
    page, changes, pages, valid = _HEAD.unpack(head)
    expected = pages * (65536 if page == 1 else page)
    return f"the file has {size} bytes, and its head says {expected}" if changes == valid and size < expected else ""


def _has_log(path: Path) -> bool:
    return any(path.with_name(path.name + end).exists() for end in ("-wal", "-journal"))


def _sqlite(path: Path) -> sa.Engine:
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(path)), poolclass=sa.pool.StaticPool,
        connect_args={"timeout": BUSY_S, "check_same_thread": False},
    )  # fmt: skip

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # transactions are ours to begin
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.info.get("writing") else "BEGIN")

    return engine


def _postgres(target: str) -> sa.Engine:
    scheme, _, rest = target.partition("://")
    if scheme not in {"postgresql", "postgres", "postgresql+psycopg"}:
        raise SettingsError(
            f"a journal at {shown_as(target)} is not known, expected a file or postgresql://user@host/database"
        )
    if rest.count("@") > 1:  # the host would begin within the password, and be named where it is not found
        raise SettingsError(
            f"{shown_as(target)} has more than one @, expected postgresql://user@host/database: write %40 for an @ in a user or password"
        )
    try:
        url = sa.make_url(f"postgresql+psycopg://{rest}")
        logging.getLogger("psycopg").addHandler(logging.NullHandler())  # what it cannot clean up is not for a terminal
        given: dict[str, Any] = {name: value for name, value in KEEPALIVE.items() if name not in url.query}
        given["prepare_threshold"] = (
            None  # a pooler gives each transaction another session, which has nothing of what was prepared
        )
        engine = sa.create_engine(url, poolclass=sa.pool.StaticPool, connect_args=given)
    except ModuleNotFoundError:
        raise SettingsError("a journal in PostgreSQL needs psycopg: pip install 'tenfold[postgres]'") from None
    except (ArgumentError, NoSuchModuleError, ValueError):
        raise SettingsError(
            f"{shown_as(target)} is no address of PostgreSQL, expected postgresql://user@host/database"
        ) from None
    sa.event.listen(engine, "handle_error", _leave_read_only)
    return engine


def _leave_read_only(context: sa.engine.ExceptionContext) -> None:
    """Take it for a lost connection that a server takes no writes: it was the first one before a failover, and the address leads to another now."""
    if getattr(context.original_exception, "sqlstate", None) == _READ_ONLY:
        context.is_disconnect = True


@contextlib.contextmanager
def transaction(
    engine: sa.Engine, shown: str, *, writing: bool, patience_s: float = BUSY_S, idle_s: float = IDLE_S
) -> Iterator[sa.Connection]:
    """Open a transaction, and commit it at the end; failures of the database become errors of Tenfold in one line.

    `patience_s` is how long it waits for another that writes, `idle_s` how long PostgreSQL waits for us within it, 0 for ever.

    Raises
    ------
    BusyError
        Another process did not let go in time; nothing was changed.
    LostConnectionError
        The connection to PostgreSQL broke; whether it was committed is to be read.
    JournalError
        The file of SQLite, or its log, is not at its place any more: it would be written on, and nobody else would see it.
    """
    with told(shown), engine.connect() as connection:
        connection.info["writing"] = writing
        if engine.dialect.name == "sqlite":
            connection.connection.execute(f"PRAGMA busy_timeout = {patience_s * 1000:.0f}")
        with connection.begin():
            if writing and engine.dialect.name == "postgresql":
                connection.exec_driver_sql(
                    "SELECT set_config('synchronous_commit', CASE WHEN current_setting('synchronous_commit') IN ('off', 'local') "
                    "THEN 'on' ELSE current_setting('synchronous_commit') END, true), "
                    f"set_config('idle_in_transaction_session_timeout', '{idle_s * 1000:.0f}', true), "
                    f"set_config('lock_timeout', '{patience_s * 1000:.0f}', true)"
                )
            yield connection
        if engine.dialect.name == "sqlite":
            files = [_file(Path(f"{engine.url.database}{end}")) for end in ("", "-wal")]
            if connection.info.setdefault("files", files) != files:
                raise JournalError(
                    f"the journal {shown} was removed, moved or replaced while it was in use: what is written now would be lost, and nothing "
                    "further is taken. Put it back with its log, or name another journal"
                )


def _file(path: Path) -> tuple[int, int] | None:
    """Return what tells the file at a place from any other; None where there is none, or it cannot be seen."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


@contextlib.contextmanager
def told(shown: str) -> Iterator[None]:
    """Turn failures of the database into errors of Tenfold."""
    try:
        yield
    except DBAPIError as error:
        raise _explained(error, shown) from None
    except SQLAlchemyError as error:
        raise StorageError(f"the journal {shown} cannot be used: {type(error).__name__}") from None
    except (TypeError, ValueError):  # SQLite lets any type stand in any column
        raise damaged(shown, "a column holds what was never written there") from None


def damaged(shown: str, what: str) -> JournalError:
    """Return the error of a journal that is not what was written."""
    return JournalError(
        f"the journal {shown} was damaged: {what}; nothing is replayed or added. Put back a copy, or name another journal"
    )


def unreadable(shown: str, what: str, why: DecodeError) -> JournalError:
    """Return the error of what is whole, and of a kind that this version does not know."""
    return JournalError(
        f"{what} cannot be read in the journal {shown} ({why}): another version of Tenfold has written it; "
        "go on with the newest that has written there, nothing is lost"
    )


def shortened(digest: Any) -> str:
    """Return the beginning of a digest, as errors name it."""
    return digest[:8].hex() if isinstance(digest, bytes) and digest else "unreadable"


def _explained(failure: DBAPIError, shown: str) -> JournalError | StorageError:
    error = failure.orig
    lines = " ".join(str(error).split())
    kind, to_do = StorageError, ""
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
        if code in _DAMAGE:
            return damaged(shown, lines)
        if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            kind = BusyError
        to_do = f"; {_TO_DO[code]}" if code in _TO_DO else ""
    else:
        state = getattr(error, "sqlstate", None) or ""
        if state in _BUSY_STATES:
            kind = BusyError
        elif failure.connection_invalidated or (
            isinstance(failure, OperationalError) and (not state or state.startswith(_LOST_CLASSES))
        ):
            lines = lines.partition(" Is the server running")[0]
            return LostConnectionError(
                f"the journal {shown} cannot be reached: {lines}; see that it runs, and that its address, user and password are right"
            )
    return kind(f"the journal {shown} cannot be read or written: {lines}; nothing was taken for written{to_do}")
