"""What sight depends on beside each DocumentEntry, and which assertions have been used."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TEXTS = sa.Text().with_variant(postgresql.ARRAY(sa.Text()), "postgresql")


def upgrade() -> None:
    empty = "'{}'" if op.get_bind().dialect.name == "postgresql" else "'[]'"
    op.add_column("registry_object", sa.Column("visibility", sa.SmallInteger(), nullable=False, server_default="0"))
    op.add_column("registry_object", sa.Column("owners", TEXTS, nullable=False, server_default=sa.text(empty)))
    # An assertion is good for one request; a row is swept once the assertion has expired anyhow.
    op.create_table(
        "assertion_used",
        sa.Column("digest", sa.LargeBinary(), primary_key=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
    )
    op.create_index("assertion_used_expires_at", "assertion_used", ["expires_at"])
