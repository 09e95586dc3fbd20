"""First house: patients, registry objects, associations, uniqueIds, documents."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

UUID = sa.String(36).with_variant(postgresql.UUID(as_uuid=False), "postgresql")
BIG = sa.BigInteger()
SEQUENCE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BIGINTS = sa.Text().with_variant(postgresql.ARRAY(sa.BigInteger()), "postgresql")
TEXTS = sa.Text().with_variant(postgresql.ARRAY(sa.Text()), "postgresql")


def upgrade() -> None:
    op.create_table(
        "patient",
        sa.Column("key", SEQUENCE, primary_key=True, autoincrement=True),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("id_number", sa.Text(), nullable=False),
        # The survivor of a merge, the last one of a chain.
        sa.Column("subsumed_by", BIG, sa.ForeignKey("patient.key"), nullable=True),
        sa.UniqueConstraint("authority", "id_number", name="patient_identity"),
    )
    op.create_index("patient_subsumed_by", "patient", ["subsumed_by"])
    op.create_table(
        "registry_object",
        sa.Column("patient", BIG, nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("entry_uuid", UUID, nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("latest", sa.SmallInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("logical_id", UUID, nullable=False),
        sa.Column("unique_id", sa.Text(), nullable=False),
        sa.Column("object_time", BIG, nullable=True),
        sa.Column("service_start", BIG, nullable=True),
        sa.Column("service_stop", BIG, nullable=True),
        sa.Column("codes", BIGINTS, nullable=False),
        sa.Column("author_persons", TEXTS, nullable=False),
        sa.Column("reference_ids", TEXTS, nullable=False),
        sa.Column("source_id", sa.Text(), nullable=True),
        # Whose it was when it was submitted, where a merge has given it to another patient.
        sa.Column("submitted_patient", BIG, nullable=True),
        sa.Column("availability", sa.Text(), nullable=True),
        sa.Column("dictionary", sa.SmallInteger(), nullable=False),
        sa.Column("ebrim", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("patient", "kind", "entry_uuid", name="registry_object_key"),
    )
    op.create_index("registry_object_entry_uuid", "registry_object", ["entry_uuid"], unique=True)
    op.create_index("registry_object_unique_id", "registry_object", ["unique_id"])
    # First versions are found by their entryUUID, which is their logicalID; of two later ones with one number only one can be.
    op.create_index(
        "registry_object_logical_id",
        "registry_object",
        ["logical_id", "version"],
        unique=True,
        postgresql_where=sa.text("logical_id <> entry_uuid"),
        sqlite_where=sa.text("logical_id <> entry_uuid"),
    )
    op.create_table(
        "association",
        sa.Column("patient", BIG, nullable=False),
        sa.Column("entry_uuid", UUID, nullable=False),
        sa.Column("type", sa.SmallInteger(), nullable=False),
        sa.Column("source", UUID, nullable=False),
        sa.Column("target", UUID, nullable=False),
        sa.Column("submitted_patient", BIG, nullable=True),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("dictionary", sa.SmallInteger(), nullable=False),
        sa.Column("ebrim", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("patient", "entry_uuid", name="association_key"),
    )
    op.create_index("association_entry_uuid", "association", ["entry_uuid"], unique=True)
    op.create_index("association_source", "association", ["source"])
    op.create_index("association_target", "association", ["target"])
    # The one Approved successor of an entry: type 2 is RPLC, 5 is XFRM_RPLC; status 1 is Approved.
    op.create_index(
        "association_successor",
        "association",
        ["target"],
        unique=True,
        postgresql_where=sa.text("type in (2, 5) and status = 1"),
        sqlite_where=sa.text("type in (2, 5) and status = 1"),
    )
    op.create_table(
        "unique_id",
        sa.Column("unique_id", sa.Text(), primary_key=True),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("size", sa.Text(), nullable=False),
    )
    op.create_table(
        "document",
        sa.Column("unique_id", sa.Text(), primary_key=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("size", BIG, nullable=False),
        sa.Column("mime_type", sa.Text(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("submission_unique_id", sa.Text(), nullable=False),
        sa.Column("offered_at", BIG, nullable=False),
    )
    op.create_index("document_digest", "document", ["digest"])
    if op.get_bind().dialect.name == "postgresql":
        # A fragment is small once compressed: kept in the row, so that an answer is one read.
        op.execute("alter table registry_object alter column ebrim set storage main")
        op.execute("alter table association alter column ebrim set storage main")
