"""Open the database of a journal: a file of SQLite, or PostgreSQL by its address."""

import contextlib
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from tenfold.domain.errors import JournalError, SettingsError, StorageError, UnknownNameError

BUSY_S: Final = 30.0
"""Time that a process waits for another that writes."""

_ADDRESS: Final = re.compile(
    r"(?P<scheme>[\w+]+)://([^@/?#]*@)?(?P<place>[\w.\-\[\]]*(:\d*)?(/[\w.\-]*)?)(\?.*)?", re.DOTALL
)
_DAMAGE: Final = frozenset(
    {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_MISMATCH}
)
"""Codes of SQLite that say: the file is not what was written. SQLITE_ERROR is a table that is not there."""


def shown_as(target: str) -> str:
    """Return a target as it may be shown: an address without user, password and options; of one that is none the scheme alone."""
    if "://" not in target:
        return target
    found = _ADDRESS.fullmatch(target)
    return f"{target.partition('://')[0]}://..." if found is None else f"{found['scheme']}://{found['place']}"


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
            raise UnknownNameError(f"there is no journal {path}; `tenfold backtest ... --journal {path}` writes one")
        if not path.parent.is_dir():
            raise SettingsError(f"there is no folder {path.parent}: make it, or name another file for the journal")
    return _sqlite(path)


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
    try:
        return sa.create_engine(f"postgresql+psycopg://{rest}", poolclass=sa.pool.StaticPool)
    except ModuleNotFoundError:
        raise SettingsError("a journal in PostgreSQL needs psycopg: pip install 'tenfold[postgres]'") from None
    except (ArgumentError, NoSuchModuleError, ValueError):
        raise SettingsError(
            f"{shown_as(target)} is no address of PostgreSQL, expected postgresql://user@host/database"
        ) from None


@contextlib.contextmanager
def transaction(engine: sa.Engine, shown: str, *, writing: bool) -> Iterator[sa.Connection]:
    """Open a transaction, and commit it at the end; failures of the database become errors of Tenfold in one line."""
    with told(shown), engine.connect() as connection:
        connection.info["writing"] = writing
        with connection.begin():
            if writing and engine.dialect.name == "postgresql":
                connection.exec_driver_sql("SET LOCAL synchronous_commit = on")
            yield connection


@contextlib.contextmanager
def told(shown: str) -> Iterator[None]:
    """Turn failures of the database into errors of Tenfold."""
    try:
        yield
    except DBAPIError as error:
        raise _explained(error.orig, shown) from None
    except SQLAlchemyError as error:
        raise StorageError(f"the journal {shown} cannot be used: {type(error).__name__}") from None
    except (TypeError, ValueError):  # SQLite lets any type stand in any column
        raise damaged(shown, "a column holds what was never written there") from None


def damaged(shown: str, what: str) -> JournalError:
    """Return the error of a journal that is not what was written."""
    return JournalError(
        f"the journal {shown} was damaged: {what}; nothing is replayed or added. Put back a copy, or name another journal"
    )


def _explained(error: BaseException | None, shown: str) -> JournalError | StorageError:
    lines = " ".join(str(error).split())
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
        if code in _DAMAGE:
            return damaged(shown, lines)
    return StorageError(f"the journal {shown} cannot be read or written: {lines}; nothing was taken for written")
