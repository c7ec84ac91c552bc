"""Exports, erasures, verifications of the log."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "d6f6b9d4a706"
down_revision = "d5e5a8c3f605"
branch_labels = None
depends_on = None

#: JSON on SQLite, JSONB on PostgreSQL
JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
MOMENT = sa.DateTime(timezone=True)
LOGGED = (
    ("county", sa.String(length=6)),
    ("rev", sa.Integer()),
    ("salt", sa.LargeBinary()),
    ("id", sa.Uuid()),
)


def _logged() -> list[sa.Column[Any]]:
    return [sa.Column(name, kind, nullable=False) for name, kind in LOGGED]


def upgrade() -> None:
    """What left the house, what was erased, and what is left of an erased person's standings."""
    op.create_table(
        "exports",
        *_logged(),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("period", sa.String(length=16), nullable=False),
        sa.Column("by", sa.String(length=36), nullable=False),
        sa.Column("originals", sa.Boolean(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exports")),
    )
    op.create_index(op.f("ix_exports_subject"), "exports", ["subject"])
    op.create_table(
        "erasures",
        *_logged(),
        sa.Column("subject_kind", sa.String(length=8), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("ordered_by", sa.String(length=200), nullable=False),
        sa.Column("rows", JSON, nullable=False),
        sa.Column("blanked", JSON, nullable=False),
        sa.Column("objects", sa.Integer(), nullable=False),
        sa.Column("erased_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "subject_kind IN ('person', 'member')", name=op.f("ck_erasures_subject_kind")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
    )
    op.create_index(op.f("ix_erasures_subject"), "erasures", ["subject"])
    op.create_table(
        "erased_standings",
        sa.Column("county", sa.String(length=6), nullable=False),
        sa.Column("closing_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("erasure_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["closing_id"], ["closings.id"], name=op.f("fk_erased_standings_closing_id_closings")
        ),
        sa.PrimaryKeyConstraint("closing_id", "digest", name=op.f("pk_erased_standings")),
    )
    op.create_index(op.f("ix_erased_standings_erasure_id"), "erased_standings", ["erasure_id"])
    op.create_table(
        "ledger_verifications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("began_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("by", sa.String(length=16), nullable=False),
        sa.Column("bytes_read", sa.Boolean(), nullable=False),
        sa.Column("leaves", sa.Integer(), nullable=False),
        sa.Column("counts", JSON, nullable=False),
        sa.Column("findings", JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_verifications")),
    )
    op.create_index(op.f("ix_ledger_verifications_began_at"), "ledger_verifications", ["began_at"])


def downgrade() -> None:
    """Without them."""
    for table in ("ledger_verifications", "erased_standings", "erasures", "exports"):
        op.drop_table(table)
