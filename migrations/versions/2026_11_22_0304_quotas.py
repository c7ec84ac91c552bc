"""Adoptions name their legal basis; closed periods."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "c4e3f7c5a0b4"
down_revision = "c3d2e6b4f9a3"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
LEVELS = "issuing_level IN ('', 'national', 'province', 'city', 'county', 'township')"
NEW = (
    "document",
    "number",
    "issuing_body",
    "issuing_level",
    "valid_from",
    "valid_until",
    "parameters",
    "advisory",
)


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False, server_default="")


def upgrade() -> None:
    with op.batch_alter_table("adoptions", schema=None) as batch_op:
        batch_op.add_column(_text("document", 200))
        batch_op.add_column(_text("number", 100))
        batch_op.add_column(_text("issuing_body", 100))
        batch_op.add_column(_text("issuing_level", 8))
        batch_op.add_column(sa.Column("valid_from", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("valid_until", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("parameters", JSON, nullable=False, server_default="{}"))
        batch_op.add_column(sa.Column("advisory", JSON, nullable=False, server_default="[]"))
        batch_op.create_check_constraint(op.f("ck_adoptions_issuing_level"), LEVELS)
    with op.batch_alter_table("adoptions", schema=None) as batch_op:
        for name in NEW:
            if not name.startswith("valid_"):  # the defaults were for the rows that stood
                batch_op.alter_column(name, server_default=None)

    op.create_table(
        "closings",
        sa.Column("county", sa.String(length=6), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("unit", sa.String(length=12), nullable=False),
        sa.Column("period", sa.String(length=16), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("closed_by", sa.Uuid(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("packs", JSON, nullable=False),
        sa.Column("standings", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["closed_by"], ["users.id"], name=op.f("fk_closings_closed_by_users")
        ),
        sa.ForeignKeyConstraint(["unit"], ["units.code"], name=op.f("fk_closings_unit_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closings")),
        sa.UniqueConstraint(
            "unit", "period", "version", name=op.f("uq_closings_unit_period_version")
        ),
    )
    op.create_table(
        "closed_standings",
        sa.Column("county", sa.String(length=6), nullable=False),
        sa.Column("closing_id", sa.Uuid(), nullable=False),
        sa.Column("subject_kind", sa.String(length=24), nullable=False),
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("pack", sa.String(length=64), nullable=False),
        sa.Column("rule", sa.String(length=16), nullable=False),
        sa.Column("village", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("unit", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("standing", JSON, nullable=False),
        sa.Column("inputs", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["closing_id"], ["closings.id"], name=op.f("fk_closed_standings_closing_id_closings")
        ),
        sa.PrimaryKeyConstraint(
            "closing_id",
            "subject_kind",
            "subject",
            "pack",
            "rule",
            "village",
            name=op.f("pk_closed_standings"),
        ),
    )
    with op.batch_alter_table("closed_standings", schema=None) as batch_op:
        batch_op.create_index(
            "ix_closed_standings_subject", ["subject", "closing_id"], unique=False
        )
        batch_op.create_index(
            "ix_closed_standings_place",
            ["closing_id", "unit", "kind", "name", "subject"],
            unique=False,
        )


def downgrade() -> None:
    op.drop_table("closed_standings")
    op.drop_table("closings")
    with op.batch_alter_table("adoptions", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_adoptions_issuing_level"), type_="check")
        for name in reversed(NEW):
            batch_op.drop_column(name)
