"""Records of patients, and the authorisations of professionals and structures on them."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG = sa.BigInteger()


def flag(name: str) -> sa.Column[int]:
    """A yes or no, no where nothing else is said."""
    return sa.Column(name, sa.SmallInteger(), nullable=False, server_default="0")


def upgrade() -> None:
    # Times are UTC as numbers of 14 digits, as everywhere in this database.
    op.create_table(
        "record",
        sa.Column("patient", BIG, sa.ForeignKey("patient.key"), primary_key=True, autoincrement=False),
        # 1 active, 2 closed, 3 opposed; where there is no row there is no record.
        sa.Column("state", sa.SmallInteger(), nullable=False),
        # Null where somebody opposed who never had a record.
        sa.Column("created_at", BIG, nullable=True),
        sa.Column("updated_at", BIG, nullable=False),
        sa.Column("closed_at", BIG, nullable=True),
        sa.Column("closing", sa.Text(), nullable=False, server_default=""),
        flag("has_account"),
        flag("is_attached"),
        flag("opposes_break_glass"),
        flag("opposes_regulation"),
        flag("shows_masked"),
        sa.Column("birth_date", sa.Text(), nullable=False, server_default=""),
        # Names and town without case, accents or signs, as they are searched by.
        sa.Column("birth_family_key", sa.Text(), nullable=False, server_default=""),
        sa.Column("used_family_key", sa.Text(), nullable=False, server_default=""),
        sa.Column("person", sa.Text(), nullable=False, server_default=""),
    )
    op.create_index("record_birth_family_key", "record", ["birth_family_key"])
    op.create_index("record_used_family_key", "record", ["used_family_key"])
    # What housekeeping looks through; most records are active.
    op.create_index(
        "record_closed_at",
        "record",
        ["closed_at"],
        postgresql_where=sa.text("state <> 1"),
        sqlite_where=sa.text("state <> 1"),
    )
    op.create_table(
        "authorisation",
        sa.Column("patient", BIG, sa.ForeignKey("patient.key"), nullable=False),
        # "p:" and a PS_IdNat, or "s:" and a Struct_IdNat.
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        # 1 active, 2 forbidden by the patient, 3 removed.
        sa.Column("state", sa.SmallInteger(), nullable=False),
        # Médecin traitant: 0 no, 1 by their own declaration, 2 designated by the patient.
        flag("treating"),
        sa.Column("started_at", BIG, nullable=False),
        sa.Column("expires_at", BIG, nullable=True),
        sa.Column("last_access_at", BIG, nullable=True),
        sa.Column("last_addition_at", BIG, nullable=True),
        sa.PrimaryKeyConstraint("patient", "holder", name="authorisation_key"),
    )
    op.create_index("authorisation_holder", "authorisation", ["holder", "state"])
