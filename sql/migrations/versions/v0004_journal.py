"""The access journal with its chains and seals, and what waits to be sent: notices to patients, audit messages."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BIG = sa.BigInteger()
SEQUENCE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    # One chain a patient; that of patient 0 is about nobody whom we know, so these keys refer to no table.
    op.create_table(
        "journal",
        sa.Column("patient", BIG, nullable=False),
        sa.Column("sequence", BIG, nullable=False),
        sa.Column("line", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("patient", "sequence", name="journal_key"),
    )
    op.create_table(
        "journal_head",
        sa.Column("patient", BIG, primary_key=True, autoincrement=False),
        sa.Column("lines", BIG, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "journal_seal",
        sa.Column("number", BIG, primary_key=True, autoincrement=False),
        sa.Column("sealed_at", BIG, nullable=False),
        sa.Column("chains", BIG, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
    )
    # How long a chain was when a seal was put on it; only where it had grown since the seal before.
    op.create_table(
        "journal_sealed",
        sa.Column("patient", BIG, nullable=False),
        sa.Column("lines", BIG, nullable=False),
        sa.Column("seal", BIG, nullable=False),
        sa.PrimaryKeyConstraint("patient", "lines", name="journal_sealed_key"),
    )
    op.create_index("journal_sealed_seal", "journal_sealed", ["seal", "patient"])
    op.create_table(
        "journal_reader",
        sa.Column("patient", BIG, nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("patient", "person", name="journal_reader_key"),
    )
    op.create_table(
        "notice",
        sa.Column("key", SEQUENCE, primary_key=True, autoincrement=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "audit_outbox",
        sa.Column("key", SEQUENCE, primary_key=True, autoincrement=True),
        sa.Column("line", sa.LargeBinary(), nullable=False),
        sa.Column("circumstances", sa.LargeBinary(), nullable=False),
    )
    if op.get_bind().dialect.name == "postgresql":
        # A head is rewritten by every line: with room beside it no index has to hear of it.
        op.execute("alter table journal_head set (fillfactor = 50)")
