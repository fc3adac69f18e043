"""Keep a run's events and commands in a database, so that what was synced survives any crash."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from tenfold.adapters.journal import chain
from tenfold.adapters.journal.database import damaged, open_engine, shown_as, told, transaction
from tenfold.adapters.journal.head import HeadFile
from tenfold.adapters.journal.schema import RECORDS, RUNS, migrate
from tenfold.domain.errors import DecodeError, JournalError, SettingsError, StorageError, UnknownNameError, did_you_mean
from tenfold.domain.events import Event
from tenfold.domain.order import Command

PAGE: Final = 1000
"""Records read at a time."""

NAME_MAX: Final = 32


class SqlJournal:
    """Hold one run of a journal: records behind records, each bound to the one before.

    Attributes
    ----------
    run : its name
    description : what it was started with, as it was given
    count : records that are synced
    place : where it is, without user and password

    What fails once is never tried again: after an error of the disk nobody knows what is on it.
    """

    def __init__(self, target: str, engine: sa.Engine, row: Any) -> None:
        self.run: str = row.name
        self.description: bytes = row.description
        self.count = 0
        self.place = self._shown = shown_as(target)
        self._engine = engine
        self._id: int = row.id
        self._digest = chain.opened(self.run, self.description)
        self._waiting: list[Event | Command] = []
        self._failure = ""
        local = engine.dialect.name == "sqlite"
        self._head = HeadFile(Path(str(engine.url.database)), self._id) if local else None
        self.verify()

    def append(self, records: Sequence[Event | Command]) -> None:
        """Buffer records behind those that are there; StorageError where an earlier sync failed."""
        self._check()
        self._waiting.extend(records)

    def sync(self) -> None:
        """Return once everything appended would survive a crash: one transaction for all of it.

        Raises
        ------
        StorageError
            The database did not take it; nothing further is taken.
        JournalError
            Another process has written to the same run.
        """
        self._check()
        if not self._waiting:
            return
        rows, digest = [], self._digest
        for n, record in enumerate(self._waiting, self.count + 1):
            body = chain.packed(record)
            digest = chain.bound(digest, n, body)
            rows.append({"run": self._id, "n": n, "body": body, "digest": digest})
        end = self.count + len(rows)
        try:
            with transaction(self._engine, self._shown, writing=True) as connection:
                moved = connection.execute(
                    sa.update(RUNS)
                    .where(RUNS.c.id == self._id, RUNS.c.records == self.count, RUNS.c.digest == self._digest)
                    .values(records=end, digest=digest)
                )
                if moved.rowcount != 1:
                    raise JournalError(
                        f"another process has written to run {self.run} of the journal {self._shown}: stop it"
                    )
                connection.execute(sa.insert(RECORDS), rows)
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

    def records(self) -> Iterator[Event | Command]:
        """Yield every record that was synced, from the first, each held against the chain."""
        digest = chain.opened(self.run, self.description)
        for n, body, kept in self._rows(self.count):
            digest = self._bound(digest, n, body, kept)
            try:
                record = chain.unpacked(body)
            except DecodeError as error:
                raise damaged(self._shown, f"record {n} of run {self.run} cannot be read ({error})") from None
            yield record

    def verify(self) -> tuple[int, str]:
        """Read the whole chain again, and return where it ends: the number of records and the last digest.

        Raises
        ------
        JournalError
            A record is missing, was changed or stands elsewhere; or records behind the last are gone.
        """
        noted = None if self._head is None else self._head.read()  # before the database, which can only be further
        with transaction(self._engine, self._shown, writing=False) as connection:
            row = connection.execute(sa.select(RUNS).where(RUNS.c.id == self._id)).one_or_none()
        if row is None or row.name != self.run or row.description != self.description:
            raise damaged(self._shown, f"run {self.run} is not the one that was opened")
        if not isinstance(row.records, int) or not isinstance(row.digest, bytes):
            raise damaged(self._shown, f"the end of run {self.run} cannot be read")
        count, end = row.records, row.digest
        digest, last = chain.opened(self.run, self.description), 0
        passed = noted is None or (noted[0] == 0)
        for n, body, kept in self._rows(count):
            if n != last + 1:
                break
            digest, last = self._bound(digest, n, body, kept), n
            passed = passed or (noted is not None and noted == (n, digest))
        if last != count:
            raise damaged(self._shown, f"record {last + 1} of {count} of run {self.run} is missing")
        if digest != end:
            raise damaged(self._shown, f"the end of run {self.run}, record {count}, is not the one that was written")
        if noted is not None and not passed:
            raise damaged(self._shown, f"run {self.run} ends at record {count}, and {noted[0]} were synced")
        self.count, self._digest = count, digest
        return count, digest.hex()

    def close(self) -> None:
        """Let go of the database; what was not synced is dropped."""
        self._waiting.clear()
        self._failure = self._failure or f"the journal {self._shown} was closed"
        self._engine.dispose()
        if self._head is not None:
            self._head.close()

    def _check(self) -> None:
        if self._failure:
            raise StorageError(f"{self._failure}; the journal takes nothing further: open it anew")

    def _rows(self, count: int) -> Iterator[tuple[int, bytes, bytes]]:
        """Yield number, bytes and digest of the records up to a number, page by page."""
        last = 0
        while last < count:
            query = (
                sa.select(RECORDS.c.n, RECORDS.c.body, RECORDS.c.digest)
                .where(RECORDS.c.run == self._id, RECORDS.c.n > last, RECORDS.c.n <= count)
                .order_by(RECORDS.c.n)
                .limit(PAGE)
            )
            with transaction(self._engine, self._shown, writing=False) as connection:
                page = connection.execute(query).all()
            if not page:
                return
            yield from ((row.n, row.body, row.digest) for row in page)
            last = page[-1][0]

    def _bound(self, before: bytes, n: int, body: bytes, kept: bytes) -> bytes:
        if not isinstance(body, bytes) or chain.bound(before, n, body) != kept:
            raise damaged(self._shown, f"record {n} of run {self.run} was changed")
        return kept


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
        with transaction(engine, shown, writing=True) as connection:
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
    shown = shown_as(target)
    engine = open_engine(target, making=False)
    try:
        with transaction(engine, shown, writing=True) as connection:
            migrate(connection, shown)
            rows = connection.execute(sa.select(RUNS).order_by(RUNS.c.id)).all()
        if not all(isinstance(row.name, str) and isinstance(row.description, bytes) for row in rows):
            raise damaged(shown, "the name or description of a run cannot be read")
        found = [row for row in rows if row.name == run or not run]
        if not found:
            raise UnknownNameError(
                f"the journal {shown} has no run {run}; {did_you_mean(run, [str(row.name) for row in rows])}"
                if run
                else f"the journal {shown} has no run yet"
            )
        return SqlJournal(target, engine, found[-1])
    except BaseException:
        with told(shown):
            engine.dispose()
        raise
