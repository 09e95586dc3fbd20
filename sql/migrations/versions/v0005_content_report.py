"""What was found in a document after it had been accepted, kept beside it."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "content_report",
        sa.Column("unique_id", sa.Text(), primary_key=True),
        sa.Column("reported_at", sa.BigInteger(), nullable=False),
        # 1 where nothing was found.
        sa.Column("clean", sa.SmallInteger(), nullable=False),
        sa.Column("report", sa.LargeBinary(), nullable=False),
    )
