"""Keep a run's events and commands in a database, so that what was synced survives any crash."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from msgspec import structs

from tenfold.adapters.journal import chain
from tenfold.adapters.journal.database import (
    LostConnectionError,
    damaged,
    open_engine,
    shortened,
    shown_as,
    told,
    transaction,
    unreadable,
)
from tenfold.adapters.journal.head import HeadFile, noted_ends
from tenfold.adapters.journal.schema import INBOX, RECORDS, RUNS, is_current, migrate
from tenfold.domain.errors import DecodeError, JournalError, SettingsError, StorageError, UnknownNameError, did_you_mean
from tenfold.domain.events import Event
from tenfold.domain.order import Command

PAGE: Final = 1000
"""Records read at a time."""

NAME_MAX: Final = 32

PAUSES_S: Final = (0.0, 0.05, 0.1, 0.2, 0.4, 0.8, 1.5)
"""Pauses after a connection broke: it is tried anew once after each but the last."""


_MOVE: Final = (
    sa.update(RUNS)
    .where(
        RUNS.c.id == sa.bindparam("its_run"),
        RUNS.c.records == sa.bindparam("its_count"),
        RUNS.c.digest == sa.bindparam("its_digest"),
        RUNS.c.epoch == sa.bindparam("its_epoch"),
    )
    .values(records=sa.bindparam("new_count"), digest=sa.bindparam("new_digest"))
)
_ADD: Final = sa.insert(RECORDS)
_ADD_AT_ONCE: Final = sa.text(
    "INSERT INTO journal_records (run, n, body, digest) SELECT :run, * FROM "
    "unnest(CAST(:n AS bigint[]), CAST(:body AS bytea[]), CAST(:digest AS bytea[]))"
)
"""What a sync says, made once: making it takes longer than a database in memory needs for it. PostgreSQL gets all rows in one statement: of a client
that is paused among several of one pipeline it would wait for the rest without end, and hold the lease for it."""


class SqlJournal:
    """Hold one run of a journal: records behind records, each bound to the one before.

    Attributes
    ----------
    run : its name
    description : what it was started with, as it was given
    count : records that are synced
    epoch : lease under which it is written; a sync under another than that of the database is refused
    place : where it is, without user and password
    number, engine : the run in the database, and the database

    What fails once is never tried again: after an error of the disk nobody knows what is on it. A connection to PostgreSQL that
    broke is no such error: what became of the transaction is read from the row of the run.
    """

    def __init__(self, target: str, engine: sa.Engine, row: Any) -> None:
        self.run: str = row.name
        self.description: bytes = row.description
        self.count = 0
        self.epoch = 0
        self.place = self._shown = shown_as(target)
        self.engine = engine
        self.number: int = row.id
        self._digest = chain.opened(self.run, self.description)
        self._waiting: list[Event | Command] = []
        self._handed: dict[int, Event] = {}
        self._failure = ""
        local = engine.dialect.name == "sqlite"
        self._head = HeadFile(Path(str(engine.url.database)), self.number) if local else None
        self.verify()

    def append(self, records: Sequence[Event | Command]) -> None:
        """Buffer records behind those that are there; StorageError where an earlier sync failed."""
        self._check()
        self._waiting.extend(records)

    def sync(self) -> None:
        """Return once everything appended would survive a crash: one transaction for all of it.

        What operators have posted, and is among it, leaves the inbox in the same transaction.

        Raises
        ------
        StorageError
            The database did not take it; nothing further is taken.
        JournalError
            Another process has written to the same run, or holds its lease.
        """
        self._check()
        if not self._waiting:
            return
        rows, digest = [], self._digest
        for n, record in enumerate(self._waiting, self.count + 1):
            body = chain.packed(record)
            digest = chain.bound(digest, n, body)
            rows.append({"run": self.number, "n": n, "body": body, "digest": digest})
        taken = [key for key, event in self._handed.items() if any(event is record for record in self._waiting)]
        end = self.count + len(rows)
        try:
            self._commit(rows, end, digest, taken)
            if self._head is not None:
                self._head.write(end, digest)
        except OSError as error:
            self._failure = f"the journal {self._shown} cannot be written: {error.strerror or error}"
            raise StorageError(self._failure) from None
        except (JournalError, StorageError) as error:
            self._failure = str(error)
            raise
        self.count, self._digest = end, digest
        self._waiting.clear()
        for key in taken:
            del self._handed[key]

    def posted(self, now_ns: int | None = None) -> list[Event]:
        """Return what operators have posted since the last call, in order; each stays in the inbox until it is synced.

        `now_ns` becomes their time, since an engine learns of them now. Append these very objects: a copy is another event.
        """
        self._check()
        query = sa.select(INBOX.c.id, INBOX.c.body).where(INBOX.c.run == self.number).order_by(INBOX.c.id)
        with transaction(self.engine, self._shown, writing=False) as connection:
            waiting = connection.execute(query).all()
        fresh = {
            row.id: self._read(f"what was posted as {row.id}", row.body)
            for row in waiting
            if row.id not in self._handed
        }
        if now_ns is not None:
            fresh = {key: structs.replace(event, ts_ns=now_ns) for key, event in fresh.items()}
        self._handed |= fresh
        return list(fresh.values())

    def records(self) -> Iterator[Event | Command]:
        """Yield every record that was synced, from the first, each held against the chain."""
        start = chain.opened(self.run, self.description)
        for n, body, _ in self._chained(0, start, self.count):
            yield self._read(f"record {n}", body)

    def follow(self) -> list[Event | Command]:
        """Return what another process has synced since the last call, or since this was opened, held against the chain.

        Raises
        ------
        JournalError
            What was read before is not what is there, or what came since was changed.
        """
        self._check()
        count, end = self._end()
        if count < self.count:
            raise damaged(self._shown, f"run {self.run} ends at record {count}, and {self.count} were read before")
        found, digest = [], self._digest
        for n, body, bound in self._chained(self.count, self._digest, count):
            found.append(self._read(f"record {n}", body))
            digest = bound
        self._hold_end(count, digest, end)
        self.count, self._digest = count, digest
        return found

    def verify(self) -> tuple[int, str]:
        """Read the whole chain again, and return where it ends: the number of records and the last digest.

        Raises
        ------
        JournalError
            A record is missing, was changed or stands elsewhere; or records behind the last are gone.
        """
        noted = None if self._head is None else self._head.read()  # before the database, which can only be further
        count, end = self._end()
        digest = chain.opened(self.run, self.description)
        passed = noted is None or (noted[0] == 0)
        for n, _, bound in self._chained(0, digest, count):
            digest = bound
            passed = passed or (noted is not None and noted == (n, digest))
        self._hold_end(count, digest, end)
        if noted is not None and not passed:
            raise damaged(
                self._shown,
                f"run {self.run} ends at record {count} (hash {shortened(digest)}), and {noted[0]} were synced (hash {shortened(noted[1])}): "
                f"where this is a copy that was put back, remove what else is called {self._shown}-...",
            )
        self.count, self._digest = count, digest
        return count, digest.hex()

    def close(self) -> None:
        """Let go of the database; what was not synced is dropped."""
        self._waiting.clear()
        self._failure = self._failure or f"the journal {self._shown} was closed"
        self.engine.dispose()
        if self._head is not None:
            self._head.close()

    def _check(self) -> None:
        if self._failure:
            raise StorageError(f"{self._failure}; the journal takes nothing further: open it anew")

    def _commit(self, rows: list[dict[str, Any]], end: int, digest: bytes, taken: list[int]) -> None:
        """Write in one transaction; where the connection breaks, read whether that was committed, else write again."""
        lost: StorageError | None = None
        for pause_s in PAUSES_S:
            try:
                if lost is not None and self._stands(end, digest):
                    return
                self._write(rows, end, digest, taken)
            except LostConnectionError as error:
                lost = error
                time.sleep(pause_s)
            else:
                return
        raise StorageError(f"{lost}; whether record {end} of run {self.run} was committed is not known")

    def _write(self, rows: list[dict[str, Any]], end: int, digest: bytes, taken: list[int]) -> None:
        with transaction(self.engine, self._shown, writing=True) as connection:
            moved = connection.execute(
                _MOVE,
                {"its_run": self.number, "its_count": self.count, "its_digest": self._digest, "its_epoch": self.epoch,
                 "new_count": end, "new_digest": digest},
            )  # fmt: skip
            if moved.rowcount != 1:
                raise self._displaced(connection)
            if self._head is not None:
                connection.execute(_ADD, rows)
            else:
                columns = {name: [row[name] for row in rows] for name in ("n", "body", "digest")}
                connection.execute(_ADD_AT_ONCE, {"run": self.number, **columns})
            if taken:
                connection.execute(sa.delete(INBOX).where(INBOX.c.id.in_(taken)))

    def _stands(self, end: int, digest: bytes) -> bool:
        """Say whether a transaction whose connection broke was committed; waits until it has ended either way."""
        query = sa.select(RUNS.c.records, RUNS.c.digest).where(RUNS.c.id == self.number).with_for_update()
        with transaction(self.engine, self._shown, writing=True) as connection:
            row = connection.execute(query).one_or_none()
        return row is not None and (row.records, row.digest) == (end, digest)

    def _displaced(self, connection: sa.Connection) -> JournalError:
        """Return why the row of the run is not as the last sync left it."""
        row = connection.execute(sa.select(RUNS).where(RUNS.c.id == self.number)).one_or_none()
        if row is not None and row.epoch != self.epoch:
            return JournalError(
                f"run {self.run} of the journal {self._shown} is written under epoch {row.epoch} now, and this is epoch {self.epoch}: "
                "another engine has taken over, and nothing further is sent from here"
            )
        if row is None or row.records < self.count:
            return damaged(
                self._shown,
                f"run {self.run} ends at record {0 if row is None else row.records}, and {self.count} were synced "
                f"(hash {shortened(self._digest)})",
            )
        return JournalError(f"another process has written to run {self.run} of the journal {self._shown}: stop it")

    def _end(self) -> tuple[int, bytes]:
        """Return number and digest of the last record, as the row of the run has them."""
        with transaction(self.engine, self._shown, writing=False) as connection:
            row = connection.execute(sa.select(RUNS).where(RUNS.c.id == self.number)).one_or_none()
        if row is None or row.name != self.run or row.description != self.description:
            raise damaged(self._shown, f"run {self.run} is not the one that was opened")
        if not isinstance(row.records, int) or not isinstance(row.digest, bytes):
            raise damaged(self._shown, f"the end of run {self.run} cannot be read")
        return row.records, row.digest

    def _hold_end(self, count: int, digest: bytes, end: bytes) -> None:
        if digest != end:
            raise damaged(
                self._shown,
                f"the end of run {self.run}, record {count}, is not the one that was written: hash {shortened(digest)}, "
                f"written was {shortened(end)}",
            )

    def _chained(self, last: int, digest: bytes, count: int) -> Iterator[tuple[int, bytes, bytes]]:
        """Yield number, bytes and digest of the records behind one up to another, each held against the one before."""
        while last < count:
            try:
                page = self._page(last, count)
            except JournalError as error:
                raise JournalError(
                    f"{error}; run {self.run} is whole up to record {last}, hash {shortened(digest)}"
                ) from None
            for row in page:
                if row.n != last + 1:
                    break
                bound = chain.bound(digest, row.n, row.body) if isinstance(row.body, bytes) else b""
                if bound != row.digest:
                    raise damaged(
                        self._shown,
                        f"record {row.n} of run {self.run} was changed: hash {shortened(bound)}, written was {shortened(row.digest)}",
                    )
                last, digest = row.n, bound
                yield row.n, row.body, digest
            if not page or last < min(count, page[-1].n):
                raise damaged(
                    self._shown,
                    f"record {last + 1} of {count} of run {self.run} is missing; the hash of the one before is {shortened(digest)}",
                )

    def _page(self, last: int, count: int) -> Sequence[Any]:
        query = (
            sa.select(RECORDS.c.n, RECORDS.c.body, RECORDS.c.digest)
            .where(RECORDS.c.run == self.number, RECORDS.c.n > last, RECORDS.c.n <= count)
            .order_by(RECORDS.c.n)
            .limit(PAGE)
        )
        with transaction(self.engine, self._shown, writing=False) as connection:
            return connection.execute(query).all()

    def _read(self, what: str, body: bytes) -> Any:
        try:
            return chain.unpacked(body)
        except DecodeError as error:
            raise unreadable(self._shown, f"{what} of run {self.run}", error) from None


def begin_run(target: str, run: str, description: bytes) -> SqlJournal:
    """Return a new run of a journal, the database and its tables made where they are missing; "" takes the next free number.

    Raises
    ------
    SettingsError
        The name is taken or does not suit, or the target is none.
    StorageError
        The database cannot be reached or written.
    """
    if run and (len(run) > NAME_MAX or not all(sign.isalnum() or sign in "._-" for sign in run)):
        raise SettingsError(
            f"a run of a journal cannot be named {run!r}, expected at most {NAME_MAX} letters, digits, points, dashes and underscores"
        )
    shown = shown_as(target)
    engine = open_engine(target, making=True)
    try:
        with transaction(engine, shown, writing=True, idle_s=0.0) as connection:
            migrate(connection, shown)
            names = list(connection.execute(sa.select(RUNS.c.name)).scalars())
            if run in names:
                raise SettingsError(f"the journal {shown} has a run {run} already: give another --name")
            name = run or next(one for k in range(1, len(names) + 2) if (one := f"run-{k}") not in names)
            start = chain.opened(name, description)
            connection.execute(sa.insert(RUNS).values(name=name, description=description, records=0, digest=start))
            row = connection.execute(sa.select(RUNS).where(RUNS.c.name == name)).one()
        return SqlJournal(target, engine, row)
    except BaseException:
        engine.dispose()
        raise


def open_run(target: str, run: str = "") -> SqlJournal:
    """Return a run of a journal, by default its newest, once its whole chain has been held against its digests.

    Raises
    ------
    UnknownNameError
        There is no such journal, or no such run in it.
    JournalError
        It was damaged, or written by a newer version.
    """
    engine = open_engine(target, making=False)
    try:
        return SqlJournal(target, engine, found_run(engine, shown_as(target), run))
    except BaseException as error:
        with told(shown_as(target)):
            engine.dispose()
        if isinstance(error, JournalError) and "hash" not in str(error) and engine.dialect.name == "sqlite":
            raise JournalError(f"{error}{noted_ends(Path(str(engine.url.database)))}") from None
        raise


def found_run(engine: sa.Engine, shown: str, run: str) -> Any:
    """Return the row of a run, "" for the newest, the tables brought to this version first; errors as `open_run`."""
    with transaction(engine, shown, writing=False) as connection:
        current = is_current(connection)
    if not current:
        with transaction(engine, shown, writing=True, idle_s=0.0) as connection:
            migrate(connection, shown)
    with transaction(engine, shown, writing=False) as connection:
        rows = connection.execute(sa.select(RUNS).order_by(RUNS.c.id)).all()
    if not all(isinstance(row.name, str) and isinstance(row.description, bytes) for row in rows):
        raise damaged(shown, "the name or description of a run cannot be read")
    found = [row for row in rows if (row.name == run if run else not row.name.startswith("."))]
    if not found:
        raise UnknownNameError(
            f"the journal {shown} has no run {run}; {did_you_mean(run, [str(row.name) for row in rows])}"
            if run
            else f"the journal {shown} has no run yet"
        )
    return found[-1]
