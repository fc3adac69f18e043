"""Name the tables of a journal, and bring those of a database to this version: one schema for SQLite and PostgreSQL.

The migrations make the tables; what stands here is what queries are written with.
"""

import threading
from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext, MigrationStep
from alembic.script.base import Script
from alembic.script.revision import RevisionMap

from tenfold.adapters.journal.database import damaged
from tenfold.adapters.journal.migrations import r0001_runs_and_records, r0002_leases_and_inbox
from tenfold.domain.errors import JournalError

MIGRATIONS: Final[tuple[Any, ...]] = (r0001_runs_and_records, r0002_leases_and_inbox)
"""Every migration, oldest first."""

LOCK: Final = 7_310_577_215_400_661_061
"""Advisory lock of PostgreSQL that whoever migrates holds."""

_ALONE: Final = threading.Lock()
"""Migrations reach their connection through names of Alembic that a whole process shares."""

TABLES: Final = sa.MetaData()
RUNS: Final = sa.Table(
    "journal_runs",
    TABLES,
    sa.Column("id", sa.BigInteger, primary_key=True),
    sa.Column("name", sa.String(64)),
    sa.Column("description", sa.LargeBinary),
    sa.Column("records", sa.BigInteger),
    sa.Column("digest", sa.LargeBinary(32)),
    sa.Column("epoch", sa.BigInteger),
    sa.Column("beat", sa.BigInteger),
    sa.Column("holder", sa.String(64)),
    sa.Column("seal", sa.LargeBinary(32)),
)
RECORDS: Final = sa.Table(
    "journal_records",
    TABLES,
    sa.Column("run", sa.BigInteger, primary_key=True),
    sa.Column("n", sa.BigInteger, primary_key=True),
    sa.Column("body", sa.LargeBinary),
    sa.Column("digest", sa.LargeBinary(32)),
)
INBOX: Final = sa.Table(
    "journal_inbox",
    TABLES,
    sa.Column("id", sa.BigInteger, primary_key=True),
    sa.Column("run", sa.BigInteger),
    sa.Column("body", sa.LargeBinary),
)


def is_current(connection: sa.Connection) -> bool:
    """Say whether the tables are of this version, so that nothing has to be written to read them."""
    return sa.inspect(connection).has_table("journal_version") and _versions(connection) == [MIGRATIONS[-1].revision]


def migrate(connection: sa.Connection, shown: str, migrations: Sequence[Any] = MIGRATIONS) -> None:
    """Bring the tables to the newest version within the transaction of a connection; JournalError where they are newer."""
    scripts = [Script(module, module.revision, module.__file__ or "") for module in migrations]
    names = [script.revision for script in scripts]
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))

    def steps(heads: Any, context: MigrationContext) -> list[MigrationStep]:
        if not all(isinstance(head, str) and head.isascii() and head.isdigit() for head in heads) or len(heads) > 1:
            raise damaged(shown, "the version of its tables cannot be read")
        if any(head not in names for head in heads):
            raise JournalError(
                f"the journal {shown} was written by a newer version of Tenfold (schema {', '.join(heads)}, here is {names[-1]}): "
                "use that version"
            )
        done = names.index(heads[0]) + 1 if heads else 0
        known = RevisionMap(lambda: iter(scripts))
        known.get_revision(names[-1])  # resolves what depends on what
        return [MigrationStep.upgrade_from_script(known, script) for script in scripts[done:]]

    context = MigrationContext.configure(connection, opts={"fn": steps, "version_table": "journal_version"})
    with _ALONE, Operations.context(context):
        context.run_migrations()


def _versions(connection: sa.Connection) -> list[str]:
    return list(connection.execute(sa.text("SELECT version_num FROM journal_version")).scalars())
