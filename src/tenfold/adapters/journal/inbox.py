"""Post an operator's word to whoever writes a run, from another process."""

from pathlib import Path

import sqlalchemy as sa

from tenfold.adapters.journal import chain
from tenfold.adapters.journal.database import open_engine, shown_as, told, transaction
from tenfold.adapters.journal.journal import found_run
from tenfold.adapters.journal.schema import INBOX, RUNS
from tenfold.adapters.journal.tenures import has_ended
from tenfold.domain.errors import SettingsError, StorageError
from tenfold.domain.events import Event


class Inbox:
    """Post events to a run: durable, in order, and each taken once, also by an engine that starts later.

    Without a name it is the run that is traded, else the newest.

    Attributes
    ----------
    run : name of the run
    holder : who trades it, "" where nobody does
    place : where the journal is, without user and password
    number, description : of the run
    """

    def __init__(self, target: str, run: str = "") -> None:
        self.place = shown_as(target)
        self._engine = open_engine(target, making=False)
        try:
            row = found_run(self._engine, self.place, run or self._traded())
        except BaseException:
            with told(self.place):
                self._engine.dispose()
            raise
        self.run: str = row.name
        self.holder: str = row.holder
        self.number: int = row.id
        self.description: bytes = row.description

    def _traded(self) -> str:
        """Return the name of the run that somebody trades, "" where nobody does; SettingsError where there are several."""
        found_run(self._engine, self.place, "")  # which brings the tables to this version
        database = Path(str(self._engine.url.database)) if self._engine.dialect.name == "sqlite" else None
        with transaction(self._engine, self.place, writing=False) as connection:
            rows = connection.execute(sa.select(RUNS).where(RUNS.c.holder != "").order_by(RUNS.c.id)).all()
            names = [row.name for row in rows if database is None or not _has_surely_ended(database, row.holder)]
        if len(names) > 1:
            raise SettingsError(f"several runs of {self.place} are traded: name one of {', '.join(names)}")
        return names[0] if names else ""

    def post(self, event: Event) -> int:
        """Post an event, and return its number once it would survive a crash."""
        with transaction(self._engine, self.place, writing=True) as connection:
            add = sa.insert(INBOX).values(run=self.number, body=chain.packed(event)).returning(INBOX.c.id)
            return int(connection.execute(add).scalar_one())

    def taken(self, number: int) -> bool:
        """Say whether the engine has acted on what was posted, and journaled it."""
        with transaction(self._engine, self.place, writing=False) as connection:
            return connection.execute(sa.select(INBOX.c.id).where(INBOX.c.id == number)).one_or_none() is None

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()


def _has_surely_ended(database: Path, holder: str) -> bool:
    """Say whether a holder has ended; of one of another user, whose file is for that alone, nobody knows, and its run counts as traded."""
    try:
        return has_ended(database, holder)
    except StorageError:
        return False
