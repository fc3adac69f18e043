"""Let a run have one writer at a time: who it is, since which epoch, and what operators have posted to it."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0002"
down_revision: Final = "0001"
branch_labels: Final = None
depends_on: Final = None


def upgrade() -> None:
    """Add the columns of the lease to runs, and make the inbox."""
    op.add_column("journal_runs", sa.Column("epoch", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("journal_runs", sa.Column("beat", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("journal_runs", sa.Column("holder", sa.String(64), nullable=False, server_default=""))
    op.add_column("journal_runs", sa.Column("seal", sa.LargeBinary(32), nullable=True))
    op.create_table(
        "journal_inbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("run", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sqlite_autoincrement=True,  # a number is never used twice
    )
