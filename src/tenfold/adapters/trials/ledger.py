"""Keep the log of trials on disk: one SQLite file to which records are only ever added, each bound to the one before.

How it works. A record is a market or a chunk of trials on one; its digest is the SHA-256 of the digest before it, its number, the
number of its market and its bytes. So a record that was changed, moved or removed breaks the chain behind it, and everything
that is read is checked against the chain as it is read. The end of the chain stands in a small file of its own, so that a log which
lost its last records is found out. That file is written only after what it speaks of is on disk: at the first record, then once
in 0.1 seconds, and before anything is counted. A process that is killed leaves a file that lags behind, never one that is ahead.
"""

import contextlib
import hashlib
import os
import sqlite3
import tempfile
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from tenfold import codec
from tenfold.adapters.trials.memory import TrialIndex
from tenfold.domain.errors import DecodeError, StorageError, TrialLogError
from tenfold.domain.trials import LedgerHead, TrialChunk, TrialData, TrialSample

SEAL_NS: Final = 100_000_000
"""Time between two writes of the end of the chain while records come one after the other."""

BUSY_S: Final = 60.0
"""Time that a process waits for others that write."""

_START: Final = b"\0" * 32
_SCHEMA: Final = {
    "records": "CREATE TABLE records (n INTEGER PRIMARY KEY, market INTEGER NOT NULL, body BLOB NOT NULL, digest BLOB NOT NULL)",
    "markets": "CREATE INDEX markets ON records (market) WHERE market = 0",
    "only_behind": "CREATE TRIGGER only_behind BEFORE INSERT ON records WHEN NEW.n IS NOT (SELECT coalesce(max(n), 0) + 1 FROM records) BEGIN SELECT RAISE(ABORT, 'records are added behind the last'); END",
    "no_update": "CREATE TRIGGER no_update BEFORE UPDATE ON records BEGIN SELECT RAISE(ABORT, 'records are never changed'); END",
    "no_delete": "CREATE TRIGGER no_delete BEFORE DELETE ON records BEGIN SELECT RAISE(ABORT, 'records are never removed'); END",
}  # fmt: skip
_OUTSIDE: Final = frozenset({
    sqlite3.SQLITE_PERM, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_AUTH,
})  # fmt: skip
"""Codes of failures of disk and rights; every other one means that the file is not what was written."""


class TrialLedger:
    """Keep a log of trials in a folder; safe in several threads and processes."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "trials.sqlite"
        self.head_path = folder / "trials.head.json"
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._process = 0
        self._sealed_ns: int | None = None
        self._safe, self._lagging = True, False
        self._known: dict[TrialData, int] = {}
        self._forget()

    def record(self, chunk: TrialChunk, data: TrialData) -> None:
        """Keep a chunk of evaluations on a market."""
        with self._lock, self._told():
            connection = self._opened(making=True)
            due = self._sealed_ns is None or not 0 <= chunk.at_ns - self._sealed_ns < SEAL_NS
            if due != self._safe:
                connection.execute(f"PRAGMA synchronous = {'FULL' if due else 'NORMAL'}")
                self._safe = due
            connection.execute("BEGIN IMMEDIATE")
            try:
                if chunk.count > 1:  # single ones all keep their sketch, and need not read what is there
                    self._catch_up(connection)
                    chunk = self._index.thinned(chunk, data)
                market = self._market(connection, data)
                self._append(connection, market, codec.encode(chunk, "msgpack"))
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
            self._lagging = not due
            if due:
                self._seal(connection)
                self._sealed_ns = chunk.at_ns

    def count(self, data: TrialData) -> int:
        """Return how many different trials count for a market."""
        with self._lock:
            self._read()
            return self._index.count(data)

    def sample(self, data: TrialData) -> TrialSample:
        """Return their number by family, and the sketches of a sample."""
        with self._lock:
            self._read()
            return self._index.sample(data)

    def records(self) -> Iterator[tuple[TrialChunk, TrialData]]:
        """Yield every chunk with its market, from the first."""
        with self._lock:
            self._read()
        markets: dict[int, TrialData] = {}
        last = 0
        while True:
            with self._lock, self._told():
                connection = self._opened(making=False)
                rows = (
                    connection
                    and connection.execute(
                        "SELECT n, market, body FROM records WHERE n > ? ORDER BY n LIMIT 1000", (last,)
                    ).fetchall()
                )
            if not rows:
                return
            for last, market, body in rows:
                if market == 0:
                    markets[last] = codec.decode(TrialData, body, "msgpack")
                else:
                    yield codec.decode(TrialChunk, body, "msgpack"), markets[market]

    def verify(self) -> LedgerHead:
        """Read everything again, and return where the log ends."""
        with self._lock:
            self._forget()
            self._lagging = True  # others may have been killed before they wrote the end
            self._read()
            return LedgerHead(records=self._seen, digest=self._digest.hex())

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            if self._connection is not None and self._process == os.getpid():
                self._connection.close()
            self._connection = None

    def _forget(self) -> None:
        """Read from the first record next time."""
        self._index, self._markets = TrialIndex(), dict[int, TrialData]()
        self._seen, self._digest = 0, _START

    def _read(self) -> None:
        with self._told():
            connection = self._opened(making=False)
            if connection is not None:
                self._catch_up(connection)
                self._check_end(connection)
                if self._lagging:
                    with contextlib.suppress(OSError, sqlite3.OperationalError):  # whoever may only read writes no end
                        connection.execute("PRAGMA wal_checkpoint(PASSIVE)")  # waits for the disk
                        self._seal(connection)
                        self._lagging = False

    def _opened(self, making: bool) -> Any:
        """Return the connection of this process; None where there is no log yet and none is to be made."""
        if self._connection is not None and self._process == os.getpid():
            return self._connection
        head = self._head()
        there = self.path.exists()
        if not there and head is not None and head.records:
            raise self._damaged(f"{head.records:,} records are gone with the file")
        if there and head is None and self.path.stat().st_size:
            raise self._damaged(f"{self.head_path.name}, where its end is written, is gone")
        if not there and not making:
            return None
        if head is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._write_head(LedgerHead(records=0, digest=_START.hex()))
        connection = sqlite3.connect(self.path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        weakref.finalize(self, _close, connection, os.getpid())
        connection.execute("PRAGMA journal_mode = WAL")
        _prepare(connection)
        self._connection, self._process = connection, os.getpid()
        self._sealed_ns, self._safe = None, True  # SQLite waits for the disk where nothing else is said
        self._check_schema(connection)
        self._check_end(connection)
        return connection

    def _catch_up(self, connection: sqlite3.Connection) -> None:
        """Take in the records since the last time, each checked against the one before."""
        rows = connection.execute("SELECT n, market, body, digest FROM records WHERE n > ? ORDER BY n", (self._seen,))
        for n, market, body, digest in rows:
            if n != self._seen + 1:
                raise self._damaged(f"record {self._seen + 1} is missing")
            if (
                not isinstance(market, int)
                or not isinstance(body, bytes)
                or _digest(self._digest, n, market, body) != digest
            ):
                raise self._damaged(f"record {n} was changed")
            try:
                if market == 0:
                    self._markets[n] = codec.decode(TrialData, body, "msgpack")
                else:
                    self._index.add(codec.decode(TrialChunk, body, "msgpack"), self._markets[market])
            except (DecodeError, KeyError):
                raise self._damaged(f"record {n} cannot be read") from None
            self._seen, self._digest = n, digest

    def _check_end(self, connection: sqlite3.Connection) -> None:
        """Refuse a log that ends before the end that was written down, or holds another record there."""
        head = self._head()
        if head is None:
            raise self._damaged(f"{self.head_path.name}, where its end is written, is gone")
        end = max(head.records, self._seen)
        found = connection.execute("SELECT digest FROM records WHERE n = ?", (head.records,)).fetchone()
        last = connection.execute("SELECT max(n) FROM records").fetchone()[0] or 0
        if last < end:
            raise self._damaged(f"its last {end - last:,} of {end:,} records are gone")
        if head.records and (found is None or not isinstance(found[0], bytes) or found[0].hex() != head.digest):
            raise self._damaged(f"record {head.records} is not the one that was written")

    def _check_schema(self, connection: sqlite3.Connection) -> None:
        kept = dict(connection.execute("SELECT name, sql FROM sqlite_master").fetchall())
        for name, text in _SCHEMA.items():
            if kept.get(name) != text:
                raise self._damaged(f"its rule {name} was removed or changed")

    def _market(self, connection: sqlite3.Connection, data: TrialData) -> int:
        """Return the number of a market's record, made where there is none."""
        if data not in self._known:
            body = codec.encode(data, "msgpack")
            found = connection.execute("SELECT n FROM records WHERE market = 0 AND body = ?", (body,)).fetchone()
            if found is None:
                return self._append(connection, 0, body)  # known once it is committed
            self._known[data] = found[0]
        return self._known[data]

    def _append(self, connection: sqlite3.Connection, market: int, body: bytes) -> int:
        row = connection.execute("SELECT n, digest FROM records ORDER BY n DESC LIMIT 1").fetchone()
        n, before = (1, _START) if row is None else (row[0] + 1, row[1])
        connection.execute(
            "INSERT INTO records VALUES (?, ?, ?, ?)", (n, market, body, _digest(before, n, market, body))
        )
        return int(n)

    def _seal(self, connection: sqlite3.Connection) -> None:
        """Write down where the log ends; again where others have added meanwhile, so that the last who writes is right."""
        written = self._head()
        while True:
            row = connection.execute("SELECT n, digest FROM records ORDER BY n DESC LIMIT 1").fetchone()
            if row is None or (written is not None and row[0] == written.records):
                return
            written = LedgerHead(records=row[0], digest=row[1].hex())
            self._write_head(written)

    def _head(self) -> LedgerHead | None:
        try:
            return codec.decode(LedgerHead, self.head_path.read_bytes())
        except FileNotFoundError:
            return None
        except DecodeError:
            raise self._damaged(f"{self.head_path.name}, where its end is written, cannot be read") from None

    def _write_head(self, head: LedgerHead) -> None:
        with tempfile.NamedTemporaryFile(dir=self.path.parent, prefix=".part-", delete=False) as file:
            try:
                file.write(codec.encode(head))
                file.flush()
                os.fsync(file.fileno())
                Path(file.name).replace(self.head_path)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Turn failures of SQLite and of the disk into errors of Tenfold."""
        try:
            yield
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
            if code not in _OUTSIDE:
                raise self._damaged(str(error)) from None
            raise self._unusable(str(error)) from None
        except UnicodeError:  # SQLite quotes what it could not read
            raise self._damaged("it is no database any more") from None
        except OSError as error:
            raise self._unusable(error.strerror or str(error)) from None

    def _unusable(self, why: str) -> StorageError:
        return StorageError(
            f"the log of trials {self.path} cannot be read or written: {why}; free space, or name a folder that can be written with TENFOLD_HOME"
        )

    def _damaged(self, what: str) -> TrialLogError:
        return TrialLogError(
            f"the log of trials {self.path} was damaged: {what}; nothing is certified by it. Put back a copy of the folder, or move it away: "
            "then trials are counted from zero again"
        )


def _prepare(connection: sqlite3.Connection) -> None:
    """Make tables and rules in a file that is still empty."""
    if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        return
    connection.execute("BEGIN IMMEDIATE")
    if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        for text in _SCHEMA.values():
            connection.execute(text)
    connection.execute("COMMIT")


def _close(connection: sqlite3.Connection, process: int) -> None:
    if process == os.getpid():  # a connection that a fork inherited belongs to its parent
        connection.close()


def _digest(before: bytes, n: int, market: int, body: bytes) -> bytes:
    return hashlib.sha256(b"%b%d %d %b" % (before, n, market, body)).digest()
