"""Keep the lease of a run in its row, and with SQLite in a locked file beside it, which the system lets go when its process ends."""

import fcntl
import hashlib
import os
import re
import socket
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from tenfold.adapters.journal.database import BusyError, damaged, open_engine, shown_as, transaction
from tenfold.adapters.journal.journal import SqlJournal
from tenfold.adapters.journal.schema import RUNS
from tenfold.domain.errors import StorageError
from tenfold.domain.tenure import Tenure

PATIENCE_S: Final = 0.1
"""Time that whoever waits for a lease waits for a process that writes just now, before it looks again."""

_START: Final = b"tenfold lease 1"


class SqlTenures:
    """Show and change who holds the lease of a run.

    With SQLite all processes are on one machine: the holder locks a file of its own, and the lock goes when the process does, however it
    ends. A file that is not there proves nothing, and neither does a lock that is held.
    """

    def __init__(self, journal: SqlJournal) -> None:
        self.holder = f"{re.sub(r'[^A-Za-z0-9-]', '-', socket.gethostname())[:32]}-{os.getpid()}-{os.urandom(4).hex()}"
        self._journal = journal
        self._local = journal.engine.dialect.name == "sqlite"
        self._database = Path(str(journal.engine.url.database))
        self._lock: int | None = None

    def look(self) -> Tenure:
        """Return who holds it now; JournalError where that was damaged, since an epoch must never come twice."""
        with transaction(self._journal.engine, self._journal.place, writing=False) as connection:
            row = connection.execute(sa.select(RUNS).where(RUNS.c.id == self._journal.number)).one_or_none()
        if row is None or not _sound(row):
            raise damaged(self._journal.place, f"the lease of run {self._journal.run} is not as it was written")
        return Tenure(
            epoch=row.epoch, beat=row.beat, holder=row.holder, dead=bool(row.holder) and self._is_dead(row.holder)
        )

    def take(self, seen: Tenure) -> bool:
        """Become the holder of the next epoch, if nothing has changed since; the journal writes under it then."""
        epoch = seen.epoch + 1
        self._hold()
        try:
            taken = self._change(
                seen.epoch, self.holder, RUNS.c.beat == seen.beat, RUNS.c.holder == seen.holder,
                values={"epoch": epoch, "beat": 0, "seal": _seal(self._journal.run, epoch)}, patience_s=PATIENCE_S,
            )  # fmt: skip
        except BusyError:
            taken = False
        if not taken:
            self._let_go()
            return False
        self._journal.epoch = epoch
        if self._local and seen.holder:
            self._file_of(seen.holder).unlink(missing_ok=True)
        return True

    def extend(self, epoch: int) -> bool:
        """Show a sign of life; False where the epoch has passed."""
        return self._change(epoch, self.holder, values={"beat": RUNS.c.beat + 1})

    def release(self, epoch: int) -> None:
        """Let go, where the epoch has not passed."""
        self._change(epoch, "", values={"beat": RUNS.c.beat + 1})
        self._let_go()

    def _change(
        self, epoch: int, holder: str, *conditions: Any, values: dict[str, Any], patience_s: float = PATIENCE_S
    ) -> bool:
        """Change the row of the run under an epoch; say whether it was still under it."""
        change = (
            sa.update(RUNS)
            .where(RUNS.c.id == self._journal.number, RUNS.c.epoch == epoch, *conditions)
            .values(holder=holder, **values)
        )
        with transaction(self._journal.engine, self._journal.place, writing=True, patience_s=patience_s) as connection:
            return connection.execute(change).rowcount == 1

    def _file_of(self, holder: str) -> Path:
        return _file_of(self._database, holder)

    def _hold(self) -> None:
        if self._local and self._lock is None:
            self._lock = _opened(self._file_of(self.holder), os.O_RDWR | os.O_CREAT)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _let_go(self) -> None:
        if self._lock is not None:
            self._file_of(self.holder).unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = None

    def _is_dead(self, holder: str) -> bool:
        """Say whether the process that locked the file of a holder has ended."""
        return self._local and holder != self.holder and has_ended(self._database, holder)


def has_ended(database: Path, holder: str) -> bool:
    """Say whether the process that locked the file of a holder beside a database of SQLite has surely ended."""
    if not re.fullmatch(r"[A-Za-z0-9-]+", holder):
        return False
    try:
        file = _opened(_file_of(database, holder), os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(file)
    return True


def _file_of(database: Path, holder: str) -> Path:
    return database.with_name(f"{database.name}-holder-{holder}")


def _opened(path: Path, flags: int) -> int:
    """Open the file of a holder; FileNotFoundError where it is not there, StorageError where it cannot be had for now."""
    try:
        return os.open(path, flags | os.O_CLOEXEC, 0o600)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise StorageError(
            f"the file {path}, by which engines know of each other, cannot be opened: {error.strerror}"
        ) from None


class Epochs:
    """Read the epochs of the runs of a journal."""

    def __init__(self, target: str) -> None:
        self._place = shown_as(target)
        self._engine = open_engine(target, making=False)

    def of(self, run: str) -> int:
        """Return the epoch of a run, 0 for one that is not there; errors as `SqlTenures.look`."""
        with transaction(self._engine, self._place, writing=False) as connection:
            row = connection.execute(sa.select(RUNS).where(RUNS.c.name == run)).one_or_none()
        if row is None:
            return 0
        if not _sound(row):
            raise damaged(self._place, f"the lease of run {run} is not as it was written")
        return int(row.epoch)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()


def _sound(row: Any) -> bool:
    if not isinstance(row.epoch, int) or not isinstance(row.beat, int) or not isinstance(row.holder, str):
        return False
    return bool(row.seal == _seal(row.name, row.epoch)) if row.epoch or row.seal is not None else not row.holder


def _seal(run: str, epoch: int) -> bytes:
    return hashlib.sha256(b"%b %d %b" % (_START, epoch, run.encode())).digest()
